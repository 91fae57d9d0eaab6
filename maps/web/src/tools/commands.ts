/** What can be done by a word: every part of the page adds its own; the palette lists them. Pure. */

export interface Command {
  id: string;
  words: string; // what it is called, and by what it is found
  key?: string; // as the list of keys writes it
  run: () => void;
  when?: () => boolean; // false: not offered now
}

export class Commands {
  private readonly known = new Map<string, Command>();

  /** Adds commands; one of an id that is there takes its place. */
  add(...commands: Command[]): void {
    for (const command of commands) this.known.set(command.id, command);
  }

  all(): Command[] {
    return [...this.known.values()].filter((command) => command.when?.() !== false);
  }
}

/** Letters without accents and case, so that `bogoin` finds Bogoïn. */
export const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}+/gu, "").toLowerCase().trim();

/** How well a text fits what is typed: 0 the same, 1 begins so, 2 a word begins so, 3 every word typed is in it; null not at all. */
export function fit(typed: string, text: string): number | null {
  const [wanted, held] = [plain(typed), plain(text)];
  if (wanted === "") return 3;
  if (held === wanted || squeezed(held) === squeezed(wanted)) return 0;
  if (held.startsWith(wanted) || squeezed(held).startsWith(squeezed(wanted))) return 1;
  const parts = held.split(/[\s\-_/.,()]+/);
  const asked = wanted.split(/\s+/);
  if (asked.every((word) => parts.some((part) => part.startsWith(word)))) return 2;
  return asked.every((word) => held.includes(word)) ? 3 : null;
}

const squeezed = (text: string): string => text.replace(/[\s\-_]+/g, "");
