/** Standard symbols on a canvas: which one an asset has, and how its parts are drawn. */
import type { Theme } from "../ui/theme";
import { themed } from "./look";
import type { Pen } from "./symbols";

export type StandardName =
  | "ambulance" | "armoured" | "helicopter" | "plane" | "drone" // vehicles
  | "hospital" | "facility" | "role1" | "role2" | "role3" | "role4" // treatment facilities
  | "collection" | "exchange" | "pickup"; // points of the rescue chain

/** One stroke or fill in milsymbol's units, where the place of the symbol is (100, 100). */
export interface StandardPart {
  path?: string;
  circle?: readonly [number, number, number];
  text?: readonly [string, number, number, number, boolean]; // words, x, y, size, in the middle of the line?
  move?: readonly [number, number, number]; // x, y, scale
  fill?: string;
  stroke?: string;
  width?: number;
}
export interface StandardSymbol {
  box: readonly [number, number, number, number];
  parts: readonly StandardPart[];
}

/** The symbol of a vehicle by its kind and profile. */
export function vehicleSymbol(kind: string, profile: string): StandardName {
  if (kind === "air") return /wing|plane/i.test(profile) ? "plane" : /uav|drone|unmanned/i.test(profile) ? "drone" : "helicopter";
  return /armou?r|apc/i.test(profile) ? "armoured" : "ambulance";
}

/** The symbol of a facility by its level, as it is written: `L2`, `Role 3`, `hospital`. */
export function facilityLevelSymbol(level: string): StandardName {
  const role = /[1-4]/.exec(level)?.[0];
  if (role) return `role${role}` as StandardName;
  return /hosp/i.test(level) ? "hospital" : "facility";
}

const CENTRE = 100;

/** Draws a symbol with its place at (x, y); `scale` is pixels a milsymbol unit. `lines` leaves the coloured ground out. */
export function drawStandard(pen: Pen, symbol: StandardSymbol, theme: Theme, x: number, y: number, scale: number, lines = false): void {
  pen.save();
  pen.translate(x - CENTRE * scale, y - CENTRE * scale);
  pen.scale(scale, scale);
  for (const part of symbol.parts) drawPart(pen, lines && part.fill !== "black" ? withoutFill(part) : part, theme);
  pen.restore();
}

function withoutFill({ fill: _, ...part }: StandardPart): StandardPart {
  return part;
}

function drawPart(pen: Pen, part: StandardPart, theme: Theme): void {
  pen.save();
  if (part.move) {
    pen.translate(part.move[0], part.move[1]);
    pen.scale(part.move[2], part.move[2]);
  }
  if (part.fill) pen.fillStyle = themed(theme, part.fill);
  if (part.stroke) pen.strokeStyle = themed(theme, part.stroke);
  pen.lineWidth = part.width ?? 1;
  pen.lineJoin = pen.lineCap = "round";
  if (part.text) write(pen, part.text);
  else trace(pen, part);
  pen.restore();
}

function trace(pen: Pen, part: StandardPart): void {
  const path = new Path2D(part.path);
  if (part.circle) path.arc(...part.circle, 0, 2 * Math.PI);
  if (part.fill) pen.fill(path);
  if (part.stroke) pen.stroke(path);
}

function write(pen: Pen, [words, x, y, size, middle]: NonNullable<StandardPart["text"]>): void {
  pen.font = `bold ${size}px Arial, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = middle ? "middle" : "bottom";
  pen.fillText(words, x, y);
}
