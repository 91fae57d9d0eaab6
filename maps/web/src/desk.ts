/** What every screen is given at each update, and what it may ask for. */
import type { Me } from "./commands/person";
import type { Picture } from "./live/fold";
import type { DeviceCard, Option } from "./live/protocol";
import type { AssetRef } from "./map/scene";

export interface Desk {
  picture: Picture;
  now: number; // server time in ms; in a replay the instant shown
  replay: boolean;
  selected: AssetRef | null;
  devices: Record<string, DeviceCard>;
  me: Me;
}

export interface Actions {
  select(ref: AssetRef | null, go: boolean): void;
  /** Draws an option on the map; `fit` also brings all of it into view. */
  preview(option: Option | null, fit?: boolean): void;
  say(text: string, wrong?: boolean): void;
  /** Opens the form of a kind of report with what is known already filled in. */
  tell(kind: string, texts: Record<string, string>): void;
  /** Asks why, then takes a task back. */
  cancelTask(task: string): void;
  /** Shows where a running chain could go instead. */
  divert(chain: string): void;
}

export interface Screen {
  readonly node: HTMLElement;
  update(desk: Desk): void;
}
