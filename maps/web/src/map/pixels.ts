/** The map on whole pixels of the screen: between two of them every canvas is blurred, and drawn many times slower without a GPU. */

const STEPS = [1, 2, 4, 5, 8, 10]; // CSS pixels that can be whole device pixels: 4 at a ratio of 1.25

/** Where a box of these edges holds whole pixels, in CSS pixels from its top left corner. Pure. */
export function wholePixels({ left, top, right, bottom }: Pick<DOMRect, "left" | "top" | "right" | "bottom">, ratio: number): { left: number; top: number; width: number; height: number } {
  const step = STEPS.find((each) => Math.abs(each * ratio - Math.round(each * ratio)) < 1e-3) ?? 1;
  const first = (edge: number): number => Math.ceil(edge * ratio - 1e-3) / ratio;
  const long = (from: number, to: number): number => step * Math.floor((to - from + 1e-3) / step);
  return { left: first(left) - left, top: first(top) - top, width: long(first(left), right), height: long(first(top), bottom) };
}

/** Tells the styles of the map's canvases where they lie in their box. */
export function onWholePixels(box: HTMLElement): void {
  const found = wholePixels(box.getBoundingClientRect(), window.devicePixelRatio || 1);
  if (found.width <= 0 || found.height <= 0) return; // hidden
  for (const [name, value] of Object.entries(found)) box.style.setProperty(`--map-${name}`, `${value}px`);
}
