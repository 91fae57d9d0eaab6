/** Prints what is on the screen, black on white; the map as an image of what was drawn, with its legend. */
import { strings } from "../strings";
import { dateTimeGroup } from "../times";
import { el } from "../ui/dom";
import "../styles/watch.css";

const DIALOG = "dialog.floating[open]";

/** `map` is where the canvases are; what is painted once is copied, for the printer sees no canvas of a GPU. */
export function printScreen(map: HTMLElement, now: number, frame: (draw: () => void) => void): void {
  const floating = document.querySelector<HTMLElement>(DIALOG);
  document.documentElement.toggleAttribute("data-print-window", floating !== null);
  const added: HTMLElement[] = [el("p", { class: "print-only" }, `${strings.watch.printed(dateTimeGroup(now))} · ${document.title}`)];
  frame(() => {
    if (!floating && !map.hidden) added.push(image(map));
    const host = floating ?? map.parentElement ?? document.body;
    host.prepend(...added);
    const clean = (): void => {
      for (const node of added) node.remove();
      document.documentElement.removeAttribute("data-print-window");
    };
    addEventListener("afterprint", clean, { once: true });
    window.print();
  });
}

function image(map: HTMLElement): HTMLElement {
  const box = map.getBoundingClientRect();
  const sheet = el("canvas", { class: "print-map", role: "img", "aria-label": strings.watch.mapImage, width: Math.round(box.width), height: Math.round(box.height) });
  const pen = sheet.getContext("2d");
  if (pen) {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, sheet.width, sheet.height);
    for (const canvas of map.querySelectorAll<HTMLCanvasElement>("canvas:not([hidden])")) if (canvas.width > 0 && canvas.height > 0) pen.drawImage(canvas, 0, 0, sheet.width, sheet.height);
  }
  return el("figure", { class: "print-only" }, sheet, el("figcaption", {}, strings.watch.legend));
}
