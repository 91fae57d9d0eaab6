import { describe, expect, it } from "vitest";
import type { Picture } from "../src/live/fold";
import { fit } from "../src/tools/commands";
import { readPlace, readPlaces, utmOf } from "../src/tools/coordinates";
import { find } from "../src/tools/find";
import type { LonLat } from "../src/tools/geodesy";
import { beyond, metresBetween, ring, stretches, turned, way } from "../src/tools/geodesy";
import { Amiss, checkSketch, hazardBody, kindOf, siteBody, sketchOf, bodyOf, lastWord } from "../src/tools/kinds";
import { bearing, length, radii, speed } from "../src/tools/lengths";
import { crossesDateLine, crossing, holds, opened, thinned } from "../src/tools/outline";
import { pasted } from "../src/tools/paste";
import { hazardAt } from "../src/tools/pick";
import { Preview } from "../src/tools/preview";
import { Deeds } from "../src/tools/undo";
import type { Hazard } from "../src/live/protocol";

const near = (found: LonLat | null, lon: number, lat: number, digits = 5): void => {
  expect(found?.[0]).toBeCloseTo(lon, digits);
  expect(found?.[1]).toBeCloseTo(lat, digits);
};

describe("the geodesic", () => {
  it("is that of published lines", () => {
    // Flinders Peak to Buninyon, the example of the Australian survey: 54 972.271 m at 306 52 05.37 (GRS 80)
    const flinders: LonLat = [144 + 25 / 60 + 29.5244 / 3600, -(37 + 57 / 60 + 3.7203 / 3600)];
    const buninyon: LonLat = [143 + 55 / 60 + 35.3839 / 3600, -(37 + 39 / 60 + 10.1561 / 3600)];
    const found = way(flinders, buninyon);
    expect(found.metres).toBeCloseTo(54972.271, 2);
    expect(found.bearing).toBeCloseTo(306 + 52 / 60 + 5.37 / 3600, 4);
  });

  it("goes there and back", () => {
    for (const from of [[18.55, 4.36], [-179.9, -17], [0, 80]] as LonLat[]) {
      for (const to of [[0, 50_000], [123, 800_000], [271, 30]] as const) {
        const end = beyond(from, to[1], to[0]);
        expect(metresBetween(from, end)).toBeCloseTo(to[1], 3);
      }
    }
  });

  it("knows one place, the date line, and places nearly opposite", () => {
    expect(way([5, 5], [5, 5])).toEqual({ metres: 0, bearing: 0 });
    expect(metresBetween([179.95, 0], [-179.95, 0])).toBeCloseTo(11131.949, 2);
    expect(metresBetween([0, 0], [179.7, 0.5]) / 1000).toBeCloseTo(19936, -2);
    expect(turned(190)).toBe(-170);
    expect(stretches([[0, 0], [0, 1], [0, 2]]).metres).toBeCloseTo(221149.453, 1);
    expect(ring([20, 60], 1000).every((one) => Math.abs(metresBetween([20, 60], one) - 1000) < 0.01)).toBe(true);
  });
});

describe("places as typed", () => {
  it.each([
    ["18.55,4.36", 18.55, 4.36],
    ["18.55 4.36", 18.55, 4.36],
    ["-8.63; 41.15", -8.63, 41.15],
    ["41°09'00\"N 8°37'48\"W", -8.63, 41.15],
    ["41° 09' N, 8° 37.8' W", -8.63, 41.15],
    ["N41.15 W8.63", -8.63, 41.15],
    ["41.15N 8.63W", -8.63, 41.15],
    ["8.63 W, 41.15 N", -8.63, 41.15],
    ["410900N0083748W", -8.63, 41.15],
    ["4109N00837W", -(8 + 37 / 60), 41.15],
    ["41 09 00 N 8 37 48 W", -8.63, 41.15],
    ["41º 09′ 00″ N 8º 37′ 48″ W", -8.63, 41.15],
  ])("%s", (text, lon, lat) => near(readPlace(text), lon, lat));

  it("reads a grid however it is spaced, and offers two plain numbers both ways", () => {
    near(readPlace("34n bk 2462 8663"), readPlace("34NBK24628663")?.[0] ?? 0, readPlace("34NBK24628663")?.[1] ?? 0, 9);
    expect(readPlaces("18.55,4.36").map((one) => one.form)).toEqual(["lonlat", "latlon"]);
    expect(readPlaces("120.5,10.5").map((one) => one.form)).toEqual(["lonlat"]); // no latitude is 120
  });

  it("reads UTM and writes it back", () => {
    near(readPlace("31N 166021 0"), 0, 0, 4); // where the equator meets Greenwich
    near(readPlace("29T 531046.943 4555474.668"), -8.63, 41.15, 7);
    near(readPlace("56H 333510.650 6250800.241"), 151.2, -33.87, 7);
    for (const at of [[-8.63, 41.15], [18.55, 4.36], [151.2, -33.87], [5.3, 60.4], [20, 78]] as LonLat[]) near(readPlace(utmOf(at)), at[0], at[1], 4);
    expect(readPlaces("36S 500000 4000000").map((one) => one.note)).toEqual(["36 N", "36 S"]); // a band, or the south
    expect(readPlaces("36S 500000 8000000").map((one) => one.note)[0]).toBe("36 S");
  });

  it.each(["", "AMB 12", "12 km NE of Bria", "91.5N 10E", "18.55", "2 4", "12A 500000 0", "x".repeat(5000), "1,2,3", "41 70 00 N 8 00 00 W"])("%s is none", (text) => {
    expect(readPlaces(text)).toEqual([]);
  });
});

describe("outlines", () => {
  const square: LonLat[] = [[0, 0], [1, 0], [1, 1], [0, 1]];

  it("are seen to cross", () => {
    expect(crossing(square)).toBeNull();
    expect(crossing([...square, [0, 0]])).toBeNull();
    expect(crossing([[0, 0], [1, 1], [1, 0], [0, 1]])).toEqual([0, 2]);
    expect(crossing([[0, 0], [2, 0], [2, 2], [1, 0], [0, 2]])).not.toBeNull(); // a corner on a side
    expect(opened([[0, 0], [0, 0], [1, 0], [1, 1], [0, 0]])).toEqual([[0, 0], [1, 0], [1, 1]]);
  });

  it("of twenty thousand corners are seen to cross, or not, in no time, and thinned within what is told", () => {
    const wheel = Array.from({ length: 20_000 }, (_, index): LonLat => {
      const angle = (2 * Math.PI * index) / 20_000;
      const far = 0.1 + 0.002 * Math.sin(37 * angle);
      return [10 + far * Math.cos(angle), 5 + far * Math.sin(angle)];
    });
    expect(crossing(wheel)).toBeNull();
    const { points, within_m } = thinned([...wheel, wheel[0] as LonLat]);
    expect(points.length).toBeLessThanOrEqual(402);
    expect(points.length).toBeGreaterThan(100);
    expect(within_m).toBeLessThan(150);
    expect(crossing(points)).toBeNull();
    expect(holds(points, [10, 5])).toBe(true);
  });

  it("keep what is needed and lose what is not", () => {
    const line: LonLat[] = [[0, 0], [0.5, 0.000001], [1, 0], [1, 1]];
    expect(thinned(line).points).toEqual([[0, 0], [1, 0], [1, 1]]);
    expect(thinned([[0, 0], [1, 1]])).toEqual({ points: [[0, 0], [1, 1]], within_m: 0 });
  });

  it("over the date line are told of", () => {
    expect(crossesDateLine([[179, 0], [-179, 0]])).toBe(true);
    expect(crossesDateLine(square)).toBe(false);
    expect(() => checkSketch({ shape: "polygon", points: [[179, 0], [-179, 0], [-179, 1]] })).toThrow("180th");
    expect(() => checkSketch({ shape: "polygon", points: [[0, 0], [1, 1], [1, 0], [0, 1]] })).toThrow("crosses itself");
    expect(() => checkSketch({ shape: "polygon", points: [[0, 0], [1, 1]] })).toThrow("three corners");
  });
});

describe("what is pasted", () => {
  it("is GeoJSON, WKT or a list", () => {
    const area = { shape: "polygon", points: [[0, 0], [1, 0], [1, 1]] };
    expect(pasted('{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}}')).toEqual(area);
    expect(pasted("POLYGON((0 0, 1 0, 1 1, 0 0))")).toEqual(area);
    expect(pasted("SRID=4326;LINESTRING Z (0 0 5, 1 1 6)")).toEqual({ shape: "line", points: [[0, 0], [1, 1]] });
    expect(pasted("18.5,4.3\n18.6,4.4\n18.7,4.3").shape).toBe("polygon");
    expect(pasted("POINT(3 4)")).toEqual({ shape: "point", points: [[3, 4]] });
  });

  it.each([
    ["POLYGON((0 0,1 0,1 1,0 0),(0.1 0.1,0.2 0.1,0.2 0.2,0.1 0.1))", "holes"],
    ['{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}', "2 parts"],
    ["{oops", "no JSON"], ["POLYGON((0 0, x y))", "no pair"], ["SRID=3857;POINT(3 4)", "3857"], ["POINT(3 400)", "outside"], ["hello there", "no place"], ["LINESTRING(0 0)", "2 points"],
    ['{"type":"Polygon","coordinates":[[["a","b"]]]}', "not pairs"],
  ])("%s is told what is wrong with it", (text, why) => {
    expect(() => pasted(text)).toThrow(why);
  });
});

const HAZARD: Hazard = {
  id: "H-1", kind: "threat", name: "ZULU", affects: ["ground", "air"], geometry: { type: "Point", coordinates: [20, 5] }, lon: 20, lat: 5, radius_m: 500, effect: "weighed", severity: 3,
  speed_factor: null, reported_at: "2026-11-22T14:00:00Z", since: null, until: null, lifted_at: null, lifted_by: "", by: "", source: "", author: "ANNA",
};
const NOW = Date.UTC(2026, 10, 22, 14, 30);

describe("what is drawn becomes a report", () => {
  it("with its fields", () => {
    const body = hazardBody(kindOf("threat"), { shape: "circle", points: [[20, 5]] }, { radius: "750,5", severity: "4", until: "45", affects: "ground,air", name: " ZULU " }, NOW);
    expect(body).toEqual({ hazard_kind: "threat", name: "ZULU", affects: ["ground", "air"], lon: 20, lat: 5, radius_m: 750.5, severity: 4, until: "2026-11-22T15:15:00.000Z" });
    const area = hazardBody(kindOf("closure"), { shape: "polygon", points: [[0, 0], [2, 0], [2, 2], [0, 0]] }, { affects: "ground" }, NOW);
    expect(area).toMatchObject({ polygon: [[0, 0], [2, 0], [2, 2]], lon: 1, lat: 1 });
    expect(area).not.toHaveProperty("radius_m");
    expect(hazardBody(kindOf("slow"), { shape: "line", points: [[0, 0], [1, 0]] }, { affects: "ground", radius: "20", speed: "25" }, NOW)).toMatchObject({ line: [[0, 0], [1, 0]], radius_m: 20, speed_factor: 0.25 });
    expect(siteBody({ shape: "point", points: [[3, 4]] }, { name: "HLS 4", radius: "25", wires: "no", night: "", notes: "white H" })).toEqual({ name: "HLS 4", lon: 3, lat: 4, radius_m: 25, wires: false, marking: "white H" });
  });

  it.each([["radius", { radius: "0" }], ["severity", { severity: "101" }], ["until", { until: "yesterday" }], ["affects", { affects: "" }]] as const)("and what is amiss with %s is said", (field, more) => {
    const run = (): unknown => hazardBody(kindOf("threat"), { shape: "circle", points: [[20, 5]] }, { radius: "5", affects: "ground", ...more }, NOW);
    expect(run).toThrow(Amiss);
    try {
      run();
    } catch (fault) {
      expect((fault as Amiss).field).toBe(field);
    }
  });

  it("and back again", () => {
    const { kind, sketch, texts } = sketchOf(HAZARD, NOW);
    const again = hazardBody(kind, sketch, texts, NOW);
    expect(bodyOf(HAZARD)).toMatchObject(again);
    expect(lastWord({ ...HAZARD, lifted_at: "2026-11-22T15:00:00Z" })).toBe("2026-11-22T15:00:00Z");
  });

  it("is undone by its opposite, the last first", () => {
    const sent: [string, unknown, number][] = [];
    const deeds = new Deeds({ add: (path, body, _label, seen) => (sent.push([path, body, seen]), { key: String(sent.length) } as never) });
    deeds.did({ hazard: "H-1", name: "one", before: null, key: "a", seen: 4 });
    deeds.did({ hazard: "H-1", name: "two", before: HAZARD, key: "b", seen: 5 });
    deeds.answered("b", 7);
    deeds.undo();
    deeds.undo();
    expect(deeds.undo()).toBeNull();
    expect(sent[0]).toEqual(["api/hazards", bodyOf(HAZARD), 7]);
    expect([sent[1]?.[0], sent[1]?.[2]]).toEqual(["api/hazards/H-1/lift", 4]); // not sent yet: our own words are exempt

  });

  it("is found under the pointer, the smallest first", () => {
    const wide = { ...HAZARD, id: "H-2", radius_m: 5000 };
    expect(hazardAt([wide, HAZARD], [20.001, 5], 10, NOW)?.id).toBe("H-1");
    expect(hazardAt([wide, HAZARD], [20.02, 5], 10, NOW)?.id).toBe("H-2");
    expect(hazardAt([wide], [21, 5], 10, NOW)).toBeNull();
  });
});

describe("the preview", () => {
  it("asks one thing at a time and shows the latest only", async () => {
    const answers: ((answer: { status: number; body: unknown }) => void)[] = [];
    const bodies: unknown[] = [];
    const door = { bound: (path: string) => path, post: (_: string, body: unknown) => (bodies.push(body), new Promise<{ status: number; body: unknown }>((resolve) => answers.push(resolve))) };
    const preview = new Preview(door, () => undefined, () => "no");
    const told = { touches_roads: true, changed: [], unchanged: ["C"] };
    const turn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    preview.look({ n: 1 });
    await turn(150);
    preview.look({ n: 2 });
    preview.look({ n: 3 });
    await turn(150);
    expect(bodies).toEqual([{ n: 1 }]);
    answers[0]?.({ status: 200, body: { ...told, unchanged: ["OLD"] } });
    await turn(10);
    expect(preview.state.is).toBe("asking"); // the answer to what is no longer drawn is dropped
    expect(bodies).toEqual([{ n: 1 }, { n: 3 }]);
    answers[1]?.({ status: 200, body: told });
    await turn(10);
    expect(preview.state).toEqual({ is: "told", answer: told });
    preview.look({ n: 4 });
    await turn(150);
    answers[2]?.({ status: 0, body: null });
    await turn(10);
    expect(preview.state.is).toBe("away");
  });
});

describe("finding", () => {
  it("takes accents, case and gaps lightly", () => {
    expect(fit("amb1", "AMB 1")).toBe(0);
    expect(fit("bogoin", "Bogoïn")).toBe(0);
    expect(fit("lev bri", "Bria Level 2")).toBe(2);
    expect(fit("xyz", "Bria")).toBeNull();
  });

  it("puts coordinates first, then what fits best", () => {
    const picture = { entities: { casualties: {}, vehicles: {}, facilities: {}, sites: {}, teams: {}, requests: {}, hazards: { "H-1": HAZARD, "H-2": { ...HAZARD, id: "H-2", name: "ZULU 2", lifted_at: "2026-11-22T14:00:00Z" } } }, positions: {} } as unknown as Picture;
    const command = { id: "theme", words: "Day or night colours", run: () => undefined };
    expect(find("zulu", picture, [command], []).map((one) => one.key)).toEqual(["hazard:H-1"]); // what is lifted is not gone to
    expect(find("18.55,4.36", picture, [command], []).map((one) => one.kind)).toEqual(["grid", "grid"]);
    expect(find("night", picture, [command], [{ lon: 1, lat: 2, mgrs: "", name: "Nightingale" }]).map((one) => one.label)).toEqual(["Nightingale", "Day or night colours"]);
    expect(find("", picture, [command], [])).toHaveLength(1);
  });
});

describe("lengths as read", () => {
  it("are told", () => {
    expect([length(840), length(12_400), length(1852, "nautical"), bearing(359.7), bearing(7.2)]).toEqual(["840 m", "12.4 km", "1.00 NM", "000", "007"]);
    expect(radii("5, 10", "km", null)).toEqual([5000, 10_000]);
    expect(radii("15", "min", 220)).toEqual([55_000]);
    expect([radii("15", "min", null), radii("0", "km", null), radii("x", "km", null), radii("", "km", null)]).toEqual([null, null, null, null]);
    expect([speed("220"), speed("100 kt"), speed("fast"), speed("0")]).toEqual([220, 185.20000000000002, null, null]);
  });
});
