/** Open requests that may tell of the incident that is being typed: near, soon, or of the same call sign. Pure. */
import type { Request } from "../live/protocol";
import { instant } from "../times";

const NEAR_M = 1000; // as the server has it
const SOON_MS = 30 * 60_000;
const SHOWN = 3;
const DEGREE_M = 111_195; // of one degree on a sphere

export interface Twin {
  request: Request;
  metres: number | null; // null: no place to compare
  callsign: boolean;
  ageMs: number | null;
}
export interface Typed {
  lon: number | null;
  lat: number | null;
  within: number;
  callsign: string;
}

export function metresApart(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const turn = ((((a.lon - b.lon + 180) % 360) + 360) % 360) - 180;
  return Math.hypot((a.lat - b.lat) * DEGREE_M, turn * DEGREE_M * Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180));
}

const plain = (name: string): string => name.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");

export function twins(requests: readonly Request[], typed: Typed, now: number, except: readonly string[]): Twin[] {
  const mine = plain(typed.callsign);
  const found: Twin[] = [];
  for (const request of requests) {
    if (except.includes(request.id) || request.state === "closed" || request.stood_down) continue;
    const opened = instant(request.opened_at);
    const ageMs = opened === null ? null : Math.max(0, now - opened);
    const placed = typed.lon !== null && typed.lat !== null && request.lon !== null && request.lat !== null;
    const metres = placed ? metresApart({ lon: typed.lon as number, lat: typed.lat as number }, { lon: request.lon as number, lat: request.lat as number }) : null;
    const theirs = [request.who, String(request.nine_line?.fields["callsign"] ?? "")].map(plain);
    const callsign = mine.length > 1 && theirs.includes(mine);
    const near = metres !== null && metres <= Math.max(NEAR_M, typed.within, request.uncertainty_m ?? 0);
    if ((near && (callsign || (ageMs ?? 0) <= SOON_MS)) || (callsign && (metres === null || near))) found.push({ request, metres, callsign, ageMs });
  }
  return found.sort((a, b) => (a.metres ?? 1e9) - (b.metres ?? 1e9)).slice(0, SHOWN);
}
