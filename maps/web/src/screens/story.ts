/** The timeline of one thing: every event of the log about it, when it happened and when it was known here. */
import type { Door } from "../commands/door";
import type { Desk } from "../desk";
import type { StoryLine } from "../live/protocol";
import type { AssetRef } from "../map/scene";
import { strings } from "../strings";
import { clockZ, dateTimeGroup, instant, span } from "../times";
import type { Row } from "../ui/dom";
import { el, ltr, say } from "../ui/dom";
import { Rows } from "../ui/rows";

const words = strings.screens.drawer;
const LATE_MS = 60_000; // what was known later than that says so
const GROUPS: Partial<Record<AssetRef["kind"], string>> = { casualty: "casualties", vehicle: "vehicles", facility: "facilities", request: "requests" };

export class StoryBox {
  readonly node: HTMLDetailsElement;
  private readonly list = el("ol", { class: "story" });
  private readonly note = el("p", { class: "note", role: "status" });
  private readonly rows: Rows<StoryLine>;
  private ref: AssetRef | null = null;
  private seq = -1; // of the picture that was asked for
  private asking = false;
  private desk: Desk | null = null;

  constructor(private readonly door: Door) {
    this.rows = new Rows<StoryLine>(this.list, { key: (line) => String(line.seq), make: (line) => lineRow(line), looks: () => [] });
    this.node = el("details", { class: "story-box", "data-testid": "timeline", ontoggle: () => void this.ask() }, el("summary", { title: words.timelineWhy }, words.timeline), this.note, this.list);
  }

  update(desk: Desk, ref: AssetRef | null): void {
    this.desk = desk;
    this.node.hidden = ref === null || GROUPS[ref.kind] === undefined || desk.replay;
    if (this.node.hidden) return;
    if (ref?.id !== this.ref?.id || ref?.kind !== this.ref?.kind) {
      this.ref = ref;
      this.seq = -1;
      this.rows.update([]);
    }
    const { log, seq } = desk.picture;
    const news = this.seq < 0 || log.some((line) => line.seq > this.seq && line.text.includes(ref?.id ?? ""));
    if (news) void this.ask();
    else this.seq = Math.max(this.seq, seq);
  }

  /** Asks the log while the timeline is open; what this page heard stands in when the log cannot be asked. */
  private async ask(): Promise<void> {
    const { ref, desk } = this;
    const group = ref ? GROUPS[ref.kind] : undefined;
    if (!ref || !desk || !group || !this.node.open || this.asking) return;
    this.asking = true;
    this.seq = desk.picture.seq;
    if (this.rows.size === 0) say(this.note, words.asking);
    try {
      const story = await this.door.story(group, ref.id);
      if (this.ref !== ref && this.ref?.id !== ref.id) return;
      this.rows.update([...story.lines].reverse());
      say(this.note, story.cut ? words.older : story.lines.length === 0 ? words.none : "");
    } catch {
      const heard = desk.picture.log.filter((line) => line.text.includes(ref.id));
      if (this.rows.size === 0) this.rows.update([...heard].reverse().map((line) => ({ ...line, known_at: null, device: null })));
      say(this.note, words.fromLive);
    } finally {
      this.asking = false;
    }
  }
}

function lineRow(line: StoryLine): Row<StoryLine> {
  const [at, known] = [instant(line.at), instant(line.known_at)];
  const late = at !== null && known !== null && known - at > LATE_MS ? words.known(span(known - at)) : "";
  const who = [line.actor, line.source, line.device ?? "", late].filter((word, index, all) => word !== "" && all.indexOf(word) === index).join(" · ");
  const node = el("li", { "data-seq": line.seq, "data-kind": line.kind },
    el("time", { datetime: line.at, title: at === null ? "" : dateTimeGroup(at) }, ltr(at === null ? "" : clockZ(at, true))),
    el("span", { dir: "auto" }, line.text), el("small", { dir: "auto" }, who));
  return { node, update: () => undefined };
}
