/** The casualty list: the next limit to be missed comes first, each row with its three clocks and what is to be done. */
import type { Actions, Desk, Screen } from "../desk";
import { grid } from "../grid";
import type { Casualty } from "../live/protocol";
import { strings, stateWord } from "../strings";
import "../styles/screens.css";
import { byTimeToBreach, isOver, margin, minutes, span } from "../times";
import type { Margin } from "../times";
import type { Row } from "../ui/dom";
import { arrowKeys, el, fill, ltr, mark, say } from "../ui/dom";
import { Rows } from "../ui/rows";
import { categoryBadge } from "./badge";
import { clockLook, clockNode } from "./clocks";
import type { Filter, Pins } from "./filters";
import { ALL, GRAVE, fits, isAll, overCount } from "./filters";
import { nextThing } from "./next";

const words = strings.screens;

export class CasualtyList implements Screen {
  readonly node: HTMLElement;
  private readonly rows: Rows<Casualty>;
  private readonly empty = el("p", { class: "empty" }, strings.noCasualties);
  private readonly count = el("span", { class: "count" });
  private readonly heldNote = el("span", { class: "held", role: "status" });
  private readonly hidden = el("p", { class: "hidden-by", "data-testid": "hidden-by-filter" });
  private readonly category = el("select", { name: "filter-category", "aria-label": words.filter.category }, ...categories());
  private readonly request = el("select", { name: "filter-request", "aria-label": words.filter.request });
  private readonly noPlan = el("input", { type: "checkbox", name: "filter-no-plan" });
  private readonly mine = el("input", { type: "checkbox", name: "filter-mine" });
  private filter: Filter = ALL;
  private requests = "";
  private desk: Desk | null = null;

  constructor(
    private readonly actions: Actions,
    private readonly pins: Pins,
  ) {
    const list = el("ul", { class: "rows", "aria-label": strings.casualties });
    this.rows = new Rows<Casualty>(list, { key: (one) => one.id, make: (one) => this.row(one), looks: (one) => this.looks(one), hold: true });
    arrowKeys(list, "button");
    const head = el("h2", { id: "casualties-title" }, strings.casualties, " ", this.count, " ", this.heldNote);
    this.node = el("section", { class: "casualties", "aria-labelledby": "casualties-title" }, head, this.filters(), this.hidden, this.empty, list);
  }

  update(desk: Desk): void {
    this.desk = desk;
    this.offerRequests(desk);
    const all = Object.values(desk.picture.entities.casualties).filter((casualty) => !isOver(casualty));
    const shown = isAll(this.filter) ? all : all.filter((one) => fits(one, this.filter, desk, this.pins.ids));
    say(this.count, shown.length === all.length ? String(all.length) : `${shown.length} / ${all.length}`);
    this.empty.hidden = all.length > 0;
    this.tellHidden(all, shown, desk.now);
    this.rows.update(byTimeToBreach(shown, desk.now));
    say(this.heldNote, this.rows.held ? words.held : "");
  }

  focus(): void {
    this.node.querySelector<HTMLElement>(".rows button")?.focus();
  }

  // --- filter

  private filters(): HTMLElement {
    const change = (): void => {
      this.filter = { category: this.category.value, request: this.request.value, noPlan: this.noPlan.checked, mine: this.mine.checked };
      this.rows.release();
      if (this.desk) this.update(this.desk);
    };
    const box = el("div", { class: "filters", role: "group", "aria-label": words.filter.title }, this.category, this.request,
      el("label", {}, this.noPlan, words.filter.noPlan), el("label", { title: words.filter.mineWhy }, this.mine, words.filter.mine));
    box.addEventListener("change", change);
    return box;
  }

  private offerRequests(desk: Desk): void {
    const ids = Object.keys(desk.picture.entities.requests).sort();
    if (ids.join() === this.requests && this.request.options.length > 0) return;
    this.requests = ids.join();
    fill(this.request, el("option", { value: "" }, words.filter.everyRequest), ...ids.map((id) => el("option", { value: id }, id)));
    this.request.value = ids.includes(this.filter.request) ? this.filter.request : "";
    this.filter = { ...this.filter, request: this.request.value };
  }

  private tellHidden(all: Casualty[], shown: Casualty[], now: number): void {
    this.hidden.hidden = shown.length === all.length;
    if (this.hidden.hidden) return;
    const gone = all.filter((one) => !shown.includes(one));
    const text = words.filter.hidden(gone.length, overCount(gone, now));
    if (this.hidden.firstElementChild) return say(this.hidden.firstElementChild, text);
    fill(this.hidden, el("span", {}, text), " ", el("button", { type: "button", onclick: () => this.showAll() }, words.filter.clear));
  }

  private showAll(): void {
    [this.category.value, this.request.value, this.noPlan.checked, this.mine.checked] = ["", "", false, false];
    this.filter = ALL;
    this.rows.release();
    if (this.desk) this.update(this.desk);
    this.category.focus();
  }

  // --- rows

  /** A row looks the same until its casualty, its chain, what it names, or what its clocks say has changed. */
  private looks(casualty: Casualty): readonly unknown[] {
    const desk = this.desk as Desk;
    const { chains, requests, vehicles, facilities } = desk.picture.entities;
    const chain = casualty.chain ? chains[casualty.chain] : undefined;
    const chosen = desk.selected?.kind === "casualty" && desk.selected.id === casualty.id;
    return [casualty, chain, requests[casualty.request ?? ""], vehicles, facilities, chosen, this.pins.ids.has(casualty.id),
      leftWords(margin(casualty, desk.now)), ...casualty.clocks.map((clock) => clockLook(clock, casualty, desk.now))];
  }

  private row(casualty: Casualty): Row<Casualty> {
    const symbol = categoryBadge();
    const left = el("span", { class: "left" });
    const guess = el("span", { class: "guess", title: strings.estimatedWhy, hidden: true }, strings.estimatedForecast);
    const state = el("span", { class: "state" });
    const place = ltr("", "grid");
    const link = el("span", { class: "way" });
    const next = el("span", { class: "next" });
    const bars = [clockNode(), clockNode(), clockNode()];
    const top = el("span", { class: "row-top" }, symbol.node, ltr(casualty.id, "zap"), state, guess, left);
    const under = el("span", { class: "row-under" }, place, link);
    const clocks = el("span", { class: "clocks" }, ...bars.map((bar) => bar.node));
    const choose = (): void => this.actions.select({ kind: "casualty", id: casualty.id }, true);
    const button = el("button", { type: "button", class: "row", "data-testid": "casualty-row", "data-id": casualty.id, onclick: choose }, top, clocks, under, next);
    const update = (now: Casualty): void => {
      const desk = this.desk as Desk;
      symbol.update(now.category);
      say(state, `${this.pins.ids.has(now.id) ? "★ " : ""}${strings.category(now.category)} · ${stateWord(now.state)}`);
      countdown(left, margin(now, desk.now));
      guess.hidden = !now.forecast_estimated;
      say(place, grid(now.lon, now.lat) || strings.notPlaced);
      say(link, wayOf(now, desk));
      bars.forEach((bar, index) => bar.update(now.clocks[index], now, desk.now));
      const todo = nextThing(now, desk);
      say(next, todo === null ? "" : `${words.next.label} ${todo.words}`);
      mark(next, "data-ours", todo?.ours ? "" : null);
      mark(button, "aria-pressed", String(desk.selected?.kind === "casualty" && desk.selected.id === now.id));
    };
    return { node: el("li", {}, button), update };
  }
}

function categories(): HTMLElement[] {
  const known = (["T1", "T2", "T3", "T4", "UNKNOWN", "DEAD"] as const).map((one) => el("option", { value: one }, strings.category(one)));
  return [el("option", { value: "" }, words.filter.every), el("option", { value: GRAVE }, words.filter.grave), ...known];
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

const SECONDS_BELOW_MS = 600_000; // farther away nobody counts them, and a list that flickers is not read

function leftWords(found: Margin | null): string {
  if (found === null) return "";
  const told = (ms: number): string => (Math.abs(ms) < SECONDS_BELOW_MS ? span(ms) : minutes(ms));
  if (found.most < 0) return strings.over(told(found.most));
  return found.left < 0 ? strings.atMost(told(found.most)) : strings.left(told(found.left));
}

function countdown(node: HTMLElement, found: Margin | null): void {
  say(node, leftWords(found));
  mark(node, "data-press", found === null ? null : found.most < 0 ? "over" : found.left < SECONDS_BELOW_MS ? "soon" : "ahead");
}
