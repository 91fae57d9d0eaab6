/** The keys in groups, and what this machine keeps. */
import { strings } from "../strings";
import { el } from "../ui/dom";

type Key = [key: string, words: string];

/** Every key of the catalogue, in the groups of the catalogue; one that no group names comes under the last heading. Pure. */
export function grouped(keys: readonly Key[], groups: readonly [title: string, keys: readonly string[]][], other: string): [string, Key[]][] {
  const left = new Set(keys);
  const found = groups.map(([title, names]): [string, Key[]] => {
    const mine = names.flatMap((name) => keys.filter(([key]) => key === name));
    for (const one of mine) left.delete(one);
    return [title, mine];
  });
  return [...found, [other, [...left]] as [string, Key[]]].filter(([, mine]) => mine.length > 0);
}

/** The window's body; `kept` says what is kept on this machine. */
export function helpBody(kept: HTMLElement): HTMLElement {
  const words = strings.shell;
  const groups = grouped(strings.help, words.helpGroups, words.helpOther).map(([title, keys]) =>
    el("section", {}, el("h3", {}, title), el("dl", { class: "keys" }, ...keys.map(([key, what]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, what))))));
  return el("div", { class: "help" }, ...groups, kept);
}
