/** Places as people type them: MGRS, UTM, degrees in the usual forms. Pure. */
import { toPoint } from "mgrs";
import type { LonLat } from "./geodesy";
import { turned } from "./geodesy";

export type PlaceForm = "mgrs" | "utm" | "lonlat" | "latlon";
export interface ReadPlace {
  form: PlaceForm;
  at: LonLat;
  note: string; // what was taken for granted, as `zone 29 south`; empty when nothing was
}

const A = 6_378_137;
const N = 1 / 298.257223563 / (2 - 1 / 298.257223563); // third flattening
const K0 = 0.9996;
const RAD = Math.PI / 180;
const RECTIFYING = (A / (1 + N)) * (1 + N ** 2 / 4 + N ** 4 / 64);
const BANDS = "CDEFGHJKLMNPQRSTUVWX";

/** Everything that a text can mean, the likeliest first; empty when it is no place but perhaps a name. */
export function readPlaces(text: string): ReadPlace[] {
  const typed = text.normalize("NFKC").replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "").trim(); // direction marks come with copied text
  if (typed === "" || typed.length > 100) return [];
  const found = [...mgrs(typed), ...utm(typed), ...lettered(typed), ...bare(typed)];
  return found.filter(({ at: [lon, lat] }) => Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lon) <= 180 && Math.abs(lat) <= 90);
}

/** The likeliest meaning, or null. */
export const readPlace = (text: string): LonLat | null => readPlaces(text)[0]?.at ?? null;

function mgrs(text: string): ReadPlace[] {
  const compact = text.replace(/^MGRS:?/i, "").replace(/[\s.-]+/g, "").toUpperCase();
  if (!/^\d{1,2}[C-HJ-NP-X][A-HJ-NP-Z]{2}(\d\d){0,5}$/.test(compact)) return [];
  try {
    const [lon, lat] = toPoint(compact);
    return [{ form: "mgrs", at: [lon, lat], note: "" }];
  } catch {
    return []; // the letters do not exist in that zone
  }
}

/** `29T 531123 4555790`, `29N 531123E 4555790N`, `UTM 29 S ...`: the letter S is a band of the north and the word for south. */
function utm(text: string): ReadPlace[] {
  const found = /^(?:UTM\s*)?(\d{1,2})\s*([A-Z])[\s,]+(\d{6}(?:\.\d+)?)\s*m?\s*E?[\s,]+(\d{1,8}(?:\.\d+)?)\s*m?\s*N?$/i.exec(text);
  const zone = Number(found?.[1]);
  const letter = found?.[2]?.toUpperCase() ?? "";
  if (!found || zone < 1 || zone > 60 || !BANDS.includes(letter)) return [];
  const [easting, northing] = [Number(found[3]), Number(found[4])];
  if (easting < 100_000 || easting > 900_000 || northing > 10_000_000) return [];
  const read = (south: boolean): ReadPlace => ({ form: "utm", at: ofUtm(zone, south, easting, northing), note: `${zone} ${south ? "S" : "N"}` });
  if (letter !== "S") return [read(letter < "N")];
  const [north, south] = [read(false), read(true)];
  return north.at[1] >= 31 && north.at[1] <= 41 ? [north, south] : [south, north];
}

/** The place of a UTM coordinate (Krueger series to the fourth order, below a millimetre within a zone). */
export function ofUtm(zone: number, south: boolean, easting: number, northing: number): LonLat {
  const xi = (northing - (south ? 10_000_000 : 0)) / (K0 * RECTIFYING);
  const eta = (easting - 500_000) / (K0 * RECTIFYING);
  const beta = [N / 2 - (2 / 3) * N ** 2 + (37 / 96) * N ** 3 - N ** 4 / 360, N ** 2 / 48 + N ** 3 / 15 - (437 / 1440) * N ** 4, (17 / 480) * N ** 3 - (37 / 840) * N ** 4, (4397 / 161280) * N ** 4];
  let [x, e] = [xi, eta];
  beta.forEach((b, index) => {
    const j = 2 * (index + 1);
    x -= b * Math.sin(j * xi) * Math.cosh(j * eta);
    e -= b * Math.cos(j * xi) * Math.sinh(j * eta);
  });
  const chi = Math.asin(Math.sin(x) / Math.cosh(e));
  const delta = [2 * N - (2 / 3) * N ** 2 - 2 * N ** 3 + (116 / 45) * N ** 4, (7 / 3) * N ** 2 - (8 / 5) * N ** 3 - (227 / 45) * N ** 4, (56 / 15) * N ** 3 - (136 / 35) * N ** 4, (4279 / 630) * N ** 4];
  const phi = delta.reduce((sum, d, index) => sum + d * Math.sin(2 * (index + 1) * chi), chi);
  return [turned(zone * 6 - 183 + Math.atan2(Math.sinh(e), Math.cos(x)) / RAD), phi / RAD];
}

/** `29T 531123 4555790` of a place; empty beyond 84 N and 80 S, where there is no UTM. The zones of Norway and Svalbard are kept. */
export function utmOf([lon, lat]: LonLat): string {
  if (lat > 84 || lat < -80) return "";
  const zone = zoneOf(lon, lat);
  const l = (lon - (zone * 6 - 183)) * RAD;
  const e = (2 * Math.sqrt(N)) / (1 + N);
  const t = Math.sinh(Math.atanh(Math.sin(lat * RAD)) - e * Math.atanh(e * Math.sin(lat * RAD)));
  const [xi, eta] = [Math.atan2(t, Math.cos(l)), Math.asinh(Math.sin(l) / Math.hypot(t, Math.cos(l)))];
  const alpha = [N / 2 - (2 / 3) * N ** 2 + (5 / 16) * N ** 3 + (41 / 180) * N ** 4, (13 / 48) * N ** 2 - (3 / 5) * N ** 3 + (557 / 1440) * N ** 4, (61 / 240) * N ** 3 - (103 / 140) * N ** 4, (49561 / 161280) * N ** 4];
  let [x, y] = [eta, xi];
  alpha.forEach((a, index) => {
    const j = 2 * (index + 1);
    y += a * Math.sin(j * xi) * Math.cosh(j * eta);
    x += a * Math.cos(j * xi) * Math.sinh(j * eta);
  });
  const easting = Math.round(500_000 + K0 * RECTIFYING * x);
  const northing = Math.round(K0 * RECTIFYING * y + (lat < 0 ? 10_000_000 : 0));
  const band = BANDS[Math.min(19, Math.floor((lat + 80) / 8))] ?? "";
  return `${zone}${band} ${easting} ${northing}`;
}

function zoneOf(lon: number, lat: number): number {
  if (lat >= 56 && lat < 64 && lon >= 3 && lon < 12) return 32;
  if (lat >= 72 && lon >= 0 && lon < 42) return lon < 9 ? 31 : lon < 21 ? 33 : lon < 33 ? 35 : 37;
  return Math.min(60, Math.floor((lon + 180) / 6) + 1);
}

const ANGLE = String.raw`(\d{1,3}(?:[.,]\d+)?)\s*(?:[°do:\s]\s*(\d{1,2}(?:[.,]\d+)?)\s*(?:['′’m:\s]\s*(\d{1,2}(?:[.,]\d+)?)\s*(?:["″”s]|''|′′)?)?)?\s*[°'′’"″”]?\s*`;
const LEADING = new RegExp(String.raw`^([NSEW])\s*${ANGLE}[,;/\s]*([NSEW])\s*${ANGLE}$`, "i");
const TRAILING = new RegExp(String.raw`^${ANGLE}([NSEW])[,;/\s]*${ANGLE}([NSEW])$`, "i");
const RUN_TOGETHER = /^(\d{2})(\d{2})(\d{2}(?:\.\d+)?)?([NS])\s*(\d{3})(\d{2})(\d{2}(?:\.\d+)?)?([EW])$/i;

/** With letters of the hemispheres, whichever comes first: `41°09'00"N 8°37'48"W`, `N41.15 W8.63`, `410900N0083748W`. */
function lettered(text: string): ReadPlace[] {
  const run = RUN_TOGETHER.exec(text);
  if (run) return paired(run[4], run.slice(1, 4), run[8], run.slice(5, 8));
  const leading = LEADING.exec(text);
  if (leading) return paired(leading[1], leading.slice(2, 5), leading[5], leading.slice(6, 9));
  const trailing = TRAILING.exec(text);
  return trailing ? paired(trailing[4], trailing.slice(1, 4), trailing[8], trailing.slice(5, 8)) : [];
}

type Parts = (string | undefined)[];

function paired(firstLetter: string | undefined, first: Parts, secondLetter: string | undefined, second: Parts): ReadPlace[] {
  const [a, b] = [signed(firstLetter, first), signed(secondLetter, second)];
  if (!a || !b || a.axis === b.axis) return [];
  const [lon, lat] = a.axis === "lon" ? [a.value, b.value] : [b.value, a.value];
  return [{ form: a.axis === "lon" ? "lonlat" : "latlon", at: [lon, lat], note: "" }];
}

function signed(letter: string | undefined, parts: Parts): { axis: "lon" | "lat"; value: number } | null {
  const [degrees, minutes, seconds] = parts.map((part) => Number((part ?? "0").replace(",", "."))) as [number, number, number];
  if (minutes >= 60 || seconds >= 60) return null;
  const value = degrees + minutes / 60 + seconds / 3600;
  const sign = /[SW]/i.test(letter ?? "") ? -1 : 1;
  return { axis: /[EW]/i.test(letter ?? "") ? "lon" : "lat", value: sign * value };
}

/** Two plain numbers: longitude first, as everywhere here; the other way round is offered second. */
function bare(text: string): ReadPlace[] {
  const found = /^([+-]?\d{1,3}(?:\.\d+)?)°?\s*(?:[,;]\s*|\s+)([+-]?\d{1,3}(?:\.\d+)?)°?$/.exec(text);
  if (!found || (!/[,;]/.test(text) && !/\./.test(text))) return [];
  const [x, y] = [Number(found[1]), Number(found[2])];
  return [{ form: "lonlat", at: [x, y], note: "" }, { form: "latlon", at: [y, x], note: "" }];
}
