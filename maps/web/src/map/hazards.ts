/** Hazards as shapes: a circle and a polygon filled, a line along its course, each with its words. Pure. */
import type { Feature, FeatureCollection } from "geojson";
import type { Hazard } from "../live/protocol";
import { stateWord } from "../strings";
import { instant } from "../times";

const CORNERS = 48;
const METRES_PER_DEGREE = 111_320;

/** Neither lifted nor past its end. */
export const hazardHolds = (hazard: Hazard, now: number): boolean => hazard.lifted_at === null && (instant(hazard.until) ?? Number.POSITIVE_INFINITY) > now;

export function hazardShapes(hazards: readonly Hazard[], now: number): FeatureCollection {
  return { type: "FeatureCollection", features: hazards.filter((one) => hazardHolds(one, now)).flatMap(shapes) };
}

function shapes(hazard: Hazard): Feature[] {
  const { geometry, lon, lat } = hazard;
  const label: Feature = { type: "Feature", properties: { part: "label", label: [stateWord(hazard.kind), hazard.name].filter((word) => word !== "").join(": ") }, geometry: { type: "Point", coordinates: [lon, lat] } };
  const part = geometry.type === "LineString" ? "line" : "area";
  const drawn = geometry.type === "Point" ? circle(geometry.coordinates, hazard.radius_m ?? 0) : geometry;
  return [{ type: "Feature", properties: { part }, geometry: drawn }, label];
}

/** A ring of so many metres round a place. */
export function circle([lon, lat]: [number, number], metres: number): { type: "Polygon"; coordinates: [number, number][][] } {
  const [dx, dy] = [metres / (METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180)), metres / METRES_PER_DEGREE];
  const corner = (index: number): [number, number] => [lon + dx * Math.cos((2 * Math.PI * index) / CORNERS), lat + dy * Math.sin((2 * Math.PI * index) / CORNERS)];
  return { type: "Polygon", coordinates: [Array.from({ length: CORNERS + 1 }, (_, index) => corner(index % CORNERS))] };
}
