/** How late frames come, against the quickest that came lately; the server's clock is not taken for ours. Pure. */

const BUCKET_MS = 10_000;
const BUCKETS = 30; // five minutes: a queue that grows slowly must not become what is usual
const RECENT = 5;
const STALE_MS = 30_000;

/** Times are milliseconds of one steady clock; an offset is server time minus that clock at arrival. */
export class Lateness {
  private best: { bucket: number; offset: number }[] = [];
  private recent: { at: number; offset: number }[] = [];

  /** A frame came; `live`: its time is that of its sending, not of something kept for who comes late. */
  heard(now: number, serverTime: string, live: boolean): void {
    const offset = Date.parse(serverTime) - now;
    if (!Number.isFinite(offset)) return;
    const bucket = Math.floor(now / BUCKET_MS);
    const last = this.best.at(-1);
    if (last?.bucket === bucket) last.offset = Math.max(last.offset, offset);
    else this.best = [...this.best, { bucket, offset }].filter((one) => one.bucket > bucket - BUCKETS);
    if (live) this.recent = [...this.recent, { at: now, offset }].slice(-RECENT);
  }

  /** Server time minus our clock, by the least delayed frame. */
  get offset(): number {
    return this.best.length > 0 ? Math.max(...this.best.map((one) => one.offset)) : 0;
  }

  /** The median delay of the last few frames beyond the least; 0 while nothing came lately. */
  lag(now: number): number {
    const late = this.recent.filter((one) => now - one.at < STALE_MS).map((one) => Math.max(0, this.offset - one.offset)).sort((a, b) => a - b);
    return Math.round(late[Math.floor(late.length / 2)] ?? 0);
  }

  /** A new connection: what the old one's frames suffered tells nothing of it. */
  restart(): void {
    this.recent = [];
  }
}
