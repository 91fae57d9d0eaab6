/** The live assets on one Canvas-2D above the map. Draws only places that were reported; nothing is moved or smoothed. */
import { age } from "../times";
import type { AssetLayer, PaintedAsset, Town, View } from "./asset-layer";
import { pixelsPerMetre, projector } from "./asset-layer";
import type { Asset, AssetRef, CasualtyGroup, Mover } from "./scene";
import { isStale, tally } from "./scene";
import type { Pen } from "./symbols";
import { FONT, categorySymbol, facilitySymbol, hatchPattern, moverSymbol, siteSymbol, words } from "./symbols";

const MARGIN = 40; // px outside the view that are still drawn
const PICK_PX = 14;
const CLUSTER_BELOW_ZOOM = 8;
const CLUSTER_PX = 22;
const SITES_FROM_ZOOM = 7;
const TOWNS_FROM_ZOOM = 5;
const MOVING_MS = 0.5; // m/s: below it a course means nothing

interface Spot {
  asset: Asset;
  x: number;
  y: number;
}
type Box = [number, number, number, number];

export class CanvasLayer implements AssetLayer {
  private readonly pen: Pen;
  private readonly hatch: CanvasPattern | null;
  private all: readonly Asset[] = [];
  private now = 0;
  private townList: readonly Town[] = [];
  private selected: AssetRef | null = null;
  private hovered: AssetRef | null = null;
  private night = true;
  private spots: Spot[] = [];
  private boxes: Box[] = [];
  private view: View | null = null;

  constructor(private readonly canvas: HTMLCanvasElement) {
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("this browser has no Canvas 2D");
    this.pen = pen;
    this.hatch = hatchPattern(pen);
  }

  show(assets: readonly Asset[], now: number): void {
    this.all = assets;
    this.now = now;
    this.repaint();
  }

  towns(towns: readonly Town[]): void {
    this.townList = towns;
    this.repaint();
  }

  select(ref: AssetRef | null): void {
    this.selected = ref;
    this.repaint();
  }

  hover(ref: AssetRef | null): void {
    if (same(ref, this.hovered)) return;
    this.hovered = ref;
    this.repaint();
  }

  theme(night: boolean): void {
    this.night = night;
    this.repaint();
  }

  paint(view: View): void {
    this.view = view;
    this.fit(view);
    const { pen } = this;
    pen.clearRect(0, 0, view.width, view.height);
    this.boxes = [];
    this.spots = this.visible(view);
    const { single, clusters } = this.clustered(view);
    this.uncertainties(view);
    for (const spot of single) if (spot.asset.kind === "vehicle" || spot.asset.kind === "device") this.trail(view, spot.asset);
    for (const cluster of clusters) this.cluster(cluster);
    for (const spot of single) this.symbol(spot, view);
    this.labels([...single].reverse(), view);
    this.townNames(view);
  }

  pick(x: number, y: number): AssetRef | null {
    let best: { spot: Spot; distance: number } | null = null;
    for (const spot of this.spots) {
      const distance = Math.hypot(spot.x - x, spot.y - y) - (spot.asset.kind === "casualty" ? 6 : 0);
      if (distance <= PICK_PX && (best === null || distance <= best.distance)) best = { spot, distance };
    }
    return best ? { kind: best.spot.asset.kind, id: best.spot.asset.id } : null;
  }

  assets(): PaintedAsset[] {
    return this.spots.map(({ asset, x, y }) => ({
      key: `${asset.kind}:${asset.id}`,
      kind: asset.kind,
      id: asset.id,
      label: asset.label,
      x,
      y,
      stale: (asset.kind === "vehicle" || asset.kind === "device") && isStale(asset.at, this.now),
    }));
  }

  private repaint(): void {
    if (this.view) this.paint(this.view);
  }

  private fit(view: View): void {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  private visible(view: View): Spot[] {
    const project = projector(view);
    const spots: Spot[] = [];
    for (const asset of this.all) {
      if (asset.kind === "site" && view.zoom < SITES_FROM_ZOOM && !same(asset, this.selected)) continue;
      const [x, y] = project(asset.lon, asset.lat);
      if (x > -MARGIN && y > -MARGIN && x < view.width + MARGIN && y < view.height + MARGIN) spots.push({ asset, x, y });
    }
    return spots;
  }

  /** Idle vehicles crowded together at a small scale become one mark at the first one's place, with their number. */
  private clustered(view: View): { single: Spot[]; clusters: Spot[][] } {
    if (view.zoom >= CLUSTER_BELOW_ZOOM) return { single: this.spots, clusters: [] };
    const cells = new Map<string, Spot[]>();
    const single: Spot[] = [];
    for (const spot of this.spots) {
      if (!this.mayCluster(spot.asset)) {
        single.push(spot);
        continue;
      }
      const cell = `${Math.floor(spot.x / CLUSTER_PX)},${Math.floor(spot.y / CLUSTER_PX)}`;
      cells.set(cell, [...(cells.get(cell) ?? []), spot]);
    }
    const clusters: Spot[][] = [];
    for (const members of cells.values()) {
      if (members.length < 2) single.push(...members);
      else clusters.push(members);
    }
    return { single, clusters };
  }

  private mayCluster(asset: Asset): boolean {
    if (asset.kind === "device") return !same(asset, this.selected);
    return asset.kind === "vehicle" && !same(asset, this.selected) && ["available", "out_of_service"].includes(asset.state);
  }

  private uncertainties(view: View): void {
    const scale = pixelsPerMetre(view);
    for (const { asset, x, y } of this.spots) {
      if (asset.kind === "facility" || asset.kind === "site") continue;
      const r = asset.uncertainty_m * scale;
      if (r < 12) continue;
      this.pen.beginPath();
      this.pen.arc(x, y, r, 0, 2 * Math.PI);
      this.pen.setLineDash([6, 5]);
      this.pen.lineWidth = 1.5;
      this.pen.strokeStyle = this.night ? "#ffb86b" : "#a24b00";
      this.pen.stroke();
      this.pen.setLineDash([]);
    }
  }

  /** Known fixes joined by a thin line that fades with age, with a dot at each fix. */
  private trail(view: View, asset: Mover): void {
    if (asset.trail.length < 2) return;
    const project = projector(view);
    const { pen } = this;
    pen.strokeStyle = pen.fillStyle = this.night ? "#9fd0ff" : "#1d5fa8";
    pen.lineWidth = 2;
    for (let i = 1; i < asset.trail.length; i++) {
      const [from, to] = [asset.trail[i - 1] as [number, number, number], asset.trail[i] as [number, number, number]];
      pen.globalAlpha = 0.15 + (0.6 * i) / asset.trail.length;
      pen.beginPath();
      pen.moveTo(...project(from[0], from[1]));
      pen.lineTo(...project(to[0], to[1]));
      pen.stroke();
    }
    pen.globalAlpha = 1;
  }

  private symbol(spot: Spot, view: View): void {
    const { asset, x, y } = spot;
    if (same(asset, this.selected) || same(asset, this.hovered)) this.ring(x, y, same(asset, this.selected));
    if (asset.kind === "site") siteSymbol(this.pen, asset.site, x, y, this.night);
    else if (asset.kind === "facility") facilitySymbol(this.pen, asset.level, asset.surgery, asset.open, x, y);
    else if (asset.kind === "request") this.incident(x, y);
    else if (asset.kind === "casualty") this.casualties(asset, x, y);
    else this.mover(asset, x, y);
    if (asset.kind === "facility") this.boxes.push([x - 13, y - 11, x + 13, y + 11]);
    if (asset.kind === "facility" && view.zoom >= SITES_FROM_ZOOM && asset.patients > 0) {
      words(this.pen, `${asset.patients}`, x + 17, y - 8, 10, this.night ? "#ffffff" : "#000000");
    }
  }

  private ring(x: number, y: number, strong: boolean): void {
    this.pen.beginPath();
    this.pen.arc(x, y, 20, 0, 2 * Math.PI);
    this.pen.lineWidth = strong ? 3.5 : 2;
    this.pen.strokeStyle = this.night ? "#ffe066" : "#7a3b00";
    this.pen.stroke();
  }

  /** A ring with four ticks: it stays readable round whatever else stands at the place. */
  private incident(x: number, y: number): void {
    const { pen } = this;
    for (const [width, colour] of [[4.5, "#05090d"], [2.2, "#ffb86b"]] as const) {
      pen.lineWidth = width;
      pen.strokeStyle = colour;
      pen.beginPath();
      pen.arc(x, y, 16, 0, 2 * Math.PI);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
        pen.moveTo(x + 13 * dx, y + 13 * dy);
        pen.lineTo(x + 21 * dx, y + 21 * dy);
      }
      pen.stroke();
    }
  }

  /** The exact place is the dot; the symbols stand above it on a leader, one for each category with its count. */
  private casualties(group: CasualtyGroup, x: number, y: number): void {
    const { pen } = this;
    const chips = tally(group.members.map((member) => member.category));
    const width = chips.length * 30;
    if (!this.covered(x, y)) this.leader(x, y);
    chips.forEach(([category, count], index) => {
      const cx = x - width / 2 + 15 + index * 30;
      categorySymbol(pen, category, cx, y - 27, 9);
      if (count > 1) this.badge(`${count}`, cx + 10, y - 38);
    });
    this.boxes.push([x - width / 2, y - 42, x + width / 2, y + 4]);
  }

  private leader(x: number, y: number): void {
    const { pen } = this;
    pen.strokeStyle = pen.fillStyle = this.night ? "#ffffff" : "#05090d";
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x, y - 18);
    pen.stroke();
    pen.beginPath();
    pen.arc(x, y, 3, 0, 2 * Math.PI);
    pen.fill();
  }

  /** Does a facility stand there, whose level the dot would hide? */
  private covered(x: number, y: number): boolean {
    return this.spots.some((spot) => spot.asset.kind === "facility" && Math.hypot(spot.x - x, spot.y - y) < 10);
  }

  private badge(text: string, x: number, y: number): void {
    this.pen.beginPath();
    this.pen.arc(x, y, 7.5, 0, 2 * Math.PI);
    this.pen.fillStyle = "#05090d";
    this.pen.fill();
    this.pen.lineWidth = 1;
    this.pen.strokeStyle = "#ffffff";
    this.pen.stroke();
    words(this.pen, text, x, y, 10, "#ffffff");
  }

  private mover(asset: Mover, x: number, y: number): void {
    const stale = isStale(asset.at, this.now);
    const moving = asset.course !== null && (asset.speed ?? 0) > MOVING_MS && !stale;
    const course = moving ? asset.course : null;
    moverSymbol(this.pen, { air: asset.air, device: asset.kind === "device", state: asset.state, stale, course, hatch: this.hatch }, x, y);
    tally(asset.aboard).forEach(([category, count], index) => {
      categorySymbol(this.pen, category, x + 20 + index * 18, y - 13, 6);
      if (count > 1) this.badge(`${count}`, x + 27 + index * 18, y - 21);
    });
    this.boxes.push([x - 11, y - 11, x + 11, y + 11]);
  }

  private cluster(members: Spot[]): void {
    const { asset, x, y } = members[0] as Spot;
    this.mover({ ...(asset as Mover), course: null }, x, y);
    this.badge(`${members.length}`, x + 11, y - 10);
  }

  /** Names where there is room; the most important asset is served first. */
  private labels(spots: readonly Spot[], view: View): void {
    const first = spots.filter(({ asset }) => this.marked(asset)); // what the eye is on is named before the rest
    for (const { asset, x, y } of [...first, ...spots.filter((spot) => !first.includes(spot))]) {
      const mover = asset.kind === "vehicle" || asset.kind === "device";
      const stale = mover && isStale(asset.at, this.now);
      const text = stale ? `${asset.label} · ${age(this.now - asset.at)}` : asset.label;
      const forced = this.marked(asset);
      if (text === "" || (asset.kind === "site" && view.zoom < SITES_FROM_ZOOM + 0.5 && !forced)) continue;
      this.label(text, x, y, mover, forced, stale);
    }
  }

  private townNames(view: View): void {
    if (view.zoom < TOWNS_FROM_ZOOM) return;
    const project = projector(view);
    const ink = this.night ? "#9fb1bf" : "#4c5a66";
    for (const town of this.townList) {
      const [x, y] = project(town.lon, town.lat);
      if (x < 0 || y < 0 || x > view.width || y > view.height) continue;
      if (!this.write(town.name, x, y, "400 11.5px", ink, 6)) continue;
      this.pen.beginPath();
      this.pen.arc(x, y, 2.2, 0, 2 * Math.PI);
      this.pen.fill();
    }
  }

  private marked(asset: Asset): boolean {
    return same(asset, this.selected) || same(asset, this.hovered);
  }

  private label(text: string, x: number, y: number, mover: boolean, forced: boolean, stale: boolean): void {
    const ink = stale ? (this.night ? "#aab4bc" : "#5a646c") : this.night ? "#f2f6f9" : "#0c1822";
    const look = `${mover ? 650 : 500} 12px`;
    if (!this.write(text, x, y, look, ink, 15) && forced) this.write(text, x, y, look, ink, 15, true);
  }

  /** Writes beside, above or below a point where there is room inside the view; tells whether it did. */
  private write(text: string, x: number, y: number, look: string, ink: string, gap: number, forced = false): boolean {
    const { pen, view } = this;
    pen.font = `${look} ${FONT}`;
    pen.textAlign = "left"; // places are screen pixels, whatever way the page reads
    pen.textBaseline = "middle";
    const width = pen.measureText(text).width;
    const places: [number, number][] = [[x + gap, y + 4], [x - width - gap, y + 4], [x - width / 2, y + gap + 5], [x - width / 2, y - gap - 5]];
    for (const [left, top] of places) {
      const box: Box = [left - 2, top - 8, left + width + 2, top + 8];
      const inside = left >= 0 && left + width <= (view?.width ?? 0);
      if (!forced && (!inside || this.boxes.some((taken) => overlap(taken, box)))) continue;
      this.boxes.push(box);
      pen.lineJoin = "round";
      pen.lineWidth = 3.5;
      pen.strokeStyle = this.night ? "rgba(6,12,18,.9)" : "rgba(255,255,255,.92)";
      pen.fillStyle = ink;
      pen.strokeText(text, left, top);
      pen.fillText(text, left, top);
      return true;
    }
    return false;
  }
}

const overlap = (a: Box, b: Box): boolean => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
const same = (a: AssetRef | null, b: AssetRef | null): boolean => a !== null && b !== null && a.kind === b.kind && a.id === b.id;
