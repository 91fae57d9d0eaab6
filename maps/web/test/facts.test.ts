import { describe, expect, it } from "vitest";
import type { Desk } from "../src/desk";
import { begin } from "../src/live/fold";
import { chosenId, idsOf } from "../src/live/known";
import type { Entities } from "../src/live/protocol";
import { announcement, subjectOf } from "../src/screens/alarms";
import type { Post } from "../src/commands/outbox";
import { inOrder, onTheirWay } from "../src/watch/ringing";
import { approvalWords, describe as told } from "../src/screens/facts";
import { alarm, casualty, chain, entities, facility, request, vehicle } from "./samples";
import { NOBODY_YET } from "../src/commands/person";

const NOW = Date.UTC(2026, 10, 22, 14, 0, 0);
const desk = (more: Partial<Entities>, selected: Desk["selected"] = null): Desk => {
  const mission = { id: "m", name: "", kind: "live" as const, speed_factor: 1, note: "" };
  return { picture: begin({ epoch: "e", seq: 1, server_time: new Date(NOW).toISOString(), mission, log: [], positions: [], entities: entities(more) }), now: NOW, replay: false, selected, devices: {}, me: NOBODY_YET };
};
const fact = (kind: "facility" | "casualty" | "request" | "vehicle", id: string, more: Partial<Entities>): Record<string, string> =>
  Object.fromEntries((told({ kind, id }, desk(more))?.facts ?? []).map(([label, text]) => [label, text]));

describe("what nobody told", () => {
  it("is never shown as a number", () => {
    const found = fact("facility", "f", { facilities: { f: facility("f") } });
    expect([found["Beds free"], found["Operating tables"], found["Blood"]]).toEqual(["not told / not told", "not told", "not told"]);
    expect(fact("vehicle", "v", { vehicles: { v: vehicle("v") } })["Equipment"]).toBe("not told");
    expect(fact("vehicle", "v", { vehicles: { v: vehicle("v", [], { equipment: [] }) } })["Equipment"]).toBe("none");
    expect(fact("casualty", "k", { casualties: { k: casualty("k") } })["MIST"]).toBe("not told");
    expect(fact("request", "r", { requests: { r: request("r") } })).toMatchObject({ "9-line": "not told", Acknowledged: "not yet" });
  });
});

describe("what was told", () => {
  it("says how old a figure is and whether it is too old", () => {
    const figure = { what: "beds.ward.free", value: 4, as_of: "2026-11-22T11:00:00Z", source: "voice", by: "matron" };
    const board = [{ ...figure, stale_after: "2026-11-22T13:00:00Z" }, { ...figure, what: "tables", value: null, stale_after: "2026-11-22T15:00:00Z" }];
    const found = fact("facility", "f", { facilities: { f: facility("f", { board }) } });
    expect(found["Board: beds ward free"]).toBe("4 · 11:00Z (3 h) · matron · STALE");
    expect(found["Board: tables"]).toBe("not told · 11:00Z (3 h) · matron");
  });
  it("tells diverting from closed, with its reason", () => {
    const diverting = facility("f", { accepting: "diverting", open: false, reason: "no staff" });
    expect(fact("facility", "f", { facilities: { f: diverting } })["State"]).toBe("diverting: takes nobody new · no staff");
  });
  it("names who is asked to approve, and who denied and why", () => {
    const { approval } = chain("c");
    expect(approvalWords(chain("c"))).toBe("");
    expect(approvalWords(chain("c", { approval: { ...approval, state: "awaiting", needed: ["HEL"], authorities: ["FHQ", "chief"] } }))).toBe("AWAITING APPROVAL of FHQ or chief for HEL");
    expect(approvalWords(chain("c", { approval: { ...approval, state: "denied", by: "FHQ", reason: "fog" } }))).toBe("DENIED by FHQ · fog");
  });
  it("marks a 9-line whose letters are not verified and what it lacks", () => {
    const nine = { dialect: "demo", verified: false, note: "", lines: [{ line: 2, title: "frequency", text: "38.65", told_at: null, by: "" }], launchable: false, launchable_at: null, fields: {}, read_back: null, missing: ["line 1 (pick-up)"], remarks: "" };
    const found = fact("request", "r", { requests: { r: request("r", { nine_line: nine }) } });
    expect(found["9-line"]).toContain("UNVERIFIED");
    expect(found["9-line"]).toContain("missing: line 1 (pick-up)");
    expect(found["2 frequency"]).toBe("38.65");
  });
});

describe("how far a device can be trusted", () => {
  const fix = { device: "d", vehicle: null, lon: 18.55, lat: 4.36, at: "2026-11-22T13:59:00Z", received_at: "", speed: null, course: null, accuracy: 8, battery: null, source: "device", speaker: null, uncertainty_m: 0, flags: [] as string[], mission: "m" };
  const facts = (flags: string[], uncertainty_m: number, devices: Desk["devices"] = {}): Record<string, string> => {
    const shown = desk({});
    const picture = { ...shown.picture, positions: { d: { ...fix, flags, uncertainty_m } } };
    return Object.fromEntries((told({ kind: "device", id: "d" }, { ...shown, picture, devices })?.facts ?? []).map(([label, text]) => [label, text]));
  };
  it("is told in words, and a vague place by its radius", () => {
    expect(facts([], 0)).toMatchObject({ Accuracy: "8 m", Flags: "", Guarantee: "", Clock: "" });
    expect(facts(["clock", "blurred"], 787)).toMatchObject({ "Uncertain by": "787 m", Flags: "clock corrected, blurred" });
  });
  it("says what its class of guarantee promises and how far its clock is out", () => {
    const clock = { offset_s: -259200, judged_at: "2026-11-22T13:00:00Z", corrected: true, words: "3.0 days slow" };
    const found = facts([], 0, { d: { guarantee: "C", clock } });
    expect(found["Guarantee"]).toMatch(/^C best effort/);
    expect(found["Clock"]).toBe("3.0 days slow");
  });
});

describe("alarms", () => {
  const list = [alarm("a"), alarm("b", { since: "2026-11-22T13:00:00Z" }), alarm("c", { severity: "critical", since: "2026-11-22T13:30:00Z" }), alarm("d", { severity: "critical", since: "2026-11-22T13:10:00Z" })];
  it("stand with the gravest and oldest first", () => expect(inOrder(list).map((one) => one.id)).toEqual(["d", "c", "b", "a"]));
  it("are read out while they are few", () => {
    expect(announcement([])).toBe("");
    expect(announcement([alarm("a")])).toBe("WARNING: K7 waits");
    expect(announcement(list)).toBe("4 new alarms");
  });
  it("lead to what they are about", () => {
    const known = entities({ casualties: { K7: casualty("K7") }, chains: { c: chain("c") } });
    expect(subjectOf(alarm("a"), known)).toEqual({ kind: "casualty", id: "K7" });
    expect(subjectOf(alarm("a", { group: "chains", subject: "c" }), known)).toEqual({ kind: "request", id: "r" });
    expect(subjectOf(alarm("a", { group: "vehicles", subject: "gone" }), known)).toBeNull();
  });
});

describe("ids to choose from", () => {
  const all = { casualties: { K7: casualty("K7", { request: "r" }) }, chains: { c: chain("c") }, requests: { r: request("r") }, facilities: { f: facility("f") }, vehicles: { v: vehicle("v") } };
  it("are those that are known", () => {
    expect(idsOf("assets", entities(all)).map(([id]) => id)).toEqual(["v", "f"]);
    expect(idsOf("tasks", entities(all))).toEqual([]);
  });
  it("begin with what is selected", () => {
    const chosen = desk(all, { kind: "casualty", id: "K7" });
    expect(["casualties", "requests", "chains", "vehicles"].map((group) => chosenId(group, chosen, true))).toEqual(["K7", "r", "c", ""]);
    expect(chosenId("casualties", chosen, false)).toBe("");
  });
});

describe("an acknowledgement on its way", () => {
  const post = (by: string, refused: string | null = null): Post => ({ key: by, path: "api/alarms/ack?mission=ex", body: { alarm: "clock:A", round: 2 }, label: "", madeAt: 0, tries: 1, refused, by });
  const mine = (one: Post): boolean => one.by === "musa";
  it("of whoever is here keeps the alarm silent", () => expect(onTheirWay([post("musa")], "api/alarms/ack", mine)).toEqual(["2 clock:A"]));
  it("of one who has left does not, for nobody sends it", () => expect(onTheirWay([post("amina"), post("musa", "no")], "api/alarms/ack", mine)).toEqual([]));
});
