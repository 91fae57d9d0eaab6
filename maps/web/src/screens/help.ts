/** The keys in groups, and what this machine keeps. */
import { keysInGroups } from "../controls";
import { el } from "../ui/dom";

/** The window's body; `kept` says what is kept on this machine. */
export function helpBody(kept: HTMLElement): HTMLElement {
  const groups = keysInGroups().map(([title, keys]) =>
    el("section", {}, el("h3", {}, title), el("dl", { class: "keys" }, ...keys.map(([key, what]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, what))))));
  return el("div", { class: "help" }, ...groups, kept);
}
