/** The view of the map and its frames, for what is laid over it. */
import type { Map as MapLibre } from "maplibre-gl";

export type Place = readonly [lon: number, lat: number];
export interface Ground {
  /** The place under a point, in CSS pixels from the top left corner of the map. */
  place(x: number, y: number): Place;
  screen(place: Place): [number, number];
  pan(dx: number, dy: number): void;
  zoom(by: number): void;
  onFrame(run: () => void): void;
}

export function groundOf(map: MapLibre): Ground {
  return {
    place: (x, y) => {
      const at = map.unproject([x, y]).wrap();
      return [at.lng, at.lat];
    },
    screen: (place) => {
      const at = map.project([place[0], place[1]]);
      return [at.x, at.y];
    },
    pan: (dx, dy) => map.panBy([dx, dy], { animate: false }),
    zoom: (by) => map.zoomTo(map.getZoom() + by, { animate: false }),
    onFrame: (run) => map.on("render", run),
  };
}
