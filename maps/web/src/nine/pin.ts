/** A place on the map: a cross to pick it by mouse or keyboard, and the circle within which it lies. */
import type { Grip, MapHand, Place } from "../map/hand";
import { nine as words } from "../strings/nine";
import { el } from "../ui/dom";
import { metresApart } from "./near";

const STEP_PX = 24;
const FINE_PX = 3;
const BLUR_PX = 6; // how well a person hits a point
const LEAST_M = 10;
const SMALLEST_PX = 7;

export class MapPin {
  readonly node = el("div", { class: "nine-map" });
  private readonly circle = el("div", { class: "nine-circle", hidden: true, "data-testid": "nine-circle" });
  private readonly cross = el("div", { class: "nine-cross", hidden: true, "aria-hidden": "true" });
  private readonly hint = el("p", { class: "nine-pick-hint", role: "status", hidden: true }, words.picking);
  private done: ((at: Place | null, within: number) => void) | null = null;
  private shown: { at: Place; within: number } | null = null;
  /** A click picks; whatever is pulled moves the map. */
  private readonly grip: Grip = { down: () => false, pull: () => undefined, up: () => undefined, move: () => undefined, click: ({ x, y }) => this.take(x, y) };

  constructor(private readonly box: HTMLElement, private readonly ground: () => MapHand) {
    this.node.append(this.circle, this.cross, this.hint);
    box.append(this.node);
    addEventListener("keydown", (event) => this.key(event), true);
  }

  get armed(): boolean {
    return this.done !== null;
  }

  /** The next click on the map, or Enter, is the place; null when a person gave up. */
  arm(done: (at: Place | null, within: number) => void): void {
    this.done = done;
    this.box.dataset["picking"] = "yes"; // where it is narrow, the form makes room
    this.ground().hold(this.grip);
    this.cross.hidden = this.hint.hidden = false;
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }

  follow(): void {
    this.ground().onFrame(() => this.place());
  }

  show(at: Place | null, within: number): void {
    this.shown = at ? { at, within } : null;
    this.place();
  }

  private place(): void {
    this.circle.hidden = this.shown === null;
    if (!this.shown) return;
    const { at, within } = this.shown;
    const [x, y] = this.ground().screen(at);
    const [, north] = this.ground().screen([at[0], Math.min(84, at[1] + within / 111_195)]);
    const radius = Math.min(4000, Math.max(SMALLEST_PX, y - north));
    Object.assign(this.circle.style, { left: `${x - radius}px`, top: `${y - radius}px`, width: `${2 * radius}px`, height: `${2 * radius}px` });
  }

  private key(event: KeyboardEvent): void {
    if (!this.done || event.ctrlKey || event.altKey || event.metaKey) return;
    const step = event.shiftKey ? FINE_PX : STEP_PX;
    const pans: Record<string, [number, number]> = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const pan = pans[event.key];
    if (pan) this.ground().pan(...pan);
    else if (event.key === "+" || event.key === "=") this.ground().zoom(1);
    else if (event.key === "-") this.ground().zoom(-1);
    else if (event.key === "Enter") this.take(this.box.clientWidth / 2, this.box.clientHeight / 2);
    else if (event.key === "Escape") this.end(null, 0);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private take(x: number, y: number): void {
    const at = this.ground().place(x, y);
    const beside = this.ground().place(x + BLUR_PX, y);
    const metres = metresApart({ lon: at[0], lat: at[1] }, { lon: beside[0], lat: beside[1] });
    this.end(at, Math.max(LEAST_M, Math.ceil(metres / 10) * 10));
  }

  private end(at: Place | null, within: number): void {
    const { done } = this;
    this.done = null;
    delete this.box.dataset["picking"];
    this.ground().hold(null);
    this.cross.hidden = this.hint.hidden = true;
    done?.(at, within);
  }
}
