/** What lies under the live assets, whoever draws it: MapLibre where there is WebGL, else a Canvas-2D. */
import type { GeoJSON } from "geojson";
import type { Map as MapLibre } from "maplibre-gl";
import type { Theme } from "../ui/theme";
import type { DrawnGroup, Season } from "./drawn-style";

/** The answer of `/api/basemap`. */
export interface Basemap {
  state: "drawn" | "roads_only" | "none";
  message: string;
  network: string | null;
  season: Season;
  key: string | null;
  tiles: string | null;
  deepest: number | null;
  box: [number, number, number, number] | null;
  has: Record<string, number> | null;
}

/** Which groups of the basemap are drawn, and how much it is dimmed (0 to 1). */
export interface Look {
  shown: Record<DrawnGroup, boolean>;
  dim: number;
}

export const WHOLE: Look = { shown: { land: true, water: true, roads: true, places: true }, dim: 0 };

export interface Ground {
  /** What moves and zooms; without WebGL something that answers to the same calls. */
  readonly map: MapLibre;
  put(source: string, data: GeoJSON): void;
  setTheme(theme: Theme): void;
  /** The drawn network, or null while there is none. */
  setBasemap(basemap: Basemap | null): void;
  setLook(look: Look): void;
  /** Which layers of the drawn network are on the screen, for tests. */
  drawn(): string[];
}

export interface GroundSetting {
  base: string;
  container: HTMLElement;
  theme: Theme;
  trouble(message: string): void;
}

export const START = { lon: 20.5, lat: 6.5, zoom: 5.2, least: 1.5, most: 18 } as const;

/** Can this browser draw with WebGL 2 at all? */
export function hasWebgl(): boolean {
  try {
    const probe = document.createElement("canvas").getContext("webgl2");
    probe?.getExtension("WEBGL_lose_context")?.loseContext(); // a browser allows few at a time
    return probe !== null;
  } catch {
    return false;
  }
}
