/** The military grid on a Canvas-2D of its own, between the ground and the assets. */
import type { Theme } from "../ui/theme";
import { TILE, type View } from "./asset-layer";
import { type Grid, gridOf, spanOf } from "./grid-lines";
import { FONTS, palette } from "./style";

const COARSE = 100_000; // at this step there are as many names as squares: they stay in the background

export class GridLayer {
  readonly canvas = document.createElement("canvas");
  private readonly pen: CanvasRenderingContext2D | null;
  private theme: Theme = "night";
  private shown = false;
  private view: View | null = null;

  constructor(above: HTMLElement) {
    this.canvas.className = "grid-canvas";
    this.canvas.setAttribute("aria-hidden", "true");
    above.before(this.canvas);
    this.pen = this.canvas.getContext("2d");
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.again();
  }

  show(shown: boolean): void {
    this.shown = shown;
    this.canvas.hidden = !shown;
    this.again();
  }

  paint(view: View): void {
    this.view = view;
    if (!this.shown || !this.pen) return;
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.pen.clearRect(0, 0, view.width, view.height);
    this.draw(this.pen, gridOf(view), view);
  }

  private again(): void {
    if (this.view) this.paint(this.view);
  }

  private draw(pen: CanvasRenderingContext2D, grid: Grid, view: View): void {
    const p = palette(this.theme);
    const at = continuous(view);
    pen.strokeStyle = p.grid;
    for (const { points, rank } of grid.lines) {
      pen.globalAlpha = [0.85, 0.7, 0.42][rank] ?? 0.4;
      pen.lineWidth = [2, 1.4, 0.8][rank] ?? 1;
      pen.setLineDash(rank === 0 ? [9, 4] : []);
      pen.beginPath();
      points.forEach(([lon, lat], index) => (index === 0 ? pen.moveTo(...at(lon, lat)) : pen.lineTo(...at(lon, lat))));
      pen.stroke();
    }
    pen.setLineDash([]);
    pen.globalAlpha = 1;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    const span = spanOf(view);
    const taken: [number, number, number][] = [];
    pen.globalAlpha = grid.step === COARSE ? 0.7 : 1;
    for (const word of grid.words) {
      const [x, y] = at(word.lon, Math.max(span.south, Math.min(span.north, word.lat)));
      const [left, top] = word.edge === "bottom" ? [x, view.height - 30] : word.edge === "left" ? [22, y] : [x, y];
      if (word.edge === "left" && (top < 40 || top > view.height - 44)) continue;
      if (word.edge === "bottom" && (left < 40 || left > view.width - 50)) continue;
      pen.font = `${word.rank === 2 ? "500 11px" : grid.step === COARSE ? "500 10.5px" : "650 13px"} ${FONTS.map((font) => (font.includes(" ") ? `"${font}"` : font)).join(", ")}`;
      const half = pen.measureText(word.text).width / 2 + 2;
      if (taken.some(([tx, ty, th]) => Math.abs(tx - left) < th + half && Math.abs(ty - top) < 14)) continue;
      taken.push([left, top, half]);
      pen.lineWidth = 3;
      pen.strokeStyle = p.halo;
      pen.fillStyle = p.grid;
      pen.strokeText(word.text, left, top);
      pen.fillText(word.text, left, top);
    }
    pen.globalAlpha = 1;
  }
}

/** Place -> CSS pixels without jumping at 180 degrees. */
function continuous(view: View): (lon: number, lat: number) => [number, number] {
  const world = TILE * 2 ** view.zoom;
  const y = (lat: number): number => 0.5 - Math.log(Math.tan(Math.PI / 4 + (Math.max(-85.05, Math.min(85.05, lat)) * Math.PI) / 360)) / (2 * Math.PI);
  const cy = y(view.lat);
  return (lon, lat) => [((lon - view.lon) / 360) * world + view.width / 2, (y(lat) - cy) * world + view.height / 2];
}
