/** The facts of whatever is chosen, and what can be done with it. */
import { may } from "../commands/person";
import type { Actions, Desk, Screen } from "../desk";
import { strings } from "../strings";
import { KeyedList, el, fill, ltr, mark, say } from "../ui/dom";
import type { Described, Fact } from "./facts";
import { describe } from "./facts";

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
  private readonly list = new FactList();
  private readonly todo = el("div", { class: "todo" });
  private todoFor = "";

  constructor(
    private readonly actions: Actions,
    private readonly cancelTask: (task: string) => void,
  ) {
    this.node = el("section", { class: "details", "aria-live": "off" }, this.title, this.todo, this.list.node);
  }

  update(desk: Desk): void {
    const ref = desk.selected;
    const shown = ref ? describe(ref, desk) : null;
    if (!ref || !shown) {
      fill(this.title, strings.nothingSelected);
      this.list.update([]);
      this.offer("", []);
      return;
    }
    if (this.title.textContent !== shown.title) fill(this.title, ltr(shown.title));
    this.list.update(shown.facts);
    const off = desk.replay || !may(desk.me, "cancel");
    this.offer(`${ref.kind}:${ref.id}:${shown.task ?? ""}:${shown.links.map((link) => link.id).join()}:${off}`, this.buttons(shown, off));
  }

  private buttons(shown: Described, off: boolean): HTMLElement[] {
    const links = shown.links.map((ref) => {
      const go = (): void => this.actions.select(ref, true);
      return el("button", { type: "button", onclick: go }, `${strings.kinds[ref.kind]} `, ltr(ref.id));
    });
    const task = shown.task;
    if (!task || off) return links;
    return [...links, el("button", { type: "button", class: "danger", onclick: () => this.cancelTask(task) }, strings.cancelTask)];
  }

  private offer(key: string, buttons: HTMLElement[]): void {
    if (key === this.todoFor) return;
    this.todoFor = key;
    fill(this.todo, ...buttons);
    mark(this.todo, "hidden", buttons.length === 0 ? "" : null);
  }
}
