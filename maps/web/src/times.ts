/** Times and the 10-1-2 clocks in words. Pure: the instant is always given. */
import type { Casualty, Category, Clock, Iso } from "./live/protocol";

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const two = (value: number): string => String(value).padStart(2, "0");

/** Date-time group in UTC, `221435Z NOV 26`. */
export function dateTimeGroup(ms: number): string {
  const at = new Date(ms);
  const time = `${two(at.getUTCDate())}${two(at.getUTCHours())}${two(at.getUTCMinutes())}Z`;
  return `${time} ${MONTHS[at.getUTCMonth()]} ${two(at.getUTCFullYear() % 100)}`;
}

/** `14:35:07Z`, or `14:35Z` without seconds. */
export function clockZ(ms: number, seconds = false): string {
  const at = new Date(ms);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}${seconds ? `:${two(at.getUTCSeconds())}` : ""}Z`;
}

/** From p50 to p90, short: `05:28–42Z`, over the hour `06:34–07:02Z`. */
export function spanZ(from: number, to: number | null): string {
  const [a, b] = [clockZ(from), clockZ(to ?? from)];
  if (a === b) return a;
  return `${a.slice(0, -1)}–${a.slice(0, 3) === b.slice(0, 3) ? b.slice(3) : b}`;
}

/** `14:35` in this computer's zone. */
export function clockLocal(ms: number): string {
  const at = new Date(ms);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** A length of time: `0:42`, `7:05` in minutes and seconds below an hour, then `1 h 05`, then `3 d`. */
export function span(ms: number): string {
  const total = Math.floor(Math.abs(ms) / 1000);
  if (total < 3600) return `${Math.floor(total / 60)}:${two(total % 60)}`;
  if (total < 172_800) return `${Math.floor(total / 3600)} h ${two(Math.floor((total % 3600) / 60))}`;
  return `${Math.floor(total / 86_400)} d`;
}

/** An age in one short word: `8 s`, `3 min`, `2 h`, `4 d`. */
export function age(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min`;
  if (total < 172_800) return `${Math.floor(total / 3600)} h`;
  return `${Math.floor(total / 86_400)} d`;
}

/** Whole minutes, signed by the caller: `12 min`, `2 h 05`. */
export function minutes(ms: number): string {
  const total = Math.floor(Math.abs(ms) / 60_000);
  return total < 60 ? `${total} min` : `${Math.floor(total / 60)} h ${two(total % 60)}`;
}

export const instant = (at: Iso | null | undefined): number | null => {
  const ms = at ? Date.parse(at) : Number.NaN;
  return Number.isFinite(ms) ? ms : null;
};

const OVER = new Set(["closed", "cancelled", "returned_to_duty", "evacuated_out"]);

/** Nobody works on this casualty any more. */
export const isOver = (casualty: Casualty): boolean => OVER.has(casualty.state);

const DONE = new Set(["met", "late", "not_needed"]);

/** A clock's status as it stands at `now`: one whose limit has passed since the server spoke is breached. */
export function statusAt(clock: Clock, now: number): Clock["status"] {
  if (DONE.has(clock.status) || clock.actual_at) return clock.status;
  const last = instant(clock.target_latest_at) ?? instant(clock.target_at);
  return last !== null && last < now ? "breached" : clock.status;
}

/** How long the next limit can still be kept: `left` to its earliest instant, `most` to its latest (an uncertain injury time). */
export interface Margin {
  left: number;
  most: number;
}

/** The margin of the limit that comes next; negative: the last one was missed so long ago; null: nothing runs. */
export function margin(casualty: Casualty, now: number): Margin | null {
  if (casualty.category === "DEAD" || casualty.state === "deceased" || isOver(casualty)) return null;
  const open = casualty.clocks.filter((clock) => !DONE.has(clock.status) && !clock.actual_at).flatMap((clock): Margin[] => {
    const first = instant(clock.target_at);
    return first === null ? [] : [{ left: first - now, most: (instant(clock.target_latest_at) ?? first) - now }];
  });
  const ahead = open.filter(({ most }) => most >= 0);
  if (ahead.length > 0) return ahead.reduce((a, b) => (pressing(b) < pressing(a) ? b : a));
  return open.length > 0 ? open.reduce((a, b) => (b.most > a.most ? b : a)) : null;
}

/** Inside its band a limit may be passed at any moment: it presses as if it had no time left. */
const pressing = ({ left, most }: Margin): number => (most >= 0 ? Math.max(0, left) : most);

/** Milliseconds until the next limit may be missed; negative when it was; null when nothing runs. */
export function timeToBreach(casualty: Casualty, now: number): number | null {
  const found = margin(casualty, now);
  return found === null ? null : pressing(found);
}

const GRAVITY: Record<Category, number> = { T1: 0, T2: 1, UNKNOWN: 2, T3: 3, T4: 4, DEAD: 5 };

/** Casualties by time to breach, the most pressing first; those without a running clock last. */
export function byTimeToBreach(casualties: readonly Casualty[], now: number): Casualty[] {
  const keyed = casualties.map((casualty) => ({ casualty, left: timeToBreach(casualty, now) ?? Number.POSITIVE_INFINITY }));
  keyed.sort(
    (a, b) =>
      (a.left === b.left ? 0 : a.left - b.left) ||
      GRAVITY[a.casualty.category] - GRAVITY[b.casualty.category] ||
      (a.casualty.id < b.casualty.id ? -1 : 1),
  );
  return keyed.map((entry) => entry.casualty);
}

/** Where a clock's marks lie on its bar, as shares 0..1 of a bar that ends at 1.5 times the limit. */
export interface ClockBar {
  elapsed: number;
  limit: number;
  band: number; // end of the band of an uncertain limit
  p50: number | null;
  p90: number | null;
  actual: number | null;
}

const STEP_MS: Record<Clock["step"], number> = { bleeding_control: 600_000, advanced_care: 3_600_000, surgery: 7_200_000 };

/** Null when the clock has no limit. Without an injury time the bar begins where 10-1-2 would put it. */
export function clockBar(clock: Clock, injuryAt: Iso | null, now: number): ClockBar | null {
  const target = instant(clock.target_at);
  const start = instant(injuryAt) ?? (target === null ? null : target - STEP_MS[clock.step]);
  if (start === null || target === null || target <= start) return null;
  const end = start + (target - start) * 1.5;
  const share = (ms: number): number => Math.min(1, Math.max(0, (ms - start) / (end - start)));
  const maybe = (at: Iso | null): number | null => {
    const ms = instant(at);
    return ms === null ? null : share(ms);
  };
  return {
    elapsed: share(instant(clock.actual_at) ?? now),
    limit: share(target),
    band: maybe(clock.target_latest_at) ?? share(target),
    p50: maybe(clock.forecast_p50_at),
    p90: maybe(clock.forecast_p90_at),
    actual: maybe(clock.actual_at),
  };
}

/** Resolved after so many milliseconds. */
export function later(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
