/** How a language counts and writes numbers; the catalogue asks here, so that another language changes one place. */

export const LANGUAGE = "en";
export const LANGUAGES: readonly (readonly [code: string, name: string, dir: "ltr" | "rtl"])[] = [["en", "English", "ltr"]];

const rules = new Intl.PluralRules(LANGUAGE);
const numbers = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 1 });
type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** `{n}` of the form that fits the number: `plural(2, { one: "{n} casualty", other: "{n} casualties" })`. */
export const plural = (n: number, forms: Forms): string => (forms[rules.select(n)] ?? forms.other).replaceAll("{n}", numbers.format(n));

export const num = (n: number): string => numbers.format(n);

/** Parts of a sentence put in where the language wants them: `put("{a} of {b}", { a: 1, b: 2 })`. */
export const put = (sentence: string, parts: Record<string, string | number>): string =>
  sentence.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(parts, name) ? String(parts[name]) : whole));
