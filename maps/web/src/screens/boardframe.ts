/** What both boards share: a heading, a search, an order, a way back to the map and one to a window of its own. */
import { strings } from "../strings";
import "../styles/screens.css";
import { el, say } from "../ui/dom";
import { alone } from "./address";
import { labelled } from "./form";

const words = strings.screens.boards;

export class BoardFrame<O extends string> {
  readonly node: HTMLElement;
  private readonly sort: HTMLSelectElement;
  private readonly find = el("input", { type: "search", name: "board-find", autocomplete: "off" });
  private readonly count = el("span", { class: "count", role: "status" });

  constructor(view: string, title: string, orders: readonly O[], body: HTMLElement, leave: () => void, changed: () => void) {
    this.sort = el("select", { name: "board-sort" }, ...orders.map((one) => el("option", { value: one }, words.by[one] ?? one)));
    this.sort.addEventListener("change", changed);
    this.find.addEventListener("input", changed);
    const back = el("button", { type: "button", "data-testid": "board-back", onclick: leave }, words.back);
    const own = el("a", { href: alone(view), target: "_blank", rel: "noopener", class: "button" }, words.window);
    const head = el("header", { class: "board-head" }, el("h2", {}, title, " ", this.count), labelled(words.find, this.find), labelled(words.sort, this.sort), own, back);
    this.node = el("section", { class: "board", "aria-label": title, "data-testid": `board-${view}`, hidden: true }, head, body);
  }

  get order(): O {
    return this.sort.value as O;
  }

  /** True when each word of the search is in one of these texts. */
  finds(...texts: string[]): boolean {
    const wanted = this.find.value.trim().toLowerCase();
    return wanted === "" || wanted.split(/\s+/).every((word) => texts.some((text) => text.toLowerCase().includes(word)));
  }

  tell(shown: number, held: boolean): void {
    say(this.count, [words.shown(shown), held ? strings.screens.held : ""].filter((word) => word !== "").join(" · "));
  }
}
