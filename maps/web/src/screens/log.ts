/** The watch log, newest first. */
import type { Desk, Screen } from "../desk";
import type { LogLine } from "../live/protocol";
import { strings } from "../strings";
import { clockZ, instant } from "../times";
import { KeyedList, el } from "../ui/dom";

export class WatchLog implements Screen {
  readonly node: HTMLElement;
  private readonly rows: KeyedList<LogLine>;
  private shown: readonly LogLine[] = [];

  constructor() {
    const list = el("ol", { class: "log", "aria-label": strings.log, tabindex: 0 });
    this.rows = new KeyedList<LogLine>(list, (line) => String(line.seq), (line) => ({ node: lineNode(line), update: () => undefined }));
    this.node = el("section", {}, list);
  }

  update(desk: Desk): void {
    if (desk.picture.log === this.shown) return;
    this.shown = desk.picture.log;
    this.rows.update([...this.shown].reverse());
  }
}

function lineNode(line: LogLine): HTMLElement {
  const at = instant(line.at);
  const from = [line.source, line.actor].filter((word) => word !== "").join(" · ");
  return el("li", { "data-seq": line.seq, "data-kind": line.kind },
    el("time", { datetime: line.at }, at === null ? "" : clockZ(at, true)),
    el("span", { dir: "auto" }, line.text),
    el("small", { dir: "auto" }, from));
}
