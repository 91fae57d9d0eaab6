/** Where a thing is on the map: a mark of its own, or the mark of what holds it. Pure. */
import type { Picture } from "../live/fold";
import type { AssetRef } from "./scene";
import { scene, vehiclePositions } from "./scene";

/** A casualty aboard a vehicle is shown by the vehicle, one in a facility by the facility, one of a group by the group. */
export function onMap(ref: AssetRef | null, picture: Picture | null): AssetRef | null {
  if (ref?.kind !== "casualty" || !picture) return ref;
  const casualty = picture.entities.casualties[ref.id];
  if (casualty?.carried_by && vehiclePositions(picture).has(casualty.carried_by)) return { kind: "vehicle", id: casualty.carried_by };
  const group = scene(picture).find((asset) => asset.kind === "casualty" && asset.members.some((member) => member.id === ref.id));
  if (group) return { kind: "casualty", id: group.id };
  return casualty?.facility ? { kind: "facility", id: casualty.facility } : ref;
}

/** The place to go to for it; null when nobody told where it is. */
export function placeOf(ref: AssetRef | null, picture: Picture | null): { lon: number; lat: number } | null {
  if (!ref || !picture) return null;
  const { teams, hazards } = picture.entities;
  const other = { team: teams, hazard: hazards }[ref.kind as "team" | "hazard"]?.[ref.id];
  if (other?.lon != null && other.lat != null) return { lon: other.lon, lat: other.lat };
  const shown = onMap(ref, picture);
  return scene(picture).find((asset) => asset.kind === shown?.kind && asset.id === shown.id) ?? null;
}
