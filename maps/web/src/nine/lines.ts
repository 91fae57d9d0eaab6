/** The nine lines: what is typed to fields of the request and back. Pure. */
import { nine as words } from "../strings/nine";
import type { Dialect, Value } from "./coded";
import { Unclear, accepted, counted, leading, lettered, listed, single, wordOf } from "./coded";

export const LONGEST = 2000;
export type Told = Record<string, unknown>;
export interface LineField {
  name: string;
  line: number; // 0: beside the lines
  most: number;
  coded: boolean; // takes letters
  counts: boolean; // may begin with a number
}

const field = (name: string, line: number, more: Partial<LineField> = {}): LineField => ({ name, line, most: LONGEST, coded: false, counts: true, ...more });
const coded = (name: string, line: number, counts: boolean): LineField => field(name, line, { coded: true, counts, most: 300 });
const SIX = [coded("security", 6, false), field("wounds", 6)];
const NINE = [coded("contamination", 9, false), field("terrain", 9)];

/** The fields in the order in which they are told; war or peace decides which half comes first. */
export function lineFields(dialect: Dialect | null): LineField[] {
  const ordered = (pair: LineField[], form: string | undefined): LineField[] => (form === "peace" ? [...pair].reverse() : pair);
  return [
    field("pickup", 1, { most: 120 }), field("frequency", 2, { most: 80 }), field("callsign", 2, { most: 80 }), coded("precedences", 3, true), coded("equipment", 4, false),
    coded("types", 5, true), ...ordered(SIX, dialect?.line_6), coded("marking", 7, false), coded("patients", 8, true), ...ordered(NINE, dialect?.line_9), field("remarks", 0),
  ];
}

export type Texts = Record<string, string>;

const counts = (line: number, text: string, dialect: Dialect | null, bare = false): Record<string, number | null> =>
  Object.fromEntries([...counted(line, text, dialect, bare)].map(([value, count]) => [String(value), count]));
const saysNone = (text: string): boolean => /^\s*(none|nil)[\s.!]*$/i.test(text);

/** What one field tells; raises Unclear. An empty text tells nothing. */
export function tell(name: string, text: string, dialect: Dialect | null): Told {
  const typed = text.trim();
  if (typed === "") return {};
  switch (name) {
    case "precedences":
      return { precedences: saysNone(typed) ? {} : counts(3, typed, dialect) };
    case "equipment":
      return { equipment: listed(4, typed, dialect).filter((one) => one !== null) };
    case "types":
      return counts(5, typed, dialect);
    case "patients":
      return { patients: saysNone(typed) ? {} : counts(8, typed, dialect, true) };
    case "security":
      return { security: single(6, typed, dialect) };
    case "contamination":
      return { contamination: single(9, typed, dialect) };
    case "marking": {
      const [marking, detail] = leading(7, typed, dialect);
      return { marking, marking_detail: detail };
    }
    default:
      if ([...typed].length > LONGEST) throw new Unclear(words.bad.long(LONGEST));
      return { [name]: typed };
  }
}

/** What a coded text means in words, as `2 × urgent, 1 × priority`; raises Unclear. */
export function inWords(name: string, text: string, dialect: Dialect | null): string {
  const told = tell(name, text, dialect);
  const many = (all: Record<string, number | null>): string =>
    Object.entries(all).map(([value, n]) => (n === null ? words.uncounted(wordOf(value)) : words.count(n, wordOf(value)))).join(", ") || wordOf("none");
  if (name === "types") return many(told as Record<string, number>);
  if (name === "precedences" || name === "patients") return many((told[name] ?? {}) as Record<string, number | null>);
  if (name === "equipment") return ((told["equipment"] ?? []) as string[]).map(wordOf).join(", ") || words.noneNeeded;
  const value = told[name];
  const detail = String(told["marking_detail"] ?? "");
  return [wordOf(value as Value), detail].filter((part) => part !== "").join(", ");
}

/** Fields of a stored 9-line as a person would type them, by the letters of the dialect. */
export function textsOf(fields: Told, dialect: Dialect | null): Texts {
  const one = (word: string, n: number | null): string => (n === null ? word : `${word}${word.length === 1 ? "" : " "}${n}`);
  const many = (line: number, all: unknown): string =>
    all === undefined ? "" : Object.entries(all as Record<string, number | null>).map(([value, n]) => one(lettered(line, value, dialect), n)).join(" ") || "NONE";
  const code = (line: number, value: unknown): string => (value === undefined ? "" : lettered(line, value as Value, dialect));
  const plain = (name: string): string => String(fields[name] ?? "");
  const types = Object.fromEntries(["litter", "ambulatory"].filter((one) => fields[one] !== undefined).map((one) => [one, fields[one]]));
  const equipment = fields["equipment"] as string[] | undefined;
  return {
    pickup: plain("pickup"), frequency: plain("frequency"), callsign: plain("callsign"), precedences: many(3, fields["precedences"]),
    equipment: equipment === undefined ? "" : (equipment.length === 0 ? [null] : equipment).map((one) => lettered(4, one, dialect)).join(" "),
    types: Object.keys(types).length === 0 ? "" : many(5, types), security: code(6, fields["security"]), wounds: plain("wounds"),
    marking: fields["marking"] === undefined ? "" : [code(7, fields["marking"]), plain("marking_detail")].filter((one) => one !== "").join(", "),
    patients: many(8, fields["patients"]), contamination: code(9, fields["contamination"]), terrain: plain("terrain"), remarks: plain("remarks"),
  };
}

/** The fields of every text that differs from `base`, and what is unclear, by field. */
export function toldLines(texts: Texts, base: Texts, dialect: Dialect | null): { told: Told; unclear: Map<string, string> } {
  const told: Told = {};
  const unclear = new Map<string, string>();
  for (const { name } of lineFields(dialect)) {
    const text = texts[name] ?? "";
    if (text.trim() === (base[name] ?? "").trim()) continue;
    try {
      Object.assign(told, tell(name, text, dialect), name === "types" ? dropped(text, base["types"] ?? "", dialect) : {});
    } catch (fault) {
      if (!(fault instanceof Unclear)) throw fault;
      unclear.set(name, fault.message);
    }
  }
  return { told, unclear };
}

/** Types that were told before and are not any more: none of them, and not "as before". */
function dropped(text: string, before: string, dialect: Dialect | null): Told {
  if (before.trim() === "" || text.trim() === "") return {};
  const [now, then] = [tell("types", text, dialect), tell("types", before, dialect)];
  return { ...now, ...Object.fromEntries(Object.keys(then).filter((one) => !(one in now)).map((one) => [one, 0])) };
}

/** How many casualties lines 5 or 3 count; 0 while neither is clear. */
export function headCount(texts: Texts, dialect: Dialect | null): number {
  const sum = (name: "types" | "precedences"): number => {
    try {
      const told = tell(name, texts[name] ?? "", dialect);
      return Object.values((name === "types" ? told : (told["precedences"] ?? {})) as Record<string, number>).reduce((all, one) => all + one, 0);
    } catch {
      return 0; // unclear as yet
    }
  };
  return sum("types") || sum("precedences");
}

/** Lines 1 to 5 without a word. */
export function missing(texts: Texts): number[] {
  const filled = (name: string): boolean => (texts[name] ?? "").trim() !== "";
  const told: [number, boolean][] = [[1, filled("pickup")], [2, filled("callsign") || filled("frequency")], [3, filled("precedences")], [4, filled("equipment")], [5, filled("types")]];
  return told.filter(([, there]) => !there).map(([line]) => line);
}

/** What a field takes, before anything is typed. */
export const hintFor = (name: string, line: number, dialect: Dialect | null): string =>
  lineFields(dialect).find((one) => one.name === name)?.coded ? accepted(line, dialect) : (words.hints[name] ?? "");
