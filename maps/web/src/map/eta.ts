/** Marks along the way of a running chain: where it is expected to be at which time. Pure. */
import type { FeatureCollection, Point } from "geojson";
import type { Chain, Leg } from "../live/protocol";
import { clockZ, instant, spanZ } from "../times";

const STEPS_MIN = [1, 2, 5, 10, 15, 30, 60, 120, 240];
const MOST = 12; // marks a leg
const MINUTE = 60_000;

interface EtaMark {
  lon: number;
  lat: number;
  label: string;
  end: boolean;
}

/** The minutes between two marks, so that a leg of that length has no more than a dozen. */
export const stepOf = (ms: number): number => STEPS_MIN.find((step) => ms / MINUTE / step <= MOST) ?? (STEPS_MIN.at(-1) as number);

/** The place at a share 0..1 of a path, by its length as drawn. */
export function along(path: readonly (readonly [number, number])[], share: number): [number, number] {
  const lengths = path.slice(1).map(([lon, lat], index) => {
    const [a, b] = path[index] as [number, number];
    return Math.hypot((lon - a) * Math.cos((lat * Math.PI) / 180), lat - b);
  });
  let left = lengths.reduce((sum, one) => sum + one, 0) * Math.min(1, Math.max(0, share));
  for (const [index, length] of lengths.entries()) {
    const [from, to] = [path[index] as [number, number], path[index + 1] as [number, number]];
    if (left <= length) {
      const part = length === 0 ? 0 : left / length;
      return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
    }
    left -= length;
  }
  return [...(path.at(-1) ?? [0, 0])] as [number, number];
}

/** Whole steps of the clock still ahead on a leg, evenly along its way, and its end from the middle to the 90 % bound. */
function legMarks(leg: Leg, now: number): EtaMark[] {
  const [start, end] = [instant(leg.depart_at), instant(leg.arrive_p50_at)];
  if (leg.state === "done" || start === null || end === null || end <= start || leg.path.length < 2) return [];
  const step = stepOf(end - start) * MINUTE;
  const marks: EtaMark[] = [];
  for (let at = Math.ceil(Math.max(start, now) / step) * step; at < end - step / 3; at += step) {
    if (at <= start) continue;
    const [lon, lat] = along(leg.path, (at - start) / (end - start));
    marks.push({ lon, lat, label: clockZ(at).slice(0, -1), end: false });
  }
  const [lon, lat] = leg.path.at(-1) as [number, number];
  return [...marks, { lon, lat, label: `${spanZ(end, instant(leg.arrive_p90_at))}`, end: true }];
}

export function etaMarks(chain: Chain | null, now: number): FeatureCollection<Point> {
  const marks = chain?.status === "active" ? chain.legs.flatMap((leg) => legMarks(leg, now)) : [];
  return { type: "FeatureCollection", features: marks.map(({ lon, lat, label, end }) => ({ type: "Feature", properties: { label, end }, geometry: { type: "Point", coordinates: [lon, lat] } })) };
}
