/** Build step: the fonts cut down to the weights and letters that the page uses; tabular figures stay. */
import { createRequire } from "node:module";
import type { Plugin } from "vite";

type Subset = (font: Buffer, letters: string, options: { targetFormat: "woff2"; variationAxes: Record<string, { min: number; max: number; default: number }> }) => Promise<Buffer>;
const subset = createRequire(import.meta.url)("subset-font") as Subset;

const WEIGHTS = { min: 400, max: 800, default: 400 };
const letters = (...ranges: [number, number][]): string => ranges.map(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => String.fromCodePoint(from + at)).join("")).join("");
const CUTS: [part: RegExp, letters: string][] = [
  [/inter-latin-ext-wght/, letters([0x100, 0x2ba], [0x1e00, 0x1eff])],
  [/inter-latin-wght/, letters([0x20, 0x7e], [0xa0, 0xff], [0x2010, 0x2026]) + "ŒœŠšŽžŸı‹›€™←↑→↓−≤≥≈×"],
];

export function leanFonts(): Plugin {
  return {
    name: "casevac-lean-fonts",
    apply: "build",
    async generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        const cut = CUTS.find(([part]) => part.test(file.fileName));
        if (cut && file.type === "asset") file.source = await subset(Buffer.from(file.source), cut[1], { targetFormat: "woff2", variationAxes: { wght: WEIGHTS } });
      }
    },
  };
}
