/** The map as tools see it: the view, its frames, and who takes the pointer. */
import type { Map as MapLibre, MapMouseEvent, MapTouchEvent } from "maplibre-gl";
import type { View } from "./asset-layer";
import { projector } from "./asset-layer";

export type Place = readonly [lon: number, lat: number];
export interface Touch {
  at: Place;
  x: number; // CSS pixels from the top left corner of the map
  y: number;
  coarse: boolean; // a finger
}
/** Whoever takes the pointer away from the map for a while. */
export interface Grip {
  /** True: what follows is pulled and the map stays still. */
  down(touch: Touch): boolean;
  pull(touch: Touch): void;
  /** The end of a pull; `moved` is false for one that was but a click. */
  up(touch: Touch, moved: boolean): void;
  click(touch: Touch): void;
  move(touch: Touch): void;
}

const STILL_PX = 5;

export class MapHand {
  private grip: Grip | null = null;
  private pulled: { from: Touch; moved: boolean } | null = null;
  private handled = false; // the click of a pull that was one
  private readonly frames: ((view: View) => void)[] = [];
  private last: Touch | null = null;

  constructor(private readonly map: MapLibre, asked: (touch: Touch) => void) {
    map.on("mousedown", (event) => event.originalEvent.button === 0 && this.down(event, false));
    map.on("touchstart", (event) => event.points.length === 1 && this.down(event, true));
    map.on("mousemove", (event) => this.move(touchOf(event, false)));
    map.on("touchmove", (event) => event.points.length === 1 && this.move(touchOf(event, true)));
    map.on("contextmenu", (event) => asked(touchOf(event, false)));
    for (const end of ["mouseup", "touchend", "touchcancel"]) window.addEventListener(end, () => this.up());
  }

  get view(): View {
    const centre = this.map.getCenter();
    const box = this.map.getContainer();
    return { lon: centre.lng, lat: centre.lat, zoom: this.map.getZoom(), width: box.clientWidth, height: box.clientHeight };
  }

  place(x: number, y: number): Place {
    const at = this.map.unproject([x, y]).wrap();
    return [at.lng, at.lat];
  }

  screen(place: Place): [number, number] {
    return projector(this.view)(place[0], place[1]);
  }

  pan(dx: number, dy: number): void {
    this.map.panBy([dx, dy], { animate: false });
  }

  zoom(by: number): void {
    this.map.zoomTo(this.map.getZoom() + by, { animate: false });
  }

  /** Runs after each frame of the map. */
  onFrame(run: (view: View) => void): void {
    this.frames.push(run);
  }

  frame(view: View): void {
    for (const run of this.frames) run(view);
  }

  hold(grip: Grip | null): void {
    this.grip = grip;
    this.pulled = null;
    if (grip) this.map.doubleClickZoom.disable();
    else this.map.doubleClickZoom.enable();
    this.map.getCanvas().style.cursor = grip ? "crosshair" : "";
  }

  get held(): boolean {
    return this.grip !== null;
  }

  /** True when somebody holds the pointer, so that the map picks nothing. */
  takes(event: MapMouseEvent): boolean {
    if (!this.grip) return false;
    if (this.handled) this.handled = false;
    else this.grip.click(touchOf(event, false));
    return true;
  }

  private down(event: MapMouseEvent | MapTouchEvent, coarse: boolean): void {
    this.handled = false;
    if (!this.grip) return;
    const touch = touchOf(event, coarse);
    if (!this.grip.down(touch)) return;
    event.preventDefault(); // the map is not moved
    [this.pulled, this.last] = [{ from: touch, moved: false }, touch];
  }

  private move(touch: Touch): void {
    if (!this.grip) return;
    if (!this.pulled) return this.grip.move(touch);
    this.last = touch;
    this.pulled.moved ||= Math.hypot(touch.x - this.pulled.from.x, touch.y - this.pulled.from.y) > STILL_PX;
    if (this.pulled.moved) this.grip.pull(touch);
  }

  private up(): void {
    const { pulled, last, grip } = this;
    if (!pulled || !last) return;
    this.pulled = null;
    this.handled = true;
    grip?.up(last, pulled.moved);
  }
}

function touchOf(event: MapMouseEvent | MapTouchEvent, coarse: boolean): Touch {
  const at = event.lngLat.wrap();
  return { at: [at.lng, at.lat], x: event.point.x, y: event.point.y, coarse };
}
