/** Chains and options as lines: planned dashed, started solid, done faint, an option under the eye in its own colour. Pure. */
import type { Feature, FeatureCollection, LineString } from "geojson";
import type { Chain, Leg, Option } from "../live/protocol";
import { strings } from "../strings";

export type LegLook = "planned" | "started" | "done" | "preview";

function legLine(leg: Leg, look: LegLook): Feature<LineString> | null {
  const path: [number, number][] = leg.path.length > 1 ? leg.path : [[leg.from.lon, leg.from.lat], [leg.to.lon, leg.to.lat]];
  if (!path.every(([lon, lat]) => Number.isFinite(lon) && Number.isFinite(lat))) return null;
  const note = leg.estimated ? strings.estimatedMark : "";
  return {
    type: "Feature",
    properties: { look, estimated: leg.estimated, note, mode: leg.mode },
    geometry: { type: "LineString", coordinates: path },
  };
}

const lookOf = (leg: Leg): LegLook => (leg.state === "started" || leg.state === "done" ? leg.state : "planned");

/** Lines of every active chain and of the option being looked at, if any. */
export function legLines(chains: readonly Chain[], option: Option | null): FeatureCollection<LineString> {
  const active = chains.filter((chain) => chain.status === "active").flatMap((chain) => chain.legs.map((leg) => legLine(leg, lookOf(leg))));
  const preview = (option?.legs ?? []).map((leg) => legLine(leg, "preview"));
  return { type: "FeatureCollection", features: [...active, ...preview].filter((line) => line !== null) };
}
