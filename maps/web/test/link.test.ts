import { entities as none } from "./samples";
import { describe, expect, it } from "vitest";
import type { LinkMessage, World } from "../src/live/link";
import { Barred, LAG_AFTER_MS, LiveLink, NoMission, SILENCE_MS, linkState } from "../src/live/link";
import type { Frame, Snapshot } from "../src/live/protocol";

const EPOCH = "aa";
const iso = (ms: number): string => new Date(ms).toISOString();

/** A world with its own clock, one server and a network that can be cut. */
class Bench implements World {
  clock = 1_000_000;
  timers: { at: number; run: () => void }[] = [];
  streams: { since: string; mission: string; lane: number; open: boolean; on: { open(): void; frame(frame: Frame): void; error(): void } }[] = [];
  snapshots = 0;
  epoch = EPOCH;
  seq = 5;
  cut = false;
  empty = false;
  asks = false;

  reports: { viewer: string; lagMs: number; rttMs: number | null }[] = [];
  wrong = 0; // milliseconds by which this browser's clock is off

  now = (): number => this.clock;
  wall = (): number => this.clock + this.wrong;
  measured: World["measured"] = async (viewer, lagMs, rttMs) => void this.reports.push({ viewer, lagMs, rttMs });
  random = (): number => 0.5;
  later = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.clock + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((t) => t !== timer);
    };
  };
  snapshot = async (): Promise<Snapshot> => {
    this.snapshots += 1;
    if (this.cut) throw new Error("no network");
    if (this.asks) throw new Barred();
    if (this.empty) throw new NoMission();
    const entities = none();
    const mission = { id: "m", name: "", kind: "live" as const, speed_factor: 1, note: "" };
    return { epoch: this.epoch, seq: this.seq, server_time: iso(this.clock + 3000), mission, entities, positions: [], log: [] };
  };
  barred = async (): Promise<boolean> => !this.cut && this.asks;
  stream: World["stream"] = (mission, since, lane, on) => {
    const stream = { mission, since, lane, on, open: true };
    this.streams.push(stream);
    return { close: () => (stream.open = false) };
  };

  get last(): Bench["streams"][number] {
    return this.streams.at(-1) as Bench["streams"][number];
  }
  change(seq: number): void {
    this.last.on.frame({ event: "change", epoch: this.epoch, seq, server_time: iso(this.clock + 3000), log: [], entities: {} });
  }
  async pass(ms: number): Promise<void> {
    const end = this.clock + ms;
    for (;;) {
      await Promise.resolve();
      await Promise.resolve();
      const next = this.timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((t) => t !== next);
      this.clock = Math.max(this.clock, next.at);
      next.run();
    }
    this.clock = end;
    await Promise.resolve();
  }
}

async function started(): Promise<{ bench: Bench; link: LiveLink; heard: LinkMessage[] }> {
  const bench = new Bench();
  const heard: LinkMessage[] = [];
  const link = new LiveLink(bench, (message) => heard.push(message));
  link.start();
  await bench.pass(10);
  return { bench, link, heard };
}

describe("a server without a mission", () => {
  it("is not offline, is asked again, and is live once a mission is open", async () => {
    const bench = new Bench();
    const link = new LiveLink(bench, () => undefined);
    bench.empty = true;
    link.start();
    await bench.pass(60_000);
    expect(linkState(link.report(), bench.clock, false).state).toBe("EMPTY");
    bench.cut = true;
    await bench.pass(20_000);
    expect(linkState(link.report(), bench.clock, false).state).toBe("OFFLINE");
    [bench.cut, bench.empty] = [false, false];
    await bench.pass(20_000);
    bench.last.on.open();
    bench.change(6);
    expect(linkState(link.report(), bench.clock, false).state).toBe("LIVE");
  });

  it("that had one before keeps the old picture and says that it is stale", async () => {
    const { bench, link } = await started();
    bench.empty = true;
    bench.last.on.frame({ event: "reset", epoch: "bb", seq: 0, reason: "another store" });
    await bench.pass(5000);
    expect(link.picture?.epoch).toBe(EPOCH);
    expect(linkState(link.report(), bench.clock, false).state).toBe("OFFLINE");
  });
});

describe("a server that asks who this is", () => {
  it("is not offline: the page is told so, and asks seldom until somebody is logged in", async () => {
    const bench = new Bench();
    const link = new LiveLink(bench, () => undefined);
    bench.asks = true;
    link.start();
    await bench.pass(60_000);
    expect(link.report().barred).toBe(true);
    expect(bench.snapshots).toBeLessThan(5);
    bench.asks = false;
    link.wake();
    expect(link.report().barred).toBe(false);
    await bench.pass(10);
    bench.last.on.open();
    expect(link.report()).toMatchObject({ barred: false, connected: true });
  });

  it("is found out behind a stream that it refuses, and the picture is let go", async () => {
    const { bench, link, heard } = await started();
    bench.asks = true;
    bench.last.on.error();
    await bench.pass(10);
    expect(link.report()).toMatchObject({ barred: true, connected: false });
    expect(link.picture).toBeNull();
    expect(heard.at(-1)).toMatchObject({ type: "link", link: { barred: true } });
  });

  it("is found out by the snapshot that a reset asks for", async () => {
    const { bench, link } = await started();
    await bench.pass(5000);
    bench.asks = true;
    bench.last.on.frame({ event: "reset", epoch: EPOCH, seq: 5, reason: "this session has ended; log in again" });
    await bench.pass(5000);
    expect(link.report().barred).toBe(true);
  });

  it("is not thought of one that is only away", async () => {
    const { bench, link } = await started();
    bench.cut = true;
    bench.last.on.error();
    await bench.pass(20_000);
    expect(link.report()).toMatchObject({ barred: false, connected: false });
    expect(link.picture).not.toBeNull();
  });
});

describe("the live link", () => {
  it("takes a snapshot, then streams from exactly there", async () => {
    const { bench, heard } = await started();
    expect(bench.last).toMatchObject({ mission: "m", since: `${EPOCH}-5`, open: true });
    expect(heard.some((m) => m.type === "picture")).toBe(true);
  });

  it("resumes from the last event it has, without another snapshot", async () => {
    const { bench } = await started();
    bench.change(9);
    await bench.pass(5000);
    bench.last.on.error();
    await bench.pass(500);
    expect(bench.streams.length).toBeGreaterThan(1);
    expect(bench.last.since).toBe(`${EPOCH}-9`);
    bench.last.on.open();
    const open = bench.streams.length;
    await bench.pass(10_000);
    expect(bench.streams.length).toBe(open);
    expect(bench.snapshots).toBe(1);
  });

  it("looks for another stream beside one that lags, gives it up after 25 s, and tries for ever", async () => {
    const { bench, link } = await started();
    bench.last.on.open();
    const old = bench.last;
    await bench.pass(LAG_AFTER_MS - 1000);
    expect(bench.streams.length).toBe(1);
    await bench.pass(5000);
    expect(bench.streams.length).toBeGreaterThan(1);
    expect(old.open).toBe(true);
    expect(link.report().connected).toBe(true);
    await bench.pass(SILENCE_MS);
    expect(old.open).toBe(false);
    expect(link.report().connected).toBe(false);
    for (const pause of [30_000, 600_000, 3_600_000]) {
      const before = bench.streams.length;
      await bench.pass(pause);
      expect(bench.streams.length).toBeGreaterThan(before + 5);
      expect(bench.streams.filter((s) => s.open).length).toBeLessThanOrEqual(3);
    }
    expect(link.picture).not.toBeNull();
  });

  it("stays with the old stream when that speaks again", async () => {
    const { bench } = await started();
    bench.last.on.open();
    const old = bench.last;
    await bench.pass(LAG_AFTER_MS + 3000);
    old.on.frame({ event: "heartbeat", seq: 5, server_time: iso(bench.clock) });
    expect(bench.streams.filter((s) => s.open)).toEqual([old]);
  });

  it("takes the first stream that opens, lets go of the others, and counts every event once", async () => {
    const { bench, heard } = await started();
    bench.change(6);
    await bench.pass(5000);
    bench.last.on.error();
    await bench.pass(1000);
    const [first, second] = bench.streams.filter((s) => s.open);
    second?.on.open();
    expect(bench.streams.filter((s) => s.open)).toEqual([second]);
    first?.on.frame({ event: "change", epoch: EPOCH, seq: 7, server_time: iso(0), log: [], entities: {} });
    for (const seq of [6, 7, 7, 8]) second?.on.frame({ event: "change", epoch: EPOCH, seq, server_time: iso(0), log: [], entities: {} });
    const seqs = heard.flatMap((m) => (m.type === "frame" && m.frame.event === "change" ? [m.seq] : []));
    expect(seqs).toEqual([6, 6, 7, 7, 8]);
  });

  it("is found within half a second of a link that returns", async () => {
    const { bench } = await started();
    bench.change(6);
    await bench.pass(5000);
    bench.last.on.error();
    await bench.pass(30_000);
    const before = bench.streams.length;
    await bench.pass(500);
    expect(bench.streams.length).toBeGreaterThan(before);
  });

  it("is not moved by a browser clock that is an hour wrong, nor by one that is set meanwhile", async () => {
    const { bench, link } = await started();
    bench.wrong = 3_600_000;
    bench.last.on.open();
    bench.last.on.frame({ event: "heartbeat", seq: 5, server_time: iso(bench.clock + 3000) });
    const told = link.report();
    expect(told.offsetMs + bench.wall()).toBe(bench.clock + 3000);
    expect(linkState(told, bench.wall(), false)).toMatchObject({ state: "LIVE", ageMs: 0 });
    expect(told.lagMs).toBe(0);
  });

  it("begins on the lane it had, and tells the server when frames come late", async () => {
    const { bench, link } = await started();
    bench.last.on.frame({ event: "hello", epoch: EPOCH, seq: 5, server_time: iso(bench.clock + 3000), viewer: "v", lane: 1 });
    for (let i = 0; i < 8; i++) {
      await bench.pass(1000);
      bench.last.on.frame({ event: "positions", server_time: iso(bench.clock + 3000 - 2500), positions: [], live: true });
    }
    expect(link.report().lagMs).toBeGreaterThan(2000);
    expect(bench.reports.at(-1)).toMatchObject({ viewer: "v" });
    expect(bench.reports.at(-1)?.lagMs).toBeGreaterThan(2000);
    bench.last.on.frame({ event: "lane", lane: 5, server_time: iso(bench.clock + 3000) });
    expect(link.report().lane).toBe(5);
    bench.last.on.error();
    await bench.pass(500);
    expect(bench.last.lane).toBe(5);
  });

  it("asks for the fast lane once on a good link, and not again and again", async () => {
    const { bench } = await started();
    bench.last.on.frame({ event: "hello", epoch: EPOCH, seq: 5, server_time: iso(bench.clock + 3000), viewer: "v", lane: 1 });
    for (let i = 0; i < 30; i++) {
      await bench.pass(1000);
      bench.last.on.frame({ event: "positions", server_time: iso(bench.clock + 3000), positions: [], live: true });
    }
    expect(bench.reports.length).toBe(1);
    expect(bench.reports[0]).toMatchObject({ viewer: "v", lagMs: 0 });
  });

  it("comes back at once when the screen wakes, but leaves a flowing stream alone", async () => {
    const { bench, link } = await started();
    bench.last.on.open();
    link.wake();
    expect(bench.streams.length).toBe(1);
    for (let i = 0; i < 8; i++) bench.last.on.error();
    const before = bench.streams.length;
    link.wake();
    expect(bench.streams.length).toBe(before + 1);
  });

  it("fetches a new snapshot on reset and keeps the old picture until it is there", async () => {
    const { bench, link } = await started();
    bench.cut = true;
    bench.last.on.frame({ event: "reset", epoch: "bb", seq: 1, reason: "restarted" });
    await bench.pass(3000);
    expect(link.picture?.epoch).toBe(EPOCH);
    [bench.cut, bench.epoch, bench.seq] = [false, "bb", 1];
    await bench.pass(60_000);
    expect(link.picture?.epoch).toBe("bb");
    expect(bench.streams.some((s) => s.since === "bb-1")).toBe(true);
  });

  it("does not hammer a server that resets again and again", async () => {
    const { bench } = await started();
    for (let i = 0; i < 100; i++) {
      if (bench.last.open) bench.last.on.frame({ event: "reset", epoch: "cc", seq: 1, reason: "" });
      await bench.pass(300);
    }
    expect(bench.snapshots).toBeGreaterThan(2);
    expect(bench.snapshots).toBeLessThan(12);
  });

  it("ignores what an old stream still says", async () => {
    const { bench, link } = await started();
    const old = bench.last;
    old.on.error();
    await bench.pass(2000);
    old.on.frame({ event: "change", epoch: EPOCH, seq: 99, server_time: iso(0), log: [], entities: {} });
    expect(link.picture?.seq).toBe(5);
  });

  it("passes on at once what the server says is wrong, until it says no more", async () => {
    const { bench, link, heard } = await started();
    const said = (): string[][] => heard.flatMap((m) => (m.type === "link" ? [m.link.complaints] : []));
    bench.last.on.frame({ event: "heartbeat", seq: 5, server_time: iso(bench.clock), trouble: ["the disk is nearly full"] });
    expect(said().at(-1)).toEqual(["the disk is nearly full"]);
    expect(link.report().complaints).toEqual(["the disk is nearly full"]);
    bench.last.on.frame({ event: "heartbeat", seq: 5, server_time: iso(bench.clock), trouble: [] });
    expect(said().at(-1)).toEqual([]);
  });

  it("measures the server's clock", async () => {
    const { link } = await started();
    expect(link.report().offsetMs).toBeGreaterThan(2900);
    expect(link.report().offsetMs).toBeLessThanOrEqual(3000);
  });
});

describe("the link state in words", () => {
  const report = { connected: true, lastFrameAt: 1000, offsetMs: 0, seq: 5, head: 5, trouble: null, noMission: false, complaints: [], barred: false, lane: 1, lagMs: 0 };
  it.each([
    [report, 2000, false, "LIVE", 0],
    [report, 14_000, false, "LAG", 0],
    [{ ...report, head: 8 }, 2000, false, "LAG", 3],
    [report, 27_000, false, "OFFLINE", 0],
    [{ ...report, connected: false }, 2000, false, "OFFLINE", 0],
    [{ ...report, connected: false, lastFrameAt: null }, 2000, false, "WAITING", 0],
    [{ ...report, connected: false, lastFrameAt: null, trouble: "x" }, 2000, false, "OFFLINE", 0],
    [report, 2000, true, "REPLAY", 0],
  ] as const)("%#", (given, now, replay, state, lag) => {
    expect(linkState(given, now, replay)).toMatchObject({ state, lag });
  });
});
