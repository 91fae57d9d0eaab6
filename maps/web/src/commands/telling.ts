/** What is typed into a form of the server's table becomes the body of a radio call, strictly. Pure. */
import { typedPlace } from "../grid";
import { strings } from "../strings";
import { clockZ } from "../times";

const words = strings.voice;

export interface FormField {
  name: string;
  type: "id" | "text" | "long" | "choice" | "choices" | "integer" | "number" | "boolean" | "time" | "times" | "place" | "points" | "counts" | "map" | "beds" | "blood";
  required: boolean;
  of?: string;
  choices?: string[];
  unit?: string;
  ahead?: boolean;
  bare?: boolean;
  named?: boolean;
  default?: unknown;
}
export interface VoiceKind {
  kind: string;
  heading: string;
  summary: string;
  by_text: boolean;
  fields: FormField[];
}
export type Texts = Record<string, string>;

/** What is typed cannot be meant; `field` is its name. */
export class Wrong extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Minutes ago (or from now, when `ahead`), `14:35Z` or `1435` as the nearest such time, or a whole date and time in UTC. */
export function timeOf(text: string, now: number, ahead = false): number | null {
  const typed = text.trim();
  if (/^\d+([.,]\d+)?$/.test(typed) && !/^\d{4}$/.test(typed)) return now + (ahead ? 1 : -1) * Number(typed.replace(",", ".")) * MINUTE;
  const whole = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)Z?$/i.exec(typed);
  if (whole) return finite(Date.parse(`${whole[1]}T${whole[2]}Z`));
  const clock = /^(\d\d):?(\d\d)\s*Z?$/i.exec(typed);
  if (!clock || Number(clock[1]) > 23 || Number(clock[2]) > 59) return null;
  const at = Math.floor(now / DAY) * DAY + Number(clock[1]) * 3_600_000 + Number(clock[2]) * MINUTE;
  if (ahead) return at < now - MINUTE ? at + DAY : at;
  return at > now + MINUTE ? at - DAY : at;
}

const finite = (ms: number): number | null => (Number.isFinite(ms) ? ms : null);
const iso = (ms: number): string => new Date(ms).toISOString();
const parts = (text: string, by: RegExp): string[] => text.split(by).map((part) => part.trim()).filter((part) => part !== "");
const none = (text: string): boolean => text.toLowerCase() === "none";

/** The value of a field as it is sent; raises Wrong in words. A `place` is not resolved here. */
export function valueOf(field: FormField, text: string, now: number): unknown {
  const typed = text.trim();
  const wrong = (why: string): Wrong => new Wrong(field.name, `${label(field)}: ${why}`);
  switch (field.type) {
    case "id": case "text": case "long": case "place":
      return typed;
    case "choice":
      return oneOf(field, typed);
    case "boolean":
      if (typed !== "yes" && typed !== "no") throw wrong(words.bad.boolean);
      return typed === "yes";
    case "integer":
      if (!/^\d+$/.test(typed)) throw wrong(words.bad.integer);
      return Number(typed);
    case "number":
      return number(typed, wrong(words.bad.number));
    case "time":
      return moment(field, typed, now);
    case "times":
      return none(typed) ? [] : parts(typed, /[,;\n]/).map((part) => moment(field, part, now));
    case "choices":
      return none(typed) ? [] : parts(typed, /[,;\n]/).map((part) => oneOf(field, part));
    case "counts":
      return Object.fromEntries(parts(typed, /[,;\n]/).map((part) => counted(field, part, wrong)));
    case "map":
      return Object.fromEntries(parts(typed, /[,;\n]/).map((part) => answered(part, wrong)));
    case "beds":
      return parts(typed, /[,;\n]/).map((part) => bed(field, part, wrong));
    case "blood":
      return none(typed) ? [] : parts(typed, /[,;\n]/).map((part) => stock(part, wrong));
    case "points":
      return parts(typed, /[;\n]/).map((part) => typedPlace(part) ?? thrown(wrong(words.bad.points(part))));
  }
}

export const label = (field: FormField): string => words.fields[field.name] ?? capital(field.name.replace(/_(at|m|s|c|km)$/, "").replaceAll("_", " "));
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const thrown = (fault: Error): never => {
  throw fault;
};

function moment(field: FormField, text: string, now: number): string {
  const at = timeOf(text, now, field.ahead ?? false);
  if (at === null) throw new Wrong(field.name, `${label(field)}: ${field.ahead ? words.bad.ahead : words.bad.time}`);
  return iso(at);
}

function number(text: string, fault: Wrong): number {
  if (!/^-?\d+([.,]\d+)?$/.test(text)) throw fault;
  return Number(text.replace(",", "."));
}

const plain = (word: string): string => word.trim().toLowerCase().replace(/[\s-]+/g, "_");

function oneOf(field: FormField, text: string): string {
  const found = (field.choices ?? [text]).find((choice) => plain(choice) === plain(text));
  if (found === undefined) throw new Wrong(field.name, `${label(field)}: ${words.bad.choice(text, (field.choices ?? []).join(", "))}`);
  return found;
}

function counted(field: FormField, part: string, wrong: (why: string) => Wrong): [string, number | null] {
  const pair = /^(.+?)(?:\s*[=:]\s*|\s+)(\d+(?:[.,]\d+)?)$/.exec(part);
  if (!pair && !field.bare) throw wrong(words.bad.counts(part));
  const key = pair?.[1] ?? part;
  return [field.choices ? oneOf(field, key) : key.trim(), pair ? Number((pair[2] as string).replace(",", ".")) : null];
}

function answered(part: string, wrong: (why: string) => Wrong): [string, boolean | number | string] {
  const pair = /^(\w+)\s*[=:]\s*(.+)$/.exec(part);
  if (!pair) throw wrong(words.bad.map(part));
  const value = pair[2] as string;
  if (/^(yes|no)$/i.test(value)) return [pair[1] as string, value.toLowerCase() === "yes"];
  return [pair[1] as string, /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value];
}

function bed(field: FormField, part: string, wrong: (why: string) => Wrong): Record<string, unknown> {
  const found = /^([a-z]+)\s+(\d+)(?:\s*\/\s*(\d+))?(?:\s+occupied\s+(\d+))?$/i.exec(part);
  if (!found) throw wrong(words.bad.beds(part));
  const [, kind, free, staffed, occupied] = found;
  return {
    bed: oneOf(field, kind as string), free: Number(free), ...(staffed === undefined ? {} : { staffed: Number(staffed) }),
    ...(occupied === undefined ? {} : { occupied: Number(occupied) }),
  };
}

function stock(part: string, wrong: (why: string) => Wrong): Record<string, unknown> {
  const found = /^(\S+)\s+(\d+)(?:\s+until\s+(\d{4}-\d\d-\d\d))?$/i.exec(part);
  const until = found?.[3] === undefined ? null : finite(Date.parse(`${found[3]}T23:59:59Z`));
  if (!found || (found[3] !== undefined && until === null)) throw wrong(words.bad.blood(part));
  return { group: (found[1] as string).toUpperCase(), units: Number(found[2]), ...(until === null ? {} : { expires_at: iso(until) }) };
}

/** The lines of a 9-line, METHANE or MIST: told one by one, or all as text, never both. */
export const isLine = (kind: VoiceKind, field: FormField): boolean => kind.by_text && field.type !== "id" && !["raw", "by"].includes(field.name);

/** The body of a radio call; `place` is where the place was resolved. Raises Wrong naming the first field that is not right. */
export function voiceBody(kind: VoiceKind, texts: Texts, now: number, place: [number, number] | null): Record<string, unknown> {
  const body: Record<string, unknown> = { kind: kind.kind };
  for (const field of kind.fields) {
    const text = (texts[field.name] ?? "").trim();
    if (text === "" && field.required) throw new Wrong(field.name, words.missing(label(field)));
    if (text === "") continue;
    if (isLine(kind, field) && texts["raw"]?.trim()) throw new Wrong(field.name, words.notBoth);
    if (field.type !== "place") body[field.name] = valueOf(field, text, now);
    else if (place) [body["lon"], body["lat"]] = place;
    if (field.named && !typedPlace(text)) body["place"] = text;
  }
  if (!texts["speaker"]?.trim()) throw new Wrong("speaker", words.missing(words.speaker));
  body["speaker"] = texts["speaker"].trim();
  const heard = texts["ago"]?.trim() ? timeOf(texts["ago"], now) : null;
  if (texts["ago"]?.trim() && heard === null) throw new Wrong("ago", `${words.ago}: ${words.bad.time}`);
  if (heard !== null) body["at"] = iso(heard);
  return body;
}

/** How a field may be typed, in a few words; empty when it speaks for itself. */
export function hintOf(field: FormField, now: number): string {
  const hints: Partial<Record<FormField["type"], string>> = {
    time: field.ahead ? words.hint.ahead(clockZ(now + 3_600_000)) : words.hint.time(clockZ(now)),
    times: words.hint.times, points: words.hint.points, beds: words.hint.beds, blood: words.hint.blood, map: words.hint.map, place: strings.alert.whereHint,
    choices: words.hint.choices((field.choices ?? []).join(", ")),
    counts: words.hint.counts((field.choices ?? []).join(", ")),
  };
  return hints[field.type] ?? "";
}
