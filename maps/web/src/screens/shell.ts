/** The frame round every screen: mission, time, link, banners, and what was just said. */
import type { Me } from "../commands/person";
import { may } from "../commands/person";
import type { LinkReport } from "../live/link";
import { linkState } from "../live/link";
import type { Mission } from "../live/protocol";
import { strings } from "../strings";
import { age, clockLocal, clockZ, dateTimeGroup } from "../times";
import { el, ltr, mark, say } from "../ui/dom";

export interface ShellButtons {
  alert(): void;
  voice(): void;
  nine(): void;
  replay(): void;
  theme(): void;
  help(): void;
  logOut(): void;
}

export class Shell {
  readonly header: HTMLElement;
  readonly banners: HTMLElement;
  readonly toasts = el("div", { class: "toasts", role: "status", "aria-live": "polite", "data-testid": "toasts" });
  private readonly mission = el("span", { class: "mission", dir: "auto" });
  private readonly dtg = ltr("", "dtg");
  private readonly local = ltr("", "local");
  private readonly link = el("span", { class: "link", role: "status", "data-testid": "link-state" });
  private readonly linkWords = el("span", { class: "link-words" });
  private readonly exercise = el("p", { class: "banner exercise", hidden: true, "data-testid": "banner" });
  private readonly exerciseWords = el("span", {});
  private readonly replay = el("p", { class: "banner replaying", hidden: true, "data-testid": "replay-banner" });
  private readonly replayWords = el("span", {});
  private readonly person = el("span", { class: "person", dir: "auto", "data-testid": "person" });
  private readonly people: HTMLElement;
  private readonly alert: HTMLButtonElement;
  private readonly voice: HTMLButtonElement;
  private readonly nine: HTMLButtonElement;
  private readonly stale = el("p", { class: "banner stale", hidden: true, role: "alert", "data-testid": "stale-banner" });
  private readonly trouble = el("p", { class: "banner stale", hidden: true, role: "alert", dir: "auto", "data-testid": "trouble-banner" });

  constructor(buttons: ShellButtons, badges: HTMLElement[], live: () => void) {
    const button = (text: string, key: string, run: () => void, look = ""): HTMLButtonElement =>
      el("button", { type: "button", class: look || null, "aria-keyshortcuts": key, onclick: run }, text, " ", el("kbd", {}, key));
    this.alert = button("Alert", "A", buttons.alert, "alarm");
    this.voice = button("Radio", "V", buttons.voice);
    this.nine = button(strings.nine.button, "9", buttons.nine);
    this.people = el("span", { class: "people", hidden: true }, this.person, el("button", { type: "button", "data-testid": "log-out", onclick: () => buttons.logOut() }, strings.people.logOut));
    this.header = el("header", { class: "shell" },
      el("h1", { class: "product" }, strings.product), this.mission,
      el("span", { class: "time" }, this.dtg, this.local),
      el("span", { class: "link-box" }, this.link, this.linkWords), ...badges,
      el("nav", {},
        this.alert, this.voice, this.nine, button(strings.replay.open, "Y", buttons.replay),
        button(strings.theme, "N", buttons.theme), button(strings.keys, "?", buttons.help)), this.people);
    this.exercise.append(el("b", {}, strings.exercise), " ", this.exerciseWords);
    this.replay.append(this.replayWords, " ", el("button", { type: "button", onclick: live }, strings.backToLive));
    this.banners = el("section", { class: "banners", "aria-label": strings.notices }, this.exercise, this.replay, this.stale, this.trouble);
  }

  showMission(mission: Mission): void {
    say(this.mission, mission.name);
    const exercise = mission.kind === "exercise";
    this.exercise.hidden = !exercise;
    document.title = exercise ? `EXERCISE · ${mission.name}` : mission.name;
    const faster = mission.speed_factor !== 1 ? ` ${strings.faster(mission.speed_factor)}` : "";
    say(this.exerciseWords, `${strings.exerciseShort}${faster}`);
  }

  /** Who is logged in; buttons that the role may not use say so. */
  showPerson(me: Me): void {
    this.people.hidden = me.door === "open";
    const role = strings.people.roles[me.role] ?? me.role;
    say(this.person, `${me.name} · ${role}`);
    const bar = (button: HTMLButtonElement, barred: boolean): void => {
      button.disabled = barred;
      mark(button, "title", barred ? strings.people.notYours(role) : null);
    };
    bar(this.alert, !may(me, "alert_raised"));
    bar(this.voice, me.may.length === 0);
    bar(this.nine, !may(me, "nine_line_sent"));
  }

  /** `live` is server time now; `shown` the instant on the screen. */
  showTime(live: number, shown: number, replay: boolean): void {
    say(this.dtg, dateTimeGroup(shown));
    say(this.local, `${clockLocal(shown)} ${strings.local}`);
    this.replay.hidden = !replay;
    if (replay) say(this.replayWords, strings.replayBanner(`${dateTimeGroup(shown)} ${clockZ(shown, true)}`, age(live - shown)));
  }

  showLink(report: LinkReport, now: number, replay: boolean): void {
    const { state, ageMs, lag } = linkState(report, now, replay);
    const behind = linkState(report, now, false).state;
    mark(this.link, "data-state", state);
    say(this.link, strings.link[state]);
    const heard = ageMs === null ? strings.linkNever : strings.linkAge(age(ageMs));
    say(this.linkWords, lag > 0 ? `${heard} · ${strings.linkLag(lag)}` : heard);
    mark(document.body, "data-link", state);
    this.stale.hidden = behind !== "OFFLINE";
    this.trouble.hidden = report.complaints.length === 0;
    if (report.complaints.length > 0) say(this.trouble, strings.trouble(report.complaints));
    if (behind === "OFFLINE") say(this.stale, strings.staleScreen(ageMs === null ? strings.unknown : age(ageMs)));
  }

  toast(text: string, wrong = false): void {
    const node = el("p", { class: wrong ? "wrong" : null, dir: "auto" }, text);
    this.toasts.append(node);
    while (this.toasts.children.length > 4) this.toasts.firstElementChild?.remove();
    setTimeout(() => node.remove(), wrong ? 12_000 : 6000);
  }
}
