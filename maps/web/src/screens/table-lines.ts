/** What the table says of each asset, as words and as what they are sorted by. Pure. */
import type { Desk } from "../desk";
import { grid } from "../grid";
import type { Chain, Leg, Position } from "../live/protocol";
import { hazardHolds } from "../map/hazards";
import type { AssetKind, AssetRef } from "../map/scene";
import { isStale, vehiclePositions } from "../map/scene";
import { stateWord, strings } from "../strings";
import { age, clockZ, instant } from "../times";
import { flagWords } from "./facts";

export const COLUMNS = ["kind", "name", "state", "place", "age", "eta", "to", "speed", "load", "note"] as const;
export type Column = (typeof COLUMNS)[number];
export interface Cell {
  text: string;
  sort: string | number;
}
export interface Line {
  ref: AssetRef;
  stale: boolean;
  cells: Record<Column, Cell>;
}

const KIND_ORDER: AssetKind[] = ["vehicle", "device", "casualty", "request", "facility", "team", "hazard", "site"];
const LAST = Number.MAX_SAFE_INTEGER;
const order = new Intl.Collator(undefined, { numeric: true });

const cell = (text: string, sort: string | number = text): Cell => ({ text, sort });
const EMPTY = cell("");
const words = (...parts: string[]): string => parts.filter((part) => part !== "").join(" · ");

export const compare = (a: string | number, b: string | number): number => (typeof a === "number" && typeof b === "number" ? a - b : order.compare(String(a), String(b)));

/** Sorted by a column; equal ones by name, then id, so that nothing jumps between two updates. */
export function sorted(lines: Line[], column: Column, upwards: boolean): Line[] {
  const side = upwards ? 1 : -1;
  return lines.sort((a, b) => side * compare(a.cells[column].sort, b.cells[column].sort) || compare(a.cells.name.sort, b.cells.name.sort) || (a.ref.id < b.ref.id ? -1 : 1));
}

/** Lines that hold every word that was typed, in any of their cells. */
export function filtered(lines: readonly Line[], typed: string): Line[] {
  const wanted = typed.toLocaleLowerCase().split(/\s+/).filter((word) => word !== "");
  if (wanted.length === 0) return [...lines];
  return lines.filter((line) => {
    const all = `${line.ref.id} ${COLUMNS.map((column) => line.cells[column].text).join(" ")}`.toLocaleLowerCase();
    return wanted.every((word) => all.includes(word));
  });
}

const places = new WeakMap<object, string>();

/** The grid of something that keeps its identity while it stands still. */
function gridOf(one: { lon: number | null; lat: number | null }): string {
  let known = places.get(one);
  if (known === undefined) places.set(one, (known = grid(one.lon, one.lat)));
  return known;
}

function line(kind: AssetKind, id: string, parts: Partial<Record<Column, Cell>>, stale = false): Line {
  const cells: Record<Column, Cell> = { kind: cell(strings.kinds[kind] ?? kind, KIND_ORDER.indexOf(kind)), name: cell(id), state: EMPTY, place: EMPTY, age: cell("", LAST), eta: cell("", LAST), to: EMPTY, speed: cell("", -1), load: EMPTY, note: EMPTY };
  return { ref: { kind, id }, stale, cells: { ...cells, ...parts } };
}

/** Where a leg leads and when it is there, at the middle of its forecast. */
function toward(leg: Leg | undefined): Partial<Record<Column, Cell>> {
  const at = leg ? instant(leg.arrive_p50_at) : null;
  return leg && at !== null ? { eta: cell(clockZ(at), at), to: cell(leg.to.name) } : {};
}

const open = (leg: Leg): boolean => leg.state !== "done";

/** The next leg of each vehicle, and the last leg of each casualty's chain. */
function ways(desk: Desk): { vehicles: Map<string, Leg>; casualties: Map<string, Leg> } {
  const found = { vehicles: new Map<string, Leg>(), casualties: new Map<string, Leg>() };
  for (const chain of Object.values(desk.picture.entities.chains)) if (chain.status === "active") take(found, chain);
  return found;
}

function take(found: ReturnType<typeof ways>, chain: Chain): void {
  for (const leg of chain.legs) if (open(leg) && !found.vehicles.has(leg.vehicle)) found.vehicles.set(leg.vehicle, leg);
  const last = chain.legs.filter(open).findLast((leg) => leg.to.name !== "");
  if (last) for (const id of chain.casualties) found.casualties.set(id, last);
}

export function linesOf(desk: Desk): Line[] {
  const { entities } = desk.picture;
  const way = ways(desk);
  return [
    ...vehicleLines(desk, way.vehicles),
    ...Object.values(entities.casualties).map((c) => line("casualty", c.id, { state: cell(words(strings.category(c.category), stateWord(c.state))), place: cell(gridOf(c)), load: cell(c.carried_by ? (entities.vehicles[c.carried_by]?.callsign ?? c.carried_by) : ""), note: cell(c.what), ...toward(way.casualties.get(c.id)) })),
    ...Object.values(entities.facilities).map((f) => line("facility", f.id, { name: cell(f.name), state: cell(words(stateWord(f.accepting), f.over_capacity ? strings.facts.overCapacity : "")), place: cell(gridOf(f)), load: cell(`${f.patients.length} / ${f.beds.free ?? strings.notTold}`, f.patients.length), note: cell(`${f.level} ${f.capabilities.join(" ")}`) })),
    ...Object.values(entities.requests).filter((r) => r.state !== "closed").map((r) => line("request", r.id, { state: cell(stateWord(r.state)), place: cell(gridOf(r)), load: cell(String(r.how_many), r.how_many), note: cell(`${r.place} ${r.what}`) })),
    ...Object.values(entities.teams).map((t) => line("team", t.id, { name: cell(t.name), state: cell(t.state), place: cell(gridOf(t)), load: cell(String(t.members), t.members), note: cell(stateWord(t.kind)) })),
    ...Object.values(entities.hazards).filter((h) => hazardHolds(h, desk.now)).map((h) => line("hazard", h.id, { name: cell(h.name || h.id), state: cell(stateWord(h.kind)), place: cell(gridOf(h)), note: cell(h.affects.map(stateWord).join(" ")) })),
    ...Object.values(entities.sites).map((s) => line("site", s.id, { name: cell(s.name), state: cell(stateWord(s.kind)), place: cell(gridOf(s)) })),
  ];
}

function vehicleLines(desk: Desk, way: Map<string, Leg>): Line[] {
  const { entities, positions } = desk.picture;
  const latest = vehiclePositions(desk.picture);
  const known = Object.values(entities.vehicles).map((v) => {
    const fix = latest.get(v.id);
    const parts = { name: cell(v.callsign), state: cell(stateWord(v.state)), load: cell(v.aboard.join(" "), v.aboard.length), note: cell(words(v.task ? `${v.task.request} ${stateWord(v.task.status)}` : "", ...v.doubts)) };
    return line("vehicle", v.id, { ...parts, ...fixCells(fix, desk.now), ...toward(way.get(v.id)) }, fix !== undefined && isStale(instant(fix.at) ?? 0, desk.now));
  });
  const bare = Object.values(positions).filter((fix) => fix.vehicle === null || !entities.vehicles[fix.vehicle]);
  return [...known, ...bare.map((fix) => line("device", fix.device, { ...fixCells(fix, desk.now), note: cell(deviceNote(fix, desk)) }, isStale(instant(fix.at) ?? 0, desk.now)))];
}

/** What is doubtful about the last fix, and the class of guarantee. */
const deviceNote = (fix: Position, desk: Desk): string => words(flagWords(fix.flags ?? []), desk.devices[fix.device]?.guarantee ?? "");

function fixCells(fix: Position | undefined, now: number): Partial<Record<Column, Cell>> {
  if (!fix) return { place: cell(strings.noFix) };
  const old = now - (instant(fix.at) ?? now);
  return { place: cell(gridOf(fix)), age: cell(age(old), old), speed: fix.speed === null ? cell("", -1) : cell(String(Math.round(fix.speed * 3.6)), fix.speed) };
}
