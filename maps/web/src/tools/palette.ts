/** Ctrl-K: one field that finds any place, asset or command. A combobox with a list of what fits, by keyboard alone. */
import type { Picture } from "../live/fold";
import type { FoundPlace } from "../live/protocol";
import { strings } from "../strings";
import { toolWords } from "../strings/tools";
import { el, fill, ltr, mark, say } from "../ui/dom";
import type { Commands } from "./commands";
import type { Found } from "./find";
import { find } from "./find";

const SEARCH_AFTER_MS = 160;
const words = toolWords.palette;

export interface PaletteWorld {
  picture(): Picture | null;
  /** Places of that name, or near it; raises an error with status 0 when the server is not reached. */
  search(text: string, signal: AbortSignal): Promise<FoundPlace[]>;
  chosen(found: Found): void;
}

export class Palette {
  readonly node: HTMLDialogElement;
  private readonly field = el("input", { type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", maxlength: 200, "aria-autocomplete": "list", "aria-controls": "palette-list", "aria-expanded": "false", "data-testid": "palette-field" });
  private readonly list = el("ul", { id: "palette-list", role: "listbox", "aria-label": words.list });
  private readonly note = el("p", { class: "note", role: "status" });
  private readonly heading = el("h2", {}, words.title);
  private found: Found[] = [];
  private at = 0;
  private asked = "";
  private places: FoundPlace[] = [];
  private state: "" | "searching" | "away" = "";
  private asking: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private before: Element | null = null;
  private withCommands = true;

  constructor(private readonly commands: Commands, private readonly world: PaletteWorld) {
    const close = el("button", { type: "button", class: "close", "aria-label": strings.close, onclick: () => this.close() }, "×");
    this.node = el("dialog", { class: "floating palette", "aria-label": words.title, "data-testid": "palette" }, el("header", {}, this.heading, close), this.field, this.list, this.note);
    this.field.addEventListener("input", () => this.typed());
    this.node.addEventListener("keydown", (event) => this.key(event));
  }

  get open(): boolean {
    return this.node.open;
  }

  show(withCommands: boolean): void {
    this.withCommands = withCommands;
    const title = withCommands ? words.title : words.goTo;
    say(this.heading, title);
    mark(this.node, "aria-label", title);
    mark(this.field, "aria-label", title);
    this.field.placeholder = withCommands ? words.hint : words.goToHint;
    if (!this.node.open) {
      this.before = document.activeElement;
      this.node.show();
    }
    this.field.value = "";
    this.field.focus();
    this.typed();
  }

  close(): void {
    this.forget();
    if (!this.node.open) return;
    this.field.blur();
    this.node.close();
    if (this.before instanceof HTMLElement && this.before.isConnected) this.before.focus();
  }

  private typed(): void {
    this.forget();
    const text = this.field.value.trim();
    this.asked = text;
    this.places = [];
    this.at = 0;
    this.state = text.length >= 2 ? "searching" : "";
    this.draw();
    if (text.length >= 2) this.timer = setTimeout(() => void this.search(text), SEARCH_AFTER_MS);
  }

  private forget(): void {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.asking = null;
  }

  /** An answer to what is no longer typed is dropped. */
  private async search(text: string): Promise<void> {
    const asking = new AbortController();
    this.asking = asking;
    let places: FoundPlace[] = [];
    let away = false;
    try {
      places = await this.world.search(text, asking.signal);
    } catch (fault) {
      away = (fault as { status?: number }).status === 0;
    }
    if (asking.signal.aborted || text !== this.asked) return;
    const kept = this.found[this.at]?.key;
    [this.places, this.state] = [places, away ? "away" : ""];
    this.draw();
    const same = this.found.findIndex((one) => one.key === kept);
    if (this.at > 0 && same >= 0) this.move(same); // whoever moved on already stays on what was chosen
  }

  private draw(): void {
    const commands = this.withCommands ? this.commands.all() : [];
    this.found = find(this.asked, this.world.picture(), commands, this.places);
    fill(this.list, ...this.found.map((one, index) => this.row(one, index)));
    mark(this.field, "aria-expanded", String(this.found.length > 0));
    this.move(Math.min(this.at, Math.max(0, this.found.length - 1)));
    say(this.note, this.told());
  }

  private told(): string {
    const none = this.found.length === 0 && this.asked !== "";
    if (this.state === "searching") return words.searching;
    const away = this.state === "away" ? `${words.noServer} ` : "";
    if (none) return `${away}${words.none(this.asked.slice(0, 60))} ${words.may}`;
    return `${away}${this.asked === "" && !this.withCommands ? words.may : words.count(this.found.length)}`;
  }

  private row(one: Found, index: number): HTMLElement {
    const choose = (event: Event): void => {
      event.preventDefault();
      this.choose(index);
    };
    return el("li", { id: `palette-${index}`, role: "option", "aria-selected": "false", onpointerdown: choose },
      el("span", { class: "palette-kind" }, one.kind), el("bdi", { class: "palette-label" }, one.label), ltr(one.note, "palette-note"));
  }

  private move(to: number): void {
    this.list.children[this.at]?.setAttribute("aria-selected", "false");
    this.at = to;
    const row = this.list.children[to];
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
    mark(this.field, "aria-activedescendant", row ? row.id : null);
  }

  private key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const goal = { ArrowDown: this.at + 1, ArrowUp: this.at - 1, PageDown: this.at + 5, PageUp: this.at - 5 }[event.key];
    if (goal !== undefined && this.found.length > 0) this.move(event.key.startsWith("Page") ? Math.max(0, Math.min(goal, this.found.length - 1)) : (goal + this.found.length) % this.found.length);
    else if (event.key === "Enter" && event.target === this.field) this.choose(this.at);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private choose(index: number): void {
    const one = this.found[index];
    if (!one) return;
    this.close();
    this.world.chosen(one);
  }
}
