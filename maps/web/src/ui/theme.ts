/** Which of the three themes the page wears: `data-theme` on the root says it, the style sheet does the rest. */
import { strings } from "../strings";

export const THEMES = ["night", "day", "red"] as const;
export type Theme = (typeof THEMES)[number];

const SHELF = "casevac.theme";

/** What was chosen last on this machine; night where nothing was, for the watch works in the dark. */
export function rememberedTheme(shelf: Pick<Storage, "getItem"> = localStorage): Theme {
  const kept = shelf.getItem(SHELF);
  return THEMES.find((theme) => theme === kept) ?? "night";
}

export const nextTheme = (theme: Theme): Theme => THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as Theme;

export const shownTheme = (): Theme => THEMES.find((theme) => theme === document.documentElement.dataset["theme"]) ?? "night";

/** Wears a theme and remembers it. */
export function wear(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  localStorage.setItem(SHELF, theme);
}

/** Calls at each change, for what is drawn and not styled. */
export function onTheme(run: (theme: Theme) => void): void {
  new MutationObserver(() => run(shownTheme())).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}

export const themeName = (theme: Theme): string => strings.themes[theme];
