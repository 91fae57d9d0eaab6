import { describe, expect, it } from "vitest";
import type { Line } from "../src/screens/table-lines";
import { COLUMNS, filtered, sorted } from "../src/screens/table-lines";
import { clipped, plain } from "../src/ui/plain";
import { plural, put } from "../src/strings/words";

const line = (id: string, texts: Partial<Record<(typeof COLUMNS)[number], string | number>>): Line => ({
  ref: { kind: "vehicle", id }, stale: false,
  cells: Object.fromEntries(COLUMNS.map((column) => [column, { text: String(texts[column] ?? ""), sort: texts[column] ?? "" }])) as Line["cells"],
});
const ids = (lines: Line[]): string[] => lines.map((one) => one.ref.id);

describe("the table", () => {
  const lines = [line("b", { name: "AMB 10", age: 5 }), line("a", { name: "AMB 2", age: 90 }), line("c", { name: "AMB 2", age: 7 })];
  it("sorts numbers in names as numbers, and equal ones always alike", () => {
    expect(ids(sorted([...lines], "name", true))).toEqual(["a", "c", "b"]);
    expect(ids(sorted([...lines].reverse(), "name", true))).toEqual(["a", "c", "b"]);
    expect(ids(sorted([...lines], "age", false))).toEqual(["a", "c", "b"]);
  });
  it("finds lines by words of any column", () => {
    expect(ids(filtered(lines, " amb  10 "))).toEqual(["b"]);
    expect(ids(filtered(lines, ""))).toEqual(["b", "a", "c"]);
    expect(filtered(lines, "nowhere")).toEqual([]);
  });
});

describe("text of strangers", () => {
  it("shows what would turn or hide it", () => {
    expect(plain("AMB\u202e1\u0000\u200b")).toBe("AMB␣1␣␣");
    expect(plain("à 1\n👩\u200d⚕️ \u0628")).toBe("à 1\n👩\u200d⚕️ \u0628");
  });
  it("is cut between characters", () => {
    expect(clipped("abc", 3)).toBe("abc");
    expect(clipped("ab🚑d", 4)).toBe("ab…");
    expect(clipped("x".repeat(5000), 200)).toHaveLength(200);
  });
});

describe("the catalogue", () => {
  it("counts and puts words where the sentence wants them", () => {
    expect(plural(1, { one: "{n} report", other: "{n} reports" })).toBe("1 report");
    expect(plural(1200, { other: "{n} reports" })).toBe("1,200 reports");
    expect(put("{b} before {a}{c}", { a: "x", b: 2 })).toBe("2 before x{c}");
  });
});
