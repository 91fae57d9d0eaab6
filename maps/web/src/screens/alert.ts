/** The alert: who, where, how many, what. By keyboard alone; nothing typed is ever lost. */
import type { Door } from "../commands/door";
import type { Outbox } from "../commands/outbox";
import { grid, typedPlace } from "../grid";
import { strings } from "../strings";
import { el, mark, say } from "../ui/dom";
import { Draft, Floating, labelled } from "./form";

export const ALERTS = "api/requests";
const CHECK_AFTER_MS = 250;
const words = strings.alert;

/** The four facts as typed; `ago` is minutes since the injury, or empty. */
export interface AlertTexts {
  who: string;
  where: string;
  count: string;
  what: string;
  ago: string;
}

/** The body of the command, or what is missing in words. Pure. */
export function alertBody(texts: AlertTexts, now: number): { body: Record<string, unknown> } | { missing: string; field: keyof AlertTexts } {
  const need: [keyof AlertTexts, string][] = [["who", words.who], ["where", words.where], ["count", words.howMany], ["what", words.what]];
  for (const [field, label] of need) if (texts[field].trim() === "") return { missing: words.missing(label), field };
  const count = Number(texts.count);
  if (!Number.isInteger(count) || count < 1 || count > 500) return { missing: words.badCount, field: "count" };
  const ago = texts.ago.trim() === "" ? null : Number(texts.ago);
  if (ago !== null && !(ago >= 0 && ago <= 2880)) return { missing: words.badAgo, field: "ago" };
  const who = texts.who.trim(); // a call: the caller is the speaker, and the place is as good as spoken places are
  const body: Record<string, unknown> = { who, speaker: who, what: texts.what.trim(), how_many: count, place: texts.where.trim() };
  if (ago !== null) body["injury_at"] = new Date(now - ago * 60_000).toISOString();
  return { body };
}

export class AlertForm {
  readonly floating: Floating;
  private readonly who = el("input", { name: "who", autocomplete: "off", maxlength: 80 });
  private readonly where = el("input", { name: "where", autocomplete: "off", maxlength: 120, placeholder: words.whereHint, dir: "auto" });
  private readonly count = el("input", { name: "count", inputmode: "numeric", autocomplete: "off", maxlength: 3 });
  private readonly what = el("input", { name: "what", autocomplete: "off", maxlength: 500, dir: "auto" });
  private readonly ago = el("input", { name: "ago", inputmode: "numeric", autocomplete: "off", maxlength: 4 });
  private readonly check = el("output", { class: "note", "aria-live": "polite" });
  private readonly trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  private readonly draft: Draft;
  private asking: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly door: Door,
    private readonly outbox: Outbox,
    private readonly serverNow: () => number,
  ) {
    const send = el("button", { type: "submit", class: "primary" }, words.send);
    const fields = [labelled(words.who, this.who), labelled(words.where, this.where, this.check), labelled(words.howMany, this.count), labelled(words.what, this.what), labelled(words.ago, this.ago)];
    const form = el("form", { novalidate: true, onsubmit: (event: Event) => this.send(event) }, ...fields, this.trouble, send);
    this.floating = new Floating(words.title, form, "alert-form");
    this.draft = new Draft("casevac.alert-draft", { who: this.who, where: this.where, count: this.count, what: this.what, ago: this.ago });
    this.where.addEventListener("input", () => this.checkSoon());
  }

  open(): void {
    const fields = [this.who, this.where, this.count, this.what];
    this.floating.show(fields.find((field) => field.value === "") ?? this.who);
    this.checkSoon();
  }

  /** At a place that was chosen on the map; what else was typed stays. */
  openAt(place: string): void {
    this.where.value = place;
    this.draft.keep();
    this.open();
  }

  /** Brings a refused alert back for correction. */
  reopen(body: Record<string, unknown>): void {
    const text = (name: string): string => String(body[name] ?? "");
    this.draft.fill({ who: text("who"), where: text("place"), count: text("how_many"), what: text("what"), ago: "" });
    this.open();
  }

  private send(event: Event): void {
    event.preventDefault();
    const texts = { who: this.who.value, where: this.where.value, count: this.count.value, what: this.what.value, ago: this.ago.value };
    const result = alertBody(texts, this.serverNow());
    this.trouble.hidden = !("missing" in result);
    if ("missing" in result) {
      say(this.trouble, result.missing);
      ({ who: this.who, where: this.where, count: this.count, what: this.what, ago: this.ago })[result.field].focus();
      return;
    }
    this.outbox.add(this.door.bound(ALERTS), result.body, words.label(texts.count, texts.where), Date.now());
    this.draft.forget();
    say(this.check, "");
    this.floating.close();
  }

  private checkSoon(): void {
    clearTimeout(this.timer);
    this.asking?.abort();
    const text = this.where.value.trim();
    mark(this.check, "data-state", null);
    if (text === "") return say(this.check, "");
    const own = typedPlace(text);
    if (own) this.show(own, grid(...own), "");
    else say(this.check, words.checking);
    this.timer = setTimeout(() => void this.ask(text, own !== null), CHECK_AFTER_MS);
  }

  private async ask(text: string, known: boolean): Promise<void> {
    const asking = new AbortController();
    this.asking = asking;
    try {
      const found = await this.door.place(text, asking.signal);
      if (!asking.signal.aborted) this.show([found.lon, found.lat], found.mgrs, found.name ?? "");
    } catch (fault) {
      if (asking.signal.aborted) return;
      const refused = (fault as { status?: number }).status !== 0;
      if (refused || !known) say(this.check, refused && fault instanceof Error ? fault.message : words.unchecked);
      if (refused) mark(this.check, "data-state", "wrong");
    }
  }

  private show(_place: [number, number], mgrs: string, name: string): void {
    mark(this.check, "data-state", "good");
    say(this.check, `✓ ${words.found(mgrs, name)}`);
  }
}
