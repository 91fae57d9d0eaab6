/** The panel beside a drawing: its fields, what is wrong with it, what it would do, and its buttons. */
import type { PreviewAnswer, PreviewChain, PreviewState } from "./preview";
import { labelled } from "../screens/form";
import type { Field } from "../screens/form";
import { strings } from "../strings";
import { toolWords } from "../strings/tools";
import { minutes } from "../times";
import { el, fill, mark, say } from "../ui/dom";
import type { FieldName, Kind, Shape, Texts } from "./kinds";

const words = toolWords.draw;

export interface PanelEvents {
  changed(): void;
  shape(shape: Shape): void;
  typed(text: string): void;
  pasted(text: string): void;
  apply(): void;
  back(): void;
  leave(): void;
  takeTheirs(): void;
}
export type ChainWords = (chain: PreviewChain) => { vehicles: string; facility: string };

export class DrawPanel {
  readonly node = el("section", { class: "tool-panel draw-panel", hidden: true, "data-testid": "draw-panel" });
  private readonly heading = el("h2", {});
  private readonly how = el("p", { class: "note" });
  private readonly size = el("p", { class: "note", role: "status", "data-testid": "draw-size" });
  private readonly trouble = el("p", { class: "trouble", role: "alert", hidden: true, "data-testid": "draw-trouble" });
  private readonly clash = el("div", { class: "clash", role: "alert", hidden: true, "data-testid": "draw-clash" });
  private readonly told = el("div", { class: "preview", "aria-live": "polite", "data-testid": "draw-preview" });
  private readonly fields = el("div", { class: "fields" });
  private readonly shapes = el("select", { name: "draw-shape" });
  private readonly freehand = el("input", { type: "checkbox", name: "draw-freehand" });
  private readonly freehandRow = el("label", { class: "tool-check" }, this.freehand, words.freehand);
  private readonly point = el("input", { name: "draw-point", autocomplete: "off", maxlength: 80 });
  private readonly pasteField = el("textarea", { name: "draw-paste", rows: 3, spellcheck: "false", dir: "ltr" });
  private readonly applyButton = el("button", { type: "submit", class: "primary" }, words.apply);
  private inputs = new Map<FieldName, Field>();

  constructor(private readonly on: PanelEvents, private readonly chainWords: ChainWords) {
    const close = el("button", { type: "button", class: "close", "aria-label": strings.close, onclick: () => this.on.leave() }, "×");
    const add = el("button", { type: "button", onclick: () => this.typedPoint() }, words.addButton);
    const paste = el("details", {}, el("summary", {}, words.paste), labelled(words.paste, this.pasteField), el("button", { type: "button", onclick: () => this.on.pasted(this.pasteField.value) }, words.pasteButton));
    const buttons = el("div", { class: "tool-row" }, this.applyButton, el("button", { type: "button", onclick: () => this.on.back() }, words.back), el("button", { type: "button", onclick: () => this.on.leave() }, words.leave));
    const form = el("form", { novalidate: true, onsubmit: (event: Event) => this.submit(event) },
      this.how, this.size, this.clash, this.trouble, this.told, buttons, labelled(words.shape, this.shapes), this.freehandRow, this.fields, el("div", { class: "tool-row" }, labelled(words.add, this.point), add), paste, el("p", { class: "note" }, words.keys));
    this.node.append(el("header", {}, this.heading, close), form);
    this.shapes.addEventListener("change", () => this.on.shape(this.shapes.value as Shape));
    this.point.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || this.point.value.trim() === "") return;
      event.preventDefault();
      this.typedPoint();
    });
    this.node.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.on.leave();
    });
  }

  show(kind: Kind, shape: Shape, texts: Texts): void {
    say(this.heading, words.kinds[kind.id] ?? kind.id);
    mark(this.node, "aria-label", words.kinds[kind.id] ?? kind.id);
    fill(this.shapes, ...kind.shapes.map((one) => el("option", { value: one }, words.shapes[one] ?? one)));
    this.shapes.value = shape;
    (this.shapes.parentElement as HTMLElement).hidden = kind.shapes.length < 2;
    this.inputs = new Map(kind.fields.map((name) => [name, this.control(name, texts[name] ?? "")]));
    fill(this.fields, ...kind.fields.map((name) => this.labelled(name, shape)));
    this.shapeIs(shape);
    this.amiss("", null);
    this.clashes(null);
    [this.point.value, this.pasteField.value] = ["", ""];
    this.node.hidden = false;
  }

  shapeIs(shape: Shape): void {
    this.shapes.value = shape;
    say(this.how, words.how[shape] ?? "");
    this.freehandRow.hidden = shape === "circle" || shape === "point";
    const radius = this.inputs.get("radius");
    const label = radius?.parentElement?.querySelector("label");
    if (label) say(label, (shape === "line" ? words.fields["width"] : words.fields["radius"]) ?? "");
    if (radius?.parentElement) radius.parentElement.hidden = shape === "polygon";
  }

  hide(): void {
    this.node.hidden = true;
  }

  get pulls(): boolean {
    return this.freehand.checked && !this.freehandRow.hidden;
  }

  texts(): Texts {
    return Object.fromEntries([...this.inputs].map(([name, field]) => [name, field.value]));
  }

  set(name: FieldName, value: string): void {
    const field = this.inputs.get(name);
    if (field && field.value !== value) field.value = value;
  }

  focus(name: FieldName): void {
    this.inputs.get(name)?.focus();
  }

  tell(size: string): void {
    say(this.size, size);
  }

  /** What is wrong, beside the drawing that stays as it is; null: nothing. */
  amiss(field: FieldName | "", why: string | null): void {
    this.trouble.hidden = why === null;
    say(this.trouble, why ?? "");
    for (const [name, input] of this.inputs) mark(input, "aria-invalid", why !== null && name === field ? "true" : null);
  }

  get fine(): boolean {
    return this.trouble.hasAttribute("hidden");
  }

  /** Somebody else changed what is being changed here. */
  clashes(why: string | null): void {
    this.clash.hidden = why === null;
    if (why === null) return fill(this.clash);
    const keep = el("button", { type: "button", onclick: () => this.clashes(null) }, toolWords.chosen.keepMine);
    fill(this.clash, el("p", {}, why), el("div", { class: "tool-row" }, el("button", { type: "button", onclick: () => this.on.takeTheirs() }, toolWords.chosen.takeTheirs), keep));
  }

  preview(state: PreviewState): void {
    const said = toolWords.preview;
    const last = state.is === "told" ? state.answer : state.is === "asking" ? state.last : null;
    mark(this.told, "aria-busy", state.is === "asking" ? "true" : null);
    if (state.is === "none") return fill(this.told);
    const head = el("h3", {}, said.title);
    if (state.is === "away") return fill(this.told, head, el("p", { class: "trouble" }, said.needsServer));
    if (state.is === "refused") return fill(this.told, head, el("p", { class: "trouble" }, state.why));
    if (!last) return fill(this.told, head, el("p", { class: "note" }, said.asking));
    fill(this.told, head, ...this.answer(last));
  }

  private answer(found: PreviewAnswer): HTMLElement[] {
    const said = toolWords.preview;
    const off = found.touches_roads ? [] : [el("p", { class: "note" }, said.offRoads)];
    if (found.changed.length === 0) return [...off, el("p", {}, said.nothing(found.unchanged.length))];
    const rows = found.changed.map((chain) => this.row(chain));
    const rest = found.unchanged.length > 0 ? [el("p", { class: "note" }, said.others(found.unchanged.length))] : [];
    return [...off, el("ul", {}, ...rows), ...rest];
  }

  private row(chain: PreviewChain): HTMLElement {
    const { vehicles, facility } = this.chainWords(chain);
    const blocked = chain.later_s === null;
    const how = blocked ? toolWords.preview.blocked : laterWords(chain.later_s ?? 0);
    const why = chain.legs.map((leg) => leg.why_not).filter((each) => each !== null);
    return el("li", { "data-blocked": blocked ? "" : null }, el("b", {}, how), " ", el("bdi", {}, toolWords.preview.chain(vehicles, facility)), ...why.map((each) => el("small", {}, each)));
  }

  private submit(event: Event): void {
    event.preventDefault();
    this.on.apply();
  }

  private typedPoint(): void {
    const text = this.point.value.trim();
    if (text === "") return;
    this.point.value = "";
    this.on.typed(text);
  }

  private labelled(name: FieldName, shape: Shape): HTMLElement {
    const label = name === "radius" && shape === "line" ? words.fields["width"] : words.fields[name];
    return labelled(label ?? name, this.inputs.get(name) as Field);
  }

  private control(name: FieldName, value: string): Field {
    const choices = name === "affects" ? affectChoices(value) : name === "wires" || name === "night" ? Object.entries(words.told) : null;
    const field: Field = choices ? el("select", { name: `draw-${name}` }, ...choices.map(([each, label]) => el("option", { value: each }, label))) : el("input", { name: `draw-${name}`, autocomplete: "off", maxlength: name === "notes" ? 500 : 80, dir: name === "name" || name === "notes" ? "auto" : null, inputmode: name === "radius" ? "decimal" : null, placeholder: words.hints[name] ?? null });
    field.value = value;
    field.addEventListener("input", () => this.on.changed());
    return field;
  }
}

const MODES = ["ground", "air", "foot"];

/** Every choice of who is affected, as `ground,air`. */
function affectChoices(value: string): [string, string][] {
  const sets = ["ground", "air", "foot", "ground,air", "ground,foot", "ground,air,foot"];
  const own = value !== "" && !sets.includes(value) ? [value] : [];
  const said = (modes: string): string => modes.split(",").filter((mode) => MODES.includes(mode)).map((mode) => words.affects[mode]).join(", ");
  return [...sets, ...own].map((each) => [each, said(each)]);
}

export function laterWords(seconds: number): string {
  const said = toolWords.preview;
  if (Math.abs(seconds) < 30) return said.same;
  const told = minutes(60_000 * Math.max(1, Math.round(Math.abs(seconds) / 60)));
  return seconds > 0 ? said.later(told) : said.sooner(told);
}
