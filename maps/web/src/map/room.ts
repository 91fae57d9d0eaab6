/** Which parts of the screen are taken: boxes in a grid, so that asking costs the same for ten labels and ten thousand. Pure. */
const CELL = 32;

export class Room {
  private columns = 0;
  private rows = 0;
  private heads = new Int32Array(0); // a cell's last link, or -1
  private boxes = new Float64Array(4 * 256);
  private links = new Int32Array(2 * 1024); // box, next link
  private boxCount = 0;
  private linkCount = 0;

  /** Empty, for a screen of this size. */
  clear(width: number, height: number): void {
    this.columns = Math.max(1, Math.ceil(width / CELL));
    this.rows = Math.max(1, Math.ceil(height / CELL));
    if (this.heads.length < this.columns * this.rows) this.heads = new Int32Array(this.columns * this.rows);
    this.heads.fill(-1);
    this.boxCount = this.linkCount = 0;
  }

  take(left: number, top: number, right: number, bottom: number): void {
    if (4 * this.boxCount === this.boxes.length) this.boxes = doubled(this.boxes, Float64Array);
    const at = 4 * this.boxCount;
    this.boxes[at] = left;
    this.boxes[at + 1] = top;
    this.boxes[at + 2] = right;
    this.boxes[at + 3] = bottom;
    const [x0, x1, y0, y1] = [this.column(left), this.column(right), this.row(top), this.row(bottom)];
    for (let y = y0; y <= y1; y++) for (let x = x0; x <= x1; x++) this.link(y * this.columns + x);
    this.boxCount++;
  }

  isFree(left: number, top: number, right: number, bottom: number): boolean {
    const [x0, x1, y0, y1] = [this.column(left), this.column(right), this.row(top), this.row(bottom)];
    const { boxes, links } = this;
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        for (let link = this.heads[y * this.columns + x] as number; link >= 0; link = links[2 * link + 1] as number) {
          const at = 4 * (links[2 * link] as number);
          if ((boxes[at] as number) < right && (boxes[at + 2] as number) > left && (boxes[at + 1] as number) < bottom && (boxes[at + 3] as number) > top) return false;
        }
      }
    }
    return true;
  }

  private link(cell: number): void {
    if (2 * this.linkCount === this.links.length) this.links = doubled(this.links, Int32Array);
    this.links[2 * this.linkCount] = this.boxCount;
    this.links[2 * this.linkCount + 1] = this.heads[cell] as number;
    this.heads[cell] = this.linkCount++;
  }

  private column(x: number): number {
    return Math.max(0, Math.min(this.columns - 1, Math.floor(x / CELL)));
  }

  private row(y: number): number {
    return Math.max(0, Math.min(this.rows - 1, Math.floor(y / CELL)));
  }
}

function doubled<T extends Float64Array | Int32Array>(old: T, make: new (length: number) => T): T {
  const next = new make(2 * old.length);
  next.set(old);
  return next;
}

/** A place for a label of a size beside, above or below a point, inside the view; the box is taken. Null where there is none. */
export function placeLabel(room: Room, x: number, y: number, width: number, height: number, gap: number, viewWidth: number, forced: boolean): readonly [number, number] | null {
  const half = height / 2;
  for (let side = 0; side < SIDES; side++) {
    const left = side === 0 ? x + gap : side === 1 ? x - gap - width : x - width / 2;
    const middle = side < 2 ? y : side === 2 ? y + gap + half : y - gap - half;
    if (left < 0 || left + width > viewWidth || !room.isFree(left, middle - half, left + width, middle + half)) continue;
    room.take(left, middle - half, left + width, middle + half);
    return [left, middle];
  }
  if (!forced) return null;
  room.take(x + gap, y - half, x + gap + width, y + half);
  return [x + gap, y];
}
const SIDES = 4;
