/** The network's vector tiles as paths for a Canvas-2D, fetched as they are needed. */
import { VectorTile, type VectorTileFeature } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";
import type { Season } from "./drawn-style";

export const EXTENT = 4096;
const MOST_TILES = 96;

/** One way to draw: what, and how wide (a share of a main road). */
export interface Stroke {
  look: string;
  wide: number;
  path: Path2D;
}
export interface Label {
  text: string;
  kind: string;
  rank: number;
  x: number; // in EXTENT steps of its tile
  y: number;
}
export interface Drawn {
  strokes: Stroke[];
  labels: Label[];
}

const WIDE: Record<string, number> = { motorway: 1.3, trunk: 1.3, primary: 1.1, secondary: 0.9, tertiary: 0.72, unclassified: 0.55, road: 0.55 };
const WALKED = ["footway", "path", "steps", "cycleway", "bridleway", "pedestrian"];
const MAJOR = ["motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link"];
const SHUT = ["no", "private", "military"];
type Told = Record<string, number | string | boolean>;

/** How a road is drawn; the words are those of the legend. Pure. */
export function roadLook(told: Told, season: Season): string {
  const kind = String(told["class"]);
  if (told["dry_only"] && season === "wet") return "closed";
  if (kind === "ferry") return "ferry";
  if (WALKED.includes(kind)) return "walked";
  if (SHUT.includes(String(told["access"]))) return "shut";
  if (told["estimated"]) return "estimated";
  const unpaved = ["gravel", "dirt", "soft"].includes(String(told["surface"])) || (kind === "track" && told["surface"] !== "paved");
  const major = MAJOR.includes(kind);
  return unpaved ? (major ? "unpaved-major" : "unpaved") : major ? "major" : "minor";
}

export function drawnOf(body: ArrayBuffer, season: Season): Drawn {
  const tile = new VectorTile(new PbfReader(new Uint8Array(body)));
  const strokes = new Map<string, Stroke>();
  const labels: Label[] = [];
  const add = (look: string, wide: number, feature: VectorTileFeature): void => {
    const key = `${look} ${wide}`;
    const stroke = strokes.get(key) ?? { look, wide, path: new Path2D() };
    strokes.set(key, stroke);
    trace(stroke.path, feature);
  };
  const each = (layer: string, run: (feature: VectorTileFeature) => void): void => {
    const found = tile.layers[layer];
    for (let i = 0; i < (found?.length ?? 0); i++) run((found as NonNullable<typeof found>).feature(i));
  };
  each("land", (one) => add(String(one.properties["kind"]), 0, one));
  each("water", (one) => add(one.type === 3 ? "water" : one.properties["kind"] === "river" ? "river" : "stream", 0, one));
  each("roads", (one) => {
    const wide = WIDE[String(one.properties["class"])] ?? 0.42;
    add(roadLook(one.properties, season), wide, one);
    if (["max_t", "max_height_m", "max_width_m"].some((key) => key in one.properties)) add("limited", wide, one);
    if (one.properties["ford"]) add("ford", wide, one);
  });
  each("places", (one) => {
    const at = one.loadGeometry()[0]?.[0];
    if (at) labels.push({ text: String(one.properties["name"]), kind: String(one.properties["kind"]), rank: Number(one.properties["rank"]), x: at.x, y: at.y });
  });
  return { strokes: [...strokes.values()], labels };
}

function trace(path: Path2D, feature: VectorTileFeature): void {
  for (const ring of feature.loadGeometry()) {
    ring.forEach((at, index) => (index === 0 ? path.moveTo(at.x, at.y) : path.lineTo(at.x, at.y)));
    if (feature.type === 3) path.closePath();
  }
}

/** Fetches tiles once and keeps the last ones. */
export class TileStore {
  private readonly kept = new Map<string, Drawn | null>();

  constructor(private readonly address: string, private readonly season: Season, private readonly came: () => void, private readonly trouble: (message: string) => void) {}

  /** The tile if it is here; else it is asked for. */
  tile(z: number, x: number, y: number): Drawn | null {
    const key = `${z}/${x}/${y}`;
    const known = this.kept.get(key);
    if (known !== undefined) {
      this.kept.delete(key); // the last used stays longest
      this.kept.set(key, known);
      return known;
    }
    this.kept.set(key, null);
    void this.fetch(key, this.address.replace("{z}", String(z)).replace("{x}", String(x)).replace("{y}", String(y)));
    while (this.kept.size > MOST_TILES) this.kept.delete(this.kept.keys().next().value as string);
    return null;
  }

  private async fetch(key: string, address: string): Promise<void> {
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      this.kept.set(key, drawnOf(await answer.arrayBuffer(), this.season));
      this.came();
    } catch (fault) {
      this.kept.delete(key); // asked for again with the next move
      this.trouble(String(fault));
    }
  }
}
