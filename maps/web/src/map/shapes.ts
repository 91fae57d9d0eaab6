/** The basemap's own format: rings as delta-coded whole numbers of `step` degrees. Pure; shared with the build. */
import type { Feature, FeatureCollection, MultiLineString, MultiPolygon, Point, Position } from "geojson";

export interface CellShapes {
  step: number;
  land: number[][][];
  coast?: number[][]; // absent: the edge of the land, which was cut nowhere; empty: inland
  borders: number[][];
}
/** name, lon, lat, size in square degrees; largest first */
export type Name = [string, number, number, number];
export interface Overview {
  cellDegrees: number;
  cells: string[];
  names: Name[];
}

/** `[x0, y0, dx1, dy1, ..]` in steps; repeated points are left out. */
export function encodeRing(ring: Position[], step: number): number[] {
  const out: number[] = [];
  let [px, py] = [0, 0];
  for (const [lon, lat] of ring) {
    const [x, y] = [Math.round((lon as number) / step), Math.round((lat as number) / step)];
    if (out.length > 0 && x === px && y === py) continue;
    out.push(x - px, y - py);
    [px, py] = [x, y];
  }
  return out;
}

/** The reverse of `encodeRing`: `[lon, lat]` pairs. */
export function decodeRing(deltas: number[], step: number): Position[] {
  const ring: Position[] = [];
  let [x, y] = [0, 0];
  for (let i = 0; i + 1 < deltas.length; i += 2) {
    x += deltas[i] as number;
    y += deltas[i + 1] as number;
    ring.push([x * step, y * step]);
  }
  return ring;
}

export interface Layers {
  land: Feature<MultiPolygon>;
  coast: Feature<MultiLineString>;
  borders: Feature<MultiLineString>;
}

/** A cell (or the world) as GeoJSON for MapLibre. */
export function layersOf(shapes: CellShapes): Layers {
  const ring = (deltas: number[]): Position[] => decodeRing(deltas, shapes.step);
  const lines = (many: number[][]): Feature<MultiLineString> => ({
    type: "Feature",
    properties: {},
    geometry: { type: "MultiLineString", coordinates: many.map(ring) },
  });
  const land: Feature<MultiPolygon> = {
    type: "Feature",
    properties: {},
    geometry: { type: "MultiPolygon", coordinates: shapes.land.map((rings) => rings.map(ring)) },
  };
  return { land, coast: lines(shapes.coast ?? shapes.land.flat()), borders: lines(shapes.borders) };
}

/** Country names as points. */
export function namePoints(names: Name[]): FeatureCollection<Point> {
  return {
    type: "FeatureCollection",
    features: names.map(([name, lon, lat, size]) => ({
      type: "Feature",
      properties: { name, size },
      geometry: { type: "Point", coordinates: [lon, lat] },
    })),
  };
}

/** Names of the cells that a view box touches, among those that exist. */
export function cellsIn(box: { west: number; south: number; east: number; north: number }, known: ReadonlySet<string>, degrees: number): string[] {
  const found: string[] = [];
  const low = (v: number): number => Math.floor(v / degrees) * degrees;
  for (let x = low(box.west); x < box.east; x += degrees) {
    for (let y = low(box.south); y < box.north; y += degrees) {
      const name = `${((((x + 180) % 360) + 360) % 360) - 180}_${y}`;
      if (known.has(name)) found.push(name);
    }
  }
  return found;
}
