/** The shapes that cross the wire between maps and this page. Times are ISO 8601 UTC text. */

export type Id = string;
export type Iso = string;
export type Category = "T1" | "T2" | "T3" | "T4" | "DEAD" | "UNKNOWN";
export type ClockStatus = "met" | "late" | "on_track" | "at_risk" | "will_breach" | "breached" | "no_plan" | "not_needed";
export type Step = "bleeding_control" | "advanced_care" | "surgery";

export interface Clock {
  step: Step;
  target_at: Iso | null;
  target_latest_at: Iso | null;
  forecast_p50_at: Iso | null;
  forecast_p90_at: Iso | null;
  actual_at: Iso | null;
  status: ClockStatus;
}

export interface Casualty {
  id: Id;
  request: Id | null;
  category: Category;
  injury_at: Iso | null;
  injury_uncertainty_s: number | null;
  state: string;
  lon: number | null;
  lat: number | null;
  uncertainty_m: number | null;
  carried_by: Id | null;
  facility: Id | null;
  chain: Id | null;
  source: string | null;
  what: string;
  needs: string[];
  forecast_estimated: boolean;
  clocks: Clock[];
}

export interface NamedPlace {
  name: string;
  lon: number;
  lat: number;
}

export interface Vehicle {
  id: Id;
  callsign: string;
  kind: "ground" | "air";
  profile: string;
  device: string | null;
  state: string;
  litters: number;
  seats: number;
  aboard: Id[];
  task: { id: Id; request: Id; chain: Id; status: string } | null;
  home: NamedPlace | null;
}

export interface Facility {
  id: Id;
  name: string;
  lon: number;
  lat: number;
  level: string;
  capabilities: string[];
  beds: { staffed: number; free: number };
  tables: number;
  open: boolean;
  source: string;
  date: string;
  demonstration: boolean;
  inbound: Id[];
  patients: Id[];
}

export interface Site {
  id: Id;
  name: string;
  kind: string;
  lon: number;
  lat: number;
  source: string;
  demonstration: boolean;
}

export interface Request {
  id: Id;
  place: string;
  lon: number | null;
  lat: number | null;
  uncertainty_m: number | null;
  how_many: number;
  what: string;
  who: string;
  source: string | null;
  opened_at: Iso | null;
  state: string;
  casualties: Id[];
}

export interface Leg {
  mode: string;
  vehicle: Id;
  purpose: string;
  from: NamedPlace;
  to: NamedPlace;
  path: [number, number][];
  metres: number;
  depart_at: Iso;
  arrive_p50_at: Iso;
  arrive_p90_at: Iso;
  estimated: boolean;
  state?: string;
}

export interface Chain {
  id: Id;
  request: Id;
  vehicles: Id[];
  casualties: Id[];
  facility: Id;
  status: string;
  legs: Leg[];
  late?: string[];
}

export interface Position {
  device: string;
  vehicle: Id | null;
  lon: number;
  lat: number;
  at: Iso;
  received_at: Iso;
  speed: number | null;
  course: number | null;
  accuracy: number | null;
  battery: number | null;
  source: string;
  speaker: string | null;
  flags: string[];
  mission: Id;
}

export interface LogLine {
  seq: number;
  at: Iso;
  kind: string;
  text: string;
  actor: string;
  source: string;
}

export interface Mission {
  id: Id;
  name: string;
  kind: "exercise" | "live";
  speed_factor: number;
  note: string;
}

export interface Entities {
  casualties: Record<Id, Casualty>;
  vehicles: Record<Id, Vehicle>;
  facilities: Record<Id, Facility>;
  sites: Record<Id, Site>;
  requests: Record<Id, Request>;
  chains: Record<Id, Chain>;
}
export const ENTITY_KINDS = ["casualties", "vehicles", "facilities", "sites", "requests", "chains"] as const;
export type EntityKind = (typeof ENTITY_KINDS)[number];
export type EntityChanges = { [K in EntityKind]?: Record<Id, Entities[K][Id] | null> };

export interface Snapshot {
  epoch: string;
  seq: number;
  server_time: Iso;
  mission: Mission;
  entities: Entities;
  positions: Position[];
  log: LogLine[];
}

export type Frame =
  | { event: "hello"; epoch: string; seq: number; server_time: Iso }
  | { event: "change"; epoch: string; seq: number; server_time: Iso; log: LogLine[]; entities: EntityChanges }
  | { event: "positions"; server_time: Iso; positions: Position[]; entities?: EntityChanges }
  | { event: "heartbeat"; seq: number; server_time: Iso }
  | { event: "reset"; epoch: string; seq: number; reason: string };

export interface Option {
  id: Id;
  rank: number;
  summary: string;
  vehicles: Id[];
  facility: Id;
  casualties: Id[];
  pickup_p50_at: Iso;
  arrive_p50_at: Iso;
  arrive_p90_at: Iso;
  verdict: string;
  estimated: boolean;
  legs: Leg[];
  reasons: string[];
}
export interface Options {
  decision: Id;
  options: Option[];
  refused: { what: string; why: string }[];
}

export interface Mark {
  at: Iso;
  kind: string;
  text: string;
}
export interface ReplayRange {
  from: Iso;
  to: Iso;
  marks: Mark[];
}
export interface FoundPlace {
  lon: number;
  lat: number;
  mgrs: string;
  name: string | null;
}
