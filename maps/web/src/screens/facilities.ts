/** The facility board: who takes casualties, what is free and how old that word is, and who is on the way. */
import type { Actions, Desk, Screen } from "../desk";
import { may } from "../commands/person";
import type { Facility, Figure } from "../live/protocol";
import { stateWord, strings } from "../strings";
import { age, clockZ, instant, spanZ } from "../times";
import type { Child, Row } from "../ui/dom";
import { el, fill, ltr, mark, say } from "../ui/dom";
import { Rows } from "../ui/rows";
import { badgeOf } from "./badge";
import type { FacilityOrder } from "./boardfacts";
import { figuresOf, inboundOf, oldest, sortFacilities } from "./boardfacts";
import { BoardFrame } from "./boardframe";
import { isOld } from "./facts";

const words = strings.screens.boards;
const ORDERS: FacilityOrder[] = ["name", "accepting", "free", "theatre", "inbound", "stale"];
const LOOKED_EVERY_MS = 5000; // ages move on
const DAY_MS = 86_400_000;

export class FacilityBoard implements Screen {
  readonly node: HTMLElement;
  private readonly frame: BoardFrame<FacilityOrder>;
  private readonly rows: Rows<Facility>;
  private desk: Desk | null = null;

  constructor(private readonly actions: Actions, leave: () => void) {
    const list = el("div", { class: "board-cards", role: "list" });
    this.frame = new BoardFrame("facilities", words.facilities, ORDERS, list, leave, () => this.again());
    this.rows = new Rows<Facility>(list, { key: (one) => one.id, make: (one) => this.card(one), looks: (one) => this.looks(one), hold: true });
    this.node = this.frame.node;
  }

  update(desk: Desk): void {
    this.desk = desk;
    if (this.node.hidden) return;
    const all = Object.values(desk.picture.entities.facilities).filter((one) => this.frame.finds(one.name, one.id, one.level, ...one.capabilities));
    this.rows.update(sortFacilities(all, this.frame.order, desk));
    this.frame.tell(all.length, this.rows.held);
  }

  focus(): void {
    (this.node.querySelector<HTMLElement>(".board-card h3 button") ?? this.node.querySelector<HTMLElement>("button"))?.focus();
  }

  private again(): void {
    this.rows.release();
    if (this.desk) this.update(this.desk);
  }

  private looks(one: Facility): readonly unknown[] {
    const desk = this.desk as Desk;
    const { casualties, chains } = desk.picture.entities;
    const coming = one.inbound.flatMap((id) => [casualties[id], chains[casualties[id]?.chain ?? ""]]);
    return [one, Math.floor(desk.now / LOOKED_EVERY_MS), desk.selected?.kind === "facility" && desk.selected.id === one.id, desk.replay, desk.me, ...coming];
  }

  private card(facility: Facility): Row<Facility> {
    const open = (): void => this.actions.select({ kind: "facility", id: facility.id }, false);
    const name = el("button", { type: "button", class: "name", onclick: open });
    const state = el("span", { class: "accepting" });
    const about = el("p", { class: "soft" });
    const over = el("p", { class: "trouble" });
    const beds = el("tbody", {});
    const head = el("tr", {}, ...[words.bed, words.staffed, words.free, words.reserved, words.inbound, words.left, words.toldAt].map((text) => el("th", { scope: "col" }, text)));
    const theatre = el("p", {}), blood = el("p", {}), others = el("p", { class: "soft" }), coming = el("ul", { class: "coming" }), here = el("p", { class: "soft" });
    const tell = el("button", { type: "button", "data-testid": "tell-figures", onclick: () => this.actions.tell("facility_status_reported", { facility: facility.id }) }, words.update);
    const node = el("div", { class: "board-card", role: "listitem", "data-testid": "facility-card", "data-id": facility.id },
      el("header", {}, el("h3", {}, name), state), about, over,
      el("table", { class: "beds" }, el("caption", { class: "unseen" }, facility.name), el("thead", {}, head), beds),
      theatre, blood, others, el("h4", {}, words.coming), coming, here, tell);
    const update = (now: Facility): void => {
      const desk = this.desk as Desk;
      say(name, now.name);
      say(state, `${words.accepting[now.accepting] ?? now.accepting}${now.reason ? `: ${now.reason}` : ""}`);
      mark(state, "data-accepting", now.accepting);
      say(about, [`${strings.facts.level} ${now.level}`, now.capabilities.join(" "), now.demonstration ? strings.demonstration : ""].filter((word) => word !== "").join(" · "));
      say(over, now.over_capacity ? `${strings.facts.overCapacity}: ${now.over_capacity}` : "");
      fill(beds, ...now.rooms.map((room) => bedRow(room, now.board, desk.now)));
      fill(theatre, el("b", {}, `${words.theatre}: `), theatreWords(now, desk.now), " ", freshness([...figuresOf(now.board, "tables"), ...figuresOf(now.board, "queue"), ...figuresOf(now.board, "tables_busy_until")], desk.now));
      fill(blood, el("b", {}, `${words.blood}: `), ...bloodWords(now, desk.now), " ", freshness(figuresOf(now.board, "blood"), desk.now));
      fill(others, ...stocks(now.board, desk.now));
      const focused = coming.contains(document.activeElement) ? document.activeElement?.getAttribute("data-id") : null;
      fill(coming, ...comingRows(now, desk, (id) => this.actions.select({ kind: "casualty", id }, false)));
      if (focused) [...coming.querySelectorAll<HTMLElement>("button")].find((one) => one.dataset["id"] === focused)?.focus();
      say(here, words.here(now.patients.length));
      tell.hidden = desk.replay || !may(desk.me, "facility_status_reported");
      mark(node, "data-chosen", desk.selected?.kind === "facility" && desk.selected.id === now.id ? "" : null);
    };
    return { node, update };
  }
}

const told = (value: number | null): string => (value === null ? strings.notTold : String(value));

/** How old the oldest of these words is; STALE in words when it is too old to rely on. */
export function freshness(board: readonly Figure[], now: number): HTMLElement {
  const last = oldest(board);
  const at = instant(last?.as_of);
  if (last === null || at === null) return el("span", { class: "fresh", "data-fresh": "never" }, words.never);
  const stale = board.some((one) => isOld(one, now));
  return el("span", { class: "fresh", "data-fresh": stale ? "stale" : "good", title: `${clockZ(at)} ${last.by || last.source}` }, stale ? words.stale(age(now - at)) : words.fresh(age(now - at)));
}

function bedRow(room: Facility["rooms"][number], board: readonly Figure[], now: number): HTMLElement {
  const numbers = [told(room.staffed), told(room.free), String(room.reserved), String(room.inbound), told(room.left)];
  const full = room.left !== null && room.left <= 0;
  return el("tr", { "data-full": String(full) }, el("th", { scope: "row" }, stateWord(room.bed)), ...numbers.map((text) => el("td", {}, text)), el("td", {}, freshness(figuresOf(board, `beds.${room.bed}`), now)));
}

function theatreWords(one: Facility, now: number): string {
  if (one.tables === null) return strings.notTold;
  const free = instant(one.theatre.free_at);
  const queue = one.theatre.queue === null ? "" : words.queue(String(one.theatre.queue));
  const next = one.tables === 0 || free === null ? "" : words.freeAt(free <= now ? strings.screens.boards.now : clockZ(free));
  return [words.tables(String(one.tables)), queue, next].filter((word) => word !== "").join(" · ");
}

function bloodWords(one: Facility, now: number): Child[] {
  if (one.blood === null) return [strings.notTold];
  if (one.blood.length === 0) return [strings.noneAtAll];
  return one.blood.map((stock) => {
    const until = instant(stock.expires_at);
    const gone = until !== null && until < now;
    const soon = until !== null && until - now < DAY_MS;
    const words_ = [`${stock.group} ${stock.units}`, until === null ? "" : words.expires(new Date(until).toISOString().slice(0, 10)), gone ? words.expired : soon ? words.expiring : ""];
    return el("span", { class: "stock", dir: "ltr", "data-look": gone ? "wrong" : soon ? "doubt" : null }, words_.filter((word) => word !== "").join(" "));
  });
}

const SHOWN_APART = ["beds", "tables", "queue", "tables_busy_until", "blood", "capabilities", "accepting", "reason"];

function stocks(board: readonly Figure[], now: number): Child[] {
  const rest = board.filter((one) => !SHOWN_APART.includes(one.what.split(".")[0] as string));
  if (rest.length === 0) return [];
  const each = rest.map((one) => el("span", { class: "stock" }, `${stateWord(one.what.split(".").slice(-1)[0] as string)} ${one.value === null ? strings.notTold : String(one.value)} `, freshness([one], now)));
  return [el("b", {}, `${words.stocks}: `), ...each];
}

function comingRows(one: Facility, desk: Desk, open: (id: string) => void): HTMLElement[] {
  const coming = inboundOf(one, desk);
  if (coming.length === 0) return [el("li", { class: "soft" }, words.comingNobody)];
  return coming.map(({ casualty, vehicle, p50, p90 }) => {
    const crew = vehicle ? (desk.picture.entities.vehicles[vehicle]?.callsign ?? vehicle) : strings.noVehicle;
    return el("li", {}, el("button", { type: "button", "data-id": casualty.id, onclick: () => open(casualty.id) }, badgeOf(casualty.category), ltr(casualty.id, "zap"), el("b", {}, p50 === null ? strings.unknown : spanZ(p50, p90)), el("span", { class: "soft" }, [crew, casualty.needs.join(" ")].filter((word) => word !== "").join(" · "))));
  });
}
