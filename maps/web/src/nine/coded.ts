/** Coded lines as they are typed: letters and words with counts, by the mission's dialect, strictly. Pure. */
import { nine as words } from "../strings/nine";

export type Value = string | null; // null: none needed
/** The letters of the mission, as the server tells them. */
export interface Dialect {
  name: string;
  title: string;
  verified: boolean;
  note: string;
  line_6: "war" | "peace";
  line_9: "war" | "peace";
  letters: Record<string, Record<string, Value>>;
  words: Record<string, Record<string, Value>>;
  titles: Record<string, string>;
  categories: string[];
  mission: string;
}

/** What is typed cannot be meant; `unfinished` while more may follow. */
export class Unclear extends Error {
  constructor(
    message: string,
    readonly unfinished = false,
  ) {
    super(message);
  }
}

export const MOST = 500;
const FILLERS = new Set(["AND", "PATIENT", "PATIENTS", "CASUALTY", "CASUALTIES", "TIMES"]);
const CLOSED = /(?:[\s,.;]+(?:BREAK|OVER|HOW COPY))+[\s.]*$/i;

export const wordOf = (value: Value): string => (value === null ? words.noneNeeded : (words.values[value] ?? value.replaceAll("_", " ")));

const phrase = (text: string): string => text.toUpperCase().split(/[_\s-]+/).join(" ");

/** Phrases of a line to values: words, letters, and letters as they are spelled. */
function phrases(line: number, dialect: Dialect | null): Map<string, Value> {
  const found = new Map<string, Value>();
  for (const [word, value] of Object.entries(dialect?.words[line] ?? {})) found.set(phrase(word), value);
  for (const [letter, value] of Object.entries(dialect?.letters[line] ?? {})) {
    found.set(letter, value);
    found.set(phrase(words.spelled[letter.charCodeAt(0) - 65] ?? letter), value);
    if (letter === "A") found.set("ALPHA", value);
    if (letter === "J") found.set("JULIET", value);
    if (letter === "X") found.set("XRAY", value);
  }
  return found;
}

/** `A urgent, B priority`: what a line takes, in words. */
export function accepted(line: number, dialect: Dialect | null): string {
  const letters = Object.entries(dialect?.letters[line] ?? {});
  if (letters.length > 0) return letters.map(([letter, value]) => `${letter} ${wordOf(value)}`).join(", ");
  return [...new Set(Object.values(dialect?.words[line] ?? {}))].map(wordOf).join(", ");
}

/** The letter of a value, else the word itself. */
export function lettered(line: number, value: Value, dialect: Dialect | null): string {
  const found = Object.entries(dialect?.letters[line] ?? {}).find(([, one]) => one === value);
  return found?.[0] ?? (value === null ? "NONE" : value.replaceAll("_", " ").toUpperCase());
}

type Item = { word: Value } | { number: number };
const isNumber = (item: Item): item is { number: number } => "number" in item;

function items(line: number, text: string, dialect: Dialect | null): Item[] {
  const known = phrases(line, dialect);
  const plain = text.replace(CLOSED, "").trim().replace(/[.!]+$/, "").toUpperCase().replaceAll("×", "X");
  let tokens = (plain.match(/[0-9]+|[A-Z]+|[^\s0-9A-Z,;:/&+=()-]/gu) ?? []).filter((one) => !FILLERS.has(one));
  const longest = Math.max(1, ...[...known.keys()].map((one) => one.split(" ").length));
  const found: Item[] = [];
  while (tokens.length > 0) {
    let size = Math.min(longest, tokens.length);
    while (size > 0 && !known.has(tokens.slice(0, size).join(" "))) size -= 1;
    if (size > 0) {
      found.push({ word: known.get(tokens.slice(0, size).join(" ")) ?? null });
      tokens = tokens.slice(size);
      continue;
    }
    const first = tokens.shift() as string;
    if (first !== "X") found.push({ number: number(line, first, dialect) }); // "x2": two of them
  }
  return found;
}

function number(line: number, typed: string, dialect: Dialect | null): number {
  const spoken = typed === "NINE" ? 9 : words.figures.indexOf(typed);
  if (spoken >= 0) return spoken;
  if (!/^\d+$/.test(typed)) throw new Unclear(words.bad.letter(typed.slice(0, 20), dialect?.name ?? "", accepted(line, dialect)));
  if (typed.length > 4 || Number(typed) > MOST) throw new Unclear(words.bad.many(typed.slice(0, 20)));
  return Number(typed);
}

/** How many of each: `A2 C1`, `2A 1C`, `2 urgent`; with `bare` a word may go without a number (null). */
export function counted(line: number, text: string, dialect: Dialect | null, bare = false): Map<Value, number | null> {
  const found = items(line, text, dialect);
  const told = new Map<Value, number | null>();
  const first = found[0];
  if (!first) throw new Unclear(accepted(line, dialect), true);
  const pairs = isNumber(first) ? numbersFirst(line, found, dialect) : numbersAfter(line, found, dialect);
  for (const [value, count] of pairs) {
    if (told.has(value)) throw new Unclear(words.bad.twice(wordOf(value)));
    if (count === null && !bare) throw new Unclear(words.bad.number(wordOf(value), lettered(line, value, dialect)), true);
    told.set(value, count);
  }
  return told;
}

function numbersFirst(line: number, found: Item[], dialect: Dialect | null): [Value, number][] {
  const pairs: [Value, number][] = [];
  for (let at = 0; at < found.length; at += 2) {
    const [count, word] = [found[at] as Item, found[at + 1]];
    if (!isNumber(count) || (word && isNumber(word))) throw new Unclear(words.bad.turn);
    if (!word) throw new Unclear(words.bad.word(String(count.number), accepted(line, dialect)), true);
    pairs.push([(word as { word: Value }).word, count.number]);
  }
  return pairs;
}

function numbersAfter(line: number, found: Item[], dialect: Dialect | null): [Value, number | null][] {
  const pairs: [Value, number | null][] = [];
  for (const item of found) {
    const last = pairs.at(-1);
    if (!isNumber(item)) pairs.push([item.word, null]);
    else if (last && last[1] === null) last[1] = item.number;
    else throw new Unclear(words.bad.word(String(item.number), accepted(line, dialect)));
  }
  return pairs;
}

/** The words of a line that counts nothing. */
export function listed(line: number, text: string, dialect: Dialect | null): Value[] {
  const told = new Set<Value>();
  for (const item of items(line, text, dialect)) {
    if (isNumber(item)) throw new Unclear(words.bad.noNumber(String(item.number)));
    told.add(item.word);
  }
  if (told.size === 0) throw new Unclear(accepted(line, dialect), true);
  if (told.has(null) && told.size > 1) throw new Unclear(words.bad.both);
  return [...told];
}

/** The one word of a line. */
export function single(line: number, text: string, dialect: Dialect | null): Value {
  const told = listed(line, text, dialect);
  if (told.length !== 1) throw new Unclear(words.bad.one(accepted(line, dialect)));
  return told[0] as Value;
}

/** The first word of a line and the rest as typed: `C green`. */
export function leading(line: number, text: string, dialect: Dialect | null): [Value, string] {
  const known = phrases(line, dialect);
  const parts = [...text.matchAll(/[\p{L}\p{N}]+/gu)];
  for (let size = Math.min(3, parts.length); size > 0; size -= 1) {
    const key = parts.slice(0, size).map((one) => one[0].toUpperCase()).join(" ");
    const last = parts[size - 1] as RegExpExecArray;
    if (known.has(key)) return [known.get(key) ?? null, text.slice(last.index + last[0].length).replace(/^[\s,:;.(-]+/, "").trim()];
  }
  throw new Unclear(words.bad.letter(text.trim().slice(0, 20), dialect?.name ?? "", accepted(line, dialect)));
}
