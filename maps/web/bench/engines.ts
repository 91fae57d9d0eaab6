/** Three ways of drawing the same assets above the same basemap. What each draws is told in tests/bench/map_paint.py. */
import type { Feature as Shape, FeatureCollection } from "geojson";
import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import Feature from "ol/Feature";
import LineString from "ol/geom/LineString";
import Point from "ol/geom/Point";
import VectorLayer from "ol/layer/Vector";
import OlMap from "ol/Map";
import { fromLonLat } from "ol/proj";
import VectorSource from "ol/source/Vector";
import { Fill, Icon, Stroke, Style, Text } from "ol/style";
import View from "ol/View";
import { LOOKS } from "../src/map/look";
import type { OperationsMap } from "../src/map/map";
import type { Mover } from "../src/map/scene";
import { Sprites } from "../src/map/sprites";
import { VIEW } from "./world";

/** Draws an update; returns when the frame that will show it is known to hold it. */
export type Draw = (assets: readonly Mover[], now: number) => void | Promise<void>;

const LOOK = LOOKS.night;
const FONT = "650 12px 'Inter Variable', system-ui, sans-serif";
const HEADING_PX = 21;
/** The widths our own layer has at these numbers, given to all. */
export const widths = (count: number): { trail: number; heading: number; cased: boolean } => (count > 2500 ? { trail: 1, heading: 1, cased: false } : { trail: 2, heading: 2, cased: true });

export function ours(map: OperationsMap): Draw {
  return (assets, now) => map.show(assets, now);
}

/** The sprites of our own layer as canvases, by a name of their look. */
function images(): (asset: Mover) => [string, HTMLCanvasElement] {
  const sprites = new Sprites();
  sprites.use("night", 1);
  const known = new Map<string, HTMLCanvasElement>();
  return (asset) => {
    const name = `${asset.symbol}-${asset.state}`;
    let canvas = known.get(name);
    if (!canvas) {
      const { image } = sprites.mover(asset, false);
      canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      canvas.getContext("2d")?.drawImage(image, 0, 0);
      known.set(name, canvas);
    }
    return [name, canvas];
  };
}

const metresAPixel = (2 * Math.PI * 6378137) / (512 * 2 ** VIEW.zoom);

/** Vector layer: an icon and a name for each point, icons always, names where no icon and no name is; lines for trail and heading. Drawn at once, not at its next frame. */
export function openLayers(target: HTMLElement, first: readonly Mover[]): Draw {
  const image = images();
  const icons = new Map<string, Icon>();
  const [points, lines] = [new VectorSource({ useSpatialIndex: false }), new VectorSource({ useSpatialIndex: false })];
  const map = new OlMap({
    target, controls: [], interactions: [], pixelRatio: 1,
    layers: [new VectorLayer({ source: lines }), new VectorLayer({ source: points, declutter: true })],
    view: new View({ center: fromLonLat([VIEW.lon, VIEW.lat]), zoom: VIEW.zoom + 1, constrainResolution: false }),
  });
  const { trail, heading, cased } = widths(first.length);
  const trailStyle = new Style({ stroke: new Stroke({ color: LOOK.trail[0], width: trail, lineCap: "butt", lineJoin: "miter" }) });
  const casing = new Style({ zIndex: 1, stroke: new Stroke({ color: LOOK.trailCase, width: 4, lineCap: "butt" }) });
  const headingStyle = new Style({ zIndex: 2, stroke: new Stroke({ color: LOOK.leader, width: heading, lineCap: "butt" }) });
  const geometries = first.map((asset) => {
    const [name, canvas] = image(asset);
    const icon = icons.get(name) ?? new Icon({ img: canvas, declutterMode: "obstacle" });
    icons.set(name, icon);
    const text = new Text({ text: asset.label, font: FONT, textAlign: "left", offsetX: 16, fill: new Fill({ color: LOOK.ink }), stroke: new Stroke({ color: LOOK.halo, width: 3.5 }) });
    const mine = { point: new Point([0, 0]), trail: new LineString([[0, 0], [1, 1]]), heading: new LineString([[0, 0], [1, 1]]) };
    const features = [new Feature(mine.point), new Feature(mine.trail), new Feature(mine.heading)] as const;
    features[0].setStyle(new Style({ image: icon, text }));
    features[1].setStyle(trailStyle);
    features[2].setStyle(cased ? [casing, headingStyle] : headingStyle);
    points.addFeature(features[0]);
    lines.addFeatures([features[1], features[2]]);
    return mine;
  });
  return (assets) => {
    assets.forEach((asset, i) => {
      const mine = geometries[i];
      if (!mine) return;
      const [x, y] = fromLonLat([asset.lon, asset.lat]) as [number, number];
      const turn = ((asset.course ?? 0) * Math.PI) / 180;
      mine.point.setCoordinates([x, y]);
      mine.trail.setCoordinates(asset.trail.map((fix) => fromLonLat([fix[0], fix[1]])));
      mine.heading.setCoordinates([[x, y], [x + HEADING_PX * metresAPixel * Math.sin(turn), y + HEADING_PX * metresAPixel * Math.cos(turn)]]);
    });
    map.renderSync();
  };
}

/** GeoJSON sources of the basemap's own MapLibre: symbols with names, lines for trail and heading. Told as drawn when MapLibre is idle. */
export function setData(map: MapLibre, first: readonly Mover[]): Draw {
  const image = images();
  const empty: FeatureCollection = { type: "FeatureCollection", features: [] };
  const { trail, heading, cased } = widths(first.length);
  for (const name of ["bench-points", "bench-trails", "bench-headings"]) map.addSource(name, { type: "geojson", data: empty });
  for (const asset of first) {
    const [name, canvas] = image(asset);
    if (!map.hasImage(name)) map.addImage(name, canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) as ImageData);
  }
  map.addLayer({ id: "bench-trails", type: "line", source: "bench-trails", paint: { "line-color": LOOK.trail[0], "line-width": trail } });
  if (cased) map.addLayer({ id: "bench-casing", type: "line", source: "bench-headings", paint: { "line-color": LOOK.trailCase, "line-width": 4 } });
  map.addLayer({ id: "bench-headings", type: "line", source: "bench-headings", paint: { "line-color": LOOK.leader, "line-width": heading } });
  map.addLayer({
    id: "bench-points", type: "symbol", source: "bench-points",
    layout: {
      "icon-image": ["get", "image"], "icon-allow-overlap": true, "icon-ignore-placement": false, "text-field": ["get", "label"], "text-size": 12, "text-optional": true,
      "text-font": ["Inter Variable", "sans-serif"], "text-anchor": "left", "text-offset": [1.35, 0],
    },
    paint: { "text-color": LOOK.ink, "text-halo-color": LOOK.halo, "text-halo-width": 1.6 },
  });
  const put = (name: string, features: Shape[]): void => void (map.getSource(name) as GeoJSONSource).setData({ type: "FeatureCollection", features });
  return async (assets) => {
    put("bench-points", assets.map((asset) => ({ type: "Feature", properties: { image: image(asset)[0], label: asset.label }, geometry: { type: "Point", coordinates: [asset.lon, asset.lat] } })));
    put("bench-trails", assets.map((asset) => ({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: asset.trail.map((fix) => [fix[0], fix[1]]) } })));
    put("bench-headings", assets.map((asset) => ({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: aheadOf(asset) } })));
    await map.once("idle");
  };
}

function aheadOf(asset: Mover): [number, number][] {
  const turn = ((asset.course ?? 0) * Math.PI) / 180;
  const degrees = (HEADING_PX * 360) / (512 * 2 ** VIEW.zoom);
  return [[asset.lon, asset.lat], [asset.lon + degrees * Math.sin(turn), asset.lat + degrees * Math.cos(turn) * Math.cos((asset.lat * Math.PI) / 180)]];
}
