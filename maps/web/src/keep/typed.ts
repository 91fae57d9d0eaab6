/** What is typed and not sent yet, kept in this browser: gone when its writer logs out, and never kept on a machine that keeps nothing. */
import { TYPED, keepsNothing } from "./kept";

export type Typed = (typeof TYPED)[number];
const EMPTY = ["", "{}", "[]", "null"];
const GONE = "casevac-typed-gone";

export function keepTyped(name: Typed, text: string): void {
  if (keepsNothing()) localStorage.removeItem(name);
  else localStorage.setItem(name, text);
}

/** How many forms hold something that was not sent. */
export function typedDrafts(): number {
  return TYPED.filter((name) => !EMPTY.includes(localStorage.getItem(name) ?? "")).length;
}

/** Somebody logged out: nothing of what was typed stays, in the store or in a field. */
export function forgetTyped(): void {
  for (const name of TYPED) localStorage.removeItem(name);
  dispatchEvent(new Event(GONE));
}

export function whenForgotten(run: () => void): void {
  addEventListener(GONE, run);
}
