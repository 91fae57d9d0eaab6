/** A sheet as it is worked on: begun anew or from a request, brought up to date, and turned into one command. Pure. */
import { newKey } from "../commands/outbox";
import type { Casualty, Request } from "../live/protocol";
import type { Dialect } from "./coded";
import type { NineDraft } from "./drafts";
import type { LineField, Texts, Told } from "./lines";
import { lineFields, textsOf } from "./lines";
import type { RowBody, RowTexts } from "./mist";
import { emptyRow, isBlank, rowOf } from "./mist";

export const MOST_AUTOMATIC_ROWS = 12;

export const freshDraft = (mission: string, now: number): NineDraft => ({ id: newKey(), mission, request: "", base: {}, toldAt: {}, texts: {}, pin: null, rows: [], rowsBase: [], others: [], savedAt: now, refused: "" });

/** What is known of a request, as a person would have typed it. */
function knownTexts(request: Request, dialect: Dialect | null): Texts {
  const texts = textsOf(request.nine_line?.fields ?? {}, dialect);
  return { ...texts, remarks: request.nine_line?.remarks ?? "" };
}
const toldTimes = (request: Request): Record<string, string> => Object.fromEntries((request.nine_line?.lines ?? []).map((one) => [String(one.line), one.told_at ?? ""]));

/** A sheet that tells more of a request; what was typed already, for another sheet, stays and comes first. */
export function updateOf(request: Request, casualties: readonly Casualty[], dialect: Dialect | null, typed: NineDraft): NineDraft {
  const base = knownTexts(request, dialect);
  const texts: Texts = { ...typed.texts };
  for (const [name, text] of Object.entries(base)) if ((texts[name] ?? "").trim() === "") texts[name] = text;
  const rowsBase = casualties.map(rowOf);
  return { ...typed, request: request.id, base, toldAt: toldTimes(request), texts, rowsBase, rows: merged(rowsBase, typed.rows.filter((row) => !isBlank(row))) };
}

/** Typed rows go to known casualties of whom nothing is told yet; the others are more casualties. */
function merged(known: RowTexts[], typed: RowTexts[]): RowTexts[] {
  const left = typed.map((row) => ({ ...row, casualty: "" }));
  const rows = known.map((row) => (isBlank(row) && left.length > 0 ? { ...(left.shift() as RowTexts), casualty: row.casualty } : row));
  return [...rows, ...left];
}

export interface Change {
  field: LineField;
  theirs: string;
  mine: boolean; // this sheet says something else, which stays until a person takes theirs
  at: string;
  by: string;
}

/** Lines that were told again since the sheet was opened: the draft takes them up, but never over what was typed. */
export function caughtUp(draft: NineDraft, request: Request, dialect: Dialect | null): { draft: NineDraft; changes: Change[] } {
  const [theirs, told] = [knownTexts(request, dialect), toldTimes(request)];
  const fresh = Object.keys(told).filter((line) => told[line] !== draft.toldAt[line]);
  if (fresh.length === 0) return { draft, changes: [] };
  const [texts, base, changes]: [Texts, Texts, Change[]] = [{ ...draft.texts }, { ...draft.base }, []];
  for (const field of lineFields(dialect).filter((one) => fresh.includes(String(one.line)))) {
    const [mine, was, now] = [texts[field.name] ?? "", base[field.name] ?? "", theirs[field.name] ?? ""];
    base[field.name] = now;
    if (now === was) continue;
    const row = request.nine_line?.lines.find((one) => one.line === field.line);
    if (mine.trim() === was.trim()) texts[field.name] = now;
    if (mine.trim() !== now.trim()) changes.push({ field, theirs: now, mine: mine.trim() !== was.trim(), at: row?.told_at ?? "", by: row?.by ?? "" });
  }
  return { draft: { ...draft, texts, base, toldAt: told }, changes };
}

/** As many rows as are counted, up to a bound; what was typed is never taken away. */
export function rowsFor(rows: readonly RowTexts[], count: number): RowTexts[] {
  const wanted = Math.min(count, MOST_AUTOMATIC_ROWS);
  const kept = [...rows];
  while (kept.length > wanted && isBlank(kept.at(-1) as RowTexts) && kept.at(-1)?.casualty === "") kept.pop();
  while (kept.length < wanted) kept.push(emptyRow());
  return kept;
}

export interface Command extends Told {
  request?: string;
  lines: Told;
  casualties?: RowBody[];
  speaker?: string;
  at?: string;
}

/** The one small body that is posted; null when nothing is told. `heardAt` only where it must wait for a link. */
export function commandOf(draft: NineDraft, lines: Told, rows: (RowBody | null)[], heardAt: number | null): Command | null {
  const last = rows.findLastIndex((row) => row !== null);
  const pinned = draft.pin && lines["pickup"] === draft.pin.text ? { lon: draft.pin.lon, lat: draft.pin.lat, uncertainty_m: draft.pin.within } : {};
  const told = { ...lines, ...pinned };
  if (Object.keys(told).length === 0 && last < 0) return null;
  const speaker = (draft.texts["speaker"] ?? "").trim();
  return {
    ...(draft.request ? { request: draft.request } : {}), lines: told, ...(last < 0 ? {} : { casualties: rows.slice(0, last + 1).map((row) => row ?? {}) }),
    ...(speaker ? { speaker } : {}), ...(heardAt === null ? {} : { at: new Date(heardAt).toISOString() }),
  };
}

/** Where the server's words belong: a line, a casualty, or the sheet. */
export function faultAt(words: string): { line: number } | { casualty: number; words: string } | null {
  const line = /^line (\d)\b/i.exec(words);
  if (line) return { line: Number(line[1]) };
  const casualty = /^casualty (\d+): ([\s\S]*)$/i.exec(words);
  return casualty ? { casualty: Number(casualty[1]), words: casualty[2] as string } : null;
}
