/** Requests and, for the chosen one, the options to answer it with. */
import type { Door } from "../commands/door";
import { Refused } from "../commands/door";
import { newKey } from "../commands/outbox";
import { may } from "../commands/person";
import type { Actions, Desk, Screen } from "../desk";
import { grid } from "../grid";
import type { Option, Options, Request } from "../live/protocol";
import { strings, stateWord } from "../strings";
import { age, clockZ, instant, minutes } from "../times";
import type { Row } from "../ui/dom";
import { arrowKeys, el, fill, ltr, mark, say } from "../ui/dom";
import { Rows } from "../ui/rows";
import { ChainList } from "./chains";
import { comparison, differences, exposureWords, runningFor } from "./compare";
import { FactList } from "./details";
import { approvalWords, requestFacts } from "./facts";
import { labelled } from "./form";

const RANK: Record<string, number> = { open: 0, planned: 1, closed: 2 };

/** What is known about the answer to one request. */
interface Talk {
  request: string;
  busy: "options" | "task" | null;
  answer: Options | null;
  trouble: string | null;
  done: boolean;
  taskKeys: Map<string, string>; // the same key when Task is pressed again after an outage
  chain: string | null; // the running chain that is to go elsewhere
  reason: HTMLInputElement; // why it is
}

function talkOf(request: string, chain: string | null): Talk {
  const reason = el("input", { name: "divert-reason", autocomplete: "off", maxlength: 2000, dir: "auto" });
  return { request, busy: "options", answer: null, trouble: null, done: false, taskKeys: new Map(), chain, reason };
}

export class Requests implements Screen {
  readonly node: HTMLElement;
  private readonly rows: Rows<Request>;
  private readonly empty = el("p", { class: "empty" }, strings.noRequests);
  private readonly answer = el("div", { class: "answer", "aria-live": "polite" });
  private readonly known = new FactList();
  private readonly knownBox = el("details", { class: "known", hidden: true, open: true }, el("summary", {}, strings.request.known), this.known.node);
  private readonly chains: ChainList;
  private readonly seen = el("button", { type: "button", class: "primary", hidden: true, "data-testid": "acknowledge", onclick: () => void this.acknowledge() });
  private readonly unseen = el("p", { class: "trouble", role: "alert" });
  private readonly seenKeys = new Map<string, string>(); // the same key when it is pressed again after an outage
  private talk: Talk | null = null;
  private chosen: string | null = null;
  private desk: Desk | null = null;

  constructor(
    private readonly actions: Actions,
    private readonly door: Door,
  ) {
    const list = el("ul", { class: "rows", "aria-label": strings.requests });
    this.rows = new Rows<Request>(list, { key: (one) => one.id, make: (one) => this.row(one), looks: (one) => this.looks(one) });
    arrowKeys(list, "button");
    this.chains = new ChainList(actions, door, (chain) => void this.ask(chain.request, chain.id));
    this.node = el("section", { class: "requests" }, this.empty, list, el("div", { class: "todo" }, this.seen, this.unseen), this.chains.node, this.answer, this.knownBox);
  }

  update(desk: Desk): void {
    const [wasReplay, wasMe] = [this.desk?.replay, this.desk?.me];
    this.desk = desk;
    const all = Object.values(desk.picture.entities.requests);
    all.sort((a, b) => (RANK[a.state] ?? 3) - (RANK[b.state] ?? 3) || openedAt(b) - openedAt(a));
    this.empty.hidden = all.length > 0;
    if (desk.selected?.kind === "request") this.choose(desk.selected.id);
    this.rows.update(all);
    if (wasReplay !== desk.replay || wasMe !== desk.me) this.draw();
    const chosen = this.chosen ? desk.picture.entities.requests[this.chosen] : undefined;
    this.knownBox.hidden = chosen === undefined;
    this.known.update(chosen ? requestFacts(chosen, desk) : []);
    this.chains.update(desk, this.chosen);
    this.offerToAcknowledge(chosen, desk);
  }

  focus(): void {
    (this.pressed() ?? this.node.querySelector<HTMLElement>("button"))?.focus();
  }

  private pressed(): HTMLElement | null {
    return this.node.querySelector<HTMLElement>("button.row[aria-pressed=true]");
  }

  /** The operations centre says that it has the request, with the name of whoever presses. */
  private offerToAcknowledge(chosen: Request | undefined, desk: Desk): void {
    const [held, open] = [this.seen === document.activeElement, chosen !== undefined && !chosen.acknowledged_at && !chosen.stood_down && chosen.state !== "closed"];
    this.seen.hidden = !open || desk.replay || !this.may("alert_acknowledged");
    if (chosen) say(this.seen, strings.request.acknowledge(chosen.id));
    if (this.seen.hidden) say(this.unseen, "");
    if (held && this.seen.hidden) this.pressed()?.focus();
  }

  private async acknowledge(): Promise<void> {
    const request = this.chosen;
    if (request === null) return;
    const key = this.seenKeys.get(request) ?? newKey();
    this.seenKeys.set(request, key);
    try {
      await this.door.acknowledge(request, this.desk?.me.name ?? "", key);
      say(this.unseen, "");
      this.actions.say(strings.sent(strings.request.acknowledge(request)));
    } catch (fault) {
      say(this.unseen, inWords(fault));
    }
  }

  /** Looks at the option of that rank: Enter then chooses it. */
  look(rank: number): void {
    const card = this.answer.querySelectorAll<HTMLElement>("[data-testid=option-card]")[rank - 1];
    (card?.querySelector<HTMLElement>("button") ?? card)?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "start" }); // what decides stands at its head
  }

  /** Where a running chain could go instead. */
  async divert(chain: string): Promise<void> {
    const found = this.desk?.picture.entities.chains[chain];
    if (found) await this.ask(found.request, chain);
  }

  /** Asks for the options of the chosen request, or of the oldest open one. */
  async find(): Promise<void> {
    const request = this.chosen ?? this.firstOpen();
    if (!request || this.desk?.replay || !this.may("options")) return;
    await this.ask(request, null);
  }

  /** Options for a request, or for where its running chain could go instead. */
  private async ask(request: string, chain: string | null): Promise<void> {
    this.choose(request);
    const talk = talkOf(request, chain);
    this.talk = talk;
    this.draw();
    try {
      talk.answer = await (chain === null ? this.door.options(request, newKey()) : this.door.divertOptions(chain, newKey()));
    } catch (fault) {
      talk.trouble = inWords(fault);
    }
    talk.busy = null;
    if (this.talk !== talk) return;
    this.draw();
    this.actions.preview(talk.answer?.options[0] ?? null, true);
    ((chain === null ? this.answer.querySelector<HTMLElement>(".card button") : this.answer.querySelector<HTMLElement>("input")) ?? this.answer.querySelector<HTMLElement>("button"))?.focus();
  }

  private firstOpen(): string | null {
    const open = Object.values(this.desk?.picture.entities.requests ?? {}).filter((request) => request.state === "open");
    open.sort((a, b) => openedAt(a) - openedAt(b));
    return open[0]?.id ?? null;
  }

  private choose(request: string): void {
    if (this.chosen === request) return;
    this.chosen = request;
    this.talk = null;
    this.actions.preview(null);
    this.draw();
  }

  /** A row looks the same until its request, what is tasked for it, or its age in words has changed. */
  private looks(request: Request): readonly unknown[] {
    const { now, picture } = this.desk as Desk;
    const { chains, vehicles } = picture.entities;
    return [request, chains, vehicles, this.chosen === request.id, ageOf(request, now)];
  }

  private row(request: Request): Row<Request> {
    const state = el("span", { class: "request-state" });
    const what = el("span", { class: "what", dir: "auto" });
    const under = el("span", { class: "row-under" });
    const crews = el("span", { class: "crews" });
    const late = el("span", { class: "trouble", "data-testid": "late" });
    const approval = el("span", { class: "trouble" });
    const open = (): void => this.actions.select({ kind: "request", id: request.id }, true);
    const top = el("span", { class: "row-top" }, state, ltr(request.id, "zap"));
    const button = el("button", { type: "button", class: "row", "data-testid": "request-row", "data-id": request.id, onclick: open }, top, what, under, crews, approval, late);
    const update = (now: Request): void => {
      const desk = this.desk as Desk;
      say(state, now.stood_down ? strings.request.stoodDown : { open: strings.request.open, planned: strings.request.planned, closed: strings.request.closed }[now.state] ?? stateWord(now.state));
      mark(button, "data-state", now.state);
      say(what, [strings.request.count(now.how_many), now.what].filter((word) => word !== "").join(" · "));
      say(under, `${now.place || grid(now.lon, now.lat)} · ${ageOf(now, desk.now)} · ${now.who}`);
      say(crews, crewsOf(now, desk));
      say(approval, approvalOf(now, desk));
      say(late, lateOf(now, desk));
      mark(button, "aria-pressed", String(this.chosen === now.id));
    };
    return { node: el("li", {}, button), update };
  }

  private draw(): void {
    if (!this.chosen) return fill(this.answer);
    if (this.desk?.replay) return fill(this.answer, el("p", { class: "empty" }, strings.request.whileReplay));
    const { talk } = this;
    const busy = talk?.busy === "options";
    const label = busy ? strings.request.finding : talk?.answer ? strings.request.recompute : strings.request.find;
    const barred = !this.may("options");
    const find = el("button", { type: "button", class: "primary", disabled: busy || barred, title: barred ? this.notYours() : null, "data-testid": "find-options", onclick: () => void this.find() }, label);
    const head = el("div", { class: "answer-head" }, el("h3", {}, ltr(strings.request.title(this.chosen))), find);
    const trouble = talk?.trouble ? el("p", { class: "trouble", role: "alert" }, talk.trouble) : null;
    const done = talk?.done ? el("p", { class: "good", role: "status" }, strings.request.tasked) : null;
    const why = talk?.answer && talk.chain !== null && !talk.done ? [el("h3", {}, ltr(strings.chain.divertTitle(talk.chain))), labelled(strings.chain.divertReason, talk.reason)] : [];
    fill(this.answer, head, ...why, trouble, done, ...(talk?.answer && !talk.done ? this.cards(talk, talk.answer) : []));
  }

  private cards(talk: Talk, answer: Options): HTMLElement[] {
    const running = this.desk ? runningFor(talk.request, answer.replaces ?? talk.chain, this.desk) : null;
    const cards: HTMLElement[] = answer.options.map((option) => this.card(talk, answer, option));
    if (this.desk && cards.length > 1) cards.unshift(el("p", { class: "note" }, strings.screens.options.keys), comparison(answer.options, running, this.desk));
    if (cards.length === 0) cards.push(el("p", { class: "trouble" }, strings.request.noOptions));
    if (answer.advice.length > 0) cards.push(el("div", { class: "advice", "data-testid": "advice" }, el("h3", {}, strings.request.advice), el("ul", { class: "reasons" }, ...answer.advice.map((line) => el("li", { dir: "auto" }, line)))));
    if (answer.refused.length > 0) cards.push(refusals(answer.refused));
    return cards;
  }

  private card(talk: Talk, answer: Options, option: Option): HTMLElement {
    const pickup = instant(option.pickup_p50_at);
    const arrive = `${span(option.arrive_p50_at, this.desk?.now)} – ${span(option.arrive_p90_at, this.desk?.now)}`;
    const verdict = el("span", { class: "verdict", "data-verdict": option.verdict }, `${verdictSign(option.verdict)} ${option.verdict}`);
    const task = el("button", { type: "button", class: "primary", disabled: talk.busy !== null, "data-testid": "task", onclick: () => void this.task(talk, answer, option) });
    task.textContent = talk.busy === "task" ? strings.request.tasking : talk.chain === null ? strings.request.task : strings.chain.divertThere;
    const show = (): void => this.actions.preview(option);
    const node = el("article", { class: "card", "data-testid": "option-card", "data-id": option.id, tabindex: -1, onmouseenter: show, onfocusin: show });
    node.append(
      el("header", {}, el("b", { class: "rank" }, String(option.rank)), el("span", { class: "summary", dir: "auto" }, option.summary), verdict),
      el("p", { class: "eta" }, `${strings.request.pickup} `, el("b", {}, pickup === null ? strings.unknown : clockZ(pickup)), ` · ${strings.request.arrive} `, ltr(arrive, "arrive")),
      el("p", { class: "eta" }, onArrival(option, this.desk?.now)),
      el("p", { class: "eta", "data-look": (option.exposure_s ?? 0) > 0 ? "doubt" : null }, `${strings.screens.options.exposure}: ${exposureWords(option)}`),
    );
    const running = this.desk ? runningFor(talk.request, answer.replaces ?? talk.chain, this.desk) : null;
    if (this.desk && running) node.append(...bulleted(`${strings.screens.options.changed} ${running.id}`, differences(option, running, this.desk), "changed"));
    if (option.estimated) node.append(el("p", { class: "estimated" }, `≈ ${strings.request.estimated}`));
    const allowed = this.may(talk.chain === null ? "task" : "divert");
    node.append(allowed ? task : el("p", { class: "note" }, this.notYours()));
    node.append(...bulleted(strings.request.risks, option.risks, "risks"), ...bulleted(strings.request.reasons, option.reasons, ""), ...bulleted(strings.request.capability, option.capability, ""));
    return node;
  }

  private may(what: string): boolean {
    return this.desk !== null && may(this.desk.me, what);
  }

  private notYours(): string {
    const role = this.desk?.me.role ?? "";
    return strings.people.notYours(strings.people.roles[role] ?? role);
  }

  private async task(talk: Talk, answer: Options, option: Option): Promise<void> {
    if (talk.busy !== null) return;
    const key = talk.taskKeys.get(option.id) ?? newKey();
    if (talk.chain !== null && talk.reason.value.trim() === "") {
      talk.trouble = strings.voice.missing(strings.chain.divertReason);
      this.draw();
      talk.reason.focus();
      return;
    }
    talk.taskKeys.set(option.id, key);
    talk.busy = "task";
    talk.trouble = null;
    this.draw();
    try {
      if (talk.chain === null) await this.door.task(talk.request, answer.decision, option.id, key);
      else await this.door.divert(talk.chain, option.facility, talk.reason.value.trim(), key);
      talk.done = true;
      this.actions.preview(null);
      this.chains.node.scrollIntoView({ block: "nearest" });
    } catch (fault) {
      talk.trouble = inWords(fault);
    }
    talk.busy = null;
    if (this.talk !== talk) return;
    this.draw();
    if (talk.done) this.pressed()?.focus(); // the button that had the focus is gone
    else this.answer.querySelector<HTMLElement>(`[data-id="${CSS.escape(option.id)}"] [data-testid=task]`)?.focus();
  }
}

/** What of the running chain is behind its plan, in the server's words. */
function lateOf(request: Request, desk: Desk): string {
  const running = Object.values(desk.picture.entities.chains).filter((chain) => chain.request === request.id);
  const words = running.flatMap((chain) => chain.late);
  return words.length > 0 ? `${strings.request.late}: ${words.join("; ")}` : "";
}

/** That a launch waits for somebody's word, or was denied. */
function approvalOf(request: Request, desk: Desk): string {
  const chains = Object.values(desk.picture.entities.chains).filter((chain) => chain.request === request.id && chain.status === "active");
  return chains.filter((chain) => ["awaiting", "denied"].includes(chain.approval.state)).map(approvalWords).join("; ");
}

/** Who is tasked for a request and what each crew answered. */
function crewsOf(request: Request, desk: Desk): string {
  const tasked = Object.values(desk.picture.entities.vehicles).filter((vehicle) => vehicle.task?.request === request.id);
  return tasked.map((vehicle) => `${vehicle.callsign} ${stateWord(vehicle.task?.status ?? "")} · ${stateWord(vehicle.state)}`).join("  |  ");
}

function bulleted(title: string, lines: readonly string[], look: string): HTMLElement[] {
  if (lines.length === 0) return [];
  return [el("p", { class: look || null }, el("b", {}, title)), el("ul", { class: `reasons ${look}` }, ...lines.map((line) => el("li", { dir: "auto" }, line)))];
}

/** What is expected at the door of the facility: beds left, the queue for the operating table. */
function onArrival(option: Option, now: number | undefined): string {
  const { beds_free_on_arrival: beds, ahead_in_queue: ahead, table_free_at: table } = option;
  const words = [beds === null ? strings.request.bedsNotTold : strings.request.bedsOnArrival(beds)];
  if (table !== null) words.push(strings.request.tableFree(span(table, now), ahead));
  else if (ahead > 0) words.push(strings.request.ahead(ahead));
  return words.join(" · ");
}

function span(at: string, now: number | undefined): string {
  const ms = instant(at);
  if (ms === null) return strings.unknown;
  return now === undefined ? clockZ(ms) : `${clockZ(ms)} (${minutes(Math.max(0, ms - now))})`;
}

function ageOf(request: Request, now: number): string {
  const ms = now - (instant(request.opened_at) ?? now);
  return ms < 60_000 ? strings.request.fresh : strings.request.age(age(ms));
}

const openedAt = (request: Request): number => instant(request.opened_at) ?? 0;
const verdictSign = (verdict: string): string => (verdict.startsWith("within") ? "✓" : verdict === "at risk" ? "!" : "✖");
const inWords = (fault: unknown): string => (fault instanceof Refused ? fault.message : String(fault));

function refusals(refused: Options["refused"]): HTMLElement {
  const lines = refused.map(({ what, why }) => el("li", { dir: "auto" }, el("b", {}, ltr(what)), ` — ${why}`));
  return el("details", { class: "refused" }, el("summary", {}, `${strings.request.refused} (${refused.length})`), el("ul", {}, ...lines));
}
