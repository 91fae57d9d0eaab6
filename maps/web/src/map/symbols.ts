/** The drawn symbols: shape, letter or numeral, and colour always together; never colour alone. */
import type { Category } from "../live/protocol";

export type Pen = CanvasRenderingContext2D;

export const CATEGORY_COLOUR: Record<Category, string> = {
  T1: "#d7263d",
  T2: "#ffd23f",
  T3: "#2ec4b6",
  T4: "#5b5f97",
  DEAD: "#111111",
  UNKNOWN: "#ffffff",
};
export const CATEGORY_INK: Record<Category, string> = {
  T1: "#ffffff",
  T2: "#1a1400",
  T3: "#00201d",
  T4: "#ffffff",
  DEAD: "#ffffff",
  UNKNOWN: "#111111",
};
export const CATEGORY_MARK: Record<Category, string> = { T1: "1", T2: "2", T3: "3", T4: "4", DEAD: "✝", UNKNOWN: "?" };

/** One letter says what a vehicle does. */
const STATE_LOOK: Record<string, { letter: string; colour: string; ink: string }> = {
  available: { letter: "A", colour: "#e9eef2", ink: "#101820" },
  tasked: { letter: "T", colour: "#8ec5ff", ink: "#05203b" },
  to_pickup: { letter: "P", colour: "#3f97f6", ink: "#ffffff" },
  on_scene: { letter: "S", colour: "#c9a2ff", ink: "#200a3d" },
  to_facility: { letter: "F", colour: "#ff9f5a", ink: "#2b1200" },
  out_of_service: { letter: "X", colour: "#6b7580", ink: "#ffffff" },
};
const NO_STATE = { letter: "•", colour: "#c7ced4", ink: "#101820" };
export const stateLook = (state: string): { letter: string; colour: string; ink: string } => STATE_LOOK[state] ?? NO_STATE;

export const FONT = "'Inter Variable', system-ui, sans-serif";

/** Fills and outlines the current path in two tones, so that it stands out on light and dark ground. */
function finish(pen: Pen, fill: string | CanvasPattern): void {
  pen.lineJoin = "round";
  pen.lineWidth = 4.5;
  pen.strokeStyle = "#05090d";
  pen.stroke();
  pen.lineWidth = 2;
  pen.strokeStyle = "#ffffff";
  pen.stroke();
  pen.fillStyle = fill;
  pen.fill();
}

export function words(pen: Pen, text: string, x: number, y: number, size: number, ink: string, weight = 700): void {
  pen.font = `${weight} ${size}px ${FONT}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = ink;
  pen.fillText(text, x, y + size * 0.04);
}

export function categorySymbol(pen: Pen, category: Category, x: number, y: number, r: number): void {
  pen.beginPath();
  if (category === "T1" || category === "DEAD") pen.rect(x - r, y - r, 2 * r, 2 * r);
  else if (category === "T2") {
    const d = r * 1.3;
    pen.moveTo(x, y - d);
    pen.lineTo(x + d, y);
    pen.lineTo(x, y + d);
    pen.lineTo(x - d, y);
    pen.closePath();
  } else pen.arc(x, y, r * 1.08, 0, 2 * Math.PI);
  finish(pen, CATEGORY_COLOUR[category]);
  if (category === "T4") {
    pen.fillStyle = "#05090d";
    pen.fillRect(x - r * 1.5, y - 1.5, r * 0.75, 3);
    pen.fillRect(x + r * 0.75, y - 1.5, r * 0.75, 3);
  }
  words(pen, CATEGORY_MARK[category], x, y, r * 1.35, CATEGORY_INK[category], 800);
}

export interface MoverLook {
  air: boolean;
  device: boolean;
  state: string;
  stale: boolean;
  course: number | null; // null: not known to be moving
  hatch: CanvasPattern | null;
}

/** A vehicle (rounded square), aircraft (disc with rotor) or bare device (small disc); the tick outside points along its course. */
export function moverSymbol(pen: Pen, look: MoverLook, x: number, y: number): void {
  const { letter, colour, ink } = stateLook(look.state);
  const r = look.device ? 6 : 9;
  if (look.course !== null) courseTick(pen, x, y, r + 4, look.course);
  if (look.air) rotor(pen, x, y, r + 7);
  pen.beginPath();
  if (look.air || look.device) pen.arc(x, y, r, 0, 2 * Math.PI);
  else pen.roundRect(x - r, y - r, 2 * r, 2 * r, 4);
  finish(pen, look.stale ? "#9aa3ab" : colour);
  if (look.stale && look.hatch) {
    pen.fillStyle = look.hatch;
    pen.fill();
  }
  if (!look.device) words(pen, letter, x, y, 12, look.stale ? "#10161c" : ink, 800);
}

function courseTick(pen: Pen, x: number, y: number, r: number, course: number): void {
  const turn = ((course - 90) * Math.PI) / 180;
  const point = (radius: number, angle: number): [number, number] => [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  pen.beginPath();
  pen.moveTo(...point(r + 8, turn));
  pen.lineTo(...point(r, turn + 0.55));
  pen.lineTo(...point(r, turn - 0.55));
  pen.closePath();
  finish(pen, "#ffffff");
}

function rotor(pen: Pen, x: number, y: number, r: number): void {
  for (const [width, colour] of [[5, "#05090d"], [2.2, "#ffffff"]] as const) {
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.lineCap = "round";
    pen.beginPath();
    for (const turn of [Math.PI / 4, (3 * Math.PI) / 4]) {
      pen.moveTo(x - r * Math.cos(turn), y - r * Math.sin(turn));
      pen.lineTo(x + r * Math.cos(turn), y + r * Math.sin(turn));
    }
    pen.stroke();
  }
  pen.lineCap = "butt";
}

/** A treatment facility: box with a cross bar on top and its level; dark when it can operate, struck through when closed. */
export function facilitySymbol(pen: Pen, level: string, surgery: boolean, open: boolean, x: number, y: number): void {
  const [w, h] = [12, 10];
  pen.beginPath();
  pen.roundRect(x - w, y - h, 2 * w, 2 * h, 2);
  finish(pen, surgery ? "#16324f" : "#f4f7f9");
  words(pen, level.slice(0, 3) || "+", x, y + 0.5, level.length > 2 ? 10 : 13, surgery ? "#ffffff" : "#16324f", 800);
  if (!open) {
    pen.beginPath();
    pen.moveTo(x - w, y + h);
    pen.lineTo(x + w, y - h);
    pen.lineWidth = 3;
    pen.strokeStyle = "#d7263d";
    pen.stroke();
  }
}

const SITE_LETTER: Record<string, string> = { landing: "H", exchange: "X", collection: "C" };

export function siteSymbol(pen: Pen, kind: string, x: number, y: number, night: boolean): void {
  pen.beginPath();
  pen.arc(x, y, 7, 0, 2 * Math.PI);
  pen.fillStyle = night ? "#1d2a35" : "#ffffff";
  pen.fill();
  pen.lineWidth = 1.5;
  pen.strokeStyle = night ? "#9fb4c4" : "#3c5263";
  pen.stroke();
  words(pen, SITE_LETTER[kind] ?? "·", x, y, 9, night ? "#c9d9e4" : "#22394b");
}

/** A pattern of diagonal strokes for what is stale. */
export function hatchPattern(pen: Pen): CanvasPattern | null {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const ink = tile.getContext("2d");
  if (!ink) return null;
  ink.strokeStyle = "rgba(20,28,36,.75)";
  ink.lineWidth = 1.5;
  ink.beginPath();
  for (const shift of [-6, 0, 6]) {
    ink.moveTo(shift, 6);
    ink.lineTo(shift + 6, 0);
  }
  ink.stroke();
  return pen.createPattern(tile, "repeat");
}
