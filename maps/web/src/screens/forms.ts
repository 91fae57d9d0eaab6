/** The windows in which something is told, the queue that carries it to the server, and what becomes of the answer. */
import type { Door } from "../commands/door";
import type { Answer, Post } from "../commands/outbox";
import { Outbox, inWords, newKey } from "../commands/outbox";
import type { Me } from "../commands/person";
import { may } from "../commands/person";
import type { Desk } from "../desk";
import { grid } from "../grid";
import { typedDrafts } from "../keep/typed";
import { NineForm } from "../nine/form";
import type { MapPin } from "../nine/pin";
import { strings } from "../strings";
import { EntryForm } from "../watch/entry";
import { AlertForm } from "./alert";
import { BriefScreen } from "./brief";
import { ChangedWindow, changesIn } from "./changed";
import type { Floating } from "./form";
import { Queue } from "./queue";
import { VoiceForm } from "./voice";

export interface FormsWorld {
  desk(): Desk | null;
  serverNow(): number;
  seq(): number; // of the last event that this page knows
  linked(): boolean;
  mission(): string;
  me(): Me;
  say(text: string, wrong?: boolean): void;
  /** True when the answer was to a command of another part, which has told the person. */
  took(post: Post, answer: Answer): boolean;
  print(): void;
}

export class Forms {
  readonly queue = new Queue((post) => this.correct(post));
  readonly outbox: Outbox;
  readonly floatings: readonly Floating[];
  private readonly alertForm: AlertForm;
  private readonly voiceForm: VoiceForm;
  private readonly nineForm: NineForm;
  private readonly entryForm: EntryForm;
  private readonly briefScreen: BriefScreen;
  private readonly changed: ChangedWindow;

  constructor(private readonly door: Door, private readonly world: FormsWorld, pin: MapPin) {
    this.outbox = new Outbox(localStorage, door.post, (posts) => this.queue.show(posts), (post, answer) => this.posted(post, answer));
    this.queue.outbox = this.outbox;
    const now = (): number => world.serverNow();
    this.alertForm = new AlertForm(door, this.outbox, now);
    this.voiceForm = new VoiceForm(door, this.outbox, () => world.desk(), now, (kind) => may(world.me(), kind), () => world.seq());
    this.nineForm = new NineForm(door, this.outbox, world, pin);
    this.entryForm = new EntryForm(door, this.outbox, () => world.desk());
    this.briefScreen = new BriefScreen(door, this.outbox, now, () => world.print(), () => world.me().name);
    this.changed = new ChangedWindow(this.outbox);
    this.floatings = [this.changed, this.alertForm, this.voiceForm, this.nineForm, this.entryForm, this.briefScreen, this.queue].map((one) => one.floating);
  }

  update(): void {
    this.nineForm.update();
  }

  // --- opened by a key, a button or another screen

  /** An alert, at a place where one is given. */
  alert(at: readonly [number, number] | null = null): void {
    if (!may(this.world.me(), "alert_raised")) return this.notYours();
    if (at) this.alertForm.openAt(grid(at[0], at[1], 5));
    else this.alertForm.open();
  }

  voice(): void {
    if (this.world.me().may.length === 0) return this.notYours();
    this.voiceForm.open();
  }

  /** The form of a kind of report, with what is known filled in. */
  tell(kind: string, texts: Record<string, string>): void {
    this.voiceForm.prefill(kind, texts);
  }

  nine(): void {
    if (!may(this.world.me(), "nine_line_sent")) return this.notYours();
    this.nineForm.open();
  }

  /** An entry of the watch log; `corrects` is the one that it corrects. */
  entry(corrects = ""): void {
    if (!may(this.world.me(), "watch_entry_made")) return this.notYours();
    this.entryForm.open(corrects);
  }

  brief(): void {
    this.briefScreen.open();
  }

  /** Asks why, by a plain question, then takes a task back. */
  async cancel(task: string): Promise<void> {
    const reason = prompt(strings.cancelReason);
    if (reason === null) return;
    await this.door.cancel(task, reason, newKey()).then(() => this.world.say(strings.sent(strings.cancelTask)), (fault: Error) => this.world.say(fault.message, true));
  }

  notYours(): void {
    const { role } = this.world.me();
    this.world.say(strings.people.notYours(strings.people.roles[role] ?? role), true);
  }

  // --- another person

  /** Who is here now may tell other things. */
  offerAnew(): void {
    this.voiceForm.offerAnew();
  }

  /** Who leaves loses what is unsent here, if that person says so. */
  mayLeave(): boolean {
    const unsent = this.nineForm.unsent + typedDrafts();
    return unsent === 0 || confirm(strings.leaving(unsent));
  }

  wipe(): void {
    this.nineForm.wipe();
  }

  // --- what became of it

  private correct(post: Post): void {
    this.outbox.discard(post.key);
    this.queue.floating.close();
    if (this.nineForm.reopen(post)) return;
    const body = post.body as Record<string, unknown>;
    if (post.typed) this.voiceForm.reopen(String(body["kind"]), post.typed);
    else this.alertForm.reopen(body);
  }

  private posted(post: Post, answer: Answer): void {
    if (this.world.took(post, answer) || this.nineForm.answered(post, answer)) return;
    this.briefScreen.answered(post.path);
    const changes = changesIn(answer);
    if (answer.status >= 200 && answer.status < 300) this.world.say(strings.sent(post.label));
    else if (changes) this.changed.show(post, changes);
    else {
      this.world.say(`${post.label}. ${strings.queueRefused(inWords(answer))}`, true);
      this.queue.floating.show(null);
    }
  }
}
