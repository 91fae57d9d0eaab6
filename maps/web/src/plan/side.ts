/** Beside the lines: what the plan is worth, by which policy and who set it, what would help, what is laid down, other policies. */
import type { Door } from "../commands/door";
import { inWords, newKey } from "../commands/outbox";
import { labelled } from "../screens/form";
import { plan as words } from "../strings/plan";
import { clockZ, instant } from "../times";
import { el, fill, mark } from "../ui/dom";
import { deathsOf, frontier } from "./frontier";
import type { PlanLock, Proposal, Rule } from "./shapes";
import type { PlanWatch } from "./watch";

interface Needs {
  door: Door;
  watch: PlanWatch;
  may(what: string): boolean;
  renew(): void;
  tell(text: string, wrong: boolean): void;
}

const TENTHS = 1000; // a share in tenths of a per cent

export class PlanSide {
  readonly node: HTMLElement;
  private readonly figures = el("dl", { class: "plan-figures" });
  private readonly note = el("p", { class: "curves", "data-testid": "plan-curves" });
  private readonly policy = el("p", { "data-testid": "plan-policy" });
  private readonly choice = el("select", { name: "policy" });
  private readonly reason = el("input", { name: "policy-reason", autocomplete: "off", maxlength: 500, dir: "auto" });
  private readonly change = el("details", { class: "lay", "data-testid": "plan-change" });
  private readonly helps = el("ul", { class: "reasons" });
  private readonly locks = el("ul", { class: "locks", "data-testid": "plan-locks" });
  private readonly frontier = el("div", {});
  private holds = "";
  private drawn = "";

  constructor(private readonly needs: Needs) {
    const go = el("button", { type: "submit", "data-testid": "plan-policy-go" }, words.policyGo);
    const form = el("form", { class: "fields", onsubmit: (event: SubmitEvent) => this.choose(event) }, labelled(words.policyNew, this.choice), labelled(words.policyReason, this.reason), go);
    this.change.append(el("summary", {}, words.change), form);
    this.node = el("div", { class: "plan-side" },
      part(words.figures, this.figures, this.note), part(words.policy, this.policy, this.change), part(words.helps, this.helps),
      part(words.locks, this.locks), part(words.frontier, this.frontier), el("p", { class: "soft" }, words.byHand));
  }

  update(proposal: Proposal | null, live: boolean): void {
    this.node.hidden = proposal === null;
    this.change.hidden = !this.needs.may("policy_chosen");
    const looks = JSON.stringify([proposal?.figures, proposal?.policy, proposal?.helps, proposal?.locks, proposal?.frontier, live, this.needs.may("plan_released")]);
    if (!proposal || looks === this.drawn) return;
    this.drawn = looks;
    fill(this.figures, ...figures(proposal).map(([title, told]) => el("div", {}, el("dt", {}, title), el("dd", {}, told))));
    fill(this.note, proposal.note);
    fill(this.policy, el("b", {}, words.policyVersion(proposal.policy.name, proposal.policy.version)), ` — ${proposal.policy.words} `, el("span", { class: "soft" }, `(${setBy(proposal.policy)})`));
    this.offer(proposal);
    fill(this.helps, ...(proposal.helps.length > 0 ? proposal.helps.map((one) => one.words) : [words.noHelps]).map((one) => el("li", { dir: "auto" }, one)));
    fill(this.locks, ...(proposal.locks.length > 0 ? proposal.locks.map((one) => this.lock(one)) : [el("li", { class: "soft" }, words.noLocks)]));
    fill(this.frontier, ...frontier(proposal.frontier, proposal.note));
  }

  /** A coordinator lays down what every plan keeps to. */
  async lay(what: Record<string, string>, said: string): Promise<void> {
    await this.send("api/plan/lock", what, words.locked(said));
  }

  /** Policies by their names; what lies between two of them is only drawn, and has blanks in its name. */
  private offer({ frontier: points, policy }: Proposal): void {
    const names = [...new Set([policy.name, ...points.map((point) => point.policy)])].filter((name) => !/\s/.test(name));
    const before = this.choice.value;
    fill(this.choice, ...names.map((name) => el("option", { value: name }, name)));
    this.choice.value = names.includes(before) ? before : policy.name;
    this.holds = policy.name;
  }

  private choose(event: SubmitEvent): void {
    event.preventDefault();
    const policy = this.choice.value;
    if (policy === this.holds) return this.needs.tell(words.policySame, true);
    void this.send("api/plan/policy", { policy, reason: this.reason.value.trim() }, words.policySent(policy)).then((sent) => {
      if (!sent) return;
      this.reason.value = "";
      mark(this.change, "open", null);
      this.change.querySelector("summary")?.focus();
    });
  }

  private lock(one: PlanLock): HTMLElement {
    const what = one.casualty || one.vehicle;
    const body = one.casualty ? { casualty: one.casualty } : { vehicle: one.vehicle };
    const free = (): void => void this.send("api/plan/unlock", body, words.released(what));
    const button = this.needs.may("plan_released") ? el("button", { type: "button", "aria-label": words.unlockOf(what), onclick: free }, words.unlock) : null;
    return el("li", {}, el("span", { dir: "auto" }, one.words), one.trouble === "" ? null : el("span", { class: "trouble", dir: "auto" }, one.trouble), button);
  }

  private async send(path: string, body: Record<string, string>, said: string): Promise<boolean> {
    const { door } = this.needs;
    const answer = await door.post(door.bound(path), body, newKey());
    const sent = answer.status === 201;
    this.needs.tell(sent ? said : words.notSent(answer.status === 0 || answer.status >= 502 ? words.noServer : inWords(answer)), !sent);
    this.needs.watch.hurry();
    this.needs.renew();
    return sent;
  }
}

const part = (title: string, ...nodes: HTMLElement[]): HTMLElement => el("section", {}, el("h3", {}, title), ...nodes);

/** What must be seen without looking for it. */
export const inShort = ({ policy, figures: told }: Proposal): string =>
  [words.policyVersion(policy.name, policy.version), `${words.p1InTime} ${words.of(told.p1_in_time, told.p1)}`, `${words.inTime} ${words.of(told.surgery_in_time, told.surgical)}`, ...(told.gap === null ? [] : [words.gapShort(gapOf(told.gap))])].join(" · ");

const gapOf = (gap: number): string => `${Math.ceil(gap * TENTHS) / 10} %`;

function setBy(rule: Rule): string {
  const at = instant(rule.since);
  return rule.by === "" || at === null ? words.policyDefault : words.policySet(rule.by, clockZ(at));
}

function figures({ figures: told, policy }: Proposal): [string, string][] {
  const gap = told.gap === null ? words.gapNone : words.gapWords(gapOf(told.gap));
  return [
    [words.planned, words.of(told.planned, told.casualties)],
    [words.p1InTime, words.of(told.p1_in_time, told.p1)],
    [words.inTime, words.of(told.surgery_in_time, told.surgical)],
    [words.deaths, `${deathsOf(told)}${policy.curve === "" ? "" : ` (${words.curve(policy.curve)})`}`],
    [words.gap, gap],
  ];
}
