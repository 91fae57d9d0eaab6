import { describe, expect, it } from "vitest";
import { NOBODY_YET } from "../src/commands/person";
import type { Desk } from "../src/desk";
import { begin } from "../src/live/fold";
import type { Clock, Entities, Leg, Option, Position } from "../src/live/protocol";
import { along, etaMarks, stepOf } from "../src/map/eta";
import { readAddress, writeAddress } from "../src/screens/address";
import { columnOf, inboundOf, oldest, roomLeft, sortFacilities, sortVehicles } from "../src/screens/boardfacts";
import { changesIn, pathAnyway } from "../src/screens/changed";
import { clockWords, forecastWords } from "../src/screens/clocks";
import { differences, runningFor } from "../src/screens/compare";
import { doingsOf } from "../src/screens/doings";
import { ALL, GRAVE, fits, isMine, overCount } from "../src/screens/filters";
import { nextThing } from "../src/screens/next";
import { readings, seriesOf, wayOf } from "../src/screens/vitals";
import { casualty, chain, entities, facility, request, vehicle } from "./samples";

const NOW = Date.UTC(2026, 10, 22, 14, 0, 0);
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();
const desk = (more: Partial<Entities>, also: Partial<Desk> = {}): Desk => {
  const mission = { id: "m", name: "", kind: "live" as const, speed_factor: 1, note: "" };
  return { picture: begin({ epoch: "e", seq: 1, server_time: at(0), mission, log: [], positions: [], entities: entities(more) }), now: NOW, replay: false, selected: null, devices: {}, me: NOBODY_YET, ...also };
};
const clock = (step: Clock["step"], more: Partial<Clock> = {}): Clock => ({ step, target_at: at(10), target_latest_at: null, forecast_p50_at: null, forecast_p90_at: null, actual_at: null, status: "no_plan", proof: null, ...more });
const place = (name: string): Leg["from"] => ({ name, lon: 20, lat: 5 });
const leg = (more: Partial<Leg> = {}): Leg => ({
  mode: "ground", vehicle: "v", purpose: "to_facility", from: place("scene"), to: place("Bria"), path: [[20, 5], [21, 5]], metres: 1000,
  depart_at: at(0), arrive_p50_at: at(60), arrive_p90_at: at(72), estimated: false, state: "planned", ...more,
});
const option = (more: Partial<Option> = {}): Option => ({
  id: "1", rank: 1, summary: "", vehicles: ["v"], facility: "f", casualties: [], pickup_p50_at: at(5), arrive_p50_at: at(60), arrive_p90_at: at(70), verdict: "within 2 h", estimated: false,
  legs: [], reasons: [], risks: [], capability: [], via: [], beds_free_on_arrival: null, ahead_in_queue: 0, table_free_at: null, ...more,
});

describe("a clock that misses its limit", () => {
  it("still says when the step is expected, the others say it once", () => {
    const late = clock("surgery", { status: "will_breach", forecast_p50_at: at(30), forecast_p90_at: at(42) });
    expect(clockWords(late, "will_breach", NOW)).toBe("will miss +20 min");
    expect(forecastWords(late, "will_breach")).toBe("≈ 14:30–42Z");
    expect(forecastWords(late, "on_track")).toBe("");
    expect(forecastWords({ ...late, actual_at: at(31) }, "breached")).toBe("");
  });
});

describe("the next thing to do", () => {
  const words = (more: Parameters<typeof casualty>[1], others: Partial<Entities> = {}): string | undefined => nextThing(casualty("k", more), desk(others))?.words;
  it("goes from the alert to the facility", () => {
    const requests = { r: request("r") };
    expect(words({ request: "r" }, { requests })).toBe("acknowledge request r");
    expect(words({ request: "r" }, { requests: { r: request("r", { acknowledged_at: at(0) }) } })).toBe("choose an option for r");
    const waits = chain("c", { approval: { ...chain("c").approval, state: "awaiting", authorities: ["FHQ", "DMS"] } });
    expect(words({ chain: "c" }, { chains: { c: waits } })).toBe("approval of FHQ or DMS");
    const refused = chain("c", { inbound: { ...chain("c").inbound, state: "refused" } });
    expect(words({ chain: "c" }, { chains: { c: refused } })).toBe("divert: f refuses");
    const runs = chain("c", { legs: [leg({ state: "started", purpose: "to_pickup", to: place("scene") }), leg({ casualties: ["k"] })] });
    expect(words({ chain: "c" }, { chains: { c: runs } })).toBe("v picks up 15:00–12Z");
    expect(words({ chain: "c", carried_by: "v" }, { chains: { c: runs } })).toBe("Bria 15:00–12Z");
    expect(words({ chain: "c", carried_by: "v", state: "arrived" }, { chains: { c: runs } })).toBe("hand over at f");
    expect(words({ facility: "f" })).toBe("in care of f");
  });
  it("names care that nobody told of, and whether it is ours to do", () => {
    expect(words({ category: "UNKNOWN", chain: "c" }, { chains: { c: chain("c", { legs: [leg()] }) } })).toBe("triage");
    expect(words({ clocks: [clock("bleeding_control")], request: "r" }, { requests: { r: request("r") } })).toMatch(/^acknowledge request r · is the bleeding/);
    expect(words({ tourniquets: [{ site: "", since: at(-130), minutes: 130, alert: true }], facility: "f" })).toContain("130 min");
    expect(nextThing(casualty("k", { category: "DEAD" }), desk({}))).toBeNull();
    expect(nextThing(casualty("k", { facility: "f" }), desk({}))?.ours).toBe(false);
  });
});

describe("the filter", () => {
  const T1 = casualty("a", { category: "T1", request: "r" });
  const known = desk({ requests: { r: request("r", { acknowledged_by: "amina" }) } });
  it("asks for category, plan, request and what is mine", () => {
    const none = new Set<string>();
    expect(fits(T1, ALL, known, none)).toBe(true);
    expect(fits(T1, { ...ALL, category: GRAVE }, known, none)).toBe(true);
    expect(fits(T1, { ...ALL, category: "T3" }, known, none)).toBe(false);
    expect(fits({ ...T1, chain: "c" }, { ...ALL, noPlan: true }, known, none)).toBe(false);
    expect(fits(T1, { ...ALL, request: "other" }, known, none)).toBe(false);
    expect(isMine(T1, known, none)).toBe(false);
    expect(isMine(T1, { ...known, me: { ...NOBODY_YET, name: "amina" } }, none)).toBe(true);
    expect(fits(T1, { ...ALL, mine: true }, known, new Set(["a"]))).toBe(true);
  });
  it("counts who is over a limit among those it hides", () => {
    expect(overCount([casualty("a", { clocks: [clock("surgery", { target_at: at(-5) })] }), casualty("b", { clocks: [clock("surgery")] })], NOW)).toBe(1);
  });
});

describe("options against the running chain", () => {
  const running = chain("c", { vehicles: ["v"], legs: [leg()], late: ["AMB-1 is 5 min behind"] });
  const known = desk({ chains: { c: running }, vehicles: { v: vehicle("v"), w: vehicle("w") }, facilities: { f: facility("f"), g: facility("g") } });
  it("name vehicles, facility, minutes and why", () => {
    expect(differences(option({ vehicles: ["w"], facility: "g", arrive_p50_at: at(72) }), running, known)).toEqual(["AMB w instead of AMB v", "to MTF g, not MTF f", "12 min later", "because: AMB-1 is 5 min behind"]);
    expect(differences(option({ arrive_p50_at: at(48) }), { ...running, late: [] }, known)).toEqual(["12 min sooner"]);
    expect(differences(option(), { ...running, late: [] }, known)).toEqual(["no difference"]);
  });
  it("compare with the chain to be replaced, else the one that runs", () => {
    expect(runningFor("r", "c", known)?.id).toBe("c");
    expect(runningFor("r", null, known)?.id).toBe("c");
    expect(runningFor("other", null, known)).toBeNull();
  });
});

describe("the boards", () => {
  const figure = (what: string, minutes: number): Parameters<typeof oldest>[0][number] => ({ what, value: 1, as_of: at(minutes), stale_after: null, source: "", by: "" });
  it("sort facilities by what is asked, unknown last", () => {
    const [a, b, c] = [facility("a", { accepting: "closed", beds: { staffed: 4, free: 1 }, board: [figure("tables", -5)] }), facility("b", { beds: { staffed: 4, free: 3 }, board: [figure("tables", -50)] }), facility("c", { accepting: "diverting" })];
    const order = (by: Parameters<typeof sortFacilities>[1]): string => sortFacilities([a, b, c], by, desk({})).map((one) => one.id).join("");
    expect([order("name"), order("accepting"), order("free"), order("stale")]).toEqual(["abc", "bca", "bac", "cba"]);
    expect(oldest([figure("a", -5), figure("b", -50)])?.what).toBe("b");
    expect(oldest([])).toBeNull();
  });
  it("tell who comes first, by the leg that brings them", () => {
    const runs = chain("c", { legs: [leg({ casualties: ["k"], arrive_p50_at: at(30) }), leg({ casualties: ["l"], arrive_p50_at: at(20) })] });
    const known = desk({ casualties: { k: casualty("k", { chain: "c" }), l: casualty("l", { chain: "c" }) }, chains: { c: runs } });
    expect(inboundOf(facility("f", { inbound: ["k", "l", "gone"] }), known).map((one) => [one.casualty.id, one.p50])).toEqual([["l", NOW + 20 * 60_000], ["k", NOW + 30 * 60_000]]);
  });
  it("put each vehicle into a column and count what room is left", () => {
    expect(columnOf(vehicle("v", [], { state: "on_scene" }))).toBe("on_scene");
    expect(columnOf(vehicle("v", [], { state: "strange" }))).toBe("out_of_service");
    expect(roomLeft(vehicle("v", ["a", "b"], { litters: 1, seats: 2 }))).toEqual({ litters: 0, seats: 1 });
    const fixes = new Map([["w", { at: at(-9) } as Position]]);
    const sorted = (by: "callsign" | "fix"): string => sortVehicles([vehicle("w"), vehicle("v")], by, desk({}), fixes).map((one) => one.id).join("");
    expect([sorted("callsign"), sorted("fix")]).toEqual(["vw", "vw"]);
  });
});

describe("times along the way", () => {
  it("are whole steps of the clock, a dozen at most, and the end", () => {
    expect([stepOf(60 * 60_000), stepOf(9 * 60_000)]).toEqual([5, 1]);
    const marks = etaMarks(chain("c", { legs: [leg(), leg({ state: "done" })] }), NOW + 30 * 60_000).features;
    expect(marks.map((one) => one.properties?.["label"])).toEqual(["14:30", "14:35", "14:40", "14:45", "14:50", "14:55", "15:00–12Z"]);
    expect(marks[0]?.geometry.coordinates[0]).toBeCloseTo(20.5, 3);
    expect(etaMarks(chain("c", { status: "finished", legs: [leg()] }), NOW).features).toEqual([]);
  });
  it("lie on the path, at its bends too", () => {
    expect(along([[0, 0], [0, 1], [0, 1], [0, 3]], 2 / 3)).toEqual([0, 2]);
    expect(along([[1, 2]], 0.5)).toEqual([1, 2]);
  });
});

describe("the address", () => {
  it("brings back what was shown, and leaves out what it cannot mean", () => {
    const shown = { view: "facilities" as const, selected: { kind: "casualty" as const, id: "K7:x" }, at: { lon: 20.5, lat: 6.25, zoom: 7 }, alone: true };
    const text = writeAddress("?mission=demo", shown);
    expect(text).toContain("mission=demo");
    expect(readAddress(text)).toEqual(shown);
    expect(readAddress("?view=admin&sel=script:1&at=900,1,2")).toEqual({ view: "map", selected: null, at: null, alone: false });
    expect(readAddress("?at=1,2")).toMatchObject({ at: null });
    expect(writeAddress("?view=table", { view: "map", selected: null, at: null, alone: false })).toBe("");
  });
});

describe("two at the same thing", () => {
  it("see what the other told, and may send without what they had seen", () => {
    const lines = [{ seq: 2, at: at(0), kind: "casualty_triaged", text: "", actor: "amina", source: "page" }];
    expect(changesIn({ status: 409, body: { error: "ChangedMeanwhile", changes: lines } })).toEqual(lines);
    expect(changesIn({ status: 409, body: { error: "NotPossible", message: "" } })).toBeNull();
    expect(pathAnyway("api/voice?mission=m&expected_seq=12")).toBe("api/voice?mission=m");
    expect(pathAnyway("api/voice?expected_seq=12")).toBe("api/voice");
  });
});

describe("vital signs", () => {
  it("are those that count, with their way", () => {
    const entries = [100, 112, 130].map((pulse, index) => ({ id: String(index), at: at(index), words: "", kind: "vitals_taken", counts: true, signs: { pulse } }));
    const all = readings([...entries, { ...(entries[0] as (typeof entries)[0]), counts: false }, { id: "x", at: at(9), words: "", kind: "casualty_triaged" }]);
    expect(seriesOf(all, "pulse").map(([, value]) => value)).toEqual([100, 112, 130]);
    expect([wayOf(seriesOf(all, "pulse")), wayOf([[0, 100], [1, 101]]), wayOf([[0, 97], [1, 80]])]).toEqual(["rising", "steady", "falling"]);
  });
});

describe("what can be told of a thing", () => {
  it("is filled in and held back from who may not", () => {
    const known = { casualties: { k: casualty("k", { chain: "c", carried_by: "v" }) }, chains: { c: chain("c") } };
    const found = doingsOf({ kind: "casualty", id: "k" }, desk(known));
    expect(found.find((one) => one.kind === "casualty_handed_over")?.texts).toEqual({ casualty: "k", facility: "f" });
    expect(doingsOf({ kind: "casualty", id: "k" }, desk(known, { me: { ...NOBODY_YET, may: ["vitals_taken"] } })).map((one) => one.kind)).toEqual(["vitals_taken"]);
    expect(doingsOf({ kind: "casualty", id: "k" }, desk(known, { replay: true }))).toEqual([]);
  });
});
