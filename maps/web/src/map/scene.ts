/** What stands on the map: the picture becomes assets at places that were really reported. Pure. */
import type { Fix, Picture } from "../live/fold";
import type { Casualty, Category, Position } from "../live/protocol";
import { instant, isOver } from "../times";
import type { StandardName } from "./standard";
import { facilityLevelSymbol, vehicleSymbol } from "./standard";

export const STALE_MS = 60_000;

/** What can be chosen; teams and hazards are no marks on the canvas. */
export type AssetKind = "vehicle" | "device" | "casualty" | "facility" | "site" | "request" | "team" | "hazard";
export interface AssetRef {
  kind: AssetKind;
  id: string;
}

interface Placed extends AssetRef {
  lon: number;
  lat: number;
  label: string;
}
export interface Mover extends Placed {
  kind: "vehicle" | "device";
  symbol: StandardName | null; // null: a bare device
  state: string;
  at: number;
  speed: number | null;
  course: number | null;
  aboard: Category[];
  trail: readonly Fix[];
  uncertainty_m: number; // of a place told by radio, or blurred; a good fix is a point
}
export interface CasualtyGroup extends Placed {
  kind: "casualty";
  members: { id: string; category: Category }[];
  uncertainty_m: number;
}
export interface FacilityMark extends Placed {
  kind: "facility";
  level: string;
  symbol: StandardName;
  surgery: boolean;
  open: boolean;
  patients: number;
}
export interface SiteMark extends Placed {
  kind: "site";
  site: string;
}
export interface RequestMark extends Placed {
  kind: "request";
  uncertainty_m: number;
  state: string;
}
export type Asset = Mover | CasualtyGroup | FacilityMark | SiteMark | RequestMark;

const latestOf = new WeakMap<Picture, Map<string, Position>>();
const sceneOf = new WeakMap<Picture, Asset[]>();

/** Latest position by vehicle id; worked out once for a picture. */
export function vehiclePositions(picture: Picture): Map<string, Position> {
  const known = latestOf.get(picture) ?? latestFixes(picture);
  latestOf.set(picture, known);
  return known;
}

function latestFixes(picture: Picture): Map<string, Position> {
  const found = new Map<string, Position>();
  for (const fix of Object.values(picture.positions)) {
    if (fix.vehicle === null) continue;
    const known = found.get(fix.vehicle);
    if (!known || Date.parse(known.at) < Date.parse(fix.at)) found.set(fix.vehicle, fix);
  }
  return found;
}

/** Everything to draw, in the order of drawing: what matters most comes last. Worked out once for a picture. */
export function scene(picture: Picture): readonly Asset[] {
  const known = sceneOf.get(picture) ?? [...sites(picture), ...facilities(picture), ...requests(picture), ...movers(picture), ...casualties(picture)];
  sceneOf.set(picture, known);
  return known;
}

function sites({ entities }: Picture): SiteMark[] {
  return Object.values(entities.sites).map((site) => ({
    kind: "site",
    id: site.id,
    lon: site.lon,
    lat: site.lat,
    label: site.name,
    site: site.kind,
  }));
}

function facilities({ entities }: Picture): FacilityMark[] {
  return Object.values(entities.facilities).map((place) => ({
    kind: "facility",
    id: place.id,
    lon: place.lon,
    lat: place.lat,
    label: place.name,
    level: place.level.replace(/^(level|role|l)\s*/i, ""),
    symbol: facilityLevelSymbol(place.level),
    surgery: place.capabilities.includes("DCS"),
    open: place.open,
    patients: place.patients.length,
  }));
}

function requests({ entities }: Picture): RequestMark[] {
  return Object.values(entities.requests).flatMap((request) => {
    const { id, lon, lat, state } = request;
    if (state === "closed" || lon === null || lat === null) return [];
    return [{ kind: "request", id, lon, lat, label: request.place || id, uncertainty_m: request.uncertainty_m ?? 0, state }];
  });
}

function movers(picture: Picture): Mover[] {
  const { vehicles } = picture.entities;
  const latest = vehiclePositions(picture);
  return Object.values(picture.positions)
    .filter((fix) => fix.vehicle === null || !vehicles[fix.vehicle] || latest.get(fix.vehicle) === fix)
    .map((fix) => mover(picture, fix));
}

function mover(picture: Picture, fix: Position): Mover {
  const vehicle = fix.vehicle === null ? undefined : picture.entities.vehicles[fix.vehicle];
  return {
    kind: vehicle ? "vehicle" : "device",
    id: vehicle?.id ?? fix.device,
    lon: fix.lon,
    lat: fix.lat,
    label: vehicle?.callsign ?? fix.device,
    symbol: vehicle ? vehicleSymbol(vehicle.kind, vehicle.profile) : null,
    state: vehicle?.state ?? "",
    at: instant(fix.at) ?? 0,
    speed: fix.speed,
    course: fix.course,
    aboard: (vehicle?.aboard ?? []).map((id) => picture.entities.casualties[id]?.category ?? "UNKNOWN"),
    trail: picture.trails[fix.device] ?? [],
    uncertainty_m: fix.uncertainty_m ?? 0,
  };
}

/** Casualties not aboard a vehicle that is drawn and not yet in a facility, those of one place together. */
function casualties(picture: Picture): CasualtyGroup[] {
  const latest = vehiclePositions(picture);
  const groups = new Map<string, CasualtyGroup>();
  for (const casualty of Object.values(picture.entities.casualties)) {
    if (!onTheGround(casualty, latest)) continue;
    const { lon, lat } = casualty as { lon: number; lat: number };
    const place = `${lon.toFixed(4)},${lat.toFixed(4)}`;
    const group = groups.get(place) ?? { kind: "casualty", id: casualty.id, lon, lat, label: "", members: [], uncertainty_m: 0 };
    group.members.push({ id: casualty.id, category: casualty.category });
    group.uncertainty_m = Math.max(group.uncertainty_m, casualty.uncertainty_m ?? 0);
    groups.set(place, group);
  }
  return [...groups.values()];
}

function onTheGround(casualty: Casualty, latest: Map<string, Position>): boolean {
  if (casualty.lon === null || casualty.lat === null || casualty.facility !== null || isOver(casualty)) return false;
  return casualty.carried_by === null || !latest.has(casualty.carried_by);
}

const ORDER: Category[] = ["T1", "T2", "UNKNOWN", "T3", "T4", "DEAD"];

/** The gravest category of what was found so far and of an asset's casualties, aboard or on the ground. */
export function worst(found: Category | null, asset: Asset): Category | null {
  let best = found === null ? ORDER.length : ORDER.indexOf(found);
  if (asset.kind === "casualty") for (const { category } of asset.members) best = Math.min(best, ORDER.indexOf(category));
  else if (asset.kind === "vehicle" || asset.kind === "device") for (const category of asset.aboard) best = Math.min(best, ORDER.indexOf(category));
  return ORDER[best] ?? null;
}

/** How many of each category, the gravest first: `[["T1", 2], ["T3", 1]]`. */
export function tally(categories: readonly Category[]): [Category, number][] {
  return ORDER.map((category): [Category, number] => [category, categories.filter((c) => c === category).length]).filter(
    ([, count]) => count > 0,
  );
}

/** Is this mover's last fix too old to be believed? */
export const isStale = (at: number, now: number): boolean => now - at > STALE_MS;
