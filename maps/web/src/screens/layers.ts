/** The panel of layers: what the map shows, how bright its ground is, and what its lines mean. */
import "../styles/basemap.css";
import { BASE_GROUPS, type Choice, type Group, MISSION_GROUPS, keepChoice, readChoice } from "../map/choice";
import { strings } from "../strings";
import { el } from "../ui/dom";
import { Floating } from "./form";

/** Dashes, casing and width of each kind of line, as the map draws it: [dashes, width, casing]. */
const LINES: Record<string, [string, number, boolean]> = {
  major: ["", 5, false], minor: ["", 3, false], unpaved: ["9 3", 3, false], walked: ["2 2.5", 1.5, false], estimated: ["7 5", 4, false], closed: ["2.5 5", 5, false],
  shut: ["1.5 4", 2, false], limited: ["", 3, true], ford: ["2 3", 5, false], ferry: ["9 4 2 4", 2, false], river: ["", 1.5, false],
};
const SVG = "http://www.w3.org/2000/svg";

export class LayerPanel {
  readonly floating: Floating;
  /** Others put their own legend here, as that of the ages of trails. */
  readonly legend = el("div", { class: "legend-more" });
  choice: Choice;
  private readonly boxes: HTMLInputElement[] = [];

  constructor(private readonly changed: (choice: Choice) => void, private readonly memory: Storage = localStorage) {
    this.choice = readChoice(memory);
    const words = strings.ground.layers;
    const dim = el("input", { type: "range", min: 0, max: 100, step: 5, value: Math.round(this.choice.dim * 100), "data-testid": "dim" });
    dim.addEventListener("input", () => this.set({ ...this.choice, dim: Number(dim.value) / 100 }));
    const body = el(
      "div", { class: "layers" },
      this.group(words.basemap, BASE_GROUPS),
      el("label", {}, words.dim, dim),
      this.group(words.mission, MISSION_GROUPS),
      el("details", {}, el("summary", {}, words.legend), el("div", { class: "legend" }, ...Object.keys(LINES).flatMap(explained)), this.legend),
    );
    this.floating = new Floating(words.title, body, "layers");
  }

  toggle(): void {
    if (this.floating.open) this.floating.close();
    else this.floating.show(this.boxes[0] ?? null);
  }

  private group(title: string, groups: readonly Group[]): HTMLElement {
    return el("fieldset", {}, el("legend", {}, title), ...groups.map((group) => this.box(group)));
  }

  private box(group: Group): HTMLElement {
    const box = el("input", { type: "checkbox", "data-layer": group });
    box.checked = this.choice.shown[group];
    box.addEventListener("change", () => this.set({ ...this.choice, shown: { ...this.choice.shown, [group]: box.checked } }));
    this.boxes.push(box);
    return el("label", {}, box, strings.ground.layers.names[group]);
  }

  private set(choice: Choice): void {
    this.choice = choice;
    keepChoice(this.memory, choice);
    this.changed(choice);
  }
}

function explained(name: string): Element[] {
  const [dashes, width, cased] = LINES[name] as [string, number, boolean];
  const picture = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["width", "56"], ["height", "14"], ["aria-hidden", "true"]] as const) picture.setAttribute(key, value);
  for (const y of cased ? [3.5, 10.5] : [7]) picture.append(stroke(y, cased ? 1.6 : width, dashes));
  return [picture as unknown as HTMLElement, el("span", {}, strings.ground.layers.lines[name] ?? name)];
}

function stroke(y: number, width: number, dashes: string): SVGElement {
  const line = document.createElementNS(SVG, "line");
  const told = { x1: "2", x2: "54", y1: String(y), y2: String(y), stroke: "currentColor", "stroke-width": String(width), "stroke-dasharray": dashes || "none" };
  for (const [key, value] of Object.entries(told)) line.setAttribute(key, value);
  return line;
}
