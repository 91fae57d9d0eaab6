/** How the vector tiles of the imported network look: passability by dashes and casings, never by colour alone. */
import type { FilterSpecification, LayerSpecification } from "maplibre-gl";
import { strings } from "../strings";
import type { Theme } from "../ui/theme";
import { FONTS, all, is, line, not, palette } from "./style";

export const DRAWN = "drawn";
export type Season = "dry" | "wet";

const within = (name: string, ...words: string[]): FilterSpecification => ["in", ["get", name], ["literal", words]] as unknown as FilterSpecification;
const has = (name: string): FilterSpecification => ["has", name] as unknown as FilterSpecification;
const any = (...filters: FilterSpecification[]): FilterSpecification => ["any", ...filters] as unknown as FilterSpecification;
/** A cheaper look for what is narrower: the share of the width of a primary road. */
const SCALE = ["match", ["get", "class"], ["motorway", "trunk"], 1.3, "primary", 1.1, "secondary", 0.9, "tertiary", 0.72, ["unclassified", "road"], 0.55, 0.42];
const width = (of: number, more = 0): unknown =>
  ["interpolate", ["exponential", 1.5], ["zoom"], 4, ["+", more, ["*", SCALE, 1.1 * of]], 9, ["+", more, ["*", SCALE, 2.2 * of]], 13, ["+", more, ["*", SCALE, 4.4 * of]], 17, ["+", more, ["*", SCALE, 20 * of]]];

const WALKED = within("class", "footway", "path", "steps", "cycleway", "bridleway", "pedestrian");
const MAJOR = within("class", "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link");
const UNPAVED = any(within("surface", "gravel", "dirt", "soft"), all(is("class", "track"), not(is("surface", "paved"))));
const FERRY = is("class", "ferry");
const SHUT = within("access", "no", "private", "military");
const LIMITED = any(has("max_t"), has("max_height_m"), has("max_width_m"));

/** What the layer panel can hide. */
export const GROUPS = ["land", "water", "roads", "places"] as const;
export type DrawnGroup = (typeof GROUPS)[number];
export interface DrawnLayer {
  group: DrawnGroup;
  layer: LayerSpecification;
  under: boolean; // below everything of the mission, above the land; else a label
}

export function drawnLayers(theme: Theme, season: Season): DrawnLayer[] {
  const group = (name: DrawnGroup, source: string, layers: LayerSpecification[], under = true): DrawnLayer[] =>
    layers.map((layer) => ({ group: name, under, layer: { ...layer, source: DRAWN, "source-layer": source } as LayerSpecification }));
  return [
    ...group("land", "land", land(theme)),
    ...group("water", "water", water(theme)),
    ...group("roads", "roads", roads(theme, season)),
    ...group("roads", "points", points(theme)),
    ...group("water", "water", waterNames(theme), false),
    ...group("roads", "roads", roadNames(theme), false),
    ...group("roads", "points", pointNames(theme), false),
    ...group("places", "places", places(theme), false),
  ];
}

const fill = (id: string, colour: string, filter: FilterSpecification, opacity = 1): LayerSpecification =>
  ({ id, type: "fill", source: DRAWN, filter, paint: { "fill-color": colour, "fill-antialias": false, "fill-opacity": opacity } }) as LayerSpecification;

function land(theme: Theme): LayerSpecification[] {
  const p = palette(theme);
  return [fill("drawn-wood", p.wood, is("kind", "wood")), fill("drawn-built", p.built, is("kind", "built")), fill("drawn-wetland", p.wetland, is("kind", "wetland"))];
}

function water(theme: Theme): LayerSpecification[] {
  const p = palette(theme);
  const wide = (kind: number): unknown => ["interpolate", ["exponential", 1.5], ["zoom"], 7, 0.7 * kind, 12, 1.8 * kind, 16, 7 * kind];
  const area = is("kind", "area");
  const stream = within("kind", "stream", "canal");
  const dries = is("dries", true);
  return [
    fill("drawn-water", p.water, all(area, not(dries))),
    fill("drawn-water-dries", p.water, all(area, dries), 0.45),
    line("drawn-river", DRAWN, p.river, { "line-width": wide(1.2) }, all(is("kind", "river"), not(dries))),
    line("drawn-stream", DRAWN, p.river, { "line-width": wide(0.55) }, all(stream, not(dries))),
    line("drawn-water-line-dries", DRAWN, p.river, { "line-width": wide(0.7), "line-dasharray": [5, 2.5] }, all(not(area), dries)),
  ];
}

function roads(theme: Theme, season: Season): LayerSpecification[] {
  const p = palette(theme);
  const closed = season === "wet" ? is("dry_only", true) : has("never");
  const sure = not(is("estimated", true));
  const drive = all(not(closed), not(WALKED), not(FERRY), not(SHUT));
  const paved = all(drive, sure, not(UNPAVED));
  return [
    line("drawn-casing", DRAWN, p.casing, { "line-width": width(1, 2) }, all(not(WALKED), not(FERRY), sure)),
    line("drawn-walked", DRAWN, p.minor, { "line-width": 1.2, "line-dasharray": [1.5, 1.8] }, all(WALKED, not(closed))),
    line("drawn-shut", DRAWN, p.minor, { "line-width": 1.6, "line-dasharray": [0.8, 2.4] }, all(SHUT, not(WALKED), not(closed))),
    line("drawn-unpaved", DRAWN, p.minor, { "line-width": width(0.85), "line-dasharray": [3.2, 1.1] }, all(drive, sure, UNPAVED, not(MAJOR))),
    line("drawn-unpaved-major", DRAWN, p.road, { "line-width": width(0.95), "line-dasharray": [4.5, 0.9] }, all(drive, sure, UNPAVED, MAJOR)),
    line("drawn-minor", DRAWN, p.minor, { "line-width": width(0.9) }, all(paved, not(MAJOR))),
    line("drawn-major", DRAWN, p.road, { "line-width": width(1) }, all(paved, MAJOR)),
    line("drawn-estimated", DRAWN, p.road, { "line-width": width(0.9), "line-dasharray": [3, 2] }, all(drive, is("estimated", true))),
    line("drawn-dry-only", DRAWN, p.limit, { "line-width": 1.4, "line-dasharray": [0.5, 5], "line-offset": 3 }, all(is("dry_only", true), not(closed))),
    line("drawn-closed", DRAWN, p.blocked, { "line-width": width(0.9), "line-dasharray": [0.6, 1.4] }, closed),
    line("drawn-ford", DRAWN, p.river, { "line-width": width(1, 2), "line-dasharray": [0.4, 0.8] }, is("ford", true)),
    line("drawn-ferry", DRAWN, p.river, { "line-width": 2, "line-dasharray": [5, 2, 1, 2] }, FERRY),
    line("drawn-bridge", DRAWN, p.name, { "line-width": 1.2, "line-gap-width": width(1, 1.5) }, all(is("bridge", true), not(LIMITED), not(WALKED))),
    line("drawn-limited", DRAWN, p.limit, { "line-width": 1.8, "line-gap-width": width(1, 2.5) }, all(LIMITED, not(WALKED))),
  ].map((one) => (one.id === "drawn-bridge" ? { ...one, minzoom: 13 } : one) as LayerSpecification);
}

function points(theme: Theme): LayerSpecification[] {
  const p = palette(theme);
  const dot = (id: string, filter: FilterSpecification, colour: string): LayerSpecification =>
    ({ id, type: "circle", source: DRAWN, filter, paint: { "circle-radius": 4, "circle-color": p.halo, "circle-stroke-color": colour, "circle-stroke-width": 2 } }) as LayerSpecification;
  return [dot("drawn-ford-dot", is("kind", "ford"), p.river), dot("drawn-barrier-dot", is("kind", "barrier"), p.minor)];
}

const text = { "text-font": FONTS, "text-padding": 3 } as const;
const halo = (theme: Theme, colour: string): Record<string, unknown> => ({ "text-color": colour, "text-halo-color": palette(theme).halo, "text-halo-width": 1.6 });
const symbol = (id: string, minzoom: number, layout: Record<string, unknown>, paint: Record<string, unknown>, filter: FilterSpecification): LayerSpecification =>
  ({ id, type: "symbol", source: DRAWN, minzoom, layout: { ...text, ...layout }, paint, filter }) as unknown as LayerSpecification;

/** `≤ 12 t · 3.5 m`: what a sign at the road says. */
const LIMIT_TEXT = [
  "concat", "≤",
  ["case", ["has", "max_t"], ["concat", " ", ["to-string", ["get", "max_t"]], " t"], ""],
  ["case", ["has", "max_height_m"], ["concat", " ↕", ["to-string", ["get", "max_height_m"]], " m"], ""],
  ["case", ["has", "max_width_m"], ["concat", " ↔", ["to-string", ["get", "max_width_m"]], " m"], ""],
];

function roadNames(theme: Theme): LayerSpecification[] {
  const p = palette(theme);
  const along = { "symbol-placement": "line", "symbol-spacing": 340 };
  return [
    symbol("drawn-limits", 12, { "symbol-placement": "line-center", "text-field": LIMIT_TEXT, "text-size": 11, "text-rotation-alignment": "viewport" }, halo(theme, p.limit), all(LIMITED, not(WALKED))),
    symbol("drawn-refs", 6, { ...along, "text-field": ["get", "ref"], "text-size": 11, "text-rotation-alignment": "viewport" }, halo(theme, p.place), has("ref")),
    symbol("drawn-names", 13, { ...along, "text-field": ["get", "name"], "text-size": 11.5 }, halo(theme, p.name), all(has("name"), not(FERRY))),
  ];
}

function waterNames(theme: Theme): LayerSpecification[] {
  const p = palette(theme);
  return [symbol("drawn-river-names", 9, { "symbol-placement": "line", "symbol-spacing": 420, "text-field": ["get", "name"], "text-size": 11, "text-letter-spacing": 0.06 }, halo(theme, p.river), all(has("name"), not(is("kind", "area"))))];
}

function pointNames(theme: Theme): LayerSpecification[] {
  const p = palette(theme);
  const words = ["case", LIMITED, LIMIT_TEXT, strings.ground.ford];
  return [symbol("drawn-point-names", 12, { "text-field": words, "text-size": 10.5, "text-offset": [0, 1.1], "text-anchor": "top" }, halo(theme, p.limit), any(is("kind", "ford"), LIMITED))];
}

/** Points only: a name stands at its place; what another script writes has its Latin name under it. */
function places(theme: Theme): LayerSpecification[] {
  const p = palette(theme);
  const name = ["case", ["has", "also"], ["concat", ["get", "name"], "\n", ["get", "also"]], ["get", "name"]];
  const size = ["interpolate", ["linear"], ["zoom"], 5, ["match", ["get", "kind"], "city", 13, 11], 12, ["match", ["get", "kind"], "city", 18, "town", 15, ["village", "suburb"], 13, 11.5]];
  return [
    symbol("drawn-places", 3, { "text-field": name, "text-size": size, "symbol-sort-key": ["get", "rank"], "text-max-width": 9, "text-variable-anchor": ["center", "top", "bottom", "left", "right"], "text-radial-offset": 0.4 }, halo(theme, p.place), has("name")),
  ];
}
