/** The mission's letters: asked of the server, and kept so that a page without a link has them too. */
import type { Door } from "../commands/door";
import type { Dialect } from "./coded";

const SHELF = "casevac.nine-letters";
const RETRY_MS = 5000;

export class Letters {
  private known: Dialect | null = kept();
  private asked = "";

  constructor(private readonly door: Door, private readonly came: () => void) {}

  /** The letters of this mission; null until they came once. */
  of(mission: string): Dialect | null {
    if (mission !== "" && this.asked !== mission) void this.load(mission);
    return this.known?.mission === mission ? this.known : null;
  }

  private async load(mission: string): Promise<void> {
    this.asked = mission;
    try {
      this.known = await this.door.nineLine();
    } catch {
      setTimeout(() => (this.asked = ""), RETRY_MS); // asked again by whoever looks after that
      return;
    }
    localStorage.setItem(SHELF, JSON.stringify(this.known));
    this.came();
  }
}

function kept(): Dialect | null {
  try {
    const found = JSON.parse(localStorage.getItem(SHELF) ?? "null") as Dialect | null;
    return found !== null && typeof found.letters === "object" && typeof found.words === "object" ? found : null;
  } catch {
    return null;
  }
}
