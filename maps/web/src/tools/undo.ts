/** What this page did to hazards, newest last, and how each is taken back. Pure but for the commands it sends. */
import type { Post } from "../commands/outbox";
import type { Hazard } from "../live/protocol";
import { toolWords } from "../strings/tools";
import { bodyOf } from "./kinds";

export const HAZARDS = "api/hazards";
const MOST = 50;
const words = toolWords.undo;

export interface Deed {
  hazard: string;
  name: string; // in words, with its kind
  before: Hazard | null; // as it was; null: there was none
  key: string; // of the command that did it
  seen: number; // the last event known when it was done; of our own word on it, once the server has answered
}
export interface Sender {
  add(path: string, body: unknown, label: string, seen: number): Post;
}

export class Deeds {
  private list: Deed[] = [];

  constructor(private readonly sender: Sender) {}

  did(deed: Deed): void {
    this.list = [...this.list, deed].slice(-MOST);
  }

  get last(): Deed | null {
    return this.list.at(-1) ?? null;
  }

  of(key: string): Deed | undefined {
    return this.list.find((deed) => deed.key === key);
  }

  /** The server took a command: the event that it became is what an undo goes by. */
  answered(key: string, seq: number): void {
    const deed = this.of(key);
    if (deed && seq > 0) deed.seen = seq;
  }

  forget(key: string): void {
    this.list = this.list.filter((deed) => deed.key !== key);
  }

  /** Takes a deed back by its opposite, which waits behind it when it was not sent yet. In words what was done; null: nothing is left. */
  undo(deed = this.last): string | null {
    if (!deed) return null;
    this.list = this.list.filter((one) => one !== deed);
    const label = words.undone(deed.name);
    if (deed.before === null || deed.before.lifted_at !== null) this.sender.add(`${HAZARDS}/${encodeURIComponent(deed.hazard)}/lift`, { reason: words.reason }, label, deed.seen);
    else this.sender.add(HAZARDS, bodyOf(deed.before), label, deed.seen);
    return label;
  }
}
