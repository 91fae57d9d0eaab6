/** Rings of distance or flying time round an asset, which they follow, or a place. */
import { labelled } from "../screens/form";
import { strings } from "../strings";
import { toolWords } from "../strings/tools";
import { el, fill, mark, say } from "../ui/dom";
import type { LonLat } from "./geodesy";
import { beyond, ring } from "./geodesy";
import type { Brush, Ink } from "./ink";
import { cross, stroke, words as write } from "./ink";
import { length, radii, speed } from "./lengths";

const words = toolWords.rings;

/** What rings stand round: `at` tells where it is now, null when it is gone. */
export interface Centre {
  key: string;
  name: string;
  at(): LonLat | null;
  bare?: boolean; // nothing is drawn there
}
interface Ring {
  metres: number;
  label: string;
}

export class Rings {
  readonly node: HTMLElement;
  private readonly shown = new Map<string, { centre: Centre; rings: Ring[] }>();
  private centre: Centre | null = null;
  private readonly round = el("p", { class: "note" });
  private readonly field = el("input", { name: "ring-radii", autocomplete: "off", maxlength: 80, value: words.radiiHint });
  private readonly unit = el("select", { name: "ring-unit" }, ...Object.entries(words.units).map(([value, label]) => el("option", { value }, label)));
  private readonly speed = el("input", { name: "ring-speed", autocomplete: "off", maxlength: 20, placeholder: words.speedHint });
  private readonly speedField = labelled(words.speed, this.speed);
  private readonly trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  private readonly list = el("ul", { class: "tool-list" });

  constructor(private readonly ink: Ink, private readonly done: () => void) {
    const close = el("button", { type: "button", class: "close", "aria-label": strings.close, onclick: () => this.done() }, "×");
    const form = el("form", { novalidate: true, onsubmit: (event: Event) => this.show(event) }, this.round, labelled(words.radii, this.field), labelled(words.unit, this.unit), this.speedField, this.trouble, el("button", { type: "submit", class: "primary" }, words.show));
    this.node = el("section", { class: "tool-panel", "aria-label": words.title, hidden: true, "data-testid": "rings" }, el("header", {}, el("h2", {}, words.title), close), form, this.list);
    this.unit.addEventListener("change", () => this.units());
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.done();
    });
    this.units();
    this.ink.add((brush) => this.paint(brush));
  }

  /** Asks for radii round a centre. */
  begin(centre: Centre | null): void {
    this.centre = centre;
    say(this.round, centre ? words.centre(centre.name) : words.noCentre);
    this.trouble.hidden = true;
    this.node.hidden = false;
    this.listed();
    this.field.focus();
    this.field.select();
  }

  end(): void {
    this.node.hidden = true;
  }

  clear(): void {
    this.shown.clear();
    this.listed();
  }

  get count(): number {
    return [...this.shown.values()].reduce((sum, one) => sum + one.rings.length, 0);
  }

  private units(): void {
    this.speedField.hidden = this.unit.value !== "min";
  }

  private show(event: Event): void {
    event.preventDefault();
    if (!this.centre) return this.amiss(words.noCentre);
    const kmh = this.unit.value === "min" ? speed(this.speed.value) : null;
    mark(this.speed, "aria-invalid", this.unit.value === "min" && kmh === null ? "true" : null);
    if (this.unit.value === "min" && kmh === null) return this.amiss(words.badSpeed);
    const metres = radii(this.field.value, this.unit.value, kmh);
    mark(this.field, "aria-invalid", metres === null ? "true" : null);
    if (metres === null) return this.amiss(words.bad);
    this.trouble.hidden = true;
    const typed = this.field.value.split(/[\s,;]+/).filter((each) => each !== "");
    const rings = metres.map((each, index): Ring => ({ metres: each, label: this.unit.value === "min" ? words.minutes(Number(typed[index])) : length(each, this.unit.value === "nm" ? "nautical" : "metric") }));
    const known = this.shown.get(this.centre.key)?.rings ?? [];
    this.shown.set(this.centre.key, { centre: this.centre, rings: [...known.filter((one) => !rings.some((each) => each.metres === one.metres)), ...rings] });
    this.listed();
  }

  private amiss(why: string): void {
    this.trouble.hidden = false;
    say(this.trouble, why);
  }

  private listed(): void {
    const remove = (key: string): void => {
      this.shown.delete(key);
      this.listed();
    };
    fill(this.list, ...[...this.shown].map(([key, { centre, rings }]) => el("li", {}, el("bdi", {}, `${centre.name}: ${rings.map((one) => one.label).join(", ")}`), el("button", { type: "button", "aria-label": words.remove(centre.name), onclick: () => remove(key) }, "×"))));
    this.ink.refresh();
  }

  private paint(brush: Brush): void {
    for (const { centre, rings } of this.shown.values()) {
      const at = centre.at();
      if (!at) continue;
      if (centre.bare) cross(brush, at, "ring", 9);
      for (const one of rings) {
        stroke(brush, ring(at, one.metres), "ring", { width: 2, dash: [6, 4] });
        write(brush, one.label, beyond(at, one.metres, 0), "ring", [0, -9]);
      }
    }
  }
}
