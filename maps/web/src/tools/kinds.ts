/** What can be drawn, in which shapes, with which fields, and the command that it becomes. Pure. */
import type { Hazard } from "../live/protocol";
import { timeOf } from "../commands/telling";
import { toolWords } from "../strings/tools";
import type { LonLat } from "./geodesy";
import { crossesDateLine, crossing, middle, normal, opened } from "./outline";

export type Shape = "point" | "circle" | "line" | "polygon";
export type FieldName = "name" | "radius" | "severity" | "speed" | "until" | "affects" | "notes" | "night" | "wires";
export interface Kind {
  id: string;
  shapes: readonly Shape[]; // the usual one first
  fields: readonly FieldName[];
  radius: string; // as the field begins
  affects: readonly string[];
}
export type Texts = Partial<Record<FieldName, string>>;
export interface Sketch {
  shape: Shape;
  points: LonLat[];
}

const ZONE: readonly FieldName[] = ["name", "radius", "until", "affects"];
export const KINDS: readonly Kind[] = [
  { id: "closure", shapes: ["circle", "line", "polygon"], fields: ZONE, radius: "50", affects: ["ground"] },
  { id: "bridge", shapes: ["circle", "polygon"], fields: ZONE, radius: "100", affects: ["ground"] },
  { id: "threat", shapes: ["circle", "polygon", "line"], fields: ["name", "radius", "severity", "until", "affects"], radius: "1000", affects: ["ground", "air", "foot"] },
  { id: "slow", shapes: ["line", "circle", "polygon"], fields: ["name", "radius", "speed", "until", "affects"], radius: "50", affects: ["ground"] },
  { id: "oneway", shapes: ["line"], fields: ZONE, radius: "30", affects: ["ground"] },
  { id: "weather", shapes: ["polygon", "circle"], fields: ZONE, radius: "5000", affects: ["ground", "air"] },
  { id: "incident", shapes: ["point"], fields: [], radius: "", affects: [] },
  { id: "landing", shapes: ["point"], fields: ["name", "radius", "wires", "night", "notes"], radius: "25", affects: [] },
];
export const kindOf = (id: string): Kind => KINDS.find((kind) => kind.id === id) ?? (KINDS[0] as Kind);
export const isHazard = (kind: Kind): boolean => kind.affects.length > 0;

export class Amiss extends Error {
  constructor(
    readonly field: FieldName | "",
    message: string,
  ) {
    super(message);
  }
}
const wrong = toolWords.wrong;
const LEAST: Record<Shape, number> = { point: 1, circle: 1, line: 2, polygon: 3 };

/** Raises Amiss in words when the sketch cannot be meant as it is. */
export function checkSketch({ shape, points }: Sketch): void {
  const corners = shape === "polygon" ? opened(points) : points;
  if (corners.length < LEAST[shape]) throw new Amiss("", wrong.few[shape] ?? "");
  const ring = shape === "polygon" ? [...corners, corners[0] as LonLat] : corners;
  if (crossesDateLine(ring)) throw new Amiss("", wrong.dateLine);
  if (corners.some(([, lat]) => Math.abs(lat) > 89.9)) throw new Amiss("", wrong.pole);
  const met = shape === "polygon" ? crossing(corners) : null;
  if (met) throw new Amiss("", wrong.crossing(met[0] + 1, met[1] + 1));
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6; // a tenth of a metre
const told = (points: readonly LonLat[]): [number, number][] => points.map(([lon, lat]) => [round(lon), round(lat)]);

/** The body of the report of a hazard; raises Amiss. */
export function hazardBody(kind: Kind, sketch: Sketch, texts: Texts, now: number): Record<string, unknown> {
  checkSketch(sketch);
  const points = normal(sketch.points);
  const corners = sketch.shape === "polygon" ? opened(points) : points;
  const [lon, lat] = sketch.shape === "circle" ? (points[0] as LonLat) : middle(corners);
  const affects = (texts.affects ?? "").split(",").filter((mode) => mode !== "");
  if (affects.length === 0) throw new Amiss("affects", wrong.affects);
  const body: Record<string, unknown> = { hazard_kind: kind.id, name: (texts.name ?? "").trim(), affects, lon: round(lon), lat: round(lat) };
  if (sketch.shape === "polygon") body["polygon"] = told(corners);
  else body["radius_m"] = number("radius", texts.radius, 1_000_000);
  if (sketch.shape === "line") body["line"] = told(corners);
  if (kind.fields.includes("severity") && (texts.severity ?? "").trim() !== "") body["severity"] = number("severity", texts.severity, 100, true);
  if (kind.fields.includes("speed")) body["speed_factor"] = number("speed", texts.speed ?? "50", 100) / 100;
  const until = untilOf(texts.until ?? "", now);
  if (until !== null) body["until"] = until;
  return body;
}

function number(field: "radius" | "severity" | "speed", text: string | undefined, most: number, zero = false): number {
  const value = Number((text ?? "").trim().replace(",", ".") || Number.NaN);
  if (!(value > 0 || (zero && value === 0)) || value > most) throw new Amiss(field, wrong[field]);
  return value;
}

function untilOf(text: string, now: number): string | null {
  if (text.trim() === "") return null;
  const at = timeOf(text, now, true);
  if (at === null || at <= now) throw new Amiss("until", wrong.until);
  return new Date(at).toISOString();
}

/** The body of a new landing site; raises Amiss. */
export function siteBody(sketch: Sketch, texts: Texts): Record<string, unknown> {
  checkSketch(sketch);
  const [lon, lat] = normal(sketch.points)[0] as LonLat;
  const name = (texts.name ?? "").trim();
  if (name === "") throw new Amiss("name", wrong.name);
  const body: Record<string, unknown> = { name, lon: round(lon), lat: round(lat) };
  if ((texts.radius ?? "").trim() !== "") body["radius_m"] = number("radius", texts.radius, 1_000_000);
  for (const [field, name_] of [["wires", "wires"], ["night", "by_night"]] as const) if (texts[field]) body[name_] = texts[field] === "yes";
  if ((texts.notes ?? "").trim() !== "") body["marking"] = texts.notes?.trim();
  return body;
}

/** A hazard as a sketch with its fields, to be changed. */
export function sketchOf(hazard: Hazard, now: number): { kind: Kind; sketch: Sketch; texts: Texts } {
  const kind = kindOf(hazard.kind);
  const { geometry } = hazard;
  const sketch: Sketch = geometry.type === "Polygon" ? { shape: "polygon", points: opened(geometry.coordinates[0] ?? []) } : geometry.type === "LineString" ? { shape: "line", points: [...geometry.coordinates] } : { shape: "circle", points: [geometry.coordinates] };
  const until = hazard.until === null ? Number.NaN : Date.parse(hazard.until);
  const texts: Texts = {
    name: hazard.name, radius: hazard.radius_m === null ? kind.radius : String(hazard.radius_m), severity: hazard.severity === null ? "" : String(hazard.severity),
    speed: hazard.speed_factor === null ? "" : String(Math.round(1000 * hazard.speed_factor) / 10), affects: hazard.affects.join(","),
    until: Number.isFinite(until) && until > now ? new Date(until).toISOString().slice(0, 16) + "Z" : "",
  };
  return { kind, sketch, texts };
}

/** The report that brings a hazard back as it was. */
export function bodyOf(hazard: Hazard): Record<string, unknown> {
  const { geometry } = hazard;
  const body: Record<string, unknown> = { id: hazard.id, hazard_kind: hazard.kind, name: hazard.name, affects: hazard.affects, lon: hazard.lon, lat: hazard.lat };
  if (geometry.type === "Polygon") body["polygon"] = opened(geometry.coordinates[0] ?? []);
  else body["radius_m"] = hazard.radius_m;
  if (geometry.type === "LineString") body["line"] = geometry.coordinates;
  if (hazard.kind === "threat" && hazard.severity !== null) body["severity"] = hazard.severity;
  if (["slow", "weather"].includes(hazard.kind) && hazard.speed_factor !== null) body["speed_factor"] = hazard.speed_factor;
  if (hazard.since !== null) body["since"] = hazard.since;
  if (hazard.until !== null) body["until"] = hazard.until;
  if (hazard.source !== "") body["source"] = hazard.source;
  return body;
}

/** The instant of the last word on a hazard that is known here: by it is known that somebody told more. */
export function lastWord(hazard: Hazard): string {
  const [told_, over] = [hazard.reported_at ?? "", hazard.lifted_at ?? ""];
  return Date.parse(over) > Date.parse(told_) ? over : told_;
}

/** Letters of the ids that the server mints, none of which is taken for another. */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export function hazardId(): string {
  return `H-${[...crypto.getRandomValues(new Uint8Array(6))].map((byte) => LETTERS[byte % LETTERS.length]).join("")}`;
}
