import { describe, expect, it } from "vitest";
import { casualty as sample } from "./samples";
import type { Casualty, Clock } from "../src/live/protocol";
import { age, byTimeToBreach, clockBar, dateTimeGroup, margin, minutes, span, spanZ, statusAt, timeToBreach } from "../src/times";

const T0 = Date.UTC(2026, 10, 22, 14, 0, 0);
const at = (minute: number): string => new Date(T0 + minute * 60_000).toISOString();
const clock = (target: number, status: Clock["status"], more: Partial<Clock> = {}): Clock => ({
  step: "surgery", target_at: at(target), target_latest_at: at(target), forecast_p50_at: null, forecast_p90_at: null, actual_at: null, status, proof: null, ...more,
});
const casualty = (id: string, clocks: Clock[], more: Partial<Casualty> = {}): Casualty => sample(id, { category: "T1", injury_at: at(0), injury_uncertainty_s: 0, clocks, ...more });

describe("times in words", () => {
  it("writes a date-time group in UTC", () => expect(dateTimeGroup(T0)).toBe("221400Z NOV 26"));
  it("writes spans", () => expect([42_000, 425_000, 3_900_000, 200_000_000].map(span)).toEqual(["0:42", "7:05", "1 h 05", "2 d"]));
  it("writes ages and minutes", () => expect([age(8000), age(200_000), age(-5), minutes(-125 * 60_000)]).toEqual(["8 s", "3 min", "0 s", "2 h 05"]));
  it("shortens a forecast within one hour", () => expect([spanZ(T0, T0 + 60_000 * 9), spanZ(T0, T0 + 3_600_000), spanZ(T0, null)]).toEqual(["14:00–09Z", "14:00–15:00Z", "14:00Z"]));
});

describe("time to breach", () => {
  const now = T0 + 20 * 60_000;
  it("is the next limit that can still be kept", () => {
    expect(timeToBreach(casualty("a", [clock(10, "breached"), clock(60, "on_track"), clock(120, "at_risk")]), now)).toBe(40 * 60_000);
  });
  it("is negative when every open limit has passed", () => {
    expect(timeToBreach(casualty("a", [clock(10, "breached"), clock(15, "breached")]), now)).toBe(-5 * 60_000);
  });
  it("is null when nothing runs", () => {
    expect(timeToBreach(casualty("a", [clock(10, "met", { actual_at: at(5) })]), now)).toBeNull();
    expect(timeToBreach(casualty("a", [clock(60, "on_track")], { category: "DEAD" }), now)).toBeNull();
    expect(timeToBreach(casualty("a", [clock(60, "not_needed")]), now)).toBeNull();
  });
  it("presses without delay inside the band of an uncertain injury time, until the last instant has passed", () => {
    const band = casualty("a", [clock(10, "at_risk", { target_latest_at: at(30) }), clock(60, "on_track", { target_latest_at: at(80) })]);
    expect(margin(band, now)).toEqual({ left: -10 * 60_000, most: 10 * 60_000 });
    expect(timeToBreach(band, now)).toBe(0);
    expect(timeToBreach(band, now + 11 * 60_000)).toBe(29 * 60_000);
  });
  it("sorts overdue first, then by what is left, then by gravity; the finished last", () => {
    const list = [
      casualty("done", [clock(10, "met")]), casualty("late", [clock(10, "breached")]), casualty("t2", [clock(60, "on_track")], { category: "T2" }),
      casualty("t1", [clock(60, "on_track")]), casualty("soon", [clock(30, "on_track")]), casualty("done2", [clock(10, "late")]),
    ];
    expect(byTimeToBreach(list, now).map((c) => c.id)).toEqual(["late", "soon", "t1", "t2", "done", "done2"]);
  });
});

describe("a clock", () => {
  it("is breached once its limit has passed, also when the server is silent", () => {
    expect(statusAt(clock(60, "on_track"), T0 + 61 * 60_000)).toBe("breached");
    expect(statusAt(clock(60, "on_track", { target_latest_at: at(75) }), T0 + 61 * 60_000)).toBe("on_track");
    expect(statusAt(clock(60, "met", { actual_at: at(40) }), T0 + 61 * 60_000)).toBe("met");
  });
  it("lays its marks on a bar of 1.5 times the limit", () => {
    const bar = clockBar(clock(60, "at_risk", { forecast_p50_at: at(45), forecast_p90_at: at(200), target_latest_at: at(75) }), at(0), T0 + 30 * 60_000);
    expect(bar?.elapsed).toBeCloseTo(1 / 3);
    expect(bar?.limit).toBeCloseTo(2 / 3);
    expect(bar?.band).toBeCloseTo(75 / 90);
    expect(bar?.p50).toBeCloseTo(0.5);
    expect(bar?.p90).toBe(1);
  });
  it("has no bar without a limit; without an injury time the guideline gives the bar its start", () => {
    expect(clockBar({ ...clock(60, "no_plan"), target_at: null }, at(0), T0)).toBeNull();
    expect(clockBar(clock(120, "no_plan"), null, T0 + 60 * 60_000)?.elapsed).toBeCloseTo(1 / 3);
  });
});
