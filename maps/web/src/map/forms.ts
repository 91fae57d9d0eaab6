/** A place as coordinates in the forms that are read over the radio. Pure. */
import { grid } from "../grid";
import { MOST_NORTH, MOST_SOUTH, bandOf, toUtm, wrapped } from "./utm";

export const FORMS = ["mgrs", "decimal", "dms", "utm"] as const;
export type Form = (typeof FORMS)[number];

/** The place in one form; polar places, which neither grid has, as degrees. */
export function inForm(form: Form, lon: number, lat: number): string {
  const east = wrapped(lon);
  if (form === "dms") return `${dms(lat, "N", "S", 2)} ${dms(east, "E", "W", 3)}`;
  const polar = lat > MOST_NORTH || lat < MOST_SOUTH;
  if (form === "decimal" || polar) return `${east.toFixed(5)},${lat.toFixed(5)}`;
  if (form === "mgrs") return grid(east, lat, 5);
  const { zone, easting, northing } = toUtm(east, lat);
  return `${String(zone)}${bandOf(lat)} ${Math.floor(easting).toFixed(0)} ${Math.floor(northing).toFixed(0)}`;
}

/** All forms, one a line. */
export const inAllForms = (lon: number, lat: number): string => FORMS.map((form) => inForm(form, lon, lat)).join("\n");

/** `06°32'32.4"N`; tenths of a second are three metres. */
function dms(degrees: number, plus: string, minus: string, digits: number): string {
  const tenths = Math.round(Math.abs(degrees) * 36_000);
  const pad = (value: number, size: number): string => String(Math.floor(value)).padStart(size, "0");
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  return `${pad(tenths / 36_000, digits)}°${pad((tenths / 600) % 60, 2)}'${seconds}"${degrees < 0 ? minus : plus}`;
}
