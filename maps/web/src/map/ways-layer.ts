/** The ways of chains and the hazards on a Canvas-2D of their own, under the assets: a new way is on the screen with the next frame. */
import type { Feature, FeatureCollection, Position } from "geojson";
import type { Theme } from "../ui/theme";
import { clipped, plain } from "../ui/plain";
import type { View } from "./asset-layer";
import { TILE, mercX, mercY } from "./asset-layer";
import { palette } from "./style";

const MARGIN = 24;
const STEP_PX = 0.7; // points nearer than this to the last one drawn are left out
const PAINTINGS = 50;
const LONGEST = 32; // characters of a name: one of 2,000 would cross the whole map
const FONT = '"Inter Variable", system-ui, sans-serif';

/** A name as it is written on the map: short, and with nothing hidden in it. */
export const onMap = (text: string): string => clipped(plain(text), LONGEST);

/** A line or ring in Web Mercator, 0 to 1, with its box. */
interface Track {
  xy: Float64Array;
  west: number;
  north: number;
  east: number;
  south: number;
}
interface Way {
  track: Track;
  look: string;
  note: string;
}
interface Zone {
  tracks: Track[];
  part: string;
  label: string;
}
type Look = { width: number; colour: string; dash: number[]; casing: number; alpha: number };

export class WaysLayer {
  private ways: Way[] = [];
  private zones: Zone[] = [];
  private view: View | null = null;
  private waiting = false;
  private worn: Theme = "night";
  private seq = 0; // the log event up to which the ways are that are shown
  private told = 0; // and of which the painting was noted
  /** The last paintings that brought new ways: up to which event, and when on the screen by the page's own clock. */
  readonly painted: { seq: number; at: number }[] = [];

  constructor(readonly canvas: HTMLCanvasElement) {}

  showWays(lines: FeatureCollection, seq: number): void {
    this.seq = seq;
    this.ways = lines.features.flatMap((one): Way[] => {
      if (one.geometry.type !== "LineString") return [];
      return [{ track: trackOf(one.geometry.coordinates), look: String(one.properties?.["look"]), note: String(one.properties?.["note"] ?? "") }];
    });
    this.refresh();
  }

  showHazards(shapes: FeatureCollection): void {
    this.zones = shapes.features.map((one) => ({ tracks: tracksOf(one), part: String(one.properties?.["part"]), label: String(one.properties?.["label"] ?? "") }));
    this.refresh();
  }

  theme(theme: Theme): void {
    this.worn = theme;
    this.refresh();
  }

  /** Paints for this view at once, inside the map's own frame. */
  paint(view: View): void {
    this.view = view;
    this.canvas.hidden = this.ways.length === 0 && this.zones.length === 0; // an empty one costs as much in each frame as a full one
    const pen = this.canvas.getContext("2d");
    if (!pen) return;
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, view.width, view.height);
    const to = (track: Track): Screen => screenOf(view, track);
    for (const zone of this.zones) this.zone(pen, to, view, zone);
    const looks = this.looks();
    for (const [name, look] of Object.entries(looks)) this.group(pen, to, view, this.ways.filter((way) => way.look === name), look);
    for (const zone of this.zones) if (zone.part === "label") this.words(pen, to, zone.tracks[0], zone.label, palette(this.worn).blocked, 12);
    for (const way of this.ways) if (way.note !== "" && view.zoom >= 5) this.note(pen, to, view, way);
    if (this.seq !== this.told) this.presented(this.seq);
  }

  /** Noted in the task after the frame that holds it. */
  private presented(seq: number): void {
    this.told = seq;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        this.painted.push({ seq, at: performance.now() });
        if (this.painted.length > PAINTINGS) this.painted.shift();
        port1.close();
      };
      port2.postMessage(null);
    });
  }

  private refresh(): void {
    if (this.waiting || !this.view) return;
    this.waiting = true;
    queueMicrotask(() => {
      this.waiting = false;
      if (this.view) this.paint(this.view);
    });
  }

  private looks(): Record<string, Look> {
    const p = palette(this.worn);
    return {
      done: { width: 2, colour: p.started, dash: [], casing: 0, alpha: 0.35 },
      planned: { width: 3.2, colour: p.planned, dash: [7.7, 5.1], casing: 6, alpha: 1 },
      started: { width: 4, colour: p.started, dash: [], casing: 6, alpha: 1 },
      preview: { width: 3.5, colour: p.preview, dash: [4.2, 4.2], casing: 6, alpha: 1 },
    };
  }

  private group(pen: CanvasRenderingContext2D, to: Where, view: View, ways: Way[], look: Look): void {
    const shown = ways.filter((way) => seen(way.track, to, view));
    if (shown.length === 0) return;
    const path = new Path2D();
    for (const way of shown) trace(path, way.track, to);
    [pen.lineCap, pen.lineJoin] = [look.dash.length > 0 ? "butt" : "round", "round"];
    if (look.casing > 0) {
      [pen.strokeStyle, pen.lineWidth, pen.globalAlpha] = [palette(this.worn).legCasing, look.casing, 0.7];
      pen.stroke(path);
    }
    pen.setLineDash(look.dash);
    [pen.strokeStyle, pen.lineWidth, pen.globalAlpha] = [look.colour, look.width, look.alpha];
    pen.stroke(path);
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }

  /** Circles and polygons are filled, a line is as wide as it must be seen. */
  private zone(pen: CanvasRenderingContext2D, to: Where, view: View, zone: Zone): void {
    const shown = zone.tracks.filter((track) => seen(track, to, view));
    if (zone.part === "label" || shown.length === 0) return;
    const path = new Path2D();
    for (const track of shown) trace(path, track, to);
    pen.lineJoin = "round";
    pen.strokeStyle = pen.fillStyle = palette(this.worn).blocked;
    if (zone.part === "area") {
      pen.globalAlpha = 0.18;
      pen.fill(path, "evenodd");
    }
    pen.globalAlpha = zone.part === "area" ? 1 : 0.6;
    pen.lineWidth = zone.part === "area" ? 2 : 6;
    pen.setLineDash(zone.part === "area" ? [4, 2.4] : []);
    pen.stroke(path);
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }

  private note(pen: CanvasRenderingContext2D, to: Where, view: View, way: Way): void {
    const { xy } = way.track;
    const at = 2 * Math.floor(xy.length / 4);
    const middle = point(xy[at] as number, xy[at + 1] as number);
    if (seen(middle, to, view)) this.words(pen, to, middle, way.note, palette(this.worn).planned, 11);
  }

  private words(pen: CanvasRenderingContext2D, to: Where, track: Track | undefined, text: string, colour: string, size: number): void {
    if (!track || text === "") return;
    const told = onMap(text);
    const [x, y] = to(track)(track.xy[0] as number, track.xy[1] as number);
    pen.font = `600 ${size}px ${FONT}`;
    [pen.textAlign, pen.textBaseline, pen.lineJoin, pen.lineWidth] = ["center", "middle", "round", 3.5];
    pen.strokeStyle = palette(this.worn).halo;
    pen.fillStyle = colour;
    pen.strokeText(told, x, y);
    pen.fillText(told, x, y);
  }
}

type Screen = (x: number, y: number) => [number, number];

type Where = (track: Track) => Screen;

/** Pixels of that copy of the world in which a track is nearest to the middle of the view. */
function screenOf(view: View, track: Track): Screen {
  const world = TILE * 2 ** view.zoom;
  const cy = mercY(view.lat);
  const middle = (track.west + track.east) / 2;
  const cx = mercX(view.lon) - Math.round(mercX(view.lon) - middle);
  return (x, y) => [(x - cx) * world + view.width / 2, (y - cy) * world + view.height / 2];
}

function trackOf(points: Position[]): Track {
  const track: Track = { xy: new Float64Array(2 * points.length), west: 2, north: 2, east: -1, south: -1 };
  points.forEach(([lon, lat], index) => {
    const [x, y] = [mercX(lon as number), mercY(lat as number)];
    [track.xy[2 * index], track.xy[2 * index + 1]] = [x, y];
    track.west = Math.min(track.west, x);
    track.east = Math.max(track.east, x);
    track.north = Math.min(track.north, y);
    track.south = Math.max(track.south, y);
  });
  return track;
}

const point = (x: number, y: number): Track => ({ xy: Float64Array.of(x, y), west: x, east: x, north: y, south: y });

function tracksOf({ geometry }: Feature): Track[] {
  if (geometry.type === "Polygon") return geometry.coordinates.map(trackOf);
  if (geometry.type === "LineString") return [trackOf(geometry.coordinates)];
  return geometry.type === "Point" ? [trackOf([geometry.coordinates])] : [];
}

function seen(track: Track, to: Where, view: View): boolean {
  const [left, top] = to(track)(track.west, track.north);
  const [right, bottom] = to(track)(track.east, track.south);
  return right > -MARGIN && bottom > -MARGIN && left < view.width + MARGIN && top < view.height + MARGIN;
}

function trace(path: Path2D, track: Track, where: Where): void {
  const { xy } = track;
  const to = where(track);
  let [px, py] = [Number.NaN, Number.NaN];
  for (let i = 0; i < xy.length; i += 2) {
    const [x, y] = to(xy[i] as number, xy[i + 1] as number);
    if (i === 0) path.moveTo(x, y);
    else if (i === xy.length - 2 || Math.abs(x - px) > STEP_PX || Math.abs(y - py) > STEP_PX) path.lineTo(x, y);
    else continue;
    [px, py] = [x, y];
  }
}
