/** Who is at this page: asked of the server, kept for a page that finds none; while nobody is known, the login covers the page. */
import type { Door } from "../commands/door";
import type { Outbox } from "../commands/outbox";
import type { Me } from "../commands/person";
import { readMe, senderOf } from "../commands/person";
import { forgetTyped } from "../keep/typed";
import { later } from "../times";
import { Login } from "./login";

const ME = "casevac.me"; // who was here last
const WIPED_MS = 1000; // another tab may hold what is wiped for a while; it goes as soon as it lets go

/** What a change of person means for the rest of the page. */
export interface SessionWorld {
  outbox(): Outbox;
  /** Somebody is let in; `another`: not the one that the page knew. */
  entered(me: Me, another: boolean): void;
  /** The login went away: the stream may be asked for again. */
  uncovered(): void;
  /** Nobody is let in: what was kept here is not shown. */
  barred(): Promise<void>;
  /** True when nothing unsent is lost by leaving, or the person says so. */
  mayLeave(): boolean;
  /** Somebody logged out: what that person had written here is wiped. */
  wipe(): void;
  say(text: string, wrong?: boolean): void;
}

export class Session {
  me = readMe(localStorage.getItem(ME));
  readonly login: Login;

  constructor(private readonly door: Door, private readonly world: SessionWorld) {
    this.login = new Login(door, (me) => this.entered(me));
  }

  /** Resolved when the server has said who this is, or that it cannot. */
  start(): Promise<void> {
    this.world.outbox().sendAs(senderOf(this.me));
    addEventListener("storage", (event) => {
      this.world.outbox().changedElsewhere(event.key);
      if (event.key !== ME) return;
      if (event.newValue?.includes('"out":')) return this.leave(); // somebody logged out in another tab
      void this.recognise();
    });
    return this.recognise();
  }

  /** Asks the server who this is; words that wait are sent as soon as it says. */
  async recognise(): Promise<void> {
    try {
      this.entered(await this.door.me());
    } catch (fault) {
      if ((fault as { status?: number }).status === 401) this.bar((fault as Error).message);
    }
  }

  /** The server asks who this is: the login covers the page, and what is typed or waits stays as it is. */
  bar(why = ""): void {
    const outbox = this.world.outbox();
    outbox.sendAs(null);
    void this.world.barred();
    const mine = outbox.posts().filter((post) => post.refused === null);
    if (!this.login.open && why === "") void this.recognise(); // what it has to say before a login
    this.login.show(senderOf(this.me), mine.length);
    if (why !== "") this.login.tell(why.includes("account add") ? why : ""); // how to make the first account
  }

  async logOut(): Promise<void> {
    if (!this.world.mayLeave()) return;
    try {
      await this.door.logout();
    } catch (fault) {
      return this.world.say(fault instanceof Error ? fault.message : String(fault), true);
    }
    localStorage.setItem(ME, JSON.stringify({ ...this.me, out: Date.now() })); // tells the other tabs
    this.leave();
  }

  /** Nothing of the person who left stays in this tab: not what was typed, nor the picture in its memory. */
  private leave(): void {
    this.world.wipe();
    forgetTyped();
    void Promise.race([this.world.barred(), later(WIPED_MS)]).then(() => location.reload());
  }

  private entered(me: Me): void {
    const another = JSON.stringify(me) !== JSON.stringify(this.me);
    if (another) {
      this.me = me;
      localStorage.setItem(ME, JSON.stringify(me));
    }
    this.world.entered(me, another);
    this.world.outbox().sendAs(senderOf(me));
    if (!this.login.open) return;
    this.login.close();
    this.world.uncovered();
  }
}
