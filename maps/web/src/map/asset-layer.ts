/** The interface between the page and whatever draws the live assets; a GPU layer can take this one's place. */
import type { Theme } from "../ui/theme";
import type { Asset, AssetKind, AssetRef } from "./scene";

export interface View {
  lon: number; // centre
  lat: number;
  zoom: number;
  width: number; // CSS pixels
  height: number;
}

export interface Town {
  name: string;
  lon: number;
  lat: number;
}

export interface PaintedAsset {
  key: string;
  kind: AssetKind;
  id: string;
  label: string;
  x: number; // CSS pixels from the top left corner of the map
  y: number;
  stale: boolean;
}

/** Marks that would cover each other, drawn as one: how many, and the box they stand in. */
export interface Cluster {
  count: number;
  west: number;
  south: number;
  east: number;
  north: number;
}

export interface AssetLayer {
  /** The assets from now on; `now` is server time in ms, for ages. */
  show(assets: readonly Asset[], now: number): void;
  /** Names of towns, written where nothing more important is. */
  towns(towns: readonly Town[]): void;
  select(ref: AssetRef | null): void;
  hover(ref: AssetRef | null): void;
  theme(theme: Theme): void;
  /** Paints for this view at once, inside the map's own frame; nothing to do where nothing changed. */
  paint(view: View): void;
  /** The asset under a point of the map, or null; `reach` in CSS pixels, a finger needs more than a mouse. */
  pick(x: number, y: number, reach?: number): AssetRef | null;
  /** The cluster under a point of the map, or null. */
  clusterAt(x: number, y: number, reach?: number): Cluster | null;
  /** The asset after (1) or before (-1) this one in reading order of what is in view, for the keyboard. */
  neighbour(ref: AssetRef | null, step: 1 | -1): AssetRef | null;
  /** What was painted last, for tests and for the curious. */
  assets(): PaintedAsset[];
}

export const TILE = 512; // MapLibre's world at zoom 0

export const mercX = (lon: number): number => (lon + 180) / 360;
export const mercY = (lat: number): number => {
  const clamped = Math.max(-85.05, Math.min(85.05, lat));
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + (clamped * Math.PI) / 360)) / (2 * Math.PI);
};

/** Web Mercator for a map that is neither turned nor tilted: place -> CSS pixels, the nearest copy of the world. */
export function projector(view: View): (lon: number, lat: number) => [number, number] {
  const world = TILE * 2 ** view.zoom;
  const [cx, cy] = [mercX(view.lon), mercY(view.lat)];
  return (lon, lat) => {
    let dx = mercX(lon) - cx;
    dx -= Math.round(dx);
    return [dx * world + view.width / 2, (mercY(lat) - cy) * world + view.height / 2];
  };
}

/** CSS pixels of one metre at the view's centre. */
export function pixelsPerMetre(view: View): number {
  return (TILE * 2 ** view.zoom) / (40_075_016.686 * Math.cos((view.lat * Math.PI) / 180));
}
