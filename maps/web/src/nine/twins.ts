/** The warning of requests that may be the same incident, and a person's choice. */
import { strings } from "../strings";
import { age } from "../times";
import { el, fill, ltr } from "../ui/dom";
import type { Twin } from "./near";
import { metresInWords } from "./place-check";

const words = strings.nine.duplicate;

export class TwinWarning {
  readonly node = el("div", { class: "nine-twins", role: "alert", hidden: true, "data-testid": "nine-twins" });
  private shown = "";

  constructor(private readonly add: (request: string) => void, private readonly other: (request: string) => void) {}

  show(found: readonly Twin[]): void {
    const looks = JSON.stringify(found.map((one) => [one.request.id, one.metres === null ? null : metresInWords(one.metres), one.callsign]));
    this.node.hidden = found.length === 0;
    if (looks === this.shown) return; // its words are not said again at each tick
    this.shown = looks;
    fill(this.node, found.length === 0 ? null : el("b", {}, words.title), ...found.map((one) => this.card(one)));
  }

  private card({ request, metres, callsign, ageMs }: Twin): HTMLElement {
    const facts = [metres === null ? "" : words.far(metresInWords(metres)), callsign ? words.callsign(request.who) : "", ageMs === null ? "" : words.ago(age(ageMs))];
    return el("div", { class: "nine-twin" },
      el("p", {}, ltr(request.id, "zap"), " ", el("span", { dir: "auto" }, [strings.request.count(request.how_many), request.what || request.who, request.place].filter((part) => part).join(" · "))),
      el("p", { class: "note" }, facts.filter((part) => part !== "").join(" · ")),
      el("div", { class: "nine-buttons" },
        el("button", { type: "button", class: "primary", onclick: () => this.add(request.id) }, words.add(request.id)),
        el("button", { type: "button", onclick: () => this.other(request.id) }, words.other)));
  }
}
