/** Assets that all move at each tick, the same for every engine: seeded, so that each run and each engine draws the same. */
import type { Fix } from "../src/live/fold";
import type { StandardName } from "../src/map/standard";
import type { Mover } from "../src/map/scene";
import { STATES } from "../src/map/symbols";

export const VIEW = { lon: 20.5, lat: 6.5, zoom: 8.5 };
const DEGREES_PX = 360 / (512 * 2 ** VIEW.zoom);
const TRAIL = 12;
const STEP_PX = 3;
const SHAPES: readonly (StandardName | null)[] = ["ambulance", "ambulance", "armoured", "helicopter", "plane", null];
export const START = Date.UTC(2026, 0, 1);

export class World {
  now = START;
  assets: Mover[] = [];
  private seed = 20261122;

  constructor(count: number, width: number, height: number) {
    for (let i = 0; i < count; i++) {
      const lon = VIEW.lon + (this.random() - 0.5) * width * DEGREES_PX;
      const lat = VIEW.lat + (this.random() - 0.5) * height * DEGREES_PX;
      this.assets.push(born(i, lon, lat, 360 * this.random(), this.now));
    }
    for (let k = 1; k < TRAIL; k++) this.tick();
  }

  /** A second passes: each asset goes a few pixels, and its trail gains a fix and loses the oldest. */
  tick(): readonly Mover[] {
    this.now += 1000;
    this.assets = this.assets.map((one) => this.moved(one));
    return this.assets;
  }

  private moved(one: Mover): Mover {
    const course = ((one.course ?? 0) + 40 * (this.random() - 0.5) + 360) % 360;
    const turn = (course * Math.PI) / 180;
    const step = STEP_PX * (0.5 + this.random());
    const lon = one.lon + step * DEGREES_PX * Math.sin(turn);
    const lat = one.lat + step * DEGREES_PX * Math.cos(turn);
    const fix: Fix = [lon, lat, this.now];
    return { ...one, lon, lat, course, at: this.now, trail: [...one.trail, fix].slice(-TRAIL) };
  }

  private random(): number {
    this.seed = (this.seed * 16807) % 2147483647;
    return this.seed / 2147483647;
  }
}

function born(i: number, lon: number, lat: number, course: number, at: number): Mover {
  const symbol = SHAPES[i % SHAPES.length] ?? null;
  return {
    kind: symbol ? "vehicle" : "device", id: `v${i}`, label: `AMB ${String(i).padStart(4, "0")}`, symbol, state: symbol ? (STATES[i % STATES.length] as string) : "",
    lon, lat, at, speed: 12, course, aboard: [], trail: [[lon, lat, at]], uncertainty_m: 0,
  };
}
