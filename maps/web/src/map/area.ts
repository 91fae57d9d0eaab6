/** Where the map opens: the area of the mission. One stray position must not shrink it to a dot. Pure. */
import type { Picture } from "../live/fold";
import type { Asset } from "./scene";
import { scene } from "./scene";

type Point = readonly [number, number];
interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** Flags of a position that is perhaps not where the thing is. */
const DOUBTED = ["jump", "blurred"];
const BEYOND = 0.5; // of the area's own size: what moves may be so far outside
const LEAST_BEYOND_DEG = 1;
const OUTLYING = 4; // times as far from the middle as most are

/**
 * The points that the first view shows, as [lon, lat]. What was placed on purpose (facilities, sites, homes of vehicles)
 * makes the area; what moves or was reported counts when it is in or near it and not doubted. Without any such place the
 * middle of all points does. Never empty while there is anything to draw.
 */
export function missionArea(picture: Picture): Point[] {
  const drawn = scene(picture);
  const placed = (one: Asset): boolean => one.kind === "facility" || one.kind === "site";
  const fixed = [...drawn.filter(placed), ...homes(picture)].map(at);
  const doubted = new Set(Object.values(picture.positions).filter((fix) => (fix.flags ?? []).some((flag) => DOUBTED.includes(flag))).map(at).map(String));
  const moving = drawn.filter((one) => !placed(one)).map(at).filter((point) => !doubted.has(String(point)));
  const near = fixed.length > 0 ? within(moving, widened(boxOf(fixed))) : middling(moving);
  const found = [...fixed, ...near];
  return found.length > 0 ? found : drawn.map(at);
}

const at = ({ lon, lat }: { lon: number; lat: number }): Point => [lon, lat];

function homes({ entities }: Picture): { lon: number; lat: number }[] {
  return Object.values(entities.vehicles).flatMap(({ home }) => (home ? [home] : []));
}

const within = (points: Point[], box: Box): Point[] =>
  points.filter(([lon, lat]) => lon >= box.west && lon <= box.east && lat >= box.south && lat <= box.north);

function boxOf(points: Point[]): Box {
  const lons = points.map(([lon]) => lon);
  const lats = points.map(([, lat]) => lat);
  return { west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats) };
}

function widened({ west, south, east, north }: Box): Box {
  const by = Math.max(LEAST_BEYOND_DEG, BEYOND * Math.max(east - west, north - south));
  return { west: west - by, south: south - by, east: east + by, north: north + by };
}

/** Those that are not far outside of where most are. */
function middling(points: Point[]): Point[] {
  if (points.length < 3) return points;
  const lon = median(points.map(([each]) => each));
  const lat = median(points.map(([, each]) => each));
  const apart = ([x, y]: Point): number => Math.max(Math.abs(x - lon), Math.abs(y - lat));
  const most = Math.max(LEAST_BEYOND_DEG, OUTLYING * median(points.map(apart)));
  return points.filter((point) => apart(point) <= most);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
