/** Military grid of a place, and a place typed as LON,LAT or MGRS, without asking the server. */
import { forward, toPoint } from "mgrs";

/** MGRS with spaces, 4 digits each way (10 m): `34N BK 2462 8663`; plain degrees where MGRS has none. */
export function grid(lon: number | null, lat: number | null, digits = 4): string {
  if (lon === null || lat === null) return "";
  if (lat > 84 || lat < -80) return `${lon.toFixed(4)},${lat.toFixed(4)}`;
  const text = forward([lon, lat], digits);
  const cut = text.length - 2 * digits;
  return `${text.slice(0, cut - 2)} ${text.slice(cut - 2, cut)} ${text.slice(cut, cut + digits)} ${text.slice(cut + digits)}`;
}

/** `[lon, lat]` when the text is one of the two; null when it may be a place name. */
export function typedPlace(text: string): [number, number] | null {
  const pair = /^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,;]\s*(-?\d{1,2}(?:\.\d+)?)\s*$/.exec(text);
  if (pair) {
    const [lon, lat] = [Number(pair[1]), Number(pair[2])];
    return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null;
  }
  const compact = text.replace(/\s+/g, "").toUpperCase();
  if (!/^\d{1,2}[C-HJ-NP-X][A-HJ-NP-Z]{2}(\d\d)*$/.test(compact)) return null;
  try {
    const [lon, lat] = toPoint(compact);
    return [lon, lat];
  } catch {
    return null; // the letters do not exist in that zone
  }
}
