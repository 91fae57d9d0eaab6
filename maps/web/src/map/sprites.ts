/** Marks drawn once for each theme and pixel ratio, then only copied. */
import standard from "virtual:standard-symbols";
import type { Category } from "../live/protocol";
import type { Theme } from "../ui/theme";
import type { FacilityMark, Mover } from "./scene";
import type { StandardName } from "./standard";
import { drawStandard } from "./standard";
import type { Pen } from "./symbols";
import { STATES, badge, categorySymbol, closedStroke, clusterSymbol, deviceSymbol, hatchOver, incidentSymbol, levelChip, siteSymbol, stateChip } from "./symbols";

/** A mark as pixels, and where in it its place lies, in device pixels. */
export interface Sprite {
  image: ImageBitmap;
  left: number;
  top: number;
}

const SCALE = 0.19; // CSS pixels a milsymbol unit: a vehicle's circle is 23 wide
const SITE_SCALE = 0.17;
const SHAPES: readonly (StandardName | null)[] = [null, "ambulance", "armoured", "helicopter", "plane", "drone"];
const MOST = 600; // named sprites kept; numbers on clusters make the most of them
const SITE_SYMBOL: Record<string, StandardName> = { exchange: "exchange", collection: "collection" };

export class Sprites {
  private theme: Theme = "night";
  private ratio = 0;
  private named = new Map<string, Sprite>();
  private movers: (Sprite | undefined)[] = [];

  /** For this theme and ratio from now on; all are drawn anew where either changed. */
  use(theme: Theme, ratio: number): void {
    if (theme === this.theme && ratio === this.ratio) return;
    [this.theme, this.ratio] = [theme, ratio];
    this.forget();
  }

  forget(): void {
    for (const { image } of [...this.named.values(), ...this.movers.filter((one) => one !== undefined)]) image.close();
    this.named = new Map();
    this.movers = [];
  }

  mover(asset: Mover, stale: boolean): Sprite {
    const at = (SHAPES.indexOf(asset.symbol) * (STATES.length + 1) + STATES.indexOf(asset.state) + 1) * 2 + (stale ? 1 : 0);
    return (this.movers[at] ??= this.draw(38, 38, 19, 19, (pen) => {
      if (asset.symbol === null) deviceSymbol(pen, this.theme, 19, 19);
      else drawStandard(pen, standard[asset.symbol], this.theme, 19, 19, SCALE);
      if (stale) hatchOver(pen, this.theme, 38, 38);
      if (stale && asset.symbol !== null) drawStandard(pen, standard[asset.symbol], this.theme, 19, 19, SCALE, true);
      if (asset.symbol !== null) stateChip(pen, this.theme, asset.state, 29, 29);
    }));
  }

  facility({ symbol, level, surgery, open }: FacilityMark): Sprite {
    const short = level.slice(0, 3);
    return this.get(`f${symbol}-${short}${surgery ? "s" : ""}${open ? "" : "x"}`, 48, 38, 24, 19, (pen) => {
      drawStandard(pen, standard[symbol], this.theme, 24, 19, SCALE);
      if (short !== "") levelChip(pen, this.theme, short, surgery, 37, 28);
      if (!open) closedStroke(pen, this.theme, 24, 19, 14, 11);
    });
  }

  site(kind: string): Sprite {
    const name = SITE_SYMBOL[kind];
    if (!name) return this.get(`s${kind}`, 20, 20, 10, 10, (pen) => siteSymbol(pen, this.theme, kind, 10, 10));
    return this.get(`s${kind}`, 20, 34, 10, 31, (pen) => drawStandard(pen, standard[name], this.theme, 10, 31, SITE_SCALE));
  }

  incident(): Sprite {
    return this.get("incident", 50, 50, 25, 25, (pen) => incidentSymbol(pen, this.theme, 25, 25));
  }

  category(category: Category, radius: number): Sprite {
    const half = Math.ceil(radius * 1.6 + 4);
    return this.get(`c${category}${radius}`, 2 * half, 2 * half, half, half, (pen) => categorySymbol(pen, this.theme, category, half, half, radius));
  }

  badge(text: string): Sprite {
    const half = Math.ceil(Math.max(7.5, text.length * 3.2 + 3)) + 1;
    return this.get(`b${text}`, 2 * half, 18, half, 9, (pen) => badge(pen, this.theme, text, half, 9));
  }

  cluster(count: number): Sprite {
    return this.get(`n${count}`, 38, 38, 19, 19, (pen) => clusterSymbol(pen, this.theme, count, 19, 19));
  }

  private get(key: string, width: number, height: number, x: number, y: number, draw: (pen: Pen) => void): Sprite {
    const known = this.named.get(key);
    if (known) return known;
    if (this.named.size >= MOST) this.forget();
    const made = this.draw(width, height, x, y, draw);
    this.named.set(key, made);
    return made;
  }

  private draw(width: number, height: number, x: number, y: number, draw: (pen: Pen) => void): Sprite {
    return { image: picture(width, height, this.ratio, draw), left: Math.round(x * this.ratio), top: Math.round(y * this.ratio) };
  }
}

/** What is drawn in CSS pixels, as an image in device pixels. */
export function picture(width: number, height: number, ratio: number, draw: (pen: Pen) => void): ImageBitmap {
  const canvas = new OffscreenCanvas(Math.max(1, Math.ceil(width * ratio)), Math.max(1, Math.ceil(height * ratio)));
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("this browser has no Canvas 2D");
  pen.scale(ratio, ratio);
  draw(pen);
  return canvas.transferToImageBitmap();
}
