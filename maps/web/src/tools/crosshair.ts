/** The cross in the middle of the map, by which tools are used without a pointer. */
import { grid } from "../grid";
import type { MapHand } from "../map/hand";
import { toolWords } from "../strings/tools";
import { el, say } from "../ui/dom";
import type { LonLat } from "./geodesy";

const STEP_PX = 12;
const FAR_PX = 96;
const SPOKEN_AFTER_MS = 250;

export interface CrossKeys {
  /** Enter; `moved` when the cross was moved since the last point was set, by whatever means. */
  enter(at: LonLat, moved: boolean): void;
  back(): void;
  leave(): void;
  moved(at: LonLat): void;
}

export class Crosshair {
  readonly node = el("div", { class: "crosshair", role: "application", tabindex: "0", hidden: true, "aria-label": toolWords.draw.cross, "data-testid": "crosshair" });
  readonly spoken = el("p", { class: "unseen", "aria-live": "polite" });
  private keys: CrossKeys | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private moved = true;
  private readonly listen = (event: KeyboardEvent): void => this.key(event);

  constructor(private readonly hand: () => MapHand) {}

  /** Shows the cross and gives it the keys of the map; null takes it away. */
  serve(keys: CrossKeys | null): void {
    this.keys = keys;
    this.moved = true;
    this.node.hidden = keys === null;
    document.removeEventListener("keydown", this.listen, true);
    if (!keys) return;
    document.addEventListener("keydown", this.listen, true);
    this.node.focus({ preventScroll: true });
  }

  /** A point was set by other means: the next Enter does not set the place under the cross. */
  still(): void {
    this.moved = false;
  }

  get at(): LonLat {
    const { width, height } = this.hand().view;
    return this.hand().place(width / 2, height / 2);
  }

  private key(event: KeyboardEvent): void {
    if (!this.keys || event.ctrlKey || event.metaKey || event.altKey || !this.mine(event.target)) return;
    const step = event.shiftKey ? FAR_PX : STEP_PX;
    const moves: Record<string, [number, number]> = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const move = moves[event.key];
    if (move) this.pan(move);
    else if (event.key === "+" || event.key === "=") this.hand().zoom(1);
    else if (event.key === "-") this.hand().zoom(-1);
    else if (event.key === "Enter") this.enter();
    else if (event.key === "Backspace" || event.key === "Delete") this.keys.back();
    else if (event.key === "Escape") this.keys.leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Keys on the map and on nothing; those of a field or a button are their own. */
  private mine(target: EventTarget | null): boolean {
    return target === this.node || target === document.body || (target instanceof HTMLElement && target.classList.contains("maplibregl-canvas"));
  }

  private enter(): void {
    const { moved } = this;
    this.moved = false;
    this.keys?.enter(this.at, moved);
  }

  private pan(move: [number, number]): void {
    this.hand().pan(...move);
    this.moved = true;
    this.keys?.moved(this.at);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => say(this.spoken, toolWords.draw.crossAt(grid(...this.at, 5))), SPOKEN_AFTER_MS);
  }
}
