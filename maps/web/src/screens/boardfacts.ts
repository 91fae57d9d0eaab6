/** What the boards show of facilities and vehicles: who comes when, how old a figure is, in which column a vehicle stands. Pure. */
import type { Desk } from "../desk";
import type { Casualty, Chain, Facility, Figure, Id, Leg, Position, Vehicle } from "../live/protocol";
import { instant } from "../times";

const names = new Intl.Collator(undefined, { numeric: true }); // made once: a thousand names are compared each second
const byName = (a: string, b: string): number => names.compare(a, b);

/** A casualty on the way to a facility. */
export interface Inbound {
  casualty: Casualty;
  chain: Chain | null;
  vehicle: Id | null;
  p50: number | null;
  p90: number | null;
}

/** The leg that brings a casualty to the end of its chain. */
export function lastLeg(chain: Chain, casualty: Id): Leg | undefined {
  return chain.legs.findLast((leg) => leg.casualties?.includes(casualty)) ?? chain.legs.at(-1);
}

/** Who is on the way to a facility, the soonest first; those without an ETA last. */
export function inboundOf(facility: Facility, desk: Desk): Inbound[] {
  const { casualties, chains } = desk.picture.entities;
  const found = facility.inbound.flatMap((id): Inbound[] => {
    const casualty = casualties[id];
    if (!casualty) return [];
    const chain = casualty.chain ? (chains[casualty.chain] ?? null) : null;
    const leg = chain ? lastLeg(chain, id) : undefined;
    return [{ casualty, chain, vehicle: casualty.carried_by ?? leg?.vehicle ?? null, p50: instant(leg?.arrive_p50_at), p90: instant(leg?.arrive_p90_at) }];
  });
  return found.sort((a, b) => (a.p50 ?? Infinity) - (b.p50 ?? Infinity));
}

/** The figures of a board whose name begins so. */
export const figuresOf = (board: readonly Figure[], start: string): Figure[] => board.filter((one) => one.what === start || one.what.startsWith(`${start}.`));

/** The oldest of some figures, by when it was told; null when none has a time. */
export function oldest(board: readonly Figure[]): Figure | null {
  const timed = board.filter((one) => instant(one.as_of) !== null);
  return timed.length === 0 ? null : timed.reduce((a, b) => ((instant(b.as_of) as number) < (instant(a.as_of) as number) ? b : a));
}

export type FacilityOrder = "name" | "accepting" | "free" | "theatre" | "inbound" | "stale";
const TAKES = { open: 0, diverting: 1, closed: 2 } as const;

export function sortFacilities(all: readonly Facility[], by: FacilityOrder, desk: Desk): Facility[] {
  const soonest = (one: Facility): number => inboundOf(one, desk)[0]?.p50 ?? Infinity;
  const worth: Record<FacilityOrder, (one: Facility) => number> = {
    name: () => 0,
    accepting: (one) => TAKES[one.accepting] ?? 3,
    free: (one) => -(one.beds.free ?? -Infinity),
    theatre: (one) => (one.tables ?? 0) > 0 ? (instant(one.theatre.free_at) ?? Infinity) : Infinity,
    inbound: soonest,
    stale: (one) => instant(oldest(one.board)?.as_of) ?? -Infinity,
  };
  const keyed = all.map((one) => ({ one, rank: worth[by](one) }));
  keyed.sort((a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank) || byName(a.one.name, b.one.name));
  return keyed.map(({ one }) => one);
}

// --- vehicles

export const COLUMNS = ["available", "tasked", "to_pickup", "on_scene", "to_facility", "at_facility", "out_of_service"] as const;
export type Column = (typeof COLUMNS)[number];

/** A state that the catalogue does not know stands with those that can do nothing. */
export const columnOf = (vehicle: Vehicle): Column => COLUMNS.find((one) => one === vehicle.state) ?? "out_of_service";

/** Litters and seats that nobody lies or sits on: who is aboard takes litters first. */
export function roomLeft(vehicle: Vehicle): { litters: number; seats: number } {
  const litters = Math.max(0, vehicle.litters - vehicle.aboard.length);
  const seats = Math.max(0, vehicle.seats - Math.max(0, vehicle.aboard.length - vehicle.litters));
  return { litters, seats };
}

/** Where the vehicle goes next and when it is there, of the chain it works for. */
export function nextStop(vehicle: Vehicle, desk: Desk): Leg | null {
  const chain = vehicle.task ? desk.picture.entities.chains[vehicle.task.chain] : undefined;
  if (chain?.status !== "active") return null;
  return chain.legs.find((leg) => leg.vehicle === vehicle.id && leg.state !== "done") ?? null;
}

export type VehicleOrder = "callsign" | "fix" | "eta";

export function sortVehicles(all: readonly Vehicle[], by: VehicleOrder, desk: Desk, fixes: ReadonlyMap<Id, Position>): Vehicle[] {
  const rank = (one: Vehicle): number => {
    if (by === "fix") return instant(fixes.get(one.id)?.at) ?? -Infinity;
    return by === "eta" ? (instant(nextStop(one, desk)?.arrive_p50_at) ?? Infinity) : 0;
  };
  const keyed = all.map((one) => ({ one, rank: rank(one) }));
  keyed.sort((a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank) || byName(a.one.callsign, b.one.callsign));
  return keyed.map(({ one }) => one);
}
