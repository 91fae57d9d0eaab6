/** What this page did to hazards, newest last, and how each is taken back. Pure but for the commands it sends. */
import type { Post } from "../commands/outbox";
import type { Hazard } from "../live/protocol";
import { toolWords } from "../strings/tools";
import { bodyOf, lastWord } from "./kinds";

export const HAZARDS = "api/hazards";
const MOST = 50;
const words = toolWords.undo;

export interface Deed {
  hazard: string;
  name: string; // in words, with its kind
  before: Hazard | null; // as it was; null: there was none
  key: string; // of the command that did it
  seen: string | null; // the instant of our own word on it, once the server has answered
}
export interface Sender {
  add(path: string, body: unknown, label: string): Post;
}

export class Deeds {
  private list: Deed[] = [];

  constructor(private readonly sender: Sender) {}

  did(deed: Omit<Deed, "seen">): void {
    this.list = [...this.list, { ...deed, seen: null }].slice(-MOST);
  }

  get last(): Deed | null {
    return this.list.at(-1) ?? null;
  }

  of(key: string): Deed | undefined {
    return this.list.find((deed) => deed.key === key);
  }

  /** The server took a command: what it said of the hazard is what an undo goes by. */
  answered(key: string, hazard: Hazard | undefined): void {
    const deed = this.of(key);
    if (deed && hazard) deed.seen = lastWord(hazard);
  }

  forget(key: string): void {
    this.list = this.list.filter((deed) => deed.key !== key);
  }

  /** Takes a deed back by its opposite, which waits behind it when it was not sent yet. In words what was done; null: nothing is left. */
  undo(deed = this.last): string | null {
    if (!deed) return null;
    this.list = this.list.filter((one) => one !== deed);
    const seen = deed.seen === null ? {} : { seen: deed.seen };
    const label = words.undone(deed.name);
    if (deed.before === null || deed.before.lifted_at !== null) this.sender.add(`${HAZARDS}/${encodeURIComponent(deed.hazard)}/lift`, { reason: words.reason, ...seen }, label);
    else this.sender.add(HAZARDS, { ...bodyOf(deed.before), ...seen }, label);
    return label;
  }
}
