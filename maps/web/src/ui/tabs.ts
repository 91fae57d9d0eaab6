/** Tabs of one panel, with the arrow keys between them. */
import { el, mark } from "./dom";

export class Tabs {
  readonly node: HTMLElement;
  private readonly heads = new Map<string, HTMLButtonElement>();
  private readonly panels = new Map<string, HTMLElement>();

  constructor(tabs: [id: string, label: string, panel: HTMLElement][], label: string) {
    const list = el("div", { role: "tablist", "aria-label": label });
    this.node = el("div", { class: "tabs" }, list);
    for (const [id, text, panel] of tabs) {
      const head = el("button", { type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `panel-${id}`, onclick: () => this.show(id) }, text);
      panel.id = `panel-${id}`;
      mark(panel, "role", "tabpanel");
      mark(panel, "aria-labelledby", head.id);
      this.heads.set(id, head);
      this.panels.set(id, panel);
      list.append(head);
      this.node.append(panel);
    }
    list.addEventListener("keydown", (event) => this.arrow(event));
    this.show(tabs[0]?.[0] ?? "");
  }

  show(id: string, then?: () => void): void {
    for (const [name, head] of this.heads) {
      mark(head, "aria-selected", String(name === id));
      head.tabIndex = name === id ? 0 : -1;
      (this.panels.get(name) as HTMLElement).hidden = name !== id;
    }
    then?.();
  }

  private arrow(event: KeyboardEvent): void {
    const names = [...this.heads.keys()];
    const here = names.findIndex((name) => this.heads.get(name) === document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined || here < 0) return;
    const name = names[(here + step + names.length) % names.length] as string;
    this.show(name);
    this.heads.get(name)?.focus();
  }
}
