/** Long lists: a row is touched only when it would look different, moves as little as it can, and not while it is in use. */
import type { Row } from "./dom";
import { takeAway } from "./dom";

export interface RowRules<T> {
  key(item: T): string;
  make(item: T): Row<T>;
  /** What the row's looks follow from; a row whose looks are the same as before is left alone. Without it every row is updated. */
  looks?(item: T): readonly unknown[];
  /** Keep the order while the pointer or the keys are busy in the list. */
  hold?: boolean;
}

interface Kept<T> {
  row: Row<T>;
  looks: readonly unknown[] | null;
}

const BUSY_MS = 8000; // so long after the last move or key the list is in use

/** The rows of one parent by their keys. With `hold` the order waits while the list is in use; new rows then come last. */
export class Rows<T> {
  private readonly kept = new Map<string, Kept<T>>();
  private order: string[] = [];
  private busyUntil = 0;
  private inside = false;

  constructor(
    private readonly parent: HTMLElement,
    private readonly rules: RowRules<T>,
    private readonly clock: () => number = () => performance.now(),
  ) {
    if (rules.hold) this.watch();
  }

  /** True while the last update kept an order that is not the wanted one. */
  held = false;

  get size(): number {
    return this.kept.size;
  }

  update(items: readonly T[]): void {
    const wanted = new Map(items.map((item) => [this.rules.key(item), item]));
    for (const [key, { row }] of this.kept) {
      if (wanted.has(key)) continue;
      takeAway(row.node);
      this.kept.delete(key);
    }
    for (const [key, item] of wanted) this.refresh(key, item);
    const goal = [...wanted.keys()];
    const order = this.busy ? heldOrder(this.order, goal) : goal;
    this.held = order.some((key, index) => key !== goal[index]);
    this.arrange(order);
  }

  /** The order may change with the next update, whatever is in use. */
  release(): void {
    this.busyUntil = 0;
  }

  private get busy(): boolean {
    return this.rules.hold === true && this.clock() < this.busyUntil && (this.inside || this.parent.contains(document.activeElement));
  }

  private refresh(key: string, item: T): void {
    const looks = this.rules.looks?.(item) ?? null;
    let one = this.kept.get(key);
    if (!one) {
      one = { row: this.rules.make(item), looks: null };
      this.kept.set(key, one);
    } else if (looks && one.looks && same(looks, one.looks)) return;
    one.looks = looks;
    one.row.update(item);
  }

  /** Rows of the longest run that is in order already stay where they are; the others move between them. */
  private arrange(order: string[]): void {
    const before = new Map(this.order.map((key, index) => [key, index]));
    const stay = new Set(longestRun(order.filter((key) => before.has(key)).map((key) => before.get(key) as number)).map((index) => this.order[index]));
    let next: Element | null = null;
    for (let at = order.length - 1; at >= 0; at -= 1) {
      const key = order[at] as string;
      const { node } = (this.kept.get(key) as Kept<T>).row;
      if (!stay.has(key) || node.parentElement !== this.parent) this.move(node, next);
      next = node;
    }
    this.order = order;
  }

  /** Moving a node drops its focus; give it back. */
  private move(node: HTMLElement, before: Element | null): void {
    const focused = node.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
    this.parent.insertBefore(node, before);
    focused?.focus({ preventScroll: true });
  }

  private watch(): void {
    const busy = (): void => {
      this.busyUntil = this.clock() + BUSY_MS;
    };
    this.parent.addEventListener("pointerenter", () => (this.inside = true));
    this.parent.addEventListener("pointerleave", () => (this.inside = false));
    for (const event of ["pointermove", "pointerdown", "keydown", "focusin", "wheel"]) this.parent.addEventListener(event, busy, { passive: true });
  }
}

const same = (a: readonly unknown[], b: readonly unknown[]): boolean => a.length === b.length && a.every((value, index) => Object.is(value, b[index]));

/** What is shown already keeps its place among its like; what is new comes last. */
export function heldOrder(shown: readonly string[], wanted: readonly string[]): string[] {
  const left = new Set(wanted);
  const stays = shown.filter((key) => left.delete(key));
  return [...stays, ...left];
}

/** The longest rising run within numbers that are all different, as its numbers. */
export function longestRun(numbers: readonly number[]): number[] {
  const ends: number[] = []; // ends[n]: index of the smallest number that ends a run of n + 1
  const before: number[] = [];
  numbers.forEach((number, index) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[ends[middle] as number] as number) < number) low = middle + 1;
      else high = middle;
    }
    before[index] = low > 0 ? (ends[low - 1] as number) : -1;
    ends[low] = index;
  });
  const run: number[] = [];
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at] as number) run.push(numbers[at] as number);
  return run.reverse();
}
