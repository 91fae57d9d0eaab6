/** What each policy would make of the same picture: a small chart, and a table that says the same and more. */
import { plan as words } from "../strings/plan";
import { append, el } from "../ui/dom";
import type { Figures, Point } from "./shapes";

const SPACE = "http://www.w3.org/2000/svg";
const [WIDE, HIGH, EDGE, FOOT] = [320, 170, 34, 28];
const letterOf = (index: number): string => String.fromCharCode(65 + (index % 26));

/** Those that can be drawn: what each is worth in deaths is known. */
export const drawable = (points: readonly Point[]): Point[] => points.filter((point) => point.figures.deaths !== null);

export function frontier(points: readonly Point[], note: string): Element[] {
  if (points.length === 0) return [el("p", { class: "soft" }, words.frontierWait)];
  return [chart(points), el("p", { class: "curves" }, note), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": words.frontier }, table(points))];
}

interface Spot {
  x: number;
  y: number;
  letters: string;
  chosen: boolean;
}

/** Where each stands on the chart; those at one place share it. Pure. */
export function spotsOf(points: readonly Point[]): Spot[] {
  const deaths = drawable(points).map((point) => point.figures.deaths as number);
  const [low, high] = [Math.min(...deaths), Math.max(...deaths)];
  const counts = points.map((point) => point.figures.p1_in_time);
  const [few, many] = [Math.min(...counts), Math.max(...counts)];
  const spots = new Map<string, Spot>();
  points.forEach(({ figures, chosen }, index) => {
    if (figures.deaths === null) return;
    const x = EDGE + 14 + share(figures.p1_in_time, few, many) * (WIDE - EDGE - 40);
    const y = 22 + (1 - share(figures.deaths, low, high)) * (HIGH - FOOT - 44);
    const key = `${Math.round(x / 6)} ${Math.round(y / 6)}`;
    const known = spots.get(key);
    if (known) [known.letters, known.chosen] = [`${known.letters} ${letterOf(index)}`, known.chosen || chosen];
    else spots.set(key, { x, y, letters: letterOf(index), chosen });
  });
  return [...spots.values()];
}

const share = (value: number, low: number, high: number): number => (high - low < 1e-9 ? 0.5 : (value - low) / (high - low));

function chart(points: readonly Point[]): SVGElement {
  const told = drawable(points).map((point) => point.figures);
  const deaths = told.map((one) => one.deaths as number);
  const counts = told.map((one) => one.p1_in_time);
  const node = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "frontier", role: "img", "aria-label": words.chart(points.length), "data-testid": "frontier-chart" });
  const [floor, right] = [HIGH - FOOT, WIDE - 6];
  node.append(
    svg("path", { class: "axis", d: `M${EDGE} 6 V${floor} H${right}` }),
    text(right, HIGH - 4, words.chartX, "end"), text(4, 12, words.chartY, "start"),
    ...ends(deaths, (value) => text(EDGE - 4, value === Math.max(...deaths) ? 26 : floor - 18, value.toFixed(1), "end")),
    ...ends(counts, (value) => text(value === Math.max(...counts) ? right - 20 : EDGE + 14, floor + 12, String(value), "middle")),
    ...spotsOf(points).flatMap(spot),
  );
  return node;
}

/** The least and the most, once where they are the same. */
const ends = (values: readonly number[], draw: (value: number) => SVGElement): SVGElement[] => [...new Set([Math.min(...values), Math.max(...values)])].filter(Number.isFinite).map(draw);

/** What holds is a filled square, others are open rings: told apart without colour. */
function spot({ x, y, letters, chosen }: Spot): SVGElement[] {
  const shape = chosen ? svg("rect", { x: x - 5, y: y - 5, width: 10, height: 10, class: "spot here" }) : svg("circle", { cx: x, cy: y, r: 5, class: "spot" });
  return [shape, text(x + 9, y + 4, letters, "start", "letter")];
}

function svg(name: string, attributes: Record<string, string | number>): SVGElement {
  const node = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}

function text(x: number, y: number, told: string, anchor: string, look = ""): SVGElement {
  const node = svg("text", { x, y, "text-anchor": anchor, class: look });
  append(node, [told]);
  return node;
}

export const deathsOf = ({ deaths }: Figures): string => (deaths === null ? "—" : deaths.toFixed(1));

function table(points: readonly Point[]): HTMLElement {
  const { mark, policy, p1, all, deaths, changes } = words.columns;
  const head = el("tr", {}, ...[mark, policy, p1, all, deaths, changes].map((title) => el("th", { scope: "col" }, title)));
  const rows = points.map((point, index) => {
    const { figures } = point;
    const told = point.chosen ? [words.here] : point.changes.length > 0 ? point.changes : [words.same];
    const cells = [words.of(figures.p1_in_time, figures.p1), words.of(figures.surgery_in_time, figures.surgical), deathsOf(figures)].map((cell) => el("td", {}, cell));
    return el("tr", { "aria-current": point.chosen ? "true" : null }, el("td", {}, letterOf(index)), el("th", { scope: "row", title: point.words }, point.policy),
      ...cells, el("td", { dir: "auto" }, ...told.map((one) => el("span", { class: "change" }, one))));
  });
  return el("table", { class: "frontier-table", "data-testid": "frontier-table" }, el("thead", {}, head), el("tbody", {}, ...rows));
}
