/** The frame round every screen: mission, time, link, banners, and what was just said. */
import type { Me } from "../commands/person";
import { may } from "../commands/person";
import type { LinkReport } from "../live/link";
import { linkState } from "../live/link";
import type { Mission } from "../live/protocol";
import { shownKey } from "../controls";
import { strings } from "../strings";
import { age, clockLocal, clockZ, dateTimeGroup, minutes } from "../times";
import { el, ltr, mark, say } from "../ui/dom";
import { onTheme, shownTheme } from "../ui/theme";
import { LANGUAGES } from "../strings/words";
import "../styles/shell.css";

const FRESH_MS = 6000; // no count of seconds while all is well
const CLOCK_WRONG_MS = 30_000; // a browser's clock that is further out is told of, once

/** What a link of several lanes reports beside the rest. */
type Lanes = { lane?: number | null; lagMs?: number | null };

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
  private clockTold = false;
  private readonly alert: HTMLButtonElement;
  private readonly voice: HTMLButtonElement;
  private readonly nine: HTMLButtonElement;
  private readonly stale = el("p", { class: "banner stale", hidden: true, role: "alert", "data-testid": "stale-banner" });
  private readonly newer = el("p", { class: "banner newer", hidden: true, role: "status", "data-testid": "newer-banner" });
  private readonly trouble = el("p", { class: "banner stale", hidden: true, role: "alert", dir: "auto", "data-testid": "trouble-banner" });

  constructor(buttons: ShellButtons, badges: HTMLElement[], live: () => void) {
    const button = (text: string, key: string, run: () => void, look = ""): HTMLButtonElement =>
      el("button", { type: "button", class: look || null, "aria-keyshortcuts": key, onclick: run }, text, " ", el("kbd", {}, key));
    this.alert = button("Alert", shownKey("alert"), buttons.alert, "alarm");
    this.voice = button("Radio", shownKey("voice"), buttons.voice);
    this.nine = button(strings.nine.button, shownKey("nine"), buttons.nine);
    this.people = el("span", { class: "people", hidden: true }, this.person, el("button", { type: "button", "data-testid": "log-out", onclick: () => buttons.logOut() }, strings.people.logOut));
    const theme = button(strings.theme, shownKey("theme"), buttons.theme);
    const named = (): void => {
      say(theme.firstChild as Text, strings.shell.themeShort[shownTheme()] ?? strings.theme);
      mark(theme, "title", strings.theme);
    };
    onTheme(named);
    named();
    this.header = el("header", { class: "shell" }, el("a", { class: "skip", href: "#casualties-title" }, strings.shell.skip),
      el("h1", { class: "product" }, strings.product), this.mission,
      el("span", { class: "time" }, this.dtg, this.local),
      el("span", { class: "link-box" }, this.link, this.linkWords), ...badges,
      el("nav", { "aria-label": strings.product },
        this.alert, this.voice, this.nine, button(strings.replay.open, shownKey("replay"), buttons.replay),
        theme, languages(), button(strings.keys, shownKey("help"), buttons.help)), this.people);
    this.exercise.append(el("b", {}, strings.exercise), " ", this.exerciseWords);
    this.replay.append(this.replayWords, " ", el("button", { type: "button", onclick: live }, strings.backToLive));
    this.banners = el("section", { class: "banners", "aria-label": strings.notices }, this.exercise, this.replay, this.stale, this.trouble, this.newer);
    this.newer.append(strings.shell.newer, " ", el("button", { type: "button", onclick: () => location.reload() }, strings.shell.reload));
  }

  showMission(mission: Mission): void {
    say(this.mission, mission.name);
    const exercise = mission.kind === "exercise";
    this.exercise.hidden = !exercise;
    const title = exercise ? `EXERCISE · ${mission.name}` : mission.name;
    if (document.title !== title) document.title = title; // told to the browser's own process each time
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
    say(this.local, strings.shell.localTime(clockLocal(shown), zoneName(shown)));
    this.replay.hidden = !replay;
    if (replay) say(this.replayWords, strings.replayBanner(`${dateTimeGroup(shown)} ${clockZ(shown, true)}`, age(live - shown)));
  }

  /** The server has another version of the page. */
  showNewer(newer: boolean): void {
    this.newer.hidden = !newer;
  }

  /** `kept`: what is on the screen was read from this machine, and nothing came since. */
  showLink(report: LinkReport & Lanes, now: number, replay: boolean, kept = false): void {
    this.tellClock(report);
    const { state, ageMs, lag } = linkState(report, now, replay);
    const behind = linkState(report, now, false).state;
    mark(this.link, "data-state", state);
    say(this.link, strings.link[state]);
    const heard = ageMs === null ? strings.linkNever : ageMs < FRESH_MS ? strings.linkFresh : strings.linkAge(age(ageMs));
    const lane = report.lane ? strings.shell.lane(report.lane) : "";
    const late = report.lagMs == null || state !== "LAG" ? "" : strings.shell.lag(report.lagMs);
    say(this.linkWords, [heard, lag > 0 ? strings.linkLag(lag) : "", late, lane].filter((part) => part !== "").join(" · "));
    mark(document.body, "data-link", state);
    this.stale.hidden = behind !== "OFFLINE";
    this.trouble.hidden = report.complaints.length === 0;
    if (report.complaints.length > 0) say(this.trouble, strings.trouble(report.complaints));
    if (behind === "OFFLINE") say(this.stale, (kept ? strings.shell.staleKept : strings.staleScreen)(ageMs === null ? strings.unknown : age(ageMs)));
  }

  /** Once a visit: the clock of this machine is not the server's, whose times are shown. */
  private tellClock({ offsetMs, lastFrameAt }: LinkReport): void {
    if (this.clockTold || lastFrameAt === null || Math.abs(offsetMs) < CLOCK_WRONG_MS) return;
    this.clockTold = true;
    this.toast(strings.shell.clockWrong(minutes(offsetMs), offsetMs < 0), true);
  }

  toast(text: string, wrong = false): void {
    const node = el("p", { class: wrong ? "wrong" : null, dir: "auto" }, text);
    this.toasts.append(node);
    while (this.toasts.children.length > 4) this.toasts.firstElementChild?.remove();
    setTimeout(() => node.remove(), wrong ? 12_000 : 6000);
  }
}

/** The zone of this computer at that instant, as people call it: `CET`, `GMT+1`. */
function zoneName(at: number): string {
  return ZONE.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? strings.local;
}
const ZONE = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" });

/** The choice of a language, as soon as there is more than one. */
function languages(): HTMLElement {
  const choice = el("select", { "aria-label": strings.shell.language, hidden: LANGUAGES.length < 2 }, ...LANGUAGES.map(([code, name]) => el("option", { value: code, lang: code }, name)));
  choice.addEventListener("change", () => {
    const [code, , dir] = LANGUAGES.find(([each]) => each === choice.value) ?? (LANGUAGES[0] as (typeof LANGUAGES)[number]);
    Object.assign(document.documentElement, { lang: code, dir });
  });
  return choice;
}
