/** What needs a person now: gravest and oldest first; new ones are read out politely. */
import type { Actions, Desk, Screen } from "../desk";
import type { Alarm, Entities } from "../live/protocol";
import type { AssetRef } from "../map/scene";
import type { Bell } from "../watch/bell";
import { soundPanel } from "../watch/bell";
import { inOrder } from "../watch/ringing";
import { strings } from "../strings";
import { age, clockZ, instant } from "../times";
import type { Row } from "../ui/dom";
import { KeyedList, arrowKeys, el, ltr, mark, say } from "../ui/dom";

const BLINK_MS = 700;
const SPOKEN = 3; // new ones read out at once; of more only the number

/** What on the screen an alarm is about; null when it is not there. Pure. */
export function subjectOf(alarm: Alarm, entities: Entities): AssetRef | null {
  const { group, subject } = alarm;
  if (group === "chains") return known("request", entities.chains[subject]?.request);
  if (group === "questions") return known("casualty", entities.questions[subject]?.casualty);
  const kind = ({ casualties: "casualty", vehicles: "vehicle", facilities: "facility", requests: "request", teams: "team", hazards: "hazard" } as const)[group];
  return kind && (entities as unknown as Record<string, Record<string, unknown>>)[group]?.[subject] ? { kind, id: subject } : null;
}

const known = (kind: AssetRef["kind"], id: string | null | undefined): AssetRef | null => (id ? { kind, id } : null);

/** What is read out of those that are new; empty when none is. Pure. */
export function announcement(fresh: readonly Alarm[]): string {
  if (fresh.length === 0) return "";
  if (fresh.length > SPOKEN) return strings.alarm.many(fresh.length);
  return inOrder(fresh).map((one) => `${strings.alarm.severity[one.severity] ?? one.severity}: ${one.subject} ${one.words}`).join(". ");
}

export class Alarms implements Screen {
  readonly node: HTMLElement;
  readonly badge: HTMLButtonElement;
  private readonly rows: KeyedList<Alarm>;
  private readonly empty = el("p", { class: "empty" }, strings.alarm.none);
  private readonly spoken = el("p", { class: "unseen", role: "status", "aria-live": "polite", "data-testid": "alarm-said" });
  private desk: Desk | null = null;
  private heard: Set<string> | null = null;
  private mission = "";
  private blinkedAt = 0;

  constructor(
    private readonly actions: Actions,
    private readonly bell: Bell,
    aside: HTMLElement,
    open: () => void,
  ) {
    const list = el("ul", { class: "rows", "aria-label": strings.alarm.title });
    this.rows = new KeyedList<Alarm>(list, (alarm) => alarm.id, (alarm) => this.row(alarm));
    arrowKeys(list, "button.row");
    this.node = el("section", { class: "alarms", "data-testid": "alarms" }, this.spoken, soundPanel(bell.sound), this.empty, list, aside);
    this.badge = el("button", { type: "button", class: "alarm-badge", "data-testid": "alarm-count", "aria-keyshortcuts": "W", onclick: open });
  }

  update(desk: Desk): void {
    this.desk = desk;
    const all = inOrder(desk.replay ? Object.values(desk.picture.entities.alarms) : this.bell.all);
    const rings = desk.replay ? 0 : all.filter((alarm) => this.bell.rings(alarm)).length;
    const grave = all.filter((alarm) => alarm.severity === "critical").length;
    say(this.badge, strings.alarm.count(all.length, grave));
    mark(this.badge, "data-severity", all[0]?.severity ?? "none");
    mark(this.badge, "data-ringing", rings > 0 ? String(rings) : null);
    mark(this.badge, "title", rings > 0 ? strings.watch.ringing(rings) : null);
    this.blink(rings > 0);
    this.empty.hidden = all.length > 0;
    this.rows.update(all);
    if (!desk.replay) this.announce(desk.picture.mission.id, all);
  }

  focus(): void {
    this.node.querySelector<HTMLElement>("button.row")?.focus();
  }

  /** With the clocks: an animation of the style sheet would wake the browser sixty times a second all watch long. */
  private blink(rings: boolean): void {
    const now = performance.now();
    if (rings && now - this.blinkedAt < BLINK_MS) return;
    this.blinkedAt = now;
    mark(this.badge, "data-dim", rings && !this.badge.hasAttribute("data-dim") ? "" : null);
  }

  /** Only those that were not there before; at the first picture none is new. */
  private announce(mission: string, all: readonly Alarm[]): void {
    const before = mission === this.mission ? this.heard : null;
    this.mission = mission;
    this.heard = new Set(all.map((alarm) => alarm.id));
    const words = before ? announcement(all.filter((alarm) => !before.has(alarm.id))) : "";
    if (words !== "") say(this.spoken, words);
  }

  private row(alarm: Alarm): Row<Alarm> {
    const severity = el("span", { class: "severity" });
    const since = el("span", { class: "left" });
    const text = el("span", { class: "what", dir: "auto" });
    const open = (): void => {
      const about = this.desk && subjectOf(alarm, this.desk.picture.entities);
      if (about) this.actions.select(about, true);
    };
    const top = el("span", { class: "row-top" }, severity, ltr(alarm.subject, "zap"), since);
    const fate = el("span", { class: "fate", dir: "auto" });
    const button = el("button", { type: "button", class: "row", "data-testid": "alarm-row", "data-id": alarm.id, onclick: open }, top, text, fate);
    const ack = el("button", { type: "button", class: "ack", "data-testid": "ack", "data-id": alarm.id, "aria-label": strings.watch.ackOf(`${alarm.subject} ${alarm.words}`) }, strings.watch.ack);
    let shown = alarm;
    ack.addEventListener("click", () => this.bell.ack(shown));
    const update = (now: Alarm): void => {
      const at = instant(now.since);
      say(severity, strings.alarm.severity[now.severity] ?? now.severity);
      mark(button, "data-severity", now.severity);
      say(since, at === null ? strings.alarm.forecast : age((this.desk as Desk).now - at));
      say(text, now.words);
      shown = now;
      const rings = !(this.desk as Desk).replay && this.bell.rings(now);
      if (!rings && ack === document.activeElement) button.focus(); // it goes, and the focus must not go with it
      ack.hidden = !rings;
      mark(button, "data-ringing", rings ? "" : null);
      say(fate, this.fate(now, rings));
    };
    return { node: el("li", { class: "alarm" }, button, ack), update };
  }

  /** Who has looked at it, how often it came, and how long nobody has looked. */
  private fate(alarm: Alarm, rings: boolean): string {
    const at = instant(alarm.acknowledged_at);
    const late = rings ? this.bell.late(alarm) : null;
    const parts = [
      alarm.over ? strings.watch.over : "",
      (alarm.times ?? 1) > 1 ? strings.watch.times(alarm.times ?? 1) : "",
      late !== null ? strings.watch.insists(age(late)) : "",
      at !== null ? strings.watch.acked(alarm.acknowledged_by ?? "", clockZ(at)) : "",
      this.bell.waits(alarm) ? strings.watch.sending : "",
    ];
    return parts.filter((part) => part !== "").join(" · ");
  }
}
