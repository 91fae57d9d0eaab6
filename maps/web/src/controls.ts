/** Every control of the page, in one table: the keys that work, the list of keys and the palette are made from it. Pure. */
import { controlWords } from "./strings/controls";
import type { Command } from "./tools/commands";

export type ControlId = keyof typeof controlWords.words;
/** What the browser does by itself is only listed. */
type Listed = "lists" | "moveMap";
export type Runs = Record<Exclude<ControlId, Listed>, (key: string) => unknown>;
export type When = Partial<Record<ControlId, () => boolean>>;

export interface Control {
  id: ControlId;
  group: keyof typeof controlWords.groups;
  keys: readonly string[]; // as the browser names them, in small letters
  palette: boolean; // offered there too
}

const one = (group: Control["group"], id: ControlId, keys: readonly string[] = [], palette = true): Control => ({ id, group, keys, palette });

export const CONTROLS: readonly Control[] = [
  one("report", "alert", ["a"]), one("report", "voice", ["v"]), one("report", "nine", ["9"]), one("report", "queue", ["q"]),
  one("look", "palette", ["/"], false), one("look", "casualties", ["c"]), one("look", "requests", ["r"]), one("look", "options", ["o"]), one("look", "look", ["1", "2", "3", "4", "5"], false),
  one("look", "details", ["d"]), one("look", "log", ["l"]), one("look", "alarms", ["w"]), one("look", "map", ["m"]), one("look", "table", ["t"]), one("look", "facilities", ["b"]), one("look", "vehicles", ["u"]), one("look", "plan", ["0"]),
  one("look", "lists", [], false), one("look", "leave", ["Escape"], false),
  one("watch", "acknowledge", ["k"]), one("watch", "entry", ["i"]), one("watch", "brief", ["h"]), one("watch", "print", ["p"]),
  one("map", "frame", ["f"]), one("map", "zoom", ["z"]), one("map", "follow", ["s"]), one("map", "previousMark", [","]), one("map", "nextMark", ["."]), one("map", "layers", ["j"]),
  one("map", "goTo", ["g"]), one("map", "measure", ["e"]), one("map", "rings"), one("map", "draw", ["x"]), one("map", "undo"), one("map", "moveMap", [], false),
  one("replay", "replay", ["y"]), one("replay", "play", [" "]), one("replay", "previousEvent", ["["]), one("replay", "nextEvent", ["]"]),
  one("page", "theme", ["n"]), one("page", "help", ["?"]), one("page", "logOut"),
];

/** The key of a control as it is shown; empty when it has none. */
export function shownKey(id: ControlId): string {
  return controlWords.shown[id] ?? CONTROLS.find((control) => control.id === id)?.keys[0]?.toUpperCase() ?? "";
}

/** What each key runs; a control that means nothing now does nothing. */
export function bindings(runs: Runs, when: When): Record<string, () => unknown> {
  const bound = CONTROLS.flatMap(({ id, keys }) => keys.map((key): [string, () => unknown] => [key, () => when[id]?.() !== false && runs[id as keyof Runs](key)]));
  return Object.fromEntries(bound);
}

/** The controls that the palette offers. */
export function commandsOf(runs: Runs, when: When): Command[] {
  return CONTROLS.filter((control) => control.palette).map(({ id }) => ({
    id, words: controlWords.words[id], key: shownKey(id), run: () => void runs[id as keyof Runs](""), ...(when[id] ? { when: when[id] } : {}),
  }));
}

/** Every key with what it does, group by group. */
export function keysInGroups(): [title: string, keys: [key: string, words: string][]][] {
  return Object.entries(controlWords.groups).map(([group, title]) => {
    const mine = CONTROLS.filter((control) => control.group === group && shownKey(control.id) !== "");
    return [title, mine.map(({ id }) => [shownKey(id), controlWords.words[id]])];
  });
}
