/** Every pair of colours that the page puts on each other, in every theme, against WCAG 2.2 AA. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { THEMES, nextTheme, rememberedTheme } from "../src/ui/theme";

const at = (path: string): URL => new URL(`../src/${path}`, import.meta.url);
const SHEET = readFileSync(at("style.css"), "utf8");
const AREAS = existsSync(at("styles")) ? readdirSync(at("styles")).filter((name) => name.endsWith(".css")).map((name) => readFileSync(at(`styles/${name}`), "utf8")) : [];
const RULES = [SHEET.slice(SHEET.indexOf(":root { --font")), ...AREAS].join("\n");

/** The variables a theme ends with: those of the root, and what the theme says otherwise. */
function variables(theme: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, selector, body] of SHEET.matchAll(/^(:root[^{\n]*)\{([^}]*)\}/gm)) {
    const named = [...(selector ?? "").matchAll(/data-theme="(\w+)"/g)].map(([, name]) => name);
    if (!/^:root\s*,/.test(selector ?? "") && !(named.includes(theme) && /^:root\[data-theme="\w+"\]\s*$/.test(selector ?? ""))) continue;
    for (const [, name, value] of (body ?? "").matchAll(/--([\w-]+):\s*([^;]+);/g)) found.set(name ?? "", (value ?? "").trim());
  }
  return found;
}

function rgb(text: string): [number, number, number] {
  const digits = text.slice(1);
  const full = digits.length === 3 ? [...digits].map((one) => one + one).join("") : digits;
  if (!/^[0-9a-f]{6}$/.test(full)) throw new Error(`${text} is no plain colour`);
  return [0, 2, 4].map((at) => Number.parseInt(full.slice(at, at + 2), 16)) as [number, number, number];
}

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(text: string): number {
  const [r, g, b] = rgb(text).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const TEXT = 4.5;
const SHAPE = 3;
const pairs: [string, string, number][] = [
  ...["ink", "soft", "link", "good", "warn", "bad"].flatMap((ink) => ["paper", "panel", "raised"].map((ground): [string, string, number] => [ink, ground, TEXT])),
  ...["focus", "line-strong"].flatMap((ink) => ["paper", "panel", "raised"].map((ground): [string, string, number] => [ink, ground, SHAPE])),
  ...["good", "warn", "bad", "ink"].flatMap((ink) => (ink === "ink" ? ["good", "warn", "bad"] : [ink]).map((ground): [string, string, number] => [ink, `${ground}-ground`, TEXT])),
  ...["primary", "alarm", "replay", "exercise", "well", "mark-replay", "t1", "t2", "t3", "t4", "dead", "unknown"].map((name): [string, string, number] => [`${name}-ink`, name, TEXT]),
  ["exercise-ink", "exercise-stripe", TEXT],
  ["panel", "ink", TEXT],
  ["bar-fill", "bar", 1.9],
  ["rim", "rim-outer", SHAPE],
];

describe.each(THEMES)("the %s theme", (theme) => {
  const all = variables(theme);
  it.each(pairs)("%s on %s has a contrast of %d", (ink, ground, least) => {
    expect(contrast(all.get(ink) ?? "", all.get(ground) ?? "")).toBeGreaterThanOrEqual(least);
  });
});

describe("red light", () => {
  it("is black and red alone", () => {
    for (const [name, value] of variables("red")) {
      if (!value.startsWith("#")) continue;
      const [r, g, b] = rgb(value);
      expect(r >= g && r >= b && Math.max(g, b) <= Math.max(4, r * 0.51), `--${name}: ${value}`).toBe(true);
    }
  });

  it("gives every colour of the page another value", () => {
    const [night, red] = [variables("night"), variables("red")];
    const kept = [...night].filter(([name, value]) => name !== "font" && red.get(name) === value);
    expect(kept).toEqual([]);
  });
});

it("no colour stands outside the variables", () => {
  expect(RULES.replace(/background: #f00; mix-blend-mode/, "").match(/#[0-9a-fA-F]{3,8}\b|\brgba?\(/g)).toBeNull();
});

it("no variable is used that no theme gives", () => {
  const given = new Set([...(SHEET + RULES).matchAll(/--([\w-]+):/g)].map(([, name]) => name));
  const used = [...RULES.matchAll(/var\(--([\w-]+)\)/g)].map(([, name]) => name); // one with a word of its own for when it is missing is given by a script
  expect(used.filter((name) => !given.has(name))).toEqual([]);
});

it("the themes follow each other round, and an unknown word is night", () => {
  expect(THEMES.map(nextTheme)).toEqual(["day", "red", "night"]);
  expect(rememberedTheme({ getItem: () => "pink" })).toBe("night");
  expect(rememberedTheme({ getItem: () => "red" })).toBe("red");
});
