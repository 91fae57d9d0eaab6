/** The map as a sortable table: every asset with its place, age and state, for those who read rather than look. */
import type { Actions, Desk, Screen } from "../desk";
import { grid } from "../grid";
import type { Position } from "../live/protocol";
import type { AssetKind, AssetRef } from "../map/scene";
import { hazardHolds } from "../map/hazards";
import { isStale, vehiclePositions } from "../map/scene";
import { stateWord, strings } from "../strings";
import { age, instant } from "../times";
import { flagWords } from "./facts";
import type { Row } from "../ui/dom";
import { KeyedList, arrowKeys, el, ltr, mark, say } from "../ui/dom";

const COLUMNS = ["kind", "name", "state", "place", "age", "speed", "load", "note"] as const;
type Column = (typeof COLUMNS)[number];
type Cell = { text: string; sort: string | number };
interface Line {
  ref: AssetRef;
  stale: boolean;
  cells: Record<Column, Cell>;
}

export class AssetTable implements Screen {
  readonly node: HTMLElement;
  private readonly rows: KeyedList<Line>;
  private readonly heads = new Map<Column, HTMLElement>();
  private column: Column = "kind";
  private upwards = true;
  private desk: Desk | null = null;

  constructor(private readonly actions: Actions) {
    const body = el("tbody", {});
    this.rows = new KeyedList<Line>(body, (line) => `${line.ref.kind}:${line.ref.id}`, (line) => this.row(line));
    arrowKeys(body, "button");
    const head = el("tr", {}, ...COLUMNS.map((column) => this.head(column)));
    const table = el("table", { class: "assets" }, el("caption", { class: "unseen" }, strings.mapLabel), el("thead", {}, head), body);
    this.node = el("section", { class: "table", "data-testid": "asset-table" }, table);
    this.showOrder();
  }

  update(desk: Desk): void {
    this.desk = desk;
    if (this.node.hidden) return;
    const lines = linesOf(desk);
    const side = this.upwards ? 1 : -1;
    lines.sort((a, b) => side * compare(a.cells[this.column].sort, b.cells[this.column].sort) || compare(a.cells.name.sort, b.cells.name.sort));
    this.rows.update(lines);
  }

  private head(column: Column): HTMLElement {
    const sort = (): void => {
      this.upwards = this.column === column ? !this.upwards : true;
      this.column = column;
      this.showOrder();
      if (this.desk) this.update(this.desk);
    };
    const cell = el("th", { scope: "col" }, el("button", { type: "button", onclick: sort }, strings.columns[column]));
    this.heads.set(column, cell);
    return cell;
  }

  private showOrder(): void {
    for (const [column, cell] of this.heads) {
      mark(cell, "aria-sort", column === this.column ? (this.upwards ? "ascending" : "descending") : "none");
    }
  }

  private row(line: Line): Row<Line> {
    const open = (): void => this.actions.select(line.ref, true);
    const name = el("button", { type: "button", onclick: open }, ltr(""));
    const cells = COLUMNS.map((column) => el("td", { class: `col-${column}`, dir: column === "place" ? "ltr" : null }, column === "name" ? name : null));
    const testId = line.ref.kind === "vehicle" ? "vehicle-row" : `${line.ref.kind}-row-table`;
    const node = el("tr", { "data-testid": testId, "data-id": line.ref.id }, ...cells);
    const update = (now: Line): void => {
      COLUMNS.forEach((column, index) => {
        const target = column === "name" ? (name.firstElementChild as HTMLElement) : (cells[index] as HTMLElement);
        say(target, now.cells[column].text);
      });
      mark(node, "data-stale", now.stale ? "" : null);
    };
    return { node, update };
  }
}

const compare = (a: string | number, b: string | number): number =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
const cell = (text: string, sort: string | number = text): Cell => ({ text, sort });

const KIND_ORDER: AssetKind[] = ["vehicle", "device", "casualty", "request", "facility", "team", "hazard", "site"];

function line(kind: AssetKind, id: string, parts: Partial<Record<Column, Cell>>, stale = false): Line {
  const empty = cell("");
  const cells: Record<Column, Cell> = { kind: cell(strings.kinds[kind] ?? kind, KIND_ORDER.indexOf(kind)), name: cell(id), state: empty, place: empty, age: empty, speed: empty, load: empty, note: empty };
  return { ref: { kind, id }, stale, cells: { ...cells, ...parts } };
}

function linesOf(desk: Desk): Line[] {
  const { entities } = desk.picture;
  return [
    ...vehicleLines(desk),
    ...Object.values(entities.casualties).map((c) => line("casualty", c.id, { state: cell(`${strings.category(c.category)} · ${stateWord(c.state)}`), place: cell(grid(c.lon, c.lat)), load: cell(c.carried_by ?? ""), note: cell(c.what) })),
    ...Object.values(entities.facilities).map((f) => line("facility", f.id, { name: cell(f.name), state: cell(f.over_capacity ? `${stateWord(f.accepting)} · ${strings.facts.overCapacity}` : stateWord(f.accepting)), place: cell(grid(f.lon, f.lat)), load: cell(`${f.patients.length} / ${f.beds.free ?? strings.notTold}`, f.patients.length), note: cell(`${f.level} ${f.capabilities.join(" ")}`) })),
    ...Object.values(entities.requests).filter((r) => r.state !== "closed").map((r) => line("request", r.id, { state: cell(stateWord(r.state)), place: cell(grid(r.lon, r.lat)), load: cell(String(r.how_many), r.how_many), note: cell(`${r.place} ${r.what}`) })),
    ...Object.values(entities.teams).map((t) => line("team", t.id, { name: cell(t.name), state: cell(t.state), place: cell(grid(t.lon, t.lat)), load: cell(String(t.members), t.members), note: cell(stateWord(t.kind)) })),
    ...Object.values(entities.hazards).filter((h) => hazardHolds(h, desk.now)).map((h) => line("hazard", h.id, { name: cell(h.name || h.id), state: cell(stateWord(h.kind)), place: cell(grid(h.lon, h.lat)), note: cell(h.affects.map(stateWord).join(" ")) })),
    ...Object.values(entities.sites).map((s) => line("site", s.id, { name: cell(s.name), state: cell(stateWord(s.kind)), place: cell(grid(s.lon, s.lat)) })),
  ];
}

function vehicleLines(desk: Desk): Line[] {
  const { entities, positions } = desk.picture;
  const latest = vehiclePositions(desk.picture);
  const known = Object.values(entities.vehicles).map((v) => {
    const fix = latest.get(v.id);
    const parts = { name: cell(v.callsign), state: cell(stateWord(v.state)), load: cell(v.aboard.join(" "), v.aboard.length), note: cell([v.task ? `${v.task.request} ${stateWord(v.task.status)}` : "", ...v.doubts].filter((word) => word !== "").join(" · ")) };
    return line("vehicle", v.id, { ...parts, ...fixCells(fix, desk.now) }, fix !== undefined && isStale(instant(fix.at) ?? 0, desk.now));
  });
  const bare = Object.values(positions).filter((fix) => fix.vehicle === null || !entities.vehicles[fix.vehicle]);
  return [...known, ...bare.map((fix) => line("device", fix.device, { ...fixCells(fix, desk.now), note: cell(deviceNote(fix, desk)) }, isStale(instant(fix.at) ?? 0, desk.now)))];
}

/** What is doubtful about the last fix, and the class of guarantee. */
const deviceNote = (fix: Position, desk: Desk): string => [flagWords(fix.flags ?? []), desk.devices[fix.device]?.guarantee ?? ""].filter((word) => word !== "").join(" · ");

function fixCells(fix: { lon: number; lat: number; at: string; speed: number | null } | undefined, now: number): Partial<Record<Column, Cell>> {
  if (!fix) return { place: cell(strings.noFix), age: cell("", Number.MAX_SAFE_INTEGER) };
  const old = now - (instant(fix.at) ?? now);
  return { place: cell(grid(fix.lon, fix.lat)), age: cell(age(old), old), speed: fix.speed === null ? cell("", -1) : cell(String(Math.round(fix.speed * 3.6)), fix.speed) };
}
