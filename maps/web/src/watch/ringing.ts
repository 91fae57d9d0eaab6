/** Which alarms ring, how urgently, and which is acknowledged first. Pure: the instant is always given. */
import type { Post } from "../commands/outbox";
import type { Alarm } from "../live/protocol";
import { strings } from "../strings";
import { age, instant } from "../times";

export const PATIENCE_MS = 120_000; // for an alarm of which the server has not said from when on it insists
export const LINK = "local:link";
export const LOST_AFTER_MS = 8_000;
const GRAVITY: Record<string, number> = { critical: 0, warning: 1, notice: 2 };

/** The gravest first; of one severity the oldest first, those that follow from a forecast last. */
export function inOrder(alarms: readonly Alarm[]): Alarm[] {
  const since = (one: Alarm): number => instant(one.since) ?? Number.MAX_SAFE_INTEGER;
  return [...alarms].sort((a, b) => (GRAVITY[a.severity] ?? 3) - (GRAVITY[b.severity] ?? 3) || since(a) - since(b) || (a.id < b.id ? -1 : 1));
}

/** Alarms that nobody has acknowledged, neither on the server nor, not sent yet, on this page. */
export const unseen = (alarms: readonly Alarm[], pending: ReadonlySet<string>): Alarm[] =>
  inOrder(alarms.filter((one) => !one.acknowledged_at && !pending.has(mark(one))));

/** Marks of the alarms whose acknowledgement is on its way: of whoever is here alone, for another's words are not sent. */
export function onTheirWay(posts: readonly Post[], path: string, isMine: (post: Post) => boolean): string[] {
  return posts
    .filter((post) => post.path.startsWith(path) && post.refused === null && isMine(post))
    .map((post) => {
      const body = post.body as { alarm?: unknown; round?: unknown };
      return `${String(body.round ?? 0)} ${String(body.alarm ?? "")}`;
    });
}

/** An alarm in this round: when it comes back it is another one. */
export const mark = (one: Alarm): string => `${one.round ?? 0} ${one.id}`;

/** How long past its patience; null while there is still time or somebody has looked. */
export function insists(one: Alarm, now: number, firstSeen: number): number | null {
  if (one.acknowledged_at) return null;
  const from = instant(one.insists_at) ?? firstSeen + PATIENCE_MS;
  return now >= from ? now - (instant(one.raised_at) ?? firstSeen) : null;
}

/** The alarm of this page alone: the link is lost. */
export function linkLost(sinceMs: number, now: number): Alarm {
  const words = strings.watch.linkLost(age(now - sinceMs));
  return { id: LINK, kind: "link_lost", severity: "critical", group: "local", subject: strings.watch.linkSubject, words, since: new Date(sinceMs).toISOString(), round: sinceMs };
}

export interface Call {
  severity: Alarm["severity"];
  insistent: boolean;
}

/** What must be heard now: the gravest that rings, insistent when any of its severity waits too long. */
export function call(ringing: readonly Alarm[], late: (one: Alarm) => boolean): Call | null {
  const first = ringing[0];
  if (!first) return null;
  return { severity: first.severity, insistent: ringing.some((one) => one.severity === first.severity && late(one)) };
}
