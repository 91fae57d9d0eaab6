import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Beat } from "../src/ui/beat";

describe("when the page is drawn", () => {
  let frames: (() => void)[] = [];
  const next = (): void => frames.splice(0).forEach((run) => run());
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("document", { visibilityState: "visible" });
    vi.stubGlobal("requestAnimationFrame", (run: () => void) => frames.push(run));
  });
  afterEach(() => {
    frames = [];
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
  const beating = (): { beat: Beat; drawn: boolean[] } => {
    const drawn: boolean[] = [];
    return { beat: new Beat((full) => drawn.push(full)), drawn };
  };

  it("an event is on the map first, in the lists with the frame after it", () => {
    const { beat, drawn } = beating();
    beat.event();
    next();
    next();
    next();
    expect(drawn).toEqual([false, true]);
  });
  it("the lists wait for one event, not for all of a flood", () => {
    const { beat, drawn } = beating();
    for (let frame = 0; frame < 6; frame += 1) {
      beat.event();
      next();
    }
    expect(drawn.filter((full) => full).length).toBe(3);
  });
  it("clocks tick by themselves", () => {
    const { beat, drawn } = beating();
    beat.start();
    next();
    vi.advanceTimersByTime(1200);
    next();
    expect(drawn).toEqual([true, true]);
  });
});
