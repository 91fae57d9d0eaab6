/** Which lines a person has chosen, the orders that approval makes of them, and what became of it. */
import type { Door } from "../commands/door";
import { inWords, newKey } from "../commands/outbox";
import type { Id } from "../live/protocol";
import { plan as words } from "../strings/plan";
import { el, fill, mark, say } from "../ui/dom";
import type { ApprovedAnswer, PlanLine } from "./shapes";
import type { PlanWatch } from "./watch";

interface Needs {
  door: Door;
  watch: PlanWatch;
  lines(): readonly PlanLine[];
  plan(): Id;
  refetch(): void; // the newest plan is shown at once
  changed(): void;
}

export class Approving {
  readonly picked = new Set<Id>();
  readonly done = new Map<Id, Id>(); // chains by line, until the plan knows of them
  busy = false;
  readonly chosen = el("button", { type: "button", class: "primary", hidden: true, "data-testid": "plan-approve-chosen", onclick: () => void this.send([...this.picked], "") });
  readonly all = el("button", { type: "button", hidden: true, "data-testid": "plan-approve-all", onclick: () => this.ask() });
  readonly sure = el("div", { class: "plan-sure", hidden: true, role: "group", "data-testid": "plan-sure" });
  readonly result = el("div", { class: "plan-result", role: "status", "aria-live": "assertive", "data-testid": "plan-result" });
  private readonly keys = new Map<string, string>(); // the same key when it is pressed again after an outage
  private allowed = false;

  constructor(private readonly needs: Needs) {}

  /** What the cards' looks follow from. */
  looks(): unknown {
    return [[...this.picked], [...this.done], this.busy];
  }

  toggle(line: Id): void {
    if (!this.picked.delete(line)) this.picked.add(line);
    this.needs.changed();
  }

  /** Another plan is shown: what it has not cannot be chosen in it, and what it says of approved ones counts. */
  settled(): void {
    const open = new Set(this.open());
    for (const line of this.picked) if (!open.has(line)) this.picked.delete(line);
    const known = new Map(this.needs.lines().map((line) => [line.id, line.state]));
    for (const line of this.done.keys()) if (known.get(line) !== "proposed") this.done.delete(line);
    if (!this.sure.hidden) this.closeSure();
  }

  update(allowed: boolean): void {
    this.allowed = allowed;
    const open = this.open();
    this.chosen.hidden = this.picked.size === 0;
    this.all.hidden = open.length < 2;
    for (const button of [this.chosen, this.all]) mark(button, "aria-disabled", this.busy ? "true" : null); // it keeps the focus
    say(this.chosen, words.approveChosen(this.picked.size));
    say(this.all, words.approveAll(open.length));
  }

  tell(text: string, wrong: boolean): void {
    fill(this.result, el("p", { class: wrong ? "trouble" : "good", dir: "auto" }, text));
  }

  async send(lines: readonly Id[], summary: string): Promise<void> {
    if (this.busy || lines.length === 0) return;
    const [plan, name] = [this.needs.plan(), lines.join()];
    const key = this.keys.get(name) ?? newKey();
    this.keys.set(name, key);
    this.busy = true;
    this.tell(words.approving, false);
    this.needs.changed();
    const { door } = this.needs;
    const answer = await door.post(door.bound("api/plan/approve"), { plan, lines }, key);
    this.busy = false;
    const unreached = answer.status === 0 || answer.status >= 502;
    if (!unreached) this.keys.delete(name);
    if (answer.status === 201) this.took(answer.body as ApprovedAnswer, summary);
    else if (unreached) this.tell(words.unreached, true);
    else this.tell(words.failed(inWords(answer), answer.status === 409), true);
    if (!unreached) this.needs.refetch();
    this.needs.watch.hurry();
    this.needs.changed();
  }

  private open(): Id[] {
    return this.allowed ? this.needs.lines().filter((line) => line.can_approve && !this.done.has(line.id)).map((line) => line.id) : [];
  }

  private took({ approved, refused }: ApprovedAnswer, summary: string): void {
    const named = (id: Id): string => this.needs.lines().find((line) => line.id === id)?.summary ?? (summary === "" ? id : summary);
    for (const { line, chain } of approved) this.done.set(line, chain);
    for (const { line } of approved) this.picked.delete(line);
    fill(this.result, ...approved.map(({ line, chain }) => el("p", { class: "good", dir: "auto" }, words.approved(named(line), chain))),
      ...refused.map(({ line, message }) => el("p", { class: "trouble", dir: "auto" }, words.refused(named(line), message))));
  }

  // --- all of them: asked back once, by what it would do

  private ask(): void {
    if (this.busy) return;
    const wanted = this.open();
    const lines = this.needs.lines().filter((line) => wanted.includes(line.id));
    const many = (of: (line: PlanLine) => readonly Id[]): number => new Set(lines.flatMap(of)).size;
    const yes = el("button", { type: "button", class: "primary", "data-testid": "plan-yes", onclick: () => this.confirmed(wanted) }, words.yes(wanted.length));
    const no = el("button", { type: "button", onclick: () => this.closeSure() }, words.no);
    fill(this.sure, el("p", {}, words.sure(lines.length, many((line) => line.vehicles), many((line) => line.casualties))), yes, no);
    this.sure.hidden = false;
    yes.focus();
  }

  private confirmed(lines: readonly Id[]): void {
    this.closeSure();
    void this.send(lines, "");
  }

  private closeSure(): void {
    const held = this.sure.contains(document.activeElement);
    this.sure.hidden = true;
    if (held && !this.all.hidden) this.all.focus();
  }
}
