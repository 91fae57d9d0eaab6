/** A tab's end of the live link: through the shared worker, or directly where there is none. */
import type { Picture } from "./fold";
import { fold } from "./fold";
import type { LinkMessage, LinkReport } from "./link";
import { LiveLink } from "./link";
import type { LogLine } from "./protocol";
import type { Ask } from "./worker";
import { browserWorld } from "./world";

const WORKER_SILENCE_MS = 15_000; // it reports every second; a dead one is replaced by a direct link

export interface LiveListener {
  picture(picture: Picture, fresh: readonly LogLine[]): void;
  link(link: LinkReport): void;
}

/** Follows the live picture of one mission (null: the server's current one). */
export class LiveClient {
  private picture: Picture | null = null;
  private port: MessagePort | null = null;
  private direct: LiveLink | null = null;
  private heardAt = 0;

  constructor(
    private readonly base: string,
    private readonly mission: string | null,
    private readonly listener: LiveListener,
  ) {}

  start(): void {
    if (typeof SharedWorker === "undefined") this.goDirect();
    else this.join();
    const wake = (): void => {
      if (document.visibilityState === "visible") this.wake();
    };
    document.addEventListener("visibilitychange", wake);
    addEventListener("online", wake);
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.ask({ type: "join", base: this.base, mission: this.mission });
    });
    addEventListener("pagehide", () => this.ask({ type: "bye" }));
  }

  wake(): void {
    this.ask({ type: "wake" });
    this.direct?.wake();
  }

  private join(): void {
    try {
      const name = `casevac-live ${this.mission ?? ""}`;
      const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name });
      worker.onerror = () => this.goDirect();
      this.port = worker.port;
    } catch {
      this.goDirect(); // a browser that forbids shared workers still gets its own stream
      return;
    }
    this.heardAt = Date.now();
    this.port.onmessage = (message: MessageEvent<LinkMessage>) => this.take(message.data);
    this.ask({ type: "join", base: this.base, mission: this.mission });
    setInterval(() => this.watchWorker(), 5000);
  }

  private watchWorker(): void {
    if (this.direct || document.visibilityState !== "visible") return;
    const silent = Date.now() - this.heardAt;
    if (silent > WORKER_SILENCE_MS * 2) this.goDirect();
    else if (silent > WORKER_SILENCE_MS) this.ask({ type: "join", base: this.base, mission: this.mission });
  }

  private goDirect(): void {
    if (this.direct) return;
    this.ask({ type: "bye" });
    this.port = null;
    this.direct = new LiveLink(browserWorld(this.base, this.mission), (message) => this.take(message));
    this.direct.start();
  }

  private ask(ask: Ask): void {
    this.port?.postMessage(ask);
  }

  private take(message: LinkMessage): void {
    this.heardAt = Date.now();
    if (message.type === "link") this.listener.link(message.link);
    if (message.type === "picture") {
      const known = this.picture?.epoch === message.picture.epoch ? this.picture.seq : Number.MAX_SAFE_INTEGER;
      this.picture = message.picture;
      this.listener.picture(message.picture, message.picture.log.filter((line) => line.seq > known));
    }
    if (message.type === "frame" && this.picture) {
      const folded = fold(this.picture, message.frame);
      this.picture = folded.picture;
      if (folded.reset || folded.picture.seq !== message.seq) this.ask({ type: "sync" });
      else this.listener.picture(folded.picture, folded.fresh);
    }
  }
}
