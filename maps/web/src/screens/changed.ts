/** Two people at the same thing: what the other one told is shown, and nothing is sent before somebody says so. */
import type { Answer, Outbox, Post } from "../commands/outbox";
import type { LogLine } from "../live/protocol";
import { strings } from "../strings";
import { clockZ, instant } from "../times";
import { el, fill } from "../ui/dom";
import { Floating } from "./form";

const words = strings.screens.changed;

/** What was changed meanwhile, when that is why a post was refused; else null. Pure. */
export function changesIn(answer: Answer): LogLine[] | null {
  const body = answer.body as { error?: unknown; changes?: unknown } | null;
  return answer.status === 409 && body?.error === "ChangedMeanwhile" && Array.isArray(body.changes) ? (body.changes as LogLine[]) : null;
}

/** The path without what was seen: the same command, said with open eyes. Pure. */
export function pathAnyway(path: string): string {
  const [bare, query] = path.split("?") as [string, string?];
  const told = new URLSearchParams(query ?? "");
  told.delete("expected_seq");
  return told.size === 0 ? bare : `${bare}?${told}`;
}

/** What was typed, field by field, without who spoke and when. */
function toldIn(post: Post): string {
  const typed = Object.entries(post.typed ?? {}).filter(([name, text]) => text.trim() !== "" && !["speaker", "ago", "casualty", "vehicle", "facility"].includes(name));
  return typed.length === 0 ? "" : ` — ${typed.map(([name, text]) => `${strings.voice.fields[name] ?? name.replaceAll("_", " ")}: ${text}`).join(", ")}`;
}

export class ChangedWindow {
  readonly floating: Floating;
  private readonly body = el("div", { class: "fields" });

  constructor(private readonly outbox: Outbox) {
    this.floating = new Floating(words.title, this.body, "changed-meanwhile");
  }

  show(post: Post, changes: readonly LogLine[]): void {
    const anyway = el("button", { type: "button", class: "danger", "data-testid": "send-anyway", onclick: () => this.end(() => this.outbox.resend(post.key, pathAnyway(post.path))) }, words.anyway);
    const leave = el("button", { type: "button", class: "primary", "data-testid": "leave-it", onclick: () => this.end(() => this.outbox.discard(post.key)) }, words.leave);
    const lines = changes.map((line) => {
      const at = instant(line.at);
      return el("li", { dir: "auto" }, el("b", {}, line.text), el("br"), el("small", {}, words.who([line.actor, line.source].filter((word) => word !== "").join(" · "), at === null ? "" : clockZ(at, true))));
    });
    fill(this.body, el("p", {}, words.text), el("ul", { class: "reasons" }, ...lines), el("p", {}, `${words.mine} `, el("b", { dir: "auto" }, post.label), toldIn(post)), el("div", { class: "todo" }, leave, anyway));
    this.floating.show(leave);
  }

  private end(then: () => void): void {
    this.floating.close();
    then();
  }
}
