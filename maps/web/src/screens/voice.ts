/** Whatever else is heard by radio: triage, loading, hand-over, status, position; entered with the speaker's name. */
import type { Door } from "../commands/door";
import type { Outbox } from "../commands/outbox";
import type { Desk } from "../desk";
import { typedPlace } from "../grid";
import { stateWord, strings } from "../strings";
import { el, fill, mark, say } from "../ui/dom";
import type { Field } from "./form";
import { Floating, labelled } from "./form";

const words = strings.voice;
type Part =
  | "casualty" | "known" | "request" | "category" | "what" | "injured" | "vehicle" | "facility" | "state" | "reason" | "where" | "uncertainty" | "task";

/** The facts that each kind of report needs; after a colon stands which form of it. */
export const VOICE_KINDS: Record<string, readonly Part[]> = {
  casualty_reported: ["known", "where", "uncertainty", "category", "what", "injured", "request"],
  casualty_triaged: ["casualty", "category"],
  bleeding_controlled: ["casualty"],
  advanced_care_started: ["casualty"],
  surgery_started: ["casualty"],
  casualty_loaded: ["casualty", "vehicle"],
  casualty_handed_over: ["casualty", "facility"],
  "casualty_handed_over:vehicle": ["casualty", "vehicle"],
  vehicle_status_changed: ["vehicle", "state", "reason"],
  position: ["vehicle", "where", "uncertainty"],
  task_accepted: ["task"],
  task_declined: ["task", "reason"],
  task_finished: ["task"],
};
const MAY_LACK: readonly Part[] = ["known", "request", "what", "injured", "reason", "uncertainty"];
const NUMBERS: readonly Part[] = ["injured", "uncertainty"];
const TYPED: readonly Part[] = ["reason", "where", "uncertainty", "what", "injured"];
const STATES = ["available", "to_pickup", "on_scene", "to_facility", "out_of_service"];
const CATEGORIES = ["T1", "T2", "T3", "T4", "DEAD", "UNKNOWN"] as const;

/** The command of a report, from the fields' texts. Pure. `place` is where a position was resolved. */
export function voiceBody(kind: string, texts: Partial<Record<Part | "speaker" | "ago", string>>, now: number, place: [number, number] | null): Record<string, unknown> {
  const ago = (minutes: string): string => new Date(now - Number(minutes) * 60_000).toISOString();
  const body: Record<string, unknown> = { kind: kind.split(":")[0], speaker: texts.speaker?.trim() ?? "" };
  if (texts.ago?.trim()) body["at"] = ago(texts.ago);
  for (const part of VOICE_KINDS[kind] ?? []) {
    const text = texts[part]?.trim() ?? "";
    if (part === "where" && place) [body["lon"], body["lat"]] = place;
    else if (part === "where" || text === "") continue;
    else if (part === "uncertainty") body["uncertainty_m"] = Number(text);
    else if (part === "injured") body["injury_at"] = ago(text);
    else body[part === "known" ? "casualty" : part] = text;
  }
  return body;
}

export class VoiceForm {
  readonly floating: Floating;
  private readonly kind = el("select", { name: "kind" }, ...Object.keys(VOICE_KINDS).map((kind) => el("option", { value: kind }, words.kinds[kind] ?? kind)));
  private readonly speaker = el("input", { name: "speaker", autocomplete: "off", maxlength: 80 });
  private readonly ago = el("input", { name: "ago", inputmode: "numeric", autocomplete: "off", maxlength: 4 });
  private readonly parts: Record<Part, Field> = {
    casualty: el("select", { name: "casualty" }),
    known: el("select", { name: "known" }),
    request: el("select", { name: "request" }),
    what: el("input", { name: "what", autocomplete: "off", maxlength: 2000 }),
    injured: el("input", { name: "injured", inputmode: "numeric", autocomplete: "off", maxlength: 4 }),
    category: el("select", { name: "category" }, ...CATEGORIES.map((c) => el("option", { value: c }, strings.category(c)))),
    vehicle: el("select", { name: "vehicle" }),
    facility: el("select", { name: "facility" }),
    state: el("select", { name: "state" }, ...STATES.map((state) => el("option", { value: state }, stateWord(state)))),
    reason: el("input", { name: "reason", autocomplete: "off", maxlength: 200 }),
    where: el("input", { name: "where", autocomplete: "off", placeholder: strings.alert.whereHint }),
    uncertainty: el("input", { name: "uncertainty", inputmode: "numeric", autocomplete: "off" }),
    task: el("select", { name: "task" }),
  };
  private readonly shown = el("div", { class: "fields" });
  private readonly trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  private readonly labels: Map<Part, HTMLElement>;

  constructor(
    private readonly door: Door,
    private readonly outbox: Outbox,
    private readonly desk: () => Desk | null,
    private readonly serverNow: () => number,
  ) {
    this.labels = new Map(Object.entries(this.parts).map(([part, field]) => [part as Part, labelled(words[part as Part], field)]));
    const send = el("button", { type: "submit", class: "primary" }, words.send);
    const form = el("form", { novalidate: true, onsubmit: (event: Event) => void this.send(event) }, labelled(words.kind, this.kind), this.shown, labelled(words.speaker, this.speaker), labelled(words.ago, this.ago), this.trouble, send);
    this.floating = new Floating(words.title, form, "voice-form");
    this.kind.addEventListener("change", () => this.arrange());
  }

  open(): void {
    this.arrange();
    this.floating.show(this.kind);
  }

  private arrange(): void {
    const desk = this.desk();
    const parts = VOICE_KINDS[this.kind.value] ?? [];
    fill(this.shown, ...parts.map((part) => this.labels.get(part) ?? null));
    if (!desk) return;
    const { casualties, vehicles, facilities, requests } = desk.picture.entities;
    const everyone = Object.values(casualties).map((c) => [c.id, `${c.id} · ${strings.category(c.category)}`]);
    if (parts.includes("known")) {
      this.parts.known.value = "";
      choices(this.parts.known, [["", words.newCasualty], ...everyone], "");
      choices(this.parts.request, [["", words.noRequest], ...Object.values(requests).map((r) => [r.id, `${r.id} · ${r.place || r.what}`])], desk.selected?.kind === "request" ? desk.selected.id : "");
      this.parts.category.value = "UNKNOWN";
    }
    choices(this.parts.casualty, everyone, desk.selected?.kind === "casualty" ? desk.selected.id : "");
    choices(this.parts.vehicle, Object.values(vehicles).map((v) => [v.id, v.callsign]), desk.selected?.kind === "vehicle" ? desk.selected.id : "");
    choices(this.parts.facility, Object.values(facilities).map((f) => [f.id, f.name]), desk.selected?.kind === "facility" ? desk.selected.id : "");
    choices(this.parts.task, Object.values(vehicles).flatMap((v) => (v.task ? [[v.task.id, `${v.callsign} · ${v.task.id}`]] : [])), "");
  }

  private async send(event: Event): Promise<void> {
    event.preventDefault();
    const parts = VOICE_KINDS[this.kind.value] ?? [];
    const texts = Object.fromEntries([...parts.map((part) => [part, this.parts[part].value]), ["speaker", this.speaker.value], ["ago", this.ago.value]]);
    const lacking = parts.find((part) => !MAY_LACK.includes(part) && !texts[part]);
    if (lacking) return this.wrong(strings.alert.missing(words[lacking]), this.parts[lacking]);
    if (this.speaker.value.trim() === "") return this.wrong(strings.alert.missing(words.speaker), this.speaker);
    if (texts["ago"] && !(Number(texts["ago"]) >= 0)) return this.wrong(strings.alert.badAgo, this.ago);
    const odd = parts.find((part) => NUMBERS.includes(part) && texts[part] && !(Number(texts[part]) >= 0));
    if (odd) return this.wrong(words.badNumber(words[odd]), this.parts[odd]);
    const place = parts.includes("where") ? await this.resolve(String(texts["where"])) : null;
    if (parts.includes("where") && !place) return this.wrong(words.badPlace, this.parts.where);
    const body = voiceBody(this.kind.value, texts, this.serverNow(), place);
    this.outbox.add(this.door.bound("api/voice"), body, words.label(words.kinds[this.kind.value] ?? "", String(texts["casualty"] || texts["known"] || texts["vehicle"] || texts["task"] || texts["where"] || "")), Date.now());
    for (const part of TYPED) this.parts[part].value = "";
    this.ago.value = "";
    this.trouble.hidden = true;
    this.floating.close();
  }

  private async resolve(text: string): Promise<[number, number] | null> {
    const own = typedPlace(text);
    if (own) return own;
    try {
      const found = await this.door.place(text, AbortSignal.timeout(5000));
      return [found.lon, found.lat];
    } catch {
      return null; // said in words by the caller
    }
  }

  private wrong(text: string, field: HTMLElement): void {
    this.trouble.hidden = false;
    say(this.trouble, text);
    mark(field, "aria-invalid", "true");
    field.focus();
  }
}

function choices(field: Field, entries: string[][], chosen: string): void {
  const before = chosen || field.value;
  fill(field, ...entries.map(([value, text]) => el("option", { value: value ?? "" }, text ?? "")));
  if (entries.some(([value]) => value === before)) field.value = before;
}
