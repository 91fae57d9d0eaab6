/** The operations-centre door as seen from the page: one place where HTTP happens. */
import type { FeatureCollection } from "geojson";
import type { BriefPage, DeviceCard, FoundPlace, LogAsked, LogPage, Options, RecordEntry, ReplayRange, SetAside, Shift, Snapshot, Story } from "../live/protocol";
import { forgetTyped } from "../keep/typed";
import type { Dialect } from "../nine/coded";
import type { Basemap } from "../map/ground";
import type { PlanState, PlanTold } from "../plan/shapes";
import type { Answer } from "./outbox";
import { inWords } from "./outbox";
import type { Me } from "./person";
import type { VoiceKind } from "./telling";

const LIMIT_MS = 20_000;
const LOGIN = "api/login";
export const ME = "api/me";

/** The server's own words, or that it was not reached (status 0). */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export class Door {
  constructor(
    private readonly base: string,
    private readonly unreachable: string,
    private readonly mission: () => string | null,
    private readonly barred: () => void, // the server asks who this is
  ) {}

  me = (): Promise<Me> => this.get(ME, {});

  async login(name: string, password: string): Promise<Me> {
    const answer = await this.post(LOGIN, { name, password }, "");
    if (answer.status === 200) return answer.body as Me;
    throw this.refused(answer);
  }

  async logout(): Promise<void> {
    const answer = await this.post("api/logout", {}, "");
    if (answer.status !== 200) throw this.refused(answer);
    forgetTyped();
  }

  /** A path bound to the mission on the screen, so that no command can land in another one, and to the last event seen. */
  bound(path: string, seen = 0): string {
    const mission = this.mission();
    const query = new URLSearchParams({ ...(mission === null ? {} : { mission }), ...(seen > 0 ? { expected_seq: String(seen) } : {}) });
    return query.size === 0 ? path : `${path}?${query}`;
  }

  /** Sends a command; never throws: status 0 means that the server was not reached. */
  post = async (path: string, body: unknown, key: string): Promise<Answer> => {
    const headers = { "Content-Type": "application/json", ...(key === "" ? {} : { "Idempotency-Key": key }) };
    try {
      const answer = await fetch(new URL(path, this.base), {
        method: "POST",
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      if (answer.status === 401 && path !== LOGIN) this.barred();
      return { status: answer.status, body: await answer.json().catch(() => null) };
    } catch {
      return { status: 0, body: null };
    }
  };

  async command<T>(path: string, body: unknown, key: string): Promise<T> {
    const answer = await this.post(this.bound(path), body, key);
    if (answer.status >= 200 && answer.status < 300) return answer.body as T;
    throw this.refused(answer);
  }

  private refused(answer: Answer): Refused {
    return new Refused(answer.status, answer.status === 0 || answer.status >= 502 ? this.unreachable : inWords(answer));
  }

  acknowledge = (request: string, by: string, key: string): Promise<unknown> =>
    this.command(`api/requests/${encodeURIComponent(request)}/ack`, by === "" ? {} : { by }, key);
  options = (request: string, key: string): Promise<Options> =>
    this.command(`api/requests/${encodeURIComponent(request)}/options`, {}, key);
  task = (request: string, decision: string, option: string, key: string): Promise<unknown> =>
    this.command(`api/requests/${encodeURIComponent(request)}/task`, { decision, option }, key);
  cancel = (task: string, reason: string, key: string): Promise<unknown> =>
    this.command(`api/tasks/${encodeURIComponent(task)}/cancel`, { reason }, key);

  approve = (chain: string, body: Record<string, string>, key: string): Promise<unknown> =>
    this.command(`api/chains/${encodeURIComponent(chain)}/approve`, body, key);
  deny = (chain: string, body: Record<string, string>, key: string): Promise<unknown> =>
    this.command(`api/chains/${encodeURIComponent(chain)}/deny`, body, key);
  divertOptions = (chain: string, key: string): Promise<Options> =>
    this.command(`api/chains/${encodeURIComponent(chain)}/divert-options`, {}, key);
  divert = (chain: string, facility: string, reason: string, key: string): Promise<unknown> =>
    this.command(`api/chains/${encodeURIComponent(chain)}/divert`, { facility, reason }, key);

  planState = (): Promise<PlanState> => this.get("api/plan/state", {});
  /** The plan that holds, or the one that was proposed at an instant. */
  plan = (at: string | null): Promise<PlanTold> => this.get("api/plan", at === null ? {} : { at });

  voiceKinds = (): Promise<VoiceKind[]> => this.get("api/voice/kinds", {});
  record = (casualty: string): Promise<{ entries: RecordEntry[] }> => this.get(`api/casualties/${encodeURIComponent(casualty)}/record`, {});
  story = (group: string, id: string): Promise<Story> => this.get(`api/${group}/${encodeURIComponent(id)}/timeline`, {});
  setAside = (limit: number): Promise<SetAside[]> => this.get("api/set-aside", { limit: String(limit) });
  place = (text: string, signal: AbortSignal): Promise<FoundPlace> => this.get("api/place", { text }, signal);
  searchPlaces = (q: string, signal: AbortSignal): Promise<FoundPlace[]> => this.get("api/places/search", { q, limit: "6" }, signal);
  nineLine = (): Promise<Dialect> => this.get("api/nine-line", {});
  trust = (): Promise<Record<string, DeviceCard>> => this.get("api/devices/trust", {});
  basemap = (): Promise<Basemap> => this.get("api/basemap", {});
  roads = (): Promise<FeatureCollection> => this.get("api/roads", {});
  log = (asked: Partial<LogAsked>): Promise<LogPage> => this.get("api/log", asked as Record<string, string>);
  brief = (since: string | null): Promise<BriefPage> => this.get("api/brief", since === null ? {} : { since });
  shifts = (): Promise<Shift[]> => this.get("api/shifts", {});
  shift = (id: string): Promise<Shift & { brief: string }> => this.get(`api/shifts/${encodeURIComponent(id)}`, {});
  replayRange = (): Promise<ReplayRange> => this.get("api/replay/range", {});
  replayPicture = (at: string, signal: AbortSignal): Promise<Snapshot> => this.get("api/replay/picture", { at }, signal);

  private async get<T>(path: string, query: Record<string, string>, signal?: AbortSignal): Promise<T> {
    const address = new URL(this.bound(path), this.base);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    let answer: Response;
    try {
      answer = await fetch(address, { signal: signal ?? AbortSignal.timeout(LIMIT_MS) });
    } catch (fault) {
      if (signal?.aborted) throw fault;
      throw new Refused(0, this.unreachable);
    }
    const body: unknown = await answer.json().catch(() => null);
    if (answer.status === 401 && path !== ME) this.barred();
    if (!answer.ok) throw new Refused(answer.status, inWords({ status: answer.status, body }));
    return body as T;
  }
}
