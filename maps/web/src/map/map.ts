/** The map: offline basemap under the live canvas. Nothing here leaves this server. */
import type { Feature, FeatureCollection, GeoJSON } from "geojson";
import type { GeoJSONSource, MapMouseEvent } from "maplibre-gl";
import { Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { PaintedAsset, Town } from "./asset-layer";
import { CanvasLayer } from "./canvas-layer";
import type { Asset, AssetRef } from "./scene";
import type { CellShapes, Layers, Overview } from "./shapes";
import { cellsIn, layersOf, namePoints } from "./shapes";
import { mapStyle } from "./style";

const CELLS_FROM_ZOOM = 4.5;
const CELLS_IN_VIEW = 24;

export interface MapEvents {
  picked(ref: AssetRef | null, at: { lon: number; lat: number }): void;
  moved(at: { lon: number; lat: number }): void;
  trouble(message: string): void;
}

export class OperationsMap {
  readonly layer: CanvasLayer;
  private readonly map: MapLibre;
  private readonly cells = new Map<string, Layers | null>();
  private overview: Overview | null = null;
  private ready = false;
  private readonly waiting = new Map<string, GeoJSON>();

  constructor(private readonly base: string, container: HTMLElement, canvas: HTMLCanvasElement, night: boolean, private readonly on: MapEvents) {
    setWorkerUrl(new URL(workerUrl, document.baseURI).href);
    this.map = new MapLibre({
      container,
      style: mapStyle(night),
      center: [20.5, 6.5],
      zoom: 5.2,
      minZoom: 1.5,
      maxZoom: 18,
      maxPitch: 0,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      attributionControl: false,
      fadeDuration: 0,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    this.map.addControl(new ScaleControl({ unit: "metric" }), "bottom-left");
    this.layer = new CanvasLayer(canvas);
    this.layer.theme(night);
    this.listen();
    void this.loadOverview();
  }

  show(assets: readonly Asset[], now: number): void {
    this.layer.show(assets, now);
  }

  /** The active network; its points, where it has any, are towns. */
  drawRoads(network: FeatureCollection): void {
    this.put("roads", collection(network.features.filter((feature) => feature.geometry.type !== "Point")));
    this.layer.towns(network.features.flatMap(town));
  }

  drawLegs(legs: FeatureCollection): void {
    this.put("legs", legs);
  }

  drawHazards(hazards: FeatureCollection): void {
    this.put("hazards", hazards);
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

  setNight(night: boolean): void {
    this.layer.theme(night);
    for (const layer of mapStyle(night).layers) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        if (this.ready) this.map.setPaintProperty(layer.id, name as never, value as never);
      }
    }
  }

  /** Brings a place into view; a map that shows it already stays still unless a closer zoom is asked for. */
  goTo(lon: number, lat: number, zoom = 0): void {
    if (zoom === 0 && this.map.getBounds().contains([lon, lat])) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const target = { center: [lon, lat] as [number, number], zoom: Math.max(this.map.getZoom(), zoom) };
    if (still) this.map.jumpTo(target);
    else this.map.easeTo({ ...target, duration: 400 });
  }

  fit(points: readonly (readonly [number, number])[]): void {
    if (points.length === 0) return;
    const lons = points.map((p) => p[0]);
    const lats = points.map((p) => p[1]);
    const box: [number, number, number, number] = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
    this.map.fitBounds(box, { padding: 70, maxZoom: 11, animate: false });
  }

  resize(): void {
    this.map.resize();
  }

  assets(): PaintedAsset[] {
    return this.layer.assets();
  }

  private listen(): void {
    const { map } = this;
    map.on("load", () => {
      this.ready = true;
      for (const [name, data] of this.waiting) this.put(name, data);
      this.waiting.clear();
    });
    map.on("error", (event) => this.on.trouble(event.error.message));
    map.on("render", () => this.paint());
    map.on("moveend", () => void this.loadCells());
    map.on("mousemove", (event: MapMouseEvent) => this.pointed(event));
    map.on("click", (event: MapMouseEvent) => {
      this.on.picked(this.layer.pick(event.point.x, event.point.y), { lon: event.lngLat.lng, lat: event.lngLat.lat });
    });
    map.getCanvas().addEventListener("mouseleave", () => this.layer.hover(null));
  }

  private pointed(event: MapMouseEvent): void {
    const ref = this.layer.pick(event.point.x, event.point.y);
    this.layer.hover(ref);
    this.map.getCanvas().style.cursor = ref ? "pointer" : "";
    this.on.moved({ lon: event.lngLat.lng, lat: event.lngLat.lat });
  }

  private paint(): void {
    const centre = this.map.getCenter();
    const box = this.map.getContainer();
    const view = { lon: centre.lng, lat: centre.lat, zoom: this.map.getZoom(), width: box.clientWidth, height: box.clientHeight };
    this.layer.paint(view);
  }

  private put(source: string, data: GeoJSON): void {
    if (!this.ready) this.waiting.set(source, data);
    else (this.map.getSource(source) as GeoJSONSource | undefined)?.setData(data);
  }

  private async loadOverview(): Promise<void> {
    try {
      this.overview = (await this.fetchOwn("overview.json")) as Overview;
    } catch (fault) {
      this.on.trouble(String(fault)); // the live assets do not need the basemap
      return;
    }
    const layers = layersOf(this.overview.shapes);
    this.put("overview-land", layers.land);
    this.put("overview-lines", collection(lineKinds(layers)));
    this.put("names", namePoints(this.overview.names));
    await this.loadCells();
  }

  private async loadCells(): Promise<void> {
    if (!this.overview || this.map.getZoom() < CELLS_FROM_ZOOM) return;
    const bounds = this.map.getBounds();
    const box = { west: bounds.getWest(), south: bounds.getSouth(), east: bounds.getEast(), north: bounds.getNorth() };
    const wanted = cellsIn(box, new Set(this.overview.cells), this.overview.cellDegrees).filter((name) => !this.cells.has(name));
    if (wanted.length === 0) return;
    for (const name of wanted) this.cells.set(name, null);
    await Promise.all(wanted.slice(0, CELLS_IN_VIEW).map((name) => this.loadCell(name)));
    this.drawCells();
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
