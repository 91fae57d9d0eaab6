/** The menu of what can be drawn here: by key x, by the right button, by a finger that rests. */
import { grid } from "../grid";
import { toolWords } from "../strings/tools";
import { arrowKeys, el, fill, mark } from "../ui/dom";
import type { LonLat } from "./geodesy";

export interface Entry {
  words: string;
  run: (at: LonLat | null) => void;
}

export class DrawMenu {
  readonly node = el("div", { class: "draw-menu", role: "menu", hidden: true, "data-testid": "draw-menu" });
  private before: Element | null = null;
  private at: LonLat | null = null;

  constructor(private readonly entries: () => Entry[]) {
    arrowKeys(this.node, "button");
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.node.addEventListener("focusout", (event) => {
      if (!this.node.contains(event.relatedTarget as Node | null)) this.close(false);
    });
  }

  /** Opens at a place of the map, or in its middle when none is meant. */
  open(at: LonLat | null, x: number | null, y: number | null): void {
    this.at = at;
    if (this.node.hidden) this.before = document.activeElement;
    const title = at ? toolWords.draw.here(grid(at[0], at[1])) : toolWords.draw.menu;
    mark(this.node, "aria-label", title);
    fill(this.node, el("p", { "aria-hidden": "true" }, title), ...this.entries().map((entry) => el("button", { type: "button", role: "menuitem", onclick: () => this.run(entry) }, entry.words)));
    this.node.hidden = false;
    const box = this.node.parentElement?.getBoundingClientRect();
    const [w, h] = [this.node.offsetWidth, this.node.offsetHeight];
    const left = x === null || !box ? ((box?.width ?? 0) - w) / 2 : Math.max(4, Math.min(x, box.width - w - 4));
    const top = y === null || !box ? 40 : Math.max(4, Math.min(y, box.height - h - 4));
    this.node.style.setProperty("left", `${left}px`); // a place on the map, the same whichever way the page reads
    this.node.style.setProperty("top", `${top}px`);
    this.node.querySelector("button")?.focus();
  }

  close(back = true): void {
    if (this.node.hidden) return;
    this.node.hidden = true;
    if (back && this.before instanceof HTMLElement && this.before.isConnected) this.before.focus();
  }

  private run(entry: Entry): void {
    this.close();
    entry.run(this.at);
  }

  /** The first letter of an entry goes to it. */
  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") this.close();
    else if (event.key.length === 1 && event.key !== " ") {
      const all = [...this.node.querySelectorAll<HTMLElement>("button")];
      const here = all.indexOf(document.activeElement as HTMLElement);
      const goal = [...all.slice(here + 1), ...all].find((one) => one.textContent?.toLowerCase().startsWith(event.key.toLowerCase()));
      goal?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
