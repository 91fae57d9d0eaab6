/** Tones for alarms, made by the browser itself: no file. Silent until the first gesture, as browsers demand. */
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

export class Sound {
  private context: AudioContext | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private now: Call | null = null;
  played = 0; // calls that were heard

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
    return this.context?.state === "running";
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
    this.play(severity, 1);
  }

  private round(): void {
    if (!this.now) return;
    if (this.free) this.play(this.now.severity, this.now.insistent ? 1.5 : 1);
    this.timer = setTimeout(() => this.round(), EVERY_MS[this.now.severity] * (this.now.insistent ? INSISTENT : 1));
  }

  private play(severity: Call["severity"], louder: number): void {
    const context = this.context;
    if (context?.state !== "running") return;
    this.played += 1;
    for (const one of TONES[severity]) {
      const [voice, gain] = [context.createOscillator(), context.createGain()];
      const [from, to] = [context.currentTime + one.at, context.currentTime + one.at + one.long];
      voice.type = one.wave;
      voice.frequency.value = one.hertz;
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(Math.min(1, LOUDEST * louder * (this.volume / 100)), from + 0.02);
      gain.gain.setValueAtTime(Math.min(1, LOUDEST * louder * (this.volume / 100)), to - 0.03);
      gain.gain.linearRampToValueAtTime(0, to); // no click at the end
      voice.connect(gain).connect(context.destination);
      voice.start(from);
      voice.stop(to);
    }
  }
}
