/** The basemap's style: no glyphs, no sprites, no address outside this server. */
import type { FilterSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { Theme } from "../ui/theme";

const empty = (): SourceSpecification => ({ type: "geojson", data: { type: "FeatureCollection", features: [] } });
export const FONTS = ["Inter Variable", "sans-serif"];
export const SOURCES = ["overview-land", "overview-lines", "cell-sea", "cell-land", "cell-lines", "names", "roads", "hazards", "legs", "eta"] as const;

export interface Palette {
  sea: string;
  land: string;
  coast: string;
  border: string;
  name: string;
  halo: string;
  road: string;
  minor: string;
  casing: string;
  blocked: string;
  planned: string;
  started: string;
  legCasing: string;
  preview: string;
  water: string;
  river: string;
  wetland: string;
  wood: string;
  built: string;
  limit: string; // bridges and barriers with limits
  grid: string;
  place: string; // names of towns
}
const NIGHT: Palette = {
  sea: "#0a1520", land: "#17222c", coast: "#33475a", border: "#66798a", name: "#7f92a3", halo: "#0d161e", road: "#917a4e",
  minor: "#5f5a4d", casing: "#0c141b", blocked: "#ff5c6e", planned: "#7ec3ff", started: "#5ce1e6", legCasing: "#05090d", preview: "#ffe066",
  water: "#10334e", river: "#2c628d", wetland: "#163039", wood: "#182a23", built: "#212a33", limit: "#ffb86b", grid: "#8fa6b8", place: "#b9c8d3",
};
const DAY: Palette = {
  sea: "#c5d8e4", land: "#f4f1e8", coast: "#8aa3b4", border: "#7d7f86", name: "#5d6a75", halo: "#ffffff", road: "#c08a2b",
  minor: "#a08e6c", casing: "#ffffff", blocked: "#c2132c", planned: "#1667c2", started: "#00767c", legCasing: "#ffffff", preview: "#a04a00",
  water: "#b3d1e6", river: "#6ea6cc", wetland: "#d3e2d8", wood: "#dce7cf", built: "#e7e1d6", limit: "#8a3b00", grid: "#4b5a68", place: "#2e3a44",
};
/** Nothing but red, so that eyes stay used to the dark: things differ by lightness, width and dashes. */
const RED: Palette = {
  sea: "#070000", land: "#180404", coast: "#4a1210", border: "#7a2420", name: "#a8423a", halo: "#0a0101", road: "#b0483c",
  minor: "#7c322a", casing: "#0a0101", blocked: "#ff6050", planned: "#ff8073", started: "#ff9c8c", legCasing: "#050000", preview: "#ffb3a6",
  water: "#2c0908", river: "#5e1f1a", wetland: "#240807", wood: "#1d0605", built: "#250a08", limit: "#ff8a7a", grid: "#a04a40", place: "#cf6a5c",
};
const PALETTES: Record<Theme, Palette> = { day: DAY, night: NIGHT, red: RED };
export const palette = (theme: Theme): Palette => PALETTES[theme];

export const is = (name: string, value: unknown): FilterSpecification => ["==", ["get", name], value] as unknown as FilterSpecification;
export const all = (...filters: FilterSpecification[]): FilterSpecification => ["all", ...filters] as unknown as FilterSpecification;
export const not = (filter: FilterSpecification): FilterSpecification => ["!", filter] as unknown as FilterSpecification;

const MAJOR: FilterSpecification = ["in", ["get", "class"], ["literal", ["motorway", "trunk", "primary"]]];
const width = (scale: number): NonNullable<Extract<LayerSpecification, { type: "line" }>["paint"]>["line-width"] =>
  ["interpolate", ["linear"], ["zoom"], 4, 1 * scale, 8, 2.2 * scale, 13, 5 * scale] as never;

function fillLayer(id: string, source: string, colour: string): LayerSpecification {
  return { id, type: "fill", source, paint: { "fill-color": colour, "fill-antialias": false } };
}

export function line(id: string, source: string, colour: string, paint: Record<string, unknown>, filter?: FilterSpecification): LayerSpecification {
  const layout = { "line-cap": paint["line-dasharray"] ? "butt" : "round", "line-join": "round" } as const;
  return { id, type: "line", source, layout, paint: { "line-color": colour, ...paint }, ...(filter ? { filter } : {}) } as LayerSpecification;
}

function ground(p: Palette): LayerSpecification[] {
  const lines = (source: string): LayerSpecification[] => [
    line(`${source}-coast`, source, p.coast, { "line-width": 1 }, is("kind", "coast")),
    line(`${source}-border`, source, p.border, { "line-width": 1.2, "line-dasharray": [4, 2, 1, 2] }, is("kind", "border")),
  ];
  return [
    { id: "sea", type: "background", paint: { "background-color": p.sea } },
    fillLayer("overview-land", "overview-land", p.land),
    ...lines("overview-lines"),
    fillLayer("cell-sea", "cell-sea", p.sea),
    fillLayer("cell-land", "cell-land", p.land),
    ...lines("cell-lines"),
  ];
}

function roads(p: Palette): LayerSpecification[] {
  const open = not(is("passable", false));
  const known = all(open, not(is("estimated", true)));
  const guessed = all(open, is("estimated", true));
  return [
    line("roads-casing", "roads", p.casing, { "line-width": width(2), "line-opacity": 0.8 }, known),
    line("roads-minor", "roads", p.minor, { "line-width": width(0.7) }, all(known, not(MAJOR))),
    line("roads-major", "roads", p.road, { "line-width": width(1.1) }, all(known, MAJOR)),
    line("roads-estimated", "roads", p.road, { "line-width": width(0.9), "line-dasharray": [3, 2] }, guessed),
    line("roads-blocked", "roads", p.blocked, { "line-width": width(1.2), "line-dasharray": [0.6, 1.4] }, is("passable", false)),
  ];
}

function legs(p: Palette): LayerSpecification[] {
  const drawn = (id: string, state: string, colour: string, paint: Record<string, unknown>): LayerSpecification[] => [
    line(`legs-${id}-casing`, "legs", p.legCasing, { "line-width": 6, "line-opacity": 0.7 }, is("look", state)),
    line(`legs-${id}`, "legs", colour, paint, is("look", state)),
  ];
  return [
    line("legs-done", "legs", p.started, { "line-width": 2, "line-opacity": 0.35 }, is("look", "done")),
    ...drawn("planned", "planned", p.planned, { "line-width": 3.2, "line-dasharray": [2.4, 1.6] }),
    ...drawn("started", "started", p.started, { "line-width": 4 }),
    ...drawn("preview", "preview", p.preview, { "line-width": 3.5, "line-dasharray": [1.2, 1.2] }),
  ];
}

/** Circles and polygons are filled, a line is as wide as it must be seen; the words stand at the middle. */
function hazards(p: Palette): LayerSpecification[] {
  return [
    { id: "hazards-fill", type: "fill", source: "hazards", paint: { "fill-color": p.blocked, "fill-opacity": 0.18 }, filter: is("part", "area") },
    line("hazards-edge", "hazards", p.blocked, { "line-width": 2, "line-dasharray": [2, 1.2] }, is("part", "area")),
    line("hazards-line", "hazards", p.blocked, { "line-width": 6, "line-opacity": 0.6 }, is("part", "line")),
  ];
}

function labels(p: Palette): LayerSpecification[] {
  const text = { "text-font": FONTS, "text-padding": 4 } as const;
  const paint = { "text-color": p.name, "text-halo-color": p.halo, "text-halo-width": 1.6 };
  return [
    {
      id: "country-names", type: "symbol", source: "names", maxzoom: 7.5,
      layout: { ...text, "text-field": ["get", "name"], "text-size": 12, "text-letter-spacing": 0.12, "text-transform": "uppercase", "text-max-width": 8 },
      filter: [">", ["get", "size"], ["step", ["zoom"], 150, 2, 60, 3, 12, 4, 3, 5, 0.2]] as never, paint,
    },
    {
      id: "road-refs", type: "symbol", source: "roads", minzoom: 6,
      layout: { ...text, "symbol-placement": "line", "text-field": ["coalesce", ["get", "ref"], ""], "text-size": 11, "symbol-spacing": 320 },
      filter: ["==", ["geometry-type"], "LineString"] as never, paint: { ...paint, "text-color": p.road },
    },
    {
      id: "hazard-names", type: "symbol", source: "hazards",
      layout: { ...text, "text-field": ["get", "label"], "text-size": 12, "text-allow-overlap": true },
      filter: is("part", "label"), paint: { ...paint, "text-color": p.blocked },
    },
    {
      id: "legs-estimated", type: "symbol", source: "legs", minzoom: 5,
      layout: { ...text, "symbol-placement": "line", "text-field": ["get", "note"], "text-size": 11, "symbol-spacing": 260 },
      filter: is("estimated", true), paint: { ...paint, "text-color": p.planned },
    },
  ];
}

/** Times along the way of the chosen chain: a dot for each step, the end larger. */
function eta(p: Palette): LayerSpecification[] {
  const end = (yes: unknown, no: unknown): unknown => ["case", ["get", "end"], yes, no];
  return [
    { id: "eta-dots", type: "circle", source: "eta", paint: { "circle-radius": end(5, 3.2) as never, "circle-color": p.legCasing, "circle-stroke-color": p.started, "circle-stroke-width": 2 } },
    {
      id: "eta-times", type: "symbol", source: "eta",
      layout: { "text-font": FONTS, "text-field": ["get", "label"], "text-size": end(13, 11) as never, "text-offset": [0, -1.1], "text-padding": 2, "symbol-sort-key": end(0, 1) as never },
      paint: { "text-color": p.started, "text-halo-color": p.halo, "text-halo-width": 1.8 },
    },
  ];
}

/** What stands above the tiles of the network and below the labels: where they are put in. */
export const ABOVE_DRAWN = "roads-casing";

export function mapStyle(theme: Theme): StyleSpecification {
  const p = palette(theme);
  const sources = Object.fromEntries(SOURCES.map((name) => [name, empty()]));
  return { version: 8, sources, layers: [...ground(p), ...roads(p), ...hazards(p), ...legs(p), ...labels(p), ...eta(p)] };
}
