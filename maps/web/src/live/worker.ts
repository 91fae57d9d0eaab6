/** The shared worker: one live connection for every tab of this browser. */
import type { LinkMessage } from "./link";
import { LiveLink } from "./link";
import { browserWorld } from "./world";

export type Ask = { type: "join"; base: string; mission: string | null } | { type: "wake" } | { type: "sync" } | { type: "bye" };

interface SharedScope {
  onconnect: ((event: MessageEvent) => void) | null;
}
const ports = new Set<MessagePort>();
let link: LiveLink | null = null;

function publish(message: LinkMessage): void {
  for (const port of ports) port.postMessage(message);
}

function answer(port: MessagePort, ask: Ask): void {
  if (ask.type === "bye") ports.delete(port);
  if (ask.type === "wake") link?.wake();
  if (ask.type === "join") {
    ports.add(port);
    if (link === null) {
      link = new LiveLink(browserWorld(ask.base, ask.mission), publish);
      link.start();
    }
  }
  if ((ask.type === "join" || ask.type === "sync") && link) {
    if (link.picture) port.postMessage({ type: "picture", picture: link.picture } satisfies LinkMessage);
    port.postMessage({ type: "link", link: link.report() } satisfies LinkMessage);
  }
}

(self as unknown as SharedScope).onconnect = (event) => {
  const port = event.ports[0] as MessagePort;
  port.onmessage = (message: MessageEvent<Ask>) => answer(port, message.data);
};
