/** The casualties on the form: as many rows as are counted, more by key, none lost that was typed. */
import { el, fill } from "../ui/dom";
import { CasualtyRow } from "./casualty-row";
import type { NineDraft } from "./drafts";
import type { RowBody, RowTexts } from "./mist";
import { emptyRow } from "./mist";
import { rowsFor } from "./sheet";

const USUAL = ["T1", "T2", "T3", "DEAD"]; // until the mission's own came

export class MistsPanel {
  readonly node = el("div", { class: "nine-mists" });
  private rows: CasualtyRow[] = [];
  private base: RowTexts[] = [];
  private categories: string[] = USUAL;

  constructor(private readonly now: () => number, private readonly changed: () => void) {}

  build(draft: NineDraft, count: number, categories: string[] | undefined): void {
    [this.base, this.categories] = [draft.rowsBase, categories ?? USUAL];
    this.show(rowsFor(draft.rows, Math.max(count, draft.rowsBase.length)));
  }

  texts(): RowTexts[] {
    return this.rows.map((row) => row.texts());
  }

  settle(): void {
    for (const row of this.rows) row.settle();
  }

  /** What is sent of each; undefined for one that cannot be meant, which is marked. */
  bodies(): (RowBody | null | undefined)[] {
    return this.rows.map((row) => row.body());
  }

  recount(count: number): void {
    const rows = rowsFor(this.texts(), Math.max(this.base.length, count));
    if (rows.length !== this.rows.length) this.show(rows);
  }

  add(): void {
    this.show([...this.texts(), emptyRow()]);
    this.changed();
    this.rows.at(-1)?.first.focus();
  }

  refused(number: number, text: string): void {
    this.rows[number - 1]?.refused(text).focus();
  }

  private remove(row: CasualtyRow): void {
    this.show(this.rows.filter((one) => one !== row).map((one) => one.texts()));
    this.changed();
    this.rows.at(-1)?.first.focus();
  }

  private show(rows: RowTexts[]): void {
    while (this.rows.length > rows.length) this.rows.pop();
    while (this.rows.length < rows.length) {
      const made: CasualtyRow = new CasualtyRow(() => this.categories, () => this.remove(made), this.now);
      this.rows.push(made);
    }
    this.rows.forEach((row, at) => {
      row.fill(rows[at] ?? emptyRow(), this.base[at]);
      row.name(at + 1);
    });
    fill(this.node, ...this.rows.map((row) => row.node));
  }
}
