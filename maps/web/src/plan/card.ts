/** One line of the plan: who brings whom where and when, why, what else could be done, and the buttons of whoever may approve. */
import type { Desk } from "../desk";
import { badgeOf } from "../screens/badge";
import { plan as words } from "../strings/plan";
import { clockZ, instant } from "../times";
import type { Row } from "../ui/dom";
import { el, fill, ltr, mark, say } from "../ui/dom";
import { clocksOf } from "./clocks";
import type { Fate, Other, PlanLine, Ride } from "./shapes";

/** What a card asks of the board. */
export interface CardWorld {
  desk(): Desk;
  chosen(line: string): boolean;
  toggle(line: PlanLine): void;
  approve(line: PlanLine): void;
  instead(line: PlanLine, other: Other): void;
  show(line: PlanLine, fit: boolean): void;
  open(casualty: string): void;
  lock(what: Record<string, string>, said: string): void;
  busy(): boolean;
  mayApprove(): boolean;
  mayLock(): boolean;
  /** approved, fresh, or the line's own state. */
  state(line: PlanLine): string;
}

export function cardOf(world: CardWorld, first: PlanLine): Row<PlanLine> {
  let line = first;
  const rank = el("b", { class: "rank", "aria-hidden": "true" });
  const choose = el("button", { type: "button", class: "choose", "data-testid": "plan-choose", onclick: () => world.toggle(line) }, el("span", { class: "tick", "aria-hidden": "true" }), rank);
  const summary = el("h3", { class: "summary", dir: "auto" });
  const state = el("span", { class: "plan-state", "data-testid": "plan-state" });
  const rides = el("div", { class: "rides" });
  const fates = el("ul", { class: "fates" });
  const why = el("div", {});
  const others = el("details", { class: "others", "data-testid": "plan-others" });
  const approve = el("button", { type: "button", class: "primary", "data-testid": "plan-approve", onclick: () => world.approve(line) });
  const not = el("p", { class: "note" });
  const show = el("button", { type: "button", class: "on-desk", onclick: () => world.show(line, true) }, words.showWay);
  const lay = laying(world, () => line);
  const under = (): void => world.show(line, false);
  const node = el("div", { class: "plan-line", role: "listitem", "data-testid": "plan-line", onfocusin: under, onmouseenter: under },
    el("header", {}, choose, summary, state), rides, fates, why, others, el("div", { class: "line-foot" }, approve, not, show, lay.node));
  let drawn = "";
  const update = (now: PlanLine): void => {
    line = now;
    const told = world.state(now);
    const open = now.can_approve && told !== "approved";
    mark(node, "data-id", now.id);
    mark(node, "data-state", told);
    say(rank, String(now.rank));
    say(state, words.state[told] ?? told.toUpperCase());
    choose.hidden = approve.hidden = !open || !world.mayApprove();
    mark(choose, "aria-pressed", String(world.chosen(now.id)));
    mark(choose, "aria-label", words.choose(now.rank, now.summary));
    mark(approve, "aria-disabled", world.busy() ? "true" : null);
    say(approve, words.approve);
    mark(approve, "aria-label", words.approveOf(now.summary));
    say(not, now.can_approve || now.why_not === "" ? "" : words.whyNot(now.why_not));
    lay.update(now);
    const looks = JSON.stringify([now, world.mayApprove(), open]);
    if (looks === drawn) return;
    drawn = looks;
    say(summary, now.summary);
    fill(rides, ...now.rides.map((ride) => rideLine(ride, world.desk())), now.replaces === "" ? null : el("p", { class: "changed" }, words.replaces(now.replaces)));
    fill(fates, ...now.fates.map((fate) => fateLine(fate, world.open)));
    fill(why, ...listed(words.reasons, now.reasons, "reasons"), ...listed(words.risks, now.risks, "reasons risks"));
    others.hidden = now.alternatives.length === 0;
    fill(others, el("summary", {}, words.alternatives(now.alternatives.length)), ...now.alternatives.map((other) => otherAnswer(world, now, other, open)));
  };
  update(first);
  return { node, update };
}

const crewOf = (id: string, desk: Desk): string => desk.picture.entities.vehicles[id]?.callsign ?? id;

function rideLine(ride: Ride, desk: Desk): HTMLElement {
  const [begin, end] = [instant(ride.begin_at), instant(ride.end_at)];
  const by = ride.stops.map((stop) => stop.name).join(" → ");
  const times = begin === null || end === null ? "" : words.from(clockZ(begin), clockZ(end));
  return el("p", {}, el("b", {}, ltr(crewOf(ride.vehicle, desk))), " ", ltr(times, "times"), ` ${by} → ${ride.end.name}${ride.air ? `, ${words.air}` : ""}`);
}

function fateLine(fate: Fate, open: (casualty: string) => void): HTMLElement {
  const clocks = clocksOf(fate).map(({ label, look, words: told }) => el("span", { class: "plan-clock", "data-look": look }, el("i", {}, label), " ", told));
  return el("li", {}, badgeOf(fate.category), el("button", { type: "button", class: "zap", onclick: () => open(fate.casualty) }, ltr(fate.casualty)), ...clocks);
}

function listed(title: string, told: readonly string[], look: string): HTMLElement[] {
  if (told.length === 0) return [];
  return [el("h4", {}, title), el("ul", { class: look }, ...told.map((one) => el("li", { dir: "auto" }, one)))];
}

function otherAnswer(world: CardWorld, line: PlanLine, other: Other, open: boolean): HTMLElement {
  const take = el("button", { type: "button", "aria-label": words.insteadOf(other.summary), "data-testid": "plan-instead", onclick: () => world.instead(line, other) }, words.instead);
  const fates = el("ul", { class: "fates" }, ...other.fates.map((fate) => fateLine(fate, world.open)));
  const told = other.words.map((one) => el("li", { dir: "auto" }, one));
  return el("section", { class: "other" }, el("h4", { dir: "auto" }, other.summary), el("ul", { class: "reasons" }, ...told), fates, open && world.mayApprove() && other.id !== "" ? take : null);
}

/** What a person lays down for every plan from here: a facility for a casualty, a vehicle out of it. */
function laying(world: CardWorld, line: () => PlanLine): { node: HTMLElement; update(line: PlanLine): void } {
  const reason = el("input", { name: "lock-reason", autocomplete: "off", maxlength: 200, dir: "auto", "aria-label": words.lockReason, placeholder: words.lockReason });
  const buttons = el("div", { class: "todo" });
  const node = el("details", { class: "lay" }, el("summary", {}, words.lay), reason, buttons);
  let drawn = "";
  const update = (now: PlanLine): void => {
    node.hidden = !world.mayLock();
    const key = `${now.id} ${now.casualties.join()}`;
    if (key === drawn) return;
    drawn = key;
    const facility = now.rides.at(-1)?.end.name ?? now.facility;
    const send = (what: Record<string, string>, said: string): void => world.lock({ ...what, reason: reason.value.trim() }, said);
    const button = (said: string, what: Record<string, string>): HTMLElement => el("button", { type: "button", onclick: () => send(what, said) }, said);
    fill(buttons, ...now.casualties.map((one) => button(words.lockTo(one, facility), { casualty: one, facility: line().facility })),
      ...now.vehicles.map((one) => button(words.lockOut(crewOf(one, world.desk())), { vehicle: one })));
  };
  return { node, update };
}
