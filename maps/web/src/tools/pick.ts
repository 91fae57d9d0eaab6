/** The hazard that lies under a place of the map. Pure. */
import type { Hazard } from "../live/protocol";
import { hazardHolds } from "../map/hazards";
import type { LonLat } from "./geodesy";
import { metresBetween } from "./geodesy";
import { holds, metresToLine } from "./outline";

/** The smallest one that holds the place or has its edge within so many metres; null when there is none. */
export function hazardAt(hazards: readonly Hazard[], at: LonLat, slack_m: number, now: number): Hazard | null {
  const found = hazards.filter((one) => hazardHolds(one, now) && over(one, at, slack_m));
  return found.sort((a, b) => size(a) - size(b))[0] ?? null;
}

function over({ geometry, radius_m }: Hazard, at: LonLat, slack_m: number): boolean {
  if (geometry.type === "Point") return metresBetween(geometry.coordinates, at) <= (radius_m ?? 0) + slack_m;
  if (geometry.type === "LineString") return metresToLine(geometry.coordinates, at) <= (radius_m ?? 0) + slack_m;
  const outline = geometry.coordinates[0] ?? [];
  return holds(outline, at) || (outline.length > 1 && metresToLine(outline, at) <= slack_m);
}

function size({ geometry, radius_m }: Hazard): number {
  if (geometry.type !== "Polygon") return radius_m ?? 0;
  const lons = (geometry.coordinates[0] ?? []).map(([lon]) => lon);
  return lons.length === 0 ? 0 : (Math.max(...lons) - Math.min(...lons)) * 55_000;
}
