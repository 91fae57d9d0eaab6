/** The words to read back by radio, from what the server accepted: letters spelled, figures one by one. Pure. */
import { nine as words } from "../strings/nine";
import type { Casualty, Request } from "../live/protocol";
import type { Dialect } from "./coded";
import { lettered, wordOf } from "./coded";
import { dateTimeGroup, instant } from "../times";
import { lineFields } from "./lines";

const { prowords } = words;
const letterName = (letter: string): string => words.spelled[letter.charCodeAt(0) - 65] ?? letter;
const figureName = (digit: string): string => words.figures[Number(digit)] ?? digit;

/** Figures one by one: `120` is `ONE TWO ZERO`; a decimal point is said. */
export const figures = (text: string): string =>
  [...text].map((sign) => (/\d/.test(sign) ? figureName(sign) : sign === "." || sign === "," ? prowords.decimal : sign)).join(" ");

/** Letters and figures one by one: `34N` is `THREE FOUR NOVEMBER`. */
export const spelled = (text: string): string =>
  [...text.toUpperCase()].filter((sign) => sign.trim() !== "").map((sign) => (/[A-Z]/.test(sign) ? letterName(sign) : /\d/.test(sign) ? figureName(sign) : sign === "." ? prowords.decimal : sign)).join(" ");

/** A text as it is said: words stay words, figures are said one by one, a mix as `R-7K2` is spelled. */
export function spoken(text: string): string {
  return text.split(/\s+/).filter((part) => part !== "").map((part) => {
    if (!/\d/.test(part)) return part.toUpperCase();
    if (/^\d+([.,]\d+)?[.,;:]?$/.test(part)) return figures(part.replace(/[.,;:]$/, ""));
    return spelled(part);
  }).join(" ");
}

/** A grid in its groups, a pause between them; any other place as it was told. */
export function place(text: string): string {
  const compact = text.replace(/\s+/g, "").toUpperCase();
  const grid = /^(\d{1,2}[C-X])([A-Z]{2})(\d*)$/.exec(compact);
  const tail = grid?.[3] ?? "";
  const degrees = /^\s*(-?[\d.]+)\s*[,;]\s*(-?[\d.]+)\s*$/.exec(text);
  if (degrees) return coordinates(Number(degrees[1]), Number(degrees[2]));
  if (!grid || tail.length % 2 !== 0) return spoken(text);
  const half = tail.length / 2;
  const groups = [grid[1], grid[2], tail.slice(0, half), tail.slice(half)].filter((part): part is string => part !== undefined && part !== "");
  return `${prowords.grid} ${groups.map(spelled).join(" — ")}`;
}

const code = (line: number, value: string | null, dialect: Dialect | null): string => {
  const letter = lettered(line, value, dialect);
  return letter.length === 1 ? `${letterName(letter)} (${wordOf(value)})` : letter;
};
const many = (line: number, all: Record<string, number | null>, dialect: Dialect | null): string =>
  Object.entries(all).map(([value, n]) => [n === null ? "" : figures(String(n)), code(line, value, dialect)].filter((part) => part !== "").join(" ")).join(", ") || "NONE";

/** What one line says; empty when it was not told. */
export function saidLine(line: number, fields: Record<string, unknown>, dialect: Dialect | null): string {
  const plain = (name: string): string => (fields[name] === undefined ? "" : spoken(String(fields[name])));
  const counts = (name: string): string => (fields[name] === undefined ? "" : many(line, fields[name] as Record<string, number | null>, dialect));
  const coded = (name: string): string => (fields[name] === undefined ? "" : code(line, fields[name] as string, dialect));
  const joined = (...parts: string[]): string => parts.filter((part) => part !== "").join(", ");
  switch (line) {
    case 1: return fields["pickup"] === undefined ? pinned(fields) : place(String(fields["pickup"]));
    case 2: return joined(plain("frequency"), plain("callsign"));
    case 3: return counts("precedences");
    case 4: {
      const needed = fields["equipment"] as string[] | undefined;
      return needed === undefined ? "" : (needed.length === 0 ? [null] : needed).map((one) => code(4, one, dialect)).join(", ");
    }
    case 5: {
      const types = Object.fromEntries(["litter", "ambulatory"].filter((one) => fields[one] !== undefined).map((one) => [one, fields[one] as number]));
      return Object.keys(types).length === 0 ? "" : many(5, types, dialect);
    }
    case 7: return joined(coded("marking"), plain("marking_detail"));
    case 8: return counts("patients");
    default: {
      const pair = lineFields(dialect).filter((one) => one.line === line);
      return joined(...pair.map((one) => (one.coded ? coded(one.name) : plain(one.name))));
    }
  }
}

function pinned({ lon, lat }: Record<string, unknown>): string {
  return typeof lon === "number" && typeof lat === "number" ? coordinates(Number(lon.toFixed(4)), Number(lat.toFixed(4))) : "";
}

/** Each with its name: whoever hears them must not take one for the other. */
function coordinates(lon: number, lat: number): string {
  const said = (value: number, side: string): string => `${figures(String(Math.abs(value)))} ${side}`;
  return `${prowords.longitude} ${said(lon, lon < 0 ? prowords.west : prowords.east)}, ${prowords.latitude} ${said(lat, lat < 0 ? prowords.south : prowords.north)}`;
}

function casualty(one: Casualty): string[] {
  const { mist } = one;
  const at = instant(mist.injury_at);
  const parts: [string, string | null][] = [["M", mist.mechanism], ["I", mist.injuries], ["S", mist.signs], ["T", mist.treatment]];
  const told = parts.filter((part): part is [string, string] => Boolean(part[1]));
  const age = [mist.age_group && mist.age_group !== "unknown" ? mist.age_group.toUpperCase() : "", mist.age_years === null ? "" : figures(String(mist.age_years))].filter((part) => part !== "");
  const head = `${prowords.casualty} ${spelled(one.id.replaceAll("-", ""))}${one.category === "UNKNOWN" ? "" : `, ${spoken(one.category)}`}${age.length > 0 ? `, ${age.join(" ")}` : ""}${at === null ? "" : `, ${spoken(dateTimeGroup(at).slice(0, 7))}`}`;
  return told.length === 0 && one.category === "UNKNOWN" ? [] : [head, ...told.map(([letter, text]) => `  ${letterName(letter)}: ${spoken(text)}`)];
}

/** The whole text, a row for each line that was told; empty before the first. */
export function readBack(request: Request, casualties: readonly Casualty[], dialect: Dialect | null): string {
  const { nine_line } = request;
  if (!nine_line) return "";
  const { fields } = nine_line;
  const own = dialect && dialect.name === nine_line.dialect ? dialect : null; // never another force's letters
  const who = fields["callsign"] ?? request.who;
  const lines = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((line) => [line, saidLine(line, fields, own)] as const).filter(([, said]) => said !== "");
  return [
    `${who ? `${spoken(String(who))}, ` : ""}${prowords.readBack}`,
    `${prowords.request} ${spelled(request.id.replace(/^R-/, ""))}`,
    ...lines.map(([line, said]) => `${prowords.line} ${figureName(String(line))}: ${said}`),
    ...(nine_line.remarks ? [`${prowords.remarks}: ${spoken(nine_line.remarks)}`] : []),
    ...casualties.flatMap(casualty),
    `${prowords.check}? ${prowords.over}`,
  ].join("\n");
}
