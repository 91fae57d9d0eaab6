/** One live connection: snapshot, stream, resume, watchdog. Runs in the shared worker, or in the page where there is none. */
import { Asking, NEAR_MS } from "./asking";
import { Dialling } from "./dialling";
import type { Picture } from "./fold";
import { begin, fold } from "./fold";
import { Lateness } from "./lag";
import type { Frame, Snapshot } from "./protocol";

export const SILENCE_MS = 25_000;
export const LAG_AFTER_MS = 12_000; // a heartbeat comes every 10 s
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 8000; // of a server that answers, and then will not serve
const BARRED_RETRY_MS = 30_000;
const BARRED_LOOK_MS = 2000;
const USUAL_LANE_S = 1;

/** How the link stands; times are local milliseconds by Date.now(), `offsetMs` is server time minus that. */
export interface LinkReport {
  connected: boolean;
  lastFrameAt: number | null;
  offsetMs: number;
  seq: number;
  head: number;
  trouble: string | null;
  noMission: boolean; // the server answers, but has no mission to show
  complaints: string[]; // what is wrong with the installation, in the server's words
  barred: boolean; // the server asks who this is
  lane: number; // seconds between positions: 0.1, 1, 2 or 5
  lagMs: number; // how much later than the quickest frames now come
}

export type LinkMessage =
  | { type: "picture"; picture: Picture }
  | { type: "frame"; frame: Frame; seq: number }
  | { type: "link"; link: LinkReport };

/** The server is there and has no mission of that name, or none at all. */
export class NoMission extends Error {}

/** Nobody is logged in, or the session has ended. */
export class Barred extends Error {}

export interface OpenStream {
  close(): void;
}
/** What the link needs of the world; tests give it a world of their own. */
export interface World {
  now(): number; // milliseconds of a steady clock
  wall(): number; // Date.now()
  random(): number;
  later(ms: number, run: () => void): () => void;
  snapshot(): Promise<Snapshot>;
  /** True when the server answers and asks who this is: a stream that it refuses does not say why. */
  barred(): Promise<boolean>;
  stream(mission: string, since: string, lane: number, on: { open(): void; frame(frame: Frame): void; error(): void }): OpenStream;
  /** Tell the server how this stream does; `rttMs` null: not known. */
  measured(viewer: string, lagMs: number, rttMs: number | null): Promise<void>;
}

/** Keeps the picture current for ever; publishes every step to whoever listens. */
export class LiveLink {
  picture: Picture | null = null;
  private stream: OpenStream | null = null;
  private readonly dialling: Dialling;
  private readonly lateness = new Lateness();
  private readonly asking = new Asking();
  private cancelRetry: (() => void) | null = null;
  private failures = 0;
  private loading = false;
  private needsSnapshot = true;
  private loadedAt = Number.NEGATIVE_INFINITY;
  private barredAskedAt = Number.NEGATIVE_INFINITY;
  private connected = false;
  private lastFrameAt: number | null = null;
  private attemptAt = 0;
  private openedAt = Number.NEGATIVE_INFINITY;
  private tripMs: number | null = null; // a round trip, as measured
  private viewer = "";
  private lane = USUAL_LANE_S;
  private trouble: string | null = null;
  private noMission = false;
  private complaints: string[] = [];
  private barred = false;

  constructor(
    private readonly world: World,
    private readonly publish: (message: LinkMessage) => void,
  ) {
    this.dialling = new Dialling(world, (on) => this.dial(on), (stream) => this.adopt(stream), () => this.look());
  }

  start(): void {
    this.connect();
    this.tick();
  }

  report(): LinkReport {
    const steady = this.world.wall() - this.world.now();
    return {
      connected: this.connected,
      lastFrameAt: this.lastFrameAt === null ? null : this.lastFrameAt + steady,
      offsetMs: this.lastFrameAt === null ? 0 : this.lateness.offset - steady,
      seq: this.picture?.seq ?? 0,
      head: this.picture?.head ?? 0,
      trouble: this.trouble,
      noMission: this.noMission,
      complaints: this.complaints,
      barred: this.barred,
      lane: this.lane,
      lagMs: this.lateness.lag(this.world.now()),
    };
  }

  /** The screen woke or the network came back: try at once unless frames are flowing. */
  wake(): void {
    if (this.loading || (this.connected && this.silentMs < LAG_AFTER_MS)) return;
    this.barred = false; // unless the server still asks
    this.drop();
    this.connect();
  }

  private get silentMs(): number {
    return this.world.now() - Math.max(this.lastFrameAt ?? 0, this.attemptAt);
  }

  private tick(): void {
    this.world.later(1000, () => this.tick());
    if (this.stream && !this.loading) {
      if (this.silentMs > SILENCE_MS) this.fail("silence");
      else if (this.silentMs > LAG_AFTER_MS) this.dialling.start(); // beside the old stream, which may still speak
    }
    this.measure();
    this.publish({ type: "link", link: this.report() });
  }

  private measure(): void {
    const { lane, openedAt } = this;
    const rttMs = this.dialling.rttMs;
    const [now, lagMs] = [this.world.now(), this.lateness.lag(this.world.now())];
    if (!this.connected || this.viewer === "" || !this.asking.wanted(now, { lane, lagMs, rttMs, tripMs: this.tripMs, openedAt })) return;
    const told = this.tripMs ?? (rttMs <= NEAR_MS ? rttMs : null); // what opening took is a round trip at most
    this.world.measured(this.viewer, lagMs, told).then(() => (this.dialling.rttMs = this.tripMs = this.world.now() - now), () => undefined);
  }

  private connect(): void {
    this.cancelRetry?.();
    this.cancelRetry = null;
    if (this.picture === null || this.needsSnapshot) void this.load();
    else this.dialling.start();
  }

  private async load(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    this.drop();
    const begun = this.world.now();
    try {
      const snapshot = await this.world.snapshot();
      [this.loading, this.needsSnapshot, this.loadedAt, this.noMission] = [false, false, this.world.now(), false];
      this.barred = false;
      this.dialling.rttMs = this.world.now() - begun; // at most
      this.heard(snapshot.server_time, false);
      this.picture = begin(snapshot, this.picture);
      this.publish({ type: "picture", picture: this.picture });
      this.dialling.start();
    } catch (fault) {
      this.loading = false;
      this.noMission = fault instanceof NoMission;
      if (fault instanceof Barred) this.bar();
      else this.pause(fault instanceof Error ? fault.message : String(fault));
    }
  }

  /** One attempt to open a stream from the last good event on. */
  private dial(on: Parameters<World["stream"]>[3]): OpenStream {
    const picture = this.picture as Picture;
    const stream: OpenStream = this.world.stream(picture.mission.id, `${picture.epoch}-${picture.seq}`, this.lane, {
      open: () => on.open(),
      frame: (frame) => {
        on.open(); // whatever speaks is open
        if (stream === this.stream) this.take(frame);
      },
      error: () => {
        on.error();
        if (stream === this.stream) this.fail("the connection broke");
      },
    });
    return stream;
  }

  /** The first attempt that opened is our stream. */
  private adopt(stream: OpenStream): void {
    this.stream?.close();
    this.stream = stream;
    [this.connected, this.barred, this.trouble] = [true, false, null];
    [this.openedAt, this.attemptAt, this.viewer] = [this.world.now(), this.world.now(), ""];
    this.lateness.restart();
  }

  /** A stream that the server refuses does not say why. */
  private look(): void {
    const now = this.world.now();
    this.trouble ??= "the connection broke";
    if (now - this.barredAskedAt < BARRED_LOOK_MS) return;
    this.barredAskedAt = now;
    void this.world.barred().then((barred) => barred && !this.connected && this.bar());
  }

  /** Nothing more is shown until somebody is logged in; then `wake` is called, or another tab's cookie found. */
  private bar(): void {
    this.drop();
    this.barred = true;
    [this.picture, this.needsSnapshot] = [null, true];
    this.cancelRetry?.();
    this.cancelRetry = this.world.later(BARRED_RETRY_MS, () => this.connect());
    this.publish({ type: "link", link: this.report() });
  }

  private take(frame: Frame): void {
    if (this.picture === null) return;
    if (this.dialling.busy) this.dialling.stop(); // the old stream speaks again
    if ("server_time" in frame) this.heard(frame.server_time, isLive(frame));
    if (frame.event === "hello") this.viewer = frame.viewer ?? "";
    if (frame.event === "heartbeat") this.complain(frame.trouble ?? []);
    if (frame.event === "hello" || frame.event === "lane") this.moved(frame.lane ?? USUAL_LANE_S);
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
    if (this.world.now() - this.loadedAt < FIRST_RETRY_MS * 4) this.pause("the server began again");
    else void this.load();
  }

  private moved(lane: number): void {
    if (lane === this.lane) return;
    this.asking.moved(this.lane, lane);
    this.lane = lane;
    this.publish({ type: "link", link: this.report() });
  }

  /** Told at once when it changed, for a tab waits a second for the next report. */
  private complain(complaints: string[]): void {
    const same = complaints.join("\n") === this.complaints.join("\n");
    this.complaints = complaints;
    if (!same) this.publish({ type: "link", link: this.report() });
  }

  private heard(serverTime: string, live: boolean): void {
    this.lastFrameAt = this.world.now();
    this.lateness.heard(this.lastFrameAt, serverTime, live);
  }

  /** The stream is lost: others are tried at once, and for ever. */
  private fail(why: string): void {
    if (this.world.now() - this.openedAt < FIRST_RETRY_MS * 4) {
      this.pause(why); // it opens and breaks at once: not asked as fast as it answers
      this.look();
      return;
    }
    this.drop();
    this.trouble = why;
    this.dialling.start();
    this.look();
  }

  /** The server would not serve: it is left alone for longer and longer. */
  private pause(why: string): void {
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
    this.dialling.stop();
    this.stream?.close();
    this.stream = null;
  }
}

/** True when the frame's time is that of its sending; what is kept for who comes late may be older. */
function isLive(frame: Frame): boolean {
  return frame.event === "heartbeat" || frame.event === "lane" || (frame.event === "positions" && frame.live === true);
}

export type LinkState = "LIVE" | "LAG" | "OFFLINE" | "REPLAY" | "WAITING" | "EMPTY";

/** True when the link stands as before: nothing but its clocks has moved. */
export function sameLink(a: LinkReport, b: LinkReport): boolean {
  const told = ({ connected, trouble, noMission, complaints, barred, lane, head, seq, lastFrameAt }: LinkReport): unknown => [connected, trouble, noMission, complaints, barred, lane, head - seq, lastFrameAt === null];
  return JSON.stringify(told(a)) === JSON.stringify(told(b));
}

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
