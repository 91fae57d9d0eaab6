/** Names on the map: measured once, drawn once, then copied; each stands only where there is room. */
import type { Theme } from "../ui/theme";
import { LOOKS } from "./look";
import type { Room } from "./room";
import { placeLabel } from "./room";
import { picture } from "./sprites";
import type { Pen } from "./symbols";
import { FONT } from "./symbols";

/** How a name is written. */
export type Hand = "mover" | "stale" | "place" | "town";
const FACES: Record<Hand, string> = { mover: "650 12px", stale: "650 12px", place: "500 12px", town: "400 11.5px" };
const HEIGHT = 16;
const EDGE = 2;
const LONGEST = 28; // characters of a name that are written
const MEASURED = 24_000;
const DRAWN = 2500;

interface Written {
  width: number; // CSS pixels with the edge
  image: ImageBitmap | null;
  seen: number;
}

export class Labels {
  private texts = emptyTexts();
  private drawn = 0;
  private frame = 0;
  private theme: Theme = "night";
  private ratio = 0;
  private readonly ruler = new OffscreenCanvas(1, 1).getContext("2d") as Pen;

  use(theme: Theme, ratio: number): void {
    if (theme !== this.theme || ratio !== this.ratio) this.forget();
    [this.theme, this.ratio] = [theme, ratio];
    this.frame++;
    if (this.drawn > DRAWN) this.drop();
  }

  /** Everything is measured and drawn anew: another theme, or the fonts came. */
  forget(): void {
    this.drop(Number.POSITIVE_INFINITY);
    this.texts = emptyTexts();
  }

  /** Writes beside a point in device pixels where there is room; tells whether it did. */
  write(pen: Pen, room: Room, text: string, x: number, y: number, hand: Hand, gap: number, viewWidth: number, forced = false): boolean {
    const known = this.text(text, hand);
    const { ratio } = this;
    const spot = placeLabel(room, x, y, known.width * ratio, HEIGHT * ratio, gap * ratio, viewWidth, forced);
    if (!spot) return false;
    known.seen = this.frame;
    known.image ??= this.draw(neat(text), known.width, hand);
    pen.drawImage(known.image, Math.round(spot[0]), Math.round(spot[1] - (HEIGHT / 2) * ratio));
    return true;
  }

  private text(text: string, hand: Hand): Written {
    const texts = this.texts[hand];
    const known = texts.get(text);
    if (known) return known;
    if (texts.size > MEASURED) this.forget();
    this.ruler.font = `${FACES[hand]} ${FONT}`;
    const made: Written = { width: this.ruler.measureText(neat(text)).width + 2 * EDGE, image: null, seen: 0 };
    this.texts[hand].set(text, made);
    return made;
  }

  private draw(text: string, width: number, hand: Hand): ImageBitmap {
    this.drawn++;
    const look = LOOKS[this.theme];
    return picture(width, HEIGHT, this.ratio, (pen) => {
      pen.font = `${FACES[hand]} ${FONT}`;
      pen.textAlign = "left"; // places are screen pixels, whatever way the page reads
      pen.textBaseline = "middle";
      pen.lineJoin = "round";
      pen.lineWidth = 3.5;
      pen.strokeStyle = look.halo;
      pen.fillStyle = hand === "town" ? look.townInk : hand === "stale" ? look.staleInk : look.ink;
      pen.strokeText(text, EDGE, HEIGHT / 2);
      pen.fillText(text, EDGE, HEIGHT / 2);
    });
  }

  /** Lets go of the images that were not on the screen lately. */
  private drop(before = this.frame - 2): void {
    for (const texts of Object.values(this.texts)) {
      for (const [text, known] of texts) {
        if (!known.image || known.seen >= before) continue;
        known.image.close();
        texts.delete(text);
        this.drawn--;
      }
    }
  }
}

const emptyTexts = (): Record<Hand, Map<string, Written>> => ({ mover: new Map(), stale: new Map(), place: new Map(), town: new Map() });

const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A name as it is written: what turns the direction of writing is left out, what is too long is cut, so that no name hides others. */
export function neat(name: string): string {
  const shown = [...name.slice(0, 4 * LONGEST).replace(INVISIBLE, "")];
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST - 1).join("")}…` : shown.join("");
}
