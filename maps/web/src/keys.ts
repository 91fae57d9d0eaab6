/** One-key controls; silent while something is being typed. */

const TYPING = new Set(["INPUT", "SELECT", "TEXTAREA"]);

/** Binds single keys, case-blind. A key in a field, or with Ctrl, Alt or Meta, is left to the browser; while `held` none works. */
export function keysOn(target: Document, keys: Record<string, () => unknown>, held: () => boolean): void {
  target.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || held()) return;
    const within = event.target as HTMLElement | null;
    const range = within instanceof HTMLInputElement && within.type === "range";
    if (within && TYPING.has(within.tagName) && !range) return;
    if (event.key === " " && within?.tagName === "BUTTON") return; // the button's own key
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const run = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (!run) return;
    event.preventDefault();
    run();
  });
}
