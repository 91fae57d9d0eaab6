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
  proof: { kind: string; words: string; at: Iso; by: string; source: string; entry: string | null } | null;
}

/** One figure that somebody told, with its age. */
export interface Figure {
  what: string;
  value: unknown;
  as_of: Iso | null;
  stale_after: Iso | null;
  source: string;
  by: string;
}
export interface Mist {
  age_group: string | null;
  age_years: number | null;
  injury_at: Iso | null;
  mechanism: string | null;
  injuries: string | null;
  signs: string | null;
  treatment: string | null;
  stable: boolean | null;
  completeness: number;
  missing: string[];
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
  also: Id[];
  triage: { id: Id; at: Iso; category: Category; reason: string; by: string; counts: boolean; not_breathing: boolean; missing: string[] }[];
  precedence: { now: string; suggested: string; decided: string | null; by: string | null; reason: string; at: Iso | null };
  retriage: string; // why it is due; empty when it is not
  affiliation: string;
  age_group: string;
  eligibility: { eligible: boolean; authority: string; reason: string; at: Iso } | null;
  outcome: { outcome: string; reason: string; by: string; at: Iso } | null;
  doubts: string[];
  mist: Mist;
  vitals: { count: number; latest: ({ at: Iso; by: string } & Record<string, unknown>) | null };
  treatments: { id: Id; at: Iso; treatment: string; site: string; detail: string; dose: string; by: string }[];
  tourniquets: { site: string; since: Iso; minutes: number; alert: boolean }[];
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
  medical_crew: boolean;
  teams: Id[];
  equipment: string[] | null; // null: nobody told
  readiness_s: number;
  ready_at: Iso | null;
  range_km: number | null;
  duty_ends_at: Iso | null;
  operator: string;
  condition: Figure[];
  doubts: string[];
}

export interface Team {
  id: Id;
  name: string;
  kind: string;
  members: number;
  state: string;
  vehicle: Id | null;
  facility: Id | null;
  lon: number | null;
  lat: number | null;
  device: string | null;
  duty_ends_at: Iso | null;
  condition: Figure[];
  demonstration: boolean;
}

export interface Hazard {
  id: Id;
  kind: string;
  name: string;
  affects: string[];
  geometry: { type: "Polygon"; coordinates: [number, number][][] } | { type: "LineString"; coordinates: [number, number][] } | { type: "Point"; coordinates: [number, number] };
  lon: number;
  lat: number;
  radius_m: number | null;
  effect: string;
  severity: number | null;
  speed_factor: number | null;
  reported_at: Iso | null;
  since: Iso | null;
  until: Iso | null;
  lifted_at: Iso | null;
  lifted_by: string; // the account of whoever lifted it
  by: string;
  source: string;
  author: string;
}

export interface Question {
  id: Id;
  casualty: Id | null;
  text: string;
  urgency: string | null;
  to: string;
  by: string;
  asked_at: Iso | null;
  answer: string | null;
  answered_by: string;
  answered_at: Iso | null;
}

export interface Alarm {
  id: Id;
  kind: string;
  severity: "critical" | "warning" | "notice";
  group: string;
  subject: Id;
  words: string;
  since: Iso | null; // null: it follows from a forecast
  round?: number; // which coming of it this is: what an acknowledgement names
  times?: number; // how often it came of late
  raised_at?: Iso | null;
  insists_at?: Iso | null; // from then on nobody has acknowledged it for too long
  acknowledged_at?: Iso | null;
  acknowledged_by?: string;
  over?: boolean; // it holds no more, and nobody has acknowledged it
}

export interface Room {
  bed: string;
  staffed: number | null;
  free: number | null; // negative in an overcrowded house
  reserved: number;
  inbound: number;
  left: number | null;
}

export interface Facility {
  id: Id;
  name: string;
  lon: number;
  lat: number;
  level: string;
  capabilities: string[];
  beds: { staffed: number | null; free: number | null }; // null: not told
  rooms: Room[];
  over_capacity: string; // empty when it is not
  reservations: { id: Id; casualty: Id; bed: string; at: Iso | null; until: Iso | null; by: string; chain: string; overbooked: boolean; unconfirmed: boolean }[];
  tables: number | null;
  theatre: { tables: number | null; queue: number | null; free_at: Iso | null };
  blood: { group: string; units: number; expires_at: Iso | null }[] | null;
  accepting: "open" | "diverting" | "closed";
  reason: string;
  board: Figure[];
  open: boolean; // false when it is diverting, too
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
  landing: Landing;
  checked_at: Iso | null;
  checked_by: string;
}

export interface Landing {
  radius_m: number | null;
  surface: string | null;
  slope_deg: number | null;
  slope_toward_deg: number | null; // downhill
  obstacles: { bearing_deg: number; distance_m: number; height_m: number; what?: string }[] | null;
  wires: boolean | null;
  approaches_deg: number[] | null;
  marking: string | null;
  by_day: boolean | null;
  by_night: boolean | null;
  elevation_m: number | null;
  strip_m: number | null;
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
  nine_line: NineLine | null;
  methane: { major: boolean | null; parts: { part: string; title: string; text: string }[]; missing: string[]; total: number | null } | null;
  acknowledged_at: Iso | null;
  acknowledged_by: string | null;
  stood_down: { at: Iso; reason: string; by: string } | null;
  possible_duplicates: { request: Id; words: string }[];
  warnings: string[];
  warned: { asset: Id; kind: string | null; warned_at: Iso | null; ready: boolean | null; ready_at: Iso | null; answered_at: Iso | null; reason: string }[];
  hands: { who: string; what: string; since: Iso; until: Iso | null; seconds: number | null }[];
  decision_s: number | null;
  approval_s: number | null;
}

export interface NineLine {
  dialect: string;
  verified: boolean;
  note: string;
  lines: { line: number; title: string; text: string; told_at: Iso | null; by: string }[];
  launchable: boolean;
  launchable_at: Iso | null;
  missing: string[];
  remarks: string;
  fields: Record<string, unknown>; // what is known, by field and in words
  read_back: { at: Iso; by: string; current: boolean } | null;
}

export interface Approval {
  needed: Id[];
  authorities: string[];
  state: "not_needed" | "awaiting" | "approved" | "denied";
  by: string | null;
  at: Iso | null;
  reason: string;
  asked_at: Iso | null;
  seconds: number | null;
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
  casualties?: Id[]; // who is aboard
  exposure_s?: number; // seconds in threat zones
}

export interface Chain {
  id: Id;
  request: Id;
  vehicles: Id[];
  casualties: Id[];
  facility: Id;
  status: string;
  legs: Leg[];
  late: string[];
  why: string; // of a cancelled one
  approval: Approval;
  inbound: { facility: Id; state: "asked" | "accepted" | "refused"; at: Iso | null; reason: string; by: string };
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
  uncertainty_m: number; // of one too vague for a point, else 0
  mission: Id;
}

/** How far a device can be trusted, as /api/devices tells it. */
export interface DeviceCard {
  guarantee: "A" | "B" | "C" | null;
  clock: { offset_s: number; judged_at: Iso | null; corrected: boolean; words: string };
}

export interface LogLine {
  seq: number;
  at: Iso;
  kind: string;
  text: string;
  actor: string;
  source: string;
}

/** A line as the server's log tells it; what only the stream told lacks the last five. */
export interface WatchLine extends LogLine {
  by?: string;
  about?: { group: string; id: Id }[];
  entry?: Id | null;
  flag?: "note" | "important" | "urgent" | null;
  corrects?: Id | null;
  corrected_by?: Id | null;
}

export interface LogPage {
  lines: WatchLine[]; // newest first
  more: boolean;
}

export type LogAsked = Record<"limit" | "q" | "who" | "topic" | "since" | "until" | "before", string>;

export interface BriefPage {
  mission: Id;
  name: string;
  exercise: boolean;
  since: Iso;
  until: Iso;
  sections: { name: string; title: string; lines: { words: string; group: string; subject: Id }[]; more: number }[];
  text: string;
}

export interface Shift {
  id: Id;
  at: Iso | null;
  outgoing: string;
  incoming: string;
  remarks: string;
  since: Iso | null;
  taken_at: Iso | null;
  taken_by: string;
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
  teams: Record<Id, Team>;
  hazards: Record<Id, Hazard>;
  questions: Record<Id, Question>;
  alarms: Record<Id, Alarm>;
}
export const ENTITY_KINDS = ["casualties", "vehicles", "facilities", "sites", "requests", "chains", "teams", "hazards", "questions", "alarms"] as const;
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
  | { event: "hello"; epoch: string; seq: number; server_time: Iso; viewer?: string; lane?: number }
  | { event: "change"; epoch: string; seq: number; server_time: Iso; log: LogLine[]; entities: EntityChanges }
  | { event: "positions"; server_time: Iso; positions: Position[]; entities?: EntityChanges; live?: boolean } // live: told as it is sent
  | { event: "lane"; lane: number; server_time: Iso }
  | { event: "heartbeat"; seq: number; server_time: Iso; trouble?: string[] }
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
  risks: string[];
  capability: string[];
  via: string[];
  beds_free_on_arrival: number | null;
  ahead_in_queue: number;
  table_free_at: Iso | null;
  exposure_s?: number; // seconds in threat zones
}
export interface Options {
  decision: Id;
  options: Option[];
  refused: { what: string; why: string }[];
  advice: string[];
  replaces: Id | null; // the running chain that these would take over from
}

export interface RecordEntry {
  id: Id;
  at: Iso;
  words: string;
  kind?: string;
  counts?: boolean;
  signs?: Record<string, unknown>; // of vital signs: what was taken
}
/** A line of the log about one thing, with when it was known here. */
export interface StoryLine extends LogLine {
  known_at: Iso | null;
  device: Id | null;
}
export interface Story {
  id: Id;
  lines: StoryLine[];
  cut: boolean; // there is more in the log
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
/** A message that could not be taken; `text` where every character is harmless, else `hex`. */
export interface SetAside {
  id: number;
  device: Id | null;
  reason: string;
  words: string;
  times: number;
  last_at: Iso;
  text: string | null;
  hex: string | null;
  size: number;
  cut: boolean;
}
export interface FoundPlace {
  lon: number;
  lat: number;
  mgrs: string;
  name: string | null;
  uncertainty_m?: number;
}
