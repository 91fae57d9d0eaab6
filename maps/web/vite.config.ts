import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { basemapFiles } from "./build/basemap";
import { leanFonts } from "./build/fonts";
import { leanMapStyles, shell } from "./build/shell";
import { standardSymbolsPlugin } from "./build/standard";

const require = createRequire(import.meta.url);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Files that no module imports: the basemap cells, and Leaflet for the after-action report written in Python. */
function ownFiles(): Plugin {
  return {
    name: "casevac-own-files",
    apply: "build",
    generateBundle() {
      for (const [name, source] of basemapFiles()) {
        this.emitFile({ type: "asset", fileName: `basemap/${name}`, source });
      }
      for (const name of ["leaflet.js", "leaflet.css"]) {
        const source = readFileSync(require.resolve(`leaflet/dist/${name}`), "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
        this.emitFile({ type: "asset", fileName: `report/${name}`, source });
      }
      const licence = readFileSync(require.resolve("leaflet/package.json").replace("package.json", "LICENSE"), "utf8");
      this.emitFile({ type: "asset", fileName: "report/LICENSE-leaflet.txt", source: licence });
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [leanMapStyles(), ownFiles(), leanFonts(), standardSymbolsPlugin(), shell(here("../static"))],
  worker: { format: "es" },
  build: {
    outDir: here("../static"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // a data: font or script would break the content security policy
    chunkSizeWarningLimit: 1500,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: here("index.html"), sw: here("src/sw.ts"), lite: here("src/lite.ts") },
      output: { entryFileNames: (chunk) => (chunk.name === "sw" || chunk.name === "lite" ? `${chunk.name}.js` : "assets/[name]-[hash].js") }, // their addresses must stay
    },
  },
  test: { include: ["test/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
