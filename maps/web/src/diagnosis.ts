/** What the page knows, as `window.casevac.state()` shows it to tests, benches and whoever looks into it. Pure but for the word on the screen. */
import type { Me } from "./commands/person";
import type { Picture } from "./live/fold";
import type { LinkReport } from "./live/link";
import type { AssetRef } from "./map/scene";

export interface Known {
  live: Picture | null;
  link: LinkReport;
  replayAt: number | null; // null: no replay
  me: Me;
  login: boolean; // it covers the page
  selected: AssetRef | null;
  queue: number; // commands that wait
}

export function diagnosis({ live, link, replayAt, me, login, selected, queue }: Known): unknown {
  return {
    epoch: live?.epoch ?? null, seq: live?.seq ?? 0, head: live?.head ?? 0, link: document.body.dataset["link"] ?? null, connected: link.connected, offsetMs: link.offsetMs, lane: link.lane, lagMs: link.lagMs,
    replay: replayAt !== null, replayAt: replayAt === null ? null : new Date(replayAt).toISOString(), me: { name: me.name, role: me.role }, login, selected, queue, mission: live?.mission ?? null,
    counts: live ? Object.fromEntries(Object.entries(live.entities).map(([kind, all]) => [kind, Object.keys(all).length])) : null,
    positions: live ? Object.keys(live.positions).length : 0, log: live?.log.map((line) => line.seq) ?? [],
  };
}
