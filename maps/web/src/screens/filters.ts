/** Which casualties a watch-keeper wants to see; what is hidden is always counted. Pure, but for what is kept in this browser. */
import type { Desk } from "../desk";
import type { Casualty } from "../live/protocol";
import { margin } from "../times";

export interface Filter {
  category: string; // empty: all; GRAVE: T1 and T2
  request: string; // empty: all
  noPlan: boolean;
  mine: boolean;
}
export const ALL: Filter = { category: "", request: "", noPlan: false, mine: false };
export const GRAVE = "grave";

export const isAll = (filter: Filter): boolean => filter.category === "" && filter.request === "" && !filter.noPlan && !filter.mine;

export function fits(casualty: Casualty, filter: Filter, desk: Desk, pins: ReadonlySet<string>): boolean {
  if (filter.category === GRAVE && !["T1", "T2"].includes(casualty.category)) return false;
  if (filter.category !== "" && filter.category !== GRAVE && casualty.category !== filter.category) return false;
  if (filter.request !== "" && casualty.request !== filter.request) return false;
  if (filter.noPlan && (casualty.chain !== null || casualty.facility !== null)) return false;
  return !filter.mine || isMine(casualty, desk, pins);
}

/** Marked by this person in this browser, or of a request that this person acknowledged. */
export function isMine(casualty: Casualty, desk: Desk, pins: ReadonlySet<string>): boolean {
  const request = casualty.request ? desk.picture.entities.requests[casualty.request] : undefined;
  return pins.has(casualty.id) || (request?.acknowledged_by === desk.me.name && desk.me.name !== "");
}

/** How many of these are over a limit. */
export const overCount = (casualties: readonly Casualty[], now: number): number => casualties.filter((one) => (margin(one, now)?.most ?? 0) < 0).length;

const PINS = "casevac.mine";

export class Pins {
  readonly ids: Set<string>;

  constructor(private readonly shelf: Pick<Storage, "getItem" | "setItem">) {
    this.ids = new Set(read(shelf.getItem(PINS)));
  }

  toggle(id: string): void {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.shelf.setItem(PINS, JSON.stringify([...this.ids].slice(-500)));
  }
}

function read(text: string | null): string[] {
  try {
    const kept: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
  } catch {
    return []; // a damaged shelf is an empty one
  }
}
