/** Drawing on the map: by mouse, touch and keys; previewed while it is drawn, applied through the queue, never lost while it is wrong. */
import type { Post } from "../commands/outbox";
import { grid } from "../grid";
import type { Hazard } from "../live/protocol";
import { pixelsPerMetre } from "../map/asset-layer";
import type { Grip, MapHand, Touch } from "../map/hand";
import { toolWords } from "../strings/tools";
import type { Crosshair } from "./crosshair";
import { DrawPanel } from "./draw-panel";
import type { ChainWords } from "./draw-panel";
import { readPlace } from "./coordinates";
import type { LonLat } from "./geodesy";
import { beyond, metresBetween, stretches } from "./geodesy";
import type { Brush, Ink } from "./ink";
import type { FieldName, Kind, Shape, Sketch, Texts } from "./kinds";
import { Amiss, checkSketch, hazardBody, hazardId, isHazard, kindOf, lastWord, siteBody, sketchOf } from "./kinds";
import { length } from "./lengths";
import { MOST_POINTS, thinned } from "./outline";
import { pasted } from "./paste";
import { Preview } from "./preview";
import { paintPreview, paintSketch } from "./sketch-ink";

const words = toolWords.draw;
const NEAR_PX = 12;
const FINGER = 2;

export interface DrawWorld {
  hand(): MapHand;
  now(): number;
  seq(): number; // of the last event that this page knows
  incident(at: LonLat): void;
  /** Keeps and sends what was drawn; `before` is the hazard as it was, null for a new one. */
  send(path: string, body: Record<string, unknown>, label: string, before: Hazard | null, seen: number): Post | null;
  preview: ConstructorParameters<typeof Preview>[0];
  inWords(body: unknown): string;
  chainWords: ChainWords;
  left(): void;
}
interface Work {
  id: string; // of the hazard to be: previewed under it, its roads are ready when it is applied
  kind: Kind;
  sketch: Sketch;
  changing: Hazard | null;
  seen: number; // the last event known when it was looked at; 0: it is new
  note: string;
}
type Held = { is: "corner"; index: number } | { is: "radius" } | { is: "new" } | { is: "freehand"; from: number };
const HAND_PX = 1.5; // what a hand cannot mean

export class Draw implements Grip {
  readonly panel: DrawPanel;
  private readonly preview: Preview;
  private work: Work | null = null;
  private held: Held | null = null;
  private pointer: LonLat | null = null;
  private readonly painter = (brush: Brush): void => this.paint(brush);

  constructor(private readonly world: DrawWorld, private readonly ink: Ink, private readonly cross: Crosshair) {
    this.preview = new Preview(world.preview, () => this.previewed(), world.inWords);
    this.panel = new DrawPanel({
      changed: () => this.changed(), shape: (shape) => this.reshape(shape), typed: (text) => this.typed(text), pasted: (text) => this.paste(text),
      apply: () => this.apply(), back: () => this.back(), leave: () => this.leave(), takeTheirs: () => this.takeTheirs(),
    }, world.chainWords);
  }

  get active(): boolean {
    return this.work !== null;
  }

  /** Begins a drawing of this kind, at a place where one is given. */
  begin(id: string, at: LonLat | null = null, shape?: Shape): void {
    const kind = kindOf(id);
    if (id === "incident" && at) return this.world.incident(at);
    const first = shape && kind.shapes.includes(shape) ? shape : (kind.shapes[0] as Shape);
    const sketch: Sketch = { shape: first, points: at ? [at] : [] };
    this.open({ id: hazardId(), kind, sketch, changing: null, seen: 0, note: "" }, { radius: kind.radius, affects: kind.affects.join(","), speed: "50" });
  }

  /** Begins with a hazard as it is, to change it. */
  change(hazard: Hazard): void {
    const { kind, sketch, texts } = sketchOf(hazard, this.world.now());
    this.open({ id: hazard.id, kind, sketch, changing: hazard, seen: this.world.seq(), note: "" }, texts);
  }

  /** A drawing that the server refused comes back as it was drawn, with the server's words. */
  reopen(body: Record<string, unknown>, why: string, changing: Hazard | null, seen: number): void {
    const told = { ...emptyHazard(), ...hazardOf(body) };
    const { kind, sketch, texts } = sketchOf(told, this.world.now());
    this.open({ id: changing?.id ?? hazardId(), kind, sketch, changing, seen, note: "" }, texts);
    this.panel.amiss("", toolWords.wrong.refused(why));
  }

  /** The hazards as they are now: was the one that is being changed here changed elsewhere? */
  update(hazards: Record<string, Hazard>): void {
    const mine = this.work?.changing;
    const now = mine ? hazards[mine.id] : undefined;
    if (!this.work || !mine || !now || lastWord(now) === lastWord(mine)) return;
    const said = toolWords.chosen;
    const at = lastWord(now).slice(11, 16) + "Z";
    [this.work.changing, this.work.seen] = [now, this.world.seq()];
    this.panel.clashes(now.lifted_at !== null ? said.liftedBy(now.lifted_by || said.someone, at) : said.changedBy(now.author || now.by || said.someone, at));
  }

  leave(): void {
    if (!this.work) return;
    this.stop();
    this.world.left();
  }

  stop(): void {
    if (!this.work) return;
    this.work = null;
    this.pointer = this.held = null;
    this.preview.end();
    this.panel.hide();
    this.cross.serve(null);
    this.world.hand().hold(null);
    this.ink.remove(this.painter);
  }

  // --- the pointer

  down(touch: Touch): boolean {
    if (!this.work) return false;
    const { sketch } = this.work;
    const index = sketch.points.findIndex((point) => this.near(point, touch));
    if (index >= 0) this.held = { is: "corner", index };
    else if (sketch.shape === "circle" && this.onRim(touch)) this.held = { is: "radius" };
    else if (sketch.shape === "circle" && sketch.points.length === 0) [this.held, sketch.points] = [{ is: "new" }, [touch.at]];
    else if (this.panel.pulls) this.held = { is: "freehand", from: sketch.points.push(touch.at) - 1 };
    else return false;
    return true;
  }

  pull(touch: Touch): void {
    const { work, held } = this;
    if (!work || !held) return;
    if (held.is === "corner") work.sketch.points[held.index] = touch.at;
    else if (held.is === "freehand") work.sketch.points.push(touch.at);
    else this.panel.set("radius", String(Math.max(1, Math.round(metresBetween(work.sketch.points[0] as LonLat, touch.at)))));
    this.cross.still();
    this.changed();
  }

  up(touch: Touch, moved: boolean): void {
    const { held } = this;
    this.held = null;
    if (!held || !this.work) return;
    this.cross.still();
    if (held.is === "corner" && !moved && this.closes(held.index)) return this.apply();
    if (held.is === "freehand") this.smooth(held.from);
    if (held.is === "new" && moved) {
      this.pull(touch);
      return this.apply();
    }
    this.changed();
  }

  /** What was pulled by hand keeps the points that a hand can have meant. */
  private smooth(from: number): void {
    const { sketch } = this.work as Work;
    const finest = HAND_PX / pixelsPerMetre(this.world.hand().view);
    sketch.points = [...sketch.points.slice(0, from), ...thinned(sketch.points.slice(from), MOST_POINTS, finest).points];
  }

  click(touch: Touch): void {
    this.cross.still();
    this.set(touch.at);
  }

  move(touch: Touch): void {
    this.pointer = touch.at;
    this.ink.refresh();
  }

  private near(point: LonLat, touch: Touch): boolean {
    const [x, y] = this.world.hand().screen(point);
    return Math.hypot(x - touch.x, y - touch.y) < NEAR_PX * (touch.coarse ? FINGER : 1);
  }

  private onRim(touch: Touch): boolean {
    const centre = this.work?.sketch.points[0];
    if (!centre) return false;
    const [x, y] = this.world.hand().screen(centre);
    const [rx, ry] = this.world.hand().screen(beyond(centre, this.radius, 90));
    const off = Math.hypot(x - touch.x, y - touch.y) - Math.hypot(x - rx, y - ry);
    return Math.abs(off) < NEAR_PX * (touch.coarse ? FINGER : 1);
  }

  /** A click on the first corner closes an outline, one on the last point ends a line. */
  private closes(index: number): boolean {
    const { shape, points } = (this.work as Work).sketch;
    return (shape === "polygon" && index === 0 && points.length >= 3) || (shape === "line" && index === points.length - 1 && points.length >= 2);
  }

  // --- points

  private enter(at: LonLat, moved: boolean): void {
    if (!this.work) return;
    const { sketch } = this.work;
    if (!moved) return sketch.points.length === 0 ? this.set(at) : this.apply();
    if (sketch.shape === "circle" && sketch.points.length > 0) {
      this.panel.set("radius", String(Math.max(1, Math.round(metresBetween(sketch.points[0] as LonLat, at)))));
      return this.changed();
    }
    this.set(at);
  }

  private set(at: LonLat): void {
    if (!this.work) return;
    const { sketch, kind } = this.work;
    if (kind.id === "incident") {
      this.stop();
      return this.world.incident(at);
    }
    if (sketch.shape === "point" || sketch.shape === "circle") sketch.points = [at];
    else sketch.points.push(at);
    this.work.note = "";
    this.changed();
  }

  private back(): void {
    if (!this.work) return;
    this.work.sketch.points.pop();
    this.work.note = "";
    this.changed();
  }

  private typed(text: string): void {
    const at = readPlace(text);
    if (!at) return this.panel.amiss("", toolWords.wrong.place(text));
    this.cross.still();
    this.set(at);
  }

  private paste(text: string): void {
    if (!this.work) return;
    try {
      const found = pasted(text);
      const { kind } = this.work;
      if (!kind.shapes.includes(found.shape === "point" && kind.shapes.includes("circle") ? "circle" : found.shape)) throw new Error(words.shape);
      const shape: Shape = found.shape === "point" && !kind.shapes.includes("point") ? "circle" : found.shape;
      const ring = shape === "polygon" ? [...found.points, found.points[0] as LonLat] : found.points;
      const kept = found.points.length > MOST_POINTS ? thinned(ring) : { points: found.points, within_m: 0 };
      const corners = shape === "polygon" && kept.points !== found.points ? kept.points.slice(0, -1) : kept.points;
      this.work.sketch = { shape, points: corners };
      this.work.note = corners.length < found.points.length ? words.thinned(found.points.length, corners.length, length(kept.within_m)) : "";
      this.panel.shapeIs(shape);
      this.changed();
    } catch (fault) {
      this.panel.amiss("", fault instanceof Error ? fault.message : String(fault));
    }
  }

  private reshape(shape: Shape): void {
    if (!this.work) return;
    const { points } = this.work.sketch;
    this.work.sketch = { shape, points: shape === "circle" || shape === "point" ? points.slice(0, 1) : points };
    this.panel.shapeIs(shape);
    this.changed();
  }

  // --- what follows

  private open(work: Work, texts: Texts): void {
    this.stop();
    this.work = work;
    this.panel.show(work.kind, work.sketch.shape, texts);
    this.world.hand().hold(this);
    this.ink.add(this.painter);
    this.cross.serve({ enter: (at, moved) => this.enter(at, moved), back: () => this.back(), leave: () => this.leave(), moved: (at) => this.over(at) });
    if (work.sketch.points.length > 0) this.cross.still();
    this.changed();
  }

  private over(at: LonLat): void {
    this.pointer = at;
    this.ink.refresh();
  }

  private get radius(): number {
    return Number((this.panel.texts().radius ?? "").replace(",", ".")) || 0;
  }

  private changed(): void {
    if (!this.work) return;
    this.panel.tell(this.told());
    const { sketch, kind } = this.work;
    const begun = sketch.points.length >= { point: 1, circle: 1, line: 2, polygon: 3 }[sketch.shape];
    let body: Record<string, unknown> | null = null;
    try {
      if (begun && isHazard(kind)) body = this.body();
      else if (begun) checkSketch(sketch);
      this.panel.amiss("", null);
    } catch (fault) {
      if (!(fault instanceof Amiss)) throw fault;
      this.panel.amiss(fault.field, fault.message);
    }
    this.preview.look(body);
    this.ink.refresh();
  }

  private body(): Record<string, unknown> {
    const { id, kind, sketch } = this.work as Work;
    const body = isHazard(kind) ? hazardBody(kind, sketch, this.panel.texts(), this.world.now()) : siteBody(sketch, this.panel.texts());
    if (isHazard(kind) && body["name"] === "") body["name"] = grid(body["lon"] as number, body["lat"] as number);
    return isHazard(kind) ? { ...body, id } : body;
  }

  private told(): string {
    const { sketch, note } = this.work as Work;
    const { metres } = stretches(sketch.points);
    const parts = [words.points(sketch.points.length)];
    if (sketch.shape === "circle") parts.push(words.size(length(this.radius)));
    if (metres > 0) parts.push(words.length(length(metres)));
    if (note !== "") parts.push(note);
    return parts.join(" · ");
  }

  private apply(): void {
    if (!this.work) return;
    const { kind, changing, seen } = this.work;
    let body: Record<string, unknown>;
    try {
      body = this.body();
    } catch (fault) {
      if (!(fault instanceof Amiss)) throw fault;
      this.panel.amiss(fault.field, fault.message);
      if (fault.field !== "") this.panel.focus(fault.field as FieldName);
      return;
    }
    const label = words.label(words.kinds[kind.id] ?? kind.id, String(body["name"]));
    if (!this.world.send(isHazard(kind) ? "api/hazards" : "api/sites/add", body, label, changing, seen)) return;
    this.leave();
  }

  private takeTheirs(): void {
    const theirs = this.work?.changing;
    if (!theirs) return;
    if (theirs.lifted_at !== null) this.leave();
    else this.change(theirs);
  }

  private previewed(): void {
    this.panel.preview(this.preview.state);
    this.ink.refresh();
  }

  private paint(brush: Brush): void {
    if (!this.work) return;
    const { state } = this.preview;
    const answer = state.is === "told" ? state.answer : state.is === "asking" ? state.last : null;
    if (answer) paintPreview(brush, answer);
    paintSketch(brush, { sketch: this.work.sketch, radius_m: this.radius, pointer: this.held ? null : this.pointer, wrong: !this.panel.fine });
  }
}

/** A body that was sent, as the hazard that it tells of. */
function hazardOf(body: Record<string, unknown>): Partial<Hazard> {
  const [polygon, line] = [body["polygon"] as [number, number][] | undefined, body["line"] as [number, number][] | undefined];
  const point: [number, number] = [Number(body["lon"]), Number(body["lat"])];
  const geometry: Hazard["geometry"] = polygon ? { type: "Polygon", coordinates: [polygon] } : line ? { type: "LineString", coordinates: line } : { type: "Point", coordinates: point };
  const plain = Object.fromEntries(Object.entries(body).filter(([name]) => ["id", "name", "affects", "radius_m", "severity", "speed_factor", "until"].includes(name)));
  return { ...plain, kind: String(body["hazard_kind"]), geometry, lon: point[0], lat: point[1] } as Partial<Hazard>;
}

const emptyHazard = (): Hazard => ({
  id: "", kind: "closure", name: "", affects: ["ground"], geometry: { type: "Point", coordinates: [0, 0] }, lon: 0, lat: 0, radius_m: null, effect: "", severity: null, speed_factor: null,
  reported_at: null, since: null, until: null, lifted_at: null, lifted_by: "", by: "", source: "", author: "",
});
