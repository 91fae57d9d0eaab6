import { describe, expect, it } from "vitest";
import { wholePixels } from "../src/map/pixels";

const box = (left: number, top: number, width: number, height: number) => ({ left, top, right: left + width, bottom: top + height });

describe("the map on whole pixels", () => {
  it("begins and ends on pixels within its box", () => {
    expect(wholePixels(box(374.390625, 70.59375, 734.421875, 829.40625), 1)).toEqual({ left: 0.609375, top: 0.40625, width: 733, height: 829 });
  });
  it("fills a box that lies on pixels", () => {
    expect(wholePixels(box(10, 20, 300, 400), 1)).toEqual({ left: 0, top: 0, width: 300, height: 400 });
    expect(wholePixels(box(10.5, 20, 300, 400), 2)).toEqual({ left: 0, top: 0, width: 300, height: 400 });
  });
  it("is as many device pixels wide as its canvas will have, at any ratio of the screen", () => {
    for (const ratio of [1, 1.1, 1.25, 1.5, 1.75, 2, 2.625]) {
      const found = wholePixels(box(33.3, 44.4, 801.7, 613.9), ratio);
      expect((33.3 + found.left) * ratio).toBeCloseTo(Math.round((33.3 + found.left) * ratio), 2);
      expect(found.left + found.width).toBeLessThanOrEqual(801.7 + 1e-2);
      if (ratio !== 2.625) expect(found.width * ratio).toBeCloseTo(Math.round(found.width * ratio), 2);
    }
  });
  it("of nothing is nothing", () => expect(wholePixels(box(0, 0, 0, 0), 1).width).toBe(0));
});
