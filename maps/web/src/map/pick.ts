/** What stands under a point: an index over screen places, made when it is first asked for. Pure. */
import KDBush from "kdbush";
import type { AssetKind } from "./scene";

/** What is chosen where marks lie on each other: the casualty before the vehicle before the facility. */
export const RANK: Record<AssetKind, number> = { casualty: 0, vehicle: 1, request: 2, device: 3, team: 4, facility: 5, site: 6, hazard: 7 };
const ON_IT = 9; // pixels: as near as this the pointer is on the mark, and rank decides

export class Picker {
  private index: KDBush | null = null;
  private readonly xs: number[] = [];
  private readonly ys: number[] = [];
  private readonly owners: number[] = [];

  clear(): void {
    this.index = null;
    this.xs.length = this.ys.length = this.owners.length = 0;
  }

  /** One asset may be had at more than one point. */
  add(owner: number, x: number, y: number): void {
    this.xs.push(x);
    this.ys.push(y);
    this.owners.push(owner);
  }

  /** The owner to take within `reach` of a point, or -1: on the mark by rank, then by distance; beside it the nearest. */
  at(x: number, y: number, reach: number, scale: number, rankOf: (owner: number) => number): number {
    let [best, bestScore] = [-1, Number.POSITIVE_INFINITY];
    for (const n of this.built().within(x, y, reach * scale)) {
      const distance = Math.hypot((this.xs[n] as number) - x, (this.ys[n] as number) - y) / scale;
      const owner = this.owners[n] as number;
      const score = distance <= ON_IT ? rankOf(owner) + distance / 100 : 100 + distance + rankOf(owner);
      if (score < bestScore) [best, bestScore] = [owner, score];
    }
    return best;
  }

  private built(): KDBush {
    if (this.index) return this.index;
    const index = new KDBush(this.xs.length, 64, Float32Array);
    for (let n = 0; n < this.xs.length; n++) index.add(this.xs[n] as number, this.ys[n] as number);
    this.index = index.finish();
    return this.index;
  }
}

/** Indices in reading order: rows of some height from the top, each from the left. */
export function readingOrder(listed: readonly number[], x: Float64Array, y: Float64Array, row: number): number[] {
  const line = (i: number): number => Math.floor((y[i] as number) / row);
  return [...listed].sort((a, b) => line(a) - line(b) || (x[a] as number) - (x[b] as number) || a - b);
}
