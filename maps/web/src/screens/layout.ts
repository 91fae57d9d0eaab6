/** Where the parts of the page stand: lists left, the middle, the drawer right, windows above. */
import { strings } from "../strings";
import { el } from "../ui/dom";

export function laidOut(left: HTMLElement, centre: readonly HTMLElement[], right: HTMLElement, windows: readonly HTMLElement[]): HTMLElement {
  return el("main", { class: "desk" }, el("div", { class: "left" }, left, footnote()), el("section", { class: "centre" }, ...centre), el("aside", { class: "right" }, right, footnote()), ...windows);
}

/** Forecasts come from assumed speeds: said wherever times are shown, once a panel. */
function footnote(): HTMLElement {
  return el("p", { class: "footnote" }, strings.timesEstimated);
}
