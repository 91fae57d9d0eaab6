/** Outlines drawn by hand or pasted: do they cross themselves, are they too fine, where is their middle. Pure. */
import type { LonLat } from "./geodesy";
import { metresBetween, turned } from "./geodesy";

export const MOST_POINTS = 400; // a zone of more is thinned before it is sent: every chain is held against each of its sides
export const FINE_M = 2; // what a hand cannot mean
const METRES_A_DEGREE = 111_320;

/** The first two sides that cross, as indexes of their first corners; null when none do. A closing corner is left out. */
export function crossing(corners: readonly LonLat[]): [number, number] | null {
  const ring = opened(corners);
  const n = ring.length;
  if (n < 4) return null;
  const sides = ring.map((from, index) => ({ index, from, to: ring[(index + 1) % n] as LonLat })).sort((a, b) => west(a) - west(b));
  const live: typeof sides = [];
  for (const side of sides) {
    for (let at = live.length - 1; at >= 0; at--) {
      const other = live[at] as (typeof sides)[number];
      if (Math.max(other.from[0], other.to[0]) < west(side)) live.splice(at, 1);
      else if (!neighbours(side.index, other.index, n) && meet(side.from, side.to, other.from, other.to)) {
        return side.index < other.index ? [side.index, other.index] : [other.index, side.index];
      }
    }
    live.push(side);
  }
  return null;
}

const west = (side: { from: LonLat; to: LonLat }): number => Math.min(side.from[0], side.to[0]);
const neighbours = (a: number, b: number, n: number): boolean => Math.abs(a - b) === 1 || Math.abs(a - b) === n - 1;

/** Without a last corner that repeats the first one, and without corners told twice in a row. */
export function opened(corners: readonly LonLat[]): LonLat[] {
  const plain = corners.filter((one, index) => index === 0 || !same(one, corners[index - 1] as LonLat));
  return plain.length > 1 && same(plain[0] as LonLat, plain.at(-1) as LonLat) ? plain.slice(0, -1) : plain;
}

const same = (a: LonLat, b: LonLat): boolean => a[0] === b[0] && a[1] === b[1];

function meet(a: LonLat, b: LonLat, c: LonLat, d: LonLat): boolean {
  const [abc, abd, cda, cdb] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (abc !== abd && cda !== cdb) return true;
  return (abc === 0 && within(a, b, c)) || (abd === 0 && within(a, b, d)) || (cda === 0 && within(c, d, a)) || (cdb === 0 && within(c, d, b));
}

const side = (a: LonLat, b: LonLat, c: LonLat): number => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
const within = (a: LonLat, b: LonLat, c: LonLat): boolean =>
  Math.min(a[0], b[0]) <= c[0] && c[0] <= Math.max(a[0], b[0]) && Math.min(a[1], b[1]) <= c[1] && c[1] <= Math.max(a[1], b[1]);

/** Does some side run over the 180th meridian? */
export const crossesDateLine = (points: readonly LonLat[]): boolean =>
  points.some(([lon], index) => index > 0 && Math.abs(lon - (points[index - 1] as LonLat)[0]) > 180) || points.some(([lon]) => Math.abs(lon) > 180);

/** Longitudes as the product keeps them, -180 to 180. */
export const normal = (points: readonly LonLat[]): LonLat[] => points.map(([lon, lat]) => [Math.abs(lon) > 180 ? turned(lon) : lon, lat]);

export interface Thinned {
  points: LonLat[];
  within_m: number; // no corner that was left out lies farther from the new outline
}

/** The same line with at most so many points (Douglas and Peucker 1973), as fine as the number allows. */
export function thinned(points: readonly LonLat[], most = MOST_POINTS, finest = FINE_M): Thinned {
  const deviation = deviations(points);
  const sorted = Float64Array.from(deviation).sort().reverse();
  const allowed = Math.max(finest, sorted.length > most ? (sorted[most] as number) : 0);
  const kept = points.filter((_, index) => (deviation[index] as number) > allowed);
  const left = kept.length === points.length ? 0 : allowed;
  return { points: kept, within_m: left };
}

/** Of each point how far, in metres, a line without it would stray; ends stay for ever. Never more than that of the split above it. */
function deviations(points: readonly LonLat[]): Float64Array {
  const found = new Float64Array(points.length);
  const far = points.length > 3 && same(points[0] as LonLat, points.at(-1) as LonLat) ? farthest(points) : points.length - 1;
  found[0] = found[points.length - 1] = found[far] = Number.POSITIVE_INFINITY;
  const stack: [number, number, number][] = [[0, far, Number.POSITIVE_INFINITY], [far, points.length - 1, Number.POSITIVE_INFINITY]];
  const cos = Math.cos((((points[0] as LonLat | undefined)?.[1] ?? 0) * Math.PI) / 180);
  for (let job = stack.pop(); job; job = stack.pop()) {
    const [from, to, above] = job;
    let [best, at] = [-1, -1];
    for (let index = from + 1; index < to; index++) {
      const off = apart(points[index] as LonLat, points[from] as LonLat, points[to] as LonLat, cos);
      if (off > best) [best, at] = [off, index];
    }
    if (at < 0) continue;
    found[at] = Math.min(best, above);
    stack.push([from, at, found[at] as number], [at, to, found[at] as number]);
  }
  return found;
}

function farthest(points: readonly LonLat[]): number {
  const [x, y] = points[0] as LonLat;
  let [best, at] = [-1, 0];
  points.forEach(([lon, lat], index) => {
    const off = (lon - x) ** 2 + (lat - y) ** 2;
    if (off > best) [best, at] = [off, index];
  });
  return at;
}

/** Metres from a point to a short straight line. */
function apart(point: LonLat, from: LonLat, to: LonLat, cos: number): number {
  const flat = ([lon, lat]: LonLat): [number, number] => [lon * cos * METRES_A_DEGREE, lat * METRES_A_DEGREE];
  const [[px, py], [ax, ay], [bx, by]] = [flat(point), flat(from), flat(to)];
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / length));
  return Math.hypot(px - ax - share * dx, py - ay - share * dy);
}

/** Is a point inside an outline, by counting the sides to its east? */
export function holds(corners: readonly LonLat[], [x, y]: LonLat): boolean {
  let inside = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [corners[i] as LonLat, corners[j] as LonLat];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Metres from a point to the nearest part of a line. */
export function metresToLine(points: readonly LonLat[], point: LonLat): number {
  const cos = Math.cos((point[1] * Math.PI) / 180);
  if (points.length === 1) return metresBetween(points[0] as LonLat, point);
  return Math.min(...points.slice(1).map((to, index) => apart(point, points[index] as LonLat, to, cos)));
}

/** The place that stands for an outline or a line: the middle of its box. */
export function middle(points: readonly LonLat[]): LonLat {
  const [lons, lats] = [points.map((one) => one[0]), points.map((one) => one[1])];
  const mean = (values: number[]): number => (values.reduce((a, b) => Math.min(a, b)) + values.reduce((a, b) => Math.max(a, b))) / 2;
  return [mean(lons), mean(lats)];
}
