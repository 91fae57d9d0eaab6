/** The live assets on one Canvas-2D above the map. Draws only places that were reported; nothing is moved or smoothed. */
import { age } from "../times";
import type { Theme } from "../ui/theme";
import type { AssetLayer, Cluster, PaintedAsset, Town, View } from "./asset-layer";
import { mercX, mercY, pixelsPerMetre } from "./asset-layer";
import type { Group } from "./clusters";
import { CLUSTER_BELOW_ZOOM, cellPixels, clustered } from "./clusters";
import type { Hand } from "./labels";
import { Labels } from "./labels";
import { LOOKS } from "./look";
import { CASUALTY_RISE, Marks } from "./marks";
import { Picker, RANK, readingOrder } from "./pick";
import type { Frame } from "./places";
import { Places, TRAIL } from "./places";
import { Room } from "./room";
import type { Asset, AssetRef } from "./scene";
import { isStale } from "./scene";
import { Sprites } from "./sprites";
import { drawTrails } from "./trails";

const MARGIN = 45; // CSS pixels outside the view that are still drawn
const REACH = 14;
const SITES_FROM_ZOOM = 7;
const TOWNS_FROM_ZOOM = 5;
const ROW = 48; // CSS pixels that count as one line in reading order
const LABEL_RANKS = 7;
const AGED_MS = 5000; // by age alone nothing looks otherwise sooner: stale marks, ages of trails

export class CanvasLayer implements AssetLayer {
  private readonly pen: CanvasRenderingContext2D;
  private readonly places = new Places();
  private readonly sprites = new Sprites();
  private readonly labels = new Labels();
  private readonly room = new Room();
  private readonly facilities = new Room();
  private readonly marks: Marks;
  private readonly picker = new Picker();
  private listed = new Uint32Array(0); // indices of what is in view
  private single = new Uint32Array(0); // of these, what stands for itself
  private inView = 0;
  private alone = 0;
  private groups: Group[] = [];
  private known: readonly Asset[] = [];
  private now = 0;
  private townList: readonly (Town & { mx: number; my: number })[] = [];
  private selected: AssetRef | null = null;
  private hovered: AssetRef | null = null;
  private look: Theme = "night";
  private view: View | null = null;
  private ratio = 1;
  private fresh = false; // what is on the canvas is what is known
  private indexed = false;

  constructor(private readonly canvas: HTMLCanvasElement) {
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("this browser has no Canvas 2D");
    this.pen = pen;
    this.marks = new Marks(pen, this.sprites, this.room, this.facilities);
    document.addEventListener("visibilitychange", () => this.repaint());
    document.fonts.addEventListener("loadingdone", () => this.fontsCame());
  }

  show(assets: readonly Asset[], now: number): void {
    if (assets === this.known && Math.abs(now - this.now) < AGED_MS) return; // only a clock has ticked
    [this.known, this.now] = [assets, now];
    this.places.update(assets);
    this.changed();
  }

  towns(towns: readonly Town[]): void {
    this.townList = towns.map((town) => ({ ...town, mx: mercX(town.lon), my: mercY(town.lat) }));
    this.changed();
  }

  select(ref: AssetRef | null): void {
    if (same(ref, this.selected)) return;
    this.selected = ref;
    this.changed();
  }

  hover(ref: AssetRef | null): void {
    if (same(ref, this.hovered)) return;
    this.hovered = ref;
    this.changed();
  }

  theme(theme: Theme): void {
    if (theme === this.look) return;
    this.look = theme;
    this.changed();
  }

  paint(view: View): void {
    if (!this.view || !sameView(view, this.view)) this.fresh = false;
    this.view = view;
    this.repaint();
  }

  pick(x: number, y: number, reach = REACH): AssetRef | null {
    const found = this.found(x, y, reach);
    const asset = found >= 0 ? this.places.all[found] : undefined;
    return asset ? { kind: asset.kind, id: asset.id } : null;
  }

  clusterAt(x: number, y: number, reach = REACH): Cluster | null {
    const found = this.found(x, y, reach);
    const group = found < -1 ? this.groups[-2 - found] : undefined;
    if (!group) return null;
    const members = group.members.map((i) => this.places.all[i] as Asset);
    const [lons, lats] = [members.map((one) => one.lon), members.map((one) => one.lat)];
    return { count: members.length, west: Math.min(...lons), south: Math.min(...lats), east: Math.max(...lons), north: Math.max(...lats) };
  }

  neighbour(ref: AssetRef | null, step: 1 | -1): AssetRef | null {
    this.settle();
    const { x, y, all } = this.places;
    const [right, bottom] = [this.canvas.width, this.canvas.height];
    const inside = [...this.single.subarray(0, this.alone)].filter((i) => at(x, i) >= 0 && at(y, i) >= 0 && at(x, i) < right && at(y, i) < bottom);
    const order = readingOrder(inside, x, y, ROW * this.ratio);
    const here = order.findIndex((i) => same(all[i] as Asset, ref));
    const next = all[order[here < 0 ? (step > 0 ? 0 : order.length - 1) : (here + step + order.length) % order.length] ?? -1];
    return next ? { kind: next.kind, id: next.id } : null;
  }

  assets(): PaintedAsset[] {
    this.settle();
    const { all, x, y } = this.places;
    return [...this.listed.subarray(0, this.inView)].map((i) => {
      const asset = all[i] as Asset;
      const stale = (asset.kind === "vehicle" || asset.kind === "device") && isStale(asset.at, this.now);
      return { key: `${asset.kind}:${asset.id}`, kind: asset.kind, id: asset.id, label: asset.label, x: at(x, i) / this.ratio, y: at(y, i) / this.ratio, stale };
    });
  }

  // --- when to paint

  private changed(): void {
    this.fresh = false;
    this.repaint();
  }

  private fontsCame(): void {
    this.labels.forget();
    this.sprites.forget();
    this.changed();
  }

  /** Nobody sees a hidden tab: it is painted when it comes back. */
  private repaint(): void {
    if (this.view && !document.hidden && (!this.fresh || this.ratio !== ratioNow())) this.draw(this.view);
  }

  /** Places on the screen are asked for while the tab is hidden. */
  private settle(): void {
    if (!this.fresh && this.view) this.lay(this.view);
  }

  // --- painting

  private draw(view: View): void {
    const frame = this.lay(view);
    const { pen, places, marks, look, ratio } = this;
    this.fit(view);
    marks.use(look, ratio, this.now);
    this.labels.use(look, ratio);
    this.room.clear(this.canvas.width, this.canvas.height);
    this.facilities.clear(this.canvas.width, this.canvas.height);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.uncertainties(view);
    drawTrails(pen, places, frame, this.single, this.alone, this.now, look, ratio);
    this.selectedFixes(frame);
    marks.headings(places.all, places.x, places.y, this.single, this.alone);
    this.symbols();
    this.names(view);
    this.townNames(view, frame);
    this.fresh = true;
  }

  /** Where everything is on the screen, and what shares a mark. */
  private lay(view: View): Frame {
    this.ratio = ratioNow();
    const { places, ratio } = this;
    const frame = places.project(view, ratio);
    if (this.listed.length < places.all.length) [this.listed, this.single] = [new Uint32Array(2 * places.all.length), new Uint32Array(2 * places.all.length)];
    this.inView = this.cull(view);
    this.groups = [];
    this.indexed = false;
    if (view.zoom < CLUSTER_BELOW_ZOOM) this.cluster(view, frame);
    else {
      this.single.set(this.listed.subarray(0, this.inView));
      this.alone = this.inView;
    }
    return frame;
  }

  private cull(view: View): number {
    const { places, ratio, listed } = this;
    const margin = MARGIN * ratio;
    const [right, bottom] = [view.width * ratio + margin, view.height * ratio + margin];
    const noSites = view.zoom < SITES_FROM_ZOOM;
    let count = 0;
    for (let i = 0; i < places.all.length; i++) {
      const [x, y] = [at(places.x, i), at(places.y, i)];
      if (!(x > -margin && y > -margin && x < right && y < bottom)) continue;
      const asset = places.all[i] as Asset;
      if (noSites && asset.kind === "site" && !this.eyed(asset)) continue;
      listed[count++] = i;
    }
    return count;
  }

  private cluster(view: View, frame: Frame): void {
    const { places } = this;
    const origin = [frame.left - frame.cx * frame.world, frame.top - frame.cy * frame.world] as const;
    const made = clustered(places.all, places.x, places.y, this.listed, this.inView, cellPixels(view.zoom, this.ratio), origin, (asset) => this.eyed(asset), this.single);
    this.groups = made.groups;
    this.alone = made.singles;
  }

  private fit(view: View): void {
    const [w, h] = [Math.round(view.width * this.ratio), Math.round(view.height * this.ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
  }

  private uncertainties(view: View): void {
    const scale = pixelsPerMetre(view) * this.ratio;
    const { all, x, y } = this.places;
    for (let n = 0; n < this.alone; n++) {
      const i = at(this.single, n);
      const asset = all[i] as Asset;
      if (asset.kind === "facility" || asset.kind === "site" || asset.uncertainty_m === 0) continue;
      this.marks.uncertainty(at(x, i), at(y, i), asset.uncertainty_m * scale);
    }
  }

  /** In the order they were given; clusters, which may hold casualties, above sites and facilities. */
  private symbols(): void {
    const { all } = this.places;
    const ground = (asset: Asset): boolean => asset.kind === "site" || asset.kind === "facility";
    let n = 0;
    while (n < this.alone && ground(all[at(this.single, n)] as Asset)) this.symbol(at(this.single, n++));
    for (const group of this.groups) this.marks.cluster(group);
    while (n < this.alone) this.symbol(at(this.single, n++));
  }

  private symbol(i: number): void {
    const { all, x, y } = this.places;
    const asset = all[i] as Asset;
    if (this.eyed(asset)) this.marks.ring(at(x, i), at(y, i), same(asset, this.selected));
    this.marks.mark(asset, at(x, i), at(y, i));
  }

  /** A dot at each known fix of what the eye is on: between them nothing is known. */
  private selectedFixes(frame: Frame): void {
    const { places, pen, ratio } = this;
    pen.fillStyle = LOOKS[this.look].leader;
    for (let n = 0; n < this.alone; n++) {
      const i = at(this.single, n);
      if (at(places.fixes, i) < 2 || !this.eyed(places.all[i] as Asset)) continue;
      for (let k = i * TRAIL; k < i * TRAIL + at(places.fixes, i) - 1; k++) {
        let dx = at(places.trailX, k) - frame.cx;
        dx -= Math.round(dx);
        pen.fillRect(dx * frame.world + frame.left - 1.5 * ratio, (at(places.trailY, k) - frame.cy) * frame.world + frame.top - 1.5 * ratio, 3 * ratio, 3 * ratio);
      }
    }
  }

  /** Names where there is room; what matters most is served first. */
  private names(view: View): void {
    for (let rank = 0; rank <= LABEL_RANKS; rank++) {
      for (let n = 0; n < this.alone; n++) {
        const i = at(this.single, n);
        const asset = this.places.all[i] as Asset;
        if (asset.label !== "" && this.labelRank(asset) === rank) this.name(asset, i, view);
      }
    }
  }

  private labelRank(asset: Asset): number {
    if (this.eyed(asset)) return 0;
    if (asset.kind === "request") return 1;
    if (asset.kind === "facility") return 3;
    if (asset.kind === "vehicle") return asset.aboard.length > 0 ? 2 : isStale(asset.at, this.now) ? 4 : 5;
    return asset.kind === "device" ? 6 : 7;
  }

  private name(asset: Asset, i: number, view: View): void {
    const forced = this.eyed(asset);
    if (asset.kind === "site" && view.zoom < SITES_FROM_ZOOM + 0.5 && !forced) return;
    const mover = asset.kind === "vehicle" || asset.kind === "device";
    const stale = mover && isStale(asset.at, this.now);
    const text = stale ? `${asset.label} · ${age(this.now - asset.at)}` : asset.label;
    const hand: Hand = stale ? "stale" : mover ? "mover" : "place";
    const gap = asset.kind === "facility" ? 24 : asset.kind === "request" ? 23 : 16;
    this.labels.write(this.pen, this.room, text, at(this.places.x, i), at(this.places.y, i), hand, gap, this.canvas.width, forced);
  }

  private townNames(view: View, frame: Frame): void {
    if (view.zoom < TOWNS_FROM_ZOOM) return;
    const { pen, ratio } = this;
    pen.fillStyle = LOOKS[this.look].townInk;
    for (const town of this.townList) {
      let dx = town.mx - frame.cx;
      dx -= Math.round(dx);
      const [x, y] = [dx * frame.world + frame.left, (town.my - frame.cy) * frame.world + frame.top];
      if (x < 0 || y < 0 || x > this.canvas.width || y > this.canvas.height) continue;
      if (!this.labels.write(pen, this.room, town.name, x, y, "town", 6, this.canvas.width)) continue;
      pen.beginPath();
      pen.arc(x, y, 2.2 * ratio, 0, 2 * Math.PI);
      pen.fill();
    }
  }

  // --- finding

  /** The index of the asset at a point; -1: nothing; -2 - n: the n-th cluster. */
  private found(x: number, y: number, reach: number): number {
    this.settle();
    if (!this.indexed) this.index();
    const { all } = this.places;
    const rankOf = (owner: number): number => (owner >= 0 ? RANK[(all[owner] as Asset).kind] : RANK.vehicle);
    return this.picker.at(x * this.ratio, y * this.ratio, reach, this.ratio, rankOf);
  }

  private index(): void {
    const { all, x, y } = this.places;
    this.picker.clear();
    for (let n = 0; n < this.alone; n++) {
      const i = at(this.single, n);
      this.picker.add(i, at(x, i), at(y, i));
      if ((all[i] as Asset).kind === "casualty") this.picker.add(i, at(x, i), at(y, i) - CASUALTY_RISE * this.ratio);
    }
    this.groups.forEach((group, n) => this.picker.add(-2 - n, group.x, group.y));
    this.indexed = true;
  }

  /** Is the eye on it: chosen, or under the pointer? */
  private eyed(asset: Asset): boolean {
    return same(asset, this.selected) || same(asset, this.hovered);
  }
}

const at = (column: Float64Array | Uint32Array | Uint8Array, i: number): number => column[i] as number;
const ratioNow = (): number => window.devicePixelRatio || 1;
const same = (a: AssetRef | null, b: AssetRef | null): boolean => a === b || (a !== null && b !== null && a.kind === b.kind && a.id === b.id);
const sameView = (a: View, b: View): boolean => a.lon === b.lon && a.lat === b.lat && a.zoom === b.zoom && a.width === b.width && a.height === b.height;
