/** A twelve-hour watch in fast motion: frames as the server sends them, folded, made a scene, painted. */
import type { Picture } from "../src/live/fold";
import { begin, fold } from "../src/live/fold";
import type { Casualty, EntityChanges, Frame, LogLine, Position, Request, Vehicle } from "../src/live/protocol";
import type { OperationsMap } from "../src/map/map";
import { scene } from "../src/map/scene";
import { STATES } from "../src/map/symbols";
import { casualty, entities, facility, request, vehicle } from "../test/samples";
import { START, VIEW } from "./world";

const VEHICLES = 200;
const MOVING = 60; // of them report in a second
const OPEN = 40; // casualties and requests on the map at once
const EVENT_EVERY = 5; // seconds
const EPOCH = "bench";

const iso = (ms: number): string => new Date(ms).toISOString();

export class Watch {
  private picture: Picture;
  private now = START;
  private tick = 0;
  private seed = 7;
  private readonly places = Array.from({ length: VEHICLES }, () => [VIEW.lon + 4 * (this.random() - 0.5), VIEW.lat + 3 * (this.random() - 0.5)] as [number, number]);

  constructor(private readonly map: OperationsMap) {
    const vehicles: Record<string, Vehicle> = Object.fromEntries(this.places.map((_, i) => [`v${i}`, vehicle(`v${i}`)]));
    const facilities = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, facility(`f${i}`, { lon: VIEW.lon + 3 * (this.random() - 0.5), lat: VIEW.lat + 2 * (this.random() - 0.5), level: `L${1 + (i % 4)}` })]));
    this.picture = begin({
      epoch: EPOCH, seq: 0, server_time: iso(this.now), mission: { id: "bench", name: "", kind: "exercise", speed_factor: 1, note: "" }, log: [],
      positions: this.places.map((_, i) => this.fix(i)), entities: entities({ vehicles, facilities }),
    });
  }

  /** So many seconds of the watch. */
  async run(ticks: number): Promise<number> {
    for (let n = 0; n < ticks; n++) {
      this.second();
      this.map.show(scene(this.picture), this.now);
      this.look(n);
      if (n % 10 === 0) await new Promise((done) => requestAnimationFrame(done));
    }
    return Object.keys(this.picture.entities.casualties).length;
  }

  private second(): void {
    this.now += 1000;
    this.tick++;
    const positions = Array.from({ length: MOVING }, () => this.moved(Math.floor(this.random() * VEHICLES)));
    this.take({ event: "positions", positions } as Frame);
    if (this.tick % EVENT_EVERY === 0) this.happen(this.tick / EVENT_EVERY);
  }

  /** A request with a casualty opens, an old one closes, a vehicle changes what it does. */
  private happen(seq: number): void {
    const [lon, lat] = [VIEW.lon + 3 * (this.random() - 0.5), VIEW.lat + 2 * (this.random() - 0.5)];
    const category = (["T1", "T2", "T3", "T4"] as const)[seq % 4] ?? "T2";
    const casualties: Record<string, Casualty | null> = { [`c${seq}`]: casualty(`c${seq}`, { lon, lat, category }), [`c${seq - OPEN}`]: null };
    const requests: Record<string, Request | null> = { [`r${seq}`]: request(`r${seq}`, { lon, lat, place: `Place ${seq}` }), [`r${seq - OPEN}`]: null };
    const at = seq % VEHICLES;
    const vehicles = { [`v${at}`]: vehicle(`v${at}`, [], { state: STATES[seq % STATES.length] as string }) };
    const line = { seq, at: iso(this.now), kind: "casualty_reported", text: `casualty c${seq}` } as unknown as LogLine;
    this.take({ event: "change", epoch: EPOCH, seq, log: [line], entities: { casualties, requests, vehicles } as EntityChanges } as Frame);
  }

  /** The pointer wanders, things are chosen, the theme changes now and then. */
  private look(n: number): void {
    const { layer } = this.map;
    if (n % 3 === 0) layer.hover(layer.pick(1280 * this.random(), 800 * this.random()));
    if (n % 17 === 0) layer.select(layer.neighbour(null, 1));
    if (this.tick % 1800 === 0) layer.theme((["night", "day", "red"] as const)[(this.tick / 1800) % 3] ?? "night");
  }

  private take(frame: Frame): void {
    this.picture = fold(this.picture, frame).picture;
  }

  private moved(i: number): Position {
    const place = this.places[i] as [number, number];
    place[0] += 0.004 * (this.random() - 0.5);
    place[1] += 0.004 * (this.random() - 0.5);
    return this.fix(i);
  }

  private fix(i: number): Position {
    const [lon, lat] = this.places[i] as [number, number];
    return {
      device: `d${i}`, vehicle: `v${i}`, lon, lat, at: iso(this.now), received_at: iso(this.now), speed: 12, course: 360 * this.random(), accuracy: 5, battery: null, uncertainty_m: 0,
      source: "device", speaker: null, flags: [], mission: "bench",
    };
  }

  private random(): number {
    this.seed = (this.seed * 16807) % 2147483647;
    return this.seed / 2147483647;
  }
}
