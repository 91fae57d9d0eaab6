import { describe, expect, it } from "vitest";
import { NOBODY_YET, may, readMe, senderOf } from "../src/commands/person";

const MEDIC = { name: "amina", role: "medic", door: "asks" as const, may: ["casualty_triaged"] };

describe("who is at the page", () => {
  it("may what the server says, and everything until it has said it", () => {
    expect([may(MEDIC, "casualty_triaged"), may(MEDIC, "task")]).toEqual([true, false]);
    expect(may({ ...MEDIC, may: [] }, "casualty_triaged")).toBe(false);
    expect(may(NOBODY_YET, "task")).toBe(true);
  });

  it("gives words a name only where people have accounts", () => {
    expect(senderOf(MEDIC)).toBe("amina");
    expect(senderOf({ ...MEDIC, name: "watch-keeper", door: "open" })).toBe("");
    expect(senderOf(NOBODY_YET)).toBe("");
  });

  it("is remembered; a damaged note is nobody", () => {
    expect(readMe(JSON.stringify(MEDIC))).toEqual(MEDIC);
    for (const text of [null, "", "{", "3", "[]", "null", '{"name":"x"}', '{"name":1,"role":"x","may":[]}']) expect(readMe(text)).toEqual(NOBODY_YET);
  });
});
