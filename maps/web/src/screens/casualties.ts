/** The casualty list: the next limit to be missed comes first, each row with its three clocks. */
import type { Actions, Desk, Screen } from "../desk";
import { grid } from "../grid";
import type { Casualty, Clock } from "../live/protocol";
import { strings, stateWord } from "../strings";
import { age, byTimeToBreach, clockBar, clockZ, instant, isOver, minutes, span, spanZ, statusAt, margin } from "../times";
import type { Margin } from "../times";
import type { Row } from "../ui/dom";
import { KeyedList, arrowKeys, el, ltr, mark, say } from "../ui/dom";

export class CasualtyList implements Screen {
  readonly node: HTMLElement;
  private readonly rows: KeyedList<Casualty>;
  private readonly empty = el("p", { class: "empty" }, strings.noCasualties);
  private readonly count = el("span", { class: "count" });
  private desk: Desk | null = null;

  constructor(private readonly actions: Actions) {
    const list = el("ul", { class: "rows", "aria-label": strings.casualties });
    this.rows = new KeyedList<Casualty>(list, (casualty) => casualty.id, (casualty) => this.row(casualty));
    arrowKeys(list, "button");
    const head = el("h2", { id: "casualties-title" }, strings.casualties, " ", this.count);
    this.node = el("section", { class: "casualties", "aria-labelledby": "casualties-title" }, head, this.empty, list);
  }

  update(desk: Desk): void {
    this.desk = desk;
    const all = Object.values(desk.picture.entities.casualties).filter((casualty) => !isOver(casualty));
    say(this.count, String(all.length));
    this.empty.hidden = all.length > 0;
    this.rows.update(byTimeToBreach(all, desk.now));
  }

  focus(): void {
    this.node.querySelector<HTMLElement>("button")?.focus();
  }

  private row(casualty: Casualty): Row<Casualty> {
    const symbol = categoryBadge();
    const left = el("span", { class: "left" });
    const guess = el("span", { class: "guess", title: strings.estimatedWhy, hidden: true }, strings.estimatedForecast);
    const state = el("span", { class: "state" });
    const place = ltr("", "grid");
    const link = el("span", { class: "way" });
    const bars = [clockNode(), clockNode(), clockNode()];
    const top = el("span", { class: "row-top" }, symbol.node, ltr(casualty.id, "zap"), state, guess, left);
    const under = el("span", { class: "row-under" }, place, link);
    const clocks = el("span", { class: "clocks" }, ...bars.map((bar) => bar.node));
    const choose = (): void => this.actions.select({ kind: "casualty", id: casualty.id }, true);
    const button = el("button", { type: "button", class: "row", "data-testid": "casualty-row", "data-id": casualty.id, onclick: choose }, top, clocks, under);
    const update = (now: Casualty): void => {
      const desk = this.desk as Desk;
      symbol.update(now.category);
      say(state, `${strings.category(now.category)} · ${stateWord(now.state)}`);
      countdown(left, margin(now, desk.now));
      guess.hidden = !now.forecast_estimated;
      say(place, grid(now.lon, now.lat) || strings.notPlaced);
      say(link, wayOf(now, desk));
      bars.forEach((bar, index) => bar.update(now.clocks[index], now, desk.now));
      mark(button, "aria-pressed", String(desk.selected?.kind === "casualty" && desk.selected.id === now.id));
    };
    return { node: el("li", {}, button), update };
  }
}

function wayOf(casualty: Casualty, desk: Desk): string {
  const { vehicles, facilities, chains } = desk.picture.entities;
  const chain = casualty.chain ? chains[casualty.chain] : undefined;
  const vehicleId = casualty.carried_by ?? chain?.vehicles[0] ?? null;
  const facilityId = casualty.facility ?? chain?.facility ?? null;
  const vehicle = vehicleId ? (vehicles[vehicleId]?.callsign ?? vehicleId) : null;
  const facility = facilityId ? (facilities[facilityId]?.name ?? facilityId) : null;
  if (casualty.facility) return `⌂ ${facility}`;
  return `${vehicle ?? strings.noVehicle} → ${facility ?? strings.noDestination}`;
}

function countdown(node: HTMLElement, found: Margin | null): void {
  const over = found !== null && found.most < 0;
  say(node, found === null ? "" : over ? strings.over(span(found.most)) : found.left < 0 ? strings.atMost(span(found.most)) : strings.left(span(found.left)));
  mark(node, "data-press", found === null ? null : over ? "over" : found.left < 10 * 60_000 ? "soon" : "ahead");
}

/** Numeral and shape of a triage category; the shape is drawn by the style sheet from data-category. */
export function categoryBadge(): { node: HTMLElement; update(category: Casualty["category"]): void } {
  const numeral = el("span", {});
  const node = el("span", { class: "category", role: "img" }, numeral);
  return {
    node,
    update: (category) => {
      say(numeral, { T1: "1", T2: "2", T3: "3", T4: "4", DEAD: "✝", UNKNOWN: "?" }[category] ?? "?");
      mark(node, "data-category", category);
      mark(node, "aria-label", strings.category(category));
    },
  };
}

interface ClockNode {
  node: HTMLElement;
  update(clock: Clock | undefined, casualty: Casualty, now: number): void;
}

function clockNode(): ClockNode {
  const label = el("span", { class: "clock-label" });
  const words = el("span", { class: "clock-words" });
  const parts = ["elapsed", "band", "forecast", "limit", "actual"].map((name) => el("i", { class: `bar-${name}` }));
  const [elapsed, band, forecast, limit, actual] = parts as [HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement];
  const bar = el("span", { class: "bar", "aria-hidden": "true" }, ...parts);
  const node = el("span", { class: "clock" }, label, bar, words);
  const update = (clock: Clock | undefined, casualty: Casualty, now: number): void => {
    node.hidden = clock === undefined;
    if (!clock) return;
    const status = statusAt(clock, now);
    mark(node, "data-status", status);
    mark(node, "title", `${strings.stepName(clock.step)}: ${clockWords(clock, status, now)}`);
    say(label, `${strings.clockSign(status)} ${strings.step(clock.step)}`);
    say(words, clockWords(clock, status, now));
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

function stretch(part: HTMLElement, from: number | null, to: number | null): void {
  part.hidden = from === null || to === null;
  if (from === null || to === null) return;
  part.style.insetInlineStart = `${(from * 100).toFixed(1)}%`;
  part.style.inlineSize = `${((to - from) * 100).toFixed(1)}%`;
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
