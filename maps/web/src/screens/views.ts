/** What fills the middle: the map, its table, or one of the boards; one of them at a time. */
import type { Desk } from "../desk";
import type { ViewName } from "./address";

interface View {
  node: HTMLElement;
  withMap?: boolean; // the map stays above it
  update?(desk: Desk): void;
  focus?(): void;
}

export class Views {
  private shown: ViewName = "map";

  constructor(
    private readonly views: Record<ViewName, View>,
    private readonly desk: () => Desk | null,
    private readonly changed: () => void,
  ) {
    this.apply();
  }

  get now(): ViewName {
    return this.shown;
  }

  /** Shows a view and puts the focus into it; a board that is shown already gives way to the map. */
  toggle(name: ViewName): void {
    this.show(this.shown === name ? "map" : name, true);
  }

  show(name: ViewName, focus = false): void {
    const held = name !== this.shown && this.views[this.shown].node.contains(document.activeElement);
    this.shown = name;
    this.apply();
    const [view, desk] = [this.views[name], this.desk()];
    if (desk) view.update?.(desk);
    if (focus || held) (view.focus ?? ((): void => view.node.querySelector<HTMLElement>("[tabindex='0']")?.focus())).call(view);
    this.changed();
  }

  private apply(): void {
    const { withMap } = this.views[this.shown];
    for (const [name, { node }] of Object.entries(this.views)) node.hidden = name !== this.shown && !(withMap && name === "map");
  }
}
