/** What tests/bench/map_paint.py asks of a browser: draw, and tell when it was on the screen. */
import "@fontsource-variable/inter/wght.css";
import "../src/style.css";
import type { Map as MapLibre } from "maplibre-gl";
import type { Theme } from "../src/ui/theme";
import { OperationsMap } from "../src/map/map";
import { el } from "../src/ui/dom";
import { ours, openLayers, setData } from "./engines";
import type { Draw } from "./engines";
import { Watch } from "./watch";
import { VIEW, World } from "./world";

type Engine = "ours" | "openlayers" | "setdata" | "none";

const ground = el("div", { class: "ground" });
const canvas = el("canvas", { class: "assets-canvas" });
const over = el("div", { class: "ground" });
over.style.pointerEvents = "none";
const box = el("div", { class: "map-box" }, ground, canvas, over);
document.body.append(box);

const troubles: string[] = [];
const nothing = (): undefined => undefined;
const events = { picked: nothing, moved: nothing, left: nothing, viewed: nothing, asked: nothing, trouble: (what: string) => troubles.push(what) };
const map = new OperationsMap(new URL(".", document.baseURI).href, ground, canvas, "night", events);
const under = (map as unknown as { map: MapLibre }).map; // the bench looks behind the curtain
let world = new World(0, 1, 1);
let draw: Draw = () => undefined;

/** A basemap in place, and an engine above it that has drawn once. */
async function start(engine: Engine, count: number): Promise<string[]> {
  under.jumpTo({ center: [VIEW.lon, VIEW.lat], zoom: VIEW.zoom });
  await document.fonts.load("650 12px 'Inter Variable'");
  if (!under.loaded()) await under.once("idle");
  world = new World(count, box.clientWidth, box.clientHeight);
  draw = { ours: () => ours(map), openlayers: () => openLayers(over, world.assets), setdata: () => setData(under, world.assets), none: () => () => undefined }[engine]();
  await draw(world.assets, world.now);
  await frames(2);
  return troubles;
}

const frames = async (many: number): Promise<void> => {
  for (let i = 0; i < many; i++) await new Promise((done) => requestAnimationFrame(done));
};

/** From the call to the presentation of the frame that holds it: a text node put beside the drawing is timed by the browser itself. */
async function painted(): Promise<{ ms: number; js: number }> {
  const assets = world.tick();
  const begun = performance.now();
  const waiting = draw(assets, world.now);
  const js = performance.now() - begun;
  await waiting;
  const shown = await presented();
  return { ms: shown - begun, js };
}

let proofs = 0;
async function presented(): Promise<number> {
  const name = `proof${proofs++}`;
  const proof = el("p", { elementtiming: name }, "·");
  proof.style.cssText = "position:fixed;inset-block-start:0;inset-inline-start:0;z-index:9;font-size:9px;color:#fff";
  const seen = new Promise<number>((done) => {
    const watch = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if ((entry as unknown as { identifier: string }).identifier !== name) continue;
        watch.disconnect();
        done((entry as unknown as { renderTime: number }).renderTime);
      }
    });
    watch.observe({ type: "element", buffered: false });
  });
  document.body.append(proof);
  const at = await seen;
  proof.remove();
  return at;
}

/** Updates a second apart, each begun at another moment of the screen's own rhythm. */
async function run(updates: number, everyMs: number): Promise<{ ms: number; js: number }[]> {
  const found: { ms: number; js: number }[] = [];
  for (let i = 0; i < updates; i++) {
    const begun = performance.now();
    found.push(await painted());
    await new Promise((done) => setTimeout(done, Math.max(20, everyMs - (performance.now() - begun)) + ((i * 7) % 17)));
  }
  return found;
}

let twelve: Watch | null = null;
/** So many seconds more of a watch in fast motion. */
const watch = (ticks: number): Promise<number> => (twelve ??= new Watch(map)).run(ticks);

function wear(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  map.layer.theme(theme);
}

/** The picture of a watch at a zoom in a theme, for the eye. */
async function show(zoom: number, theme: Theme): Promise<void> {
  wear(theme);
  under.jumpTo({ center: [VIEW.lon, VIEW.lat], zoom });
  await watch(twelve ? 1 : 400);
}

Object.assign(window, { bench: { start, run, watch, show, wear, later: (ms: number) => map.show(world.assets, world.now + ms), assets: () => map.assets(), troubles } });
