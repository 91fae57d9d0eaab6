/** When a page tells the server how its link is, so as to be put on the lane for it. Pure. */

const BEHIND_MS = 1000;
const FAST_BEHIND_MS = 300;
const FAR_MS = 500;
const FAR_S = 2; // the quickest lane over so long a round trip
export const NEAR_MS = 150; // as maps/pace.py: only so near a server is worth the fast lane
const SETTLED_MS = 3000;
const AGAIN_MS = 5000;
const FAST_AGAIN_MS = 60_000;
const LONGEST_MS = 600_000;
const USUAL_S = 1;

export class Asking {
  private askedAt = Number.NEGATIVE_INFINITY;
  private fastAskedAt = Number.NEGATIVE_INFINITY;
  private fastAgainMs = FAST_AGAIN_MS;

  /** True when the server should hear: frames come too late, or the link is so good that it bears more. */
  wanted(now: number, link: { lane: number; lagMs: number; rttMs: number; tripMs: number | null; openedAt: number }): boolean {
    if (now - this.askedAt < AGAIN_MS || now - link.openedAt < SETTLED_MS) return false;
    if (link.lagMs > (link.lane < USUAL_S ? FAST_BEHIND_MS : Math.max(BEHIND_MS, 1500 * link.lane))) return this.ask(now);
    const far = link.tripMs !== null && link.tripMs > FAR_MS;
    if (far && (link.lane < FAR_S || now - this.askedAt > FAST_AGAIN_MS)) return this.ask(now);
    const near = link.lane === USUAL_S && link.lagMs <= NEAR_MS;
    const pause = link.rttMs <= NEAR_MS ? this.fastAgainMs : LONGEST_MS; // a far one is measured anew, seldom
    if (!near || now - this.fastAskedAt < pause) return false;
    this.fastAskedAt = now;
    return this.ask(now);
  }

  /** The server has put us on another lane: off the fast one it is asked for ever more seldom. */
  moved(from: number, to: number): void {
    if (from < USUAL_S && to >= USUAL_S) this.fastAgainMs = Math.min(LONGEST_MS, this.fastAgainMs * 2);
  }

  private ask(now: number): boolean {
    this.askedAt = now;
    return true;
  }
}
