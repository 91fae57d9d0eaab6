/** Build step: the page's version, the list of files that its service worker keeps, and a brotli twin of every text file. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = /\.(?:js|css|html|json|svg|txt)$/;
const SMALLEST = 512; // bytes; a smaller answer fits one packet either way
const MANY = /^basemap\/-?\d/; // hundreds of small files, of which a screen shows a few: packed less, for the build's sake
const KEPT = [/^assets\/(?!.*(?:latin-ext|lite|plan-board)).*\.(?:js|css|woff2)$/, /^icon\.svg$/, /^basemap\/overview\.json$/];
const compress = promisify(brotliCompress);

interface Emitted {
  type: string;
  fileName: string;
  code?: string;
  source?: string | Uint8Array;
}

const bytesOf = (file: Emitted): Uint8Array => (file.code ?? file.source) instanceof Uint8Array ? (file.source as Uint8Array) : Buffer.from(String(file.code ?? file.source ?? ""));

/** Files that a reload without network needs, without the page itself, which is `./`. The plan is of no use without its server. Pure. */
export const shellList = (names: readonly string[]): string[] => names.filter((name) => KEPT.some((kind) => kind.test(name))).sort();

/** One short word for all of it: another word, another version. */
function versionOf(files: readonly Emitted[]): string {
  const hash = createHash("sha256");
  for (const file of [...files].sort((a, b) => (a.fileName < b.fileName ? -1 : 1))) hash.update(file.fileName).update(bytesOf(file));
  return hash.digest("hex").slice(0, 12);
}

/** Writes version and list into what was built: `__CASEVAC_BUILD__` of the page, `__CASEVAC_SHELL__` of the service worker. */
export function shell(outDir: string): Plugin {
  return {
    name: "casevac-shell",
    apply: "build",
    enforce: "post",
    generateBundle(_, bundle) {
      const files = Object.values(bundle) as Emitted[];
      const version = versionOf(files);
      const list = shellList([...files.map((file) => file.fileName), "icon.svg"]); // the icon is copied as it is
      for (const file of files) {
        if (file.fileName === "index.html") file.source = String(file.source).replace("__CASEVAC_BUILD__", version);
        if (file.fileName === "sw.js") file.code = String(file.code).replace("__CASEVAC_SHELL__", JSON.stringify({ version, files: ["./", ...list] }));
      }
      this.emitFile({ type: "asset", fileName: "build.json", source: JSON.stringify({ build: version }) });
    },
    async writeBundle({ dir }, bundle) {
      const texts = (Object.values(bundle) as Emitted[]).filter((file) => TEXT.test(file.fileName));
      await Promise.all(texts.map((file) => twin(join(dir ?? outDir, file.fileName), MANY.test(file.fileName) ? 6 : 11)));
    },
  };
}

async function twin(path: string, quality: number): Promise<void> {
  const plain = readFileSync(path);
  if (plain.length < SMALLEST) return;
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, BROTLI_PARAM_LGWIN } = constants;
  const packed = await compress(plain, { params: { [BROTLI_PARAM_QUALITY]: quality, [BROTLI_PARAM_LGWIN]: 22, [BROTLI_PARAM_SIZE_HINT]: plain.length } });
  writeFileSync(`${path}.br`, packed);
}

/** MapLibre's style sheet without the controls that this page has not: three quarters of it are their icons. */
export function leanMapStyles(): Plugin {
  const unused = /maplibregl-(?:popup|user-location|cooperative|mobile-message|marker|ctrl-(?:attrib|logo|compass|geolocate|fullscreen|shrink|terrain|globe))/;
  return {
    name: "casevac-lean-map-styles",
    enforce: "pre",
    transform(code, id) {
      if (!id.endsWith("maplibre-gl.css")) return null;
      const lean = code.replace(/([^{}]+)\{[^{}]*\}/g, (rule: string, selectors: string) => (selectors.split(",").every((one) => unused.test(one)) ? "" : rule));
      return { code: lean.replace(/@media[^{]+\{\s*\}/g, ""), map: null };
    },
  };
}
