/** Options beside one another, and against the chain that runs: what would change, by how much, and why. Pure but for the table. */
import type { Desk } from "../desk";
import type { Chain, Option } from "../live/protocol";
import { strings } from "../strings";
import { instant, minutes, spanZ } from "../times";
import { el } from "../ui/dom";

const words = strings.screens.options;
const SAME_MS = 60_000; // less than a minute is no difference

export const crewsOf = (vehicles: readonly string[], desk: Desk): string => vehicles.map((id) => desk.picture.entities.vehicles[id]?.callsign ?? id).join(" + ");
export const facilityOf = (id: string, desk: Desk): string => desk.picture.entities.facilities[id]?.name ?? id;

/** The chain that an option is weighed against: the one it would replace, else the running one of its request. */
export function runningFor(request: string, replaces: string | null, desk: Desk): Chain | null {
  const { chains } = desk.picture.entities;
  return (replaces ? chains[replaces] : undefined) ?? Object.values(chains).find((chain) => chain.request === request && chain.status === "active") ?? null;
}

/** What would be different: vehicles, facility, minutes, and why the running chain does not hold. */
export function differences(option: Option, chain: Chain, desk: Desk): string[] {
  const found: string[] = [];
  const [was, is] = [crewsOf(chain.vehicles, desk), crewsOf(option.vehicles, desk)];
  if (was !== is) found.push(words.vehicleDiffers(was, is));
  if (chain.facility !== option.facility) found.push(words.facilityDiffers(facilityOf(chain.facility, desk), facilityOf(option.facility, desk)));
  const [then, now] = [instant(chain.legs.at(-1)?.arrive_p50_at), instant(option.arrive_p50_at)];
  if (then !== null && now !== null && Math.abs(now - then) >= SAME_MS) found.push(now > then ? words.later(minutes(now - then)) : words.sooner(minutes(then - now)));
  if (found.length === 0) found.push(words.same);
  const why = [chain.inbound.state === "refused" ? strings.inbound.refused(facilityOf(chain.inbound.facility, desk)) : "", chain.inbound.state === "refused" ? chain.inbound.reason : "", ...chain.late, chain.why].filter((word) => word !== "");
  return why.length > 0 ? [...found, words.because(why.join("; "))] : found;
}

/** Seconds in threat zones, in words. */
export function exposureWords(option: Option): string {
  const seconds = option.exposure_s ?? 0;
  return seconds > 0 ? minutes(seconds * 1000) : words.noExposure;
}

/** One column an option, one row a question; to be read across. */
export function comparison(options: readonly Option[], chain: Chain | null, desk: Desk): HTMLElement {
  const eta = (one: Option): string => {
    const p50 = instant(one.arrive_p50_at);
    return p50 === null ? strings.unknown : spanZ(p50, instant(one.arrive_p90_at));
  };
  const table = (one: Option): string => {
    const at = instant(one.table_free_at);
    return at === null ? strings.none : spanZ(at, null);
  };
  const rows: [string, (one: Option) => string][] = [
    [words.vehicles, (one) => crewsOf(one.vehicles, desk)],
    [words.longest, (one) => facilityOf(one.facility, desk)],
    [words.arrive, eta],
    [words.verdict, (one) => one.verdict],
    [words.road, (one) => (one.estimated ? strings.request.estimated : strings.none)],
    [words.exposure, exposureWords],
    [words.beds, (one) => (one.beds_free_on_arrival === null ? strings.notTold : String(one.beds_free_on_arrival))],
    [words.table, table],
    [words.risks, (one) => String(one.risks.length)],
    ...(chain ? [[words.changed, (one: Option) => differences(one, chain, desk).join("; ")] as [string, (one: Option) => string]] : []),
  ];
  const head = el("tr", {}, el("td", {}), ...options.map((one) => el("th", { scope: "col" }, `${words.option} ${one.rank}`)));
  const body = rows.map(([label, tell]) => el("tr", {}, el("th", { scope: "row" }, label), ...options.map((one) => el("td", { dir: "auto" }, tell(one)))));
  return el("details", { class: "compare", "data-testid": "compare" }, el("summary", {}, words.compare), el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": words.compare }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...body))));
}
