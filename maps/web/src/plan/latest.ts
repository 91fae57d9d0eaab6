/** The plan that holds, fetched when it is another one; in a replay the one that was proposed then. */
import type { Door } from "../commands/door";
import type { PlanTold, Proposal } from "./shapes";

const AT_REST_MS = 6000; // so long after the last move or key the list is in use
const AGAIN_MS = 3000;
const SAME_INSTANT_MS = 15_000; // of a replay

export class Latest {
  told: PlanTold | null = null;
  forced = false; // the next one is shown at once, whatever is in use
  private asking = false;
  private askedAt = Number.NEGATIVE_INFINITY;
  private past: number | null = null; // the instant of the replay that `told` is of
  private usedAt = Number.NEGATIVE_INFINITY;
  private wanted = false;

  constructor(private readonly door: Pick<Door, "plan">, private readonly came: () => void) {
    for (const event of ["pointermove", "pointerdown", "keydown", "wheel"]) addEventListener(event, () => (this.usedAt = performance.now()), { passive: true });
  }

  /** `at`: the instant of a replay, null live; `version` is the newest that there is. */
  follow(at: number | null, version: string): void {
    const moved = at === null ? this.past !== null : this.past === null || Math.abs(at - this.past) > SAME_INSTANT_MS;
    const newer = at === null && version !== "" && version !== this.told?.version;
    if (moved || newer || this.wanted || this.told === null) void this.ask(at, moved);
  }

  /** Fetches anew; `force`: and shows it at once. */
  renew(force: boolean): void {
    [this.wanted, this.forced, this.askedAt] = [true, this.forced || force, Number.NEGATIVE_INFINITY];
    this.came();
  }

  /** The pointer or the keys were busy in this list a moment ago. */
  inUse(list: HTMLElement): boolean {
    const inside = list.matches(":hover") || list.contains(document.activeElement);
    return inside && performance.now() - this.usedAt < AT_REST_MS;
  }

  private async ask(at: number | null, moved: boolean): Promise<void> {
    if (this.asking || (!moved && performance.now() - this.askedAt < AGAIN_MS)) return;
    [this.asking, this.askedAt, this.wanted] = [true, performance.now(), false];
    const found = await this.door.plan(at === null ? null : new Date(at).toISOString()).catch(() => null);
    this.asking = false;
    if (found === null) return;
    [this.told, this.past] = [found, at];
    this.forced ||= moved;
    this.came();
  }
}

/** How many lines of the one or the other are not in both. Pure. */
export function differing(one: Proposal | null, other: Proposal | null): number {
  const [mine, theirs] = [one, other].map((each) => new Set(each?.lines.map((line) => `${line.id} ${line.state} ${line.can_approve}`)));
  return Math.max([...(mine as Set<string>)].filter((id) => !theirs?.has(id)).length, [...(theirs as Set<string>)].filter((id) => !mine?.has(id)).length);
}
