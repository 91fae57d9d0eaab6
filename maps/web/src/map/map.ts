/** The map: offline basemap under the live canvas. Nothing here leaves this server. */
import type { Feature, FeatureCollection, GeoJSON } from "geojson";
import type { Map as MapLibre, MapMouseEvent } from "maplibre-gl";
import type { Theme } from "../ui/theme";
import type { Cluster, PaintedAsset, Town, View } from "./asset-layer";
import { CanvasLayer } from "./canvas-layer";
import { CanvasGround } from "./canvas-ground";
import { GlGround } from "./gl-ground";
import { CLUSTER_BELOW_ZOOM } from "./clusters";
import { GridLayer } from "./grid-layer";
import type { Basemap, Ground } from "./ground";
import { hasWebgl } from "./ground";
import type { Touch } from "./hand";
import { MapHand } from "./hand";
import type { Choice } from "./choice";
import { EVERYTHING, wanted } from "./choice";
import type { Asset, AssetRef } from "./scene";
import type { CellShapes, Layers, Overview } from "./shapes";
import { cellsIn, layersOf, namePoints } from "./shapes";
import { WaysLayer } from "./ways-layer";

const CELLS_FROM_ZOOM = 4.5;
const CELLS_IN_VIEW = 24;
const FINGER_PX = 26;

export interface MapEvents {
  picked(ref: AssetRef | null, at: { lon: number; lat: number }): void;
  moved(at: { lon: number; lat: number }): void;
  /** The pointer has left the map. */
  left(): void;
  viewed(view: View): void;
  trouble(message: string): void;
  /** The right button, or a finger that rests. */
  asked(touch: Touch): void;
}

export class OperationsMap {
  readonly layer: CanvasLayer;
  readonly hand: MapHand;
  readonly ways: WaysLayer;
  readonly simple: boolean; // without WebGL
  private readonly ground: Ground;
  private readonly grid: GridLayer;
  private choice: Choice = EVERYTHING;
  private given: readonly Asset[] | null = null; // and what of it is shown
  private shown: readonly Asset[] = [];
  private legs: FeatureCollection = collection([]);
  private seq = 0; // the log event up to which the legs are
  private hazards: FeatureCollection = collection([]);
  private readonly map: MapLibre;
  private readonly cells = new Map<string, Layers | null>();
  private overview: Overview | null = null;
  private world = false; // is there, or on its way

  constructor(private readonly base: string, container: HTMLElement, canvas: HTMLCanvasElement, worn: Theme, private readonly on: MapEvents) {
    this.simple = !hasWebgl();
    const setting = { base, container, theme: worn, trouble: (message: string) => on.trouble(message) };
    this.ground = this.simple ? new CanvasGround(setting) : new GlGround(setting);
    this.map = this.ground.map;
    this.grid = new GridLayer(canvas);
    this.grid.setTheme(worn);
    this.layer = new CanvasLayer(canvas);
    this.layer.theme(worn);
    this.ways = new WaysLayer(waysCanvas(canvas));
    this.ways.theme(worn);
    this.hand = new MapHand(this.map, (touch) => on.asked(touch));
    this.listen();
    void this.loadOverview();
  }

  show(assets: readonly Asset[], now: number): void {
    if (assets !== this.given) [this.given, this.shown] = [assets, wanted(assets, this.choice)];
    this.layer.show(this.shown, now);
  }

  /** How the network is drawn: from now on by its tiles, or by lines where it has none. */
  drawBasemap(basemap: Basemap): void {
    this.ground.setBasemap(basemap);
    if (basemap.state === "drawn") this.drawRoads(collection([]));
  }

  /** A network without tiles; its points, where it has any, are towns. */
  drawRoads(network: FeatureCollection): void {
    this.put("roads", collection(network.features.filter((feature) => feature.geometry.type !== "Point")));
    this.layer.towns(network.features.flatMap(town));
  }

  drawLegs(legs: FeatureCollection, seq: number): void {
    [this.legs, this.seq] = [legs, seq];
    this.ways.showWays(this.choice.shown.legs ? legs : collection([]), seq);
  }

  /** Times along the way of the chosen chain, see eta.ts. */
  drawEta(marks: FeatureCollection): void {
    this.put("eta", marks);
  }

  drawHazards(hazards: FeatureCollection): void {
    this.hazards = hazards;
    this.ways.showHazards(this.choice.shown.hazards ? hazards : collection([]));
  }

  /** Calls back while what is on the map is still in its canvases: right after a frame, at the latest after half a second. */
  painted(draw: () => void): void {
    let done = false;
    const once = (): void => {
      if (!done) draw();
      done = true;
    };
    this.map.once("render", once);
    this.map.triggerRepaint();
    setTimeout(once, 500);
  }

  /** Calls back after the map was moved. */
  onMoved(then: () => void): void {
    this.map.on("moveend", then);
  }

  setTheme(theme: Theme): void {
    this.layer.theme(theme);
    this.ways.theme(theme);
    this.ground.setTheme(theme);
    this.grid.setTheme(theme);
  }

  /** What of all this is shown from now on; the assets follow with the next `show`. */
  choose(choice: Choice): void {
    [this.choice, this.given] = [choice, null];
    this.ground.setLook(choice);
    this.grid.show(choice.shown.grid);
    this.drawLegs(this.legs, this.seq);
    this.drawHazards(this.hazards);
  }

  /** Brings a place into view; a map that shows it already stays still unless a closer zoom is asked for. */
  goTo(lon: number, lat: number, zoom = 0): void {
    if (zoom === 0 && this.map.getBounds().contains([lon, lat])) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const target = { center: [lon, lat] as [number, number], zoom: Math.max(this.map.getZoom(), zoom) };
    if (still) this.map.jumpTo(target);
    else this.map.easeTo({ ...target, duration: 400 });
  }

  /** Puts this view on the screen at once. */
  jump(lon: number, lat: number, zoom: number): void {
    this.map.jumpTo({ center: [lon, lat], zoom });
  }

  get view(): View {
    return this.hand.view;
  }

  /** Names of the layers of the drawn network, for tests. */
  drawn(): string[] {
    return this.ground.drawn();
  }

  fit(points: readonly (readonly [number, number])[]): void {
    if (points.length === 0) return;
    const lons = points.map((p) => p[0]);
    const lats = points.map((p) => p[1]);
    const box: [number, number, number, number] = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
    this.map.fitBounds(box, { padding: 70, maxZoom: 11, animate: false });
  }

  /** Puts a place in the middle at once. */
  centre(lon: number, lat: number): void {
    this.map.jumpTo({ center: [lon, lat] });
  }

  /** Calls when a person drags the map or moves it by the arrow keys. */
  onDrag(run: () => void): void {
    this.map.on("dragstart", run);
    this.map.on("movestart", (event) => {
      if (event.originalEvent instanceof KeyboardEvent && event.originalEvent.key.startsWith("Arrow")) run();
    });
  }

  /** Zooms in until the marks of a cluster stand apart. */
  private open({ west, south, east, north }: Cluster): void {
    const camera = this.map.cameraForBounds([west, south, east, north], { padding: 80, maxZoom: CLUSTER_BELOW_ZOOM + 3 });
    const zoom = Math.min(Math.max(camera?.zoom ?? 0, this.map.getZoom() + 1.5), CLUSTER_BELOW_ZOOM + 3);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map.easeTo({ center: [(west + east) / 2, (south + north) / 2], zoom, duration: still ? 0 : 350 });
  }

  resize(): void {
    this.map.resize();
  }

  assets(): PaintedAsset[] {
    return this.layer.assets();
  }

  private listen(): void {
    const { map } = this;
    map.on("render", () => this.paint());
    map.on("moveend", () => void this.loadCells());
    map.on("mousemove", (event: MapMouseEvent) => this.pointed(event));
    map.on("click", (event: MapMouseEvent) => {
      if (this.hand.takes(event)) return;
      const reach = (event.originalEvent as PointerEvent).pointerType === "touch" ? FINGER_PX : undefined;
      const cluster = this.layer.clusterAt(event.point.x, event.point.y, reach);
      if (cluster) return this.open(cluster);
      this.on.picked(this.layer.pick(event.point.x, event.point.y, reach), { lon: event.lngLat.lng, lat: event.lngLat.lat });
    });
    map.getCanvas().addEventListener("mouseleave", () => {
      this.layer.hover(null);
      this.on.left();
    });
  }

  private pointed(event: MapMouseEvent): void {
    const ref = this.layer.pick(event.point.x, event.point.y);
    this.layer.hover(ref);
    if (!this.hand.held) this.map.getCanvas().style.cursor = ref || this.layer.clusterAt(event.point.x, event.point.y) ? "pointer" : "";
    this.on.moved({ lon: event.lngLat.lng, lat: event.lngLat.lat });
  }

  private paint(): void {
    const { view } = this;
    this.grid.paint(view);
    this.ways.paint(view);
    this.layer.paint(view);
    this.hand.frame(view);
    this.on.viewed(view);
  }

  private put(source: string, data: GeoJSON): void {
    this.ground.put(source, data);
  }

  private async loadOverview(): Promise<void> {
    try {
      this.overview = (await this.fetchOwn("overview.json")) as Overview;
    } catch (fault) {
      this.on.trouble(String(fault)); // the live assets do not need the basemap
      return;
    }
    this.put("names", namePoints(this.overview.names));
    await this.loadCells();
  }

  private async loadCells(): Promise<void> {
    if (!this.overview) return;
    if (this.map.getZoom() < CELLS_FROM_ZOOM) return this.loadWorld();
    const bounds = this.map.getBounds();
    const box = { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
    const wanted = cellsIn(box, new Set(this.overview.cells), this.overview.cellDegrees).filter((name) => !this.cells.has(name));
    if (wanted.length === 0) return;
    for (const name of wanted) this.cells.set(name, null);
    await Promise.all(wanted.slice(0, CELLS_IN_VIEW).map((name) => this.loadCell(name)));
    this.drawCells();
  }

  /** The whole world, coarse: nobody who looks at the mission alone waits for it. */
  private async loadWorld(): Promise<void> {
    if (this.world) return;
    this.world = true;
    try {
      const layers = layersOf((await this.fetchOwn("world.json")) as CellShapes);
      this.put("overview-land", layers.land);
      this.put("overview-lines", collection(lineKinds(layers)));
    } catch (fault) {
      this.world = false; // asked for again at the next move
      this.on.trouble(String(fault));
    }
  }

  private async loadCell(name: string): Promise<void> {
    try {
      this.cells.set(name, layersOf((await this.fetchOwn(`${name}.json`)) as CellShapes));
    } catch (fault) {
      this.cells.delete(name); // asked for again at the next move
      this.on.trouble(String(fault));
    }
  }

  private drawCells(): void {
    const loaded = [...this.cells].filter((entry): entry is [string, Layers] => entry[1] !== null);
    this.put("cell-sea", collection(loaded.map(([name]) => square(name, this.overview?.cellDegrees ?? 10))));
    this.put("cell-land", collection(loaded.map(([, layers]) => layers.land)));
    this.put("cell-lines", collection(loaded.flatMap(([, layers]) => lineKinds(layers))));
  }

  private async fetchOwn(name: string): Promise<unknown> {
    const answer = await fetch(new URL(`basemap/${name}`, this.base));
    if (!answer.ok) throw new Error(`basemap/${name}: ${answer.status}`);
    return answer.json();
  }
}

/** The canvas of ways, under that of the assets. */
function waysCanvas(above: HTMLCanvasElement): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = "ways-canvas";
  canvas.setAttribute("aria-hidden", "true");
  above.before(canvas);
  return canvas;
}

const collection = (features: Feature[]): FeatureCollection => ({ type: "FeatureCollection", features });

function lineKinds(layers: Layers): Feature[] {
  return [{ ...layers.coast, properties: { kind: "coast" } }, { ...layers.borders, properties: { kind: "border" } }];
}

function town(feature: Feature): Town[] {
  const name: unknown = feature.properties?.["name"];
  if (feature.geometry.type !== "Point" || typeof name !== "string") return [];
  const [lon, lat] = feature.geometry.coordinates as [number, number];
  return [{ name, lon, lat }];
}

function square(name: string, degrees: number): Feature {
  const [x, y] = name.split("_").map(Number) as [number, number];
  const ring = [[x, y], [x + degrees, y], [x + degrees, y + degrees], [x, y + degrees], [x, y]];
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}
