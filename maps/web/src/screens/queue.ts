/** What waits to be sent, and what the server refused. */
import type { Outbox, Post } from "../commands/outbox";
import { strings } from "../strings";
import { clockZ } from "../times";
import { el, fill, say } from "../ui/dom";
import { ALERTS } from "./alert";
import { Floating } from "./form";

const AT_ONCE_MS = 700; // what is sent sooner does not wait: the top of the page stays as it is, and the map its size

export class Queue {
  readonly floating: Floating;
  readonly badge: HTMLButtonElement;
  private coming: ReturnType<typeof setTimeout> | null = null;
  private readonly list = el("ul", { class: "queue" });
  outbox: Outbox | null = null;

  constructor(private readonly correct: (post: Post) => void) {
    const retry = el("button", { type: "button", class: "primary", onclick: () => void this.outbox?.flush() }, strings.queueRetry);
    this.floating = new Floating(strings.queueTitle, el("div", {}, this.list, retry), "queue");
    this.badge = el("button", { type: "button", class: "queue-badge", hidden: true, "data-testid": "queue-badge", onclick: () => this.floating.show(null) });
  }

  show(posts: readonly Post[]): void {
    this.offer(posts);
    say(this.badge, strings.queue(posts.length));
    fill(this.list, ...(posts.length === 0 ? [el("li", { class: "empty" }, strings.queueEmpty)] : posts.map((post) => this.line(post))));
  }

  /** The badge: at once where something was tried in vain, a moment later where it may still be on its way. */
  private offer(posts: readonly Post[]): void {
    if (posts.length > 0 && this.badge.hidden && posts.every((post) => post.tries === 0 && post.refused === null)) {
      this.coming ??= setTimeout(() => (this.badge.hidden = this.outbox?.posts().length === 0), AT_ONCE_MS);
      return;
    }
    if (this.coming !== null) clearTimeout(this.coming);
    this.coming = null;
    this.badge.hidden = posts.length === 0;
  }

  private line(post: Post): HTMLElement {
    const discard = el("button", { type: "button", onclick: () => this.outbox?.discard(post.key) }, strings.queueDiscard);
    const edit = el("button", { type: "button", onclick: () => this.correct(post) }, strings.queueEdit);
    const refused = post.refused === null ? null : el("span", { class: "trouble" }, strings.queueRefused(post.refused));
    const state = el("small", {}, `${clockZ(post.madeAt, true)} · ${strings.queueTries(post.tries)}`);
    const others = this.outbox?.isMine(post) === false ? [el("small", {}, strings.people.typedBy(post.by ?? "")), el("button", { type: "button", onclick: () => this.outbox?.adopt(post.key) }, strings.people.sendAsMine)] : [];
    const editable = post.refused !== null && (post.path.split("?")[0] === ALERTS || post.typed !== undefined);
    return el("li", {}, el("b", { dir: "auto" }, post.label), state, refused, editable ? edit : null, ...others, post.refused === null && others.length === 0 ? null : discard);
  }
}
