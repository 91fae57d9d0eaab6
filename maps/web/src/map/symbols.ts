/** The marks of our own: shape, letter or numeral, and colour always together; never colour alone. Sizes are CSS pixels. */
import type { Category } from "../live/protocol";
import type { Theme } from "../ui/theme";
import { LOOKS, categoryLook, themed } from "./look";

export type Pen = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export const CATEGORY_MARK: Record<Category, string> = { T1: "1", T2: "2", T3: "3", T4: "4", DEAD: "✝", UNKNOWN: "?" };

/** One letter says what a vehicle does. */
interface StateLook {
  letter: string;
  colour: string;
  ink: string;
}
const NO_STATE: StateLook = { letter: "•", colour: "#c7ced4", ink: "#101820" };
const STATE_LOOK: Record<string, StateLook> = {
  available: { letter: "A", colour: "#e9eef2", ink: "#101820" },
  tasked: { letter: "T", colour: "#8ec5ff", ink: "#05203b" },
  to_pickup: { letter: "P", colour: "#3f97f6", ink: "#001226" },
  on_scene: { letter: "S", colour: "#c9a2ff", ink: "#200a3d" },
  to_facility: { letter: "F", colour: "#ff9f5a", ink: "#2b1200" },
  out_of_service: { letter: "X", colour: "#3d464e", ink: "#ffffff" },
};
export const STATES = Object.keys(STATE_LOOK);

export const FONT = "'Inter Variable', system-ui, sans-serif";

/** Fills and outlines the current path in two tones, so that it stands out on light and dark ground. */
function finish(pen: Pen, theme: Theme, fill: string | CanvasPattern): void {
  const [outer, inner] = LOOKS[theme].edge;
  pen.lineJoin = "round";
  pen.lineWidth = 4.5;
  pen.strokeStyle = outer;
  pen.stroke();
  pen.lineWidth = 2;
  pen.strokeStyle = inner;
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

export function categorySymbol(pen: Pen, theme: Theme, category: Category, x: number, y: number, r: number): void {
  const [fill, ink] = categoryLook(theme, category);
  pen.beginPath();
  if (category === "T1" || category === "DEAD") pen.rect(x - r, y - r, 2 * r, 2 * r);
  else if (category === "T2") diamond(pen, x, y, r * 1.3);
  else pen.arc(x, y, r * 1.08, 0, 2 * Math.PI);
  finish(pen, theme, fill);
  if (category === "T4") {
    pen.fillStyle = LOOKS[theme].edge[0];
    pen.fillRect(x - r * 1.5, y - 1.5, r * 0.75, 3);
    pen.fillRect(x + r * 0.75, y - 1.5, r * 0.75, 3);
  }
  words(pen, CATEGORY_MARK[category], x, y, r * 1.35, ink, 800);
}

function diamond(pen: Pen, x: number, y: number, d: number): void {
  pen.moveTo(x, y - d);
  pen.lineTo(x + d, y);
  pen.lineTo(x, y + d);
  pen.lineTo(x - d, y);
  pen.closePath();
}

/** A tracker that belongs to no vehicle: a small disc. */
export function deviceSymbol(pen: Pen, theme: Theme, x: number, y: number): void {
  pen.beginPath();
  pen.arc(x, y, 5.5, 0, 2 * Math.PI);
  finish(pen, theme, themed(theme, NO_STATE.colour));
}

/** The letter of what a vehicle does, on the corner of its symbol. */
export function stateChip(pen: Pen, theme: Theme, state: string, x: number, y: number): void {
  const { letter, colour, ink } = themedState(theme, STATE_LOOK[state] ?? NO_STATE);
  pen.beginPath();
  pen.roundRect(x - 6, y - 6, 12, 12, 3);
  pen.lineWidth = 2.5;
  pen.strokeStyle = LOOKS[theme].edge[0];
  pen.stroke();
  pen.fillStyle = colour;
  pen.fill();
  words(pen, letter, x, y + 0.3, 10, ink, 800);
}

/** In red light the letter alone tells: dark on light, the other way round where a vehicle is out of service. */
function themedState(theme: Theme, look: StateLook): StateLook {
  if (theme !== "red") return look;
  const { badge: dark, badgeInk: light } = LOOKS.red;
  return look.letter === "X" ? { ...look, colour: dark, ink: light } : { ...look, colour: light, ink: dark };
}

/** The level of a facility, large enough to be read; dark where it can operate. */
export function levelChip(pen: Pen, theme: Theme, level: string, surgery: boolean, x: number, y: number): void {
  const half = 5 + 2.8 * level.length;
  pen.beginPath();
  pen.roundRect(x - half, y - 7.5, 2 * half, 15, 3);
  pen.lineWidth = 2.5;
  pen.strokeStyle = themed(theme, surgery ? "#ffffff" : "#05090d");
  pen.stroke();
  pen.fillStyle = themed(theme, surgery ? "#16324f" : "#f4f7f9");
  pen.fill();
  words(pen, level, x, y + 0.3, 12, themed(theme, surgery ? "#ffffff" : "#16324f"), 800);
}

/** Strikes what is there with diagonal strokes: it is stale. */
export function hatchOver(pen: Pen, theme: Theme, width: number, height: number): void {
  pen.save();
  pen.globalCompositeOperation = "source-atop"; // only where the mark is
  pen.globalAlpha = 0.75;
  pen.fillStyle = LOOKS[theme].stale;
  pen.fillRect(0, 0, width, height);
  pen.globalAlpha = 1;
  pen.strokeStyle = LOOKS[theme].staleHatch;
  pen.lineWidth = 1.3;
  pen.beginPath();
  for (let x = -height; x < width; x += 5) {
    pen.moveTo(x, height);
    pen.lineTo(x + height, 0);
  }
  pen.stroke();
  pen.restore();
}

/** A closed facility is struck through. */
export function closedStroke(pen: Pen, theme: Theme, x: number, y: number, w: number, h: number): void {
  for (const [width, colour] of [[6, LOOKS[theme].edge[1]], [3.2, themed(theme, theme === "red" ? "#111111" : "#d7263d")]] as const) {
    pen.beginPath();
    pen.moveTo(x - w, y + h);
    pen.lineTo(x + w, y - h);
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.stroke();
  }
}

const SITE_LETTER: Record<string, string> = { landing: "H" };

export function siteSymbol(pen: Pen, theme: Theme, kind: string, x: number, y: number): void {
  const [fill, edge, ink] = LOOKS[theme].site;
  pen.beginPath();
  pen.arc(x, y, 7.5, 0, 2 * Math.PI);
  pen.fillStyle = fill;
  pen.fill();
  pen.lineWidth = 1.5;
  pen.strokeStyle = edge;
  pen.stroke();
  words(pen, SITE_LETTER[kind] ?? "·", x, y, 10, ink);
}

/** A ring with four ticks: it stays readable round whatever else stands at the place. */
export function incidentSymbol(pen: Pen, theme: Theme, x: number, y: number): void {
  for (const [width, colour] of [[4.5, LOOKS[theme].edge[0]], [2.2, LOOKS[theme].incident]] as const) {
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.beginPath();
    pen.arc(x, y, 17, 0, 2 * Math.PI);
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
      pen.moveTo(x + 14 * dx, y + 14 * dy);
      pen.lineTo(x + 22 * dx, y + 22 * dy);
    }
    pen.stroke();
  }
}

/** Several marks in one: two rings and their number. */
export function clusterSymbol(pen: Pen, theme: Theme, count: number, x: number, y: number): void {
  const look = LOOKS[theme];
  pen.beginPath();
  pen.arc(x, y, 13.5, 0, 2 * Math.PI);
  finish(pen, theme, look.cluster);
  pen.beginPath();
  pen.arc(x, y, 10.5, 0, 2 * Math.PI);
  pen.lineWidth = 1;
  pen.strokeStyle = look.clusterInk;
  pen.stroke();
  const text = count > 9999 ? `${Math.round(count / 1000)}k` : `${count}`;
  words(pen, text, x, y, text.length > 3 ? 8 : text.length > 2 ? 10 : 12.5, look.clusterInk, 800);
}

export function badge(pen: Pen, theme: Theme, text: string, x: number, y: number): void {
  const look = LOOKS[theme];
  const half = Math.max(7.5, text.length * 3.2 + 3);
  pen.beginPath();
  pen.roundRect(x - half, y - 7.5, 2 * half, 15, 7.5);
  pen.fillStyle = look.badge;
  pen.fill();
  pen.lineWidth = 1;
  pen.strokeStyle = look.badgeInk;
  pen.stroke();
  words(pen, text, x, y, 10, look.badgeInk);
}
