/** A canvas over the assets for what is not stored: sketches, marks, rings, previews. */
import type { View } from "../map/asset-layer";
import { projector } from "../map/asset-layer";
import { el } from "../ui/dom";
import { shownTheme } from "../ui/theme";
import type { LonLat } from "./geodesy";

export interface Brush {
  pen: CanvasRenderingContext2D;
  xy(point: LonLat): [number, number];
  view: View;
  colour: Record<Tint, string>;
}
export type Tint = "sketch" | "wrong" | "preview" | "ring" | "mark" | "halo" | "ink";
export type Painter = (brush: Brush) => void;

const NIGHT: Record<Tint, string> = { sketch: "#ff9f5a", wrong: "#ff5c6e", preview: "#ffe066", ring: "#9fd0ff", mark: "#ffe066", halo: "rgba(5,9,13,.92)", ink: "#f2f6f9" };
const DAY: Record<Tint, string> = { sketch: "#a83a00", wrong: "#b00020", preview: "#7a3b00", ring: "#0b4f96", mark: "#7a3b00", halo: "rgba(255,255,255,.94)", ink: "#0c1822" };
const RED: Record<Tint, string> = { sketch: "#ff6a5a", wrong: "#ff2a2a", preview: "#ff9a8a", ring: "#e06a5a", mark: "#ff9a8a", halo: "rgba(5,0,0,.95)", ink: "#ff8a7a" };
const FONT = '650 12.5px "Inter Variable", system-ui, sans-serif';

export class Ink {
  readonly canvas = el("canvas", { class: "ink-canvas", "aria-hidden": "true" });
  private readonly painters = new Set<Painter>();
  private view: View | null = null;
  private waiting = false;

  add(painter: Painter): void {
    this.painters.add(painter);
    this.refresh();
  }

  remove(painter: Painter): void {
    this.painters.delete(painter);
    this.refresh();
  }

  frame(view: View): void {
    this.view = view;
    this.paint();
  }

  /** Paints again with the next frame of the screen. */
  refresh(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.paint();
    });
  }

  private paint(): void {
    const { view, canvas } = this;
    canvas.hidden = this.painters.size === 0; // an empty one costs as much in each frame as a full one
    const pen = view && canvas.getContext("2d");
    if (!pen) return;
    const ratio = devicePixelRatio || 1;
    const [w, h] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, view.width, view.height);
    if (this.painters.size === 0) return;
    const colour = { night: NIGHT, day: DAY, red: RED }[shownTheme()];
    const project = projector(view);
    const brush: Brush = { pen, view, colour, xy: ([lon, lat]) => project(lon, lat) };
    for (const painter of this.painters) {
      pen.save();
      painter(brush);
      pen.restore();
    }
  }
}

/** A line with a casing, so that it is seen on any ground. */
export function stroke({ pen, xy, colour }: Brush, points: readonly LonLat[], tint: Tint, look: { width?: number; dash?: number[]; closed?: boolean; fill?: number } = {}): void {
  if (points.length < 2) return;
  pen.beginPath();
  points.forEach((point, index) => (index === 0 ? pen.moveTo(...xy(point)) : pen.lineTo(...xy(point))));
  if (look.closed) pen.closePath();
  if (look.fill) {
    pen.globalAlpha = look.fill;
    pen.fillStyle = colour[tint];
    pen.fill("nonzero");
    pen.globalAlpha = 1;
  }
  pen.lineJoin = "round";
  pen.setLineDash([]);
  pen.lineWidth = (look.width ?? 2.5) + 2.5;
  pen.strokeStyle = colour.halo;
  pen.stroke();
  pen.setLineDash(look.dash ?? []);
  pen.lineWidth = look.width ?? 2.5;
  pen.strokeStyle = colour[tint];
  pen.stroke();
  pen.setLineDash([]);
}

/** A corner that can be pulled; the strong one is the first. */
export function handle({ pen, xy, colour }: Brush, point: LonLat, tint: Tint, strong = false): void {
  const [x, y] = xy(point);
  pen.beginPath();
  pen.arc(x, y, strong ? 6.5 : 5, 0, 2 * Math.PI);
  pen.fillStyle = strong ? colour[tint] : colour.ink;
  pen.fill();
  pen.lineWidth = 2;
  pen.strokeStyle = colour.halo;
  pen.stroke();
}

export function words({ pen, xy, colour }: Brush, text: string, point: LonLat, tint: Tint = "ink", offset: [number, number] = [0, -12]): void {
  if (text === "") return;
  const [x, y] = xy(point);
  pen.font = FONT;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = colour.halo;
  pen.fillStyle = colour[tint];
  pen.strokeText(text, x + offset[0], y + offset[1]);
  pen.fillText(text, x + offset[0], y + offset[1]);
}

/** A cross with a gap in the middle. */
export function cross({ pen, xy, colour }: Brush, point: LonLat, tint: Tint, size = 16): void {
  const [x, y] = xy(point);
  for (const [width, tone] of [[4.5, colour.halo], [2.2, colour[tint]]] as const) {
    pen.lineWidth = width;
    pen.strokeStyle = tone;
    pen.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
      pen.moveTo(x + 4 * dx, y + 4 * dy);
      pen.lineTo(x + size * dx, y + size * dy);
    }
    pen.stroke();
  }
}
