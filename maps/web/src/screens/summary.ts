/** One sentence for those who listen: how many wait and what is missed next; said when it matters, at most once a minute. */
import type { Desk, Screen } from "../desk";
import type { Casualty } from "../live/protocol";
import { strings } from "../strings";
import { instant, isOver, minutes, statusAt } from "../times";
import { el } from "../ui/dom";

const EVERY_MS = 60_000;
const AT_ONCE_MS = 5_000; // between two sentences that matter
const words = strings.shell.summary;

interface Standing {
  waiting: number;
  moving: number;
  breached: number;
  soon: { step: string; left: number }[];
}

function standing(casualties: readonly Casualty[], now: number): Standing {
  const open = casualties.filter((one) => !isOver(one) && one.category !== "DEAD" && one.state !== "deceased");
  const still = open.filter((one) => one.facility === null);
  const soon = still.flatMap((one) => {
    const missed = one.clocks.filter((clock) => statusAt(clock, now) === "will_breach").map((clock) => ({ step: strings.stepName(clock.step), left: (instant(clock.target_at) ?? now) - now }));
    return missed.sort((a, b) => a.left - b.left).slice(0, 1);
  });
  return {
    waiting: still.filter((one) => one.carried_by === null).length,
    moving: still.filter((one) => one.carried_by !== null).length,
    breached: still.filter((one) => one.clocks.some((clock) => statusAt(clock, now) === "breached")).length,
    soon: soon.sort((a, b) => a.left - b.left),
  };
}

/** The sentence, and what of it is worth an interruption. Pure. */
export function summary(casualties: readonly Casualty[], now: number): { text: string; matters: string } {
  const { waiting, moving, breached, soon } = standing(casualties, now);
  const first = soon[0];
  const parts = [
    waiting > 0 ? words.waiting(waiting) : "",
    moving > 0 ? words.moving(moving) : "",
    breached > 0 ? words.breached(breached) : "",
    first ? words.soon(soon.length, first.step, minutes(Math.max(0, first.left))) : "",
  ].filter((part) => part !== "");
  return { text: parts.length > 0 ? `${new Intl.ListFormat("en", { style: "narrow", type: "unit" }).format(parts)}.` : words.none, matters: `${waiting} ${breached} ${soon.length}` };
}

export class Summary implements Screen {
  readonly node = el("p", { class: "unseen", role: "status", "aria-live": "polite", "data-testid": "summary" });
  private said = "";
  private saidAt = Number.NEGATIVE_INFINITY;
  private mattered = "";

  update(desk: Desk): void {
    if (desk.replay) return;
    const since = desk.now - this.saidAt;
    if (since < AT_ONCE_MS && since >= 0) return;
    const { text, matters } = summary(Object.values(desk.picture.entities.casualties), desk.now);
    if (matters === this.mattered && (text === this.said || (since < EVERY_MS && since >= 0))) return;
    [this.said, this.saidAt, this.mattered] = [text, desk.now, matters];
    this.node.textContent = text;
  }
}
