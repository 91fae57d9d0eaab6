import { describe, expect, it } from "vitest";
import { SHARED } from "../src/keep/kept";
import type { Casualty, Request } from "../src/live/protocol";
import { launchTimes } from "../src/nine/after";
import type { Dialect } from "../src/nine/coded";
import { Unclear, accepted, counted, leading, listed, single } from "../src/nine/coded";
import { Drafts, KEEP_NOTHING, isUntouched } from "../src/nine/drafts";
import { headCount, inWords, lineFields, missing, tell, textsOf, toldLines } from "../src/nine/lines";
import { BadRow, emptyRow, lowers, rowBody, vitalsOf } from "../src/nine/mist";
import { metresApart, twins } from "../src/nine/near";
import { place, readBack, spelled, spoken } from "../src/nine/readback";
import { caughtUp, commandOf, faultAt, freshDraft, rowsFor, updateOf } from "../src/nine/sheet";
import { casualty, request } from "./samples";

const NOW = Date.UTC(2026, 10, 22, 14, 0, 0);
const LETTERS: Dialect = {
  name: "us-atp", title: "", verified: true, note: "", line_6: "war", line_9: "war", titles: {}, categories: ["T1", "T2", "T3", "DEAD"], mission: "ex",
  letters: {
    3: { A: "urgent", B: "urgent_surgical", C: "priority" }, 4: { A: null, B: "hoist", D: "ventilator" }, 5: { L: "litter", A: "ambulatory" }, 6: { N: "none", P: "possible", X: "escort_required" },
    7: { C: "smoke", D: "none" }, 8: { A: "us_military", D: "non_us_civilian" }, 9: { N: "nuclear", C: "chemical" },
  },
  words: {
    3: { urgent: "urgent", urgent_surgical: "urgent_surgical", priority: "priority", routine: "routine" }, 4: { none: null, hoist: "hoist", ventilator: "ventilator" }, 5: { litter: "litter", ambulatory: "ambulatory" },
    6: { none: "none", possible: "possible", "no enemy": "none" }, 7: { smoke: "smoke" }, 8: { us_military: "us_military", non_us_civilian: "non_us_civilian" }, 9: { nuclear: "nuclear", none: "none" },
  },
};
const OTHER: Dialect = { ...LETTERS, name: "un-2020", verified: false, letters: { ...LETTERS.letters, 3: { A: "urgent", B: "priority", C: "routine" } } };
const said = (text: string, letters: Dialect | null = LETTERS): unknown => Object.fromEntries(counted(3, text, letters));
const fault = (run: () => unknown): Unclear => {
  try {
    run();
  } catch (wrong) {
    if (wrong instanceof Unclear) return wrong;
  }
  throw new Error("nothing was wrong");
};

describe("letters and counts", () => {
  it("are understood as they are typed and spoken", () => {
    for (const text of ["2A 1C", "A2 C1", "2a1c", "A2, C1.", "2 x A, 1 C", "2 urgent and 1 priority", "TWO ALFA ONE CHARLIE", "two alpha, one charlie over"]) expect(said(text)).toEqual({ urgent: 2, priority: 1 });
    expect(said("1 urgent surgical")).toEqual({ urgent_surgical: 1 });
    expect(Object.fromEntries(counted(8, "A2, D", LETTERS, true))).toEqual({ us_military: 2, non_us_civilian: null });
  });
  it("mean what the mission's own dialect says", () => {
    expect(said("1B")).toEqual({ urgent_surgical: 1 });
    expect(said("1B", OTHER)).toEqual({ priority: 1 });
    expect(said("1 urgent surgical", OTHER)).toEqual({ urgent_surgical: 1 });
  });
  it("that are wrong say what is allowed", () => {
    expect(fault(() => said("2F")).message).toContain("A urgent, B urgent surgical, C priority");
    expect(fault(() => said("2F")).message).toContain("F means nothing in us-atp");
    expect(fault(() => single(6, "E", LETTERS)).message).toContain("X enemy, armed escort required");
    expect(fault(() => said("A2 A1")).message).toContain("twice");
    expect(fault(() => said("2 3 A")).unfinished).toBe(false);
    expect(fault(() => said("9999A")).message).toContain("too many");
    expect(fault(() => said("2А")).message).toContain("means nothing"); // a Cyrillic letter
  });
  it("that are not finished are no fault yet", () => {
    expect(fault(() => said("2")).unfinished).toBe(true);
    expect(fault(() => said("A")).unfinished).toBe(true);
  });
  it("are words alone without a dialect", () => {
    expect(fault(() => said("2A", null))).toBeInstanceOf(Unclear);
    expect(accepted(3, null)).toBe("");
  });
  it("list, single out and lead", () => {
    expect(listed(4, "B, D", LETTERS)).toEqual(["hoist", "ventilator"]);
    expect(fault(() => listed(4, "A B", LETTERS)).message).toContain("which");
    expect(single(6, "no enemy", LETTERS)).toBe("none");
    expect(leading(7, "C, green", LETTERS)).toEqual(["smoke", "green"]);
    expect(leading(7, "smoke green at 1435", LETTERS)).toEqual(["smoke", "green at 1435"]);
  });
});

describe("the lines", () => {
  it("are told in words and never in letters, and come back as typed", () => {
    const texts = { pickup: "34NFN0939121654", frequency: "38.65", callsign: "PATROL 3", precedences: "2A 1C", equipment: "B D", types: "1L 2A", security: "P", wounds: "blast", marking: "C, green", patients: "A2, D", contamination: "N", terrain: "flat", remarks: "" };
    const { told, unclear } = toldLines(texts, {}, LETTERS);
    expect(unclear.size).toBe(0);
    expect(told).toEqual({ pickup: "34NFN0939121654", frequency: "38.65", callsign: "PATROL 3", precedences: { urgent: 2, priority: 1 }, equipment: ["hoist", "ventilator"], litter: 1, ambulatory: 2, security: "possible", wounds: "blast", marking: "smoke", marking_detail: "green", patients: { us_military: 2, non_us_civilian: null }, contamination: "nuclear", terrain: "flat" });
    expect(toldLines(textsOf(told, LETTERS), {}, LETTERS).told).toEqual(told);
    expect(toldLines(textsOf(told, OTHER), {}, OTHER).told).toEqual(told); // another force's letters, the same words
  });
  it("tell only what differs from what is known", () => {
    const base = { precedences: "1A", types: "1L 1A", pickup: "Bria" };
    expect(toldLines({ ...base, precedences: "2A" }, base, LETTERS).told).toEqual({ precedences: { urgent: 2 } });
    expect(toldLines({ ...base, types: "2L" }, base, LETTERS).told).toEqual({ litter: 2, ambulatory: 0 });
    expect(toldLines({ ...base, pickup: "" }, base, LETTERS).told).toEqual({});
  });
  it("none needed is told, and no patients are", () => expect([tell("equipment", "A", LETTERS), tell("precedences", "none", LETTERS)]).toEqual([{ equipment: [] }, { precedences: {} }]));
  it("are shown in words", () => {
    expect(inWords("precedences", "2A 1C", LETTERS)).toBe("2 × urgent, 1 × priority");
    expect(inWords("equipment", "A", LETTERS)).toBe("none needed");
    expect(inWords("contamination", "N", LETTERS)).toBe("nuclear");
  });
  it("count the casualties and say what is missing to launch", () => {
    expect(headCount({ types: "2L 1A", precedences: "1A" }, LETTERS)).toBe(3);
    expect(headCount({ types: "2", precedences: "2A" }, LETTERS)).toBe(2);
    expect(missing({ pickup: "x", callsign: "y", precedences: "1A" })).toEqual([4, 5]);
  });
  it("put wounds first in peace", () => expect(lineFields({ ...LETTERS, line_6: "peace" }).filter((one) => one.line === 6).map((one) => one.name)).toEqual(["wounds", "security"]));
  it("refuse more than the store keeps, in words", () => expect(fault(() => tell("remarks", "x".repeat(5000), LETTERS)).message).toContain("2000"));
});

describe("a casualty", () => {
  const row = (more: Partial<ReturnType<typeof emptyRow>>): ReturnType<typeof emptyRow> => ({ ...emptyRow(), ...more });
  it("has vital signs in one line", () => {
    expect(vitalsOf("P 120 R28 BP 90/60 S 92% T36,5 GCS 14 V pain 6")).toEqual({ pulse: 120, respiration: 28, systolic: 90, diastolic: 60, spo2: 92, temperature_c: 36.5, gcs: 14, avpu: "V", pain: 6 });
    expect(() => vitalsOf("P 120 Q 3")).toThrow(BadRow);
  });
  it("is told by what differs", () => {
    const typed = row({ mechanism: "mine", age: "12", injured: "20", within: "5", category: "T1" });
    expect(rowBody(typed, emptyRow(), NOW)).toEqual({ mist: { mechanism: "mine", age_group: "child", age_years: 12, injury_at: "2026-11-22T13:40:00.000Z", injury_uncertainty_s: 300 }, triage: { category: "T1" } });
    expect(rowBody(typed, typed, NOW)).toBeNull();
    expect(rowBody({ ...typed, casualty: "ZGDF-7KWT", signs: "pale" }, typed, NOW)).toEqual({ casualty: "ZGDF-7KWT", mist: { signs: "pale" } });
  });
  it("needs a reason for a lower category", () => {
    expect([lowers("T1", "T2"), lowers("T2", "T1"), lowers("", "T3")]).toEqual([true, false, false]);
    expect(() => rowBody(row({ category: "T3" }), row({ category: "T1" }), NOW)).toThrow(/lowered/);
    expect(rowBody(row({ category: "T3", reason: "walks" }), row({ category: "T1" }), NOW)).toEqual({ triage: { category: "T3", reason: "walks" } });
  });
  it("has as many rows as are counted, and none typed is taken away", () => {
    expect(rowsFor([], 3).length).toBe(3);
    expect(rowsFor([], 400).length).toBe(12);
    expect(rowsFor([emptyRow(), row({ signs: "x" }), emptyRow()], 1).length).toBe(2);
  });
});

const open = (id: string, more: Partial<Request> = {}): Request => request(id, { opened_at: "2026-11-22T13:50:00Z", lon: 20, lat: 5, who: "PATROL 3", ...more });
const nine = (fields: Record<string, unknown>, told_at = "2026-11-22T13:50:00Z"): NonNullable<Request["nine_line"]> => ({
  dialect: "us-atp", verified: true, note: "", launchable: false, launchable_at: null, missing: [], remarks: "", read_back: null, fields,
  lines: [{ line: 3, title: "", text: "", told_at, by: "PATROL 3" }],
});

describe("the same incident", () => {
  const typed = { lon: 20, lat: 5.005, within: 10, callsign: "" };
  it("is near and soon, or of the same call sign", () => {
    expect(twins([open("R-1")], typed, NOW, []).map((one) => [one.request.id, Math.round(one.metres ?? 0), one.callsign])).toEqual([["R-1", 556, false]]);
    expect(twins([open("R-1", { lat: 6 })], typed, NOW, [])).toEqual([]);
    expect(twins([open("R-1", { opened_at: "2026-11-22T12:00:00Z" })], typed, NOW, [])).toEqual([]);
    expect(twins([open("R-1", { lon: null, lat: null })], { ...typed, callsign: "patrol-3" }, NOW, [])[0]?.callsign).toBe(true);
  });
  it("is no closed one, nor one that a person said is another", () => {
    expect(twins([open("R-1", { state: "closed" })], typed, NOW, [])).toEqual([]);
    expect(twins([open("R-1")], typed, NOW, ["R-1"])).toEqual([]);
  });
  it("is measured over the date line", () => expect(metresApart({ lon: 179.999, lat: 0 }, { lon: -179.999, lat: 0 })).toBeCloseTo(222.39, 1));
});

describe("a sheet", () => {
  const known: Casualty = casualty("Z-1", { category: "T2" });
  it("that tells more of a request begins with what is known, and sends what was typed", () => {
    const typed = { ...freshDraft("ex", NOW), texts: { precedences: "2A" }, rows: [{ ...emptyRow(), mechanism: "mine" }] };
    const update = updateOf(open("R-1", { nine_line: nine({ precedences: { urgent: 1 }, callsign: "PATROL 3" }) }), [known], LETTERS, typed);
    expect(update.texts["callsign"]).toBe("PATROL 3");
    expect(toldLines(update.texts, update.base, LETTERS).told).toEqual({ precedences: { urgent: 2 } });
    expect(update.rows.map((row) => [row.casualty, row.category, row.mechanism])).toEqual([["Z-1", "T2", ""], ["", "", "mine"]]);
  });
  it("takes up what others told, never over what was typed", () => {
    const was = open("R-1", { nine_line: nine({ precedences: { urgent: 1 } }) });
    const now = open("R-1", { nine_line: nine({ precedences: { urgent: 3 } }, "2026-11-22T13:55:00Z") });
    const draft = updateOf(was, [], LETTERS, freshDraft("ex", NOW));
    expect(caughtUp(draft, was, LETTERS).draft).toBe(draft);
    expect(caughtUp(draft, now, LETTERS).draft.texts["precedences"]).toBe("A3");
    const mine = { ...draft, texts: { ...draft.texts, precedences: "2A" } };
    const found = caughtUp(mine, now, LETTERS);
    expect(found.draft.texts["precedences"]).toBe("2A");
    expect(found.changes.map((one) => [one.field.name, one.theirs, one.mine])).toEqual([["precedences", "A3", true]]);
  });
  it("is one small command", () => {
    const draft = { ...freshDraft("ex", NOW), texts: { pickup: "34N", speaker: " PATROL 3 " }, pin: { text: "34N", lon: 20, lat: 5, within: 30 } };
    expect(commandOf(draft, { pickup: "34N" }, [null, { triage: { category: "T1" } }, null], null)).toEqual({ lines: { pickup: "34N", lon: 20, lat: 5, uncertainty_m: 30 }, casualties: [{}, { triage: { category: "T1" } }], speaker: "PATROL 3" });
    expect(commandOf(draft, { pickup: "Bria" }, [], NOW)).toEqual({ lines: { pickup: "Bria" }, speaker: "PATROL 3", at: "2026-11-22T14:00:00.000Z" });
    expect(commandOf(draft, {}, [null], null)).toBeNull();
  });
  it("knows where the server's words belong", () => expect([faultAt("line 8: x"), faultAt("casualty 2: pulse"), faultAt("no request")]).toEqual([{ line: 8 }, { casualty: 2, words: "pulse" }, null]));
});

class Shelf {
  readonly kept = new Map<string, string>();
  getItem = (name: string): string | null => this.kept.get(name) ?? null;
  setItem = (name: string, value: string): void => void this.kept.set(name, value);
  removeItem = (name: string): void => void this.kept.delete(name);
}

describe("drafts", () => {
  const draft = { ...freshDraft("ex", NOW), texts: { callsign: "X" } };
  it("are kept by mission, the latest first, and dropped one by one", () => {
    const drafts = new Drafts(new Shelf());
    drafts.put(draft);
    drafts.put({ ...draft, id: "2", savedAt: NOW + 1 });
    drafts.put({ ...draft, id: "3", mission: "other" });
    expect(drafts.of("ex").map((one) => one.id)).toEqual(["2", draft.id]);
    drafts.drop("2");
    expect(drafts.of("ex").length).toBe(1);
  });
  it("survive a damaged shelf", () => {
    const shelf = new Shelf();
    shelf.setItem("casevac.nine-drafts", '[{"id":1},null,{"x"');
    expect(new Drafts(shelf).all()).toEqual([]);
  });
  it("leave nothing on a machine that keeps nothing", () => {
    const shelf = new Shelf();
    shelf.setItem(KEEP_NOTHING, "1");
    const drafts = new Drafts(shelf);
    drafts.put(draft);
    expect(drafts.of("ex").length).toBe(1);
    expect([...shelf.kept.keys()]).toEqual([KEEP_NOTHING]);
  });
  it("of before are on that page alone once nothing may be kept", () => {
    const shelf = new Shelf();
    new Drafts(shelf).put(draft);
    shelf.setItem(SHARED, "1");
    expect(new Drafts(shelf).of("ex").map((one) => one.id)).toEqual([draft.id]);
    expect([...shelf.kept.keys()]).toEqual([SHARED]);
  });
  it("are untouched until something is typed", () => expect([isUntouched(freshDraft("ex", NOW)), isUntouched(draft)]).toEqual([true, false]));
});

describe("the read-back", () => {
  it("spells letters and says figures one by one", () => {
    expect(spelled("34N")).toBe("THREE FOUR NOVEMBER");
    expect(spoken("freq 38.65 R-7K")).toBe("FREQ THREE EIGHT DECIMAL SIX FIVE ROMEO - SEVEN KILO");
    expect(place("34nfn 0939 1215")).toBe("GRID THREE FOUR NOVEMBER — FOXTROT NOVEMBER — ZERO NINER THREE NINER — ONE TWO ONE FIVE");
    expect(place("-19.1,5.75")).toBe("LONGITUDE ONE NINER DECIMAL ONE WEST, LATITUDE FIVE DECIMAL SEVEN FIVE NORTH");
    expect(place("12 km NE of Sibut")).toBe("ONE TWO KM NE OF SIBUT");
  });
  it("says what was accepted, line by line, in the letters it was told in", () => {
    const told = open("R-7K2", { nine_line: nine({ precedences: { urgent: 2, priority: 1 }, equipment: [], litter: 3, security: "possible", wounds: "two blast", callsign: "PATROL 3" }) });
    const text = readBack(told, [casualty("Z1", { category: "T1", mist: { ...casualty("Z1").mist, mechanism: "mine" } })], LETTERS).split("\n");
    expect(text[0]).toBe("PATROL THREE, I READ BACK");
    expect(text[1]).toBe("REQUEST NUMBER SEVEN KILO TWO");
    expect(text).toContain("LINE THREE: TWO ALFA (urgent), ONE CHARLIE (priority)");
    expect(text).toContain("LINE FOUR: ALFA (none needed)");
    expect(text).toContain("LINE SIX: PAPA (possible enemy), TWO BLAST");
    expect(text).toContain("  MIKE: MINE");
    expect(text.at(-1)).toBe("IS THAT CORRECT? OVER");
    expect(readBack(told, [], OTHER)).toContain("TWO URGENT, ONE PRIORITY"); // never another force's letters
    expect(readBack(open("R-1"), [], LETTERS)).toBe("");
  });
  it("comes with the time to the launch decision", () => {
    const told = open("R-1", { nine_line: { ...nine({}), launchable_at: "2026-11-22T13:52:00Z" } });
    expect(launchTimes(told, NOW)).toBe("Request open for 10:00 · launchable after 2:00 · no launch decision for 8:00");
    expect(launchTimes({ ...told, decision_s: 95 }, NOW)).toContain("launch decided after 1:35");
  });
});
