/** Tones for alarms, made by the browser itself: no file. Silent until the first gesture, as browsers demand. */
import { later } from "../times";
import type { Call } from "./ringing";

interface Tone {
  hertz: number;
  at: number; // seconds from the start of a call
  long: number;
  wave: OscillatorType;
}

const tone = (hertz: number, at: number, long: number, wave: OscillatorType = "triangle"): Tone => ({ hertz, at, long, wave });
/** Each severity has a shape of its own, told apart without pitch: three pairs, one pair, one soft tone. */
const TONES: Record<Call["severity"], Tone[]> = {
  critical: [0, 0.36, 0.72].flatMap((at) => [tone(880, at, 0.14, "square"), tone(660, at + 0.16, 0.14, "square")]),
  warning: [tone(620, 0, 0.22), tone(520, 0.26, 0.3)],
  notice: [tone(440, 0, 0.35, "sine")],
};
const EVERY_MS: Record<Call["severity"], number> = { critical: 3_000, warning: 8_000, notice: 25_000 };
const INSISTENT = 0.5; // as often again
const SHELF = "casevac.volume";
const LOUDEST = 0.35;
const LEAST = 5; // per cent: it can be turned down, never off
const WAKES_MS = 5000; // a loudspeaker that does not come back in this time is gone
const REST_MS = 250; // after a call: what was written to the loudspeaker is still on its way

export class Sound {
  private context: AudioContext | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private now: Call | null = null;
  private until = 0; // by performance.now(): a call is heard so long
  private allowed = false;

  constructor(private readonly changed: () => void) {
    const wake = (): void => void this.unlock();
    for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, wake, { capture: true, passive: true });
  }

  /** Per cent. */
  get volume(): number {
    const kept = Number(localStorage.getItem(SHELF) ?? 60);
    return Number.isFinite(kept) ? Math.min(100, Math.max(LEAST, kept)) : 60;
  }

  set volume(percent: number) {
    localStorage.setItem(SHELF, String(Math.min(100, Math.max(LEAST, Math.round(percent)))));
  }

  /** True when tones can be heard as far as the browser says. */
  get free(): boolean {
    return this.allowed;
  }

  /** Ask the browser for sound; it agrees only in answer to a gesture. */
  async unlock(): Promise<void> {
    if (this.free) return;
    try {
      this.context ??= new AudioContext();
      await this.context.resume();
    } catch {
      return; // a machine without a loudspeaker: the banner stays
    }
    this.allow(true);
    this.rest();
  }

  private allow(allowed: boolean): void {
    if (allowed === this.allowed) return;
    this.allowed = allowed;
    this.changed();
  }

  /** Sound this call again and again; null: be quiet. */
  ring(call: Call | null): void {
    const same = call?.severity === this.now?.severity && call?.insistent === this.now?.insistent;
    if (same) return;
    this.now = call;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (call) this.round();
  }

  /** Let one call of a severity be heard. */
  async test(severity: Call["severity"]): Promise<void> {
    await this.unlock();
    await this.play(severity, 1);
  }

  private round(): void {
    if (!this.now) return;
    void this.play(this.now.severity, this.now.insistent ? 1.5 : 1);
    this.timer = setTimeout(() => this.round(), EVERY_MS[this.now.severity] * (this.now.insistent ? INSISTENT : 1));
  }

  private async play(severity: Call["severity"], louder: number): Promise<void> {
    const { context } = this;
    if (!this.free || !context) return;
    const tones = TONES[severity];
    this.until = Math.max(this.until, performance.now() + WAKES_MS);
    await Promise.race([context.resume().catch(() => undefined), later(WAKES_MS)]);
    this.allow(context.state === "running"); // not any more: the banner asks for a gesture again
    if (!this.free) return;
    for (const one of tones) sound(context, one, Math.min(1, LOUDEST * louder * (this.volume / 100)));
    this.until = performance.now() + 1000 * Math.max(...tones.map((one) => one.at + one.long)) + REST_MS;
    this.rest();
  }

  /** Between calls the loudspeaker is let go: an open one takes as much of a laptop as the page itself. */
  private rest(): void {
    setTimeout(() => {
      if (performance.now() >= this.until) void this.context?.suspend().catch(() => undefined);
    }, Math.max(0, this.until - performance.now()) + 1);
  }
}

function sound(context: AudioContext, one: Tone, loud: number): void {
  const [voice, gain] = [context.createOscillator(), context.createGain()];
  const [from, to] = [context.currentTime + one.at, context.currentTime + one.at + one.long];
  voice.type = one.wave;
  voice.frequency.value = one.hertz;
  gain.gain.setValueAtTime(0, from);
  gain.gain.linearRampToValueAtTime(loud, from + 0.02);
  gain.gain.setValueAtTime(loud, to - 0.03);
  gain.gain.linearRampToValueAtTime(0, to); // no click at the end
  voice.connect(gain).connect(context.destination);
  voice.start(from);
  voice.stop(to);
}
