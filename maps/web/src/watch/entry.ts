/** The form of a watch-log entry: what happened, how much it matters, what it concerns; kept until it is sent. */
import type { Door } from "../commands/door";
import type { Outbox } from "../commands/outbox";
import type { Desk } from "../desk";
import { Draft, Floating, labelled } from "../screens/form";
import { strings } from "../strings";
import { el, say } from "../ui/dom";

const words = strings.watch.entry;
const CONCERNS = { casualty: "casualties", request: "requests", vehicle: "vehicles", facility: "facilities" } as const;
type Concern = keyof typeof CONCERNS;
const NAMES = Object.keys(CONCERNS) as Concern[];

export class EntryForm {
  readonly floating: Floating;
  private readonly text = el("textarea", { rows: 4, maxlength: 2000, dir: "auto", "data-testid": "entry-text" });
  private readonly flag = el("select", {}, ...Object.entries(words.flags).map(([value, text]) => el("option", { value }, text)));
  private readonly about = Object.fromEntries(NAMES.map((name) => [name, el("input", { list: `known-${name}`, maxlength: 80, autocomplete: "off", dir: "auto" })])) as Record<Concern, HTMLInputElement>;
  private readonly lists = Object.fromEntries(NAMES.map((name) => [name, el("datalist", { id: `known-${name}` })])) as Record<Concern, HTMLDataListElement>;
  private readonly correcting = el("p", { class: "note", hidden: true });
  private readonly trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  private readonly draft: Draft;
  private corrects = "";

  constructor(
    private readonly door: Door,
    private readonly outbox: Outbox,
    private readonly desk: () => Desk | null,
  ) {
    const about = NAMES.flatMap((name) => [labelled(words[name], this.about[name]), this.lists[name]]);
    const form = el("form", { novalidate: true, onsubmit: (event: Event) => this.send(event) },
      this.correcting, labelled(words.text, this.text), labelled(words.flag, this.flag), ...about, this.trouble, el("button", { type: "submit", class: "primary" }, words.send));
    this.floating = new Floating(words.title, form, "entry-form");
    this.draft = new Draft("casevac.entry-draft", { text: this.text, flag: this.flag, ...this.about });
    if (this.flag.value === "") this.flag.value = "note";
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
  }

  /** `corrects`: the entry that this one puts right. What is chosen on the screen is offered as what it concerns. */
  open(corrects = ""): void {
    this.corrects = corrects;
    this.correcting.hidden = corrects === "";
    say(this.correcting, words.correcting(corrects));
    const desk = this.desk();
    for (const name of NAMES) {
      const known = Object.keys(desk?.picture.entities[CONCERNS[name]] ?? {}).slice(0, 500);
      this.lists[name].replaceChildren(...known.map((id) => el("option", { value: id })));
    }
    const chosen = desk?.selected;
    if (chosen && this.text.value === "" && chosen.kind in CONCERNS) this.about[chosen.kind as Concern].value = chosen.id;
    this.floating.show(this.text);
  }

  private send(event: Event): void {
    event.preventDefault();
    const text = this.text.value.trim();
    this.trouble.hidden = text !== "";
    if (text === "") {
      say(this.trouble, words.empty);
      return this.text.focus();
    }
    const body: Record<string, string> = { text, flag: this.flag.value || "note" };
    for (const name of NAMES) if (this.about[name].value.trim() !== "") body[name] = this.about[name].value.trim();
    if (this.corrects !== "") body["corrects"] = this.corrects;
    this.outbox.add(this.door.bound("api/entries/add"), body, words.label(text), Date.now());
    this.draft.forget();
    this.flag.value = "note";
    this.corrects = "";
    this.floating.close();
  }
}
