/** MIST, vital signs and category of each casualty: typed texts to what is sent, and back. Pure. */
import { timeOf } from "../commands/telling";
import type { Casualty } from "../live/protocol";
import { nine as words } from "../strings/nine";
import { clockZ, instant } from "../times";
import { LONGEST } from "./lines";

export const ROW_FIELDS = ["category", "reason", "mechanism", "injuries", "signs", "vitals", "treatment", "age", "injured", "within"] as const;
export type RowField = (typeof ROW_FIELDS)[number];
export type RowTexts = Record<RowField, string> & { casualty: string };
export type RowBody = { casualty?: string; mist?: Record<string, unknown>; vitals?: Record<string, unknown>; triage?: Record<string, unknown> };

/** Gravest first; a step down needs a reason. */
const RANK = ["DEAD", "T1", "T2", "T3"];

export class BadRow extends Error {
  constructor(
    readonly field: RowField,
    message: string,
  ) {
    super(message);
  }
}

export const emptyRow = (casualty = ""): RowTexts => ({ casualty, ...(Object.fromEntries(ROW_FIELDS.map((name) => [name, ""])) as Record<RowField, string>) });
export const isBlank = (row: RowTexts): boolean => ROW_FIELDS.every((name) => row[name].trim() === "");

export const lowers = (before: string, now: string): boolean => RANK.includes(before) && (now === "T4" || RANK.indexOf(now) > RANK.indexOf(before));

type Sign = [RegExp, (found: RegExpExecArray) => Record<string, unknown>];
const of = (name: string) => (found: RegExpExecArray): Record<string, unknown> => ({ [name]: Number((found[1] as string).replace(",", ".")) });
const N = "\\s*[:=]?\\s*(\\d+(?:[.,]\\d+)?)";
const SIGNS: Sign[] = [
  [/^BP\s*[:=]?\s*(\d+)\s*\/\s*(\d+)/i, (found) => ({ systolic: Number(found[1]), diastolic: Number(found[2]) })],
  [new RegExp(`^(?:BP|SBP)${N}`, "i"), of("systolic")], [/^(\d{2,3})\s*\/\s*(\d{2,3})(?!\d)/, (found) => ({ systolic: Number(found[1]), diastolic: Number(found[2]) })],
  [new RegExp(`^PAIN${N}`, "i"), of("pain")], [new RegExp(`^(?:PULSE|HR|P)${N}`, "i"), of("pulse")], [new RegExp(`^(?:RESP|RR|R)${N}`, "i"), of("respiration")],
  [new RegExp(`^(?:SPO2|SATS?|S)${N}\\s*%?`, "i"), of("spo2")], [new RegExp(`^(?:TEMP|T)${N}\\s*°?C?`, "i"), of("temperature_c")], [new RegExp(`^(?:GCS|G)${N}`, "i"), of("gcs")],
  [/^(?:AVPU\s*[:=]?\s*)?([AVPU])\b/i, (found) => ({ avpu: (found[1] as string).toUpperCase() })],
];

/** `P 120 R 28 BP 90/60 S 92 GCS 14 V` as fields; raises BadRow naming what is none. */
export function vitalsOf(text: string): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  let rest = text.trim();
  while (rest !== "") {
    const hit = SIGNS.map(([shape, make]) => [shape.exec(rest), make] as const).find(([found]) => found !== null);
    if (!hit?.[0]) throw new BadRow("vitals", words.bad.vitals(rest.split(/\s+/).slice(0, 2).join(" ").slice(0, 30)));
    Object.assign(told, hit[1](hit[0]));
    rest = rest.slice(hit[0][0].length).replace(/^[\s,;.]+/, "");
  }
  return told;
}

/** Vital signs in words, as typed. */
export function vitalsInWords(text: string): string {
  const told = vitalsOf(text);
  const pressure = (name: string): string => (name === "systolic" && told["diastolic"] !== undefined ? `/${String(told["diastolic"])}` : "");
  return Object.entries(told).filter(([name]) => name !== "diastolic").map(([name, value]) => `${words.signs[name] ?? name} ${String(value)}${pressure(name)}`).join(" · ");
}

function ageOf(text: string): Record<string, unknown> {
  const typed = text.trim().toLowerCase();
  if (typed === "") return {};
  const found = /^(adult|child|a|c)?[\s,]*(?:(\d{1,3}(?:[.,]\d)?)\s*(?:y|years?)?)?$/.exec(typed);
  const years = found?.[2] === undefined ? null : Number(found[2].replace(",", "."));
  if (!found || (years !== null && years > 130)) throw new BadRow("age", words.bad.age);
  const group = found[1] ? (found[1].startsWith("c") ? "child" : "adult") : (years as number) < 18 ? "child" : "adult"; // a child is under 18
  return { age_group: group, ...(years === null ? {} : { age_years: years }) };
}

function injuredOf(row: RowTexts, now: number): Record<string, unknown> {
  const [typed, about] = [row.injured.trim(), row.within.trim()];
  if (about !== "" && !/^\d{1,4}$/.test(about)) throw new BadRow("within", words.bad.within);
  if (typed === "") return {};
  const at = timeOf(typed, now);
  if (at === null || at > now + 60_000) throw new BadRow("injured", words.bad.injured);
  return { injury_at: new Date(at).toISOString(), ...(about === "" ? {} : { injury_uncertainty_s: Number(about) * 60 }) };
}

/** What is sent of one casualty: what differs from `base`; null when nothing does. Raises BadRow. */
export function rowBody(row: RowTexts, base: RowTexts, now: number): RowBody | null {
  const changed = (name: RowField): boolean => row[name].trim() !== base[name].trim() && row[name].trim() !== "";
  const mist: Record<string, unknown> = {};
  for (const name of ["mechanism", "injuries", "signs", "treatment"] as const) {
    if (row[name].trim().length > LONGEST) throw new BadRow(name, words.bad.long(LONGEST));
    if (changed(name)) mist[name] = row[name].trim();
  }
  if (changed("age")) Object.assign(mist, ageOf(row.age));
  if (changed("injured") || (changed("within") && row.injured.trim() !== "")) Object.assign(mist, injuredOf(row, now));
  const vitals = changed("vitals") ? vitalsOf(row.vitals) : {};
  const triage = changed("category") ? { category: row.category, ...(row.reason.trim() ? { reason: row.reason.trim() } : {}) } : {};
  if (changed("category") && lowers(base.category, row.category) && row.reason.trim() === "") throw new BadRow("reason", words.bad.reason);
  const parts = { mist, vitals, triage };
  const told = Object.fromEntries(Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0));
  return Object.keys(told).length === 0 ? null : { ...(row.casualty ? { casualty: row.casualty } : {}), ...told };
}

/** A known casualty as a person would type it. */
export function rowOf(casualty: Casualty): RowTexts {
  const { mist } = casualty;
  const at = instant(mist.injury_at);
  const age = [mist.age_group ?? "", mist.age_years ?? ""].filter((part) => part !== "" && part !== "unknown").join(" ");
  const within = casualty.injury_uncertainty_s === null || at === null ? "" : String(Math.round(casualty.injury_uncertainty_s / 60));
  return {
    ...emptyRow(casualty.id), category: casualty.category === "UNKNOWN" ? "" : casualty.category, mechanism: mist.mechanism ?? "", injuries: mist.injuries ?? "",
    signs: mist.signs ?? "", treatment: mist.treatment ?? "", age, injured: at === null ? "" : clockZ(at), within,
  };
}
