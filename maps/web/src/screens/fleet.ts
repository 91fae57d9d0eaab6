/** The vehicle board: every vehicle in the column of its state, with room, crew, fuel, fix and what it goes for. */
import { may } from "../commands/person";
import type { Actions, Desk, Screen } from "../desk";
import type { Id, Position, Vehicle } from "../live/protocol";
import { isStale, vehiclePositions } from "../map/scene";
import { stateWord, strings } from "../strings";
import { age, clockZ, instant, spanZ } from "../times";
import type { Row } from "../ui/dom";
import { el, ltr, mark, say } from "../ui/dom";
import { Rows } from "../ui/rows";
import type { Column, VehicleOrder } from "./boardfacts";
import { COLUMNS, columnOf, nextStop, roomLeft, sortVehicles } from "./boardfacts";
import { BoardFrame } from "./boardframe";

const words = strings.screens.boards;
const ORDERS: VehicleOrder[] = ["callsign", "eta", "fix"];
const WEAK = 20; // per cent of a battery

interface ColumnNode {
  node: HTMLElement;
  head: HTMLElement;
  rows: Rows<Vehicle>;
}

export class VehicleBoard implements Screen {
  readonly node: HTMLElement;
  private readonly frame: BoardFrame<VehicleOrder>;
  private readonly columns = new Map<Column, ColumnNode>();
  private fixes: ReadonlyMap<Id, Position> = new Map();
  private desk: Desk | null = null;

  constructor(private readonly actions: Actions, leave: () => void) {
    const box = el("div", { class: "board-columns" });
    for (const column of COLUMNS) {
      const made = this.column(column);
      this.columns.set(column, made);
      box.append(made.node);
    }
    box.addEventListener("keydown", (event) => this.arrow(event));
    this.frame = new BoardFrame("vehicles", words.vehicles, ORDERS, box, leave, () => this.again());
    this.node = this.frame.node;
  }

  update(desk: Desk): void {
    this.desk = desk;
    if (this.node.hidden) return;
    this.fixes = vehiclePositions(desk.picture);
    const all = Object.values(desk.picture.entities.vehicles).filter((one) => this.frame.finds(one.callsign, one.id, one.profile, one.operator, one.task?.request ?? ""));
    const sorted = sortVehicles(all, this.frame.order, desk, this.fixes);
    let held = false;
    for (const [column, { node, head, rows }] of this.columns) {
      const mine = sorted.filter((one) => columnOf(one) === column);
      rows.update(mine);
      held ||= rows.held;
      say(head, words.atColumn(words.states[column] ?? column, mine.length));
      mark(node, "data-empty", mine.length === 0 ? "" : null);
    }
    this.frame.tell(all.length, held);
  }

  focus(): void {
    (this.node.querySelector<HTMLElement>(".board-card button.name") ?? this.node.querySelector<HTMLElement>("button"))?.focus();
  }

  private again(): void {
    for (const { rows } of this.columns.values()) rows.release();
    if (this.desk) this.update(this.desk);
  }

  private column(column: Column): ColumnNode {
    const head = el("h3", {}, words.states[column] ?? column);
    const list = el("div", { class: "column-cards", role: "list" });
    const rows = new Rows<Vehicle>(list, { key: (one) => one.id, make: (one) => this.card(one), looks: (one) => this.looks(one), hold: true });
    return { node: el("section", { class: "board-column", "data-column": column }, head, list), head, rows };
  }

  private looks(one: Vehicle): readonly unknown[] {
    const desk = this.desk as Desk;
    const chosen = desk.selected?.kind === "vehicle" && desk.selected.id === one.id;
    return [one, fixWords(this.fixes.get(one.id), desk.now), one.task && desk.picture.entities.chains[one.task.chain], chosen, desk.replay, desk.me];
  }

  private card(vehicle: Vehicle): Row<Vehicle> {
    const open = (): void => this.actions.select({ kind: "vehicle", id: vehicle.id }, false);
    const name = el("button", { type: "button", class: "name", "data-testid": "vehicle-card-name", onclick: open }, ltr(vehicle.callsign));
    const what = el("span", { class: "soft" });
    const part = (look: string): HTMLElement => el("p", { class: look });
    const [room, crew, gear, task, fix, doubts] = [part("room"), part("crew"), part("soft"), part("task"), part("fix"), part("trouble")];
    const tell = el("button", { type: "button", onclick: () => this.actions.tell("vehicle_status_changed", { vehicle: vehicle.id }) }, strings.screens.actions["vehicle_status_changed"]);
    const down = el("button", { type: "button", class: "danger", onclick: () => this.standDown(vehicle.id) }, strings.screens.actions["cancel_ordered"]);
    const node = el("div", { class: "board-card", role: "listitem", "data-testid": "vehicle-card", "data-id": vehicle.id }, el("header", {}, name, what), room, crew, gear, task, fix, doubts, el("div", { class: "todo" }, tell, down));
    const update = (now: Vehicle): void => {
      const desk = this.desk as Desk;
      const found = this.fixes.get(now.id);
      const at = instant(found?.at);
      say(name.firstElementChild as HTMLElement, now.callsign);
      say(what, now.kind === "air" ? strings.aircraft : stateWord(now.profile || now.kind));
      say(room, roomWords(now));
      say(crew, now.medical_crew ? words.crew : words.noCrew);
      mark(crew, "data-look", now.medical_crew ? null : "doubt");
      say(gear, gearWords(now));
      say(task, taskWords(now, desk));
      say(fix, `${fixWords(found, desk.now)}${batteryWords(found)}`);
      mark(fix, "data-look", at === null || isStale(at, desk.now) ? "doubt" : null);
      say(doubts, now.doubts.join(" · "));
      tell.hidden = desk.replay || !may(desk.me, "vehicle_status_changed");
      down.hidden = desk.replay || now.task === null || !may(desk.me, "cancel");
      mark(node, "data-chosen", desk.selected?.kind === "vehicle" && desk.selected.id === now.id ? "" : null);
    };
    return { node, update };
  }

  private standDown(vehicle: Id): void {
    const task = this.desk?.picture.entities.vehicles[vehicle]?.task;
    if (task) this.actions.cancelTask(task.id);
  }

  /** Up and down within a column, left and right between columns that hold something. */
  private arrow(event: KeyboardEvent): void {
    const card = (event.target as HTMLElement).closest(".board-card");
    const step = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] }[event.key];
    if (!card || !step || event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
    const grid = [...this.columns.values()].map(({ node }) => [...node.querySelectorAll<HTMLElement>(".board-card")]).filter((cards) => cards.length > 0);
    const column = grid.findIndex((cards) => cards.includes(card as HTMLElement));
    const row = (grid[column] as HTMLElement[]).indexOf(card as HTMLElement);
    const cards = grid[Math.max(0, Math.min(grid.length - 1, column + (step[0] as number)))] as HTMLElement[];
    const goal = cards[Math.max(0, Math.min(cards.length - 1, row + (step[1] as number)))];
    event.preventDefault();
    goal?.querySelector<HTMLElement>("button.name")?.focus();
  }
}

function roomWords(one: Vehicle): string {
  const { litters, seats } = roomLeft(one);
  const full = litters + seats === 0 && one.litters + one.seats > 0;
  return [full ? words.full : words.room(litters, seats), one.aboard.length > 0 ? `${words.aboard(one.aboard.length)}: ${one.aboard.join(", ")}` : ""].filter((word) => word !== "").join(" · ");
}

function gearWords(one: Vehicle): string {
  const gear = one.equipment === null ? strings.notTold : one.equipment.map(stateWord).join(", ") || strings.noneAtAll;
  const fuel = one.range_km === null ? "" : `${words.fuel} ${one.range_km} km`;
  return [fuel, `${words.equipment}: ${gear}`].filter((word) => word !== "").join(" · ");
}

function taskWords(one: Vehicle, desk: Desk): string {
  if (!one.task) return words.noTask;
  const stop = nextStop(one, desk);
  const p50 = instant(stop?.arrive_p50_at);
  const there = stop && p50 !== null ? words.eta(stop.to.name, spanZ(p50, instant(stop.arrive_p90_at))) : "";
  return [`${one.task.request} ${stateWord(one.task.status)}`, there].filter((word) => word !== "").join(" · ");
}

/** How old the last fix is, in steps that do not change every second once it is old. */
function fixWords(fix: Position | undefined, now: number): string {
  const at = instant(fix?.at);
  if (at === null) return words.noFix;
  const old = now - at;
  return isStale(at, now) ? `${words.fix} ${words.stale(age(old))}` : `${words.fix} ${clockZ(at)}`;
}

const batteryWords = (fix: Position | undefined): string => (fix?.battery == null ? "" : ` · ${words.battery(Math.round(fix.battery))}${fix.battery < WEAK ? ` ${words.weak}` : ""}`);
