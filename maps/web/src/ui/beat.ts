/** When the page is drawn: soon after something came, and about each second so that clocks tick. */

const TICK_MS = 1100; // clocks tick with positions that come each second or two, and by themselves when none do
const SECOND_MS = 1000;
const LATE_MS = 50; // a frame that waited longer: this machine has too much to do, clocks and slow lanes wait, events do not
const SLOWER = 10; // ticks come later by so many times what the frame was late
const LONGEST_TICK_MS = 4000;
const HIDDEN_MS = 250;
const FRAMELESS_MS = 1000; // a frame asked for does not come when the tab was hidden meanwhile; alarms must sound there too

export class Beat {
  private asked = false;
  private full = true;
  private follow = false; // the screens come when the map of this frame is on the display
  private owed = false; // it was drawn: they wait for no other event
  private late = 0; // how long the last frame was waited for
  private drawnAt = 0; // the screens, by performance.now()
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `draw` is told whether the screens too must be drawn, or the map alone. */
  constructor(private readonly draw: (full: boolean) => void) {}

  start(): void {
    this.tick();
  }

  /** Draws soon; `full`: the screens too. */
  soon(full = true): void {
    this.full ||= full;
    if (this.asked) return;
    this.asked = true;
    const since = performance.now();
    inFrame(() => {
      this.asked = false;
      this.late = performance.now() - since;
      this.run();
    });
  }

  /** Something happened: it is on the map with the next frame, in the lists as soon as that frame is on the display. */
  event(): void {
    this.follow = true;
    this.soon(false);
  }

  /** Assets moved and nothing else: the screens need no more than one look a second; in a slow lane they come along. */
  moved(lane: number): void {
    if (lane > 1 && this.late > LATE_MS) return; // the next tick shows them
    this.soon(performance.now() - this.drawnAt > (lane < 1 ? SECOND_MS : SECOND_MS / 2));
  }

  /** Draws everything at once. */
  now(): void {
    [this.full, this.follow] = [true, false];
    this.run();
  }

  private run(): void {
    const full = this.owed || (this.full && !this.follow);
    const after = this.follow && !full;
    [this.full, this.follow, this.owed] = [false, false, after];
    if (full) {
      this.drawnAt = performance.now();
      this.tickAfter(this.late > LATE_MS ? Math.min(LONGEST_TICK_MS, TICK_MS + SLOWER * this.late) : TICK_MS);
    }
    this.draw(full);
    if (after) inFrame(() => setTimeout(() => this.owed && this.soon()));
  }

  private tick(): void {
    this.tickAfter(LONGEST_TICK_MS); // unless the frame that is asked for comes sooner
    this.soon();
  }

  private tickAfter(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tick(), ms);
  }
}

/** Does it once: in the next frame, or soon where no frames come. */
function inFrame(work: () => void): void {
  let done = false;
  const run = (): void => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    work();
  };
  const visible = document.visibilityState === "visible";
  const timer = setTimeout(run, visible ? FRAMELESS_MS : HIDDEN_MS);
  if (visible) requestAnimationFrame(run);
}
