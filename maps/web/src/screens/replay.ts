/** Replay: a slider over the past, played at 1x to 60x; the picture is always the server's own fold of that instant. */
import type { Door } from "../commands/door";
import type { Picture } from "../live/fold";
import { begin } from "../live/fold";
import type { Mark } from "../live/protocol";
import { strings } from "../strings";
import { clockZ, dateTimeGroup, instant } from "../times";
import { el, fill, mark, say } from "../ui/dom";

const SPEEDS = [1, 2, 5, 10, 30, 60];
const STEP_MS = 250; // between pictures while playing
const TRAIL_GAP_MS = 60_000;

export class Replay {
  readonly node: HTMLElement;
  picture: Picture | null = null;
  private at = 0;
  private from = 0;
  private to = 0;
  private marks: Mark[] = [];
  private playing = false;
  private asking: AbortController | null = null;
  private wanted: number | null = null;
  private lastStep = 0;
  private shownAt = 0;
  private readonly slider = el("input", { type: "range", min: 0, max: 1000, step: 1, "aria-label": strings.replay.slider, "data-testid": "replay-slider" });
  private readonly ticks = el("div", { class: "ticks", "aria-hidden": "true" });
  private readonly play = el("button", { type: "button", class: "primary" }, strings.replay.play);
  private readonly speed = el("select", { "aria-label": strings.replay.speed }, ...SPEEDS.map((n) => el("option", { value: n }, `${n}×`)));
  private readonly when = el("output", { class: "replay-at", dir: "ltr" });
  private readonly event = el("span", { class: "replay-event", dir: "auto" });

  constructor(
    private readonly door: Door,
    private readonly changed: () => void,
    private readonly trouble: (text: string) => void,
  ) {
    this.speed.value = "10";
    const button = (text: string, title: string, run: () => void): HTMLElement => el("button", { type: "button", "aria-label": title, title, onclick: run }, text);
    this.play.addEventListener("click", () => this.toggle());
    this.slider.addEventListener("input", () => this.seek(this.from + Number(this.slider.value) * 1000));
    const track = el("div", { class: "track" }, this.ticks, this.slider);
    this.node = el("section", { class: "replay", "aria-label": strings.replay.title, hidden: true, "data-testid": "replay" },
      button("◀|", strings.replay.previous, () => this.jump(-1)), this.play, button("|▶", strings.replay.next, () => this.jump(1)), this.speed, track, this.when, this.event);
  }

  get active(): boolean {
    return !this.node.hidden;
  }

  /** The instant shown, in server ms. */
  get instant(): number {
    return this.at;
  }

  async enter(): Promise<void> {
    try {
      const range = await this.door.replayRange();
      this.from = instant(range.from) ?? 0;
      this.to = instant(range.to) ?? 0;
      this.marks = range.marks;
    } catch (fault) {
      this.trouble(fault instanceof Error ? fault.message : strings.replay.none);
      return;
    }
    if (this.to <= this.from) return this.trouble(strings.replay.none);
    this.slider.max = String(Math.ceil((this.to - this.from) / 1000));
    this.drawTicks();
    this.node.hidden = false;
    this.seek(Math.max(this.from, this.to - 60_000));
    this.slider.focus();
  }

  leave(): void {
    this.node.hidden = true;
    this.pause();
    this.asking?.abort();
    [this.picture, this.asking, this.wanted] = [null, null, null];
    this.changed();
  }

  toggle(): void {
    if (this.playing) return this.pause();
    if (this.at >= this.to) this.seek(this.from);
    this.playing = true;
    this.lastStep = performance.now();
    say(this.play, strings.replay.pause);
    this.step();
  }

  /** To the next (1) or previous (-1) event of the log. */
  jump(side: 1 | -1): void {
    const times = this.marks.map((m) => instant(m.at) ?? 0);
    const goal = side === 1 ? times.find((t) => t > this.at + 500) : times.findLast((t) => t < this.at - 500);
    if (goal !== undefined) this.seek(goal);
  }

  private pause(): void {
    this.playing = false;
    say(this.play, strings.replay.play);
  }

  private step(): void {
    if (!this.playing) return;
    const now = performance.now();
    const next = this.at + (now - this.lastStep) * Number(this.speed.value);
    this.lastStep = now;
    this.seek(Math.min(this.to, next));
    if (next >= this.to) return this.pause();
    setTimeout(() => this.step(), STEP_MS);
  }

  private seek(at: number): void {
    this.at = Math.min(this.to, Math.max(this.from, at));
    this.slider.value = String(Math.round((this.at - this.from) / 1000));
    mark(this.slider, "aria-valuetext", dateTimeGroup(this.at));
    say(this.when, `${dateTimeGroup(this.at)} · ${clockZ(this.at, true)}`);
    const last = this.marks.findLast((m) => (instant(m.at) ?? 0) <= this.at);
    say(this.event, last?.text ?? "");
    this.wanted = this.at;
    void this.load();
  }

  /** One question at a time, always for the newest wish. */
  private async load(): Promise<void> {
    while (this.asking === null && this.wanted !== null) {
      const asking = new AbortController();
      const at = new Date(this.wanted).toISOString();
      [this.asking, this.wanted] = [asking, null];
      try {
        const snapshot = await this.door.replayPicture(at, asking.signal);
        if (asking.signal.aborted) return;
        this.picture = begin(snapshot, this.follows(snapshot.server_time) ? this.picture : null);
        this.shownAt = instant(snapshot.server_time) ?? 0;
        this.changed();
      } catch (fault) {
        if (asking.signal.aborted) return;
        this.pause();
        this.trouble(fault instanceof Error ? fault.message : String(fault));
      }
      if (this.asking === asking) this.asking = null;
    }
  }

  /** Is the new picture soon after the one shown, so that its trails go on? */
  private follows(at: string): boolean {
    const gap = (instant(at) ?? 0) - this.shownAt;
    return gap >= 0 && gap < TRAIL_GAP_MS;
  }

  private drawTicks(): void {
    const ticks = this.marks.slice(-400).map((m) => {
      const tick = el("i", { "data-kind": m.kind });
      tick.style.insetInlineStart = `${((((instant(m.at) ?? 0) - this.from) / (this.to - this.from)) * 100).toFixed(2)}%`;
      return tick;
    });
    fill(this.ticks, ...ticks);
  }
}
