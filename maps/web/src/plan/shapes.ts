/** What GET /api/plan tells. Times are ISO 8601 UTC text. */
import type { Category, Id, Iso } from "../live/protocol";

/** Of /api/plan/state: few bytes, asked often. */
export interface PlanState {
  mission: Id;
  stale: boolean;
  why: string[];
  down: boolean; // the part that plans does not run
  looked_at: Iso | null; // null: no planner ever looked at the mission
  seq: number | null;
  error: { error: string; message: string } | null;
  version: string; // another one whenever the plan is
}
export interface PlanTold extends PlanState {
  proposal: Proposal | null;
}

export interface Proposal {
  plan: Id;
  mission: Id;
  seq: number;
  as_of: Iso;
  stage: string; // first or searched
  policy: Rule;
  figures: Figures;
  lines: PlanLine[];
  left: { casualty: Id; category: Category; why: string }[];
  troubles: string[];
  helps: { words: string }[];
  locks: PlanLock[];
  frontier: Point[];
  note: string;
}

export interface Rule {
  name: string;
  version: string;
  words: string;
  curve: string;
  by: string;
  since: Iso | null;
}

export interface Figures {
  casualties: number;
  planned: number;
  surgical: number;
  surgery_in_time: number;
  p1: number;
  p1_in_time: number;
  deaths: number | null;
  bound: number | null;
  cost: number | null;
  gap: number | null;
}

export interface Fate {
  casualty: Id;
  category: Category;
  arrive_at: Iso | null;
  care_at: Iso | null;
  care_limit_at: Iso | null;
  surgery_at: Iso | null;
  surgery_limit_at: Iso | null;
  needs_surgery: boolean;
}

export interface Stop {
  name: string;
  lon: number;
  lat: number;
}

export interface Ride {
  vehicle: Id;
  start: Stop;
  stops: Stop[];
  end: Stop;
  casualties: Id[];
  begin_at: Iso;
  end_at: Iso;
  air: boolean;
}

export interface Other {
  id: Id;
  vehicles: Id[];
  facility: Id;
  summary: string;
  words: string[];
  fates: Fate[];
}

export interface PlanLine {
  id: Id;
  rank: number;
  state: string; // proposed, later, kept, changed
  can_approve: boolean;
  why_not: string;
  summary: string;
  vehicles: Id[];
  facility: Id;
  casualties: Id[];
  requests: Id[];
  replaces: Id;
  rides: Ride[];
  fates: Fate[];
  reasons: string[];
  risks: string[];
  alternatives: Other[];
}

export interface PlanLock {
  casualty: Id;
  facility: Id;
  vehicle: Id;
  words: string;
  trouble: string;
}

export interface Point {
  policy: string;
  version: string;
  words: string;
  chosen: boolean;
  figures: Figures;
  changes: string[];
}

export interface ApprovedAnswer {
  approved: { line: Id; decision: Id; chain: Id; requests: Id[] }[];
  refused: { line: Id; error: string; message: string }[];
}
