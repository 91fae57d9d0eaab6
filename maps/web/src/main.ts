/** Starts the page. `window.casevac` is for people who look into it, tests and benches. */
import "./styles/font.css";
import "./style.css";
import { Page } from "./page";

const page = new Page();
const { map, layer } = page.handles();
Object.defineProperty(window, "casevac", { value: Object.freeze({ map: Object.freeze(map), layer: Object.freeze(layer), state: () => page.diagnostic() }) });
page.start();
