/** Measuring: points by click, key or typed; running and whole distance, and true bearings. */
import type { Grip, MapHand, Touch } from "../map/hand";
import { labelled } from "../screens/form";
import { strings } from "../strings";
import { toolWords } from "../strings/tools";
import { el, fill, ltr, say } from "../ui/dom";
import { readPlace } from "./coordinates";
import type { Crosshair } from "./crosshair";
import type { LonLat } from "./geodesy";
import { stretches, way } from "./geodesy";
import type { Brush, Ink } from "./ink";
import { handle, stroke, words as write } from "./ink";
import type { Units } from "./lengths";
import { bearing, length } from "./lengths";

const words = toolWords.measure;
const NEAR_PX = 12;

export class Measure implements Grip {
  readonly node: HTMLElement;
  private points: LonLat[] = [];
  private pointer: LonLat | null = null;
  private pulledIndex = -1;
  private readonly total = el("p", { class: "tool-total", role: "status", "data-testid": "measure-total" });
  private readonly legs = el("ol", { class: "tool-legs", "data-testid": "measure-legs" });
  private readonly live = ltr("", "note");
  private readonly typed = el("input", { name: "measure-point", autocomplete: "off", maxlength: 80 });
  private readonly trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  private readonly units = el("select", { name: "measure-units" }, ...Object.entries(words.unit).map(([value, label]) => el("option", { value }, label)));
  private readonly painter = (brush: Brush): void => this.paint(brush);

  constructor(private readonly hand: () => MapHand, private readonly ink: Ink, private readonly cross: Crosshair, private readonly done: () => void) {
    const add = el("form", { class: "tool-row", onsubmit: (event: Event) => this.add(event) }, labelled(words.add, this.typed), el("button", { type: "submit" }, words.addButton));
    const close = el("button", { type: "button", class: "close", "aria-label": strings.close, onclick: () => this.done() }, "×");
    this.node = el("section", { class: "tool-panel", "aria-label": words.title, hidden: true, "data-testid": "measure" }, el("header", {}, el("h2", {}, words.title), close), this.total, this.legs, this.live, add, this.trouble, labelled(words.units, this.units));
    this.units.addEventListener("change", () => this.show());
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.done();
    });
  }

  begin(): void {
    this.node.hidden = false;
    this.hand().hold(this);
    this.ink.add(this.painter);
    this.cross.serve({ enter: (at, moved) => moved && this.push(at), back: () => this.back(), leave: () => this.done(), moved: (at) => this.over(at) });
    this.show();
  }

  end(): void {
    [this.points, this.pointer] = [[], null];
    this.node.hidden = true;
    this.hand().hold(null);
    this.cross.serve(null);
    this.ink.remove(this.painter);
  }

  down(touch: Touch): boolean {
    this.pulledIndex = this.points.findIndex((point) => this.near(point, touch));
    return this.pulledIndex >= 0;
  }

  pull(touch: Touch): void {
    this.points[this.pulledIndex] = touch.at;
    this.show();
  }

  up(): void {
    this.pulledIndex = -1;
  }

  click(touch: Touch): void {
    this.cross.still();
    this.push(touch.at);
  }

  move(touch: Touch): void {
    this.over(touch.at);
  }

  private near(point: LonLat, touch: Touch): boolean {
    const from = this.hand().screen(point);
    return Math.hypot(from[0] - touch.x, from[1] - touch.y) < NEAR_PX * (touch.coarse ? 2 : 1);
  }

  private over(at: LonLat): void {
    this.pointer = at;
    const last = this.points.at(-1);
    const on = last ? way(last, at) : null;
    say(this.live, on ? words.toHere(length(on.metres, this.unit), words.bearing(bearing(on.bearing))) : "");
    this.ink.refresh();
  }

  private get unit(): Units {
    return this.units.value as Units;
  }

  private push(at: LonLat): void {
    const last = this.points.at(-1);
    if (!last || last[0] !== at[0] || last[1] !== at[1]) this.points.push(at);
    this.show();
  }

  private back(): void {
    this.points.pop();
    this.show();
  }

  private add(event: Event): void {
    event.preventDefault();
    const at = readPlace(this.typed.value);
    this.trouble.hidden = at !== null;
    if (!at) return say(this.trouble, toolWords.wrong.place(this.typed.value.trim() || "—"));
    this.typed.value = "";
    this.push(at);
  }

  private show(): void {
    const { each, metres } = stretches(this.points);
    say(this.total, this.points.length < 2 ? words.none : words.total(length(metres, this.unit)));
    fill(this.legs, ...each.map((one) => el("li", {}, ltr(words.leg(length(one.metres, this.unit), words.bearing(bearing(one.bearing)))))));
    this.ink.refresh();
  }

  private paint(brush: Brush): void {
    const line = this.pointer && this.points.length > 0 ? [...this.points, this.pointer] : this.points;
    stroke(brush, line, "ring", { dash: [8, 5] });
    stroke(brush, this.points, "ring");
    let sum = 0;
    this.points.forEach((point, index) => {
      if (index > 0) sum += way(this.points[index - 1] as LonLat, point).metres;
      handle(brush, point, "ring", index === 0);
      if (index > 0) write(brush, length(sum, this.unit), point, "ink", [0, -15]);
    });
  }
}
