/** The temporary mark of a place that was gone to: its grid in every form, to be copied. */
import { grid } from "../grid";
import { toolWords } from "../strings/tools";
import { el, fill, say } from "../ui/dom";
import { utmOf } from "./coordinates";
import type { LonLat } from "./geodesy";
import type { Brush, Ink } from "./ink";
import { cross, words as write } from "./ink";

const words = toolWords.mark;

export class PlaceMark {
  readonly node = el("section", { class: "place-mark", "aria-label": words.title, hidden: true, "data-testid": "place-mark" });
  at: LonLat | null = null;
  private name = "";
  private readonly told = el("p", { class: "note", role: "status" });
  private readonly painter = (brush: Brush): void => this.paint(brush);

  constructor(private readonly ink: Ink, private readonly draw: (at: LonLat) => void) {}

  show(at: LonLat, name: string): void {
    [this.at, this.name] = [at, name];
    const [lon, lat] = at;
    const forms: [string, string][] = [[words.mgrs, grid(lon, lat, 5)], [words.lonlat, `${lon.toFixed(6)},${lat.toFixed(6)}`], [words.degrees, degrees(at)], [words.utm, utmOf(at)]];
    const close = el("button", { type: "button", class: "close", "aria-label": words.remove, onclick: () => this.remove() }, "×");
    const rows = forms.filter(([, text]) => text !== "").map(([label, text]) => this.row(label, text));
    say(this.told, "");
    fill(this.node, el("header", {}, el("h2", { dir: "auto" }, name || words.title), close), el("dl", {}, ...rows), el("button", { type: "button", onclick: () => this.draw(at) }, words.draw), this.told);
    this.node.hidden = false;
    this.ink.add(this.painter);
  }

  remove(): void {
    this.at = null;
    this.node.hidden = true;
    this.ink.remove(this.painter);
  }

  private row(label: string, text: string): HTMLElement {
    const held = el("bdi", { dir: "ltr" }, text);
    const copy = el("button", { type: "button", "aria-label": `${words.copy} ${label}`, onclick: () => void this.copy(text, held) }, words.copy);
    return el("div", {}, el("dt", {}, label), el("dd", {}, held, copy));
  }

  /** The clipboard is only there over HTTPS or on this machine; elsewhere the text is marked for the person. */
  private async copy(text: string, held: HTMLElement): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      say(this.told, words.copied(text));
    } catch {
      getSelection()?.selectAllChildren(held);
      say(this.told, words.notCopied);
    }
  }

  private paint(brush: Brush): void {
    if (!this.at) return;
    cross(brush, this.at, "mark", 18);
    write(brush, this.name || grid(...this.at, 5), this.at, "mark", [0, 28]);
  }
}

/** `5°43'12.3"N 19°04'48.0"E`; the lat and lon letters of the rest of the page are `strings`' business. */
function degrees([lon, lat]: LonLat): string {
  const part = (value: number, letters: string): string => {
    const tenths = Math.round(Math.abs(value) * 36_000);
    const [d, m, s] = [Math.floor(tenths / 36_000), Math.floor((tenths % 36_000) / 600), (tenths % 600) / 10];
    return `${d}°${String(m).padStart(2, "0")}'${s.toFixed(1).padStart(4, "0")}"${value < 0 ? letters[1] : letters[0]}`;
  };
  return `${part(lat, "NS")} ${part(lon, "EW")}`;
}
