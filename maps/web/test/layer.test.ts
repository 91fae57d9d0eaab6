import { describe, expect, it } from "vitest";
import { standardSymbols } from "../build/standard";
import type { Fix } from "../src/live/fold";
import { projector } from "../src/map/asset-layer";
import { cellPixels, clustered } from "../src/map/clusters";
import { neat } from "../src/map/labels";
import { CATEGORY_COLOUR, categoryLook, channels, themed } from "../src/map/look";
import { Picker, RANK, readingOrder } from "../src/map/pick";
import { Places, TRAIL, carriedOver } from "../src/map/places";
import { Room, placeLabel } from "../src/map/room";
import type { Asset, AssetKind, CasualtyGroup, FacilityMark, Mover } from "../src/map/scene";
import { facilityLevelSymbol, vehicleSymbol } from "../src/map/standard";
import type { Line } from "../src/map/trails";
import { bucketOf, trace, trailLegend } from "../src/map/trails";

const VIEW = { lon: 20, lat: 5, zoom: 6, width: 800, height: 600 };
const NOW = 1_000_000_000;
const mover = (id: string, lon: number, lat: number, more: Partial<Mover> = {}): Mover => ({
  kind: "vehicle", id, lon, lat, label: id, symbol: "ambulance", state: "available", at: NOW, speed: 0, course: null, aboard: [], trail: [], uncertainty_m: 0, ...more,
});
const wounded = (id: string, lon: number, lat: number, category: "T1" | "T2" | "T3" = "T2"): CasualtyGroup => ({ kind: "casualty", id, lon, lat, label: "", members: [{ id, category }], uncertainty_m: 0 });
const fixes = (many: number, from = 0): Fix[] => Array.from({ length: many }, (_, i) => [20 + (from + i) / 100, 5 + (from + i) / 200, NOW - (many - i) * 1000]);

/** Head and trail of the first asset in device pixels. */
function laid(assets: readonly Asset[], places = new Places(), view = VIEW, ratio = 1): { places: Places; head: number[]; trail: number[][] } {
  places.update(assets);
  const frame = places.project(view, ratio);
  const lines: number[][] = [];
  const path: Line = { moveTo: (x, y) => lines.push([x, y]), lineTo: (x, y) => lines.at(-1)?.push(x, y) };
  trace(places, frame, Uint32Array.of(0), 1, NOW, [path, path, path, path]);
  return { places, head: [places.x[0] as number, places.y[0] as number], trail: lines };
}

describe("places on the screen", () => {
  it("are where the projection says, in device pixels", () => {
    const [x, y] = projector(VIEW)(21.5, 4.2);
    for (const ratio of [1, 2, 1.5]) {
      const { head } = laid([mover("a", 21.5, 4.2)], new Places(), VIEW, ratio);
      expect(head[0]).toBeCloseTo(x * ratio, 6);
      expect(head[1]).toBeCloseTo(y * ratio, 6);
    }
  });
  it("take the nearest copy of the world, trail and all", () => {
    const trail: Fix[] = [[179.8, 5, NOW - 2000], [179.9, 5, NOW - 1000], [-179.9, 5, NOW]];
    const { head, trail: drawn } = laid([mover("a", -179.9, 5, { trail })], new Places(), { ...VIEW, lon: -179.5 });
    expect(head[0]).toBeLessThan(400);
    expect(Math.abs((drawn[0]?.at(-2) as number) - (head[0] as number))).toBeLessThan(1e-6);
  });
  it("of a trail that grows are those of one worked out anew, whatever fell off or was replaced", () => {
    const places = new Places();
    const story: Fix[][] = [fixes(1), fixes(2), fixes(TRAIL - 1), fixes(TRAIL), fixes(TRAIL, 1), fixes(TRAIL, 2), fixes(3, 40), fixes(4, 40), [], fixes(TRAIL, 7), fixes(TRAIL, 30)];
    for (const trail of story) {
      const grown = laid([mover("a", 20, 5, { trail })], places).trail;
      expect(grown).toEqual(laid([mover("a", 20, 5, { trail })]).trail);
    }
  });
  it("are those of the asset that stands there now, when another left", () => {
    const [a, b] = [mover("a", 20, 5, { trail: fixes(5) }), mover("b", 22, 6, { trail: fixes(TRAIL, 3) })];
    const { places } = laid([a, b]);
    expect(laid([b], places)).toMatchObject({ head: laid([b]).head, trail: laid([b]).trail });
  });
  it("hold ten thousand and one more", () => {
    const many = Array.from({ length: 10_001 }, (_, i) => mover(`v${i}`, 15 + i / 1000, 5));
    const { places } = laid(many.slice(0, 3));
    laid(many, places);
    expect(places.x[10_000]).toBeCloseTo(projector(VIEW)(25, 5)[0], 6);
  });
  it("know what was carried over", () => {
    expect(carriedOver(fixes(3), [...fixes(3), [1, 1, 1]])).toBe(0);
    expect(carriedOver(fixes(3), fixes(3))).toBe(-1);
    const full = fixes(TRAIL);
    expect(carriedOver(full, [...full.slice(1), [1, 1, 1]])).toBe(1);
  });
});

describe("trails", () => {
  it("are told apart by age", () => {
    expect([0, 60_000, 60_001, 300_001, 900_001, 1e12].map(bucketOf)).toEqual([0, 0, 1, 2, 3, 3]);
    expect(trailLegend("night").map(({ words }) => words)).toHaveLength(4);
    for (const theme of ["day", "night", "red"] as const) expect(new Set(trailLegend(theme).map(({ colour }) => colour)).size).toBe(4);
  });
  it("go into the path of each stretch's age, joined within it", () => {
    const trail: Fix[] = [[20, 5, NOW - 2_000_000], [20.5, 5, NOW - 400_000], [21, 5, NOW - 2000], [21.5, 5, NOW]];
    const places = new Places();
    places.update([mover("a", 21.5, 5, { trail })]);
    const frame = places.project(VIEW, 1);
    const counts = [0, 1, 2, 3].map(() => ({ moves: 0, lines: 0 }));
    const paths = counts.map((count): Line => ({ moveTo: () => void count.moves++, lineTo: () => void count.lines++ }));
    trace(places, frame, Uint32Array.of(0), 1, NOW, paths);
    expect(counts).toEqual([{ moves: 1, lines: 2 }, { moves: 0, lines: 0 }, { moves: 1, lines: 1 }, { moves: 0, lines: 0 }]);
  });
});

describe("clusters", () => {
  const listed = (assets: readonly Asset[], kept: (asset: Asset) => boolean = () => false): { groups: { members: number[]; worst: string | null }[]; alone: number[] } => {
    const places = new Places();
    places.update(assets);
    const frame = places.project(VIEW, 1);
    const single = new Uint32Array(assets.length);
    const all = Uint32Array.from(assets.keys());
    const origin = [frame.left - frame.cx * frame.world, frame.top - frame.cy * frame.world] as const;
    const { groups, singles } = clustered(assets, places.x, places.y, all, assets.length, cellPixels(VIEW.zoom, 1), origin, kept, single);
    return { groups, alone: [...single.subarray(0, singles)] };
  };
  const near = (id: string, more: Partial<Mover> = {}): Mover => mover(id, 20.01, 5.01, more);
  it("join idle vehicles of one place and leave what is under way", () => {
    const { groups, alone } = listed([near("a"), near("b", { state: "to_pickup" }), near("c"), mover("d", 23, 5)]);
    expect(groups.map(({ members }) => members)).toEqual([[0, 2]]);
    expect(alone).toEqual([1, 3]);
  });
  it("join a crowd whole and show the gravest category in it", () => {
    const { groups, alone } = listed([near("a"), near("b", { aboard: ["T3"] }), wounded("x", 20.01, 5.01, "T1"), near("c", { state: "tasked" })]);
    expect(groups).toMatchObject([{ members: [0, 1, 2, 3], worst: "T1" }]);
    expect(alone).toEqual([]);
  });
  it("tell of an incident among them", () => {
    const incident = (id: string): Asset => ({ kind: "request", id, lon: 20.01, lat: 5.01, label: "", uncertainty_m: 0, state: "open" });
    expect(listed([incident("r"), near("a"), near("b"), near("c")]).groups).toMatchObject([{ members: [0, 1, 2, 3], incident: true }]);
    expect(listed([incident("r"), near("a"), near("b")])).toMatchObject({ groups: [{ members: [1, 2], incident: false }], alone: [0] });
  });
  it("never join what the eye is on, nor facilities", () => {
    const place: FacilityMark = { kind: "facility", id: "f", lon: 20.01, lat: 5.01, label: "f", level: "2", symbol: "role2", surgery: true, open: true, patients: 0 };
    const { groups, alone } = listed([place, near("a"), near("b"), near("c")], (asset) => asset.id === "b");
    expect(groups.map(({ members }) => members)).toEqual([[1, 3]]);
    expect(alone).toEqual([0, 2]);
  });
  it("lose nobody among ten thousand", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => (i % 9 ? mover(`v${i}`, 15 + (i % 97) / 10, 3 + (i % 41) / 10, { state: i % 2 ? "available" : "tasked" }) : wounded(`c${i}`, 15 + (i % 89) / 10, 3 + (i % 43) / 10)));
    const { groups, alone } = listed(many);
    const found = [...groups.flatMap(({ members }) => members), ...alone].sort((a, b) => a - b);
    expect(found).toEqual([...many.keys()]);
  });
});

describe("names", () => {
  it("stand beside, below or above, never on each other, inside the view", () => {
    const room = new Room();
    room.clear(300, 200);
    const place = (x: number, y: number): readonly [number, number] | null => placeLabel(room, x, y, 60, 16, 10, 300, false);
    expect(place(100, 100)).toEqual([110, 100]);
    expect(place(100, 100)).toEqual([30, 100]);
    expect(place(100, 100)?.[1]).toBeGreaterThan(110);
    expect(place(100, 100)?.[1]).toBeLessThan(90);
    expect(place(100, 100)).toBeNull();
    expect(place(290, 30)).toEqual([220, 30]);
    expect(placeLabel(room, 100, 100, 60, 16, 10, 300, true)).toEqual([110, 100]);
  });
  it("know a taken box however large, small or far outside", () => {
    const room = new Room();
    room.clear(400, 400);
    const boxes = Array.from({ length: 900 }, (_, i) => [(i * 37) % 450 - 20, (i * 91) % 450 - 20, 3 + (i % 70), 3 + (i % 50)] as const).map(([x, y, w, h]) => [x, y, x + w, y + h] as const);
    boxes.forEach((box, i) => {
      const free = !boxes.slice(0, i).some((one) => one[0] < box[2] && box[0] < one[2] && one[1] < box[3] && box[1] < one[3]);
      expect(room.isFree(...box)).toBe(free);
      room.take(...box);
    });
  });
  it("of a hostile callsign neither turn the writing nor cover the map", () => {
    expect(neat("AMB\u202e 1\u0007")).toBe("AMB 1");
    expect([...neat("x".repeat(5000))]).toHaveLength(28);
    expect([...neat("🚑".repeat(50))]).toHaveLength(28);
    expect(neat("<b>AMB</b>")).toBe("<b>AMB</b>");
  });
});

describe("picking", () => {
  const kinds: AssetKind[] = ["facility", "vehicle", "casualty", "site"];
  const rankOf = (owner: number): number => RANK[kinds[owner] as AssetKind];
  const picker = (...at: [number, number][]): Picker => {
    const made = new Picker();
    at.forEach(([x, y], owner) => made.add(owner, x, y));
    return made;
  };
  it("takes the casualty before the vehicle before the facility where they lie on each other", () => {
    expect(picker([100, 100], [101, 100], [104, 103]).at(100, 100, 14, 1, rankOf)).toBe(2);
    expect(picker([100, 100], [104, 103]).at(100, 100, 14, 1, rankOf)).toBe(1);
  });
  it("takes the mark the pointer is on before one that is only near", () => expect(picker([100, 100], [300, 300], [112, 100]).at(99, 100, 14, 1, rankOf)).toBe(0));
  it("reaches farther for a finger, the same on a fine screen", () => {
    const far = picker([120, 100]);
    expect(far.at(100, 100, 14, 1, rankOf)).toBe(-1);
    expect(far.at(100, 100, 26, 1, rankOf)).toBe(0);
    expect(far.at(100, 100, 14, 2, rankOf)).toBe(0);
  });
  it("finds nothing where nothing is", () => expect(new Picker().at(1, 1, 14, 1, rankOf)).toBe(-1));
  it("goes through the marks as one reads", () => {
    const [x, y] = [Float64Array.of(300, 10, 200, 5), Float64Array.of(10, 20, 5, 90)];
    expect(readingOrder([0, 1, 2, 3], x, y, 48)).toEqual([1, 2, 0, 3]);
  });
});

describe("symbols", () => {
  it("are told by kind, profile and level", () => {
    expect(["helicopter-night", "fixed-wing", "drone"].map((profile) => vehicleSymbol("air", profile))).toEqual(["helicopter", "plane", "drone"]);
    expect(["ambulance-4x4", "armoured", "motorbike"].map((profile) => vehicleSymbol("ground", profile))).toEqual(["ambulance", "armoured", "ambulance"]);
    expect(["L2", "Role 3", "1", "hospital", ""].map(facilityLevelSymbol)).toEqual(["role2", "role3", "role1", "hospital", "facility"]);
  });
  it("are all known to milsymbol and small", () => {
    const made = standardSymbols();
    for (const symbol of Object.values(made)) expect(symbol.parts.length).toBeGreaterThan(1);
    expect(JSON.stringify(made).length).toBeLessThan(20_000);
  });
});

describe("colours", () => {
  const light = (colour: string): number => {
    const [r, g, b] = channels(colour).map((one) => ((one / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * (r as number) + 0.7152 * (g as number) + 0.0722 * (b as number);
  };
  const contrast = (a: string, b: string): number => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  it("keep the numeral of a category readable in every theme", () => {
    for (const theme of ["day", "night", "red"] as const) {
      for (const category of Object.keys(CATEGORY_COLOUR) as (keyof typeof CATEGORY_COLOUR)[]) expect(contrast(...categoryLook(theme, category)), `${category} ${theme}`).toBeGreaterThan(4.5);
    }
  });
  it("have hardly any green and blue in red light, and stay as bright in order", () => {
    for (const colour of ["#2ec4b6", "rgb(128,224,255)", "#3f97f6", "#ffd23f"]) {
      const [r, g, b] = channels(themed("red", colour));
      expect(r).toBeGreaterThan(1.5 * Math.max(g, b));
    }
    expect(light(themed("red", "#ffffff"))).toBeGreaterThan(light(themed("red", "#888888")));
    expect(themed("night", "#2ec4b6")).toBe("#2ec4b6");
  });
});
