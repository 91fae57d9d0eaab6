/** The login: it covers the page and takes nothing away from what was typed under it. */
import type { Door } from "../commands/door";
import type { Me } from "../commands/person";
import { keepNothing, keepsNothing } from "../keep/kept";
import { strings } from "../strings";
import { el, mark, say } from "../ui/dom";
import { labelled } from "./form";

const words = strings.people;

export class Login {
  readonly node: HTMLDialogElement;
  private wanted = false;
  private readonly name = el("input", { name: "name", autocomplete: "username", autocapitalize: "none", spellcheck: "false", maxlength: 80, required: true });
  private readonly password = el("input", { name: "password", type: "password", autocomplete: "current-password", maxlength: 1024, required: true });
  private readonly note = el("p", { class: "note", hidden: true });
  private readonly waiting = el("p", { class: "note", hidden: true });
  private readonly trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  private readonly shared = el("input", { type: "checkbox", name: "shared" });
  private readonly send = el("button", { type: "submit", class: "primary" }, words.logIn);

  constructor(
    private readonly door: Door,
    private readonly entered: (me: Me) => void,
  ) {
    const form = el("form", { novalidate: true, onsubmit: (event: Event) => void this.submit(event) }, labelled(words.name, this.name), labelled(words.password, this.password), el("label", { class: "check" }, this.shared, strings.shell.kept.shared), this.trouble, this.send);
    this.node = el("dialog", { class: "login", closedby: "none", "aria-label": words.title, "data-testid": "login" }, el("h1", {}, strings.product), el("h2", {}, words.title), this.note, this.waiting, form);
    this.node.addEventListener("cancel", (event) => event.preventDefault()); // there is nothing to go back to
    this.node.addEventListener("close", () => this.wanted && this.node.showModal()); // browsers let a second Escape through
    this.node.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") event.preventDefault();
    });
  }

  get open(): boolean {
    return this.wanted;
  }

  /** `name` was here last; `kept` words wait for somebody to be logged in. */
  show(name: string, kept: number): void {
    this.waiting.hidden = kept === 0;
    say(this.waiting, words.waiting(kept));
    if (this.wanted) return;
    this.wanted = true;
    mark(document.body, "data-login", ""); // whatever happens to the dialog, nothing shows behind it
    if (this.name.value === "") this.name.value = name;
    this.trouble.hidden = true;
    this.shared.checked = keepsNothing();
    this.node.showModal();
    (this.name.value === "" ? this.name : this.password).focus();
  }

  /** What the server wants people to know before they log in. */
  tell(text: string): void {
    this.note.hidden = text === "";
    say(this.note, text);
  }

  close(): void {
    this.password.value = "";
    this.tell("");
    this.wanted = false;
    mark(document.body, "data-login", null);
    this.node.close();
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    const empty = [this.name, this.password].find((field) => field.value.trim() === "");
    if (empty) return this.wrong(strings.voice.missing(empty === this.name ? words.name : words.password), empty);
    this.send.disabled = true;
    say(this.send, words.loggingIn);
    try {
      await keepNothing(this.shared.checked);
      this.entered(await this.door.login(this.name.value, this.password.value));
    } catch (fault) {
      this.wrong(fault instanceof Error ? fault.message : String(fault), this.password);
      this.password.select();
    } finally {
      this.send.disabled = false;
      say(this.send, words.logIn);
    }
  }

  private wrong(text: string, field: HTMLInputElement): void {
    this.trouble.hidden = false;
    say(this.trouble, text);
    mark(field, "aria-invalid", "true");
    field.addEventListener("input", () => mark(field, "aria-invalid", null), { once: true });
    field.focus();
  }
}
