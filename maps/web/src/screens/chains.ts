/** The rescue chains of a request: how the launch stands, what the facility said, and what a person can say to it. */
import type { Door } from "../commands/door";
import { newKey } from "../commands/outbox";
import { may } from "../commands/person";
import type { Actions, Desk } from "../desk";
import type { Chain } from "../live/protocol";
import { stateWord, strings } from "../strings";
import type { Row } from "../ui/dom";
import { KeyedList, el, fill, mark, say } from "../ui/dom";
import { approvalWords, inboundWords } from "./facts";
import { labelled } from "./form";

const words = strings.chain;

export class ChainList {
  readonly node = el("div", { class: "chains" });
  private readonly rows = new KeyedList<Chain>(this.node, (chain) => chain.id, (chain) => this.row(chain));
  private desk: Desk | null = null;

  constructor(
    private readonly actions: Actions,
    private readonly door: Door,
    private readonly divert: (chain: Chain) => void,
  ) {}

  /** Running chains of the request, and broken ones that nothing has replaced. */
  update(desk: Desk, request: string | null): void {
    this.desk = desk;
    const mine = Object.values(desk.picture.entities.chains).filter((chain) => chain.request === request);
    const running = mine.filter((chain) => chain.status === "active");
    this.rows.update(running.length > 0 ? running : mine.filter((chain) => chain.approval.state === "denied").slice(-1));
  }

  private row(chain: Chain): Row<Chain> {
    const title = el("b", {});
    const approval = el("p", { "data-testid": "approval" });
    const inbound = el("p", {});
    const late = el("p", { class: "trouble", "data-testid": "chain-late" });
    const why = el("p", { class: "trouble" });
    const word = this.word(chain.id);
    const divert = el("button", { type: "button", "data-testid": "divert", onclick: () => this.divert(chain) }, words.divert);
    const update = (now: Chain): void => {
      const desk = this.desk as Desk;
      const { vehicles, facilities } = desk.picture.entities;
      say(title, `${now.id} · ${stateWord(now.status)} · ${now.vehicles.map((id) => vehicles[id]?.callsign ?? id).join(" + ")} → ${facilities[now.facility]?.name ?? now.facility}`);
      say(approval, approvalWords(now));
      mark(approval, "class", now.approval.state === "awaiting" || now.approval.state === "denied" ? "trouble" : "good");
      say(inbound, now.status === "active" ? inboundWords(now, desk) : "");
      mark(inbound, "class", now.inbound.state === "refused" ? "trouble" : null);
      say(late, now.late.length > 0 ? `${strings.request.late}: ${now.late.join("; ")}` : "");
      say(why, now.why);
      word.update(now, desk.replay || !may(desk.me, "launch_approved"));
      divert.hidden = now.status !== "active" || desk.replay || !may(desk.me, "divert");
    };
    return { node: el("article", { class: "card", "data-testid": "chain", "data-id": chain.id }, title, approval, inbound, late, why, word.node, divert), update };
  }

  /** What an authority says of a launch: approved, or denied with a reason. */
  private word(chain: string): { node: HTMLElement; update(now: Chain, off: boolean): void } {
    const authority = el("input", { name: "authority", autocomplete: "off", maxlength: 80, list: `authorities-${chain}` });
    const known = el("datalist", { id: `authorities-${chain}` });
    const reason = el("input", { name: "reason", autocomplete: "off", maxlength: 2000, dir: "auto" });
    const trouble = el("p", { class: "trouble", role: "alert" });
    const say_ = async (approves: boolean): Promise<void> => {
      const body = { authority: authority.value.trim(), ...(reason.value.trim() ? { reason: reason.value.trim() } : {}) };
      if (body.authority === "") return this.lacks(trouble, strings.voice.missing(words.authority), authority);
      if (!approves && body.reason === undefined) return this.lacks(trouble, strings.voice.missing(words.reason), reason);
      say(trouble, "");
      try {
        await (approves ? this.door.approve(chain, body, newKey()) : this.door.deny(chain, body, newKey()));
        this.actions.say(strings.sent(approves ? words.approve : words.deny));
      } catch (fault) {
        say(trouble, fault instanceof Error ? fault.message : String(fault));
      }
    };
    const approve = el("button", { type: "submit", class: "primary", "data-testid": "approve" }, words.approve);
    const deny = el("button", { type: "button", class: "danger", "data-testid": "deny", onclick: () => void say_(false) }, words.deny);
    const submit = (event: Event): void => {
      event.preventDefault();
      void say_(true);
    };
    const node = el("form", { class: "fields", novalidate: true, onsubmit: submit }, labelled(words.authority, authority), known, labelled(words.reason, reason), trouble, el("div", { class: "todo" }, approve, deny));
    const update = (now: Chain, off: boolean): void => {
      node.hidden = off || now.status !== "active" || now.approval.state !== "awaiting";
      const names = now.approval.authorities;
      if (known.children.length === names.length) return;
      fill(known, ...names.map((name) => el("option", { value: name })));
      if (authority.value === "" && names.length === 1) authority.value = names[0] as string;
    };
    return { node, update };
  }

  private lacks(trouble: HTMLElement, text: string, field: HTMLElement): void {
    say(trouble, text);
    field.focus();
  }
}

