/** Shapes of the world as paths for a Canvas-2D: GeoJSON in the unit square of Web Mercator. */
import type { GeoJSON, Geometry, Position } from "geojson";
import { mercX, mercY } from "./asset-layer";

/** Steps of the path across the world: Canvas keeps few digits of small numbers. */
export const UNIT = 1 << 16;

export interface WorldPath {
  path: Path2D;
  told: Record<string, unknown>;
  kind: "line" | "area";
  west: number; // in UNIT steps
  east: number;
  north: number;
  south: number;
}

/** Lines and areas of a collection; points are left out. */
export function worldPaths(data: GeoJSON): WorldPath[] {
  if (data.type === "FeatureCollection") return data.features.flatMap(worldPaths);
  if (data.type !== "Feature") return [];
  const rings = ringsOf(data.geometry);
  return rings.length === 0 ? [] : [pathOf(rings, data.geometry.type.includes("Polygon"), data.properties ?? {})];
}

function ringsOf(shape: Geometry): Position[][] {
  if (shape.type === "LineString") return [shape.coordinates];
  if (shape.type === "MultiLineString" || shape.type === "Polygon") return shape.coordinates;
  return shape.type === "MultiPolygon" ? shape.coordinates.flat() : [];
}

function pathOf(rings: Position[][], closed: boolean, told: Record<string, unknown>): WorldPath {
  const path = new Path2D();
  const box = { west: Infinity, east: -Infinity, north: Infinity, south: -Infinity };
  for (const ring of rings) {
    ring.forEach(([lon, lat], index) => {
      const [x, y] = [mercX(lon as number) * UNIT, mercY(lat as number) * UNIT];
      if (index === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
      [box.west, box.east] = [Math.min(box.west, x), Math.max(box.east, x)];
      [box.north, box.south] = [Math.min(box.north, y), Math.max(box.south, y)];
    });
    if (closed) path.closePath();
  }
  return { path, told, kind: closed ? "area" : "line", ...box };
}
