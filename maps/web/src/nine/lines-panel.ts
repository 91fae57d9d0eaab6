/** The nine lines on the form: what each field means as typed, where line 1 is, and who told a line when. */
import type { Door } from "../commands/door";
import type { Desk } from "../desk";
import { grid } from "../grid";
import type { Request } from "../live/protocol";
import type { Field } from "../screens/form";
import { strings } from "../strings";
import { clockZ, instant } from "../times";
import { el, fill, say } from "../ui/dom";
import type { Dialect } from "./coded";
import { Unclear } from "./coded";
import type { NineDraft, Pin } from "./drafts";
import type { LineField, Texts } from "./lines";
import { hintFor, inWords, lineFields } from "./lines";
import type { MapPin } from "./pin";
import type { Checked } from "./place-check";
import { PlaceCheck } from "./place-check";
import { FieldRow } from "./row";
import type { Change } from "./sheet";

const words = strings.nine;
export const PLACE = "pickup";
export type Letters = Dialect | null;

export class LinesPanel {
  readonly node = el("div", { class: "nine-lines" });
  readonly note = el("p", { class: "nine-dialect", "data-testid": "nine-dialect" });
  place: Checked | null = null; // where line 1 is, as far as known
  private dialect: Letters = null;
  private draft: NineDraft | null = null;
  private request: () => Request | undefined = () => undefined;
  private readonly rows = new Map<string, FieldRow>();
  private readonly changes = new Map<string, Change>();
  private readonly check: PlaceCheck;

  constructor(door: Door, desk: () => Desk | null, private readonly pin: MapPin, private readonly typed: (name: string) => void, private readonly found: () => void) {
    this.check = new PlaceCheck(door, () => Object.values(desk()?.picture.entities.sites ?? {}), (place) => this.placed(place));
    this.node.addEventListener("focusout", (event) => event.target instanceof HTMLInputElement && this.echo(event.target.name, true));
  }

  build(draft: NineDraft, dialect: Letters, request: () => Request | undefined): void {
    [this.draft, this.dialect, this.request] = [draft, dialect, request];
    this.changes.clear();
    this.rows.clear();
    const shown = lineFields(dialect).map((field) => this.lineRow(field, draft));
    const speaker = new FieldRow(words.lines["speaker"], el("input", { name: "speaker", autocomplete: "off", maxlength: 80, dir: "auto", value: draft.texts["speaker"] ?? "" }), words.hints["speaker"] ?? "");
    this.rows.set("speaker", speaker);
    fill(this.node, ...shown.map((row) => row.node), speaker.node);
    say(this.note, dialect === null || dialect.name === "" ? words.noLetters : dialect.verified ? words.verified(dialect.name) : words.unverified(dialect.name, dialect.note));
    this.note.dataset["verified"] = String(dialect?.verified ?? false);
    for (const name of this.rows.keys()) this.echo(name);
    this.checkPlace();
  }

  texts(): Texts {
    return Object.fromEntries([...this.rows].map(([name, row]) => [name, row.field.value]));
  }

  field(name: string): Field | undefined {
    return this.rows.get(name)?.field;
  }

  wrong(name: string, text: string): void {
    this.rows.get(name)?.tell(text, "wrong");
  }

  /** Something was typed in a field. */
  changed(name: string): void {
    this.changes.delete(name);
    this.echo(name);
    if (name === PLACE) this.checkPlace();
  }

  /** Lines that others told meanwhile, and the texts as they are now. */
  caughtUp(draft: NineDraft, changes: readonly Change[]): void {
    this.draft = draft;
    for (const change of changes) this.changes.set(change.field.name, change);
    for (const [name, row] of this.rows) {
      if (row.field.value !== (draft.texts[name] ?? "")) row.field.value = draft.texts[name] ?? "";
      this.echo(name);
    }
    if (changes.some((one) => one.field.name === PLACE)) this.checkPlace();
  }

  /** The first empty field of a line, else its first. */
  jump(line: number): void {
    const fields = [...this.node.querySelectorAll<HTMLInputElement>(`[data-line="${line}"] input`)];
    (fields.find((one) => one.value === "") ?? fields[0])?.focus();
  }

  pickOnMap(taken: (pin: Pin) => void): void {
    this.pin.arm((at, within) => {
      const field = this.field(PLACE) as Field;
      if (at) {
        field.value = grid(at[0], at[1]);
        taken({ text: field.value, lon: at[0], lat: at[1], within });
        this.typed(PLACE);
      }
      field.focus();
    });
  }

  private lineRow(field: LineField, draft: NineDraft): FieldRow {
    const name = words.lines[field.name] ?? field.name;
    const shape = { name: field.name, autocomplete: "off", maxlength: field.most, dir: "auto", spellcheck: "false" };
    const input: Field = field.name === "remarks" ? el("textarea", { ...shape, rows: 2 }) : el("input", shape);
    input.value = draft.texts[field.name] ?? "";
    if (field.line > 0) input.setAttribute("aria-keyshortcuts", `Alt+${field.line}`);
    const label = field.line > 0 ? el("span", {}, el("b", { class: "nine-number", "aria-hidden": "true" }, String(field.line)), el("span", { class: "unseen" }, words.line(field.line, "")), name) : name;
    const pick = field.name === PLACE ? el("button", { type: "button", class: "nine-pick", "aria-keyshortcuts": "Alt+M", "data-pick": "" }, words.pick) : null;
    const row = new FieldRow(label, input, hintFor(field.name, field.line, this.dialect), pick);
    if (field.line > 0) row.node.dataset["line"] = String(field.line);
    this.rows.set(field.name, row);
    return row;
  }

  /** What a field means as typed; a fault is told at once, one that may be finished yet is marked when the field is left. */
  private echo(name: string, left = false): void {
    const row = this.rows.get(name);
    const field = lineFields(this.dialect).find((one) => one.name === name);
    if (!row || !field || name === PLACE) return;
    if (!field.coded || row.field.value.trim() === "") return this.told(row, field, hintFor(name, field.line, this.dialect), null);
    try {
      this.told(row, field, inWords(name, row.field.value, this.dialect), "good");
    } catch (fault) {
      if (!(fault instanceof Unclear)) throw fault;
      this.told(row, field, fault.message, !fault.unfinished || left ? "wrong" : null);
    }
  }

  private told(row: FieldRow, field: LineField, text: string, state: "good" | "wrong" | null): void {
    row.tell(text, state);
    const change = this.changes.get(field.name);
    const known = this.request()?.nine_line?.lines.find((one) => one.line === field.line);
    const same = row.field.value.trim() !== "" && row.field.value.trim() === (this.draft?.base[field.name] ?? "").trim();
    if (change) row.extra(`${change.at} ${change.theirs}`, el("b", {}, words.changed(change.theirs, change.by, clockZ(instant(change.at) ?? 0))), change.mine ? el("button", { type: "button", onclick: () => this.take(change) }, words.take) : null);
    else if (known && same) row.extra(`${known.told_at ?? ""} ${known.by}`, words.toldBy(known.by, clockZ(instant(known.told_at) ?? 0)));
    else row.extra("");
  }

  private take(change: Change): void {
    const field = this.field(change.field.name) as Field;
    field.value = change.theirs;
    this.typed(change.field.name);
    field.focus();
  }

  private checkPlace(): void {
    const text = this.field(PLACE)?.value ?? "";
    const pin = this.draft?.pin ?? null;
    this.check.check(text, pin && pin.text === text.trim() ? pin : null);
  }

  private placed(found: Checked): void {
    this.place = found;
    const row = this.rows.get(PLACE);
    const field = lineFields(this.dialect).find((one) => one.name === PLACE) as LineField;
    if (row) this.told(row, field, found.words || (words.hints[PLACE] ?? ""), found.state);
    this.pin.show(found.lon === null || found.lat === null ? null : [found.lon, found.lat], found.within);
    this.found();
  }
}
