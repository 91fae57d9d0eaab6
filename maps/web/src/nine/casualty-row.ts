/** MIST of one casualty: category with our marker, mechanism to treatment, age, and when it was hurt. */
import { timeOf } from "../commands/telling";
import type { Category } from "../live/protocol";
import { strings } from "../strings";
import { clockZ } from "../times";
import { el, fill, mark, say } from "../ui/dom";
import type { Field } from "../screens/form";
import { LONGEST } from "./lines";
import type { RowField, RowTexts } from "./mist";
import { BadRow, ROW_FIELDS, emptyRow, lowers, rowBody, vitalsInWords } from "./mist";
import { FieldRow } from "./row";

const words = strings.nine;
const SHORT: RowField[] = ["category", "age", "injured", "within"];

export class CasualtyRow {
  readonly node = el("fieldset", { class: "nine-casualty", "data-testid": "nine-casualty" });
  private readonly legend = el("legend", {});
  private readonly mark = el("span", { class: "category", "aria-hidden": "true" }, el("span", {}));
  private readonly rows = new Map<RowField, FieldRow>();
  private base = emptyRow();
  private id = "";

  constructor(private readonly categories: () => string[], remove: () => void, private readonly now: () => number) {
    for (const name of ROW_FIELDS) this.rows.set(name, new FieldRow(words.mist[name] ?? name, this.control(name), words.mistHints[name] ?? "", name === "category" ? this.mark : null));
    for (const [name, row] of this.rows) row.node.classList.add(SHORT.includes(name) ? "short" : "long");
    const gone = el("button", { type: "button", class: "nine-remove", onclick: remove }, words.remove);
    this.node.append(this.legend, ...["category", "reason", "mechanism", "injuries", "signs", "vitals", "treatment", "age", "injured", "within"].map((name) => (this.rows.get(name as RowField) as FieldRow).node), gone);
    this.node.addEventListener("input", () => this.look());
    this.node.addEventListener("change", () => this.look());
    this.field("injured").addEventListener("focusout", () => this.settle());
  }

  get first(): HTMLElement {
    return this.field("category");
  }

  field(name: RowField): Field {
    return (this.rows.get(name) as FieldRow).field;
  }

  name(number: number): void {
    say(this.legend, words.casualty(number, this.id));
  }

  fill(row: RowTexts, base: RowTexts | undefined): void {
    [this.id, this.base] = [row.casualty, base ?? emptyRow(row.casualty)];
    const choice = this.field("category");
    fill(choice, el("option", { value: "" }, words.notTriaged), ...this.categories().map((one) => el("option", { value: one }, strings.category(one as Category))));
    for (const name of ROW_FIELDS) this.field(name).value = row[name];
    mark(this.node.querySelector(".nine-remove") as Element, "hidden", this.id === "" ? null : "");
    this.look();
  }

  texts(): RowTexts {
    return { casualty: this.id, ...(Object.fromEntries(ROW_FIELDS.map((name) => [name, this.field(name).value])) as Record<RowField, string>) };
  }

  /** "20 minutes ago" becomes the time that it means now: a draft that is opened later must not shift it. */
  settle(): void {
    const field = this.field("injured");
    const at = /^\s*\d{1,3}\s*$/.test(field.value) ? timeOf(field.value, this.now()) : null;
    if (at === null) return;
    field.value = clockZ(at);
    field.dispatchEvent(new Event("input", { bubbles: true })); // kept like a keystroke
  }

  /** What is sent of it; null when nothing is, undefined when something is wrong, which is then shown. */
  body(): ReturnType<typeof rowBody> | undefined {
    try {
      return rowBody(this.texts(), this.base, this.now());
    } catch (fault) {
      if (!(fault instanceof BadRow)) throw fault;
      this.wrong(fault.field, fault.message);
      return undefined;
    }
  }

  /** The server's words at the field that they are about, as well as that can be told. */
  refused(text: string): Field {
    const about: [RegExp, RowField][] = [[/lowering|reason/i, "reason"], [/injury_at|future|before 2000/i, "injured"], [/T4|category/i, "category"], [/age/i, "age"], [/pulse|respiration|spo2|systolic|diastolic|gcs|avpu|pain|temperature|vital/i, "vitals"]];
    const name = about.find(([shape]) => shape.test(text))?.[1] ?? "mechanism";
    this.wrong(name, text);
    return this.field(name);
  }

  private wrong(name: RowField, text: string): void {
    const row = this.rows.get(name) as FieldRow;
    row.node.hidden = false;
    row.tell(text, "wrong");
  }

  private look(): void {
    const category = this.field("category").value;
    mark(this.mark, "data-category", category || "UNKNOWN");
    say(this.mark.firstElementChild as Element, category === "DEAD" ? "†" : /^T\d$/.test(category) ? category.slice(1) : "?");
    (this.rows.get("reason") as FieldRow).node.hidden = !lowers(this.base.category, category);
    const vitals = this.rows.get("vitals") as FieldRow;
    try {
      const said = vitalsInWords(vitals.field.value);
      vitals.tell(said || (words.mistHints["vitals"] ?? ""), said ? "good" : null);
    } catch (fault) {
      vitals.tell((fault as Error).message, "wrong");
    }
    for (const name of ROW_FIELDS) if (name !== "vitals") (this.rows.get(name) as FieldRow).tell(words.mistHints[name] ?? "", null);
  }

  private control(name: RowField): Field {
    if (name === "category") return el("select", { name });
    return el("input", { name, autocomplete: "off", dir: "auto", maxlength: SHORT.includes(name) ? 20 : LONGEST, spellcheck: "false" });
  }
}
