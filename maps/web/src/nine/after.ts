/** What follows a stored 9-line: the words to read back, their confirmation, and how long the launch takes. */
import type { Request } from "../live/protocol";
import type { Picture } from "../live/fold";
import { strings } from "../strings";
import { clockZ, instant, span } from "../times";
import { el, fill, mark, say } from "../ui/dom";
import type { Dialect } from "./coded";
import { readBack } from "./readback";

const words = strings.nine;

/** How long it is open, since when launchable, and how long until somebody decided. Pure. */
export function launchTimes(request: Request, now: number): string {
  const opened = instant(request.opened_at);
  if (opened === null) return "";
  const ready = instant(request.nine_line?.launchable_at);
  const launchable = ready === null ? words.notLaunchable : words.launchableAfter(span(Math.max(0, ready - opened)));
  const waits = Math.max(0, now - (ready ?? opened));
  const decision = request.decision_s === null || request.decision_s === undefined ? words.undecided(span(waits)) : words.decidedAfter(span(1000 * request.decision_s));
  return words.times(span(Math.max(0, now - opened)), launchable, decision);
}

export class AfterPanel {
  readonly node = el("section", { class: "nine-after", hidden: true, "data-testid": "nine-after" });
  private readonly state = el("p", { class: "nine-state", role: "status", "data-testid": "nine-state" });
  private readonly times = el("p", { class: "note", "data-testid": "nine-times" });
  private readonly text = el("pre", { class: "nine-words", dir: "ltr", tabindex: "0", role: "region", "aria-label": words.readBack.title, "data-testid": "read-back" });
  private readonly confirmed = el("p", { class: "nine-confirmed", role: "status", "data-testid": "read-back-state" });
  private readonly twins = el("p", { class: "trouble", hidden: true });
  private readonly confirm: HTMLButtonElement;
  private readonly again: HTMLButtonElement;
  private request = "";

  constructor(confirm: (request: string) => void, change: (request: string) => void, another: () => void) {
    this.confirm = el("button", { type: "button", class: "primary", onclick: () => {
      confirm(this.request);
      say(this.confirmed, words.readBack.queued);
    } }, words.readBack.confirm);
    this.again = el("button", { type: "button", onclick: () => change(this.request) }, words.change);
    const copy = el("button", { type: "button", onclick: () => void this.copy(copy) }, words.readBack.copy);
    const buttons = el("div", { class: "nine-buttons" }, this.confirm, copy, this.again, el("button", { type: "button", onclick: another }, words.another));
    this.node.append(this.state, this.twins, this.times, el("h3", {}, words.readBack.title), this.text, this.confirmed, buttons);
  }

  get first(): HTMLElement {
    return this.text;
  }

  show(request: string, state: string): void {
    if (this.request !== request) say(this.confirmed, "");
    this.request = request;
    this.node.hidden = false;
    say(this.state, state);
    this.confirm.disabled = this.again.disabled = request === "";
    if (request === "") {
      say(this.text, words.readBack.wait);
      say(this.times, "");
      this.twins.hidden = true;
    }
  }

  hide(): void {
    this.node.hidden = true;
  }

  update(picture: Picture, now: number, dialect: Dialect | null): void {
    const request = picture.entities.requests[this.request];
    if (this.node.hidden || !request) return;
    const known = request.casualties.map((zap) => picture.entities.casualties[zap]).filter((one) => one !== undefined);
    say(this.text, readBack(request, known, dialect) || words.readBack.wait);
    say(this.times, launchTimes(request, now));
    const same = request.possible_duplicates.map((one) => one.words).join("; ");
    this.twins.hidden = same === "";
    say(this.twins, same === "" ? "" : `${words.duplicate.title}: ${same}`);
    this.showConfirmed(request);
  }

  private showConfirmed(request: Request): void {
    const told = request.nine_line?.read_back;
    if (!told) return;
    const at = clockZ(instant(told.at) ?? 0);
    say(this.confirmed, told.current ? words.readBack.confirmed(told.by, at) : words.readBack.stale(told.by, at));
    mark(this.confirmed, "data-state", told.current ? "good" : "wrong");
  }

  private async copy(button: HTMLButtonElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.text.textContent ?? "");
      fill(button, words.readBack.copied);
    } catch {
      fill(button, words.readBack.notCopied);
      getSelection()?.selectAllChildren(this.text);
    }
    setTimeout(() => fill(button, words.readBack.copy), 3000);
  }
}
