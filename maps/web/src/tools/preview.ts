/** What a closure would do, asked while it is drawn: one question at a time, the latest wins, stale answers are dropped. */
import type { Door } from "../commands/door";

export interface PreviewLeg {
  vehicle: string;
  mode: string;
  to: string;
  later_s: number | null;
  farther_m: number | null;
  exposure_s: number | null;
  why_not: string | null;
  path: [number, number][]; // the way as it would be; empty where there is none
}
export interface PreviewChain {
  chain: string;
  request: string;
  facility: string;
  later_s: number | null;
  words: string[];
  legs: PreviewLeg[];
}
export interface PreviewAnswer {
  touches_roads: boolean;
  changed: PreviewChain[];
  unchanged: string[];
}
export type PreviewState = { is: "none" } | { is: "asking"; last: PreviewAnswer | null } | { is: "told"; answer: PreviewAnswer } | { is: "away" } | { is: "refused"; why: string };

const AFTER_MS = 90;
const PATH = "api/hazards/preview";

export class Preview {
  state: PreviewState = { is: "none" };
  private wanted: Record<string, unknown> | null = null;
  private asked = "";
  private flying = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly door: Pick<Door, "post" | "bound">, private readonly changed: () => void, private readonly words: (body: unknown) => string) {}

  /** What would be applied now; null: nothing that could be. */
  look(body: Record<string, unknown> | null): void {
    this.wanted = body;
    const text = body === null ? "" : JSON.stringify(body);
    if (text === this.asked) return;
    this.asked = text;
    if (body === null) return this.become({ is: "none" });
    this.become({ is: "asking", last: this.last });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), AFTER_MS);
  }

  end(): void {
    clearTimeout(this.timer);
    [this.wanted, this.asked] = [null, ""];
    this.become({ is: "none" });
  }

  private get last(): PreviewAnswer | null {
    return this.state.is === "told" ? this.state.answer : this.state.is === "asking" ? this.state.last : null;
  }

  private async ask(): Promise<void> {
    if (this.flying || this.wanted === null) return; // whoever flies asks again when it is back
    this.flying = true;
    const [body, asked] = [this.wanted, this.asked];
    const answer = await this.door.post(this.door.bound(PATH), body, "");
    this.flying = false;
    if (asked !== this.asked) return void this.ask();
    if (answer.status === 200) this.become({ is: "told", answer: answer.body as PreviewAnswer });
    else if (answer.status === 0 || answer.status >= 500) this.become({ is: "away" });
    else this.become({ is: "refused", why: this.words(answer.body) });
  }

  private become(state: PreviewState): void {
    this.state = state;
    this.changed();
  }
}
