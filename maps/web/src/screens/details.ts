/** The facts of whatever is chosen, and what can be done with it. */
import type { Actions, Desk, Screen } from "../desk";
import { grid } from "../grid";
import type { Casualty, Chain, Facility, Leg, Position, Request, Site, Vehicle } from "../live/protocol";
import type { AssetRef } from "../map/scene";
import { vehiclePositions } from "../map/scene";
import { stateWord, strings } from "../strings";
import { age, clockZ, instant, minutes, spanZ, statusAt } from "../times";
import { KeyedList, el, fill, ltr, mark, say } from "../ui/dom";
import { clockWords } from "./casualties";

type Fact = [label: string, text: string];
const facts = strings.facts;

export class Details implements Screen {
  readonly node: HTMLElement;
  private readonly title = el("h2", {});
  private readonly list = el("dl", { class: "facts" });
  private readonly rows: KeyedList<Fact>;
  private readonly todo = el("div", { class: "todo" });
  private todoFor = "";

  constructor(
    private readonly actions: Actions,
    private readonly cancelTask: (task: string) => void,
  ) {
    this.rows = new KeyedList<Fact>(this.list, ([label]) => label, ([label]) => {
      const value = el("dd", { dir: "auto" });
      return { node: el("div", {}, el("dt", {}, label), value), update: ([, text]) => say(value, text) };
    });
    this.node = el("section", { class: "details", "aria-live": "off" }, this.title, this.todo, this.list);
  }

  update(desk: Desk): void {
    const ref = desk.selected;
    const shown = ref ? describe(ref, desk) : null;
    if (!ref || !shown) {
      fill(this.title, strings.nothingSelected);
      this.rows.update([]);
      this.offer("", []);
      return;
    }
    if (this.title.textContent !== shown.title) fill(this.title, ltr(shown.title));
    this.rows.update(shown.facts.filter(([, text]) => text !== ""));
    this.offer(`${ref.kind}:${ref.id}:${shown.task ?? ""}:${shown.links.join()}:${desk.replay}`, this.buttons(shown, desk.replay));
  }

  private buttons(shown: Described, replay: boolean): HTMLElement[] {
    const links = shown.links.map((ref) => {
      const go = (): void => this.actions.select(ref, true);
      return el("button", { type: "button", onclick: go }, `${strings.kinds[ref.kind]} `, ltr(ref.id));
    });
    const task = shown.task;
    if (!task || replay) return links;
    return [...links, el("button", { type: "button", class: "danger", onclick: () => this.cancelTask(task) }, strings.cancelTask)];
  }

  private offer(key: string, buttons: HTMLElement[]): void {
    if (key === this.todoFor) return;
    this.todoFor = key;
    fill(this.todo, ...buttons);
    mark(this.todo, "hidden", buttons.length === 0 ? "" : null);
  }
}

interface Described {
  title: string;
  facts: Fact[];
  links: AssetRef[];
  task: string | null;
}

function describe(ref: AssetRef, desk: Desk): Described | null {
  const { entities, positions } = desk.picture;
  const found = { casualty: entities.casualties, vehicle: entities.vehicles, facility: entities.facilities, site: entities.sites, request: entities.requests, device: positions }[ref.kind][ref.id];
  if (!found) return null;
  switch (ref.kind) {
    case "casualty":
      return casualty(found as Casualty, desk);
    case "vehicle":
      return vehicle(found as Vehicle, desk);
    case "facility":
      return plain((found as Facility).name, facility(found as Facility));
    case "site":
      return plain((found as Site).name, site(found as Site));
    case "request":
      return request(found as Request, desk);
    case "device":
      return plain((found as Position).device, fixFacts(found as Position, desk.now));
  }
}

const plain = (title: string, list: Fact[]): Described => ({ title, facts: list, links: [], task: null });
const when = (at: string | null, now: number): string => {
  const ms = instant(at);
  return ms === null ? "" : `${clockZ(ms)} (${age(now - ms)})`;
};
const metres = (value: number | null): string => (value === null || value === 0 ? "" : `${Math.round(value)} m`);
const place = (lon: number | null, lat: number | null): string => (lon === null || lat === null ? strings.notPlaced : `${grid(lon, lat)}  ·  ${lon.toFixed(4)},${lat.toFixed(4)}`);

function casualty(c: Casualty, desk: Desk): Described {
  const clocks = c.clocks.map((clock): Fact => {
    const limit = instant(clock.target_at);
    const until = limit === null ? "" : ` · ${clockZ(limit)}`;
    return [`${strings.step(clock.step)} ${strings.stepName(clock.step)}`, `${strings.clockSign(statusAt(clock, desk.now))} ${clockWords(clock, statusAt(clock, desk.now), desk.now)}${until}`];
  });
  const band = c.injury_uncertainty_s ? ` · ${strings.injuryBand(minutes(c.injury_uncertainty_s * 1000))}` : "";
  const links: AssetRef[] = [];
  if (c.request) links.push({ kind: "request", id: c.request });
  if (c.carried_by) links.push({ kind: "vehicle", id: c.carried_by });
  if (c.facility) links.push({ kind: "facility", id: c.facility });
  const list: Fact[] = [
    [facts.category, strings.category(c.category)],
    [facts.state, stateWord(c.state)],
    ...clocks,
    [facts.forecast, c.forecast_estimated ? strings.estimatedForecast : ""],
    [facts.injury, c.injury_at ? when(c.injury_at, desk.now) + band : strings.unknown],
    [facts.what, c.what],
    [facts.needs, c.needs.join(", ")],
    [facts.place, place(c.lon, c.lat)],
    [facts.uncertainty, metres(c.uncertainty_m)],
    [facts.source, c.source ?? ""],
    ...chainFacts(c.chain ? desk.picture.entities.chains[c.chain] : undefined, desk),
  ];
  return { title: c.id, facts: list, links, task: null };
}

function chainFacts(chain: Chain | undefined, desk: Desk): Fact[] {
  if (!chain) return [];
  const name = (leg: Leg): string => desk.picture.entities.vehicles[leg.vehicle]?.callsign ?? leg.vehicle;
  return chain.legs.map((leg, index): Fact => {
    const [p50, p90] = [instant(leg.arrive_p50_at), instant(leg.arrive_p90_at)];
    const eta = p50 === null || p90 === null ? "" : ` ${spanZ(p50, p90)}`;
    const guess = leg.estimated ? ` · ${strings.estimatedMark}` : "";
    return [`${facts.chain} ${index + 1}`, `${name(leg)} ${stateWord(leg.purpose)}: ${leg.from.name} → ${leg.to.name}, ${(leg.metres / 1000).toFixed(1)} km,${eta} (${stateWord(leg.state ?? "planned")})${guess}`];
  });
}

function fixFacts(fix: Position | undefined, now: number): Fact[] {
  if (!fix) return [[facts.fix, strings.noFix]];
  return [
    [facts.place, place(fix.lon, fix.lat)],
    [facts.fix, when(fix.at, now)],
    [facts.told, fix.source === "voice" ? strings.byVoice(fix.speaker ?? "") : ""],
    [facts.speed, fix.speed === null ? "" : `${Math.round(fix.speed * 3.6)} km/h`],
    [facts.course, fix.course === null ? "" : `${Math.round(fix.course)}°`],
    [fix.source === "voice" ? facts.uncertainty : facts.accuracy, metres(fix.accuracy)],
    [facts.battery, fix.battery === null ? "" : `${Math.round(fix.battery)} %`],
    [facts.flags, (fix.flags ?? []).join(", ")],
    [facts.device, fix.device],
  ];
}

function vehicle(v: Vehicle, desk: Desk): Described {
  const fix = vehiclePositions(desk.picture).get(v.id);
  const links: AssetRef[] = v.aboard.map((id) => ({ kind: "casualty", id }));
  if (v.task) links.unshift({ kind: "request", id: v.task.request });
  const list: Fact[] = [
    [facts.state, stateWord(v.state)],
    [facts.kind, v.kind === "air" ? strings.aircraft : stateWord(v.kind)],
    [facts.task, v.task ? `${v.task.id} · ${stateWord(v.task.status)}` : ""],
    [facts.aboard, v.aboard.join(", ")],
    [facts.room, strings.litters(v.litters, v.seats)],
    ...fixFacts(fix, desk.now),
    [facts.profile, v.profile],
    [facts.home, v.home?.name ?? ""],
    ...chainFacts(v.task ? desk.picture.entities.chains[v.task.chain] : undefined, desk),
  ];
  return { title: v.callsign, facts: list, links, task: v.task?.id ?? null };
}

function facility(f: Facility): Fact[] {
  const mark = f.demonstration ? ` · ${strings.demonstration}` : "";
  return [
    [facts.state, f.open ? stateWord("open") : strings.closedNow],
    [facts.level, f.level],
    [facts.can, f.capabilities.join(", ")],
    [facts.beds, `${f.beds.free} / ${f.beds.staffed}`],
    [facts.tables, String(f.tables)],
    [facts.inbound, f.inbound.join(", ")],
    [facts.patients, f.patients.join(", ")],
    [facts.place, place(f.lon, f.lat)],
    [facts.source, `${f.source}${mark}`],
    [facts.date, f.date],
  ];
}

function site(s: Site): Fact[] {
  const mark = s.demonstration ? ` · ${strings.demonstration}` : "";
  return [[facts.kind, stateWord(s.kind)], [facts.place, place(s.lon, s.lat)], [facts.source, `${s.source}${mark}`]];
}

function request(r: Request, desk: Desk): Described {
  const list: Fact[] = [
    [facts.state, stateWord(r.state)],
    [facts.what, r.what],
    [facts.who, r.who],
    [facts.count, String(r.how_many)],
    [facts.place, `${r.place}  ${place(r.lon, r.lat)}`],
    [facts.uncertainty, metres(r.uncertainty_m)],
    [facts.opened, when(r.opened_at, desk.now)],
    [facts.source, r.source ?? ""],
  ];
  return { title: strings.request.title(r.id), facts: list, links: r.casualties.map((id) => ({ kind: "casualty", id })), task: null };
}
