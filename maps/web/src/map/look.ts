/** Colours of the live layer by theme. In red light only the red channel shines, so that eyes stay used to the dark. */
import type { Category } from "../live/protocol";
import type { Theme } from "../ui/theme";

interface Look {
  trail: readonly [string, string, string, string]; // newest first
  trailCase: string;
  leader: string; // where a moving thing is heading
  ink: string;
  staleInk: string;
  townInk: string;
  halo: string;
  ring: string;
  uncertain: string;
  incident: string;
  edge: readonly [string, string]; // two tones of an outline: outer, inner
  badge: string;
  badgeInk: string;
  stale: string;
  staleHatch: string;
  site: readonly [string, string, string]; // fill, edge, ink
  cluster: string;
  clusterInk: string;
}

export const LOOKS: Record<Theme, Look> = {
  night: {
    trail: ["#c4e4ff", "#7cb8f0", "#4a86c2", "#3a6390"], trailCase: "#0b141c", leader: "#ffffff", ink: "#f2f6f9", staleInk: "#b4bec6", townInk: "#9fb1bf",
    halo: "rgba(6,12,18,.92)", ring: "#ffe066", uncertain: "#ffb86b", incident: "#ffb86b", edge: ["#05090d", "#ffffff"], badge: "#05090d", badgeInk: "#ffffff",
    stale: "#9aa3ab", staleHatch: "rgba(20,28,36,.85)", site: ["#1d2a35", "#9fb4c4", "#d5e2eb"], cluster: "#24425c", clusterInk: "#ffffff",
  },
  day: {
    trail: ["#0b3f7d", "#2a6cb0", "#5b93cc", "#8fb4da"], trailCase: "#ffffff", leader: "#05090d", ink: "#0c1822", staleInk: "#535d65", townInk: "#4c5a66",
    halo: "rgba(255,255,255,.94)", ring: "#7a3b00", uncertain: "#a24b00", incident: "#ffb86b", edge: ["#05090d", "#ffffff"], badge: "#05090d", badgeInk: "#ffffff",
    stale: "#b3bac0", staleHatch: "rgba(20,28,36,.8)", site: ["#ffffff", "#3c5263", "#22394b"], cluster: "#dfeaf3", clusterInk: "#0c1822",
  },
  red: {
    trail: ["#ff9c86", "#d9543f", "#a3382a", "#74281e"], trailCase: "#0a0202", leader: "#ffb3a1", ink: "#ff9c86", staleInk: "#c25a48", townInk: "#a34a3c",
    halo: "rgba(10,2,2,.92)", ring: "#ffc4b5", uncertain: "#d9543f", incident: "#ff8a70", edge: ["#0a0202", "#ff9c86"], badge: "#0a0202", badgeInk: "#ff9c86",
    stale: "#8c4a3f", staleHatch: "rgba(20,2,2,.85)", site: ["#2a0c08", "#a34a3c", "#ff9c86"], cluster: "#4a150d", clusterInk: "#ffb3a1",
  },
};

export const CATEGORY_COLOUR: Record<Category, string> = { T1: "#d7263d", T2: "#ffd23f", T3: "#2ec4b6", T4: "#5b5f97", DEAD: "#111111", UNKNOWN: "#ffffff" };
export const CATEGORY_INK: Record<Category, string> = { T1: "#ffffff", T2: "#1a1400", T3: "#00201d", T4: "#ffffff", DEAD: "#ffffff", UNKNOWN: "#111111" };
const RED_COLOUR: Record<Category, string> = { T1: "#ff6a4d", T2: "#ffb3a1", T3: "#7a2015", T4: "#3a0f08", DEAD: "#0a0202", UNKNOWN: "#e0604a" };
const RED_INK: Record<Category, string> = { T1: "#1c0300", T2: "#1c0300", T3: "#ffc4b5", T4: "#ffb3a1", DEAD: "#ff9c86", UNKNOWN: "#1c0300" };

/** Fill and ink of a triage category. */
export function categoryLook(theme: Theme, category: Category): readonly [string, string] {
  return theme === "red" ? [RED_COLOUR[category], RED_INK[category]] : [CATEGORY_COLOUR[category], CATEGORY_INK[category]];
}

const NAMED: Record<string, readonly [number, number, number]> = { black: [0, 0, 0], white: [255, 255, 255] };

/** A colour as it is in a theme: itself by day and night, its lightness as red in red light. */
export function themed(theme: Theme, colour: string): string {
  if (theme !== "red") return colour;
  const [r, g, b] = channels(colour);
  const light = (0.3 * r + 0.59 * g + 0.11 * b) / 255;
  return `rgb(${Math.round(10 + 245 * light)},${Math.round(2 + 150 * light * light)},${Math.round(2 + 125 * light * light)})`;
}

/** Red, green and blue, 0..255, of `#rrggbb`, `rgb(r,g,b)`, black and white; anything else is grey. */
export function channels(colour: string): readonly [number, number, number] {
  const named = NAMED[colour];
  if (named) return named;
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (hex) return [parseInt(hex[1] as string, 16), parseInt(hex[2] as string, 16), parseInt(hex[3] as string, 16)];
  const parts = /^rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)/.exec(colour);
  return parts ? [Number(parts[1]), Number(parts[2]), Number(parts[3])] : [128, 128, 128];
}
