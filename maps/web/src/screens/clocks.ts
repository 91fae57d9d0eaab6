/** The three limits of 10-1-2 as bars with words: what is done, what is predicted, what is missed. */
import type { Casualty, Clock } from "../live/protocol";
import { strings } from "../strings";
import { age, clockBar, clockZ, instant, minutes, spanZ, statusAt } from "../times";
import { el, mark, say } from "../ui/dom";

export interface ClockNode {
  node: HTMLElement;
  update(clock: Clock | undefined, casualty: Casualty, now: number): void;
}

export function clockNode(): ClockNode {
  const label = el("span", { class: "clock-label" });
  const words = el("span", { class: "clock-words" });
  const expected = el("span", { class: "clock-words" });
  const parts = ["elapsed", "band", "forecast", "limit", "actual"].map((name) => el("i", { class: `bar-${name}` }));
  const [elapsed, band, forecast, limit, actual] = parts as [HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement];
  const bar = el("span", { class: "bar", "aria-hidden": "true" }, ...parts);
  const node = el("span", { class: "clock" }, label, bar, words, expected);
  const update = (clock: Clock | undefined, casualty: Casualty, now: number): void => {
    node.hidden = clock === undefined;
    if (!clock) return;
    const status = statusAt(clock, now);
    const told = clockWords(clock, status, now);
    mark(node, "data-status", status);
    mark(node, "title", `${strings.stepName(clock.step)}: ${told}`);
    say(label, `${strings.clockSign(status)} ${strings.step(clock.step)}`);
    say(words, told);
    say(expected, forecastWords(clock, status));
    const shares = status === "not_needed" ? null : clockBar(clock, casualty.injury_at, now);
    bar.hidden = shares === null;
    if (!shares) return;
    stretch(elapsed, 0, shares.elapsed);
    stretch(band, shares.limit, shares.band);
    stretch(limit, shares.limit, shares.limit);
    stretch(forecast, shares.p50, shares.p90 ?? shares.p50);
    stretch(actual, shares.actual, shares.actual);
  };
  return { node, update };
}

/** What a clock's looks follow from, at an instant. */
export function clockLook(clock: Clock, casualty: Casualty, now: number): string {
  const status = statusAt(clock, now);
  const elapsed = status === "not_needed" ? 0 : (clockBar(clock, casualty.injury_at, now)?.elapsed ?? 0);
  return `${status} ${clockWords(clock, status, now)} ${Math.round(elapsed * 100)}`;
}

function stretch(part: HTMLElement, from: number | null, to: number | null): void {
  part.hidden = from === null || to === null;
  if (from === null || to === null) return;
  const [start, length] = [`${Math.round(from * 100)}%`, `${Math.round(to * 100) - Math.round(from * 100)}%`]; // finer than a pixel would be laid out anew each second
  if (part.style.insetInlineStart !== start) part.style.insetInlineStart = start;
  if (part.style.inlineSize !== length) part.style.inlineSize = length;
}

/** When a step that misses its limit is expected; the other words name the time themselves. */
export function forecastWords(clock: Clock, status: Clock["status"]): string {
  const p50 = instant(clock.forecast_p50_at);
  if (p50 === null || clock.actual_at || (status !== "will_breach" && status !== "breached")) return "";
  return strings.screens.forecast(spanZ(p50, instant(clock.forecast_p90_at)));
}

/** A clock in a few words; times are Z. */
export function clockWords(clock: Clock, status: Clock["status"], now: number): string {
  const target = instant(clock.target_at) ?? now;
  const p50 = instant(clock.forecast_p50_at);
  const p90 = instant(clock.forecast_p90_at);
  const actual = instant(clock.actual_at);
  const eta = p50 === null ? "" : spanZ(p50, p90);
  switch (status) {
    case "met":
      return strings.clock.met(actual === null ? "" : clockZ(actual));
    case "late":
      return strings.clock.late(actual === null ? age(0) : minutes(actual - target));
    case "on_track":
      return strings.clock.on_track(eta || clockZ(target));
    case "at_risk":
      return actual === null ? strings.clock.at_risk(eta) : strings.clock.maybe(clockZ(actual));
    case "will_breach":
      return strings.clock.will_breach(p50 === null ? "?" : minutes(p50 - target));
    case "breached":
      return strings.clock.breached(minutes(now - target));
    case "no_plan":
      return strings.clock.no_plan;
    case "not_needed":
      return strings.clock.not_needed;
  }
}
