/** The fold: snapshot and frames become the picture. Pure: no clock, no socket; the worker and every tab run it alike. */
import type { Entities, EntityChanges, Frame, LogLine, Mission, Position, Snapshot } from "./protocol";
import { ENTITY_KINDS } from "./protocol";

export const LOG_LINES = 200;
export const TRAIL_FIXES = 12;
const QUANTUM_MS = 100; // the stream rounds times down to it: the same fix may seem so much older than in the snapshot

/** One known fix: lon, lat, time in milliseconds. */
export type Fix = readonly [number, number, number];

export interface Picture {
  epoch: string;
  seq: number; // the last log event folded in
  head: number; // the last log event the server says it has
  mission: Mission;
  entities: Entities;
  positions: Record<string, Position>; // latest by device
  trails: Record<string, readonly Fix[]>; // oldest first, by device
  log: readonly LogLine[]; // newest last
}

/** What a frame did: `picture` is the next one; `reset` asks for a new snapshot; `fresh` are log lines never seen before. */
export interface Folded {
  picture: Picture;
  reset: boolean;
  fresh: readonly LogLine[];
}

/** True when nothing but positions differs: ten times a second on the fast lane. */
export function onlyMoved(before: Picture | null, after: Picture): boolean {
  return before !== null && before.entities === after.entities && before.log === after.log && before.mission === after.mission && before.epoch === after.epoch;
}

/** The picture at a snapshot. Trails of `before` are kept as far as they are not later: they were real fixes. */
export function begin(snapshot: Snapshot, before: Picture | null = null): Picture {
  const same = before !== null && before.mission.id === snapshot.mission.id;
  const empty: Picture = {
    epoch: snapshot.epoch,
    seq: snapshot.seq,
    head: snapshot.seq,
    mission: snapshot.mission,
    entities: snapshot.entities,
    positions: {},
    trails: same ? cut(before.trails, Date.parse(snapshot.server_time)) : {},
    log: snapshot.log,
  };
  return withPositions(empty, snapshot.positions);
}

function cut(trails: Picture["trails"], until: number): Picture["trails"] {
  return Object.fromEntries(Object.entries(trails).map(([device, trail]) => [device, trail.filter((fix) => fix[2] <= until)]));
}

/** The next picture. A frame of another epoch changes nothing and asks for a reset. */
export function fold(picture: Picture, frame: Frame): Folded {
  switch (frame.event) {
    case "hello":
      if (frame.epoch !== picture.epoch) return ask(picture);
      return keep({ ...picture, head: Math.max(picture.head, frame.seq) });
    case "change":
      return frame.epoch === picture.epoch ? change(picture, frame) : ask(picture);
    case "positions":
      return keep(withPositions(withEntities(picture, frame.entities), frame.positions));
    case "heartbeat":
      return keep({ ...picture, head: Math.max(picture.head, frame.seq) });
    case "lane":
      return keep(picture);
    case "reset":
      return ask(picture);
  }
}

const keep = (picture: Picture): Folded => ({ picture, reset: false, fresh: [] });
const ask = (picture: Picture): Folded => ({ picture, reset: true, fresh: [] });

/** A change already folded in (a resumed stream may repeat) is ignored, so every log event counts once. */
function change(picture: Picture, frame: Extract<Frame, { event: "change" }>): Folded {
  if (frame.seq <= picture.seq) return keep(picture);
  const fresh = frame.log.filter((line) => line.seq > picture.seq);
  const next = withEntities(picture, frame.entities);
  const log = [...picture.log, ...fresh].slice(-LOG_LINES);
  return { picture: { ...next, seq: frame.seq, head: Math.max(picture.head, frame.seq), log }, reset: false, fresh };
}

function withEntities(picture: Picture, changes: EntityChanges | undefined): Picture {
  if (!changes) return picture;
  const entities = { ...picture.entities };
  for (const kind of ENTITY_KINDS) {
    const changed = changes[kind];
    if (changed) entities[kind] = replaced(entities[kind] as Record<string, never>, changed as Record<string, never | null>) as never;
  }
  return { ...picture, entities };
}

function replaced<T>(old: Record<string, T>, changed: Record<string, T | null>): Record<string, T> {
  const next = new Map(Object.entries(old)); // a Map: an id such as __proto__ stays plain text
  for (const [id, value] of Object.entries(changed)) {
    if (value === null) next.delete(id);
    else next.set(id, value);
  }
  return Object.fromEntries(next);
}

function withPositions(picture: Picture, positions: readonly Position[]): Picture {
  if (positions.length === 0) return picture;
  const latest = new Map(Object.entries(picture.positions));
  const trails = new Map(Object.entries(picture.trails));
  for (const fix of positions) {
    if (!Number.isFinite(fix.lon) || !Number.isFinite(fix.lat)) continue;
    const known = latest.get(fix.device);
    if (known && Date.parse(known.at) - Date.parse(fix.at) >= QUANTUM_MS) continue;
    latest.set(fix.device, fix);
    trails.set(fix.device, longer(trails.get(fix.device) ?? [], fix));
  }
  return { ...picture, positions: Object.fromEntries(latest), trails: Object.fromEntries(trails) };
}

function longer(trail: readonly Fix[], fix: Position): readonly Fix[] {
  const at = Date.parse(fix.at);
  const last = trail.at(-1);
  if (last && (last[2] >= at || (last[0] === fix.lon && last[1] === fix.lat))) return trail;
  return [...trail, [fix.lon, fix.lat, at] as const].slice(-TRAIL_FIXES);
}
