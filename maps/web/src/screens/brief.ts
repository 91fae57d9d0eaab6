/** The hand-over brief: made by the server from the present picture, one page, signed by both watch-keepers. */
import type { Door } from "../commands/door";
import type { Outbox } from "../commands/outbox";
import { keepTyped, whenForgotten } from "../keep/typed";
import type { BriefPage, Shift } from "../live/protocol";
import { timeOf } from "../commands/telling";
import { strings } from "../strings";
import { clockZ, dateTimeGroup, instant } from "../times";
import { el, fill, say } from "../ui/dom";
import { Floating, labelled } from "./form";
import "../styles/watch.css";

const words = strings.watch.brief;
const REMARKS = "casevac.remarks";

export class BriefScreen {
  readonly floating: Floating;
  private readonly page = el("article", { class: "brief", "data-testid": "brief" });
  private readonly trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  private readonly since = el("input", { autocomplete: "off", placeholder: "0600Z" });
  private readonly remarks = el("textarea", { rows: 3, maxlength: 2000, dir: "auto", "data-testid": "brief-remarks" });
  private readonly outgoing = el("input", { maxlength: 80, autocomplete: "off", "data-testid": "brief-outgoing" });
  private readonly incoming = el("input", { maxlength: 80, autocomplete: "off", "data-testid": "brief-incoming" });
  private readonly waiting = el("div", { class: "brief-waiting", "aria-live": "polite" });
  private readonly earlier = el("details", { class: "brief-earlier" }, el("summary", {}, words.earlier));
  private readonly signatures = [words.outgoing, words.incoming].map(() => el("p", { dir: "auto" }));
  private readonly printedRemarks = el("p", { class: "brief-remarks", dir: "auto" });

  constructor(
    private readonly door: Door,
    private readonly outbox: Outbox,
    private readonly now: () => number,
    print: () => void,
    private readonly name: () => string,
  ) {
    const button = (text: string, run: () => void, id: string, look = ""): HTMLElement => el("button", { type: "button", class: look || null, onclick: run, "data-testid": id }, text);
    const tools = el("div", { class: "brief-tools" }, labelled(words.since, this.since), button(words.renew, () => void this.load(), "brief-renew"), button(words.print, print, "brief-print"));
    const signing = el("div", { class: "brief-sign" }, labelled(words.remarks, this.remarks), labelled(words.outgoing, this.outgoing), labelled(words.incoming, this.incoming), button(words.sign, () => this.sign(), "brief-sign", "primary"));
    this.remarks.value = localStorage.getItem(REMARKS) ?? "";
    this.remarks.addEventListener("input", () => {
      keepTyped(REMARKS, this.remarks.value);
      say(this.printedRemarks, this.remarks.value);
    });
    whenForgotten(() => [this.remarks, this.outgoing, this.incoming].forEach((field) => (field.value = "")));
    for (const field of [this.outgoing, this.incoming]) field.addEventListener("input", () => this.named());
    this.floating = new Floating(words.title, el("div", { class: "brief-box" }, tools, this.trouble, this.page, signing, this.waiting, this.earlier), "brief-window");
    this.floating.node.classList.add("wide");
  }

  open(): void {
    if (this.outgoing.value === "") this.outgoing.value = this.name();
    this.floating.show(this.remarks);
    void this.load();
  }

  /** The lines under the page, with the names that were typed. */
  private named(): void {
    const line = "______________________";
    [[words.outgoing, this.outgoing], [words.incoming, this.incoming]].forEach(([who, field], index) => {
      const name = (field as HTMLInputElement).value.trim();
      say(this.signatures[index] as HTMLElement, `${who as string}: ${name === "" ? line : name}  ${words.unsigned}: ${line}`);
    });
  }

  private async load(): Promise<void> {
    const from = this.since.value.trim() === "" ? null : timeOf(this.since.value, this.now());
    try {
      const [brief, shifts] = await Promise.all([this.door.brief(from === null ? null : new Date(from).toISOString()), this.door.shifts()]);
      this.trouble.hidden = true;
      this.draw(brief);
      this.drawShifts(shifts);
    } catch (fault) {
      this.trouble.hidden = false;
      say(this.trouble, fault instanceof Error ? fault.message : String(fault));
    }
  }

  private draw(brief: BriefPage): void {
    const group = (at: string): string => dateTimeGroup(instant(at) ?? 0);
    const parts = brief.sections.map((section) =>
      el("section", {}, el("h3", {}, section.title),
        section.lines.length === 0 ? el("p", {}, words.none) : el("ul", {}, ...section.lines.map((line) => el("li", { dir: "auto" }, line.words))),
        section.more > 0 ? el("p", {}, words.more(section.more)) : null));
    say(this.printedRemarks, this.remarks.value);
    this.named();
    fill(this.page,
      el("header", {}, brief.exercise ? el("b", { class: "brief-exercise" }, words.exercise) : null, el("h2", { dir: "auto" }, `${words.title}: ${brief.name}`), el("p", { dir: "ltr" }, words.period(group(brief.since), group(brief.until)))),
      el("div", { class: "brief-sections" }, ...parts),
      el("section", {}, el("h3", {}, words.remarks), this.printedRemarks),
      el("footer", {}, ...this.signatures));
  }

  private sign(): void {
    const [outgoing, incoming] = [this.outgoing.value.trim(), this.incoming.value.trim()];
    const wrong = outgoing === "" || incoming === "" || outgoing === incoming;
    this.trouble.hidden = !wrong;
    if (wrong) {
      say(this.trouble, words.names);
      return (outgoing === "" ? this.outgoing : this.incoming).focus();
    }
    const from = this.since.value.trim() === "" ? null : timeOf(this.since.value, this.now());
    const body = { outgoing, incoming, remarks: this.remarks.value.trim(), ...(from === null ? {} : { since: new Date(from).toISOString() }) };
    this.outbox.add(this.door.bound("api/shifts/hand-over"), body, words.signed(outgoing, incoming), Date.now());
    this.remarks.value = "";
    localStorage.removeItem(REMARKS);
  }

  private take(shift: Shift): void {
    const incoming = shift.incoming;
    this.outbox.add(this.door.bound(`api/shifts/${encodeURIComponent(shift.id)}/take-over`), { incoming }, words.taken(incoming), Date.now());
  }

  /** True when the answer was to a signature: what is shown is asked for anew. */
  answered(path: string): void {
    if (path.startsWith("api/shifts/") && this.floating.open) void this.door.shifts().then((shifts) => this.drawShifts(shifts), () => undefined);
  }

  private drawShifts(shifts: Shift[]): void {
    const last = shifts[0];
    const at = (one: Shift): string => (one.at ? clockZ(instant(one.at) ?? 0) : "");
    fill(this.waiting, ...(last && !last.taken_at ? [el("p", {}, words.waiting(last.outgoing, last.incoming, at(last))), el("button", { type: "button", class: "primary", "data-testid": "take-over", onclick: () => this.take(last) }, words.take)] : []),
      last?.taken_at ? el("p", { "data-testid": "taken" }, words.taken(last.taken_by)) : null);
    const read = shifts.slice(0, 20).map((one) => {
      const text = el("pre", { dir: "auto" });
      const row = el("details", {}, el("summary", {}, `${words.open(at(one), one.outgoing, one.incoming)}${one.taken_at ? "" : ` (${words.untaken})`}`), text);
      row.addEventListener("toggle", () => {
        if (row.open && text.textContent === "") void this.door.shift(one.id).then((found) => say(text, found.brief), (fault: Error) => say(text, fault.message));
      });
      return row;
    });
    fill(this.earlier, el("summary", {}, words.earlier), ...read);
  }
}
