/** The door to the screen "Plan": what it shows is fetched when it is opened first. */
import type { Door } from "../commands/door";
import type { Actions, Desk, Screen } from "../desk";
import { strings } from "../strings";
import { el, fill } from "../ui/dom";
import type { PlanBoard } from "./plan-board";
import type { WatchNeeds } from "./watch";
import { PlanWatch } from "./watch";

const words = strings.planner;

export interface PlanNeeds extends Omit<WatchNeeds, "looked"> {
  actions: Actions;
  door: Door;
  leave(): void;
  options(): void; // the ranked list, by which tasking goes on without a plan
}

export class PlanScreen implements Screen {
  readonly withMap = true;
  readonly node = el("section", { class: "board plan", "aria-label": strings.plan, hidden: true, "data-testid": "board-plan" });
  private board: PlanBoard | null = null;
  private coming = false;
  private wanted = false; // the focus, as soon as there is something to take it
  private desk: Desk | null = null;

  readonly watch: PlanWatch;

  constructor(private readonly needs: PlanNeeds) {
    this.watch = new PlanWatch({ ...needs, looked: () => !this.node.hidden });
  }

  update(desk: Desk): void {
    this.desk = desk;
    if (this.node.hidden) return;
    if (this.board) this.board.update(desk);
    else if (!this.coming) void this.open();
  }

  focus(): void {
    this.wanted = !this.board;
    this.board?.focus();
  }

  private async open(): Promise<void> {
    this.coming = true;
    fill(this.node, el("p", { class: "empty", role: "status" }, words.opening));
    try {
      const { PlanBoard } = await import("./plan-board");
      this.board = new PlanBoard(this.needs, this.watch);
      fill(this.node, this.board.node);
      if (this.desk) this.board.update(this.desk);
      if (this.wanted) this.board.focus();
    } catch {
      fill(this.node, el("p", { class: "trouble", role: "alert" }, words.unopened, " ", el("button", { type: "button", onclick: () => void this.open() }, words.again)));
    }
  }
}
