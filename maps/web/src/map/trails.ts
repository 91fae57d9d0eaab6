/** Known fixes joined by lines, coloured by age: one path for each age, whatever the number of assets. */
import { strings } from "../strings";
import type { Theme } from "../ui/theme";
import { LOOKS } from "./look";
import type { Frame, Places } from "./places";
import { TRAIL } from "./places";
import type { Pen } from "./symbols";

/** A stretch is in the first bucket that its newer fix is young enough for; the last holds all older. */
export const AGES_MS = [60_000, 300_000, 900_000] as const;
/** Width of each bucket in CSS pixels, newest first: age is told by more than colour. */
const WIDTHS = [2, 2, 1, 1] as const;
/** With more trails than this in view all are one device pixel wide, or nothing but lines would be seen. */
const THIN_FROM = 2500;
const STEP = 0.75; // device pixels below which a stretch is joined to the next

/** 0 for the newest. */
export function bucketOf(ageMs: number): number {
  let bucket = 0;
  while (bucket < AGES_MS.length && ageMs > (AGES_MS[bucket] as number)) bucket++;
  return bucket;
}

/** Colour and words of each age, newest first, for a legend. */
export function trailLegend(theme: Theme): { colour: string; width: number; words: string }[] {
  return LOOKS[theme].trail.map((colour, i) => ({ colour, width: WIDTHS[i] as number, words: strings.canvas.trailAge[i] as string }));
}

/** Where lines go: a Path2D, or a recorder in a test. */
export interface Line {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

/** Adds the trails of the `count` assets listed to the path of each stretch's age. */
export function trace(places: Places, frame: Frame, listed: Uint32Array, count: number, now: number, paths: readonly Line[]): void {
  for (let n = 0; n < count; n++) {
    const i = listed[n] as number;
    if ((places.fixes[i] as number) > 1) traceOne(places, frame, i, now, paths);
  }
}

function traceOne(places: Places, frame: Frame, i: number, now: number, paths: readonly Line[]): void {
  const { trailX, trailY, times } = places;
  const { cx, cy, world, left, top } = frame;
  const at = i * TRAIL;
  const end = at + (places.fixes[i] as number) - 1;
  const turn = Math.round((trailX[end] as number) - cx); // the same copy of the world for all of it
  let [px, py] = [((trailX[at] as number) - cx - turn) * world + left, ((trailY[at] as number) - cy) * world + top];
  let open = -1;
  for (let k = at + 1; k <= end; k++) {
    const x = ((trailX[k] as number) - cx - turn) * world + left;
    const y = ((trailY[k] as number) - cy) * world + top;
    if (k < end && Math.abs(x - px) < STEP && Math.abs(y - py) < STEP) continue;
    const bucket = bucketOf(now - (times[k] as number));
    const path = paths[bucket] as Line;
    if (bucket !== open) path.moveTo(px, py);
    path.lineTo(x, y);
    open = bucket;
    [px, py] = [x, y];
  }
}

/** Lines one device pixel wide are drawn many times faster than wider ones; two and three pixels are such lines side by side. */
const SIDES: readonly (readonly (readonly [number, number])[])[] = [[[0, 0]], [[0, 0], [1, 0], [0, 1]], [[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]]];

export function strokeThin(pen: Pen, path: Path2D, colour: string, width: number): void {
  const passes = SIDES[Math.min(SIDES.length, Math.max(1, Math.round(width))) - 1] as readonly (readonly [number, number])[];
  pen.lineWidth = 1;
  pen.strokeStyle = colour;
  for (const [dx, dy] of passes) {
    pen.setTransform(1, 0, 0, 1, dx, dy);
    pen.stroke(path);
  }
  pen.setTransform(1, 0, 0, 1, 0, 0);
}

/** Draws all trails, the oldest first. The pen works in device pixels. */
export function drawTrails(pen: Pen, places: Places, frame: Frame, listed: Uint32Array, count: number, now: number, theme: Theme, ratio: number): void {
  const paths = WIDTHS.map(() => new Path2D());
  trace(places, frame, listed, count, now, paths);
  const thin = count > THIN_FROM;
  for (let bucket = paths.length - 1; bucket >= 0; bucket--) {
    strokeThin(pen, paths[bucket] as Path2D, LOOKS[theme].trail[bucket] as string, thin ? 1 : (WIDTHS[bucket] as number) * ratio);
  }
}
