/** Coordinates under the pointer, or of the middle of the map: a press shows them in another form, another copies all. */
import "../styles/basemap.css";
import { strings } from "../strings";
import { el, ltr, mark, say } from "../ui/dom";
import { FORMS, type Form, inAllForms, inForm } from "./forms";

const KEPT = "casevac.coordinates";

export class Readout {
  readonly node: HTMLElement;
  private readonly words = ltr("", "readout-words");
  private readonly where = el("span", { class: "readout-where", "aria-hidden": "true" });
  private readonly button = el("button", { type: "button", class: "readout-form", "data-testid": "readout", onclick: () => this.next() }, this.where, this.words);
  private form: Form;
  private pointer: { lon: number; lat: number } | null = null;
  private centre: { lon: number; lat: number } | null = null;

  constructor(private readonly tell: (text: string, wrong?: boolean) => void, private readonly memory: Storage = localStorage) {
    const kept = memory.getItem(KEPT) as Form | null;
    this.form = kept && FORMS.includes(kept) ? kept : "mgrs";
    const copy = el("button", { type: "button", class: "readout-copy", "aria-label": strings.ground.copy, title: strings.ground.copy, onclick: () => void this.copy() }, strings.ground.copyShort);
    this.node = el("div", { class: "readout" }, this.button, copy);
    this.draw();
  }

  /** The pointer is there; null: it has left the map, and the middle counts. */
  point(at: { lon: number; lat: number } | null): void {
    this.pointer = at;
    this.draw();
  }

  middle(at: { lon: number; lat: number }): void {
    this.centre = at;
    if (!this.pointer) this.draw();
  }

  next(): void {
    this.form = FORMS[(FORMS.indexOf(this.form) + 1) % FORMS.length] as Form;
    this.memory.setItem(KEPT, this.form);
    this.draw();
  }

  private async copy(): Promise<void> {
    const at = this.centre ?? this.pointer; // to press the button the pointer has left the place
    if (!at) return;
    try {
      await navigator.clipboard.writeText(inAllForms(at.lon, at.lat));
      this.tell(strings.ground.copied);
    } catch {
      this.tell(strings.ground.notCopied, true);
    }
  }

  private draw(): void {
    const at = this.pointer ?? this.centre;
    this.node.hidden = at === null;
    if (!at) return;
    say(this.where, this.pointer ? "" : "+ ");
    say(this.words, inForm(this.form, at.lon, at.lat));
    mark(this.button, "title", strings.ground.readout(strings.ground.forms[this.form] ?? this.form));
  }
}
