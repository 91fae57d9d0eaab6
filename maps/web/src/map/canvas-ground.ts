/** The ground without WebGL: land, the network's tiles, ways and hazards painted on a Canvas-2D. */
import type { FeatureCollection, GeoJSON } from "geojson";
import type { Map as MapLibre } from "maplibre-gl";
import type { Theme } from "../ui/theme";
import type { View } from "./asset-layer";
import { CanvasMap } from "./canvas-map";
import { EXTENT, type Label, type Stroke, TileStore } from "./canvas-tiles";
import { TILE, mercX, mercY } from "./asset-layer";
import { UNIT, type WorldPath, worldPaths } from "./canvas-world";
import { type Basemap, type Ground, type GroundSetting, type Look, WHOLE } from "./ground";
import { FONTS, type Palette, palette } from "./style";

const LEAST_ZOOM = 3;
const FONT = FONTS.map((font) => (font.includes(" ") ? `"${font}"` : font)).join(", ");
const ORDER = ["wood", "built", "wetland", "water", "stream", "river", "walked", "shut", "unpaved", "minor", "unpaved-major", "major", "estimated", "closed", "ford", "ferry", "limited"];
const DASHES: Record<string, number[]> = { walked: [2, 2.5], shut: [1.2, 4], unpaved: [8, 3], "unpaved-major": [11, 3], estimated: [9, 6], closed: [2, 5], ford: [2, 3], ferry: [8, 4, 2, 4] };
const AREAS = ["wood", "built", "wetland", "water"];
const GROUP: Record<string, keyof Look["shown"]> = { wood: "land", built: "land", wetland: "land", water: "water", stream: "water", river: "water" };

export class CanvasGround implements Ground {
  readonly map: MapLibre;
  private readonly canvasMap: CanvasMap;
  private readonly sources = new Map<string, WorldPath[]>();
  private readonly words = new Map<string, FeatureCollection>();
  private tiles: TileStore | null = null;
  private basemap: Basemap | null = null;
  private look = WHOLE;
  private theme: Theme;
  private painted: string[] = [];

  constructor(private readonly setting: GroundSetting) {
    this.theme = setting.theme;
    this.canvasMap = new CanvasMap(setting.container, (pen, view) => this.paint(pen, view));
    this.map = this.canvasMap as unknown as MapLibre; // it answers to the calls that this page makes
    this.canvasMap.again();
  }

  put(source: string, data: GeoJSON): void {
    this.sources.set(source, worldPaths(data));
    if (data.type === "FeatureCollection") this.words.set(source, data);
    this.canvasMap.again();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.canvasMap.again();
  }

  setBasemap(basemap: Basemap | null): void {
    if (basemap?.key === this.basemap?.key && basemap?.season === this.basemap?.season) return;
    this.basemap = basemap;
    const address = basemap?.tiles ? new URL(this.setting.base).href + basemap.tiles : null;
    this.tiles = address ? new TileStore(address, basemap?.season ?? "dry", () => this.canvasMap.again(), this.setting.trouble) : null;
    this.canvasMap.again();
  }

  setLook(look: Look): void {
    this.look = look;
    this.canvasMap.again();
  }

  drawn(): string[] {
    return this.painted;
  }

  private paint(pen: CanvasRenderingContext2D, view: View): void {
    const p = palette(this.theme);
    pen.fillStyle = p.sea;
    pen.fillRect(0, 0, view.width, view.height);
    this.world(pen, view, "overview-land", p.land, 0);
    this.world(pen, view, "overview-lines", p.coast, 1);
    this.world(pen, view, "cell-sea", p.sea, 0);
    this.world(pen, view, "cell-land", p.land, 0);
    this.world(pen, view, "cell-lines", p.coast, 1);
    const labels = this.network(pen, view, p);
    if (this.look.shown.roads) this.world(pen, view, "roads", p.road, 1.8);
    if (this.look.dim > 0) {
      pen.globalAlpha = 0.85 * this.look.dim;
      pen.fillStyle = p.halo;
      pen.fillRect(0, 0, view.width, view.height);
      pen.globalAlpha = 1;
    }
    this.mission(pen, view, p);
    this.names(pen, view, p, labels);
  }

  /** Lines and areas of a source; those that lie outside are left out. */
  private world(pen: CanvasRenderingContext2D, view: View, source: string, colour: string, line: number, dashes: number[] = [], of: (told: Record<string, unknown>) => boolean = () => true): void {
    const scale = (TILE * 2 ** view.zoom) / UNIT;
    const [cx, cy] = [mercX(view.lon) * UNIT, mercY(view.lat) * UNIT];
    const [halfW, halfH] = [view.width / 2 / scale, view.height / 2 / scale];
    for (const { path, told, kind, ...box } of this.sources.get(source) ?? []) {
      if (!of(told) || (kind === "line") !== line > 0) continue;
      for (const turn of [-UNIT, 0, UNIT]) {
        if (box.west + turn > cx + halfW || box.east + turn < cx - halfW || box.north > cy + halfH || box.south < cy - halfH) continue;
        pen.save();
        pen.translate(view.width / 2, view.height / 2);
        pen.scale(scale, scale);
        pen.translate(turn - cx, -cy);
        const border = told["kind"] === "border";
        pen.strokeStyle = pen.fillStyle = border ? palette(this.theme).border : colour;
        pen.lineWidth = line / scale;
        pen.lineJoin = "round";
        pen.setLineDash((border ? [6, 3, 1.5, 3] : dashes).map((px) => px / scale));
        if (line > 0) pen.stroke(path);
        else pen.fill(path, "evenodd");
        pen.restore();
      }
    }
  }

  /** The tiles of the network; gives the labels with their places on the screen. */
  private network(pen: CanvasRenderingContext2D, view: View, p: Palette): Label[] {
    const { tiles, basemap } = this;
    this.painted = [];
    if (!tiles || view.zoom < LEAST_ZOOM) return [];
    const z = Math.min(basemap?.deepest ?? 14, Math.floor(view.zoom));
    const side = TILE * 2 ** (view.zoom - z);
    const count = 2 ** z;
    const [left, top] = [mercX(view.lon) * count * side - view.width / 2, mercY(view.lat) * count * side - view.height / 2];
    const labels: Label[] = [];
    const seen = new Set<string>();
    for (let tx = Math.floor(left / side); tx * side < left + view.width; tx++) {
      for (let ty = Math.max(0, Math.floor(top / side)); ty < count && ty * side < top + view.height; ty++) {
        const tile = tiles.tile(z, ((tx % count) + count) % count, ty);
        if (!tile) continue;
        const [x, y] = [tx * side - left, ty * side - top];
        this.tile(pen, tile.strokes, x, y, side, view.zoom, p);
        for (const stroke of tile.strokes) seen.add(`drawn-${stroke.look}`);
        for (const label of tile.labels) labels.push({ ...label, x: x + (label.x / EXTENT) * side, y: y + (label.y / EXTENT) * side });
      }
    }
    this.painted = [...seen];
    return labels;
  }

  private tile(pen: CanvasRenderingContext2D, strokes: readonly Stroke[], x: number, y: number, side: number, zoom: number, p: Palette): void {
    const scale = side / EXTENT;
    pen.save();
    pen.translate(x, y);
    pen.scale(scale, scale);
    pen.beginPath();
    pen.rect(0, 0, EXTENT, EXTENT);
    pen.clip();
    pen.lineJoin = "round";
    const sorted = [...strokes].sort((a, b) => ORDER.indexOf(a.look) - ORDER.indexOf(b.look) || a.wide - b.wide);
    for (const { look, wide, path } of sorted) {
      if (!this.look.shown[GROUP[look] ?? "roads"]) continue;
      pen.strokeStyle = pen.fillStyle = colourOf(look, p);
      pen.lineWidth = widthOf(look, wide, zoom) / scale;
      pen.setLineDash((DASHES[look] ?? []).map((px) => px / scale));
      if (AREAS.includes(look)) pen.fill(path, "evenodd");
      else if (look === "limited") this.cased(pen, path, wide, zoom, scale, p);
      else pen.stroke(path);
    }
    pen.restore();
  }

  /** A limit is told by two lines along the road. */
  private cased(pen: CanvasRenderingContext2D, path: Path2D, wide: number, zoom: number, scale: number, p: Palette): void {
    const inner = widthOf("minor", wide, zoom);
    pen.lineWidth = (inner + 6) / scale;
    pen.stroke(path);
    pen.strokeStyle = p.casing;
    pen.lineWidth = (inner + 2.5) / scale;
    pen.stroke(path);
    pen.strokeStyle = p.road;
    pen.lineWidth = inner / scale;
    pen.stroke(path);
  }

  private mission(pen: CanvasRenderingContext2D, view: View, p: Palette): void {
    pen.globalAlpha = 0.2;
    this.world(pen, view, "hazards", p.blocked, 0, [], (told) => told["part"] === "area");
    pen.globalAlpha = 1;
    this.world(pen, view, "hazards", p.blocked, 5, [], (told) => told["part"] === "line");
    const looks: [string, string, number, number[]][] = [["done", p.started, 2, []], ["planned", p.planned, 3.2, [8, 5]], ["started", p.started, 4, []], ["preview", p.preview, 3.5, [4, 4]]];
    for (const [look, colour, width, dashes] of looks) {
      if (look !== "done") this.world(pen, view, "legs", p.legCasing, width + 3, [], (told) => told["look"] === look);
      pen.globalAlpha = look === "done" ? 0.4 : 1;
      this.world(pen, view, "legs", colour, width, dashes, (told) => told["look"] === look);
      pen.globalAlpha = 1;
    }
  }

  private names(pen: CanvasRenderingContext2D, view: View, p: Palette, labels: readonly Label[]): void {
    const taken: [number, number, number, number][] = [];
    const write = (text: string, x: number, y: number, size: number, ink: string): void => {
      pen.font = `500 ${size}px ${FONT}`;
      const half = pen.measureText(text).width / 2 + 3;
      const box: [number, number, number, number] = [x - half, y - size * 0.7, x + half, y + size * 0.7];
      if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) return;
      taken.push(box);
      [pen.textAlign, pen.textBaseline, pen.lineJoin, pen.lineWidth] = ["center", "middle", "round", 3];
      [pen.strokeStyle, pen.fillStyle] = [p.halo, ink];
      pen.strokeText(text, x, y);
      pen.fillText(text, x, y);
    };
    this.points(view, "hazards", "label", (text, x, y) => write(text, x, y, 12, p.blocked));
    if (!this.look.shown.places) return;
    for (const { text, kind, x, y } of [...labels].sort((a, b) => a.rank - b.rank)) write(text, x, y, kind === "city" ? 15 : kind === "town" ? 13 : 11.5, p.place);
    if (view.zoom < 7.5) this.points(view, "names", "name", (text, x, y) => write(text, x, y, 12, p.name));
  }

  private points(view: View, source: string, key: string, run: (text: string, x: number, y: number) => void): void {
    for (const { geometry, properties } of this.words.get(source)?.features ?? []) {
      const text: unknown = properties?.[key];
      if (geometry.type !== "Point" || typeof text !== "string" || text === "") continue;
      const { x, y } = this.canvasMap.project([geometry.coordinates[0] as number, geometry.coordinates[1] as number]);
      if (x > 0 && y > 0 && x < view.width && y < view.height) run(text, x, y);
    }
  }
}

function colourOf(look: string, p: Palette): string {
  const colours: Record<string, string> = {
    wood: p.wood, built: p.built, wetland: p.wetland, water: p.water, stream: p.river, river: p.river, ford: p.river, ferry: p.river, closed: p.blocked, limited: p.limit,
    major: p.road, "unpaved-major": p.road, estimated: p.road,
  };
  return colours[look] ?? p.minor;
}

/** CSS pixels, as the other ground draws them. */
function widthOf(look: string, wide: number, zoom: number): number {
  if (look === "walked") return 1.2;
  if (look === "ferry" || look === "shut") return 1.8;
  if (look === "river" || look === "stream") return Math.max(0.8, (look === "river" ? 1 : 0.5) * 2 ** ((zoom - 11) * 0.55));
  const [from, to, low, high] = zoom < 9 ? [4, 9, 1.1, 2.2] : zoom < 13 ? [9, 13, 2.2, 4.4] : [13, 17, 4.4, 20];
  const share = Math.max(0, Math.min(1, (1.5 ** (zoom - from) - 1) / (1.5 ** (to - from) - 1)));
  return Math.max(0.6, wide * (low + share * (high - low)));
}
