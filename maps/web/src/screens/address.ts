/** The address says what is shown: a reload or a link within the site comes back to it. */
import type { AssetKind, AssetRef } from "../map/scene";

export type ViewName = "map" | "table" | "facilities" | "vehicles" | "plan";
export interface Place {
  lon: number;
  lat: number;
  zoom: number;
}
export interface Shown {
  view: ViewName;
  selected: AssetRef | null;
  at: Place | null;
  alone: boolean; // the board only, as on a second monitor
}
const VIEWS: readonly string[] = ["map", "table", "facilities", "vehicles", "plan"];
const KINDS: readonly string[] = ["vehicle", "device", "casualty", "facility", "site", "request", "team", "hazard"];

/** What an address asks for; whatever it cannot mean is left out. Pure. */
export function readAddress(search: string): Shown {
  const asked = new URLSearchParams(search);
  const view = asked.get("view") ?? "map";
  const [kind, ...rest] = (asked.get("sel") ?? "").split(":");
  const id = rest.join(":");
  return {
    view: VIEWS.includes(view) ? (view as ViewName) : "map",
    selected: KINDS.includes(kind ?? "") && id !== "" && id.length <= 80 ? { kind: kind as AssetKind, id } : null,
    at: readPlace(asked.get("at")),
    alone: asked.has("alone"),
  };
}

function readPlace(text: string | null): Place | null {
  const numbers = (text ?? "").split(",").map(Number);
  const [lon, lat, zoom] = numbers as [number, number, number];
  if (text === null || numbers.length !== 3 || !numbers.every(Number.isFinite)) return null;
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 85 && zoom >= 0 && zoom <= 24 ? { lon, lat, zoom } : null;
}

/** The address of what is shown; what else it asked for, as the mission, stays. Pure. */
export function writeAddress(search: string, shown: Shown): string {
  const told = new URLSearchParams(search);
  const put = (name: string, value: string | null): void => (value === null ? told.delete(name) : told.set(name, value));
  put("view", shown.view === "map" ? null : shown.view);
  put("sel", shown.selected ? `${shown.selected.kind}:${shown.selected.id}` : null);
  put("at", shown.at ? `${shown.at.lon.toFixed(4)},${shown.at.lat.toFixed(4)},${shown.at.zoom.toFixed(1)}` : null);
  put("alone", shown.alone ? "" : null);
  const text = told.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  return text === "" ? "" : `?${text}`;
}

/** The address of a view without the lists beside it. */
export const alone = (view: string): string => writeAddress(location.search, { view: view as ViewName, selected: null, at: null, alone: true });

const WRITE_AFTER_MS = 400; // a browser takes so many changes a minute and no more

/** Keeps the address in step with what is shown. */
export class Address {
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly shown: () => Shown) {}

  touch(): void {
    this.timer ??= setTimeout(() => this.write(), WRITE_AFTER_MS);
  }

  private write(): void {
    this.timer = null;
    const search = writeAddress(location.search, this.shown());
    if (search !== location.search) history.replaceState(null, "", `${location.pathname}${search}${location.hash}`);
  }
}
