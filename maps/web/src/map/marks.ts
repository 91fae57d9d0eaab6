/** Puts the mark of each asset on the canvas, in device pixels, and tells the room it takes. */
import type { Theme } from "../ui/theme";
import { LOOKS } from "./look";
import type { Room } from "./room";
import type { Asset, CasualtyGroup, FacilityMark, Mover } from "./scene";
import { isStale, tally } from "./scene";
import type { Sprite, Sprites } from "./sprites";
import { strokeThin } from "./trails";
import type { Pen } from "./symbols";
import type { Group } from "./clusters";

const MOVING_MS = 0.5; // m/s: below it a course means nothing
const HEADING_PX = 21;
export const CASUALTY_RISE = 27; // the symbols of casualties stand so far above their place
const CHIP = 30;

export class Marks {
  theme: Theme = "night";
  ratio = 1;
  now = 0;

  constructor(private readonly pen: Pen, private readonly sprites: Sprites, private readonly room: Room, private readonly facilities: Room) {}

  use(theme: Theme, ratio: number, now: number): void {
    [this.theme, this.ratio, this.now] = [theme, ratio, now];
    this.sprites.use(theme, ratio);
  }

  /** One mark. Facilities come first in the order of drawing, so that what stands on one knows of it. */
  mark(asset: Asset, x: number, y: number): void {
    if (asset.kind === "vehicle" || asset.kind === "device") this.mover(asset, x, y);
    else if (asset.kind === "casualty") this.casualties(asset, x, y);
    else if (asset.kind === "facility") this.facility(asset, x, y);
    else if (asset.kind === "request") this.copy(this.sprites.incident(), x, y);
    else if (asset.kind === "site") this.copy(this.sprites.site(asset.site), x, y);
  }

  cluster(group: Group): void {
    const { ratio } = this;
    if (group.incident) this.copy(this.sprites.incident(), group.x, group.y);
    this.copy(this.sprites.cluster(group.members.length), group.x, group.y);
    this.take(group.x, group.y, group.incident ? 22 : 16);
    if (group.worst) this.copy(this.sprites.category(group.worst, 7), group.x + 15 * ratio, group.y - 14 * ratio);
  }

  ring(x: number, y: number, strong: boolean): void {
    const { pen, ratio } = this;
    pen.beginPath();
    pen.arc(x, y, 21 * ratio, 0, 2 * Math.PI);
    pen.lineWidth = (strong ? 3.5 : 2) * ratio;
    pen.strokeStyle = LOOKS[this.theme].ring;
    pen.stroke();
  }

  uncertainty(x: number, y: number, radius: number): void {
    const { pen, ratio } = this;
    if (radius < 12 * ratio) return;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.setLineDash([6 * ratio, 5 * ratio]);
    pen.lineWidth = 1.5 * ratio;
    pen.strokeStyle = LOOKS[this.theme].uncertain;
    pen.stroke();
    pen.setLineDash([]);
  }

  /** Lines from what moves towards where it is heading; all of them are one path. */
  headings(all: readonly Asset[], x: Float64Array, y: Float64Array, listed: Uint32Array, count: number): void {
    const path = new Path2D();
    let lines = 0;
    for (let n = 0; n < count; n++) {
      const i = listed[n] as number;
      const asset = all[i] as Asset;
      if (asset.kind !== "vehicle" && asset.kind !== "device") continue;
      if (asset.course === null || (asset.speed ?? 0) <= MOVING_MS || isStale(asset.at, this.now)) continue;
      const turn = (asset.course * Math.PI) / 180;
      const [px, py] = [x[i] as number, y[i] as number];
      path.moveTo(px, py);
      path.lineTo(px + HEADING_PX * this.ratio * Math.sin(turn), py - HEADING_PX * this.ratio * Math.cos(turn));
      lines++;
    }
    const many = lines > 2500;
    if (!many) strokeThin(this.pen, path, LOOKS[this.theme].trailCase, 3 * this.ratio);
    strokeThin(this.pen, path, LOOKS[this.theme].leader, many ? 1 : 1.5 * this.ratio);
  }

  private mover(asset: Mover, x: number, y: number): void {
    this.copy(this.sprites.mover(asset, isStale(asset.at, this.now)), x, y);
    this.take(x, y, 12);
    if (asset.aboard.length > 0) this.aboard(asset, x, y);
  }

  private aboard(asset: Mover, x: number, y: number): void {
    const { ratio } = this;
    tally(asset.aboard).forEach(([category, count], index) => {
      const [cx, cy] = [x + (20 + index * 19) * ratio, y - 14 * ratio];
      this.copy(this.sprites.category(category, 6.5), cx, cy);
      this.take(cx, cy, 9);
      if (count > 1) this.copy(this.sprites.badge(`${count}`), cx + 8 * ratio, cy - 9 * ratio);
    });
  }

  private facility(asset: FacilityMark, x: number, y: number): void {
    const { ratio } = this;
    this.copy(this.sprites.facility(asset), x, y);
    this.room.take(x - 16 * ratio, y - 12 * ratio, x + 21 * ratio, y + 17 * ratio);
    this.facilities.take(x - 10 * ratio, y - 10 * ratio, x + 10 * ratio, y + 10 * ratio);
    if (asset.patients > 0) this.copy(this.sprites.badge(`${asset.patients}`), x + 17 * ratio, y - 11 * ratio);
  }

  /** The exact place is the dot; the symbols stand above it on a leader, one for each category with its count. */
  private casualties(group: CasualtyGroup, x: number, y: number): void {
    const { ratio } = this;
    const chips = tally(group.members.map((member) => member.category));
    const width = chips.length * CHIP * ratio;
    if (this.facilities.isFree(x - 1, y - 1, x + 1, y + 1)) this.leader(x, y); // a dot would hide the level of a facility
    chips.forEach(([category, count], index) => {
      const cx = x - width / 2 + (CHIP / 2 + index * CHIP) * ratio;
      this.copy(this.sprites.category(category, 9), cx, y - CASUALTY_RISE * ratio);
      if (count > 1) this.copy(this.sprites.badge(`${count}`), cx + 10 * ratio, y - (CASUALTY_RISE + 11) * ratio);
    });
    this.room.take(x - width / 2, y - 42 * ratio, x + width / 2, y + 4 * ratio);
  }

  private leader(x: number, y: number): void {
    const { pen, ratio } = this;
    pen.strokeStyle = pen.fillStyle = LOOKS[this.theme].leader;
    pen.lineWidth = 2 * ratio;
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x, y - 18 * ratio);
    pen.stroke();
    pen.beginPath();
    pen.arc(x, y, 3 * ratio, 0, 2 * Math.PI);
    pen.fill();
  }

  private take(x: number, y: number, half: number): void {
    const r = half * this.ratio;
    this.room.take(x - r, y - r, x + r, y + r);
  }

  private copy(sprite: Sprite, x: number, y: number): void {
    this.pen.drawImage(sprite.image, Math.round(x) - sprite.left, Math.round(y) - sprite.top);
  }
}
