/**
 * Below a scale at which symbols cover each other, those of one cell become one mark. Cells are fixed to the ground and to whole
 * zoom steps, so that marks do not dance while the map is dragged. Pure.
 */
import type { Category } from "../live/protocol";
import type { Asset, Mover } from "./scene";
import { worst } from "./scene";

export const CLUSTER_BELOW_ZOOM = 8;
const CELL_PX = 48;
/** Idle means share a mark from two on; casualties, incidents and what is under way keep their own until so many crowd a cell. */
const CROWD = 4;

export interface Group {
  members: number[]; // indices of assets
  worst: Category | null;
  incident: boolean; // is there an open request among them?
  x: number; // middle of the members, in the unit of the places given
  y: number;
}

/** The size of a cell in device pixels; it grows with the map until the next whole zoom step. */
export const cellPixels = (zoom: number, ratio: number): number => CELL_PX * ratio * 2 ** (zoom - Math.floor(zoom));

/** What may join a cluster at all, and what only in a crowd. */
export function joins(asset: Asset): "freely" | "crowded" | "never" {
  if (asset.kind === "device") return "freely";
  if (asset.kind === "vehicle") return idle(asset) ? "freely" : "crowded";
  return asset.kind === "casualty" || asset.kind === "request" ? "crowded" : "never";
}

const idle = (asset: Mover): boolean => asset.aboard.length === 0 && (asset.state === "available" || asset.state === "out_of_service" || asset.state === "");

/** Groups the listed assets by cells of `size`; those that stay alone are put into `single`, whose number is returned with the groups. */
export function clustered(
  all: readonly Asset[], x: Float64Array, y: Float64Array, listed: Uint32Array, count: number, size: number, origin: readonly [number, number],
  kept: (asset: Asset) => boolean, single: Uint32Array,
): { groups: Group[]; singles: number } {
  const cells = new Map<number, number[]>();
  let singles = 0;
  for (let n = 0; n < count; n++) {
    const i = listed[n] as number;
    const asset = all[i] as Asset;
    if (joins(asset) === "never" || kept(asset)) {
      single[singles++] = i;
      continue;
    }
    const cell = Math.floor(((x[i] as number) - origin[0]) / size) * 0x200000 + Math.floor(((y[i] as number) - origin[1]) / size);
    const members = cells.get(cell);
    if (members) members.push(i);
    else cells.set(cell, [i]);
  }
  const groups: Group[] = [];
  for (const members of cells.values()) {
    const crowd = members.length >= CROWD;
    const joining = crowd ? members : members.filter((i) => joins(all[i] as Asset) === "freely");
    if (joining.length > 1) groups.push(group(all, x, y, joining));
    if (joining.length > 1 && crowd) continue;
    for (const i of members) if (joining.length < 2 || joins(all[i] as Asset) !== "freely") single[singles++] = i;
  }
  single.subarray(0, singles).sort(); // the order of drawing
  return { groups, singles };
}

function group(all: readonly Asset[], x: Float64Array, y: Float64Array, members: number[]): Group {
  let [sx, sy] = [0, 0];
  let gravest: Category | null = null;
  for (const i of members) {
    sx += x[i] as number;
    sy += y[i] as number;
    gravest = worst(gravest, all[i] as Asset);
  }
  const incident = members.some((i) => (all[i] as Asset).kind === "request");
  return { members, worst: gravest, incident, x: sx / members.length, y: sy / members.length };
}
