/** The last picture, kept on this machine for a reload without network. Casualty positions are targeting data: wiped at log-out, at a session's end and after a shift. */
import type { Picture } from "../live/fold";

const DATABASE = "casevac";
const STORE = "pictures";
const EVERY_MS = 4000;
const MOVED_MS = 15_000; // what only moved: a thousand positions are much to write
const LONGEST_MS = 16 * 3600_000; // a watch and its hand-over; older is wiped unread
export const SHARED = "casevac.shared"; // set: this machine is for many, and nothing is kept on it

/** What is typed and not sent yet is kept under these names, beside the sheets of nine/drafts.ts. */
export const TYPED = ["casevac.alert-draft", "casevac.entry-draft", "casevac.voice-drafts", "casevac.remarks"] as const;

export interface KeptPicture {
  picture: Picture;
  at: number; // server time in ms of the last frame in it
  offsetMs: number; // server time minus this machine's
}

export const keepsNothing = (): boolean => localStorage.getItem(SHARED) !== null;

/** From now on nothing, or the last picture again, is kept on this machine. */
export async function keepNothing(nothing: boolean): Promise<void> {
  if (nothing) localStorage.setItem(SHARED, "1");
  else localStorage.removeItem(SHARED);
  if (!nothing) return;
  for (const name of TYPED) localStorage.removeItem(name); // what stands in the fields stays
  await wipe();
}

/** Takes away whatever was kept. */
export function wipe(): Promise<void> {
  return new Promise((done) => {
    try {
      const asked = indexedDB.deleteDatabase(DATABASE);
      asked.onsuccess = asked.onerror = asked.onblocked = () => done(); // blocked: goes as soon as the other tab lets it go
    } catch {
      done(); // a browser that keeps nothing has nothing to wipe
    }
  });
}

/** Keeps the picture of one mission, at most every few seconds. */
export class Kept {
  private last = Number.NEGATIVE_INFINITY;
  private waiting: KeptPicture | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private due = 0; // when it goes off
  private barred = false;

  constructor(private readonly mission: string) {}

  async read(now = Date.now()): Promise<KeptPicture | null> {
    if (keepsNothing()) return null;
    const found = await inStore("readonly", (store) => store.get(this.mission)).catch(() => null);
    if (!isKept(found)) return null;
    if (now + found.offsetMs - found.at <= LONGEST_MS) return found;
    await wipe();
    return null;
  }

  /** Asks for this picture to be kept; of many in a few seconds the last one is. `moved`: it tells of no event. */
  keep(one: KeptPicture, moved: boolean): void {
    if (this.barred || keepsNothing() || document.visibilityState === "hidden") return;
    this.waiting = one;
    const due = this.last + (moved ? MOVED_MS : EVERY_MS);
    if (this.timer !== null && due >= this.due) return;
    if (this.timer !== null) clearTimeout(this.timer);
    [this.due, this.timer] = [due, setTimeout(() => void this.write(), Math.max(0, due - Date.now()))];
  }

  /** Nobody may look any more: what is kept goes, and nothing is kept until `again`. */
  async stop(): Promise<void> {
    this.barred = true;
    this.drop();
    await wipe();
  }

  again(): void {
    this.barred = false;
  }

  private drop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    [this.timer, this.waiting] = [null, null];
  }

  private async write(): Promise<void> {
    const one = this.waiting;
    this.drop();
    if (one === null || this.barred || keepsNothing()) return;
    this.last = Date.now();
    await inStore("readwrite", (store) => store.put(one, this.mission)).catch(() => undefined); // a full or forbidden store: the page goes on without
    if (this.barred || keepsNothing()) await wipe(); // somebody logged out while it was written
  }
}

function isKept(found: unknown): found is KeptPicture {
  const one = found as Partial<KeptPicture> | null | undefined;
  return typeof one?.at === "number" && typeof one.offsetMs === "number" && typeof one.picture?.epoch === "string";
}

/** One request in a transaction of its own; the connection is closed again, so that `wipe` waits for nobody. */
function inStore(mode: IDBTransactionMode, run: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  return new Promise((done, failed) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onerror = () => failed(asked.error);
    asked.onsuccess = () => {
      const database = asked.result;
      const change = database.transaction(STORE, mode);
      const request = run(change.objectStore(STORE));
      change.oncomplete = () => {
        database.close();
        done(request.result);
      };
      change.onabort = change.onerror = () => {
        database.close();
        failed(change.error);
      };
    };
  });
}
