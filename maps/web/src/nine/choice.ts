/** Which sheet is worked on: a new one, an unsent draft, or an open request that is told more of. */
import type { Request } from "../live/protocol";
import { strings } from "../strings";
import { clockZ } from "../times";
import { el, fill } from "../ui/dom";
import type { NineDraft } from "./drafts";

const words = strings.nine;
const SHORT = 40;

export class SheetChoice {
  readonly node: HTMLElement;
  private readonly select = el("select", { name: "sheet" });
  private readonly drop: HTMLButtonElement;
  private shown = "";

  constructor(chosen: (value: string) => void, discard: () => void) {
    this.drop = el("button", { type: "button", class: "danger", onclick: discard }, words.discard);
    this.node = el("div", { class: "nine-choice" }, el("label", {}, el("span", {}, words.sheet), this.select), this.drop);
    this.select.addEventListener("change", () => chosen(this.select.value));
  }

  show(drafts: readonly NineDraft[], requests: readonly Request[], value: string): void {
    const open = requests.filter((one) => one.state !== "closed" && !one.stood_down);
    const looks = JSON.stringify([value, drafts.map((one) => [one.id, one.savedAt - (one.savedAt % 60_000), name(one)]), open.map((one) => [one.id, one.place, one.what])]);
    if (looks === this.shown || (document.activeElement === this.select && this.shown !== "")) return;
    this.shown = looks;
    const kept = drafts.map((one) => el("option", { value: `draft:${one.id}` }, words.draftOf(clockZ(one.savedAt), [one.request, name(one)].filter((part) => part !== "").join(" "))));
    const known = open.map((one) => el("option", { value: `request:${one.id}` }, words.requestOf(one.id, cut([one.place, one.what].filter((part) => part).join(", ")))));
    fill(this.select, el("option", { value: "new" }, words.fresh),
      kept.length > 0 && el("optgroup", { label: words.drafts }, ...kept), known.length > 0 && el("optgroup", { label: words.openRequests }, ...known));
    this.select.value = value || "new";
    this.drop.hidden = !value.startsWith("draft:");
  }
}

const cut = (text: string): string => ([...text].length > SHORT ? `${[...text].slice(0, SHORT).join("")}…` : text);
const name = (draft: NineDraft): string => cut(draft.texts["pickup"]?.trim() || draft.texts["callsign"]?.trim() || "");
