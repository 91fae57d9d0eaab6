/** The military grid as lines and words for one view: zones and bands, squares of 100 km, then 10 km, 1 km and 100 m. Pure. */
import type { View } from "./asset-layer";
import { MOST_NORTH, MOST_SOUTH, bandOf, fromUtm, squareOf, toUtm, zoneEdges } from "./utm";

export interface GridLine {
  points: [number, number][]; // longitude (continuous across 180), latitude
  rank: number; // 0 zone, 1 100 km, 2 finer
}
export interface GridWord {
  text: string;
  lon: number;
  lat: number;
  rank: number;
  edge: "" | "bottom" | "left"; // stands at this edge of the view, where its line meets it
}
export interface Grid {
  step: number; // metres of the finest lines, 0 for zones alone
  lines: GridLine[];
  words: GridWord[];
}
export interface Span {
  west: number;
  east: number;
  south: number;
  north: number;
}

const STEPS = [100_000, 10_000, 1000, 100];
const LEAST_PX = 70;
const BAND_DEG = 8;
const SAMPLES = 12;
const MOST_LINES = 400;
const WORLD_PX = 512;
const WORLD_M = 40_075_016.686;
const BANDED = { from: MOST_SOUTH, to: MOST_NORTH };

/** What a view shows, in degrees; longitudes run on across 180. */
export function spanOf(view: View): Span {
  const world = WORLD_PX * 2 ** view.zoom;
  const y = (lat: number): number => 0.5 - Math.log(Math.tan(Math.PI / 4 + (Math.max(-85.05, Math.min(85.05, lat)) * Math.PI) / 360)) / (2 * Math.PI);
  const lat = (at: number): number => (Math.atan(Math.sinh(Math.PI * (1 - 2 * Math.max(0, Math.min(1, at))))) * 180) / Math.PI;
  const half = Math.min(180, (view.width / 2 / world) * 360);
  const [cy, dy] = [y(view.lat), view.height / 2 / world];
  return { west: view.lon - half, east: view.lon + half, south: lat(cy + dy), north: lat(cy - dy) };
}

/** The finest step whose lines stand far enough apart; 0 where even 100 km are too near. */
export function stepOf(view: View): number {
  const metres = (WORLD_M * Math.cos((view.lat * Math.PI) / 180)) / (WORLD_PX * 2 ** view.zoom);
  return STEPS.filter((step) => step / metres >= LEAST_PX).at(-1) ?? 0;
}

export function gridOf(view: View): Grid {
  const span = spanOf(view);
  const step = stepOf(view);
  const grid: Grid = { step, lines: [], words: [] };
  for (const cell of cellsOf(span)) {
    border(grid, cell);
    if (step > 0) metres(grid, cell, span, step);
    else grid.words.push({ text: `${cell.zone}${cell.band}`, lon: (cell.west + cell.east) / 2, lat: (cell.south + cell.north) / 2, rank: 0, edge: "" });
  }
  return grid;
}

/** One zone within one band. */
interface Cell extends Span {
  zone: number;
  band: string;
}

function cellsOf(span: Span): Cell[] {
  const found: Cell[] = [];
  const [low, high] = [Math.max(span.south, BANDED.from), Math.min(span.north, BANDED.to)];
  for (let south = BANDED.from; south < BANDED.to - BAND_DEG; south += BAND_DEG) {
    const north = south === 72 ? BANDED.to : south + BAND_DEG;
    if (north <= low || south >= high) continue;
    for (let turn = Math.floor((span.west + 180) / 360); turn <= Math.floor((span.east + 180) / 360); turn++) {
      for (let zone = 1; zone <= 60; zone++) {
        const edges = zoneEdges(zone, south);
        if (!edges) continue;
        const [west, east] = [edges[0] + 360 * turn, edges[1] + 360 * turn];
        if (east > span.west && west < span.east) found.push({ zone, band: bandOf(south + 1), west, east, south, north });
      }
    }
  }
  return found;
}

function border(grid: Grid, { west, east, south, north }: Cell): void {
  grid.lines.push({ rank: 0, points: [[west, north], [west, south], [east, south]] });
}

function metres(grid: Grid, cell: Cell, span: Span, step: number): void {
  const seen: Span = { west: Math.max(cell.west, span.west), east: Math.min(cell.east, span.east), south: Math.max(cell.south, span.south), north: Math.min(cell.north, span.north) };
  const hemisphere = cell.south >= 0;
  const corners = [seen.south, (seen.south + seen.north) / 2, seen.north].flatMap((lat) => [seen.west, (seen.west + seen.east) / 2, seen.east].map((lon) => toUtm(lon, lat, cell.zone, hemisphere)));
  const [e0, e1] = [Math.min(...corners.map((c) => c.easting)), Math.max(...corners.map((c) => c.easting))];
  const [n0, n1] = [Math.min(...corners.map((c) => c.northing)), Math.max(...corners.map((c) => c.northing))];
  if ((e1 - e0 + n1 - n0) / step > MOST_LINES) return;
  const at = (easting: number, northing: number): [number, number] => near(fromUtm({ zone: cell.zone, north: hemisphere, easting, northing }), (seen.west + seen.east) / 2);
  for (let e = Math.ceil(e0 / step) * step; e <= e1; e += step) {
    line(grid, along((share) => at(e, n0 + share * (n1 - n0))), seen, e, step, "bottom");
  }
  for (let n = Math.ceil(n0 / step) * step; n <= n1; n += step) {
    line(grid, along((share) => at(e0 + share * (e1 - e0), n)), seen, n, step, "left");
  }
  squares(grid, cell, seen, [e0, e1, n0, n1], at, hemisphere);
}

const along = (at: (share: number) => [number, number]): [number, number][] => Array.from({ length: SAMPLES + 1 }, (_, i) => at(i / SAMPLES));
/** The copy of a longitude that is nearest to a place in view. */
const near = ([lon, lat]: [number, number], to: number): [number, number] => [lon + 360 * Math.round((to - lon) / 360), lat];

function line(grid: Grid, points: [number, number][], seen: Span, value: number, step: number, edge: "bottom" | "left"): void {
  const kept = cut(points, seen);
  if (kept.length < 2) return;
  const hundred = value % 100_000 === 0;
  grid.lines.push({ points: kept, rank: hundred ? 1 : 2 });
  const end = edge === "bottom" ? kept.reduce((a, b) => (b[1] < a[1] ? b : a)) : kept.reduce((a, b) => (b[0] < a[0] ? b : a));
  if (hundred || step === 100_000) return;
  const digits = 5 - Math.log10(step);
  const text = String(Math.round((((value % 100_000) + 100_000) % 100_000) / step)).padStart(digits, "0");
  grid.words.push({ text, lon: end[0], lat: end[1], rank: 2, edge });
}

/** The part of a line within a box; it runs through the box at most once. */
function cut(points: [number, number][], box: Span): [number, number][] {
  const kept: [number, number][] = [];
  for (let i = 1; i < points.length; i++) {
    const part = segment(points[i - 1] as [number, number], points[i] as [number, number], box);
    if (!part) continue;
    if (kept.length === 0) kept.push(part[0]);
    kept.push(part[1]);
  }
  return kept;
}

/** Liang and Barsky's cut of one segment. */
function segment(a: [number, number], b: [number, number], box: Span): [[number, number], [number, number]] | null {
  let [from, to] = [0, 1];
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  for (const [p, q] of [[-dx, a[0] - box.west], [dx, box.east - a[0]], [-dy, a[1] - box.south], [dy, box.north - a[1]]] as const) {
    if (p === 0 && q < 0) return null;
    if (p < 0) from = Math.max(from, q / p);
    if (p > 0) to = Math.min(to, q / p);
  }
  if (from > to) return null;
  return [[a[0] + from * dx, a[1] + from * dy], [a[0] + to * dx, a[1] + to * dy]];
}

/** Letters of the 100 km squares, each in the middle of what is seen of it. */
function squares(grid: Grid, cell: Cell, seen: Span, [e0, e1, n0, n1]: [number, number, number, number], at: (e: number, n: number) => [number, number], north: boolean): void {
  const size = 100_000;
  const [first, last] = [Math.floor(e0 / size), Math.floor(e1 / size)];
  for (let column = first; column <= last; column++) {
    for (let row = Math.floor(n0 / size); row <= Math.floor(n1 / size); row++) {
      const [e, n] = [mid(column * size, size, e0, e1), mid(row * size, size, n0, n1)];
      const [lon, lat] = at(e, n);
      if (lon < seen.west || lon > seen.east || lat < seen.south || lat > seen.north) continue;
      const letters = squareOf({ zone: cell.zone, north, easting: column * size + 1, northing: row * size + 1 });
      grid.words.push({ text: `${cell.zone}${cell.band} ${letters}`, lon, lat, rank: 1, edge: "" });
    }
  }
}

const mid = (from: number, size: number, low: number, high: number): number => (Math.max(from, low) + Math.min(from + size, high)) / 2;
