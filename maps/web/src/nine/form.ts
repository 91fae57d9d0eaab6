/** The 9-line and MIST form: keyboard first, kept at each keystroke, beside the map. */
import type { Door } from "../commands/door";
import type { Answer, Outbox, Post } from "../commands/outbox";
import { inWords as answerWords } from "../commands/outbox";
import type { Desk } from "../desk";
import { grid } from "../grid";
import type { Request } from "../live/protocol";
import { Floating } from "../screens/form";
import type { Field } from "../screens/form";
import { strings } from "../strings";
import "../styles/nine.css";
import { clockZ, instant } from "../times";
import { el, fill, say } from "../ui/dom";
import { AfterPanel } from "./after";
import { CasualtyRow } from "./casualty-row";
import type { Dialect } from "./coded";
import { Unclear } from "./coded";
import type { NineDraft } from "./drafts";
import { Drafts, isUntouched } from "./drafts";
import { Letters } from "./letters";
import type { LineField } from "./lines";
import { headCount, hintFor, inWords, lineFields, missing, toldLines } from "./lines";
import type { RowBody } from "./mist";
import { emptyRow } from "./mist";
import { twins } from "./near";
import type { MapPin } from "./pin";
import type { Checked } from "./place-check";
import { PlaceCheck } from "./place-check";
import { FieldRow } from "./row";
import type { Change } from "./sheet";
import { caughtUp, commandOf, faultAt, freshDraft, rowsFor, updateOf } from "./sheet";
import { SheetChoice } from "./choice";
import { TwinWarning } from "./twins";

const words = strings.nine;
export const SHEETS = "api/nine-line";
const CHECKS_PLACE = "pickup";

export interface NineHost {
  desk(): Desk | null;
  serverNow(): number;
  linked(): boolean; // false: what is sent waits
  mission(): string;
  say(text: string, wrong?: boolean): void;
}

export class NineForm {
  readonly floating: Floating;
  readonly drafts = new Drafts(localStorage);
  private draft: NineDraft | null = null;
  private dialect: Dialect | null = null;
  private sent: { key: string; request: string } | null = null;
  private place: Checked | null = null;
  private readonly letters: Letters;
  private readonly check: PlaceCheck;
  private readonly rows = new Map<string, FieldRow>();
  private casualties: CasualtyRow[] = [];
  private readonly changes = new Map<string, Change>();
  private readonly choice: SheetChoice;
  private readonly after: AfterPanel;
  private readonly warning: TwinWarning;
  private readonly note = el("p", { class: "nine-dialect", "data-testid": "nine-dialect" });
  private readonly lines = el("div", { class: "nine-lines" });
  private readonly mists = el("div", { class: "nine-mists" });
  private readonly missing = el("p", { class: "nine-missing", role: "status", "data-testid": "nine-missing" });
  private readonly trouble = el("p", { class: "trouble", role: "alert", hidden: true, "data-testid": "nine-trouble" });
  private readonly saved = el("p", { class: "note", "data-testid": "nine-saved" });
  private readonly send = el("button", { type: "submit", class: "primary" }, words.send);
  private readonly form: HTMLFormElement;

  constructor(private readonly door: Door, private readonly outbox: Outbox, private readonly host: NineHost, private readonly pin: MapPin) {
    this.letters = new Letters(door, () => this.lettersCame());
    this.check = new PlaceCheck(door, () => Object.values(host.desk()?.picture.entities.sites ?? {}), (found) => this.placed(found));
    this.choice = new SheetChoice((value) => this.chosen(value), () => this.discard());
    this.after = new AfterPanel((request) => this.confirm(request), (request) => this.chosen(`request:${request}`), () => this.chosen("new"));
    this.warning = new TwinWarning((request) => this.addTo(request), (request) => this.another(request));
    const more = el("button", { type: "button", "aria-keyshortcuts": "Alt+C", onclick: () => this.addCasualty() }, words.more);
    this.form = el("form", { novalidate: true, onsubmit: (event: Event) => this.submit(event) }, el("p", { class: "note" }, words.keys), this.note, this.warning.node, this.lines, this.mists, more,
      el("footer", { class: "nine-foot" }, this.missing, this.trouble, el("div", { class: "nine-buttons" }, this.send), this.saved));
    this.floating = new Floating(words.title, el("div", {}, this.choice.node, this.form, this.after.node), "nine-form");
    this.floating.node.classList.add("nine");
    this.form.addEventListener("input", (event) => this.typed(event.target as HTMLElement));
    this.form.addEventListener("focusout", (event) => this.left(event.target as HTMLElement));
    document.addEventListener("keydown", (event) => this.key(event));
  }

  /** What was begun last, else an update of the chosen request, else a new one. */
  open(request = ""): void {
    if (request !== "") this.chosen(`request:${request}`);
    else if (this.draft === null || (this.sent ? !this.floating.open : isUntouched(this.draft))) this.begin();
    this.floating.show(this.sent ? this.after.first : this.firstEmpty());
    this.update();
  }

  /** With each picture: who told what meanwhile, what may be the same incident, and what was stored. */
  update(): void {
    const desk = this.host.desk();
    if (!desk || !this.floating.open) return;
    this.after.update(desk.picture, desk.now, this.dialect);
    this.choice.show(this.drafts.of(this.host.mission()), Object.values(desk.picture.entities.requests), this.sent ? "" : this.value());
    if (!this.draft || this.sent) return;
    const request = desk.picture.entities.requests[this.draft.request];
    if (request) this.catchUp(request);
    this.showTwins();
  }

  /** True when it was a sheet that the server refused, which then is in the form again. */
  answered(post: Post, answer: Answer): boolean {
    if (!post.path.startsWith(SHEETS)) return false;
    if (answer.status >= 200 && answer.status < 300) {
      const request = (answer.body as { request?: string } | null)?.request ?? "";
      if (this.sent?.key === post.key) this.sent = { key: post.key, request };
      if (this.sent?.request === request) this.after.show(request, words.stored(request));
      this.update();
      return false;
    }
    this.outbox.discard(post.key);
    this.back(post, answerWords(answer));
    return true;
  }

  /** Brings a sheet that waits in the queue back into the form; false when it is none. */
  reopen(post: Post): boolean {
    if (!post.path.startsWith(SHEETS)) return false;
    this.back(post, post.refused ?? "");
    return true;
  }

  /** Somebody logs out: what is unsent is wiped, if that person says so. */
  mayLeave(): boolean {
    const unsent = this.drafts.all().filter((one) => !isUntouched(one));
    if (unsent.length > 0 && !confirm(words.leaving(unsent.length))) return false;
    this.wipe();
    return true;
  }

  wipe(): void {
    this.drafts.wipe();
    [this.draft, this.sent] = [null, null];
    this.pin.show(null, 0);
    if (this.floating.open) this.floating.close();
  }

  // --- which sheet

  private begin(): void {
    const [latest] = this.drafts.of(this.host.mission());
    const chosen = this.host.desk()?.selected;
    if (latest) this.load(latest);
    else if (chosen?.kind === "request" && this.host.desk()?.picture.entities.requests[chosen.id]?.state !== "closed") this.chosen(`request:${chosen.id}`);
    else this.load(freshDraft(this.host.mission(), Date.now()));
  }

  private value(): string {
    if (!this.draft) return "new";
    return this.drafts.all().some((one) => one.id === this.draft?.id) ? `draft:${this.draft.id}` : this.draft.request ? `request:${this.draft.request}` : "new";
  }

  private chosen(value: string): void {
    const [kind, id] = [value.split(":")[0], value.slice(value.indexOf(":") + 1)];
    const kept = this.drafts.of(this.host.mission());
    const before = kind === "draft" ? kept.find((one) => one.id === id) : kind === "request" ? kept.find((one) => one.request === id) : undefined;
    const fresh = freshDraft(this.host.mission(), Date.now());
    this.load(before ?? (kind === "request" ? this.updated(id, fresh) : fresh));
    this.update();
    this.firstEmpty().focus();
  }

  private updated(id: string, typed: NineDraft): NineDraft {
    const entities = this.host.desk()?.picture.entities;
    const request = entities?.requests[id];
    if (!entities || !request) return typed;
    const known = request.casualties.map((zap) => entities.casualties[zap]).filter((one) => one !== undefined);
    return updateOf(request, known, this.dialect ?? this.letters.of(this.host.mission()), typed);
  }

  private load(draft: NineDraft): void {
    [this.draft, this.sent] = [draft, null];
    this.changes.clear();
    this.dialect = this.letters.of(draft.mission);
    this.form.hidden = false;
    this.after.hide();
    this.build();
    this.showRows(rowsFor(draft.rows, headCount(draft.texts, this.dialect)));
    for (const name of this.rows.keys()) this.echo(name);
    this.checkPlace();
    this.showSaved();
    if (draft.refused !== "") this.showFault(draft.refused);
  }

  private discard(): void {
    if (!this.draft || !confirm(words.discardSure)) return;
    this.drafts.drop(this.draft.id);
    this.load(freshDraft(this.host.mission(), Date.now()));
    this.update();
  }

  // --- the fields

  private build(): void {
    const draft = this.draft as NineDraft;
    this.rows.clear();
    const shown = lineFields(this.dialect).map((field) => this.lineRow(field, draft));
    const speaker = new FieldRow(words.lines["speaker"], el("input", { name: "speaker", autocomplete: "off", maxlength: 80, dir: "auto", value: draft.texts["speaker"] ?? "" }), words.hints["speaker"] ?? "");
    this.rows.set("speaker", speaker);
    fill(this.lines, ...shown.map((row) => row.node), speaker.node);
    const { dialect } = this;
    say(this.note, dialect === null || dialect.name === "" ? words.noLetters : dialect.verified ? words.verified(dialect.name) : words.unverified(dialect.name, dialect.note));
    this.note.dataset["verified"] = String(dialect?.verified ?? false);
    this.trouble.hidden = true;
  }

  private lineRow(field: LineField, draft: NineDraft): FieldRow {
    const name = words.lines[field.name] ?? field.name;
    const shape = { name: field.name, autocomplete: "off", maxlength: field.most, dir: "auto", spellcheck: "false" };
    const input: Field = field.name === "remarks" ? el("textarea", { ...shape, rows: 2 }) : el("input", shape);
    input.value = draft.texts[field.name] ?? "";
    if (field.line > 0) input.setAttribute("aria-keyshortcuts", `Alt+${field.line}`);
    const label = field.line > 0 ? el("span", {}, el("b", { class: "nine-number", "aria-hidden": "true" }, String(field.line)), el("span", { class: "unseen" }, words.line(field.line, "")), name) : name;
    const pick = field.name === CHECKS_PLACE ? el("button", { type: "button", class: "nine-pick", "aria-keyshortcuts": "Alt+M", onclick: () => this.pickOnMap() }, words.pick) : null;
    const row = new FieldRow(label, input, hintFor(field.name, field.line, this.dialect), pick);
    if (field.line > 0) row.node.dataset["line"] = String(field.line);
    this.rows.set(field.name, row);
    return row;
  }

  private showRows(rows: NineDraft["rows"]): void {
    const draft = this.draft as NineDraft;
    while (this.casualties.length > rows.length) this.casualties.pop();
    while (this.casualties.length < rows.length) {
      const made: CasualtyRow = new CasualtyRow(() => this.dialect?.categories ?? ["T1", "T2", "T3", "DEAD"], () => this.removeCasualty(made), () => this.host.serverNow());
      this.casualties.push(made);
    }
    draft.rows = rows;
    this.casualties.forEach((row, at) => {
      row.fill(rows[at] ?? emptyRow(), draft.rowsBase[at]);
      row.name(at + 1);
    });
    fill(this.mists, ...this.casualties.map((row) => row.node));
  }

  private addCasualty(): void {
    if (!this.draft) return;
    this.showRows([...this.casualties.map((row) => row.texts()), emptyRow()]);
    this.keep();
    this.casualties.at(-1)?.first.focus();
  }

  private removeCasualty(row: CasualtyRow): void {
    this.showRows(this.casualties.filter((one) => one !== row).map((one) => one.texts()));
    this.keep();
  }

  /** Each keystroke is kept before anything else happens. */
  private typed(target: HTMLElement): void {
    const name = (target as HTMLInputElement).name;
    const line = target.closest(".nine-casualty") === null;
    if (this.draft) this.draft.refused = "";
    this.keep();
    if (!line) return;
    this.changes.delete(name);
    this.echo(name);
    if (name === "precedences" || name === "types") this.recount();
    if (name === CHECKS_PLACE) this.checkPlace();
    this.trouble.hidden = true;
    this.showTwins();
  }

  private keep(): void {
    const { draft } = this;
    if (!draft || this.sent) return;
    for (const [name, row] of this.rows) draft.texts[name] = row.field.value;
    draft.rows = this.casualties.map((row) => row.texts());
    draft.savedAt = Date.now();
    if (isUntouched(draft)) this.drafts.drop(draft.id);
    else this.drafts.put(draft);
    this.showSaved();
  }

  private recount(): void {
    const draft = this.draft as NineDraft;
    const rows = rowsFor(draft.rows, Math.max(draft.rowsBase.length, headCount(draft.texts, this.dialect)));
    if (rows.length !== this.casualties.length) this.showRows(rows);
  }

  private showSaved(): void {
    const draft = this.draft as NineDraft;
    const lacks = missing(draft.texts);
    say(this.saved, !this.drafts.keeps ? words.notKept : isUntouched(draft) ? words.empty : words.saved(clockZ(draft.savedAt, true)));
    say(this.missing, lacks.length === 0 ? words.launchable : words.missing(lacks.join(", ")));
    this.missing.dataset["state"] = lacks.length === 0 ? "good" : "wait";
    say(this.send, lacks.length === 0 ? words.send : words.sendPart);
  }

  /** What a field means as typed; a fault is told at once, and marked when the field is left. */
  private echo(name: string, left = false): void {
    const row = this.rows.get(name);
    const field = lineFields(this.dialect).find((one) => one.name === name);
    if (!row || !field || name === CHECKS_PLACE) return;
    const hint = hintFor(name, field.line, this.dialect);
    if (!field.coded || row.field.value.trim() === "") return this.told(row, field, hint, null);
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
    if (change) row.extra(el("b", {}, words.changed(change.theirs, change.by, clockZ(instant(change.at) ?? 0))), change.mine ? el("button", { type: "button", onclick: () => this.take(change) }, words.take) : null);
    else if (known && same) row.extra(words.toldBy(known.by, clockZ(instant(known.told_at) ?? 0)));
    else row.extra();
  }

  private request(): Request | undefined {
    return this.host.desk()?.picture.entities.requests[this.draft?.request ?? ""];
  }

  private left(target: HTMLElement): void {
    if (target instanceof HTMLInputElement && target.closest(".nine-casualty") === null) this.echo(target.name, true);
  }

  // --- where

  private checkPlace(): void {
    const text = this.draft?.texts[CHECKS_PLACE] ?? "";
    const pin = this.draft?.pin ?? null;
    this.check.check(text, pin && pin.text === text.trim() ? pin : null);
  }

  private placed(found: Checked): void {
    this.place = found;
    const row = this.rows.get(CHECKS_PLACE);
    const field = lineFields(this.dialect).find((one) => one.name === CHECKS_PLACE) as LineField;
    if (row) this.told(row, field, found.words || (words.hints[CHECKS_PLACE] ?? ""), found.state);
    this.pin.show(found.lon === null || found.lat === null ? null : [found.lon, found.lat], found.within);
    this.showTwins();
  }

  pickOnMap(): void {
    this.pin.arm((at, within) => {
      const row = this.rows.get(CHECKS_PLACE) as FieldRow;
      if (at && this.draft) {
        row.field.value = grid(at[0], at[1]);
        this.draft.pin = { text: row.field.value, lon: at[0], lat: at[1], within };
        this.typed(row.field);
      }
      row.field.focus();
    });
  }

  // --- the same incident, and what others told meanwhile

  private showTwins(): void {
    const { draft, place } = this;
    const desk = this.host.desk();
    if (!draft || !desk || draft.request !== "") return this.warning.show([]);
    const typed = { lon: place?.lon ?? null, lat: place?.lat ?? null, within: place?.within ?? 0, callsign: draft.texts["callsign"] ?? "" };
    this.warning.show(twins(Object.values(desk.picture.entities.requests), typed, desk.now, draft.others));
  }

  private addTo(request: string): void {
    if (!this.draft) return;
    this.load(this.updated(request, this.draft));
    this.keep();
    this.update();
    this.firstEmpty().focus();
  }

  private another(request: string): void {
    if (!this.draft) return;
    this.draft.others.push(request);
    this.keep();
    this.showTwins();
    this.firstEmpty().focus();
  }

  private catchUp(request: Request): void {
    const found = caughtUp(this.draft as NineDraft, request, this.dialect);
    if (found.draft === this.draft) return;
    this.draft = found.draft;
    for (const change of found.changes) this.changes.set(change.field.name, change);
    for (const [name, row] of this.rows) if (row.field.value !== (found.draft.texts[name] ?? "")) row.field.value = found.draft.texts[name] ?? "";
    for (const name of this.rows.keys()) this.echo(name);
    this.keep();
  }

  private take(change: Change): void {
    const row = this.rows.get(change.field.name) as FieldRow;
    row.field.value = change.theirs;
    this.typed(row.field);
    row.field.focus();
  }

  private lettersCame(): void {
    if (!this.draft || this.sent) return;
    const at = document.activeElement instanceof HTMLElement ? document.activeElement.getAttribute("name") : null;
    this.load(this.draft);
    if (at) this.rows.get(at)?.field.focus();
  }

  // --- keys

  private fields(): HTMLElement[] {
    return [...this.form.querySelectorAll<HTMLElement>("input, select, textarea")].filter((one) => one.closest("[hidden]") === null);
  }

  private firstEmpty(): HTMLElement {
    return (this.fields() as Field[]).find((one) => one.value === "" && one.closest(".nine-casualty") === null) ?? this.send;
  }

  private jump(line: number): void {
    const fields = [...this.form.querySelectorAll<HTMLInputElement>(`[data-line="${line}"] input`)];
    (fields.find((one) => one.value === "") ?? fields[0])?.focus();
  }

  private key(event: KeyboardEvent): void {
    if (!this.floating.open || this.sent || event.defaultPrevented) return;
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
    const target = event.target instanceof HTMLInputElement && this.form.contains(event.target) ? event.target : null;
    let run: (() => void) | null = null;
    if (event.altKey && !event.ctrlKey && digit) run = () => this.jump(Number(digit));
    else if (event.altKey && event.code === "KeyC") run = () => this.addCasualty();
    else if (event.altKey && event.code === "KeyM") run = () => this.pickOnMap();
    else if (event.ctrlKey && event.key === "Enter") run = () => this.form.requestSubmit();
    else if (plain && /^[1-9]$/.test(event.key) && target?.value === "" && this.lettersOnly(target)) run = () => this.jump(Number(event.key));
    else if (plain && event.key === "Enter" && !event.shiftKey) run = this.enter(event.target as HTMLElement);
    if (!run) return;
    event.preventDefault();
    run();
  }

  private lettersOnly(field: HTMLInputElement): boolean {
    const line = lineFields(this.dialect).find((one) => one.name === field.name);
    return line !== undefined && !line.counts && field.closest(".nine-casualty") === null;
  }

  /** Enter goes on; after a number alone, to the line of that number. */
  private enter(target: HTMLElement): (() => void) | null {
    if (!this.form.contains(target) || target instanceof HTMLButtonElement) return null;
    if (target instanceof HTMLInputElement && /^[1-9]$/.test(target.value) && target.closest("[data-line]")) {
      return () => {
        const line = Number(target.value);
        target.value = this.draft?.base[target.name] ?? "";
        this.typed(target);
        this.jump(line);
      };
    }
    const fields = [...this.fields(), this.send];
    return () => fields[fields.indexOf(target) + 1]?.focus();
  }

  // --- sending

  private submit(event: Event): void {
    event.preventDefault();
    const draft = this.draft as NineDraft;
    this.keep();
    const { told, unclear } = toldLines(draft.texts, draft.base, this.dialect);
    for (const [name, text] of unclear) this.rows.get(name)?.tell(text, "wrong");
    const bodies = this.casualties.map((row) => row.body());
    const bad = this.form.querySelector<HTMLElement>('[aria-invalid="true"]');
    if (unclear.size > 0 || bodies.includes(undefined)) return void (bad ?? this.form).focus();
    const command = commandOf(draft, told, bodies as (RowBody | null)[], this.host.linked() ? null : this.heardAt());
    if (!command) return this.fault(words.bad.nothing);
    const label = words.label(draft.request ? words.updateLabel(draft.request) : words.newLabel, (draft.texts[CHECKS_PLACE] ?? "").slice(0, 60));
    const post = this.outbox.add(this.door.bound(SHEETS), command, label, Date.now(), { nine: JSON.stringify(draft) });
    this.drafts.drop(draft.id);
    this.sent = { key: post.key, request: draft.request };
    this.form.hidden = true;
    this.after.show(draft.request, this.host.linked() ? words.sending : words.waiting);
    this.update();
    this.after.first.focus();
  }

  /** When it was told, for one that must wait; null when this page never heard the server's clock. */
  private heardAt(): number | null {
    return this.host.desk() ? this.host.serverNow() : null;
  }

  private fault(text: string): void {
    this.trouble.hidden = false;
    say(this.trouble, text);
  }

  private back(post: Post, why: string): void {
    const draft = JSON.parse(post.typed?.["nine"] ?? "null") as NineDraft | null;
    if (!draft) return this.host.say(`${post.label}. ${words.refused(why)}`, true);
    const restored = { ...draft, refused: why, savedAt: Date.now() };
    this.drafts.put(restored);
    const busy = this.floating.open && this.draft !== null && this.sent === null && !isUntouched(this.draft);
    this.host.say(`${post.label}. ${words.refused(why)}`, true);
    if (busy) return this.update();
    this.load(restored);
    this.floating.show(this.form.querySelector<HTMLElement>('[aria-invalid="true"]') ?? this.firstEmpty());
    this.update();
  }

  /** The server's words at the field that they are about. */
  private showFault(text: string): void {
    this.fault(words.refused(text));
    const at = faultAt(text);
    if (at === null) return;
    if ("casualty" in at) return void this.casualties[at.casualty - 1]?.refused(at.words).focus();
    const field = lineFields(this.dialect).find((one) => one.line === at.line);
    const row = field && this.rows.get(field.name);
    row?.tell(text, "wrong");
    row?.field.focus();
  }

  private confirm(request: string): void {
    const by = this.draft?.texts["speaker"]?.trim();
    this.outbox.add(this.door.bound(`api/requests/${encodeURIComponent(request)}/read-back`), by ? { speaker: by } : {}, words.readBack.label(request), Date.now());
  }
}
