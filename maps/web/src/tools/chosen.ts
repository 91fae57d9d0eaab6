/** The bar of the hazard that is chosen: change it, lift it. And the bar of what was just applied, with its undo. */
import type { Hazard } from "../live/protocol";
import { stateWord } from "../strings";
import { toolWords } from "../strings/tools";
import { el, fill, say } from "../ui/dom";

const words = toolWords.chosen;

export class ChosenBar {
  readonly node = el("div", { class: "tool-bar", hidden: true, "data-testid": "hazard-bar" });
  private shown = "";

  constructor(private readonly change: (hazard: Hazard) => void, private readonly lift: (hazard: Hazard) => void) {}

  show(hazard: Hazard | null): void {
    const key = hazard ? `${hazard.id} ${hazard.kind} ${hazard.name} ${hazard.lifted_at ?? ""}` : "";
    if (key === this.shown) return;
    this.shown = key;
    this.node.hidden = hazard === null;
    if (!hazard) return fill(this.node);
    const name = el("span", {}, words.title(stateWord(hazard.kind), hazard.name || hazard.id));
    const now = (run: (hazard: Hazard) => void) => (): void => run(this.latest(hazard));
    if (hazard.lifted_at !== null) return fill(this.node, name, el("span", { class: "note" }, words.gone));
    fill(this.node, name, el("button", { type: "button", onclick: now(this.change) }, words.change), el("button", { type: "button", onclick: now(this.lift) }, words.lift));
  }

  /** The hazard as it is now may be a later one than that which the buttons were made for. */
  latest: (hazard: Hazard) => Hazard = (hazard) => hazard;
}

const SHOWN_MS = 30_000;

export class UndoBar {
  readonly node = el("div", { class: "tool-bar undo-bar", role: "status", hidden: true, "data-testid": "undo-bar" });
  private readonly text = el("span", {});
  private readonly button = el("button", { type: "button", onclick: () => this.undo() }, toolWords.undo.undo);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly undo: () => void) {
    this.node.append(this.text, this.button, el("button", { type: "button", class: "close", "aria-label": toolWords.undo.dismiss, onclick: () => this.hide() }, "×"));
  }

  /** Stays for half a minute, longer while something waits to be sent. */
  show(text: string, waits: boolean): void {
    say(this.text, text);
    this.node.hidden = false;
    clearTimeout(this.timer);
    if (!waits) this.timer = setTimeout(() => this.hide(), SHOWN_MS);
  }

  hide(): void {
    clearTimeout(this.timer);
    this.node.hidden = true;
  }
}
