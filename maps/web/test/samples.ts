/** Entities as the server sends them when next to nothing was told. */
import type { Alarm, Casualty, Chain, Entities, Facility, Request, Vehicle } from "../src/live/protocol";

export const entities = (more: Partial<Entities> = {}): Entities => ({
  casualties: {}, vehicles: {}, facilities: {}, sites: {}, requests: {}, chains: {}, teams: {}, hazards: {}, questions: {}, alarms: {}, ...more,
});
export const casualty = (id: string, more: Partial<Casualty> = {}): Casualty => ({
  id, request: null, category: "T2", injury_at: null, injury_uncertainty_s: null, state: "reported", lon: 20, lat: 5, uncertainty_m: null, carried_by: null,
  facility: null, chain: null, source: "device", what: "", needs: [], forecast_estimated: false, clocks: [], also: [], triage: [],
  precedence: { now: "priority", suggested: "priority", decided: null, by: null, reason: "", at: null }, retriage: "", affiliation: "unknown", age_group: "unknown",
  eligibility: null, outcome: null, doubts: [], vitals: { count: 0, latest: null }, treatments: [], tourniquets: [],
  mist: { age_group: null, age_years: null, injury_at: null, mechanism: null, injuries: null, signs: null, treatment: null, stable: null, completeness: 0, missing: [] }, ...more,
});
export const vehicle = (id: string, aboard: string[] = [], more: Partial<Vehicle> = {}): Vehicle => ({
  id, callsign: `AMB ${id}`, kind: "ground", profile: "", device: null, state: "available", litters: 1, seats: 0, aboard, task: null, home: null, medical_crew: true,
  teams: [], equipment: null, readiness_s: 0, ready_at: null, range_km: null, duty_ends_at: null, operator: "", condition: [], doubts: [], ...more,
});
export const facility = (id: string, more: Partial<Facility> = {}): Facility => ({
  id, name: `MTF ${id}`, lon: 20, lat: 5, level: "2", capabilities: [], beds: { staffed: null, free: null }, rooms: [], over_capacity: "", reservations: [], tables: null,
  theatre: { tables: null, queue: null, free_at: null }, blood: null, accepting: "open", reason: "", board: [], open: true, source: "", date: "", demonstration: true,
  inbound: [], patients: [], ...more,
});
export const request = (id: string, more: Partial<Request> = {}): Request => ({
  id, place: "", lon: 20, lat: 5, uncertainty_m: null, how_many: 1, what: "", who: "", source: "voice", opened_at: null, state: "open", casualties: [], nine_line: null,
  methane: null, acknowledged_at: null, acknowledged_by: null, stood_down: null, possible_duplicates: [], warnings: [], warned: [], hands: [], decision_s: null, approval_s: null, ...more,
});
export const chain = (id: string, more: Partial<Chain> = {}): Chain => ({
  id, request: "r", vehicles: [], casualties: [], facility: "f", status: "active", legs: [], late: [], why: "",
  approval: { needed: [], authorities: [], state: "not_needed", by: null, at: null, reason: "", asked_at: null, seconds: null },
  inbound: { facility: "f", state: "asked", at: null, reason: "", by: "" }, ...more,
});
export const alarm = (id: string, more: Partial<Alarm> = {}): Alarm => ({ id, kind: "unplanned", severity: "warning", group: "casualties", subject: "K7", words: "waits", since: null, ...more });
