/** The ground drawn by MapLibre: land, the network's vector tiles, ways and hazards. No address outside this server. */
import type { GeoJSON } from "geojson";
import type { GeoJSONSource, LayerSpecification } from "maplibre-gl";
import { Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import type { Theme } from "../ui/theme";
import { DRAWN, drawnLayers } from "./drawn-style";
import { type Basemap, type Ground, type GroundSetting, type Look, START, WHOLE } from "./ground";
import { ABOVE_DRAWN, mapStyle, palette } from "./style";

const FIRST_LABEL = "hazard-names";
const DIM = "dim";
const ABOVE_DIM = "hazards-fill";
const LABEL_DIM = 0.7; // names stay legible a little longer than the ground

export class GlGround implements Ground {
  readonly map: MapLibre;
  private theme: Theme;
  private ready = false;
  private basemap: Basemap | null = null;
  private look = WHOLE;
  private readonly waiting = new Map<string, GeoJSON>();

  constructor(private readonly setting: GroundSetting) {
    setWorkerUrl(new URL(workerUrl, document.baseURI).href);
    this.theme = setting.theme;
    this.map = new MapLibre({
      container: setting.container,
      style: mapStyle(this.theme),
      center: [START.lon, START.lat],
      zoom: START.zoom,
      minZoom: START.least,
      maxZoom: START.most,
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
    this.map.on("load", () => this.loaded());
    this.map.on("error", (event) => setting.trouble(event.error.message));
  }

  put(source: string, data: GeoJSON): void {
    if (!this.ready) this.waiting.set(source, data);
    else (this.map.getSource(source) as GeoJSONSource | undefined)?.setData(data);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    if (!this.ready) return;
    for (const layer of mapStyle(theme).layers) this.repaint(layer);
    for (const { layer } of drawnLayers(theme, this.season)) if (this.map.getLayer(layer.id)) this.repaint(layer);
    this.shade();
  }

  setBasemap(basemap: Basemap | null): void {
    const same = basemap?.key === this.basemap?.key && basemap?.season === this.basemap?.season;
    this.basemap = basemap;
    if (!this.ready || (same && this.map.getSource(DRAWN))) return;
    this.draw();
  }

  setLook(look: Look): void {
    this.look = look;
    if (this.ready) this.shade();
  }

  drawn(): string[] {
    const layers = this.layers();
    return layers.length === 0 ? [] : [...new Set(this.map.queryRenderedFeatures({ layers }).map((found) => found.layer.id))];
  }

  private layers(): string[] {
    return this.ready ? this.map.getLayersOrder().filter((id) => id.startsWith(`${DRAWN}-`)) : [];
  }

  private get season(): "dry" | "wet" {
    return this.basemap?.season ?? "dry";
  }

  private loaded(): void {
    this.ready = true;
    for (const [name, data] of this.waiting) this.put(name, data);
    this.waiting.clear();
    this.map.addLayer({ id: DIM, type: "background", paint: { "background-color": palette(this.theme).halo, "background-opacity": 0 } }, ABOVE_DIM);
    this.draw();
  }

  private draw(): void {
    for (const id of this.layers()) this.map.removeLayer(id);
    if (this.map.getSource(DRAWN)) this.map.removeSource(DRAWN);
    const { basemap } = this;
    if (basemap?.state === "drawn" && basemap.tiles && basemap.deepest) {
      const tiles = new URL(this.setting.base).href + basemap.tiles; // as URL() would escape the braces
      this.map.addSource(DRAWN, { type: "vector", tiles: [tiles], minzoom: 3, maxzoom: basemap.deepest, ...(basemap.box ? { bounds: basemap.box } : {}) });
      for (const { layer, under } of drawnLayers(this.theme, this.season)) this.map.addLayer(layer, under ? ABOVE_DRAWN : FIRST_LABEL);
    }
    this.shade();
  }

  private repaint(layer: LayerSpecification): void {
    for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name as never, value as never);
  }

  /** Hides what is not wanted and dims the rest. */
  private shade(): void {
    const { shown, dim } = this.look;
    const see = (id: string, visible: boolean): void => void (this.map.getLayer(id) && this.map.setLayoutProperty(id, "visibility", visible ? "visible" : "none"));
    for (const { group, layer, under } of drawnLayers(this.theme, this.season)) {
      see(layer.id, shown[group]);
      if (!under && this.map.getLayer(layer.id)) this.map.setPaintProperty(layer.id, "text-opacity", 1 - LABEL_DIM * dim);
    }
    for (const id of ["roads-casing", "roads-minor", "roads-major", "roads-estimated", "roads-blocked", "road-refs"]) see(id, shown.roads);
    see("country-names", shown.places);
    this.map.setPaintProperty(DIM, "background-color", palette(this.theme).halo);
    this.map.setPaintProperty(DIM, "background-opacity", 0.85 * dim);
  }
}
