import { describe, expect, it } from "vitest";
import { TRAIL_FIXES, begin, fold, onlyMoved } from "../src/live/fold";
import { entities } from "./samples";
import type { Frame, LogLine, Position, Snapshot } from "../src/live/protocol";

const EPOCH = "9f3a1c20";
const line = (seq: number): LogLine => ({ seq, at: "2026-11-22T04:00:00Z", kind: "note", text: `line ${seq}`, actor: "a", source: "page" });
const fix = (device: string, second: number, lon = 20): Position => ({
  device, vehicle: null, lon, lat: 5, at: new Date(Date.UTC(2026, 10, 22, 4, 0, second)).toISOString(), received_at: "2026-11-22T04:00:00Z",
  speed: null, course: null, accuracy: null, battery: null, source: "device", speaker: null, flags: [], uncertainty_m: 0, mission: "demo",
});
const snapshot = (seq = 10, positions: Position[] = []): Snapshot => ({
  epoch: EPOCH, seq, server_time: "2026-11-22T04:10:00Z",
  mission: { id: "demo", name: "Demo", kind: "exercise", speed_factor: 10, note: "" },
  entities: entities(), positions, log: [line(seq)],
});
const change = (seq: number, seqs: number[], changed = {}, epoch = EPOCH): Frame => ({
  event: "change", epoch, seq, server_time: "2026-11-22T04:10:01Z", log: seqs.map(line), entities: changed,
});
const site = { id: "S1", name: "Strip", kind: "landing", lon: 1, lat: 2, source: "", demonstration: true };

describe("the fold", () => {
  it("takes a fix whose time the stream has rounded down, and none that is really older", () => {
    const exact = { ...fix("d", 5), at: "2026-11-22T04:00:05.080Z" };
    const begun = begin(snapshot(10, [exact]));
    const told = (at: string, vehicle: string): Frame => ({ event: "positions", server_time: at, positions: [{ ...exact, at, vehicle }] });
    expect(fold(begun, told("2026-11-22T04:00:05.000Z", "amb-1")).picture.positions["d"]?.vehicle).toBe("amb-1");
    expect(fold(begun, told("2026-11-22T04:00:04.900Z", "amb-1")).picture.positions["d"]?.vehicle).toBeNull();
  });

  it("knows when nothing but positions differs", () => {
    const begun = begin(snapshot());
    const moved = fold(begun, { event: "positions", server_time: "", positions: [fix("d", 1)] }).picture;
    expect(onlyMoved(begun, moved)).toBe(true);
    expect(onlyMoved(null, moved)).toBe(false);
    expect(onlyMoved(moved, fold(moved, change(11, [11])).picture)).toBe(false);
  });

  it("counts every log event exactly once, whatever a resumed stream repeats", () => {
    const frames = [change(11, [11]), change(13, [12, 13]), change(17, [17])]; // gaps are normal
    const repeated = [frames[0], frames[1], frames[0], frames[1], frames[2], frames[2]] as Frame[];
    let picture = begin(snapshot());
    const seen: number[] = [];
    for (const frame of repeated) {
      const folded = fold(picture, frame);
      picture = folded.picture;
      seen.push(...folded.fresh.map((l) => l.seq));
    }
    expect(seen).toEqual([11, 12, 13, 17]);
    expect(picture.log.map((l) => l.seq)).toEqual([10, 11, 12, 13, 17]);
    expect(picture.seq).toBe(17);
  });

  it("takes only the new lines of a frame that overlaps what is known", () => {
    const folded = fold(begin(snapshot(12)), change(14, [11, 12, 13, 14]));
    expect(folded.fresh.map((l) => l.seq)).toEqual([13, 14]);
  });

  it("replaces entities whole and removes those that are null", () => {
    let { picture } = fold(begin(snapshot()), change(11, [11], { sites: { S1: site } }));
    expect(picture.entities.sites["S1"]?.name).toBe("Strip");
    ({ picture } = fold(picture, change(12, [12], { sites: { S1: null } })));
    expect(picture.entities.sites).toEqual({});
  });

  it("keeps an id such as __proto__ an ordinary id", () => {
    const hostile = JSON.parse(`{"__proto__": ${JSON.stringify({ ...site, id: "__proto__" })}}`) as object;
    const { picture } = fold(begin(snapshot()), change(11, [11], { sites: hostile }));
    expect(Object.keys(picture.entities.sites)).toEqual(["__proto__"]);
    expect(({} as { name?: string }).name).toBeUndefined();
  });

  it("asks for a reset on a foreign epoch and leaves the picture alone", () => {
    const picture = begin(snapshot());
    for (const frame of [change(99, [99], {}, "other"), { event: "hello", epoch: "other", seq: 3, server_time: "" }, { event: "reset", epoch: "other", seq: 3, reason: "" }] as Frame[]) {
      expect(fold(picture, frame)).toEqual({ picture, reset: true, fresh: [] });
    }
  });

  it("knows how far the server is ahead from a heartbeat", () => {
    const { picture } = fold(begin(snapshot(10)), { event: "heartbeat", seq: 14, server_time: "" });
    expect([picture.seq, picture.head]).toEqual([10, 14]);
  });

  it("keeps the newest fix of a device, whatever order they arrive in", () => {
    let picture = begin(snapshot(10, [fix("d", 5, 21)]));
    ({ picture } = fold(picture, { event: "positions", server_time: "", positions: [fix("d", 3, 99), fix("e", 1)] }));
    expect(picture.positions["d"]?.lon).toBe(21);
    expect(picture.trails["d"]?.length).toBe(1);
    expect(picture.positions["e"]).toBeDefined();
  });

  it("refuses a place that is no number", () => {
    const { picture } = fold(begin(snapshot()), { event: "positions", server_time: "", positions: [fix("d", 1, Number.NaN)] });
    expect(picture.positions).toEqual({});
  });

  it("keeps trails short and only of real, different fixes", () => {
    let picture = begin(snapshot());
    for (let i = 0; i < 40; i++) ({ picture } = fold(picture, { event: "positions", server_time: "", positions: [fix("d", i, 20 + Math.floor(i / 2) / 100)] }));
    expect(picture.trails["d"]?.length).toBe(TRAIL_FIXES);
    expect(new Set(picture.trails["d"]?.map((f) => f[0])).size).toBe(TRAIL_FIXES);
  });

  it("never shows a later fix after going back in time", () => {
    let picture = begin(snapshot());
    ({ picture } = fold(picture, { event: "positions", server_time: "", positions: [fix("d", 1, 20), fix("d", 2, 21)] }));
    expect(begin({ ...snapshot(), server_time: "2026-11-22T04:00:01Z" }, picture).trails["d"]?.length).toBe(1);
  });
});
