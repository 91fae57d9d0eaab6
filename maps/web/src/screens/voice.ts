/** Whatever is heard by radio: every kind the server knows, its form built from the server's own table. */
import type { Door } from "../commands/door";
import type { Outbox } from "../commands/outbox";
import type { FormField, Texts, VoiceKind } from "../commands/telling";
import { Wrong, hintOf, isLine, label, voiceBody } from "../commands/telling";
import type { Desk } from "../desk";
import { typedPlace } from "../grid";
import { keepTyped, whenForgotten } from "../keep/typed";
import { chosenId, idsOf } from "../live/known";
import { stateWord, strings } from "../strings";
import { el, fill, mark, say } from "../ui/dom";
import type { Field } from "./form";
import { Floating, labelled } from "./form";

const words = strings.voice;
const KINDS_KEPT = "casevac.voice-kinds"; // so that a page without a link still has its forms
const DRAFTS = "casevac.voice-drafts";
const RETRY_MS = 5000;
export const CALLS = "api/voice";

export class VoiceForm {
  readonly floating: Floating;
  private kinds: VoiceKind[] = kept<VoiceKind[]>(KINDS_KEPT) ?? [];
  private drafts: Record<string, Texts> = kept<Record<string, Texts>>(DRAFTS) ?? {};
  private shownKind = "";
  private seq = 0;
  private fields = new Map<string, Field>();
  private readonly find = el("input", { name: "find", type: "search", autocomplete: "off", placeholder: words.findHint });
  private readonly kind = el("select", { name: "kind" });
  private readonly summary = el("p", { class: "note" });
  private readonly speaker = el("input", { name: "speaker", autocomplete: "off", maxlength: 80 });
  private readonly ago = el("input", { name: "ago", autocomplete: "off", maxlength: 20, placeholder: words.agoHint });
  private readonly shown = el("div", { class: "fields" });
  private readonly trouble = el("p", { class: "trouble", role: "alert", hidden: true });

  constructor(
    private readonly door: Door,
    private readonly outbox: Outbox,
    private readonly desk: () => Desk | null,
    private readonly serverNow: () => number,
    private readonly may: (kind: string) => boolean,
    private readonly seqSeen: () => number,
  ) {
    const send = el("button", { type: "submit", class: "primary" }, words.send);
    const form = el("form", { novalidate: true, onsubmit: (event: Event) => void this.send(event) },
      labelled(words.find, this.find), labelled(words.kind, this.kind, this.summary), this.shown, labelled(words.speaker, this.speaker), labelled(words.ago, this.ago), this.trouble, send);
    this.floating = new Floating(words.title, form, "voice-form");
    this.kind.addEventListener("change", () => this.arrange());
    this.find.addEventListener("input", () => this.list(this.find.value));
    this.find.addEventListener("keydown", (event) => this.found(event));
    form.addEventListener("input", () => this.keep());
    whenForgotten(() => this.forgetAll());
    this.list("");
    void this.load();
  }

  open(): void {
    this.seen();
    if (this.kinds.length === 0) void this.load();
    this.find.value = "";
    this.list("");
    this.arrange();
    this.floating.show(this.find);
  }

  /** Another person is at the page: other kinds may be told. */
  offerAnew(): void {
    this.list(this.find.value);
  }

  /** Opens the form of a kind with what is known filled in; a draft about the same thing goes on. */
  prefill(kind: string, texts: Texts): void {
    const draft = this.drafts[kind] ?? {};
    const same = Object.entries(texts).every(([name, text]) => (draft[name] ?? "") === "" || draft[name] === text);
    const { speaker, ago } = this;
    this.reopen(kind, { ...(same ? draft : {}), ...texts, speaker: speaker.value, ago: ago.value });
    const lacking = [...this.fields].find(([name, field]) => field.value === "" && this.chosen()?.fields.some((one) => one.name === name && one.required));
    (lacking?.[1] ?? [...this.fields].find(([name]) => !(name in texts))?.[1] ?? this.speaker).focus();
  }

  /** What this page has seen when a form opens: what another changes after it is asked about. */
  private seen(): void {
    this.seq = this.seqSeen();
  }

  /** Brings a refused call back for correction. */
  reopen(kind: string, texts: Texts): void {
    this.seen();
    this.find.value = "";
    this.drafts[kind] = texts;
    this.list("");
    this.kind.value = kind;
    this.shownKind = "";
    this.speaker.value = texts["speaker"] ?? "";
    this.ago.value = texts["ago"] ?? "";
    this.arrange();
    this.floating.show(this.kind);
  }

  private async load(): Promise<void> {
    try {
      this.kinds = await this.door.voiceKinds();
    } catch {
      setTimeout(() => void this.load(), RETRY_MS); // the forms of the last visit serve meanwhile
      return;
    }
    localStorage.setItem(KINDS_KEPT, JSON.stringify(this.kinds));
    this.list(this.find.value);
  }

  /** The kinds that hold every word of the filter, under their headings. */
  private list(filter: string): void {
    const wanted = filter.toLowerCase().split(/\s+/);
    const fits = (one: VoiceKind): boolean => wanted.every((word) => `${kindWord(one.kind)} ${one.kind} ${one.heading} ${one.summary}`.toLowerCase().includes(word));
    const found = this.kinds.filter((one) => this.may(one.kind) && fits(one));
    const named = (one: VoiceKind): boolean => wanted.every((word) => kindWord(one.kind).toLowerCase().includes(word));
    const before = this.kind.value;
    const headings = [...new Set(found.map((one) => one.heading))];
    fill(this.kind, ...headings.map((heading) => el("optgroup", { label: words.headings[heading] ?? heading }, ...found.filter((one) => one.heading === heading).map((one) => el("option", { value: one.kind }, kindWord(one.kind))))));
    const best = filter === "" ? (found.find((one) => one.kind === before) ?? found[0]) : (found.find(named) ?? found[0]);
    if (best) this.kind.value = best.kind;
    this.arrange();
  }

  /** From the filter Enter and the down arrow go on: the form is not sent by them. */
  private found(event: KeyboardEvent): void {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault();
    if (event.key === "ArrowDown") this.kind.focus();
    else (this.shown.querySelector<HTMLElement>("input, select, textarea") ?? this.kind).focus();
  }

  private chosen(): VoiceKind | undefined {
    return this.kinds.find((one) => one.kind === this.kind.value);
  }

  private arrange(): void {
    const kind = this.chosen();
    say(this.summary, kind?.summary ?? words.noKinds);
    if (kind && this.shownKind !== kind.kind) this.build(kind);
    else if (!kind) {
      fill(this.shown);
      this.fields.clear();
    }
    this.shownKind = kind?.kind ?? "";
    if (kind) this.offer(kind);
  }

  private build(kind: VoiceKind): void {
    this.trouble.hidden = true;
    this.fields = new Map(kind.fields.map((field) => [field.name, this.control(field)]));
    const row = (field: FormField): HTMLElement => {
      const hint = hintOf(field, this.serverNow());
      const text = `${label(field)}${field.unit ? `, ${field.unit}` : ""}${field.required ? "" : ` (${words.optional})`}`;
      return labelled(text, this.fields.get(field.name) as Field, hint ? el("span", { class: "note" }, hint) : undefined);
    };
    const lines = kind.fields.filter((field) => isLine(kind, field));
    const others = kind.fields.filter((field) => !isLine(kind, field));
    const more = lines.length > 0 ? el("details", {}, el("summary", {}, words.lines), el("div", { class: "fields" }, ...lines.map(row))) : null;
    fill(this.shown, ...others.map(row), more);
    for (const [name, text] of Object.entries(this.drafts[kind.kind] ?? {})) {
      const field = this.fields.get(name);
      if (field) field.value = text;
    }
    if (more) more.open = lines.some((field) => this.fields.get(field.name)?.value);
    this.fields.get("casualty")?.addEventListener("change", () => void this.entries());
    this.fields.get("asset")?.addEventListener("change", () => this.assetKind());
    void this.entries();
  }

  private control(field: FormField): Field {
    const name = field.name;
    if (field.type === "choice") {
      const blank = field.default === undefined ? [el("option", { value: "" }, strings.none)] : [];
      const node = el("select", { name }, ...blank, ...(field.choices ?? []).map((choice) => el("option", { value: choice }, choiceWord(name, choice))));
      if (typeof field.default === "string") node.value = field.default;
      return node;
    }
    if (field.type === "boolean") return el("select", { name }, ...[["", strings.none], ["yes", words.yes], ["no", words.no]].map(([value, text]) => el("option", { value: value ?? "" }, text)));
    if (["long", "counts", "map", "beds", "blood", "points"].includes(field.type)) return el("textarea", { name, rows: field.type === "long" ? (name === "raw" ? 9 : 3) : 2, maxlength: 2000, dir: "auto" });
    if (field.type === "id" && !typedId(field)) return el("select", { name });
    const node = el("input", { name, autocomplete: "off", maxlength: 2000, dir: "auto", list: field.of ? `known-${name}` : null });
    if (field.type === "integer" || field.type === "number") node.inputMode = "decimal";
    if (typeof field.default === "number") node.value = String(field.default);
    if (Array.isArray(field.default)) node.value = field.default.join(", ");
    return node;
  }

  /** What is known now, in each list of ids. */
  private offer(kind: VoiceKind): void {
    const desk = this.desk();
    if (!desk) return;
    for (const field of kind.fields) {
      const node = this.fields.get(field.name);
      if (!node || !field.of || field.of === "entries") continue;
      const known = idsOf(field.of, desk.picture.entities);
      if (!(node instanceof HTMLSelectElement)) {
        const list = el("datalist", { id: `known-${field.name}` }, ...known.map(([value, text]) => el("option", { value }, text)));
        node.parentElement?.querySelector("datalist")?.remove();
        node.after(list);
        continue;
      }
      const before = node.value || (this.drafts[kind.kind]?.[field.name] ?? "");
      const blank = field.required ? words.choose : field.name === "casualty" && kind.kind === "casualty_reported" ? words.newCasualty : words.noneOfThem;
      fill(node, el("option", { value: "" }, blank), ...known.map(([value, text]) => el("option", { value }, text)));
      const wished = chosenId(field.of, desk, field.required || kind.kind === "casualty_reported" && field.name === "request");
      const only = field.required && known.length === 1 ? (known[0]?.[0] ?? "") : "";
      node.value = [before, wished, only].find((value) => value !== "" && known.some(([id]) => id === value)) ?? "";
    }
    this.assetKind();
  }

  /** An asset that is chosen says by itself whether it is a vehicle, a team or a facility. */
  private assetKind(): void {
    const [asset, kind] = [this.fields.get("asset")?.value, this.fields.get("asset_kind")];
    const entities = this.desk()?.picture.entities;
    if (!asset || !kind || !entities) return;
    kind.value = entities.teams[asset] ? "team" : entities.facilities[asset] ? "facility" : "vehicle";
  }

  /** The entries of the chosen casualty's record, where one of them is asked for. */
  private async entries(): Promise<void> {
    const [node, casualty] = [this.fields.get("entry"), this.fields.get("casualty")?.value];
    if (!(node instanceof HTMLSelectElement)) return;
    fill(node, el("option", { value: "" }, words.choose));
    if (!casualty) return;
    try {
      const { entries } = await this.door.record(casualty);
      if (this.fields.get("entry") === node) fill(node, el("option", { value: "" }, words.choose), ...entries.map((one) => el("option", { value: one.id }, `${one.at.slice(11, 16)}Z ${one.words}`)));
    } catch (fault) {
      this.wrong(fault instanceof Error ? fault.message : String(fault), node);
    }
  }

  private keep(): void {
    const kind = this.chosen();
    if (!kind) return;
    this.drafts[kind.kind] = this.texts();
    keepTyped(DRAFTS, JSON.stringify(this.drafts));
  }

  private texts(): Texts {
    const typed = Object.fromEntries([...this.fields].map(([name, field]) => [name, field.value]));
    return { ...typed, speaker: this.speaker.value, ago: this.ago.value };
  }

  private async send(event: Event): Promise<void> {
    event.preventDefault();
    const kind = this.chosen();
    if (!kind) return this.wrong(words.noKinds, this.kind);
    const texts = this.texts();
    try {
      voiceBody(kind, texts, this.serverNow(), [0, 0]); // what is missing or odd is said before any place is looked for
      const place = await this.place(kind, texts);
      const body = voiceBody(kind, texts, this.serverNow(), place);
      const about = texts["casualty"] || texts["kept"] || texts["request"] || texts["chain"] || texts["vehicle"] || texts["facility"] || texts["task"] || texts["where"] || "";
      this.outbox.add(this.door.bound(CALLS, this.seq), body, words.label(kindWord(kind.kind), about), Date.now(), texts);
    } catch (fault) {
      if (fault instanceof Wrong) return this.wrong(fault.message, this.fieldOf(fault.field));
      throw fault;
    }
    this.forget(kind.kind);
    this.floating.close();
  }

  private fieldOf(name: string): HTMLElement {
    const field = this.fields.get(name) ?? (name === "ago" ? this.ago : this.speaker);
    const hidden = field.closest("details");
    if (hidden) hidden.open = true;
    return field;
  }

  private forget(kind: string): void {
    delete this.drafts[kind];
    keepTyped(DRAFTS, JSON.stringify(this.drafts));
    this.shownKind = ""; // built anew, and empty, when it is opened again
    this.ago.value = "";
    this.trouble.hidden = true;
  }

  private forgetAll(): void {
    [this.drafts, this.shownKind, this.speaker.value, this.ago.value] = [{}, "", "", ""];
    this.fields.clear();
    fill(this.shown);
    if (this.floating.open) this.floating.close();
  }

  private async place(kind: VoiceKind, texts: Texts): Promise<[number, number] | null> {
    const field = kind.fields.find((one) => one.type === "place");
    const text = field ? (texts[field.name] ?? "").trim() : "";
    if (!field || text === "") return null;
    const own = typedPlace(text);
    if (own) return own;
    try {
      const found = await this.door.place(text, AbortSignal.timeout(5000));
      return [found.lon, found.lat];
    } catch (fault) {
      throw new Wrong(field.name, (fault as { status?: number }).status ? `${label(field)}: ${(fault as Error).message}` : words.badPlace);
    }
  }

  private wrong(text: string, field: HTMLElement): void {
    this.trouble.hidden = false;
    say(this.trouble, text);
    mark(field, "aria-invalid", "true");
    field.addEventListener("input", () => mark(field, "aria-invalid", null), { once: true });
    field.focus();
  }
}

/** An id that may be none of those on the screen, as one that was merged away: typed, with what is known offered. */
const typedId = (field: FormField): boolean => field.name === "merged";

export const kindWord = (kind: string): string => words.kinds[kind] ?? kind.replaceAll("_", " ");
const choiceWord = (name: string, choice: string): string => (name === "category" ? strings.category(choice as "T1") : stateWord(choice));

function kept<T>(name: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null") as T | null;
  } catch {
    return null; // a damaged shelf is an empty one
  }
}
