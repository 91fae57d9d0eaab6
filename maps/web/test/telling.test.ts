import { describe, expect, it } from "vitest";
import type { FormField, VoiceKind } from "../src/commands/telling";
import { Wrong, timeOf, valueOf, voiceBody } from "../src/commands/telling";

const NOW = Date.UTC(2026, 10, 22, 14, 0, 0);
const field = (type: FormField["type"], more: Partial<FormField> = {}): FormField => ({ name: "x", type, required: false, ...more });
const value = (type: FormField["type"], text: string, more: Partial<FormField> = {}): unknown => valueOf(field(type, more), text, NOW);
const clock = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString().slice(0, 16));

describe("a time that is typed", () => {
  it("is so many minutes ago, or a time of day that was", () => {
    expect(clock(timeOf("10", NOW))).toBe("2026-11-22T13:50");
    expect(clock(timeOf("13:35Z", NOW))).toBe("2026-11-22T13:35");
    expect(clock(timeOf("2335", NOW))).toBe("2026-11-21T23:35");
    expect(clock(timeOf("2026-11-20 23:35Z", NOW))).toBe("2026-11-20T23:35");
  });
  it("is ahead where it is one to come", () => {
    expect(clock(timeOf("90", NOW, true))).toBe("2026-11-22T15:30");
    expect(clock(timeOf("13:35", NOW, true))).toBe("2026-11-23T13:35");
  });
  it("is nothing else", () => expect(["", "x", "25:00", "12:60Z", "-5", "12:3"].map((text) => timeOf(text, NOW))).toEqual([null, null, null, null, null, null]));
});

describe("what is typed in a field", () => {
  it("becomes what the server wants", () => {
    expect(value("integer", "3")).toBe(3);
    expect(value("number", "36,5")).toBe(36.5);
    expect(value("boolean", "no")).toBe(false);
    expect(value("choice", "Urgent surgical", { choices: ["urgent", "urgent_surgical"] })).toBe("urgent_surgical");
    expect(value("choices", "hoist, Blood", { choices: ["hoist", "blood"] })).toEqual(["hoist", "blood"]);
    expect(value("choices", "none", { choices: ["hoist"] })).toEqual([]);
    expect(value("counts", "urgent 2, priority: 1\nroutine=3", { choices: ["urgent", "priority", "routine"] })).toEqual({ urgent: 2, priority: 1, routine: 3 });
    expect(value("counts", "us military 2, prisoners", { bare: true })).toEqual({ "us military": 2, prisoners: null });
    expect(value("map", "walking=no, pulse=130, bleeding=heavy")).toEqual({ walking: false, pulse: 130, bleeding: "heavy" });
    expect(value("beds", "ward 4/20, icu 1; hdu 0/2 occupied 3", { choices: ["ward", "icu", "hdu"] })).toEqual([{ bed: "ward", free: 4, staffed: 20 }, { bed: "icu", free: 1 }, { bed: "hdu", free: 0, staffed: 2, occupied: 3 }]);
    expect(value("blood", "o- 6, A+ 2 until 2026-12-01")).toEqual([{ group: "O-", units: 6 }, { group: "A+", units: 2, expires_at: "2026-12-01T23:59:59.000Z" }]);
    expect(value("points", "19.1,5.2; 19.3,5.3")).toEqual([[19.1, 5.2], [19.3, 5.3]]);
    expect(value("times", "14:30Z, 15", { ahead: true })).toEqual(["2026-11-22T14:30:00.000Z", "2026-11-22T14:15:00.000Z"]);
  });
  it("is refused by name when it cannot be meant", () => {
    const wrong: [FormField["type"], string, Partial<FormField>?][] = [
      ["integer", "2.5"], ["integer", "-1"], ["number", "many"], ["boolean", "maybe"], ["choice", "x", { choices: ["a"] }], ["choices", "a, x", { choices: ["a"] }],
      ["counts", "urgent"], ["counts", "x 2", { choices: ["urgent"] }], ["map", "walking"], ["beds", "ward"], ["beds", "attic 3", { choices: ["ward"] }], ["beds", "ward 4/"],
      ["blood", "O-"], ["blood", "O- 6 until 2026-99-99"], ["points", "Bria"], ["time", "soon"], ["times", "14:30Z, soon"],
    ];
    for (const [type, text, more] of wrong) expect(() => value(type, text, more), `${type} ${text}`).toThrow(Wrong);
  });
});

describe("a radio call", () => {
  const loaded: VoiceKind = { kind: "casualty_loaded", heading: "casualty", summary: "", by_text: false, fields: [{ name: "casualty", type: "id", required: true }, { name: "vehicle", type: "id", required: true }] };
  const alert: VoiceKind = { kind: "alert_raised", heading: "request", summary: "", by_text: false, fields: [{ name: "who", type: "text", required: true }, { name: "where", type: "place", required: true, named: true }] };
  const mist: VoiceKind = { kind: "mist_reported", heading: "casualty", summary: "", by_text: true, fields: [{ name: "casualty", type: "id", required: true }, { name: "raw", type: "long", required: false }, { name: "signs", type: "text", required: false }, { name: "by", type: "text", required: false }] };
  it("says what was told, who spoke and when", () => {
    const texts = { casualty: "K7", vehicle: " V1 ", speaker: "Medic 2", ago: "5", where: "left over" };
    expect(voiceBody(loaded, texts, NOW, null)).toEqual({ kind: "casualty_loaded", casualty: "K7", vehicle: "V1", speaker: "Medic 2", at: "2026-11-22T13:55:00.000Z" });
  });
  it("names what is missing", () => {
    expect(() => voiceBody(loaded, { casualty: "K7", speaker: "P" }, NOW, null)).toThrow("Vehicle");
    expect(() => voiceBody(loaded, { casualty: "K7", vehicle: "V1", speaker: " " }, NOW, null)).toThrow("Speaker");
    expect(() => voiceBody(loaded, { casualty: "K7", vehicle: "V1", speaker: "P", ago: "soon" }, NOW, null)).toThrow(Wrong);
  });
  it("tells a place by its numbers, and by its name where there is one", () => {
    expect(voiceBody(alert, { who: "P", where: "Bria", speaker: "P" }, NOW, [22, 6.5])).toEqual({ kind: "alert_raised", who: "P", lon: 22, lat: 6.5, place: "Bria", speaker: "P" });
    expect(voiceBody(alert, { who: "P", where: "22,6.5", speaker: "P" }, NOW, [22, 6.5])).toEqual({ kind: "alert_raised", who: "P", lon: 22, lat: 6.5, speaker: "P" });
  });
  it("is the text or its parts, never both", () => {
    const texts = { casualty: "K7", raw: "M: mine", by: "medic", speaker: "P" };
    expect(voiceBody(mist, texts, NOW, null)).toMatchObject({ raw: "M: mine", by: "medic" });
    expect(() => voiceBody(mist, { ...texts, signs: "pulse 130" }, NOW, null)).toThrow("not both");
  });
});
