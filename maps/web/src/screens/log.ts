/** The watch log, newest first: asked page by page from the server, searched there, and only what is near the view is drawn. */
import type { Door } from "../commands/door";
import type { Actions, Desk, Screen } from "../desk";
import type { LogAsked, LogPage, WatchLine } from "../live/protocol";
import type { AssetRef } from "../map/scene";
import { strings } from "../strings";
import { clockZ, dateTimeGroup, instant } from "../times";
import { timeOf } from "../commands/telling";
import { el, fill, ltr, mark, say } from "../ui/dom";
import "../styles/watch.css";

const words = strings.watch.log;
const PAGE = 100;
const SEARCH_AFTER_MS = 350;
const MOST_DRAWN = 400; // lines; beyond them the oldest are asked for again
const KINDS: Record<string, AssetRef["kind"]> = { casualties: "casualty", requests: "request", vehicles: "vehicle", facilities: "facility", teams: "team", hazards: "hazard" };

export class WatchLog implements Screen {
  readonly node: HTMLElement;
  private readonly list = el("ol", { class: "log", "aria-label": strings.log, tabindex: 0 });
  private readonly note = el("p", { class: "empty", role: "status" });
  private readonly more = el("button", { type: "button", hidden: true, onclick: () => void this.older() }, words.older);
  private readonly text = el("input", { type: "search", "aria-label": words.text, placeholder: words.text, "data-testid": "log-text" });
  private readonly who = el("input", { type: "search", "aria-label": words.who, placeholder: words.who });
  private readonly topic = el("select", { "aria-label": words.topic, "data-testid": "log-topic" }, el("option", { value: "" }, words.every), ...Object.entries(words.topics).map(([value, label]) => el("option", { value }, label)));
  private readonly since = el("input", { "aria-label": words.since, placeholder: words.since });
  private readonly until = el("input", { "aria-label": words.until, placeholder: words.until });
  private lines: WatchLine[] = []; // newest first
  private head = 0; // the newest event that was asked about
  private asking = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private now = 0;
  private replay = false;
  private mission = "";

  constructor(
    private readonly actions: Actions,
    private readonly door: Door,
    private readonly write: (corrects: string) => void,
  ) {
    const fields = [this.text, this.topic, this.who, this.since, this.until];
    for (const field of fields) field.addEventListener("input", () => this.soon());
    const search = el("details", { class: "log-search" }, el("summary", {}, words.search), el("div", { role: "search", class: "log-fields" }, ...fields));
    const button = el("button", { type: "button", "aria-keyshortcuts": "I", "data-testid": "write-entry", onclick: () => this.write("") }, words.write, " ", el("kbd", {}, "I"));
    this.node = el("section", { "data-testid": "watch-log" }, el("div", { class: "log-head" }, button, search), this.note, this.list, this.more);
  }

  update(desk: Desk): void {
    this.now = desk.now;
    const [seq, mission] = [desk.picture.log.at(-1)?.seq ?? 0, desk.picture.mission.id];
    const changed = desk.replay !== this.replay || mission !== this.mission;
    [this.replay, this.mission] = [desk.replay, mission];
    if (desk.replay) return changed ? this.local(desk) : this.local(desk);
    if (this.node.hidden || (seq === this.head && !changed)) return;
    this.head = seq;
    if (changed || this.lines.length === 0) this.local(desk);
    this.soon(changed ? 0 : SEARCH_AFTER_MS);
  }

  /** What this page itself has heard: shown at once, and while the server does not answer. */
  private local(desk: Desk): void {
    this.lines = [...desk.picture.log].reverse().slice(0, MOST_DRAWN);
    this.draw(false);
  }

  private soon(ms = SEARCH_AFTER_MS): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.newest();
    }, ms);
  }

  private asked(before: number | null): LogAsked {
    const at = (field: HTMLInputElement): string => {
      const ms = field.value.trim() === "" ? null : timeOf(field.value, this.now);
      return ms === null ? "" : new Date(ms).toISOString();
    };
    const told: LogAsked = { limit: String(PAGE), q: this.text.value.trim(), who: this.who.value.trim(), topic: this.topic.value, since: at(this.since), until: at(this.until), before: before === null ? "" : String(before) };
    return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== "")) as LogAsked;
  }

  private async newest(): Promise<void> {
    const page = await this.ask(null);
    if (!page) return;
    const oldest = page.lines.at(-1)?.seq ?? 0;
    const kept = page.more && this.same ? this.lines.filter((line) => line.seq < oldest) : [];
    this.lines = [...page.lines, ...kept].slice(0, MOST_DRAWN);
    this.draw(page.more || kept.length > 0);
  }

  private get same(): boolean {
    const asked = JSON.stringify(this.asked(null));
    const same = asked === this.last;
    this.last = asked;
    return same;
  }
  private last = "";

  private async older(): Promise<void> {
    const page = await this.ask(this.lines.at(-1)?.seq ?? null);
    if (!page) return;
    this.lines = [...this.lines, ...page.lines].slice(-MOST_DRAWN);
    this.draw(page.more);
  }

  private async ask(before: number | null): Promise<LogPage | null> {
    const mine = ++this.asking;
    try {
      const page = await this.door.log(this.asked(before));
      return mine === this.asking && !this.replay ? page : null;
    } catch {
      if (mine === this.asking) this.tell(words.unreachable);
      return null;
    }
  }

  private draw(more: boolean): void {
    this.more.hidden = !more;
    this.tell(this.lines.length === 0 ? words.none : "");
    const old = new Map([...this.list.children].map((node) => [node.getAttribute("data-mark"), node]));
    const wanted = this.lines.map((line) => old.get(markOf(line)) ?? this.line(line));
    const gone = new Set(this.list.children);
    wanted.forEach((node, index) => {
      gone.delete(node);
      if (this.list.children[index] !== node) this.list.insertBefore(node, this.list.children[index] ?? null);
    });
    for (const node of gone) node.remove();
  }

  private tell(text: string): void {
    say(this.note, text);
    this.note.hidden = text === "";
  }

  private line(line: WatchLine): HTMLElement {
    const at = instant(line.at);
    const from = [line.source, line.by || line.actor].filter((word) => word !== "").join(" · ");
    const flag = line.flag ? (strings.watch.entry.short[line.flag] ?? "") : "";
    const node = el("li", { "data-seq": line.seq, "data-kind": line.kind, "data-mark": markOf(line), "data-flag": line.flag ?? null },
      el("time", { datetime: line.at, title: at === null ? null : dateTimeGroup(at) }, at === null ? "" : clockZ(at, true)),
      el("span", { dir: "auto" }, flag === "" ? null : el("b", {}, `${flag} `), line.text),
      el("small", { dir: "auto" }, from));
    const tools = el("span", { class: "log-tools" });
    fill(tools, ...(line.about ?? []).flatMap(({ group, id }) => (KINDS[group] ? [this.jump(KINDS[group], id)] : [])), ...this.fate(line));
    if (tools.childElementCount > 0) node.append(tools);
    mark(node, "data-corrected", line.corrected_by ? "" : null);
    return node;
  }

  private jump(kind: AssetRef["kind"], id: string): HTMLElement {
    return el("button", { type: "button", "aria-label": words.go(id), onclick: () => this.actions.select({ kind, id }, true) }, ltr(id));
  }

  private fate(line: WatchLine): HTMLElement[] {
    const { entry } = line;
    if (!entry) return [];
    const told = [line.corrects ? words.corrects(line.corrects) : "", line.corrected_by ? words.correctedBy(line.corrected_by) : ""].filter((text) => text !== "");
    const correct = line.corrected_by ? [] : [el("button", { type: "button", "aria-label": words.correctOf(entry), "data-testid": "correct", onclick: () => this.write(entry) }, words.correct)];
    return [ltr(entry), ...told.map((text) => el("em", {}, text)), ...correct];
  }
}

/** A line is drawn anew when something about it is known that was not before. */
const markOf = (line: WatchLine): string => `${line.seq} ${line.entry ?? ""} ${line.corrected_by ?? ""} ${line.about?.length ?? "-"}`;
