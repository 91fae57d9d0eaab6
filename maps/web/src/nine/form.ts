/** The 9-line and MIST form: keyboard first, kept at each keystroke, beside the map. */
import type { Door } from "../commands/door";
import type { Answer, Outbox, Post } from "../commands/outbox";
import { inWords } from "../commands/outbox";
import type { Desk } from "../desk";
import type { Request } from "../live/protocol";
import { Floating } from "../screens/form";
import { strings } from "../strings";
import "../styles/nine.css";
import { clockZ } from "../times";
import { el, say } from "../ui/dom";
import { AfterPanel } from "./after";
import { SheetChoice } from "./choice";
import type { Dialect } from "./coded";
import type { NineDraft } from "./drafts";
import { Drafts, isUntouched } from "./drafts";
import { bindNineKeys, fieldsOf } from "./keys";
import { Letters } from "./letters";
import { headCount, lineFields, missing, toldLines } from "./lines";
import { LinesPanel, PLACE } from "./lines-panel";
import type { RowBody } from "./mist";
import { MistsPanel } from "./mists-panel";
import { twins } from "./near";
import type { MapPin } from "./pin";
import { caughtUp, commandOf, faultAt, freshDraft, updateOf } from "./sheet";
import { TwinWarning } from "./twins";

const words = strings.nine;
export const SHEETS = "api/nine-line";

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
  private readonly letters: Letters;
  private readonly lines: LinesPanel;
  private readonly mists: MistsPanel;
  private readonly choice: SheetChoice;
  private readonly after: AfterPanel;
  private readonly warning: TwinWarning;
  private readonly missing = el("p", { class: "nine-missing", role: "status", "data-testid": "nine-missing" });
  private readonly trouble = el("p", { class: "trouble", role: "alert", hidden: true, "data-testid": "nine-trouble" });
  private readonly saved = el("p", { class: "note", "data-testid": "nine-saved" });
  private readonly send = el("button", { type: "submit", class: "primary" }, words.send);
  private readonly form: HTMLFormElement;

  constructor(private readonly door: Door, private readonly outbox: Outbox, private readonly host: NineHost, private readonly pin: MapPin) {
    this.letters = new Letters(door, () => this.lettersCame());
    this.lines = new LinesPanel(door, () => host.desk(), pin, (name) => this.typed(name), () => this.showTwins());
    this.mists = new MistsPanel(() => host.serverNow(), () => this.keep());
    this.choice = new SheetChoice((value) => this.chosen(value), () => this.discard());
    this.after = new AfterPanel((request) => this.confirm(request), (request) => this.chosen(`request:${request}`), () => this.chosen("new"));
    this.warning = new TwinWarning((request) => this.addTo(request), (request) => this.another(request));
    const more = el("button", { type: "button", class: "nine-more", "aria-keyshortcuts": "Alt+C", onclick: () => this.mists.add() }, words.more);
    const foot = el("footer", { class: "nine-foot" }, this.missing, this.trouble, el("div", { class: "nine-buttons" }, this.send, this.saved));
    this.form = el("form", { novalidate: true, onsubmit: (event: Event) => this.submit(event) }, el("p", { class: "note" }, words.keys), this.lines.note, this.warning.node, this.lines.node, this.mists.node, more, foot);
    this.floating = new Floating(words.title, el("div", {}, this.choice.node, this.form, this.after.node), "nine-form");
    this.floating.node.classList.add("nine");
    this.listen();
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
      if (this.sent?.key === post.key) {
        this.sent = { key: post.key, request };
        this.after.show(request, words.stored(request));
      }
      this.update();
      return false;
    }
    this.outbox.discard(post.key);
    this.back(post, inWords(answer));
    return true;
  }

  /** Brings a sheet that waits in the queue back into the form; false when it is none. */
  reopen(post: Post): boolean {
    if (!post.path.startsWith(SHEETS)) return false;
    this.back(post, post.refused ?? "");
    return true;
  }

  /** How many sheets were begun and not sent. */
  get unsent(): number {
    return this.drafts.all().filter((one) => !isUntouched(one)).length;
  }

  wipe(): void {
    this.drafts.wipe();
    [this.draft, this.sent] = [null, null];
    this.pin.show(null, 0);
    if (this.floating.open) this.floating.close();
  }

  private listen(): void {
    this.form.addEventListener("input", (event) => this.typed((event.target as HTMLInputElement).name, event.target as HTMLElement));
    this.lines.node.addEventListener("click", (event) => (event.target as HTMLElement).matches("[data-pick]") && this.pickOnMap());
    bindNineKeys({
      form: this.form, send: this.send, awake: () => this.floating.open && this.sent === null && !this.pin.armed,
      jump: (line) => this.lines.jump(line), addCasualty: () => this.mists.add(), pickOnMap: () => this.pickOnMap(),
      clear: (field) => {
        field.value = this.draft?.base[field.name] ?? "";
        this.typed(field.name);
      },
    });
    this.floating.node.addEventListener("close", () => this.pin.show(null, 0));
  }

  // --- which sheet

  private begin(): void {
    const [latest] = this.drafts.of(this.host.mission());
    const desk = this.host.desk();
    const chosen = desk?.selected?.kind === "request" ? desk.picture.entities.requests[desk.selected.id] : undefined;
    if (latest) this.load(latest);
    else if (chosen && chosen.state !== "closed") this.chosen(`request:${chosen.id}`);
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
    return updateOf(request, known, this.letters.of(this.host.mission()), typed);
  }

  private load(draft: NineDraft): void {
    [this.draft, this.sent] = [draft, null];
    this.dialect = this.letters.of(draft.mission);
    this.form.hidden = false;
    this.after.hide();
    this.trouble.hidden = true;
    this.lines.build(draft, this.dialect, () => this.host.desk()?.picture.entities.requests[this.draft?.request ?? ""]);
    this.mists.build(draft, headCount(draft.texts, this.dialect), this.dialect?.categories);
    this.showSaved();
    if (draft.refused !== "") this.showFault(draft.refused);
  }

  private discard(): void {
    if (!this.draft || !confirm(words.discardSure)) return;
    this.drafts.drop(this.draft.id);
    this.load(freshDraft(this.host.mission(), Date.now()));
    this.update();
    this.firstEmpty().focus();
  }

  private lettersCame(): void {
    if (!this.draft || this.sent) return;
    const at = document.activeElement instanceof HTMLElement && this.lines.node.contains(document.activeElement) ? document.activeElement.getAttribute("name") : null;
    this.load(this.draft);
    if (at) this.lines.field(at)?.focus();
  }

  // --- what is typed

  /** Each keystroke is kept before anything else happens. */
  private typed(name: string, target?: HTMLElement): void {
    if (this.draft) this.draft.refused = "";
    this.keep();
    this.trouble.hidden = true;
    if (target?.closest(".nine-casualty")) return;
    this.lines.changed(name);
    if (name === "precedences" || name === "types") this.mists.recount(headCount(this.draft?.texts ?? {}, this.dialect));
    this.showTwins();
  }

  private keep(): void {
    const { draft } = this;
    if (!draft || this.sent) return;
    Object.assign(draft.texts, this.lines.texts());
    draft.rows = this.mists.texts();
    draft.savedAt = Date.now();
    if (isUntouched(draft)) this.drafts.drop(draft.id);
    else this.drafts.put(draft);
    this.showSaved();
  }

  private showSaved(): void {
    const draft = this.draft as NineDraft;
    const lacks = missing(draft.texts);
    say(this.saved, !this.drafts.keeps ? words.notKept : isUntouched(draft) ? words.empty : words.saved(clockZ(draft.savedAt, true)));
    say(this.missing, lacks.length === 0 ? words.launchable : words.missing(lacks.join(", ")));
    this.missing.dataset["state"] = lacks.length === 0 ? "good" : "wait";
    say(this.send, lacks.length === 0 ? words.send : words.sendPart);
  }

  pickOnMap(): void {
    this.lines.pickOnMap((pin) => {
      if (this.draft) this.draft.pin = pin;
    });
  }

  private firstEmpty(): HTMLElement {
    return fieldsOf(this.form).find((one) => one.value === "" && one.closest(".nine-casualty") === null) ?? this.send;
  }

  // --- the same incident, and what others told meanwhile

  private showTwins(): void {
    const { draft } = this;
    const desk = this.host.desk();
    if (!draft || this.sent || !desk || draft.request !== "") return this.warning.show([]);
    const { place } = this.lines;
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
    this.lines.caughtUp(found.draft, found.changes);
    this.keep();
  }

  // --- sending

  private submit(event: Event): void {
    event.preventDefault();
    const draft = this.draft as NineDraft;
    this.mists.settle();
    this.keep();
    const { told, unclear } = toldLines(draft.texts, draft.base, this.dialect);
    for (const [name, text] of unclear) this.lines.wrong(name, text);
    const bodies = this.mists.bodies();
    if (unclear.size > 0 || bodies.includes(undefined)) return this.form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    const command = commandOf(draft, told, bodies as (RowBody | null)[], this.heardAt());
    if (!command) return this.fault(words.bad.nothing);
    const label = words.label(draft.request ? words.updateLabel(draft.request) : words.newLabel, (draft.texts[PLACE] ?? "").slice(0, 60));
    const key = this.outbox.add(this.door.bound(SHEETS), command, label, Date.now(), { nine: JSON.stringify(draft) }).key;
    this.drafts.drop(draft.id);
    this.sent = { key, request: draft.request };
    this.form.hidden = true;
    this.after.show(draft.request, this.host.linked() ? words.sending : words.waiting);
    this.update();
    this.after.first.focus();
  }

  /** When it was told, for one that must wait; null when it goes at once or the server's clock was never heard. */
  private heardAt(): number | null {
    return this.host.linked() || !this.host.desk() ? null : this.host.serverNow();
  }

  private fault(text: string): void {
    this.trouble.hidden = false;
    say(this.trouble, text);
  }

  private back(post: Post, why: string): void {
    const draft = JSON.parse(post.typed?.["nine"] ?? "null") as NineDraft | null;
    this.host.say(`${post.label}. ${words.refused(why)}`, true);
    if (!draft) return;
    const restored = { ...draft, refused: why, savedAt: Date.now() };
    this.drafts.put(restored);
    const busy = this.floating.open && this.draft !== null && this.sent === null && !isUntouched(this.draft);
    if (busy) return this.update(); // it waits among the drafts
    this.load(restored);
    this.floating.show(null);
    (this.form.querySelector<HTMLElement>('[aria-invalid="true"]') ?? this.firstEmpty()).focus();
    this.update();
  }

  /** The server's words at the field that they are about. */
  private showFault(text: string): void {
    this.fault(words.refused(text));
    const at = faultAt(text);
    if (at === null) return;
    if ("casualty" in at) return this.mists.refused(at.casualty, at.words);
    const name = lineFields(this.dialect).find((one) => one.line === at.line)?.name ?? "";
    this.lines.wrong(name, text);
    this.lines.field(name)?.focus();
  }

  private confirm(request: string): void {
    const by = this.draft?.texts["speaker"]?.trim();
    this.outbox.add(this.door.bound(`api/requests/${encodeURIComponent(request)}/read-back`), by ? { speaker: by } : {}, words.readBack.label(request), Date.now());
  }
}
