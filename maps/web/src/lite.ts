/** The lite page's only script: asks for the tables again, lets the clocks run, says when the server is not heard. Without it the page reloads itself. */

const EVERY_MS = 10_000;
const SILENT_MS = 30_000;
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const two = (value: number): string => String(value).padStart(2, "0");

let offset = 0; // server time minus this machine's
let heardAt = Date.now();

const main = (): HTMLElement => document.querySelector("main") as HTMLElement;

/** `12 min`, `2 h 05`, `over 3 min`: as the server writes it. */
function span(ms: number): string {
  const total = Math.floor(Math.abs(ms) / 60_000);
  const words = total < 60 ? `${total} min` : `${Math.floor(total / 60)} h ${two(total % 60)}`;
  return ms >= 0 ? words : `over ${words}`;
}

/** Sets the clocks by the server's: the page itself knows the minute, an answer's head the second. */
function setClock(head: string | null): void {
  const told = Date.parse(head ?? main().dataset["now"] ?? "");
  if (Number.isFinite(told)) offset = told - heardAt;
}

function tick(): void {
  const now = Date.now() + offset;
  for (const node of document.querySelectorAll<HTMLTimeElement>("time[data-left]")) {
    const left = Date.parse(node.dateTime) - now;
    const words = span(left);
    if (node.textContent !== words) node.textContent = words;
    node.classList.toggle("bad", left < 0);
  }
  const at = new Date(now);
  const clock = document.getElementById("dtg");
  if (clock) clock.textContent = `${two(at.getUTCDate())}${two(at.getUTCHours())}${two(at.getUTCMinutes())}Z ${MONTHS[at.getUTCMonth()]} ${two(at.getUTCFullYear() % 100)}`;
  tell(Date.now() - heardAt);
}

function tell(silent: number): void {
  const node = document.getElementById("state");
  if (!node) return;
  const state = silent > SILENT_MS ? "OFFLINE" : "LIVE";
  const words = state === "LIVE" ? "LIVE" : `OFFLINE: as of ${Math.floor(silent / 60_000)} min ago`;
  node.dataset["state"] = state;
  if (node.textContent !== words) node.textContent = words;
}

async function refresh(): Promise<void> {
  try {
    const answer = await fetch(location.href, { cache: "no-cache", signal: AbortSignal.timeout(EVERY_MS) }); // by its ETag: unchanged tables are not sent again
    if (answer.redirected) return location.assign(answer.url); // the session has ended
    if (!answer.ok) return;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    heardAt = Date.now();
    setClock(answer.headers.get("date"));
    if (!next || next.isEqualNode(main())) return;
    const [scrolled, focused] = [document.documentElement.scrollTop, document.activeElement?.getAttribute("aria-labelledby")];
    main().replaceWith(document.adoptNode(next));
    tick();
    document.documentElement.scrollTop = scrolled;
    if (focused) document.querySelector<HTMLElement>(`[aria-labelledby="${focused}"]`)?.focus({ preventScroll: true });
  } catch {
    tell(Date.now() - heardAt);
  }
}

setClock(null);
tick();
void refresh();
setInterval(tick, 1000);
setInterval(() => void refresh(), EVERY_MS);
