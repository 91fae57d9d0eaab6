/** Line 1 while it is typed: where that is, how vague, and what is near it. */
import type { Door } from "../commands/door";
import { grid, typedPlace } from "../grid";
import type { Site } from "../live/protocol";
import { strings } from "../strings";
import { metresApart } from "./near";

const words = strings.nine;
const CHECK_AFTER_MS = 250;

export interface Checked {
  lon: number | null; // null: nobody knows yet, or at all
  lat: number | null;
  within: number;
  words: string;
  state: "good" | "wrong" | null;
}
const nowhere = (text: string, state: Checked["state"] = null): Checked => ({ lon: null, lat: null, within: 0, words: text, state });

export const metresInWords = (metres: number): string => (metres < 1000 ? `${Math.round(metres / 10) * 10} m` : `${(metres / 1000).toFixed(metres < 10_000 ? 1 : 0)} km`);

/** The nearest landing site in words; empty where the mission has none. */
export function nearestSite(sites: readonly Site[], at: { lon: number; lat: number }): string {
  const found = sites.filter((site) => site.kind === "landing").map((site) => ({ site, metres: metresApart(site, at) })).sort((a, b) => a.metres - b.metres)[0];
  return found ? words.nearestSite(found.site.name, metresInWords(found.metres)) : "";
}

/** A square of so many digits each way: half its diagonal. */
function gridRadius(text: string): number {
  const digits = /^\d{1,2}[C-X][A-Z]{2}(\d*)$/.exec(text.replace(/\s+/g, "").toUpperCase())?.[1];
  return digits === undefined ? 0 : Math.SQRT1_2 * 10 ** (5 - digits.length / 2);
}

export class PlaceCheck {
  private asking: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly door: Door, private readonly sites: () => readonly Site[], private readonly told: (found: Checked) => void) {}

  /** Checks what is typed; `pinned` is a place that was taken from the map for it. */
  check(text: string, pinned: { lon: number; lat: number; within: number } | null): void {
    clearTimeout(this.timer);
    this.asking?.abort();
    const typed = text.trim();
    if (typed === "") return this.told(nowhere(""));
    if (pinned) return this.told(this.found([pinned.lon, pinned.lat], pinned.within, ""));
    const own = typedPlace(typed);
    if (own) this.told(this.found(own, gridRadius(typed), ""));
    else this.told(nowhere(words.checking));
    this.timer = setTimeout(() => void this.ask(typed, own), CHECK_AFTER_MS);
  }

  private async ask(text: string, own: [number, number] | null): Promise<void> {
    const asking = new AbortController();
    this.asking = asking;
    try {
      const place = await this.door.place(text, asking.signal);
      if (!asking.signal.aborted) this.told(this.found([place.lon, place.lat], place.uncertainty_m ?? 0, place.name ?? ""));
    } catch (fault) {
      if (asking.signal.aborted) return;
      const refused = (fault as { status?: number }).status !== 0;
      if (refused) this.told(nowhere(fault instanceof Error ? fault.message : words.unchecked, "wrong"));
      else if (!own) this.told(nowhere(words.unchecked));
    }
  }

  private found([lon, lat]: [number, number], within: number, name: string): Checked {
    const vague = within >= 1 ? words.pickedNear(metresInWords(within)) : words.exact;
    const parts = [name, grid(lon, lat), vague, nearestSite(this.sites(), { lon, lat })];
    return { lon, lat, within, words: `✓ ${parts.filter((part) => part !== "").join(" · ")}`, state: "good" };
  }
}
