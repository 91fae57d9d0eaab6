/** Distances, bearings and places on the WGS 84 ellipsoid. Pure; longitude first, degrees and metres. */

export type LonLat = readonly [lon: number, lat: number];

const A = 6_378_137;
const F = 1 / 298.257223563;
const B = A * (1 - F);
const RAD = Math.PI / 180;
const ROUNDS = 200;
const MEAN_RADIUS = 6_371_008.8;

export interface Way {
  metres: number;
  bearing: number; // true, at the start, 0 to 360; 0 where both ends are one place
}

/** The geodesic between two places (Vincenty 1975); where it does not converge, nearly opposite places, the great circle. */
export function way(from: LonLat, to: LonLat): Way {
  if (from[0] === to[0] && from[1] === to[1]) return { metres: 0, bearing: 0 };
  const l = turned(to[0] - from[0]) * RAD;
  const [u1, u2] = [Math.atan((1 - F) * Math.tan(from[1] * RAD)), Math.atan((1 - F) * Math.tan(to[1] * RAD))];
  const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = l;
  for (let round = 0; round < ROUNDS; round++) {
    const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
    const sinSigma = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
    if (sinSigma === 0) return { metres: 0, bearing: 0 };
    const cosSigma = s1 * s2 + c1 * c2 * cl;
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (c1 * c2 * sl) / sinSigma;
    const cos2Alpha = 1 - sinAlpha ** 2;
    const mid = cos2Alpha === 0 ? 0 : cosSigma - (2 * s1 * s2) / cos2Alpha;
    const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
    const next = l + (1 - c) * F * sinAlpha * (sigma + c * sinSigma * (mid + c * cosSigma * (2 * mid ** 2 - 1)));
    if (Math.abs(next - lambda) < 1e-12) {
      const bearing = Math.atan2(c2 * Math.sin(next), c1 * s2 - s1 * c2 * Math.cos(next)) / RAD;
      return { metres: B * arc(cos2Alpha, sigma, sinSigma, cosSigma, mid), bearing: (bearing + 360) % 360 };
    }
    if (Math.abs(next) > Math.PI) break;
    lambda = next;
  }
  return greatCircle(from, to);
}

function arc(cos2Alpha: number, sigma: number, sinSigma: number, cosSigma: number, mid: number): number {
  const u = (cos2Alpha * (A ** 2 - B ** 2)) / B ** 2;
  const a = 1 + (u / 16384) * (4096 + u * (-768 + u * (320 - 175 * u)));
  const b = (u / 1024) * (256 + u * (-128 + u * (74 - 47 * u)));
  const delta = b * sinSigma * (mid + (b / 4) * (cosSigma * (2 * mid ** 2 - 1) - (b / 6) * mid * (4 * sinSigma ** 2 - 3) * (4 * mid ** 2 - 3)));
  return a * (sigma - delta);
}

function greatCircle(from: LonLat, to: LonLat): Way {
  const [p1, p2, l] = [from[1] * RAD, to[1] * RAD, turned(to[0] - from[0]) * RAD];
  const h = Math.sin((p2 - p1) / 2) ** 2 + Math.cos(p1) * Math.cos(p2) * Math.sin(l / 2) ** 2;
  const bearing = Math.atan2(Math.sin(l) * Math.cos(p2), Math.cos(p1) * Math.sin(p2) - Math.sin(p1) * Math.cos(p2) * Math.cos(l)) / RAD;
  return { metres: 2 * MEAN_RADIUS * Math.asin(Math.min(1, Math.sqrt(h))), bearing: (bearing + 360) % 360 };
}

export const metresBetween = (from: LonLat, to: LonLat): number => way(from, to).metres;

/** So many metres from a place in a true bearing (Vincenty, direct). */
export function beyond(from: LonLat, metres: number, bearing: number): LonLat {
  const [a1, u1] = [bearing * RAD, Math.atan((1 - F) * Math.tan(from[1] * RAD))];
  const [sa, ca, su, cu] = [Math.sin(a1), Math.cos(a1), Math.sin(u1), Math.cos(u1)];
  const sigma1 = Math.atan2(Math.tan(u1), ca);
  const sinAlpha = cu * sa;
  const cos2Alpha = 1 - sinAlpha ** 2;
  const u = (cos2Alpha * (A ** 2 - B ** 2)) / B ** 2;
  const a = 1 + (u / 16384) * (4096 + u * (-768 + u * (320 - 175 * u)));
  const b = (u / 1024) * (256 + u * (-128 + u * (74 - 47 * u)));
  let sigma = metres / (B * a);
  for (let round = 0; round < ROUNDS; round++) {
    const mid = Math.cos(2 * sigma1 + sigma);
    const sinSigma = Math.sin(sigma);
    const delta = b * sinSigma * (mid + (b / 4) * (Math.cos(sigma) * (2 * mid ** 2 - 1) - (b / 6) * mid * (4 * sinSigma ** 2 - 3) * (4 * mid ** 2 - 3)));
    const next = metres / (B * a) + delta;
    const done = Math.abs(next - sigma) < 1e-12;
    sigma = next;
    if (done) break;
  }
  const [ss, cs, mid] = [Math.sin(sigma), Math.cos(sigma), Math.cos(2 * sigma1 + sigma)];
  const lat = Math.atan2(su * cs + cu * ss * ca, (1 - F) * Math.hypot(sinAlpha, su * ss - cu * cs * ca));
  const lambda = Math.atan2(ss * sa, cu * cs - su * ss * ca);
  const c = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
  const l = lambda - (1 - c) * F * sinAlpha * (sigma + c * ss * (mid + c * cs * (2 * mid ** 2 - 1)));
  return [turned(from[0] + l / RAD), lat / RAD];
}

/** A difference or a longitude between -180 and 180. */
export function turned(degrees: number): number {
  const whole = ((((degrees + 180) % 360) + 360) % 360) - 180;
  return whole === -180 && degrees > 0 ? 180 : whole;
}

/** A closed ring round a place. */
export function ring(centre: LonLat, metres: number, corners = 72): LonLat[] {
  const found = Array.from({ length: corners }, (_, index) => beyond(centre, metres, (360 * index) / corners));
  return [...found, found[0] as LonLat];
}

/** Each stretch of a line, and all of them together. */
export function stretches(points: readonly LonLat[]): { each: Way[]; metres: number } {
  const each = points.slice(1).map((to, index) => way(points[index] as LonLat, to));
  return { each, metres: each.reduce((sum, one) => sum + one.metres, 0) };
}
