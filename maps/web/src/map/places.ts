/**
 * Where everything stands, as plain numbers: heads and trails in Mercator (0..1), worked out anew only for what changed, then
 * screen pixels by one multiplication. Nothing is allocated for an asset while it moves. Pure.
 */
import type { View } from "./asset-layer";
import { TILE, mercX, mercY } from "./asset-layer";
import type { Asset } from "./scene";
import type { Fix } from "../live/fold";

export const TRAIL = 12; // fixes kept of each

const NO_TRAIL: readonly Fix[] = [];

export class Places {
  all: readonly Asset[] = [];
  /** Device pixels of each asset, good after `project`. */
  x = new Float64Array(0);
  y = new Float64Array(0);
  /** Trails: `TRAIL` places an asset, oldest first; `times` in ms. */
  trailX = new Float64Array(0);
  trailY = new Float64Array(0);
  times = new Float64Array(0);
  fixes = new Uint8Array(0);
  private mx = new Float64Array(0);
  private my = new Float64Array(0);
  private lon = new Float64Array(0);
  private lat = new Float64Array(0);
  private trails: (readonly Fix[])[] = [];
  private room = 0;

  /** The assets from now on. One that stands at the same index as before keeps what was worked out for it. */
  update(all: readonly Asset[]): void {
    if (all.length > this.room) this.grow(all.length);
    this.all = all;
    for (let i = 0; i < all.length; i++) {
      const asset = all[i] as Asset;
      this.head(i, asset.lon, asset.lat);
      this.trail(i, asset.kind === "vehicle" || asset.kind === "device" ? asset.trail : NO_TRAIL);
    }
    this.trails.length = all.length;
  }

  /** Screen places of all heads, in device pixels of a map that is neither turned nor tilted. */
  project(view: View, ratio: number): Frame {
    const frame = frameOf(view, ratio);
    for (let i = 0; i < this.all.length; i++) {
      let dx = (this.mx[i] as number) - frame.cx;
      dx -= Math.round(dx); // the nearest copy of the world
      this.x[i] = dx * frame.world + frame.left;
      this.y[i] = ((this.my[i] as number) - frame.cy) * frame.world + frame.top;
    }
    return frame;
  }

  private head(i: number, lon: number, lat: number): void {
    if (this.lon[i] === lon && this.lat[i] === lat) return;
    this.lon[i] = lon;
    this.lat[i] = lat;
    this.mx[i] = mercX(lon);
    this.my[i] = mercY(lat);
  }

  private trail(i: number, trail: readonly Fix[]): void {
    const known = this.trails[i];
    if (known === trail) return;
    this.trails[i] = trail;
    const count = Math.min(TRAIL, trail.length);
    const first = trail.length - count;
    const at = i * TRAIL;
    const kept = known ? carriedOver(known, trail) : -1;
    if (kept >= 0) this.shift(at, kept, count);
    for (let k = kept >= 0 ? count - 1 : 0; k < count; k++) this.put(at + k, trail[first + k] as Fix);
    this.fixes[i] = count;
  }

  /** One fix was added: what is kept moves down by `dropped`. */
  private shift(at: number, dropped: number, count: number): void {
    if (dropped === 0) return;
    for (const column of [this.trailX, this.trailY, this.times]) column.copyWithin(at, at + dropped, at + dropped + count - 1);
  }

  private put(at: number, fix: Fix): void {
    this.trailX[at] = mercX(fix[0]);
    this.trailY[at] = mercY(fix[1]);
    this.times[at] = fix[2];
  }

  private grow(least: number): void {
    const room = Math.max(64, Math.ceil(least * 1.5));
    const more = (old: Float64Array<ArrayBuffer>, each: number, fill = 0): Float64Array<ArrayBuffer> => {
      const next = new Float64Array(room * each).fill(fill);
      next.set(old);
      return next;
    };
    for (const name of ["x", "y", "mx", "my"] as const) this[name] = more(this[name], 1);
    for (const name of ["lon", "lat"] as const) this[name] = more(this[name], 1, Number.NaN);
    for (const name of ["trailX", "trailY", "times"] as const) this[name] = more(this[name], TRAIL);
    const fixes = new Uint8Array(room);
    fixes.set(this.fixes);
    this.fixes = fixes;
    this.room = room;
  }
}

/** What turns Mercator into device pixels. */
export interface Frame {
  cx: number;
  cy: number;
  world: number;
  left: number;
  top: number;
}

export function frameOf(view: View, ratio: number): Frame {
  return { cx: mercX(view.lon), cy: mercY(view.lat), world: TILE * 2 ** view.zoom * ratio, left: (view.width * ratio) / 2, top: (view.height * ratio) / 2 };
}

/** How many of the oldest fixes fell off when exactly one was added at the end; -1: the trail changed otherwise. */
export function carriedOver(before: readonly Fix[], after: readonly Fix[]): number {
  const count = after.length;
  if (count < 2 || count > TRAIL || before.length === 0 || before.length > TRAIL) return -1;
  const dropped = before.length + 1 - count;
  if (dropped !== 0 && dropped !== 1) return -1;
  return same(before[dropped], after[0]) && same(before.at(-1), after[count - 2]) ? dropped : -1;
}

const same = (a: Fix | undefined, b: Fix | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a[0] === b[0] && a[1] === b[1] && a[2] === b[2]);
