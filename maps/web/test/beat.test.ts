import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Beat } from "../src/ui/beat";

describe("when the page is drawn", () => {
  let frames: (() => void)[] = [];
  const next = (): void => {
    frames.splice(0).forEach((run) => run());
    vi.advanceTimersByTime(1); // tasks between two frames
  };
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

  it("an event is on the map first, in the lists when that is on the display", () => {
    const { beat, drawn } = beating();
    beat.event();
    next();
    next();
    expect(drawn).toEqual([false]);
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
  it("a tab that was hidden while a frame was asked for is drawn all the same, once", () => {
    const { beat, drawn } = beating();
    beat.soon();
    vi.advanceTimersByTime(1100);
    expect(drawn).toEqual([true]);
    next();
    expect(drawn).toEqual([true]);
    beat.event();
    vi.advanceTimersByTime(4000);
    expect(drawn).toEqual([true, false, true]);
  });
  it("positions that come before the lists take them along, and they are not drawn twice", () => {
    const { beat, drawn } = beating();
    beat.event();
    next();
    beat.moved(1);
    next();
    next();
    next();
    expect(drawn).toEqual([false, true]);
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
