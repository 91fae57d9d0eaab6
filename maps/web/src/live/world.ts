/** The browser as a World: fetch, EventSource, timers. Works in a page and in a worker. */
import type { OpenStream, World } from "./link";
import { Barred, NoMission } from "./link";
import type { Frame, Snapshot } from "./protocol";

const SNAPSHOT_LIMIT_MS = 20_000;
const FRAMES = ["hello", "change", "positions", "heartbeat", "reset"] as const;

export function browserWorld(base: string, mission: string | null): World {
  const at = (path: string, query: Record<string, string>): string => `${new URL(path, base).href}?${new URLSearchParams(query)}`;
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    later: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    snapshot: async () => {
      const query: Record<string, string> = mission === null ? {} : { mission };
      const answer = await fetch(at("api/live/snapshot", query), { cache: "no-store", signal: AbortSignal.timeout(SNAPSHOT_LIMIT_MS) });
      if (answer.status === 401) throw new Barred();
      if (answer.status === 404) throw new NoMission();
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      return (await answer.json()) as Snapshot;
    },
    barred: () =>
      fetch(at("api/me", {}), { cache: "no-store", signal: AbortSignal.timeout(SNAPSHOT_LIMIT_MS) }).then((answer) => answer.status === 401, () => false),
    stream: (missionId, since, on) => listen(new EventSource(at("api/live/events", { mission: missionId, since })), on),
  };
}

function listen(source: EventSource, on: Parameters<World["stream"]>[2]): OpenStream {
  source.onopen = () => on.open();
  source.onerror = () => on.error(); // we reconnect ourselves: with jitter, and with the right `since`
  for (const event of FRAMES) {
    source.addEventListener(event, (message: MessageEvent<string>) => {
      const frame = read(event, message);
      if (frame) on.frame(frame);
      else on.error(); // resumed from the last good frame, never guessed
    });
  }
  return { close: () => source.close() };
}

function read(event: Frame["event"], message: MessageEvent<string>): Frame | null {
  try {
    const body = JSON.parse(message.data) as Record<string, unknown>;
    return { ...body, event, ...(event === "change" ? { epoch: epochOf(message.lastEventId) } : {}) } as Frame;
  } catch {
    return null; // a frame cut short
  }
}

/** `9f3a1c20-412` -> `9f3a1c20`. */
function epochOf(id: string): string {
  return id.slice(0, id.lastIndexOf("-"));
}
