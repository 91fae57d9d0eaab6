/** Rings for every alarm that nobody has acknowledged, on every page, and carries the acknowledgement to the server. */
import type { Outbox, Post } from "../commands/outbox";
import type { Alarm } from "../live/protocol";
import { strings } from "../strings";
import { el, mark as setMark } from "../ui/dom";
import { LINK, LOST_AFTER_MS, call, insists, linkLost, mark, onTheirWay, unseen } from "./ringing";
import { Sound } from "./sound";
import "../styles/watch.css";

const words = strings.watch;
const PATH = "api/alarms/ack";

export interface BellNeeds {
  outbox(): Outbox;
  bound(path: string): string;
  say(text: string, wrong?: boolean): void;
  mine(): boolean; // may this person acknowledge
  refuse(): void; // says that this person may not
  changed(): void;
}

export class Bell {
  readonly sound: Sound;
  readonly banner: HTMLElement;
  all: readonly Alarm[] = []; // of the server, and this page's own
  private ringing: readonly Alarm[] = [];
  private pending: ReadonlySet<string> = new Set();
  private readonly first = new Map<string, number>(); // when this page first saw each, by its round
  private lostSince: number | null = null;
  private now = 0;

  constructor(private readonly needs: BellNeeds) {
    this.sound = new Sound(() => needs.changed());
    const unlock = el("button", { type: "button", onclick: () => void this.sound.unlock() }, words.unlock);
    this.banner = el("p", { class: "banner silent", hidden: true, role: "status", "data-testid": "sound-banner" }, words.silent, " ", unlock);
  }

  /** `lost`: nothing is heard of the server; its last alarms ring on beside that one. */
  update(alarms: Readonly<Record<string, Alarm>>, lost: boolean, now: number): void {
    this.now = now;
    this.lostSince = lost ? (this.lostSince ?? now) : null;
    const own = this.lostSince !== null && now - this.lostSince >= LOST_AFTER_MS ? [linkLost(this.lostSince, now)] : [];
    this.all = [...own, ...Object.values(alarms)];
    this.pending = this.acknowledged();
    this.ringing = unseen(this.all, this.pending);
    this.remember();
    this.sound.ring(call(this.ringing, (one) => this.late(one) !== null));
    this.banner.hidden = this.ringing.length === 0 || this.sound.free;
    setMark(document.body, "data-ringing", this.ringing.length === 0 ? null : String(this.ringing.length));
  }

  /** For how long it has not been acknowledged, when that is too long. */
  late(one: Alarm): number | null {
    return this.waits(one) ? null : insists(one, this.now, this.first.get(mark(one)) ?? this.now);
  }

  /** Acknowledged here, and the server does not know it yet. */
  waits(one: Alarm): boolean {
    return !one.acknowledged_at && this.pending.has(mark(one));
  }

  rings(one: Alarm): boolean {
    return this.ringing.includes(one);
  }

  /** Acknowledges the gravest that rings. */
  ackFirst(): void {
    const done = this.acknowledged(); // more than when it was last drawn: keys come faster than pictures
    const first = this.ringing.find((one) => !done.has(mark(one)));
    if (!first) return this.needs.say(words.nothing);
    this.ack(first);
  }

  ack(one: Alarm): void {
    if (one.id === LINK) this.quiet = mark(one);
    else if (!this.needs.mine()) return this.needs.refuse();
    else if (!this.acknowledged().has(mark(one))) this.needs.outbox().add(this.needs.bound(PATH), { alarm: one.id, round: one.round ?? 0 }, words.ackOf(`${one.subject} ${one.words}`.slice(0, 80)), Date.now());
    this.needs.changed();
  }

  /** True when the answer was to an acknowledgement, and all is said about it. */
  answered(post: Post, answer: { status: number }, why: string): boolean {
    if (!post.path.startsWith(PATH)) return false;
    if (answer.status >= 200 && answer.status < 300) {
      for (const one of onTheirWay([post], PATH, () => true)) this.taken.add(one);
      this.needs.say(words.sent(post.label.replace(words.ackOf(""), "")));
    } else {
      this.needs.outbox().discard(post.key); // whoever was faster is named; there is nothing to correct
      this.needs.say(why, answer.status !== 409);
    }
    this.needs.changed();
    return true;
  }

  private quiet = ""; // the lost link, acknowledged on this page

  private readonly taken = new Set<string>(); // the server has it; the picture that says so may be on its way

  /** What was acknowledged here, by its round, whoever knows of it by now. */
  private acknowledged(): ReadonlySet<string> {
    const outbox = this.needs.outbox();
    return new Set([...onTheirWay(outbox.posts(), PATH, outbox.isMine), ...this.taken, ...(this.quiet === "" ? [] : [this.quiet])]);
  }

  private remember(): void {
    const here = new Set(this.all.map(mark));
    for (const known of this.first.keys()) if (!here.has(known)) this.first.delete(known);
    for (const known of this.taken) if (!here.has(known)) this.taken.delete(known);
    for (const one of here) if (!this.first.has(one)) this.first.set(one, this.now);
  }
}

/** Volume, and what each severity sounds like. */
export function soundPanel(sound: Sound): HTMLElement {
  const volume = el("input", { type: "range", min: 5, max: 100, step: 5, value: sound.volume, "aria-label": words.volume, "data-testid": "volume" });
  volume.addEventListener("input", () => (sound.volume = Number(volume.value)));
  const level = el("label", {}, el("span", {}, words.volume), volume);
  const tests = (["critical", "warning", "notice"] as const).map((one) => el("button", { type: "button", onclick: () => void sound.test(one), "data-testid": `test-${one}` }, words.testOf[one] ?? one));
  const node = el("details", { class: "sound" }, el("summary", {}, words.tests), level, el("div", { class: "tests" }, ...tests));
  return node;
}

