/** What the watch wants to see on the map, remembered in this browser. Pure but for `read` and `keep`. */
import type { Look } from "./ground";
import type { Asset } from "./scene";

export const BASE_GROUPS = ["roads", "water", "land", "places", "grid"] as const;
export const MISSION_GROUPS = ["facilities", "sites", "hazards", "legs", "trails"] as const;
export type Group = (typeof BASE_GROUPS)[number] | (typeof MISSION_GROUPS)[number];
export interface Choice extends Look {
  shown: Record<Group, boolean>;
}

const KEPT = "casevac.layers";
const GROUPS: readonly Group[] = [...BASE_GROUPS, ...MISSION_GROUPS];
const HIDDEN_AT_FIRST: readonly Group[] = ["grid"];

const first = (): Record<Group, boolean> => Object.fromEntries(GROUPS.map((group) => [group, !HIDDEN_AT_FIRST.includes(group)])) as Record<Group, boolean>;
export const EVERYTHING: Choice = { shown: first(), dim: 0 };

/** What was kept; whatever cannot be read is as at first. */
export function readChoice(memory: Storage): Choice {
  const choice: Choice = { shown: first(), dim: 0 };
  try {
    const kept = JSON.parse(memory.getItem(KEPT) ?? "{}") as { shown?: Record<string, unknown>; dim?: unknown };
    for (const group of GROUPS) if (typeof kept.shown?.[group] === "boolean") choice.shown[group] = kept.shown[group] as boolean;
    if (typeof kept.dim === "number" && kept.dim >= 0 && kept.dim <= 1) choice.dim = kept.dim;
  } catch {
    return choice; // not ours, or of another version
  }
  return choice;
}

export const keepChoice = (memory: Storage, choice: Choice): void => memory.setItem(KEPT, JSON.stringify(choice));

/** The assets that are wanted; what moves, the hurt and the calls for help are never hidden. */
export function wanted(assets: readonly Asset[], { shown }: Choice): readonly Asset[] {
  if (shown.facilities && shown.sites && shown.trails) return assets;
  return assets.flatMap((asset): Asset[] => {
    if ((asset.kind === "facility" && !shown.facilities) || (asset.kind === "site" && !shown.sites)) return [];
    return [!shown.trails && (asset.kind === "vehicle" || asset.kind === "device") ? { ...asset, trail: [] } : asset];
  });
}
