/** Unsent sheets, kept in this browser at each keystroke; in memory alone where nothing may be kept. */
import type { Shelf } from "../commands/outbox";
import { SHARED } from "../keep/kept";
import type { Texts } from "./lines";
import type { RowTexts } from "./mist";

const SHELF = "casevac.nine-drafts";
export const KEEP_NOTHING = SHARED;

/** A place taken from the map; it holds while `text` is what stands in line 1. */
export interface Pin {
  text: string;
  lon: number;
  lat: number;
  within: number; // metres
}
export interface NineDraft {
  id: string;
  mission: string;
  request: string; // empty: a new one
  base: Texts; // as the request was when it was opened here
  toldAt: Record<string, string>; // by line, when that was told
  texts: Texts;
  pin: Pin | null;
  rows: RowTexts[];
  rowsBase: RowTexts[];
  others: string[]; // requests that a person said are another incident
  savedAt: number;
  refused: string; // the server's words, until something is changed
}
type Kept = Shelf & { removeItem(name: string): void };

export class Drafts {
  private memory: NineDraft[] | null = null;

  constructor(private readonly shelf: Kept) {}

  /** False where nothing may stay on this machine. */
  get keeps(): boolean {
    return this.shelf.getItem(KEEP_NOTHING) === null;
  }

  /** Drafts of a mission, the latest first. */
  of(mission: string): NineDraft[] {
    return this.all().filter((one) => one.mission === mission).sort((a, b) => b.savedAt - a.savedAt);
  }

  all(): NineDraft[] {
    if (!this.keeps) return this.taken();
    return this.shelved();
  }

  /** What was kept before somebody said that nothing may be is not lost: only this page has it now. */
  private taken(): NineDraft[] {
    this.memory ??= this.shelved();
    this.shelf.removeItem(SHELF);
    return this.memory;
  }

  private shelved(): NineDraft[] {
    try {
      const kept: unknown = JSON.parse(this.shelf.getItem(SHELF) ?? "[]");
      return Array.isArray(kept) ? (kept as NineDraft[]).filter(isDraft) : [];
    } catch {
      return this.memory ?? []; // a damaged shelf must not stop new requests
    }
  }

  put(draft: NineDraft): void {
    this.store([...this.all().filter((one) => one.id !== draft.id), draft]);
  }

  drop(id: string): void {
    this.store(this.all().filter((one) => one.id !== id));
  }

  wipe(): void {
    this.memory = [];
    this.shelf.removeItem(SHELF);
  }

  private store(drafts: NineDraft[]): void {
    this.memory = drafts; // also when the shelf is full
    if (!this.keeps) return this.shelf.removeItem(SHELF);
    try {
      this.shelf.setItem(SHELF, JSON.stringify(drafts));
    } catch {
      return; // no room: the memory has it
    }
  }
}

function isDraft(one: Partial<NineDraft> | null): boolean {
  return typeof one?.id === "string" && typeof one.mission === "string" && typeof one.texts === "object" && Array.isArray(one.rows) && Array.isArray(one.rowsBase) && typeof one.base === "object";
}

/** Nothing that a person typed: it need not be kept. */
export function isUntouched(draft: NineDraft): boolean {
  const same = Object.entries(draft.texts).every(([name, text]) => name === "speaker" || text.trim() === (draft.base[name] ?? "").trim());
  return same && draft.rows.every((row, at) => JSON.stringify(row) === JSON.stringify(draft.rowsBase[at] ?? null) || Object.entries(row).every(([name, text]) => name === "casualty" || text === ""));
}
