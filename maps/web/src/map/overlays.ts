/** What lies on the map beside its assets: legs, times along the way, hazards; each drawn anew only when it is another. */
import type { Desk } from "../desk";
import type { Option } from "../live/protocol";
import { chainOf } from "../screens/details";
import { etaMarks } from "./eta";
import { hazardHolds, hazardShapes } from "./hazards";
import { legLines } from "./legs";
import type { OperationsMap } from "./map";

export class Overlays {
  private chains: unknown = null;
  private option: Option | null = null;
  private marks = "";
  private hazards = "[]";

  constructor(private readonly map: OperationsMap) {}

  /** `option` is the one that is being looked at. */
  show(desk: Desk, option: Option | null): void {
    this.legs(desk, option);
    this.times(desk);
    this.zones(desk);
  }

  private legs({ picture }: Desk, option: Option | null): void {
    if (this.chains === picture.entities.chains && this.option === option) return;
    [this.chains, this.option] = [picture.entities.chains, option];
    this.map.drawLegs(legLines(Object.values(picture.entities.chains), option), picture.seq);
  }

  private times(desk: Desk): void {
    const chain = desk.selected ? chainOf(desk.selected, desk) : undefined;
    const marks = etaMarks(chain ?? null, desk.now);
    const drawn = JSON.stringify(marks);
    if (drawn === this.marks) return;
    this.marks = drawn;
    this.map.drawEta(marks);
  }

  private zones({ picture, now }: Desk): void {
    const holding = Object.values(picture.entities.hazards).filter((hazard) => hazardHolds(hazard, now));
    const drawn = JSON.stringify(holding);
    if (drawn === this.hazards) return;
    this.hazards = drawn;
    this.map.drawHazards(hazardShapes(holding, now));
  }
}
