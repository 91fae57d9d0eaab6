/** The screen "Plan": the latest plan line by line, approved by a person; what it is worth, by which policy, and what would help. */
import { may } from "../commands/person";
import type { Desk } from "../desk";
import type { Id } from "../live/protocol";
import { alone } from "../screens/address";
import "../styles/screens.css";
import "../styles/plan.css";
import { strings } from "../strings";
import { plan as words } from "../strings/plan";
import { age, clockZ, instant } from "../times";
import { arrowKeys, el, fill, say } from "../ui/dom";
import { Rows } from "../ui/rows";
import { Approving } from "./approving";
import { cardOf } from "./card";
import { Latest, differing } from "./latest";
import type { PlanNeeds } from "./screen";
import type { PlanLine, PlanTold } from "./shapes";
import { PlanSide, inShort } from "./side";
import type { PlanWatch } from "./watch";
import { silence } from "./watch";
import { wayOf } from "./way";

export class PlanBoard {
  readonly node: HTMLElement;
  private readonly title = el("h2", { tabindex: -1 }, words.title, " ");
  private readonly strip = el("p", { class: "plan-strip", dir: "auto", "data-testid": "plan-strip" });
  private readonly about = el("span", { class: "count", role: "status" });
  private readonly silent = el("p", { class: "plan-silent", role: "status", "data-testid": "plan-silent" });
  private readonly newer = el("p", { class: "plan-newer", role: "status", hidden: true, "data-testid": "plan-newer" });
  private readonly newerWords = el("span", {});
  private readonly wrong = el("div", {});
  private readonly list = el("div", { class: "plan-lines", role: "list", "aria-label": words.lines });
  private readonly empty = el("p", { class: "empty", "data-testid": "plan-empty" }, words.asking);
  private readonly rows: Rows<PlanLine>;
  private readonly latest: Latest;
  private readonly approving: Approving;
  private readonly side: PlanSide;
  private fresh: ReadonlySet<Id> = new Set();
  private shown: PlanTold | null = null;
  private desk: Desk | null = null;
  private looks = "";
  private shows = 0; // how many plans were shown

  constructor(private readonly needs: PlanNeeds, private readonly watch: PlanWatch) {
    const { door, actions } = needs;
    this.latest = new Latest(door, () => this.again());
    this.approving = new Approving({ door, watch, lines: () => this.lines(), plan: () => this.shown?.proposal?.plan ?? "", refetch: () => this.latest.renew(true), changed: () => this.again() });
    this.side = new PlanSide({ door, watch, may: (what) => this.may(what), renew: () => this.latest.renew(false), tell: (text, wrong) => this.approving.tell(text, wrong) });
    this.rows = new Rows<PlanLine>(this.list, { key: (one) => one.id, make: (one) => this.row(one) });
    arrowKeys(this.list, "button.choose:not([hidden])");
    this.newer.append(this.newerWords, " ", el("button", { type: "button", onclick: () => this.showNewest() }, words.show));
    const { all, chosen, sure, result } = this.approving;
    this.title.append(this.about);
    const ranked = el("button", { type: "button", class: "on-desk", "data-testid": "plan-ranked", onclick: () => needs.options() }, words.ranked);
    const own = el("a", { href: alone("plan"), target: "_blank", rel: "noopener", class: "button" }, words.window);
    const back = el("button", { type: "button", "data-testid": "board-back", onclick: () => needs.leave() }, words.back);
    const head = el("header", { class: "board-head" }, this.title, chosen, all, ranked, own, back);
    const main = el("div", { class: "plan-main" }, this.wrong, this.empty, this.list);
    this.list.addEventListener("mouseleave", () => actions.preview(null));
    this.node = el("div", { class: "plan-box" }, head, this.strip, sure, result, this.silent, this.newer, el("div", { class: "plan-body" }, main, this.side.node));
  }

  /** To the first line that can be chosen; while there is none, to the title, and there as soon as one comes. */
  focus(): void {
    (this.list.querySelector<HTMLElement>("button.choose:not([hidden])") ?? this.title).focus();
  }

  update(desk: Desk): void {
    this.desk = desk;
    const { state } = this.watch;
    this.latest.follow(desk.replay ? desk.now : null, state?.version ?? "");
    this.settle();
    const proposal = this.shown?.proposal ?? null;
    const told = desk.replay ? words.replay : !state?.stale ? "" : silence(state) !== "" ? words.last : (state.why[0] ?? ""); // the banner says the rest
    say(this.silent, told);
    this.silent.hidden = told === "";
    const at = instant(proposal?.as_of);
    say(this.about, proposal && at !== null ? words.head(clockZ(at), age(desk.now - at), proposal.stage === "first") : words.none);
    this.title.title = proposal?.plan ?? "";
    say(this.strip, proposal ? inShort(proposal) : "");
    this.strip.hidden = proposal === null;
    this.draw();
  }

  /** The next line that can be chosen, for the focus that a button had which is gone. */
  private after(gone: HTMLElement): HTMLElement {
    const stops = [...this.list.querySelectorAll<HTMLElement>("button.choose:not([hidden])")];
    return stops.find((stop) => (gone.compareDocumentPosition(stop) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0) ?? stops.at(-1) ?? this.title;
  }

  // --- which plan is shown

  /** The newest is shown unless the list is in use: a button must not move from under a finger. */
  private settle(): void {
    const { told } = this.latest;
    if (told === null || told === this.shown) return void (this.newer.hidden = true);
    const n = differing(this.shown?.proposal ?? null, told.proposal);
    if (n > 0 && this.shown?.proposal && this.latest.inUse(this.list) && !this.latest.forced) {
      const at = instant(told.proposal?.as_of);
      say(this.newerWords, words.newer(at === null ? strings.unknown : clockZ(at), n));
      this.newer.hidden = false;
      return;
    }
    this.showNewest();
  }

  private showNewest(): void {
    const { told } = this.latest;
    const before = new Set(this.lines().map((line) => line.id));
    if (this.shown?.proposal) this.fresh = new Set(told?.proposal?.lines.map((line) => line.id).filter((id) => !before.has(id)));
    this.shown = told;
    this.shows += 1;
    this.latest.forced = false;
    this.newer.hidden = true;
    this.approving.settled();
    this.draw();
  }

  private lines(): readonly PlanLine[] {
    return this.shown?.proposal?.lines ?? [];
  }

  private again(): void {
    if (this.desk) this.update(this.desk);
  }

  // --- drawing

  private draw(): void {
    const desk = this.desk;
    if (!desk) return;
    const proposal = this.shown?.proposal ?? null;
    this.approving.update(this.may("approve_plan"));
    const looks = JSON.stringify([this.shows, [...this.fresh], this.approving.looks(), desk.replay, desk.me]);
    if (looks === this.looks) return;
    this.looks = looks;
    const before = this.list.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
    this.rows.update(this.lines());
    if (before?.hidden) this.after(before).focus();
    if (this.lines().length > 0 && document.activeElement === this.title) this.focus();
    this.empty.hidden = this.lines().length > 0;
    say(this.empty, this.shown === null ? words.asking : proposal === null ? (desk.replay ? words.noneInReplay : (this.shown.why[0] ?? words.none)) : words.noLines);
    const left = proposal?.left.map((one) => `${one.casualty} (${one.category}): ${one.why}`) ?? [];
    fill(this.wrong, ...section(words.left, left, "left"), ...section(words.troubles, proposal?.troubles ?? [], "wrong"));
    this.side.update(proposal, !desk.replay);
  }

  private row(first: PlanLine): ReturnType<typeof cardOf> {
    const { approving } = this;
    return cardOf({
      desk: () => this.desk as Desk,
      chosen: (line) => approving.picked.has(line), toggle: (line) => approving.toggle(line.id), approve: (line) => void approving.send([line.id], line.summary),
      instead: (_, other) => void approving.send([other.id], other.summary),
      show: (line, fit) => this.needs.actions.preview(wayOf(line), fit),
      open: (id) => this.needs.actions.select({ kind: "casualty", id }, false),
      lock: (what, said) => void this.side.lay(what, said),
      busy: () => approving.busy, mayApprove: () => this.may("approve_plan"), mayLock: () => this.may("plan_locked"),
      state: (line) => (approving.done.has(line.id) ? "approved" : this.fresh.has(line.id) && line.state === "proposed" ? "fresh" : line.state),
    }, first);
  }

  /** What this person may tell of the plan that is on the screen. */
  private may(what: string): boolean {
    return this.desk !== null && !this.desk.replay && may(this.desk.me, what);
  }
}

function section(title: string, told: readonly string[], look: string): HTMLElement[] {
  if (told.length === 0) return [];
  return [el("section", { class: `plan-${look}`, "data-testid": `plan-${look}` }, el("h3", {}, title), el("ul", {}, ...told.map((one) => el("li", { dir: "auto" }, one))))];
}
