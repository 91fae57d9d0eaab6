/** The drawer: the facts of whatever is chosen, what can be told of it, its chain and its timeline. */
import type { Door } from "../commands/door";
import { may } from "../commands/person";
import type { Actions, Desk, Screen } from "../desk";
import type { AssetRef } from "../map/scene";
import { strings } from "../strings";
import type { Child } from "../ui/dom";
import { KeyedList, el, fill, ltr, mark, say } from "../ui/dom";
import { badgeOf } from "./badge";
import { AT_HAND, doingsOf } from "./doings";
import type { Doing } from "./doings";
import type { Described, Fact } from "./facts";
import { describe } from "./facts";
import type { Pins } from "./filters";
import { LegTable } from "./legtable";
import { nextThing } from "./next";
import { StoryBox } from "./story";
import { VitalsBox } from "./vitals";

const words = strings.screens;

/** Facts as a list of terms; those without words are left out. */
export class FactList {
  readonly node = el("dl", { class: "facts" });
  private readonly rows = new KeyedList<Fact>(this.node, ([label]) => label, ([label]) => {
    const value = el("dd", { dir: "auto" });
    const update = ([, text, look]: Fact): void => {
      say(value, text);
      mark(value, "data-look", look || null);
    };
    return { node: el("div", {}, el("dt", {}, label), value), update };
  });

  update(facts: readonly Fact[]): void {
    this.rows.update(facts.filter(([, text]) => text !== ""));
  }
}

export class Details implements Screen {
  readonly node: HTMLElement;
  private readonly title = el("h2", {});
  private readonly next = el("p", { class: "next-of" });
  private readonly list = new FactList();
  private readonly links = el("div", { class: "todo" });
  private readonly doings = el("div", { class: "todo", role: "group", "aria-label": words.drawer.actions });
  private readonly legs = new LegTable();
  private readonly vitals: VitalsBox;
  private readonly story: StoryBox;
  private offered = "";

  constructor(
    private readonly actions: Actions,
    door: Door,
    private readonly pins: Pins,
  ) {
    this.vitals = new VitalsBox(door);
    this.story = new StoryBox(door);
    this.node = el("section", { class: "details", "aria-live": "off" }, this.title, this.next, this.doings, this.links, this.legs.node, this.vitals.node, this.list.node, this.story.node);
  }

  update(desk: Desk): void {
    const ref = desk.selected;
    const shown = ref ? describe(ref, desk) : null;
    const casualty = ref?.kind === "casualty" ? (desk.picture.entities.casualties[ref.id] ?? null) : null;
    const todo = casualty ? nextThing(casualty, desk) : null;
    say(this.next, todo ? `${words.next.label} ${todo.words}` : "");
    mark(this.next, "data-ours", todo?.ours ? "" : null);
    this.legs.update(ref ? chainOf(ref, desk) : undefined, desk);
    this.vitals.update(casualty, desk);
    this.story.update(desk, shown ? ref : null);
    if (!ref || !shown) {
      say(this.title, strings.nothingSelected);
      this.title.dataset["of"] = "";
      this.list.update([]);
      return this.offer("", [], []);
    }
    const heading = `${casualty?.category ?? ""}${shown.title}`;
    if (this.title.dataset["of"] !== heading) fill(this.title, casualty ? badgeOf(casualty.category) : null, ltr(shown.title));
    this.title.dataset["of"] = heading;
    this.list.update(shown.facts.filter(([label]) => !this.isLeg(label)));
    this.offerAll(ref, shown, desk);
  }

  /** Legs stand in their own table. */
  private isLeg(label: string): boolean {
    return !this.legs.node.hidden && /\d$/.test(label) && label.startsWith(`${strings.facts.chain} `);
  }

  private offerAll(ref: AssetRef, shown: Described, desk: Desk): void {
    const doings = doingsOf(ref, desk);
    const chain = chainOf(ref, desk);
    const divert = chain && chain.status === "active" && !desk.replay && may(desk.me, "divert") ? chain.id : "";
    const cancel = shown.task && !desk.replay && may(desk.me, "cancel") ? shown.task : "";
    const pinned = this.pins.ids.has(ref.id);
    const key = JSON.stringify([ref, doings, divert, cancel, pinned, shown.links]);
    if (key === this.offered) return;
    this.offer(key, [...this.buttons(doings, divert, cancel), ref.kind === "casualty" ? this.pin(ref.id, pinned) : null], shown.links.map((link) => el("button", { type: "button", onclick: () => this.actions.select(link, true) }, `${strings.kinds[link.kind]} `, ltr(link.id))));
  }

  private buttons(doings: Doing[], divert: string, cancel: string): Child[] {
    const button = (one: Doing): HTMLElement => el("button", { type: "button", "data-kind": one.kind, onclick: () => this.actions.tell(one.kind, one.texts) }, one.label);
    const rest = doings.slice(AT_HAND);
    return [
      ...doings.slice(0, AT_HAND).map(button),
      divert ? el("button", { type: "button", "data-testid": "divert-from-drawer", onclick: () => this.actions.divert(divert) }, words.actions["divert_ordered"]) : null,
      cancel ? el("button", { type: "button", class: "danger", onclick: () => this.actions.cancelTask(cancel) }, strings.cancelTask) : null,
      rest.length > 0 ? el("details", { class: "more" }, el("summary", {}, words.drawer.more), el("div", { class: "todo" }, ...rest.map(button))) : null,
    ];
  }

  private pin(id: string, pinned: boolean): HTMLElement {
    const toggle = (): void => {
      this.pins.toggle(id);
      this.offered = "";
    };
    return el("button", { type: "button", "aria-pressed": String(pinned), onclick: toggle }, `${pinned ? "★" : "☆"} ${pinned ? words.unpin : words.pin}`);
  }

  private offer(key: string, doings: Child[], links: HTMLElement[]): void {
    if (key === this.offered && key !== "") return;
    this.offered = key;
    const told = document.activeElement instanceof HTMLElement && this.doings.contains(document.activeElement) ? document.activeElement.textContent : null;
    const open = this.doings.querySelector("details")?.open ?? false;
    fill(this.doings, ...doings);
    const more = this.doings.querySelector("details");
    if (more) more.open = open;
    if (told !== null) [...this.doings.querySelectorAll<HTMLElement>("button, summary")].find((one) => one.textContent === told)?.focus();
    fill(this.links, ...links);
    mark(this.doings, "hidden", this.doings.childElementCount === 0 ? "" : null);
    mark(this.links, "hidden", links.length === 0 ? "" : null);
  }
}

/** The chain that the chosen casualty or vehicle belongs to. */
export function chainOf(ref: AssetRef, desk: Desk): Desk["picture"]["entities"]["chains"][string] | undefined {
  const { casualties, vehicles, chains, requests } = desk.picture.entities;
  if (ref.kind === "request") return requests[ref.id] ? Object.values(chains).find((chain) => chain.request === ref.id && chain.status === "active") : undefined;
  const id = ref.kind === "casualty" ? casualties[ref.id]?.chain : ref.kind === "vehicle" ? vehicles[ref.id]?.task?.chain : null;
  return id ? chains[id] : undefined;
}
