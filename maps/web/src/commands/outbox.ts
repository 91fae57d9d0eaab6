/** Commands that must not be lost: kept in this browser until the server has answered, through reloads and outages. */

export interface Post {
  key: string; // Idempotency-Key: the same for every try
  path: string;
  body: unknown;
  label: string; // what the person sees in the queue
  madeAt: number;
  tries: number;
  refused: string | null; // the server's own words; such a post waits for a person
  typed?: Record<string, string>; // what was typed, to correct it by
  by?: string; // whose words these are; missing or empty: anybody's, of a machine without accounts
}

export interface Answer {
  status: number; // 0: the server was not reached
  body: unknown;
}
export type Send = (path: string, body: unknown, key: string) => Promise<Answer>;

export interface Shelf {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

const SHELF = "casevac.outbox";
const SENT = "casevac.outbox-sent";
const SENT_KEPT = 30; // keys of our own last commands
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;
const TRIES_FIRST = 3; // so often the others wait for one at which the server fails by a fault of its own

/** What the next try means: done, refused by the server for good, or to be tried again with the same key. */
export function outcome(answer: Answer): "done" | "refused" | "again" {
  if (answer.status >= 200 && answer.status < 300) return "done";
  if (answer.status >= 400 && answer.status < 500 && ![401, 408, 425, 429].includes(answer.status)) return "refused";
  return "again";
}

/** A path that names what was seen also names our own commands: they are in nobody's way. */
export const withOwn = (path: string, keys: readonly string[]): string => (path.includes("expected_seq=") && keys.length > 0 ? `${path}&own=${keys.join(",")}` : path);

export function inWords(answer: Answer): string {
  const body = answer.body as { message?: unknown; detail?: unknown } | null;
  if (typeof body?.message === "string") return body.message;
  if (typeof body?.detail === "string") return body.detail;
  return `${answer.status}`;
}

export class Outbox {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private sending = false;
  private asked = false;
  private sender: string | null = ""; // null: nobody is logged in, and nothing is sent

  constructor(
    private readonly shelf: Shelf,
    private readonly send: Send,
    private readonly changed: (posts: Post[]) => void,
    private readonly sent: (post: Post, answer: Answer) => void,
  ) {}

  posts(): Post[] {
    try {
      const kept: unknown = JSON.parse(this.shelf.getItem(SHELF) ?? "[]");
      return Array.isArray(kept) ? (kept as Post[]) : [];
    } catch {
      return []; // a damaged shelf must not stop new alerts
    }
  }

  /** From now on this person sends; null: nobody may until somebody is logged in. */
  sendAs(sender: string | null): void {
    this.sender = sender;
    this.changed(this.posts());
    if (sender !== null) void this.flush();
  }

  /** Another tab changed what is kept under that name (null: everything): what waits is shown as it is now. */
  changedElsewhere(name: string | null): void {
    if (name === null || name === SHELF) this.changed(this.posts());
  }

  /** False for the words of another person: they wait until that one is logged in. */
  isMine = (post: Post): boolean => !post.by || post.by === this.sender;

  /** Takes another's words over, which are sent as one's own. */
  adopt(key: string): void {
    if (this.sender === null) return;
    this.store(this.posts().map((post) => (post.key === key ? { ...post, by: this.sender ?? "" } : post)));
    void this.flush();
  }

  /** Keeps the post first, then sends it. */
  add(path: string, body: unknown, label: string, now: number, typed?: Record<string, string>): Post {
    const post: Post = { key: newKey(), path, body, label, madeAt: now, tries: 0, refused: null, by: this.sender ?? "", ...(typed ? { typed } : {}) };
    this.store([...this.posts(), post]);
    void this.flush();
    return post;
  }

  /** Sends a refused post again to another path, under its own key. */
  resend(key: string, path: string): void {
    this.store(this.posts().map((post) => (post.key === key ? { ...post, path, refused: null } : post)));
    void this.flush();
  }

  discard(key: string): void {
    this.store(this.posts().filter((post) => post.key !== key));
  }

  /** Tries everything that waits, one after another, oldest first. Safe to call at any time and from any tab. */
  async flush(): Promise<void> {
    if (this.sending) {
      this.asked = true; // what came meanwhile is looked at as soon as this round is over
      return;
    }
    this.sending = true;
    this.asked = false;
    this.stopTimer();
    try {
      await exclusive(() => this.sendAll());
    } finally {
      this.sending = false;
    }
    if (this.asked) return this.flush();
    this.plan();
  }

  private async sendAll(): Promise<void> {
    const passed = new Set<string>();
    for (;;) {
      const post = this.next(passed);
      if (!post) return;
      const answer = await this.send(withOwn(post.path, this.sentKeys()), post.body, post.key);
      const end = outcome(answer);
      if (end === "done") this.done(post.key);
      else if (end === "refused") this.replace({ ...post, refused: inWords(answer), tries: post.tries + 1 });
      else this.replace({ ...post, tries: post.tries + 1 });
      if (end !== "again") this.sent(post, answer);
      else if (answer.status === 500 && post.tries + 1 >= TRIES_FIRST) passed.add(post.key); // it stands in nobody's way
      else return;
    }
  }

  private done(key: string): void {
    this.shelf.setItem(SENT, JSON.stringify([...this.sentKeys(), key].slice(-SENT_KEPT)));
    this.discard(key);
  }

  private sentKeys(): string[] {
    try {
      const kept: unknown = JSON.parse(this.shelf.getItem(SENT) ?? "[]");
      return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
    } catch {
      return [];
    }
  }

  private next(passed: ReadonlySet<string> = new Set()): Post | undefined {
    return this.sender === null ? undefined : this.posts().find((post) => post.refused === null && this.isMine(post) && !passed.has(post.key));
  }

  private plan(): void {
    const waiting = this.next();
    if (!waiting || this.timer !== null) return;
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(waiting.tries, 6));
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.flush();
    }, wait);
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private replace(post: Post): void {
    this.store(this.posts().map((kept) => (kept.key === post.key ? post : kept)));
  }

  private store(posts: Post[]): void {
    this.shelf.setItem(SHELF, JSON.stringify(posts));
    this.changed(posts);
  }
}

/** One tab at a time sends, where the browser can tell; the Idempotency-Key covers the rest. */
async function exclusive(run: () => Promise<void>): Promise<void> {
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  if (!locks) return run();
  await locks.request(SHELF, { ifAvailable: true }, (lock) => (lock ? run() : undefined));
}

/** A random UUID, also where the page came over plain HTTP and crypto.randomUUID is missing. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
