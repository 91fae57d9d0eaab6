/** The map as a sortable table: every asset with its place, age, state and way, for those who read rather than look. */
import type { Actions, Desk, Screen } from "../desk";
import { strings } from "../strings";
import type { Row } from "../ui/dom";
import { arrowKeys, el, ltr, mark, say } from "../ui/dom";
import { clipped } from "../ui/plain";
import { Rows } from "../ui/rows";
import type { Column, Line } from "./table-lines";
import { COLUMNS, filtered, linesOf, sorted } from "./table-lines";

const EVERY_MS = 950; // the picture may change many times a second, a reader cannot
const LONGEST = 200; // characters of a cell; the details show all of it

export class AssetTable implements Screen {
  readonly node: HTMLElement;
  private readonly rows: Rows<Line>;
  private readonly heads = new Map<Column, HTMLElement>();
  private readonly filter = el("input", { type: "search", "aria-label": strings.shell.tableFilter, placeholder: strings.shell.tableFilter, spellcheck: "false" });
  private readonly count = el("span", { class: "count", role: "status" });
  private column: Column = "kind";
  private upwards = true;
  private desk: Desk | null = null;
  private drawnAt = Number.NEGATIVE_INFINITY;
  private chosen = "";

  constructor(private readonly actions: Actions) {
    const body = el("tbody", {});
    this.rows = new Rows<Line>(body, { key: (line) => `${line.ref.kind}:${line.ref.id}`, make: (line) => this.row(line), looks: (line) => [...COLUMNS.map((column) => line.cells[column].text), line.stale, this.isChosen(line)], hold: true });
    arrowKeys(body, "button");
    this.filter.addEventListener("input", () => this.redraw());
    const head = el("tr", {}, ...COLUMNS.map((column) => this.head(column)));
    const table = el("table", { class: "assets" }, el("caption", { class: "unseen" }, strings.shell.tableCaption), el("thead", {}, head), body);
    const wide = el("div", { class: "table-wide", tabindex: "0", role: "region", "aria-label": strings.shell.tableCaption }, table);
    this.node = el("section", { class: "table", "data-testid": "asset-table" }, el("div", { class: "table-head" }, this.filter, this.count), wide);
    this.showOrder();
  }

  update(desk: Desk): void {
    this.desk = desk;
    const chosen = desk.selected ? `${desk.selected.kind}:${desk.selected.id}` : "";
    const due = performance.now() - this.drawnAt >= EVERY_MS || chosen !== this.chosen;
    this.chosen = chosen;
    if (!this.node.hidden && due) this.draw(desk);
  }

  private draw(desk: Desk): void {
    this.drawnAt = performance.now();
    const all = linesOf(desk);
    const lines = sorted(filtered(all, this.filter.value), this.column, this.upwards);
    this.rows.update(lines);
    say(this.count, strings.shell.tableCount(lines.length, all.length));
  }

  /** At once, for a person asked for it. */
  private redraw(): void {
    this.rows.release();
    if (this.desk) this.draw(this.desk);
  }

  private isChosen(line: Line): boolean {
    return `${line.ref.kind}:${line.ref.id}` === this.chosen;
  }

  private head(column: Column): HTMLElement {
    const sort = (): void => {
      this.upwards = this.column === column ? !this.upwards : true;
      this.column = column;
      this.showOrder();
      this.redraw();
    };
    const cell = el("th", { scope: "col" }, el("button", { type: "button", onclick: sort }, (strings.columns as Record<string, string>)[column] ?? strings.shell.columns[column] ?? column));
    this.heads.set(column, cell);
    return cell;
  }

  private showOrder(): void {
    for (const [column, cell] of this.heads) mark(cell, "aria-sort", column === this.column ? (this.upwards ? "ascending" : "descending") : "none");
  }

  private row(line: Line): Row<Line> {
    const open = (): void => this.actions.select(line.ref, true);
    const name = el("button", { type: "button", onclick: open }, ltr(""));
    const cells = COLUMNS.map((column) => el("td", { class: `col-${column}`, dir: column === "place" ? "ltr" : "auto" }, column === "name" ? name : null));
    const testId = line.ref.kind === "vehicle" ? "vehicle-row" : `${line.ref.kind}-row-table`;
    const node = el("tr", { "data-testid": testId, "data-id": line.ref.id }, ...cells);
    const update = (now: Line): void => {
      COLUMNS.forEach((column, index) => {
        const target = column === "name" ? (name.firstElementChild as HTMLElement) : (cells[index] as HTMLElement);
        say(target, clipped(now.cells[column].text, LONGEST));
      });
      mark(node, "data-stale", now.stale ? "" : null);
      mark(name, "aria-current", this.isChosen(now) ? "true" : null);
    };
    return { node, update };
  }
}
