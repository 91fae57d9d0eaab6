/** Numeral and shape of a triage category; the shape is drawn by the style sheet from data-category. */
import type { Category } from "../live/protocol";
import { strings } from "../strings";
import { el, mark, say } from "../ui/dom";

export function categoryBadge(): { node: HTMLElement; update(category: Category): void } {
  const numeral = el("span", {});
  const node = el("span", { class: "category", role: "img" }, numeral);
  return {
    node,
    update: (category) => {
      say(numeral, { T1: "1", T2: "2", T3: "3", T4: "4", DEAD: "✝", UNKNOWN: "?" }[category] ?? "?");
      mark(node, "data-category", category);
      mark(node, "aria-label", strings.category(category));
    },
  };
}

/** A badge that does not change. */
export function badgeOf(category: Category): HTMLElement {
  const badge = categoryBadge();
  badge.update(category);
  return badge.node;
}
