/** Lengths, bearings and sizes as they are read. Pure. */

export type Units = "metric" | "nautical";

/** `840 m`, `12.4 km`, `6.71 NM`. */
export function length(metres: number, units: Units = "metric"): string {
  if (units === "nautical") {
    const miles = metres / 1852;
    return `${miles.toFixed(miles < 10 ? 2 : 1)} NM`;
  }
  if (metres < 1000) return `${Math.round(metres)} m`;
  return `${(metres / 1000).toFixed(metres < 10_000 ? 2 : 1)} km`;
}

/** Three figures: `007`, `214`. */
export const bearing = (degrees: number): string => String(Math.round(degrees) % 360).padStart(3, "0");

/** Kilometres of a radius typed as a number with its unit; minutes need a speed in km/h. */
export function radii(text: string, unit: string, kmh: number | null): number[] | null {
  const numbers = text.split(/[\s,;]+/).filter((each) => each !== "").map((each) => Number(each));
  if (numbers.length === 0 || numbers.length > 12 || numbers.some((each) => !(each > 0))) return null;
  const factor = unit === "nm" ? 1852 : unit === "min" ? ((kmh ?? 0) * 1000) / 60 : 1000;
  const metres = numbers.map((each) => each * factor);
  return metres.every((each) => each > 0 && each <= 20_000_000) ? metres : null;
}

/** `220`, `220 km/h`, `120 kt` in km/h; null for what is no speed. */
export function speed(text: string): number | null {
  const found = /^\s*(\d+(?:[.,]\d+)?)\s*(km\/h|kmh|kph|kt|kts|kn|knots)?\s*$/i.exec(text);
  const value = Number(found?.[1]?.replace(",", "."));
  if (!found || !(value > 0) || value > 4000) return null;
  return /^k(t|n)/i.test(found[2] ?? "") ? value * 1.852 : value;
}
