/** The running chain leg by leg: who, from where to where, when it is there, and what it is exposed to. */
import type { Chain, Leg } from "../live/protocol";
import type { Desk } from "../desk";
import { stateWord, strings } from "../strings";
import { instant, minutes, spanZ } from "../times";
import type { Row } from "../ui/dom";
import { KeyedList, el, mark, say } from "../ui/dom";

const words = strings.screens.drawer;

export class LegTable {
  readonly node: HTMLElement;
  private readonly rows: KeyedList<[number, Leg]>;
  private desk: Desk | null = null;

  constructor() {
    const body = el("tbody", {});
    this.rows = new KeyedList<[number, Leg]>(body, ([index]) => String(index), () => this.row());
    const head = el("tr", {}, ...[words.leg, words.eta, words.state].map((text) => el("th", { scope: "col" }, text)));
    this.node = el("section", { class: "legs", hidden: true, "data-testid": "legs" }, el("h3", {}, words.legs), el("table", {}, el("thead", {}, head), body));
  }

  update(chain: Chain | undefined, desk: Desk): void {
    this.desk = desk;
    this.node.hidden = chain === undefined;
    this.rows.update((chain?.legs ?? []).map((leg, index) => [index, leg]));
  }

  private row(): Row<[number, Leg]> {
    const [way, eta, state] = [el("td", {}), el("td", {}), el("td", {})];
    const node = el("tr", {}, way, eta, state);
    const update = ([, leg]: [number, Leg]): void => {
      const [p50, p90] = [instant(leg.arrive_p50_at), instant(leg.arrive_p90_at)];
      const name = this.desk?.picture.entities.vehicles[leg.vehicle]?.callsign ?? leg.vehicle;
      say(way, `${name}: ${leg.from.name} → ${leg.to.name}, ${(leg.metres / 1000).toFixed(1)} km${exposure(leg.exposure_s)}`);
      say(eta, p50 === null ? strings.unknown : `${leg.estimated ? "≈ " : ""}${spanZ(p50, p90)}`);
      say(state, stateWord(leg.state ?? "planned"));
      mark(node, "data-state", leg.state ?? "planned");
      mark(way, "data-look", (leg.exposure_s ?? 0) > 0 ? "doubt" : null);
    };
    return { node, update };
  }
}

const exposure = (seconds: number | undefined): string => (seconds ? `, ${words.exposed(minutes(seconds * 1000))}` : "");
