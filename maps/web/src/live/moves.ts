/** Reads a lane's compact differences (maps/moves.py describes them) back into positions. Pure. */
import type { Id, Position } from "./protocol";

type Rest = [vehicle: Id | null, source: string, speaker: string | null, flags: string[], uncertainty: number, mission: Id];

/** The body of a `moves` frame. */
export interface Moves {
  server_time: string;
  n: number;
  key?: boolean;
  new?: [device: string, ...rest: Rest][];
  rest?: [slot: number, ...rest: Rest][];
  count: number;
  base?: number;
  k?: number[];
  bits?: string;
}

/** A frame was missed or makes no sense: only a new stream, which begins with a keyframe, can be followed. */
export class Missed extends Error {}

const ESCAPE = 16;
const ZEROS = 31;
const NO_COURSE = 360;
const degrees = (d: number): number => (d * Math.PI) / 180;
const SINE = Array.from({ length: 361 }, (_, d) => (d === NO_COURSE ? 0 : Math.round(16384 * Math.sin(degrees(d)))));
const COSINE = Array.from({ length: 361 }, (_, d) => (d === NO_COURSE ? 0 : Math.round(16384 * Math.cos(degrees(d)))));
const SECANT = Array.from({ length: 81 }, (_, d) => Math.round(1024 / Math.cos(degrees(d))));

class Bits {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(text: string) {
    this.bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  }

  private bit(): number {
    const byte = this.bytes[this.at >> 3];
    if (byte === undefined) throw new Missed("a frame is too short");
    return (byte >> (7 - (this.at++ & 7))) & 1;
  }

  private number(width: number): number {
    let value = 0;
    for (let bit = 0; bit < width; bit++) value = value * 2 + this.bit(); // no shifts: up to 48 bits
    return value;
  }

  private rice(k: number): number {
    let ones = 0;
    while (ones < ESCAPE && this.bit() === 1) ones++;
    return ones === ESCAPE ? this.number(48) : ones * 2 ** k + this.number(k);
  }

  column(k: number, count: number): number[] {
    return Array.from({ length: count }, () => (k === ZEROS ? 0 : this.rice(k)));
  }
}

const signed = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2);

/** What one slot holds, in whole quanta. */
interface Held {
  device: string;
  at: number;
  received: number;
  course: number;
  speed: number;
  lon: number;
  lat: number;
  accuracy: number;
  battery: number;
  rest: Rest;
}

/** Follows one stream from its keyframe on. */
export class MovesReader {
  private n = -1;
  private held: Held[] = [];

  /** The positions that a frame tells; throws Missed. */
  take(told: Moves): Position[] {
    if (told.key === true) this.held = [];
    else if (told.n !== this.n + 1) throw new Missed(`frame ${told.n} follows ${this.n}`);
    this.n = told.n;
    const touched = new Set<Held>();
    for (const [device, ...rest] of told.new ?? []) {
      const one: Held = { device, at: 0, received: 0, course: 0, speed: 0, lon: 0, lat: 0, accuracy: 0, battery: 0, rest };
      this.held.push(one);
      touched.add(one);
    }
    for (const [slot, ...rest] of told.rest ?? []) {
      const one = this.slot(slot);
      one.rest = rest;
      touched.add(one);
    }
    if (told.count > 0) this.step(told, touched);
    return [...touched].map(position);
  }

  private slot(slot: number): Held {
    const one = this.held[slot];
    if (!one) throw new Missed(`no slot ${slot}`);
    return one;
  }

  private step(told: Moves, touched: Set<Held>): void {
    const bits = new Bits(told.bits ?? "");
    const [gaps, ...columns] = (told.k ?? []).map((k) => bits.column(k, told.count));
    if (!gaps || columns.length !== 8) throw new Missed("columns are missing");
    let slot = -1;
    gaps.forEach((gap, row) => {
      slot += gap + 1;
      const one = this.slot(slot);
      advance(one, columns.map((column) => signed(column[row] as number)), told.base ?? 0);
      touched.add(one);
    });
  }
}

function advance(one: Held, by: number[], base: number): void {
  const [since, delay, course, speed, lon, lat, accuracy, battery] = by as [number, number, number, number, number, number, number, number];
  const passed = since + base;
  one.at += passed;
  one.received += passed + delay;
  one.course = (((one.course + course) % 361) + 361) % 361;
  one.speed += speed;
  const [north, east] = reckoned(one, passed);
  one.lon += lon + east;
  one.lat += lat + north;
  one.accuracy += accuracy;
  one.battery += battery;
}

/** Dead reckoning in whole numbers below 2**53, so that it comes to just what the server's does. */
function reckoned(one: Held, passed: number): [north: number, east: number] {
  if (passed <= 0 || passed > 300 || one.speed <= 0 || one.speed > 1200) return [0, 0];
  const way = passed * one.speed * 230;
  const secant = SECANT[Math.min(Math.floor(Math.abs(one.lat) / 1_000_000), 80)] as number;
  const [sine, cosine] = [SINE[one.course] as number, COSINE[one.course] as number];
  return [Math.floor((way * cosine) / (16384 * 1023)), Math.floor((way * sine * secant) / (16384 * 1023 * 1024))];
}

function position(one: Held): Position {
  const [vehicle, source, speaker, flags, uncertainty, mission] = one.rest;
  return {
    device: one.device, vehicle, lon: one.lon / 1e6, lat: one.lat / 1e6,
    at: instant(one.at), received_at: instant(one.received),
    speed: one.speed < 0 ? null : one.speed / 4, course: one.course === NO_COURSE ? null : one.course,
    accuracy: one.accuracy < 0 ? null : one.accuracy, battery: one.battery < 0 ? null : one.battery,
    source, speaker, flags, uncertainty_m: uncertainty, mission,
  };
}

const instant = (tenths: number): string => new Date(tenths * 100).toISOString();
