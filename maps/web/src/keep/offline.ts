/** What lets the page be reloaded without network, and whether it is still the server's version. */
import { strings } from "../strings";
import { el, say } from "../ui/dom";
import { keepNothing, keepsNothing } from "./kept";

const words = strings.shell.kept;

/** True where the browser lets a page be kept at all: on https, and on this machine itself. */
export const canKeep = (): boolean => "serviceWorker" in navigator && isSecureContext;

/** Keeps the page's files from now on; told whether that works. */
export async function keepPage(base: string): Promise<boolean> {
  if (!canKeep()) return false;
  try {
    await navigator.serviceWorker.register(new URL("sw.js", base), { scope: new URL("./", base).pathname });
    return true;
  } catch {
    return false; // a certificate that the browser does not trust, or a mode that keeps nothing
  }
}

/** What is kept here, in words, with the switch that forbids it. */
export class KeptNote {
  readonly node: HTMLElement;
  private readonly words = el("p", {});
  private readonly box = el("input", { type: "checkbox", id: "keep-nothing" });
  private possible = canKeep();

  constructor() {
    this.box.addEventListener("change", () => void keepNothing(this.box.checked).then(() => this.update()));
    this.node = el("section", { class: "kept", "data-testid": "kept" }, this.words, el("label", { class: "check" }, this.box, words.shared));
    this.update();
  }

  works(possible: boolean): void {
    this.possible = possible;
    this.update();
  }

  update(): void {
    this.box.checked = keepsNothing();
    say(this.words, keepsNothing() ? words.off : this.possible ? words.on : words.impossible);
  }
}

const builtAs = (): string => document.querySelector<HTMLMetaElement>("meta[name=casevac-build]")?.content ?? "";

/** True when the server has a page of another version; false while it cannot be asked. */
export async function isOutdated(base: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL("build.json", base), { cache: "no-store" });
    if (!answer.ok) return false;
    const { build } = (await answer.json()) as { build?: unknown };
    return typeof build === "string" && builtAs() !== "" && build !== builtAs();
  } catch {
    return false;
  }
}
