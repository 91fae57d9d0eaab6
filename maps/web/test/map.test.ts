import { describe, expect, it } from "vitest";
import { grid, typedPlace } from "../src/grid";
import { begin } from "../src/live/fold";
import type { Casualty, Position, Snapshot, Vehicle } from "../src/live/protocol";
import { pixelsPerMetre, projector } from "../src/map/asset-layer";
import { missionArea } from "../src/map/area";
import { legLines } from "../src/map/legs";
import { scene, tally } from "../src/map/scene";
import { cellsIn, decodeRing, encodeRing } from "../src/map/shapes";
import { alertBody } from "../src/screens/alert";
import { casualty, chain as chainOf, entities, facility, vehicle } from "./samples";

describe("places", () => {
  it("writes a grid", () => expect(grid(18.5188, 4.39848)).toBe("34N BK 2462 8663"));
  it("reads LON,LAT and MGRS, and leaves names to the server", () => {
    expect(typedPlace("18.52, 4.4")).toEqual([18.52, 4.4]);
    expect(typedPlace("18.52,94")).toBeNull();
    const [lon, lat] = typedPlace("34NBK 2462 8663") ?? [0, 0];
    expect(lon).toBeCloseTo(18.5188, 3);
    expect(lat).toBeCloseTo(4.3985, 3);
    expect(typedPlace("Bambari")).toBeNull();
  });
});

describe("projection", () => {
  const view = { lon: 20, lat: 5, zoom: 6, width: 800, height: 600 };
  it("puts the centre in the middle and north above it", () => {
    const at = projector(view);
    expect(at(20, 5)).toEqual([400, 300]);
    expect(at(20, 6)[1]).toBeLessThan(300);
    expect(at(21, 5)[0]).toBeCloseTo(400 + (512 * 64) / 360, 6);
  });
  it("takes the nearest copy of the world over the date line", () => {
    expect(projector({ ...view, lon: 179.5 })(-179.5, 5)[0]).toBeCloseTo(400 + (512 * 64) / 360, 6);
  });
  it("knows the length of a metre", () => expect(pixelsPerMetre({ ...view, lat: 0 }) * 40_075_016.686).toBeCloseTo(512 * 64, 3));
});

describe("the basemap's shapes", () => {
  it("come back as they went in, to the step", () => {
    const ring = [[0, 0], [1.2341, -2.5], [1.2341, -2.5], [-3, 4.0004]];
    const back = decodeRing(encodeRing(ring, 0.001), 0.001);
    expect(back.map(([x, y]) => `${x?.toFixed(4)} ${y?.toFixed(4)}`)).toEqual(["0.0000 0.0000", "1.2340 -2.5000", "-3.0000 4.0000"]);
  });
  it("names the cells of a view, also over the date line", () => {
    const known = new Set(["10_0", "20_0", "-180_0", "170_0"]);
    expect(cellsIn({ west: 12, south: 3, east: 23, north: 8 }, known, 10)).toEqual(["10_0", "20_0"]);
    expect(cellsIn({ west: 175, south: 3, east: 184, north: 8 }, known, 10)).toEqual(["170_0", "-180_0"]);
  });
});

const NOW = Date.UTC(2026, 10, 22, 4, 0, 0);
const fix = (device: string, vehicle: string | null, lon: number, ageS = 0): Position => ({
  device, vehicle, lon, lat: 5, at: new Date(NOW - ageS * 1000).toISOString(), received_at: "", speed: 1, course: 0, accuracy: null, battery: null, uncertainty_m: 0, source: "device", speaker: null, flags: [], mission: "m",
});
function pictured(vehicles: Vehicle[], casualties: Casualty[], positions: Position[]): ReturnType<typeof begin> {
  const byId = <T extends { id: string }>(all: T[]): Record<string, T> => Object.fromEntries(all.map((each) => [each.id, each]));
  const snapshot: Snapshot = {
    epoch: "e", seq: 1, server_time: new Date(NOW).toISOString(), mission: { id: "m", name: "", kind: "live", speed_factor: 1, note: "" }, log: [], positions,
    entities: entities({ casualties: byId(casualties), vehicles: byId(vehicles) }),
  };
  return begin(snapshot);
}

describe("the scene", () => {
  it("draws a vehicle once, at its newest fix, and a bare device under its own name", () => {
    const drawn = scene(pictured([vehicle("1"), vehicle("2")], [], [fix("a", "1", 20, 60), fix("b", "1", 21), fix("phone", null, 22)]));
    expect(drawn.map((a) => [a.kind, a.label, a.lon])).toEqual([["vehicle", "AMB 1", 21], ["device", "phone", 22]]);
  });
  it("shows a carried casualty by its vehicle only, and those of one place together", () => {
    const casualties = [casualty("x", { carried_by: "1" }), casualty("y"), casualty("z", { category: "T1" }), casualty("w", { state: "handed_over", facility: "F" }), casualty("v", { state: "cancelled" })];
    const drawn = scene(pictured([vehicle("1", ["x"])], casualties, [fix("a", "1", 21)]));
    const groups = drawn.filter((a) => a.kind === "casualty");
    expect(groups.length).toBe(1);
    expect(groups[0]?.members.map((m) => m.id)).toEqual(["y", "z"]);
    expect(drawn.find((a) => a.kind === "vehicle")).toMatchObject({ aboard: ["T2"] });
  });
  it("still draws a casualty whose vehicle has no position, where it was last", () => {
    expect(scene(pictured([vehicle("1", ["x"])], [casualty("x", { carried_by: "1" })], [])).map((a) => a.kind)).toEqual(["casualty"]);
  });
  it("draws how uncertain a place is that was told by radio or blurred, and not the accuracy of a good fix", () => {
    const drawn = scene(pictured([vehicle("1"), vehicle("2"), vehicle("3")], [], [{ ...fix("a", "1", 20), accuracy: 1000, uncertainty_m: 1000, source: "voice", speaker: "P" }, { ...fix("b", "2", 21), accuracy: 8 }, { ...fix("c", "3", 22), flags: ["blurred"], uncertainty_m: 787 }]));
    expect(drawn.map((a) => (a.kind === "vehicle" ? a.uncertainty_m : null))).toEqual([1000, 0, 787]);
  });
  it("counts categories, the gravest first", () => expect(tally(["T3", "T1", "UNKNOWN", "T1"])).toEqual([["T1", 2], ["UNKNOWN", 1], ["T3", 1]]));
});

describe("chains as lines", () => {
  const place = { name: "", lon: 1, lat: 2 };
  const leg = (state: string, path: [number, number][]): never =>
    ({ mode: "ground", vehicle: "1", purpose: "to_pickup", from: place, to: { ...place, lon: 3 }, path, metres: 1, depart_at: "", arrive_p50_at: "", arrive_p90_at: "", estimated: true, state }) as never;
  it("tells planned from started, marks estimates, skips what is over", () => {
    const chain = chainOf("c", { legs: [leg("planned", []), leg("started", [[1, 2], [2, 2]])] });
    const lines = legLines([chain, { ...chain, status: "cancelled" }], null);
    expect(lines.features.map((f) => f.properties?.["look"])).toEqual(["planned", "started"]);
    expect(lines.features.every((f) => f.properties?.["estimated"] === true)).toBe(true);
    expect(lines.features[0]?.geometry.coordinates).toEqual([[1, 2], [3, 2]]);
  });
});

describe("what is typed becomes a command", () => {
  const texts = { who: " PATROL 3 ", where: "Bambari", count: "3", what: "mine", ago: "" };
  it("needs all four facts", () => {
    for (const field of ["who", "where", "count", "what"] as const) expect(alertBody({ ...texts, [field]: " " }, NOW)).toMatchObject({ field });
    expect(alertBody({ ...texts, count: "2.5" }, NOW)).toMatchObject({ field: "count" });
    expect(alertBody({ ...texts, ago: "x" }, NOW)).toMatchObject({ field: "ago" });
  });
  it("sends them trimmed, with the injury time when known", () => {
    expect(alertBody({ ...texts, ago: "10" }, NOW)).toEqual({ body: { who: "PATROL 3", speaker: "PATROL 3", what: "mine", how_many: 3, place: "Bambari", injury_at: new Date(NOW - 600_000).toISOString() } });
  });
});

describe("the first view", () => {
  const here = [fix("a", "v", 20), fix("b", null, 20.5), fix("c", null, 21)];
  const lons = (picture: Parameters<typeof missionArea>[0]): number[] => missionArea(picture).map(([lon]) => lon).sort((a, b) => a - b);
  const placed = (positions: Position[]): ReturnType<typeof begin> => {
    const picture = pictured([], [], positions);
    return { ...picture, entities: { ...picture.entities, facilities: { f: facility("f", { lon: 19 }), g: facility("g", { lon: 22 }) } } };
  };
  it("shows facilities and what is in or near their area", () => expect(lons(placed([fix("a", null, 20), fix("b", null, 23)]))).toEqual([19, 20, 22, 23]));
  it("leaves out what is far off", () => expect(lons(placed([fix("a", null, 20), fix("b", null, 0), fix("c", null, -100)]))).toEqual([19, 20, 22]));
  it("leaves out what is doubted", () => {
    for (const flag of ["jump", "blurred"]) expect(lons(placed([fix("a", null, 20), { ...fix("b", null, 23), flags: [flag] }]))).toEqual([19, 20, 22]);
    expect(lons(placed([{ ...fix("b", null, 23), flags: ["stale"] }]))).toEqual([19, 22, 23]);
  });
  it("goes by where most are when nothing was placed on purpose", () => {
    expect(lons(pictured([], [], [...here, fix("far", null, 0)]))).toEqual([20, 20.5, 21]);
    expect(lons(pictured([], [], here))).toEqual([20, 20.5, 21]);
  });
  it("is never empty while anything is drawn", () => {
    expect(lons(pictured([], [], [{ ...fix("a", null, 5), flags: ["jump"] }]))).toEqual([5]);
    expect(lons(pictured([], [], []))).toEqual([]);
  });
});
