import { describe, expect, it } from "vitest";
import { clocksOf } from "../src/plan/clocks";
import { spotsOf } from "../src/plan/frontier";
import { differing } from "../src/plan/latest";
import type { Fate, Figures, PlanLine, PlanState, Point, Proposal } from "../src/plan/shapes";
import { silence } from "../src/plan/watch";
import { wayOf } from "../src/plan/way";

const fate: Fate = {
  casualty: "ZGDF-7KWT", category: "T1", arrive_at: "2026-11-22T05:21:00Z", care_at: "2026-11-22T05:09:00Z", care_limit_at: "2026-11-22T05:52:00Z",
  surgery_at: "2026-11-22T05:41:30Z", surgery_limit_at: "2026-11-22T06:52:00Z", needs_surgery: true,
};
const looks = (one: Fate): string[] => clocksOf(one).map((clock) => clock.look);
const told = (one: Fate): string => clocksOf(one).map((clock) => clock.words).join(" | ");

describe("the clocks of a line", () => {
  it("say how much is to spare", () => {
    expect(looks(fate)).toEqual(["none", "met", "met"]);
    expect(told(fate)).toBe("05:21Z | ✓ 05:09Z, 43 min to spare | ✓ 05:41Z, 1 h 10 to spare");
  });

  it("tell what is near its limit, late, never and not needed by words", () => {
    expect(looks({ ...fate, surgery_at: "2026-11-22T06:45:00Z" })).toEqual(["none", "met", "risk"]);
    expect(told({ ...fate, surgery_at: "2026-11-22T07:22:00Z" })).toContain("▲ 07:22Z, 30 min TOO LATE");
    expect(told({ ...fate, care_at: null })).toContain("✖ never");
    expect(told({ ...fate, needs_surgery: false, surgery_at: null })).toContain("no surgery");
  });
});

const state: PlanState = { mission: "ex", stale: false, why: [], down: false, looked_at: "2026-11-22T04:59:00Z", seq: 1, error: null, version: "a" };

describe("the banner", () => {
  it("is empty while somebody plans, and where nobody ever did", () => {
    expect(silence(state)).toBe("");
    expect(silence({ ...state, stale: true, looked_at: null, why: ["no plan was made of this mission yet"] })).toBe("");
  });

  it("says since when nobody does, or why there is no newer plan", () => {
    expect(silence({ ...state, stale: true })).toContain("silent since 04:59Z: tasking goes on by the ranked list");
    expect(silence({ ...state, stale: true, down: true, looked_at: null })).toContain("does not run");
    expect(silence({ ...state, stale: true, error: { error: "UnknownPolicy", message: "no policy of_tomorrow" } })).toContain("no policy of_tomorrow");
  });
});

const figures = (deaths: number | null, inTime: number): Figures => ({ casualties: 6, planned: 6, surgical: 5, surgery_in_time: 4, p1: 3, p1_in_time: inTime, deaths, bound: null, cost: null, gap: null });
const point = (policy: string, deaths: number | null, inTime: number, chosen = false): Point => ({ policy, version: "1", words: "", chosen, figures: figures(deaths, inTime), changes: [] });

describe("the chart of policies", () => {
  it("puts more P1 in time to the right and more deaths higher", () => {
    const [first, second] = spotsOf([point("a", 3.1, 3, true), point("b", 2.9, 2)]);
    expect(first?.x).toBeGreaterThan(second?.x as number);
    expect(first?.y).toBeLessThan(second?.y as number);
    expect([first?.chosen, second?.chosen]).toEqual([true, false]);
  });

  it("lets those at one place share it, and leaves out what is not known", () => {
    expect(spotsOf([point("a", 3, 3), point("b", 3, 3, true), point("c", null, 1)])).toMatchObject([{ letters: "A B", chosen: true }]);
    expect(spotsOf([])).toEqual([]);
  });
});

const line = { id: "L-1", rank: 1, state: "proposed", can_approve: true, summary: "", vehicles: ["amb-1"], facility: "bria", casualties: ["Z"], rides: [
  { vehicle: "amb-1", start: { name: "s", lon: 1, lat: 2 }, stops: [{ name: "p", lon: 3, lat: 4 }], end: { name: "e", lon: 5, lat: 6 }, casualties: ["Z"], begin_at: "b", end_at: "e", air: true },
] } as unknown as PlanLine;
const plan = (...lines: PlanLine[]): Proposal => ({ lines }) as unknown as Proposal;

describe("a plan", () => {
  it("is drawn from stop to stop, as an estimate", () => {
    const { legs } = wayOf(line);
    expect(legs.map((leg) => [leg.from.name, leg.to.name, leg.mode, leg.estimated])).toEqual([["s", "p", "air", true], ["p", "e", "air", true]]);
  });

  it("differs from another by its lines and what may be done with them", () => {
    expect(differing(plan(line), plan(line))).toBe(0);
    expect(differing(plan(line), plan({ ...line, can_approve: false }))).toBe(1);
    expect(differing(null, plan(line, { ...line, id: "L-2" }))).toBe(2);
    expect(differing(plan(line), null)).toBe(1);
  });
});
