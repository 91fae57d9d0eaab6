import { describe, expect, it } from "vitest";
import { heldOrder, longestRun } from "../src/ui/rows";

describe("rows in use", () => {
  it("stay where they are, and what is new comes last", () => {
    expect(heldOrder(["a", "b", "c"], ["c", "n", "a"])).toEqual(["a", "c", "n"]);
    expect(heldOrder([], ["b", "a"])).toEqual(["b", "a"]);
  });
});

describe("the rows that need not move", () => {
  it("are the longest run in order", () => {
    expect(longestRun([])).toEqual([]);
    expect(longestRun([3, 0, 1, 2])).toEqual([0, 1, 2]);
    expect(longestRun([4, 3, 2])).toHaveLength(1);
    expect(longestRun([0, 2, 1, 5, 3, 4])).toEqual([0, 1, 3, 4]);
  });
});
