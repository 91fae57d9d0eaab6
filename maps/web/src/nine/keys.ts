/** The keys of the form: a line by its number, the next field by Enter, one more casualty, the map, send. */
import { lineFields } from "./lines";

export interface NineKeys {
  form: HTMLFormElement;
  awake(): boolean;
  jump(line: number): void;
  addCasualty(): void;
  pickOnMap(): void;
  /** Empties a field in which a number stands that meant a line. */
  clear(field: HTMLInputElement): void;
  send: HTMLElement;
}

const COUNTED = new Map(lineFields(null).map((one) => [one.name, one.counts]));
const inLines = (field: HTMLElement): boolean => field.closest(".nine-lines") !== null;

export const fieldsOf = (form: HTMLFormElement): (HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[] =>
  [...form.querySelectorAll<HTMLInputElement>("input, select, textarea")].filter((one) => one.closest("[hidden]") === null);

export function bindNineKeys(keys: NineKeys): void {
  document.addEventListener("keydown", (event) => {
    if (!keys.awake() || event.defaultPrevented) return;
    const run = meant(event, keys);
    if (!run) return;
    event.preventDefault();
    run();
  });
}

function meant(event: KeyboardEvent, keys: NineKeys): (() => void) | null {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (event.altKey && !event.ctrlKey && digit) return () => keys.jump(Number(digit));
  if (event.altKey && event.code === "KeyC") return () => keys.addCasualty();
  if (event.altKey && event.code === "KeyM") return () => keys.pickOnMap();
  if (event.ctrlKey && event.key === "Enter") return () => keys.form.requestSubmit();
  if (event.ctrlKey || event.altKey || event.metaKey || !keys.form.contains(event.target as Node)) return null;
  const field = event.target instanceof HTMLInputElement && inLines(event.target) ? event.target : null;
  if (field?.value === "" && /^[1-9]$/.test(event.key) && COUNTED.get(field.name) === false) return () => keys.jump(Number(event.key)); // no number may stand there
  if (event.key !== "Enter" || event.shiftKey || event.target instanceof HTMLButtonElement) return null;
  if (field && /^[1-9]$/.test(field.value)) return () => toLine(field, keys);
  return () => next(event.target as HTMLElement, keys);
}

function toLine(field: HTMLInputElement, keys: NineKeys): void {
  const line = Number(field.value);
  keys.clear(field);
  keys.jump(line);
}

function next(from: HTMLElement, keys: NineKeys): void {
  const fields: HTMLElement[] = [...fieldsOf(keys.form), keys.send];
  fields[fields.indexOf(from) + 1]?.focus();
}
