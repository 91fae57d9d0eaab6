/** Vital signs over time: each sign as numbers, a small line, and its way in words. */
import type { Door } from "../commands/door";
import type { Desk } from "../desk";
import type { Casualty, RecordEntry } from "../live/protocol";
import { strings } from "../strings";
import { clockZ, instant } from "../times";
import { el, fill } from "../ui/dom";

const words = strings.screens.drawer;
const SIGNS = ["pulse", "respiration", "spo2", "systolic", "diastolic", "gcs", "temperature_c", "pain"] as const;
const SHOWN = 4; // readings in the table, the newest
const WIDTH = 56, HEIGHT = 20;

export interface Reading {
  at: number;
  signs: Record<string, unknown>;
}

/** Readings of a record that count, oldest first. Pure. */
export function readings(entries: readonly RecordEntry[]): Reading[] {
  return entries.flatMap((one): Reading[] => {
    const at = instant(one.at);
    return one.kind === "vitals_taken" && one.counts !== false && one.signs && at !== null ? [{ at, signs: one.signs }] : [];
  });
}

/** Numbers of one sign with their times. Pure. */
export const seriesOf = (all: readonly Reading[], sign: string): [number, number][] =>
  all.flatMap(({ at, signs }): [number, number][] => (typeof signs[sign] === "number" ? [[at, signs[sign]]] : []));

/** Whether a series rises or falls by more than a twentieth. Pure. */
export function wayOf(series: readonly (readonly [number, number])[]): "rising" | "falling" | "steady" {
  const [first, last] = [series[0]?.[1] ?? 0, series.at(-1)?.[1] ?? 0];
  const change = last - first;
  return Math.abs(change) <= Math.abs(first) * 0.05 ? "steady" : change > 0 ? "rising" : "falling";
}

export class VitalsBox {
  readonly node = el("section", { class: "vitals", hidden: true, tabindex: 0, "aria-label": words.vitals, "data-testid": "vitals" });
  private shown = "";

  constructor(private readonly door: Door) {}

  update(casualty: Casualty | null, desk: Desk): void {
    this.node.hidden = casualty === null || casualty.vitals.count < 2 || desk.replay;
    if (casualty === null || this.node.hidden) return;
    const wanted = `${casualty.id} ${casualty.vitals.count}`;
    if (wanted === this.shown) return;
    this.shown = wanted;
    void this.load(casualty.id, wanted);
  }

  private async load(casualty: string, wanted: string): Promise<void> {
    try {
      const { entries } = await this.door.record(casualty);
      if (this.shown === wanted) this.draw(readings(entries));
    } catch {
      if (this.shown === wanted) this.shown = ""; // the latest stand among the facts; asked again with the next picture
    }
  }

  private draw(all: readonly Reading[]): void {
    const known = SIGNS.filter((sign) => seriesOf(all, sign).length > 0);
    const last = all.slice(-SHOWN).reverse();
    const head = el("tr", {}, el("th", { scope: "col", colspan: 2 }, words.time), ...last.map(({ at }) => el("th", { scope: "col" }, clockZ(at))));
    const rows = known.map((sign) => el("tr", {}, el("th", { scope: "row" }, strings.voice.fields[sign] ?? sign), el("td", {}, trend(sign, seriesOf(all, sign))), ...last.map(({ signs }) => el("td", {}, signs[sign] == null ? "" : String(signs[sign])))));
    fill(this.node, el("h3", {}, words.vitals), el("table", {}, el("caption", { class: "unseen" }, words.vitalsTable), el("thead", {}, head), el("tbody", {}, ...rows)));
  }
}

/** A line as wide as the time it covers, with its way in words. */
function trend(sign: string, series: [number, number][]): HTMLElement {
  const way = wayOf(series);
  const [first, last] = [series[0] as [number, number], series.at(-1) as [number, number]];
  const said = words.trend(strings.voice.fields[sign] ?? sign, String(first[1]), String(last[1]), words[way], series.length);
  return el("span", { class: "trend", title: said }, drawn(series, said), el("small", {}, `${{ rising: "↗", falling: "↘", steady: "→" }[way]} ${words[way]}`));
}

function drawn(series: [number, number][], said: string): SVGElement {
  const [times, values] = [series.map(([at]) => at), series.map(([, value]) => value)];
  const scale = (value: number, all: number[], size: number): number => (Math.max(...all) === Math.min(...all) ? size / 2 : ((value - Math.min(...all)) / (Math.max(...all) - Math.min(...all))) * size);
  const points = series.map(([at, value]) => `${(2 + scale(at, times, WIDTH - 4)).toFixed(1)},${(HEIGHT - 2 - scale(value, values, HEIGHT - 4)).toFixed(1)}`);
  const made = (name: string, attributes: Record<string, string>): SVGElement => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };
  const svg = made("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: String(WIDTH), height: String(HEIGHT), role: "img", "aria-label": said });
  svg.append(made("polyline", { points: points.join(" "), fill: "none", stroke: "currentColor", "stroke-width": "1.5" }));
  return svg;
}
