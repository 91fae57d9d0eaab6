/** What could not be read, for a person to look at: asked for when it is opened, and again with each opening. */
import type { Door } from "../commands/door";
import type { SetAside } from "../live/protocol";
import { strings } from "../strings";
import { clockZ, instant } from "../times";
import { el, fill, ltr } from "../ui/dom";

const MOST = 50;

export class AsideList {
  readonly node: HTMLDetailsElement;
  private readonly body = el("div", { "aria-live": "polite" });

  constructor(private readonly door: Door) {
    this.node = el("details", { class: "aside", "data-testid": "set-aside", ontoggle: () => void this.load() }, el("summary", {}, strings.aside.title), this.body);
  }

  private async load(): Promise<void> {
    if (!this.node.open) return;
    fill(this.body, el("p", { class: "empty" }, strings.aside.wait));
    try {
      const found = await this.door.setAside(MOST);
      const more = found.length === MOST ? el("p", { class: "empty" }, strings.aside.most(MOST)) : null;
      if (found.length === 0) fill(this.body, el("p", { class: "empty" }, strings.aside.none));
      else fill(this.body, el("ul", { class: "rows" }, ...found.map(row)), more);
    } catch (fault) {
      fill(this.body, el("p", { class: "trouble", role: "alert" }, fault instanceof Error ? fault.message : String(fault)));
    }
  }
}

function row(one: SetAside): HTMLElement {
  const at = instant(one.last_at);
  const top = el("span", { class: "row-top" }, ltr(one.device ?? strings.aside.device, "zap"), ltr(at === null ? "" : clockZ(at, true)), el("span", { class: "left" }, strings.aside.times(one.times)));
  const raw = el("code", { dir: "ltr" }, one.text ?? one.hex ?? "", one.cut ? strings.aside.cut(one.size) : null);
  return el("li", { class: "row", "data-testid": "aside-row", "data-id": one.id }, top, el("span", { class: "what", dir: "auto" }, one.words), raw);
}
