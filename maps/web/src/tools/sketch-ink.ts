/** How a drawing and its preview look on the map. */
import type { View } from "../map/asset-layer";
import { pixelsPerMetre } from "../map/asset-layer";
import { toolWords } from "../strings/tools";
import { laterWords } from "./draw-panel";
import type { LonLat } from "./geodesy";
import { ring } from "./geodesy";
import type { Brush } from "./ink";
import { cross, handle, stroke, words } from "./ink";
import type { Sketch } from "./kinds";
import type { PreviewAnswer } from "./preview";

export interface Drawn {
  sketch: Sketch;
  radius_m: number;
  pointer: LonLat | null;
  wrong: boolean;
}

export function paintSketch(brush: Brush, { sketch, radius_m, pointer, wrong }: Drawn): void {
  const { shape, points } = sketch;
  const tint = wrong ? "wrong" : "sketch";
  const [first] = points;
  if (shape === "circle" && first) {
    stroke(brush, ring(first, Math.max(1, radius_m)), tint, { closed: true, fill: 0.16 });
    handle(brush, first, tint, true);
  }
  if (shape === "point" && first) cross(brush, first, tint, 18);
  if (shape !== "line" && shape !== "polygon") return;
  const open = pointer && points.length > 0 ? [...points, pointer] : points;
  if (shape === "line") band(brush, points, radius_m, tint);
  if (open.length > 1) stroke(brush, open, tint, { dash: [7, 5], closed: shape === "polygon" && open.length > 2, fill: shape === "polygon" ? 0.14 : 0 });
  if (points.length > 1) stroke(brush, points, tint, { closed: shape === "polygon" && points.length > 2 });
  if (points.length <= 120) points.forEach((point, index) => handle(brush, point, tint, index === 0));
}

/** The width of a line on the ground, where it is wide enough to be seen. */
function band(brush: Brush, points: readonly LonLat[], metres: number, tint: "sketch" | "wrong"): void {
  const width = 2 * metres * pixelsPerMetre(brush.view as View);
  if (points.length < 2 || !(width > 4)) return;
  const { pen, xy, colour } = brush;
  pen.beginPath();
  points.forEach((point, index) => (index === 0 ? pen.moveTo(...xy(point)) : pen.lineTo(...xy(point))));
  [pen.lineWidth, pen.strokeStyle, pen.globalAlpha, pen.lineCap, pen.lineJoin] = [width, colour[tint], 0.22, "round", "round"];
  pen.stroke();
  pen.globalAlpha = 1;
}

/** The new ways dashed beside the old ones, with what they cost. */
export function paintPreview(brush: Brush, answer: PreviewAnswer): void {
  for (const chain of answer.changed) {
    for (const leg of chain.legs) stroke(brush, leg.path, "preview", { width: 3.5, dash: [9, 6] });
  }
  for (const chain of answer.changed) {
    const leg = chain.legs.find((one) => one.path.length > 1);
    const place = leg?.path[Math.floor(leg.path.length / 2)];
    if (place && chain.later_s !== null) words(brush, laterWords(chain.later_s), place, "preview", [0, -14]);
    else if (place) words(brush, toolWords.preview.blocked, place, "wrong", [0, -14]);
  }
}
