/** An outline or a line pasted as GeoJSON, WKT, or places one a line. Pure; what is wrong is said in words. */
import { toolWords } from "../strings/tools";
import { readPlace } from "./coordinates";
import type { LonLat } from "./geodesy";

export type PastedShape = "point" | "line" | "polygon";
export interface Pasted {
  shape: PastedShape;
  points: LonLat[]; // of a polygon without the closing corner
}
export const MOST_PASTED = 200_000; // characters are read up to here times fifty; corners up to here
const words = toolWords.paste;

/** Raises an Error in words for what is none of them, for holes and for several parts. */
export function pasted(text: string): Pasted {
  const trimmed = text.trim();
  const found = trimmed.startsWith("{") ? ofGeoJson(trimmed) : /^[a-z]/i.test(trimmed) && /[a-z]\s*(z|m|zm)?\s*\(/i.test(trimmed) ? ofWkt(trimmed) : ofLines(trimmed);
  if (found.points.length > MOST_PASTED) throw new Error(words.tooMany(found.points.length, MOST_PASTED));
  for (const [lon, lat] of found.points) {
    if (!Number.isFinite(lon) || !Number.isFinite(lat) || Math.abs(lon) > 360 || Math.abs(lat) > 90) throw new Error(words.outside(`${lon},${lat}`));
  }
  const least = { point: 1, line: 2, polygon: 3 }[found.shape];
  const points = found.shape === "polygon" ? open(found.points) : found.points;
  if (points.length < least) throw new Error(words.tooFew(least));
  return { shape: found.shape, points };
}

function open(points: LonLat[]): LonLat[] {
  const [first, last] = [points[0], points.at(-1)];
  return first && last && points.length > 3 && first[0] === last[0] && first[1] === last[1] ? points.slice(0, -1) : points;
}

function ofGeoJson(text: string): Pasted {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch (fault) {
    throw new Error(words.noJson(fault instanceof Error ? fault.message : String(fault)));
  }
  return ofGeometry(told);
}

function ofGeometry(told: unknown): Pasted {
  const one = told as { type?: unknown; geometry?: unknown; features?: unknown; geometries?: unknown; coordinates?: unknown } | null;
  if (one?.type === "Feature") return ofGeometry(one.geometry);
  const parts = one?.type === "FeatureCollection" ? one.features : one?.type === "GeometryCollection" ? one.geometries : null;
  if (parts !== null) {
    if (!Array.isArray(parts) || parts.length !== 1) throw new Error(words.several(Array.isArray(parts) ? parts.length : 0));
    return ofGeometry(parts[0]);
  }
  const held = one?.coordinates;
  if (one?.type === "Point") return { shape: "point", points: [position(held)] };
  if (one?.type === "LineString") return { shape: "line", points: positions(held) };
  if (one?.type === "Polygon") return { shape: "polygon", points: positions(onlyOne(held, words.holes)) };
  if (one?.type === "MultiPolygon") return { shape: "polygon", points: positions(onlyOne(onlyOne(held, words.several), words.holes)) };
  if (one?.type === "MultiLineString") return { shape: "line", points: positions(onlyOne(held, words.several)) };
  throw new Error(words.otherKind(String(one?.type)));
}

function onlyOne(held: unknown, otherwise: (n: number) => string): unknown {
  if (!Array.isArray(held) || held.length !== 1) throw new Error(otherwise(Array.isArray(held) ? held.length : 0));
  return held[0];
}

function positions(held: unknown): LonLat[] {
  if (!Array.isArray(held)) throw new Error(words.noNumbers);
  return held.map(position);
}

function position(held: unknown): LonLat {
  const [lon, lat] = Array.isArray(held) ? (held as unknown[]) : [];
  if (typeof lon !== "number" || typeof lat !== "number") throw new Error(words.noNumbers);
  return [lon, lat];
}

function ofWkt(text: string): Pasted {
  const found = /^(?:SRID=(\d+);)?\s*([A-Z]+)\s*(?:ZM|Z|M)?\s*\(([\s\S]*)\)\s*;?$/i.exec(text);
  const kind = found?.[2]?.toUpperCase() ?? "";
  if (!found) throw new Error(words.noWkt);
  if (found[1] !== undefined && found[1] !== "4326") throw new Error(words.srid(found[1]));
  const body = (found[3] ?? "").trim();
  if (kind === "POINT") return { shape: "point", points: wktPoints(body) };
  if (kind === "LINESTRING") return { shape: "line", points: wktPoints(body) };
  if (kind === "POLYGON") return { shape: "polygon", points: wktPoints(oneRing(body, words.holes)) };
  if (kind === "MULTIPOLYGON") return { shape: "polygon", points: wktPoints(oneRing(oneRing(body, words.several), words.holes)) };
  throw new Error(words.otherKind(kind));
}

/** What is inside the only pair of brackets. */
function oneRing(body: string, otherwise: (n: number) => string): string {
  let [depth, parts] = [0, 0];
  for (const letter of body) {
    if (letter === "(" && depth++ === 0) parts += 1;
    if (letter === ")") depth -= 1;
  }
  if (parts !== 1 || !body.startsWith("(") || !body.endsWith(")")) throw new Error(parts > 1 ? otherwise(parts) : words.noWkt);
  return body.slice(1, -1).trim();
}

function wktPoints(body: string): LonLat[] {
  return body.split(",").map((pair) => {
    const numbers = pair.trim().split(/\s+/).map(Number);
    if (numbers.length < 2 || numbers.some((one) => !Number.isFinite(one))) throw new Error(words.noPair(pair.trim().slice(0, 40)));
    return [numbers[0] as number, numbers[1] as number];
  });
}

/** One place a line: a polygon of three and more, a line of two. */
function ofLines(text: string): Pasted {
  const points = text.split(/[\n;]+/).filter((line) => line.trim() !== "").map((line): LonLat => {
    const place = readPlace(line);
    if (!place) throw new Error(words.noPlace(line.trim().slice(0, 40)));
    return place;
  });
  return { shape: points.length === 1 ? "point" : points.length === 2 ? "line" : "polygon", points };
}
