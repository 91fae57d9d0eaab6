/** What needs a person now: gravest and oldest first; new ones are read out politely. */
import type { Actions, Desk, Screen } from "../desk";
import type { Alarm, Entities } from "../live/protocol";
import type { AssetRef } from "../map/scene";
import { strings } from "../strings";
import { age, instant } from "../times";
import type { Row } from "../ui/dom";
import { KeyedList, arrowKeys, el, ltr, mark, say } from "../ui/dom";

const GRAVITY: Record<string, number> = { critical: 0, warning: 1, notice: 2 };
const SPOKEN = 3; // new ones read out at once; of more only the number

/** The gravest first; of one severity the oldest first, those that follow from a forecast last. Pure. */
export function inOrder(alarms: readonly Alarm[]): Alarm[] {
  const since = (one: Alarm): number => instant(one.since) ?? Number.MAX_SAFE_INTEGER;
  return [...alarms].sort((a, b) => (GRAVITY[a.severity] ?? 3) - (GRAVITY[b.severity] ?? 3) || since(a) - since(b) || (a.id < b.id ? -1 : 1));
}

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

  constructor(
    private readonly actions: Actions,
    aside: HTMLElement,
    open: () => void,
  ) {
    const list = el("ul", { class: "rows", "aria-label": strings.alarm.title });
    this.rows = new KeyedList<Alarm>(list, (alarm) => alarm.id, (alarm) => this.row(alarm));
    arrowKeys(list, "button");
    this.node = el("section", { class: "alarms", "data-testid": "alarms" }, this.spoken, this.empty, list, aside);
    this.badge = el("button", { type: "button", class: "alarm-badge", "data-testid": "alarm-count", "aria-keyshortcuts": "W", onclick: open });
  }

  update(desk: Desk): void {
    this.desk = desk;
    const all = inOrder(Object.values(desk.picture.entities.alarms));
    const grave = all.filter((alarm) => alarm.severity === "critical").length;
    say(this.badge, strings.alarm.count(all.length, grave));
    mark(this.badge, "data-severity", all[0]?.severity ?? "none");
    this.empty.hidden = all.length > 0;
    this.rows.update(all);
    if (!desk.replay) this.announce(desk.picture.mission.id, all);
  }

  focus(): void {
    this.node.querySelector<HTMLElement>("button")?.focus();
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
    const button = el("button", { type: "button", class: "row", "data-testid": "alarm-row", "data-id": alarm.id, onclick: open }, top, text);
    const update = (now: Alarm): void => {
      const at = instant(now.since);
      say(severity, strings.alarm.severity[now.severity] ?? now.severity);
      mark(button, "data-severity", now.severity);
      say(since, at === null ? strings.alarm.forecast : age((this.desk as Desk).now - at));
      say(text, now.words);
    };
    return { node: el("li", {}, button), update };
  }
}
