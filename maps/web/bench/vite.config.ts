/** The bench page: built into a folder of its own (CASEVAC_BENCH_OUT), never shipped. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import page from "../vite.config";

const config = page as { plugins: unknown[]; build: Record<string, unknown> };

export default defineConfig({
  ...config,
  root: fileURLToPath(new URL(".", import.meta.url)),
  publicDir: false,
  build: {
    ...config.build,
    outDir: process.env["CASEVAC_BENCH_OUT"] ?? "/tmp/casevac-bench-page",
    rollupOptions: { input: fileURLToPath(new URL("index.html", import.meta.url)) },
  },
} as Parameters<typeof defineConfig>[0]);
