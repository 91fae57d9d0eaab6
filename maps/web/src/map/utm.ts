/** Universal Transverse Mercator on WGS 84, both ways, by Krüger's series to the fourth order (well under a millimetre in a zone). Pure. */

const A = 6_378_137;
const F = 1 / 298.257223563;
const K0 = 0.9996;
const EAST = 500_000;
const SOUTH = 10_000_000;
const RAD = Math.PI / 180;
const N = F / (2 - F);
const [N2, N3, N4] = [N ** 2, N ** 3, N ** 4];
const RADIUS = (A / (1 + N)) * (1 + N2 / 4 + N4 / 64);
const E = Math.sqrt(F * (2 - F));
const ALPHA = [N / 2 - (2 / 3) * N2 + (5 / 16) * N3 + (41 / 180) * N4, (13 / 48) * N2 - (3 / 5) * N3 + (557 / 1440) * N4, (61 / 240) * N3 - (103 / 140) * N4, (49561 / 161280) * N4];
const BETA = [N / 2 - (2 / 3) * N2 + (37 / 96) * N3 - (1 / 360) * N4, N2 / 48 + N3 / 15 - (437 / 1440) * N4, (17 / 480) * N3 - (37 / 840) * N4, (4397 / 161280) * N4];

export const MOST_NORTH = 84;
export const MOST_SOUTH = -80;
const BANDS = "CDEFGHJKLMNPQRSTUVWX";

export interface Utm {
  zone: number;
  north: boolean;
  easting: number; // metres
  northing: number;
}

/** Longitude in [-180, 180). */
export const wrapped = (lon: number): number => ((((lon + 180) % 360) + 360) % 360) - 180;

/** The zone of a place, with the exceptions of Norway and Svalbard. */
export function zoneOf(lon: number, lat: number): number {
  const x = wrapped(lon);
  if (lat >= 56 && lat < 64 && x >= 3 && x < 12) return 32;
  if (lat >= 72 && lat <= MOST_NORTH && x >= 0 && x < 42) return x < 9 ? 31 : x < 21 ? 33 : x < 33 ? 35 : 37;
  return Math.floor((x + 180) / 6) + 1;
}

/** Letter of the latitude band; empty where the grid is polar. */
export function bandOf(lat: number): string {
  if (lat < MOST_SOUTH || lat > MOST_NORTH) return "";
  return BANDS[Math.min(19, Math.floor((lat + 80) / 8))] as string;
}

/** West and east edge in degrees of a zone within a latitude band; null where the band has no such zone. */
export function zoneEdges(zone: number, lat: number): [number, number] | null {
  const usual: [number, number] = [(zone - 1) * 6 - 180, zone * 6 - 180];
  if (lat >= 56 && lat < 64) return zone === 31 ? [0, 3] : zone === 32 ? [3, 12] : usual;
  if (lat < 72) return usual;
  const svalbard: Record<number, [number, number] | null> = { 31: [0, 9], 32: null, 33: [9, 21], 34: null, 35: [21, 33], 36: null, 37: [33, 42] };
  return zone in svalbard ? (svalbard[zone] as [number, number] | null) : usual;
}

const meridian = (zone: number): number => zone * 6 - 183;

/** Metres of a place in a zone, its own by default; the hemisphere's false northing may be forced for lines across the equator. */
export function toUtm(lon: number, lat: number, zone = zoneOf(lon, lat), north = lat >= 0): Utm {
  const phi = lat * RAD;
  const lam = wrapped(lon - meridian(zone)) * RAD;
  const t = Math.sinh(Math.atanh(Math.sin(phi)) - E * Math.atanh(E * Math.sin(phi)));
  const [xi, eta] = [Math.atan2(t, Math.cos(lam)), Math.asinh(Math.sin(lam) / Math.hypot(t, Math.cos(lam)))];
  let [x, y] = [eta, xi];
  ALPHA.forEach((a, i) => {
    const k = 2 * (i + 1);
    x += a * Math.cos(k * xi) * Math.sinh(k * eta);
    y += a * Math.sin(k * xi) * Math.cosh(k * eta);
  });
  return { zone, north, easting: EAST + K0 * RADIUS * x, northing: (north ? 0 : SOUTH) + K0 * RADIUS * y };
}

/** `[lon, lat]` of metres in a zone; the longitude may lie beyond 180 for a line that does. */
export function fromUtm({ zone, north, easting, northing }: Utm): [number, number] {
  const xi = (northing - (north ? 0 : SOUTH)) / (K0 * RADIUS);
  const eta = (easting - EAST) / (K0 * RADIUS);
  let [x, y] = [eta, xi];
  BETA.forEach((b, i) => {
    const k = 2 * (i + 1);
    x -= b * Math.cos(k * xi) * Math.sinh(k * eta);
    y -= b * Math.sin(k * xi) * Math.cosh(k * eta);
  });
  const goal = Math.sin(y) / Math.hypot(Math.sinh(x), Math.cos(y));
  let tau = goal;
  for (let i = 0; i < 5; i++) {
    const sigma = Math.sinh(E * Math.atanh((E * tau) / Math.hypot(1, tau)));
    const now = tau * Math.hypot(1, sigma) - sigma * Math.hypot(1, tau);
    tau += ((goal - now) / Math.hypot(1, now)) * ((1 + (1 - E * E) * tau * tau) / ((1 - E * E) * Math.hypot(1, tau)));
  }
  return [meridian(zone) + Math.atan2(Math.sinh(x), Math.cos(y)) / RAD, Math.atan(tau) / RAD];
}

const COLUMNS = ["ABCDEFGH", "JKLMNPQR", "STUVWXYZ"];
const ROWS = "ABCDEFGHJKLMNPQRSTUV";

/** The two letters of the 100 km square that holds these metres. */
export function squareOf({ zone, easting, northing }: Utm): string {
  const column = COLUMNS[(zone - 1) % 3]?.[Math.floor(easting / 100_000) - 1] ?? "";
  return column + (ROWS[(((Math.floor(northing / 100_000) + (zone % 2 === 0 ? 5 : 0)) % 20) + 20) % 20] as string);
}
