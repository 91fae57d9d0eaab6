/** What every entry form shares: a floating window, labelled fields, a draft kept at each keystroke, Escape closes. */
import type { Typed } from "../keep/typed";
import { keepTyped, whenForgotten } from "../keep/typed";
import { strings } from "../strings";
import { el } from "../ui/dom";

export type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export class Floating {
  readonly node: HTMLDialogElement;
  private before: Element | null = null;

  constructor(title: string, body: HTMLElement, testId: string) {
    const close = el("button", { type: "button", class: "close", "aria-label": strings.close, onclick: () => this.close() }, "×");
    this.node = el("dialog", { class: "floating", "aria-label": title, "data-testid": testId }, el("header", {}, el("h2", {}, title), close), body);
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.close();
    });
  }

  get open(): boolean {
    return this.node.open;
  }

  show(first: HTMLElement | null): void {
    if (!this.node.open) {
      this.before = document.activeElement;
      this.node.show();
    }
    first?.focus();
  }

  close(): void {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur(); // else a hidden field would eat the next key
    this.node.close();
    if (this.before instanceof HTMLElement && this.before.isConnected) this.before.focus();
  }
}

let serial = 0;

/** A label above its field. */
export function labelled(text: string, field: Field, note?: HTMLElement): HTMLElement {
  serial += 1;
  field.id ||= `field-${serial}`;
  if (note) {
    note.id ||= `note-${serial}`;
    field.setAttribute("aria-describedby", note.id);
  }
  return el("div", { class: "field" }, el("label", { for: field.id }, text), field, note ?? null);
}

/** Keeps the fields' text in this browser under `name` until `forget`. */
export class Draft {
  constructor(
    private readonly name: Typed,
    private readonly fields: Record<string, Field>,
  ) {
    for (const field of Object.values(fields)) field.addEventListener("input", () => this.keep());
    whenForgotten(() => this.forget());
    this.restore();
  }

  keep(): void {
    const texts = Object.entries(this.fields).map(([key, field]) => [key, field.value]);
    keepTyped(this.name, JSON.stringify(Object.fromEntries(texts)));
  }

  fill(texts: Record<string, string>): void {
    for (const [key, field] of Object.entries(this.fields)) field.value = texts[key] ?? "";
    this.keep();
  }

  forget(): void {
    localStorage.removeItem(this.name);
    for (const field of Object.values(this.fields)) field.value = "";
  }

  private restore(): void {
    try {
      const kept = JSON.parse(localStorage.getItem(this.name) ?? "{}") as Record<string, unknown>;
      for (const [key, field] of Object.entries(this.fields)) {
        if (typeof kept[key] === "string") field.value = kept[key];
      }
    } catch {
      localStorage.removeItem(this.name); // a damaged draft is no draft
    }
  }
}
