/** The only way this page makes elements: text is always a text node, never markup, and hides nothing from the reader. */
import { plain } from "./plain";

type Attribute = string | number | boolean | null | undefined | ((event: never) => void);
export type Child = Node | string | number | null | undefined | false;

/** An element with attributes (`onclick` and such are listeners, `false` and null leave out) and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  append(node, children);
  return node;
}

export function append(node: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    node.append(typeof child === "number" ? String(child) : typeof child === "string" ? plain(child) : child);
  }
}

/** Left-to-right island for grids, callsigns and numbers inside any language. */
export function ltr(text: string, className = ""): HTMLElement {
  return el("bdi", { dir: "ltr", class: className || null }, text);
}

/** Replaces all children. */
export function fill(node: Element, ...children: Child[]): void {
  node.replaceChildren();
  append(node, children);
}

/** Sets the text only when it differs, so that a tick of the clock touches little. */
export function say(node: Node, text: string): void {
  const shown = plain(text);
  if (node.textContent !== shown) node.textContent = shown;
}

/** Sets or removes an attribute only when it differs. */
export function mark(node: Element, name: string, value: string | null): void {
  if (value === null) node.removeAttribute(name);
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

export interface Row<T> {
  node: HTMLElement;
  update(item: T): void;
}

/** A list whose rows live as long as their key: focus and scroll survive each update. */
export class KeyedList<T> {
  private readonly rows = new Map<string, Row<T>>();

  constructor(
    private readonly parent: HTMLElement,
    private readonly keyOf: (item: T) => string,
    private readonly make: (item: T) => Row<T>,
  ) {}

  update(items: readonly T[]): void {
    const wanted = new Set(items.map(this.keyOf));
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      takeAway(row.node);
      this.rows.delete(key);
    }
    let place: Element | null = this.parent.firstElementChild;
    for (const item of items) {
      const row = this.row(item);
      row.update(item);
      if (row.node === place) place = place.nextElementSibling;
      else this.move(row.node, place);
    }
  }

  private row(item: T): Row<T> {
    const key = this.keyOf(item);
    const known = this.rows.get(key);
    if (known) return known;
    const row = this.make(item);
    this.rows.set(key, row);
    return row;
  }

  /** Moving a node drops its focus; give it back. */
  private move(node: HTMLElement, before: Element | null): void {
    const focused = node.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
    this.parent.insertBefore(node, before);
    focused?.focus({ preventScroll: true });
  }
}

const STOPS = "button:not([hidden]):not(:disabled), a[href], summary, [tabindex='0']";

/** Takes a row of a list away; the focus that it had goes to the row beside it, else to what is left near by. */
export function takeAway(node: HTMLElement): void {
  const held = node.contains(document.activeElement);
  const [beside, around] = [node.nextElementSibling ?? node.previousElementSibling, node.parentElement?.closest("section, aside")];
  node.remove();
  if (held) (beside ?? around)?.querySelector<HTMLElement>(STOPS)?.focus({ preventScroll: true });
}

/** Up and down arrows move between the focusable rows of a list; Home and End go to its ends. */
export function arrowKeys(list: HTMLElement, selector: string): void {
  list.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
    const rows = [...list.querySelectorAll<HTMLElement>(selector)];
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    const goal = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 }[event.key];
    const row = goal === undefined ? undefined : rows[Math.max(0, Math.min(goal, rows.length - 1))];
    if (!row) return;
    event.preventDefault();
    row.focus();
  });
}
