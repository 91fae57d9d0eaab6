import { describe, expect, it } from "vitest";
import type { Runs } from "../src/controls";
import { CONTROLS, bindings, commandsOf, keysInGroups, shownKey } from "../src/controls";
import { controlWords } from "../src/strings/controls";

const ran: string[] = [];
const runs = Object.fromEntries(CONTROLS.map(({ id }) => [id, (key: string) => ran.push(`${id} ${key}`)])) as unknown as Runs;

describe("the controls", () => {
  it("are each in the table once, with words", () => {
    expect(CONTROLS.map((control) => control.id).sort()).toEqual(Object.keys(controlWords.words).sort());
  });

  it("have keys of their own", () => {
    const keys = CONTROLS.flatMap((control) => control.keys);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => key.length === 1 && key !== key.toLowerCase())).toEqual([]);
    expect(Object.keys(bindings(runs, {})).sort()).toEqual([...keys].sort());
  });

  it("are each in the list of keys, under a title", () => {
    const listed = keysInGroups().flatMap(([, keys]) => keys);
    for (const { id, keys } of CONTROLS) if (keys.length > 0) expect(listed).toContainEqual([shownKey(id), controlWords.words[id]]);
    expect(keysInGroups().every(([title, keys]) => title !== "" && keys.length > 0)).toBe(true);
    expect(listed.every(([key]) => key.trim() !== "")).toBe(true);
  });

  it("run by key and by palette, unless they mean nothing now", () => {
    const bound = bindings(runs, { zoom: () => false });
    for (const key of ["3", "z", "Escape"]) bound[key]?.();
    commandsOf(runs, {}).find((command) => command.id === "brief")?.run();
    expect(ran).toEqual(["look 3", "leave Escape", "brief "]);
    expect(commandsOf(runs, {}).map((command) => command.id)).toEqual(expect.arrayContaining(["facilities", "vehicles", "nine", "entry", "print", "acknowledge", "layers", "follow", "options"]));
  });
});
