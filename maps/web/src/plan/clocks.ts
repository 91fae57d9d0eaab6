/** What a plan means for one casualty: each clock with its limit, in words and a sign. Pure. */
import type { Iso } from "../live/protocol";
import { plan as words } from "../strings/plan";
import { clockZ, instant, minutes } from "../times";
import type { Fate } from "./shapes";

const SOON_MS = 10 * 60_000; // so near its limit a clock is in doubt: times are middle ones

export type ClockLook = "met" | "risk" | "late" | "never" | "none";
export interface PlanClock {
  label: string;
  look: ClockLook;
  words: string;
}

const SIGNS: Record<ClockLook, string> = { met: "✓", risk: "!", late: "▲", never: "✖", none: "" };

/** Arrival, advanced care and surgery, as far as they apply. */
export function clocksOf(fate: Fate): PlanClock[] {
  const care = clock(words.care, fate.care_at, fate.care_limit_at);
  const surgery = fate.needs_surgery ? clock(words.surgery, fate.surgery_at, fate.surgery_limit_at) : { label: words.surgery, look: "none" as const, words: words.notNeeded };
  return [clock(words.arrival, fate.arrive_at, null), care, surgery];
}

function clock(label: string, told: Iso | null, limit: Iso | null): PlanClock {
  const [at, until] = [instant(told), instant(limit)];
  if (at === null) return { label, look: "never", words: `${SIGNS.never} ${words.never}` };
  if (until === null) return { label, look: "none", words: clockZ(at) };
  const look = at > until ? "late" : until - at < SOON_MS ? "risk" : "met";
  const rest = at > until ? words.after(minutes(at - until)) : words.before(minutes(until - at));
  return { label, look, words: `${SIGNS[look]} ${clockZ(at)}, ${rest}` };
}
