/** The browser as a World: fetch, EventSource, timers. Works in a page and in a worker. */
import type { OpenStream, World } from "./link";
import { Barred, NoMission } from "./link";
import type { Moves } from "./moves";
import { MovesReader } from "./moves";
import type { Frame, Snapshot } from "./protocol";

const SNAPSHOT_LIMIT_MS = 20_000;
const FRAMES = ["hello", "change", "positions", "moves", "lane", "heartbeat", "reset"] as const;

export function browserWorld(base: string, mission: string | null): World {
  const at = (path: string, query: Record<string, string>): string => `${new URL(path, base).href}?${new URLSearchParams(query)}`;
  return {
    now: () => performance.now(), // steady: a clock that somebody sets moves nothing here
    wall: () => Date.now(),
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
    stream: (missionId, since, lane, on) => listen(new EventSource(at("api/live/events", { mission: missionId, since, lane: String(lane) })), on),
    measured: async (viewer, lagMs, rttMs) => {
      const body = JSON.stringify({ viewer, lag_ms: Math.round(lagMs), rtt_ms: rttMs === null ? null : Math.round(rttMs) });
      await fetch(at("api/live/lane", {}), { method: "POST", headers: { "content-type": "application/json" }, body, signal: AbortSignal.timeout(SNAPSHOT_LIMIT_MS) });
    },
  };
}

function listen(source: EventSource, on: Parameters<World["stream"]>[3]): OpenStream {
  const moves = new MovesReader();
  source.onopen = () => on.open();
  source.onerror = () => on.error(); // we reconnect ourselves: with jitter, and with the right `since`
  for (const event of FRAMES) {
    source.addEventListener(event, (message: MessageEvent<string>) => {
      const frame = read(event, message, moves);
      if (frame) on.frame(frame);
      else on.error(); // resumed from the last good frame, never guessed
    });
  }
  return { close: () => source.close() };
}

function read(event: (typeof FRAMES)[number], message: MessageEvent<string>, moves: MovesReader): Frame | null {
  try {
    const body = JSON.parse(message.data) as Record<string, unknown>;
    if (event === "moves") return positions(body as unknown as Moves, moves);
    return { ...body, event, ...(event === "change" ? { epoch: epochOf(message.lastEventId) } : {}) } as Frame;
  } catch {
    return null; // a frame cut short, or one that follows one we never had
  }
}

function positions(told: Moves, moves: MovesReader): Frame {
  return { event: "positions", server_time: told.server_time, positions: moves.take(told), live: told.key !== true };
}

/** `9f3a1c20-412` -> `9f3a1c20`. */
function epochOf(id: string): string {
  return id.slice(0, id.lastIndexOf("-"));
}
