import { describe, expect, it } from "vitest";
import { onMap } from "../src/map/ways-layer";
import type { Hazard } from "../src/live/protocol";
import { circle, hazardShapes } from "../src/map/hazards";

const NOW = Date.UTC(2026, 10, 22, 14, 0, 0);
const hazard = (more: Partial<Hazard> = {}): Hazard => ({
  id: "H-1", kind: "closure", name: "bridge down", affects: ["ground"], geometry: { type: "Point", coordinates: [20, 5] }, lon: 20, lat: 5, radius_m: 500,
  effect: "closed", severity: null, speed_factor: null, reported_at: null, since: null, until: null, lifted_at: null, lifted_by: "", by: "", source: "", author: "", ...more,
});

describe("hazards as shapes", () => {
  it("draws a ring of the metres told, closed", () => {
    const ring = circle([20, 60], 1000).coordinates[0] as [number, number][];
    expect(ring.at(0)).toEqual(ring.at(-1));
    expect(Math.max(...ring.map((corner) => corner[1])) - 60).toBeCloseTo(1000 / 111_320, 6);
    expect(Math.max(...ring.map((corner) => corner[0])) - 20).toBeCloseTo(2000 / 111_320, 4); // a degree of longitude is half as long at 60 north
  });
  it("draws circles and polygons as areas, a line as a line, each with its words", () => {
    const line = hazard({ geometry: { type: "LineString", coordinates: [[20, 5], [21, 5]] } });
    const parts = hazardShapes([hazard(), line], NOW).features.map((one) => [one.properties?.["part"], one.geometry.type, one.properties?.["label"]]);
    expect(parts).toEqual([["area", "Polygon", undefined], ["label", "Point", "closure: bridge down"], ["line", "LineString", undefined], ["label", "Point", "closure: bridge down"]]);
  });
  it("leaves out what was lifted or is past its end", () => {
    const over = [hazard({ lifted_at: "2026-11-22T13:00:00Z" }), hazard({ until: "2026-11-22T13:59:00Z" })];
    expect(hazardShapes(over, NOW).features).toEqual([]);
    expect(hazardShapes([hazard({ until: "2026-11-22T14:01:00Z" })], NOW).features.length).toBe(2);
  });
});

describe("the name of a hazard on the map", () => {
  it("is short and hides nothing", () => {
    expect(onMap("x".repeat(2000)).length).toBe(32);
    expect(onMap("\u202egnp.exe")).toBe("\u2423gnp.exe");
    expect(onMap("Ouango bridge")).toBe("Ouango bridge");
  });
});
