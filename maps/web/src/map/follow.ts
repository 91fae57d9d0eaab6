/** Keeps what is chosen in the middle of the map until somebody drags it. */
import { strings } from "../strings";
import "../styles/canvas.css";
import { append, el, say } from "../ui/dom";
import type { Asset, AssetRef } from "./scene";

/** What following needs of the map. */
export interface Follower {
  /** Puts a place in the middle at once; never changes the scale. */
  centre(lon: number, lat: number): void;
  /** Calls when a person drags the map or moves it by the arrow keys. */
  onDrag(run: () => void): void;
}

export class Follow {
  readonly badge = el("p", { class: "follow-badge", role: "status", "data-testid": "follow-badge", hidden: "" });
  private ref: AssetRef | null = null;
  private readonly what = el("b", {});
  private last = "";

  constructor(private readonly map: Follower, private readonly tell: (text: string) => void) {
    append(this.badge, [this.what, el("span", {}, strings.canvas.followEnds)]);
    map.onDrag(() => this.stop());
  }

  get active(): boolean {
    return this.ref !== null;
  }

  toggle(ref: AssetRef | null): void {
    if (this.ref) return this.stop();
    if (!ref) return this.tell(strings.canvas.followNothing);
    this.ref = ref;
    this.last = "";
  }

  stop(): void {
    this.ref = null;
    this.badge.hidden = true;
  }

  /** At each picture: what is followed is what is chosen now; nothing chosen ends it. What has no place leaves the map where it is. */
  update(selected: AssetRef | null, assets: readonly Asset[]): void {
    if (!this.ref) return;
    if (!selected) return this.stop();
    this.ref = selected;
    const asset = assets.find((one) => one.kind === selected.kind && one.id === selected.id);
    if (!asset) return;
    say(this.what, strings.canvas.following(asset.label || asset.id));
    this.badge.hidden = false;
    const place = `${asset.lon},${asset.lat}`;
    if (place === this.last) return; // a zoom about another point stays until the next fix
    this.last = place;
    this.map.centre(asset.lon, asset.lat);
  }
}
