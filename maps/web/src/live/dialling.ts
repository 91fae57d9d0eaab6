/** Attempts to open a stream: several under way at once while the link is away, and the first that opens wins. */
import type { OpenStream, World } from "./link";

const MOST = 3; // a browser gives a server six connections, and commands need some
// A link that returns must be found within half a second. An attempt that went into a dead link waits ever longer
// for TCP, so the oldest makes room for a new one; a server that is only slow is given longer as time goes by.
const BRISK = { forMs: 60_000, everyMs: 400 };
const CALM = { forMs: 600_000, everyMs: 1000 };
const SLOW_MS = 2000;
const UNKNOWN_RTT_MS = 700;

type On = Parameters<World["stream"]>[3];

/** Tries for ever from `start` until a stream opens or `stop`; the wait in between has jitter. */
export class Dialling {
  rttMs = Number.POSITIVE_INFINITY; // how long opening took lately: attempts are not made quicker than that
  private attempts: OpenStream[] = []; // oldest first
  private cancelNext: (() => void) | null = null;
  private since = 0;

  constructor(
    private readonly world: World,
    private readonly dial: (on: On) => OpenStream,
    private readonly opened: (stream: OpenStream) => void,
    private readonly refused: () => void,
  ) {}

  /** True while it tries. */
  get busy(): boolean {
    return this.cancelNext !== null;
  }

  start(): void {
    if (this.busy) return;
    this.since = this.world.now();
    this.next();
  }

  stop(): void {
    this.cancelNext?.();
    this.cancelNext = null;
    for (const one of this.attempts) one.close();
    this.attempts = [];
  }

  private next(): void {
    this.cancelNext = this.world.later(this.waitMs(), () => this.next());
    if (this.attempts.length >= MOST) this.attempts.shift()?.close();
    this.attempt();
  }

  private waitMs(): number {
    const away = this.world.now() - this.since;
    const most = away < BRISK.forMs ? BRISK.everyMs : away < CALM.forMs ? CALM.everyMs : SLOW_MS;
    const least = Number.isFinite(this.rttMs) ? this.rttMs : UNKNOWN_RTT_MS;
    return Math.max(most / 2 + (this.world.random() * most) / 2, Math.min(SLOW_MS, least));
  }

  private attempt(): void {
    const begun = this.world.now();
    let stream: OpenStream | null = null;
    const mine = (): boolean => stream !== null && this.attempts.includes(stream);
    stream = this.dial({
      open: () => {
        if (!mine()) return;
        this.attempts = this.attempts.filter((one) => one !== stream);
        this.stop();
        this.rttMs = this.world.now() - begun;
        this.opened(stream as OpenStream);
      },
      frame: () => undefined, // the link hears those itself
      error: () => {
        if (!mine()) return;
        stream?.close();
        this.attempts = this.attempts.filter((one) => one !== stream);
        this.refused();
      },
    });
    this.attempts.push(stream);
  }
}
