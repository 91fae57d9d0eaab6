/** A field of the form: its label, its number, what it means as typed, and its fault tied to it. */
import type { Child } from "../ui/dom";
import { el, mark, say } from "../ui/dom";
import type { Field } from "../screens/form";

let serial = 0;

export class FieldRow {
  readonly node: HTMLElement;
  private below = "";
  private readonly note = el("span", { class: "note" });

  constructor(label: Child, readonly field: Field, hint: string, ...beside: Child[]) {
    serial += 1;
    field.id = `nine-${serial}`;
    this.note.id = `nine-note-${serial}`;
    field.setAttribute("aria-describedby", this.note.id);
    this.node = el("div", { class: "nine-row" }, el("label", { for: field.id }, label), el("span", { class: "nine-input" }, field, ...beside), this.note);
    this.tell(hint, null);
  }

  /** What stands under the field: a hint, what is understood, or what is wrong. */
  tell(text: string, state: "good" | "wrong" | null): void {
    say(this.note, text);
    mark(this.note, "data-state", state);
    mark(this.field, "aria-invalid", state === "wrong" ? "true" : null);
  }

  /** What stands below that; left alone while it `looks` the same, else a button in it would go under the click. */
  extra(looks: string, ...nodes: Child[]): void {
    if (looks === this.below) return;
    this.below = looks;
    this.node.querySelector(".nine-extra")?.remove();
    if (nodes.length > 0) this.node.append(el("span", { class: "nine-extra" }, ...(nodes as Node[])));
  }
}
