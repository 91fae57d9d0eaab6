/** A map that moves and zooms without WebGL: the calls of MapLibre that this page makes, on a Canvas-2D. */
import { LngLat, LngLatBounds, Point } from "maplibre-gl";
import { strings } from "../strings";
import { el } from "../ui/dom";
import type { View } from "./asset-layer";
import { TILE, mercX, mercY } from "./asset-layer";
import { START } from "./ground";

type Listener = (event: never) => void;
type Place = [number, number] | { lng: number; lat: number };
interface Camera {
  center?: Place;
  zoom?: number;
}
interface Fitting {
  padding?: number;
  maxZoom?: number;
}

const STILL_PX = 4;
const KEY_PX = 100;
const WHEEL = 1 / 450;

export class CanvasMap {
  readonly canvas = el("canvas", { class: "canvas-ground", tabindex: 0, role: "application", "aria-label": strings.ground.keyboard });
  readonly doubleClickZoom = this.toggle();
  private center: LngLat = new LngLat(START.lon, START.lat);
  private zoom: number = START.zoom;
  private readonly listeners = new Map<string, Listener[]>();
  private readonly pointers = new Map<number, Point>();
  private dragged: { from: Point; moved: boolean; held: boolean } | null = null;
  private waiting = false;

  constructor(private readonly container: HTMLElement, private readonly paint: (pen: CanvasRenderingContext2D, view: View) => void) {
    const { canvas } = this;
    const buttons = el("div", { class: "zoom-buttons" }, el("button", { type: "button", "aria-label": strings.ground.zoomIn, onclick: () => this.zoomTo(this.zoom + 1) }, "+"), el("button", { type: "button", "aria-label": strings.ground.zoomOut, onclick: () => this.zoomTo(this.zoom - 1) }, "−"));
    container.append(canvas, buttons);
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"] as const) canvas.addEventListener(end, (event) => this.up(event));
    canvas.addEventListener("dblclick", (event) => this.doubleClickZoom.isEnabled() && this.around(this.pointOf(event), 1));
    canvas.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      this.tell("contextmenu", event);
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.around(this.pointOf(event), -event.deltaY * (event.deltaMode === 1 ? 30 : 1) * WHEEL);
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  on(type: string, run: Listener): this {
    this.listeners.set(type, [...(this.listeners.get(type) ?? []), run]);
    return this;
  }

  once(type: string, run: Listener): this {
    const first = ((event: never) => {
      this.listeners.set(type, (this.listeners.get(type) ?? []).filter((each) => each !== first));
      run(event);
    }) as Listener;
    return this.on(type, first);
  }

  triggerRepaint = (): void => this.again();
  getCanvas = (): HTMLCanvasElement => this.canvas;
  getContainer = (): HTMLElement => this.container;
  getCenter = (): LngLat => this.center;
  getZoom = (): number => this.zoom;

  getBounds(): LngLatBounds {
    const { width, height } = this.view;
    return new LngLatBounds(this.unproject([0, height]), this.unproject([width, 0]));
  }

  get view(): View {
    return { lon: this.center.lng, lat: this.center.lat, zoom: this.zoom, width: this.container.clientWidth, height: this.container.clientHeight };
  }

  unproject(at: [number, number] | Point): LngLat {
    const [x, y] = Array.isArray(at) ? at : [at.x, at.y];
    const { width, height } = this.view;
    const world = TILE * 2 ** this.zoom;
    return new LngLat(((mercX(this.center.lng) + (x - width / 2) / world) * 360) - 180, latOf(mercY(this.center.lat) + (y - height / 2) / world));
  }

  project(at: Place): Point {
    const { lng, lat } = LngLat.convert(at);
    const { width, height } = this.view;
    const world = TILE * 2 ** this.zoom;
    return new Point((mercX(lng) - mercX(this.center.lng)) * world + width / 2, (mercY(lat) - mercY(this.center.lat)) * world + height / 2);
  }

  jumpTo({ center, zoom }: Camera): this {
    if (zoom !== undefined) this.zoom = Math.max(START.least, Math.min(START.most, zoom));
    if (center) this.center = LngLat.convert(center).wrap();
    this.changed();
    return this;
  }

  easeTo = (camera: Camera): this => this.jumpTo(camera);
  zoomTo = (zoom: number): this => this.jumpTo({ zoom });

  panBy([dx, dy]: [number, number]): this {
    const { width, height } = this.view;
    return this.jumpTo({ center: this.unproject([width / 2 + dx, height / 2 + dy]) });
  }

  cameraForBounds([west, south, east, north]: [number, number, number, number], { padding = 0, maxZoom = START.most }: Fitting = {}): { center: LngLat; zoom: number } {
    const { width, height } = this.view;
    const [w, h] = [Math.max(1e-9, mercX(east) - mercX(west)), Math.max(1e-9, mercY(south) - mercY(north))];
    const zoom = Math.log2(Math.min(Math.max(50, width - 2 * padding) / w, Math.max(50, height - 2 * padding) / h) / TILE);
    return { center: new LngLat((west + east) / 2, latOf((mercY(south) + mercY(north)) / 2)), zoom: Math.min(maxZoom, zoom) };
  }

  fitBounds = (box: [number, number, number, number], fitting: Fitting = {}): this => this.jumpTo(this.cameraForBounds(box, fitting));

  resize(): this {
    this.changed();
    return this;
  }

  /** Paints with the next frame. */
  again(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.frame();
    });
  }

  private frame(): void {
    const { view, canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (w === 0 || h === 0) return;
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    const pen = canvas.getContext("2d", { alpha: false });
    if (!pen) return;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.paint(pen, view);
    this.fire("render", {});
  }

  private changed(originalEvent?: Event): void {
    this.fire("movestart", { originalEvent });
    this.again();
    this.fire("moveend", { originalEvent });
  }

  private fire(type: string, event: object): void {
    for (const run of this.listeners.get(type) ?? []) (run as (event: object) => void)(event);
  }

  /** Tells listeners; true when one of them keeps the map still. */
  private tell(type: string, originalEvent: MouseEvent): boolean {
    const point = this.pointOf(originalEvent);
    let kept = false;
    this.fire(type, { type, point, points: [...this.pointers.values()], lngLat: this.unproject(point), originalEvent, preventDefault: () => (kept = true) });
    return kept;
  }

  private pointOf(event: MouseEvent): Point {
    const box = this.canvas.getBoundingClientRect();
    return new Point(event.clientX - box.left, event.clientY - box.top);
  }

  private down(event: PointerEvent): void {
    this.pointers.set(event.pointerId, this.pointOf(event));
    const held = this.tell(event.pointerType === "touch" ? "touchstart" : "mousedown", event);
    if (event.button !== 0) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.dragged = { from: this.pointOf(event), moved: false, held };
  }

  private move(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    const now = this.pointOf(event);
    if (this.dragged && before) this.drag(event, before, now);
    if (before) this.pointers.set(event.pointerId, now);
    this.tell(event.pointerType === "touch" ? "touchmove" : "mousemove", event);
  }

  private drag(event: PointerEvent, before: Point, now: Point): void {
    const drag = this.dragged;
    if (!drag || drag.held) return;
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) return this.around(other, Math.log2(Math.max(1, now.dist(other)) / Math.max(1, before.dist(other))));
    if (!drag.moved && now.dist(drag.from) < STILL_PX) return;
    if (!drag.moved) this.fire("dragstart", { originalEvent: event });
    const from = drag.moved ? before : drag.from;
    drag.moved = true;
    this.panBy([from.x - now.x, from.y - now.y]);
  }

  private up(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    const drag = this.dragged;
    if (event.pointerType === "touch") this.tell("touchend", event);
    if (!drag) return;
    this.dragged = null;
    if (!drag.moved && event.type === "pointerup" && event.button === 0) this.tell("click", event);
  }

  /** Zooms so that the place under a point stays there. */
  private around(point: Point, by: number): void {
    const place = this.unproject(point);
    this.jumpTo({ zoom: this.zoom + by });
    const now = this.project(place);
    this.panBy([now.x - point.x, now.y - point.y]);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const pan: Record<string, [number, number]> = { ArrowLeft: [-KEY_PX, 0], ArrowRight: [KEY_PX, 0], ArrowUp: [0, -KEY_PX], ArrowDown: [0, KEY_PX] };
    const by = { "+": 1, "=": 1, "-": -1, "_": -1 }[event.key];
    const to = pan[event.key];
    if (to) this.panBy(to);
    else if (by) this.zoomTo(this.zoom + by);
    else return;
    event.preventDefault();
    this.fire("movestart", { originalEvent: event });
  }

  private toggle(): { enable(): void; disable(): void; isEnabled(): boolean } {
    let enabled = true;
    return { enable: () => void (enabled = true), disable: () => void (enabled = false), isEnabled: () => enabled };
  }
}

const latOf = (y: number): number => (Math.atan(Math.sinh(Math.PI * (1 - 2 * Math.max(0, Math.min(1, y))))) * 180) / Math.PI;
