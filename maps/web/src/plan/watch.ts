/** Whether somebody plans at all: asked in few bytes, seldom while nobody looks at the plan; a banner when nobody does. */
import type { Door } from "../commands/door";
import type { LinkReport } from "../live/link";
import { strings } from "../strings";
import { clockZ, instant } from "../times";
import { el, say } from "../ui/dom";
import type { PlanState } from "./shapes";

const words = strings.planner;
const LOOKED_AT_MS = 4000; // so often while the screen is open
const USUAL_MS = 15_000;
const SOON_MS = 1000; // after an event, and while an approval is on its way into the plan
const HURRY_MS = 12_000;

export interface WatchNeeds {
  door: Pick<Door, "planState">;
  looked(): boolean; // the plan is on the screen
  able(): boolean; // there is a link, and somebody is logged in
  changed(): void;
}

export class PlanWatch {
  readonly banner = el("p", { class: "banner silent", hidden: true, role: "status", dir: "auto", "data-testid": "planner-banner" });
  state: PlanState | null = null;
  private askedAt = Number.NEGATIVE_INFINITY;
  private hurryUntil = 0;
  private seq = 0;
  private complaints = "";
  private asking = false;

  constructor(private readonly needs: WatchNeeds) {}

  start(): void {
    setInterval(() => this.look(), SOON_MS);
  }

  /** The picture moved on, or the server complains of other things: both may be about the plan. What the banner says is not said twice. */
  heard(link: LinkReport): LinkReport {
    const ours = link.complaints.filter(isOfPlanner);
    if (ours.join() !== this.complaints) this.hurry();
    else if (link.seq !== this.seq && this.needs.looked() && link.lane <= 1) this.hurry(SOON_MS * 3); // over a thin link its turn comes
    [this.seq, this.complaints] = [link.seq, ours.join()];
    return this.banner.hidden ? link : { ...link, complaints: link.complaints.filter((one) => !isOfPlanner(one)) };
  }

  /** A newer plan is expected. */
  hurry(ms = HURRY_MS): void {
    this.hurryUntil = Math.max(this.hurryUntil, performance.now() + ms);
  }

  private look(): void {
    const now = performance.now();
    const every = now < this.hurryUntil ? SOON_MS : this.needs.looked() ? LOOKED_AT_MS : USUAL_MS;
    if (this.asking || document.visibilityState === "hidden" || !this.needs.able() || now - this.askedAt < every - SOON_MS / 2) return;
    this.askedAt = now;
    void this.ask();
  }

  private async ask(): Promise<void> {
    this.asking = true;
    const found = await this.needs.door.planState().catch(() => null); // the link's own banner says that nobody answers
    this.asking = false;
    if (found === null) return;
    const before = this.state;
    this.state = found;
    if (found.stale && !before?.stale) this.hurry(); // so that its coming back is seen as soon
    const told = silence(found);
    this.banner.hidden = told === "";
    say(this.banner, told);
    if (before?.version !== found.version || before.stale !== found.stale) this.needs.changed();
  }
}

const isOfPlanner = (complaint: string): boolean => complaint.startsWith("planner ");

/** Why the plan must not be relied on; empty while somebody keeps it, and where nobody ever planned. Pure. */
export function silence(state: PlanState): string {
  const since = instant(state.looked_at);
  if (!state.stale || (since === null && !state.down)) return "";
  if (state.error && !state.down && since !== null) return words.stuck(state.error.message, clockZ(since));
  return since === null ? words.stopped : words.silent(clockZ(since));
}
