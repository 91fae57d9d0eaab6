import { describe, expect, it } from "vitest";
import type { Moves } from "../src/live/moves";
import { Missed, MovesReader } from "../src/live/moves";
import vectors from "./moves.json";

const frames = vectors as unknown as { frame: Moves; positions: Record<string, object> }[];

describe("compact positions", () => {
  it("are read just as the server's own reader reads them", () => {
    const reader = new MovesReader();
    for (const { frame, positions } of frames) {
      expect(Object.fromEntries(reader.take(frame).map((one) => [one.device, one]))).toEqual(positions);
    }
    expect(frames.length).toBeGreaterThan(10);
  });

  it("are followed from any keyframe on", () => {
    const reader = new MovesReader();
    const keys = frames.filter(({ frame }) => frame.key);
    const from = frames.indexOf(keys.at(-1) as (typeof frames)[number]);
    expect(from).toBeGreaterThan(0);
    for (const { frame, positions } of frames.slice(from)) {
      expect(Object.fromEntries(reader.take(frame).map((one) => [one.device, one]))).toEqual(positions);
    }
  });

  it("are never guessed: a gap, an unknown slot and a torn frame are missed", () => {
    const [first, second, third] = frames.map(({ frame }) => frame) as [Moves, Moves, Moves];
    const begun = (): MovesReader => {
      const reader = new MovesReader();
      reader.take(first);
      return reader;
    };
    expect(() => new MovesReader().take(second)).toThrow(Missed);
    expect(() => begun().take(third)).toThrow(Missed);
    expect(() => begun().take({ ...second, new: [] })).toThrow(Missed);
    expect(() => begun().take({ ...second, bits: "AAAA" })).toThrow(Missed);
    expect(() => begun().take({ ...second, k: [1, 2] })).toThrow(Missed);
  });
});
