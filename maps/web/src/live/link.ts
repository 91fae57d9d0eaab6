/** One live connection: snapshot, stream, resume, watchdog. Runs in the shared worker, or in the page where there is none. */
import type { Picture } from "./fold";
import { begin, fold } from "./fold";
import type { Frame, Snapshot } from "./protocol";

export const SILENCE_MS = 25_000;
export const LAG_AFTER_MS = 12_000; // a heartbeat comes every 10 s
const OFFSET_SAMPLES = 20;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8000;

/** How the link stands; times are local milliseconds, `offsetMs` is server time minus local time. */
export interface LinkReport {
  connected: boolean;
  lastFrameAt: number | null;
  offsetMs: number;
  seq: number;
  head: number;
  trouble: string | null;
  noMission: boolean; // the server answers, but has no mission to show
  complaints: string[]; // what is wrong with the installation, in the server's words
}

export type LinkMessage =
  | { type: "picture"; picture: Picture }
  | { type: "frame"; frame: Frame; seq: number }
  | { type: "link"; link: LinkReport };

/** The server is there and has no mission of that name, or none at all. */
export class NoMission extends Error {}

export interface OpenStream {
  close(): void;
}
/** What the link needs of the world; tests give it a world of their own. */
export interface World {
  now(): number;
  random(): number;
  later(ms: number, run: () => void): () => void;
  snapshot(): Promise<Snapshot>;
  stream(mission: string, since: string, on: { open(): void; frame(frame: Frame): void; error(): void }): OpenStream;
}

/** Keeps the picture current for ever; publishes every step to whoever listens. */
export class LiveLink {
  picture: Picture | null = null;
  private stream: OpenStream | null = null;
  private cancelRetry: (() => void) | null = null;
  private failures = 0;
  private loading = false;
  private needsSnapshot = true;
  private loadedAt = Number.NEGATIVE_INFINITY;
  private connected = false;
  private lastFrameAt: number | null = null;
  private attemptAt = 0;
  private offsets: number[] = [];
  private trouble: string | null = null;
  private noMission = false;
  private complaints: string[] = [];

  constructor(
    private readonly world: World,
    private readonly publish: (message: LinkMessage) => void,
  ) {}

  start(): void {
    this.connect();
    this.tick();
  }

  report(): LinkReport {
    return {
      connected: this.connected,
      lastFrameAt: this.lastFrameAt,
      offsetMs: this.offsets.length > 0 ? Math.max(...this.offsets) : 0, // the least delayed sample
      seq: this.picture?.seq ?? 0,
      head: this.picture?.head ?? 0,
      trouble: this.trouble,
      noMission: this.noMission,
      complaints: this.complaints,
    };
  }

  /** The screen woke or the network came back: try at once unless frames are flowing. */
  wake(): void {
    const age = this.world.now() - (this.lastFrameAt ?? 0);
    if (this.loading || (this.connected && age < LAG_AFTER_MS)) return;
    this.drop();
    this.connect();
  }

  private tick(): void {
    this.world.later(1000, () => this.tick());
    const heard = Math.max(this.lastFrameAt ?? 0, this.attemptAt);
    const waiting = this.cancelRetry !== null || this.loading;
    if (!waiting && this.world.now() - heard > SILENCE_MS) this.fail("silence");
    this.publish({ type: "link", link: this.report() });
  }

  private connect(): void {
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.attemptAt = this.world.now();
    if (this.picture === null || this.needsSnapshot) void this.load();
    else this.open(this.picture);
  }

  private async load(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    this.drop();
    try {
      const snapshot = await this.world.snapshot();
      [this.loading, this.needsSnapshot, this.loadedAt, this.noMission] = [false, false, this.world.now(), false];
      this.heard(snapshot.server_time);
      this.picture = begin(snapshot, this.picture);
      this.publish({ type: "picture", picture: this.picture });
      this.open(this.picture);
    } catch (fault) {
      this.loading = false;
      this.noMission = fault instanceof NoMission;
      this.fail(fault instanceof Error ? fault.message : String(fault));
    }
  }

  private open(picture: Picture): void {
    this.drop();
    this.attemptAt = this.world.now();
    let current: OpenStream | null = null;
    const mine = (run: () => void): void => {
      if (current === null || current === this.stream) run();
    };
    current = this.world.stream(picture.mission.id, `${picture.epoch}-${picture.seq}`, {
      open: () => mine(() => this.opened()),
      frame: (frame) => mine(() => this.take(frame)),
      error: () => mine(() => this.fail("the connection broke")),
    });
    this.stream = current;
  }

  private opened(): void {
    this.connected = true;
    this.trouble = null;
  }

  private take(frame: Frame): void {
    if (this.picture === null) return;
    this.connected = true;
    if ("server_time" in frame) this.heard(frame.server_time);
    if (frame.event === "heartbeat") this.complain(frame.trouble ?? []);
    const folded = fold(this.picture, frame);
    this.picture = folded.picture;
    if (folded.reset) {
      this.reset();
      return;
    }
    this.failures = 0;
    this.publish({ type: "frame", frame, seq: this.picture.seq });
  }

  /** Begins again from a snapshot; a server that resets at once after one is asked more and more slowly. */
  private reset(): void {
    this.needsSnapshot = true;
    if (this.world.now() - this.loadedAt < FIRST_RETRY_MS * 4) this.fail("the server began again");
    else void this.load();
  }

  /** Told at once when it changed, for a tab waits a second for the next report. */
  private complain(complaints: string[]): void {
    const same = complaints.join("\n") === this.complaints.join("\n");
    this.complaints = complaints;
    if (!same) this.publish({ type: "link", link: this.report() });
  }

  private heard(serverTime: string): void {
    const now = this.world.now();
    this.lastFrameAt = now;
    const offset = Date.parse(serverTime) - now;
    if (Number.isFinite(offset)) this.offsets = [...this.offsets, offset].slice(-OFFSET_SAMPLES);
  }

  private fail(why: string): void {
    this.drop();
    this.trouble = why;
    this.failures += 1;
    const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.failures, 10));
    const wait = ceiling / 2 + (this.world.random() * ceiling) / 2;
    this.cancelRetry?.();
    this.cancelRetry = this.world.later(wait, () => this.connect());
  }

  private drop(): void {
    this.connected = false;
    this.stream?.close();
    this.stream = null;
  }
}

export type LinkState = "LIVE" | "LAG" | "OFFLINE" | "REPLAY" | "WAITING" | "EMPTY";

/** What the watch-keeper is told: the state, the age of the last frame in ms and how many log events are missing. */
export function linkState(link: LinkReport, now: number, replay: boolean): { state: LinkState; ageMs: number | null; lag: number } {
  const ageMs = link.lastFrameAt === null ? null : Math.max(0, now - link.lastFrameAt);
  const lag = Math.max(0, link.head - link.seq);
  if (replay) return { state: "REPLAY", ageMs, lag };
  if (ageMs === null && link.noMission) return { state: "EMPTY", ageMs, lag };
  if (ageMs === null && link.trouble === null) return { state: "WAITING", ageMs, lag };
  if (!link.connected || ageMs === null || ageMs > SILENCE_MS) return { state: "OFFLINE", ageMs, lag };
  return { state: ageMs > LAG_AFTER_MS || lag > 0 ? "LAG" : "LIVE", ageMs, lag };
}
