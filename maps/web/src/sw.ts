/** The service worker: keeps the page's own files, so that a reload without network still shows it. It never keeps an answer of /api. */

interface Lasting extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface Fetching extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
/** The part of a service worker's world that is used here: its types exclude those of a page. */
interface Scope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(name: "install" | "activate", run: (event: Lasting) => void): void;
  addEventListener(name: "fetch", run: (event: Fetching) => void): void;
}
interface Shell {
  version: string;
  files: string[];
}
declare const __CASEVAC_SHELL__: Shell; // written in at the build
const worker = self as unknown as Scope;
const shell = __CASEVAC_SHELL__;
const PREFIX = "casevac-shell-";
const HERE = PREFIX + shell.version;
const VERSIONS_KEPT = 2; // an open page of the version before may still ask for a part of itself
const PATIENCE_MS = 5000; // then the kept page is shown: a thin link must not hold up the watch

const scope = new URL(worker.registration.scope);

worker.addEventListener("install", (event) => {
  event.waitUntil(keepAll().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOld().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== scope.origin) return;
  const path = url.pathname.slice(scope.pathname.length - 1);
  if (request.mode === "navigate" && (path === "/" || path === "/index.html")) event.respondWith(page(request));
  else if (path.startsWith("/assets/") || path === "/icon.svg") event.respondWith(kept(request));
  else if (path.startsWith("/basemap/")) event.respondWith(kept(request));
});

/** All of one version or nothing: a page is never put together from two. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(HERE);
  await cache.addAll(shell.files.map((file) => new Request(new URL(file, scope), { cache: file === "./" ? "reload" : "default" })));
  const page = await cache.match(new URL("./", scope));
  if (!(await page?.text())?.includes(shell.version)) throw new Error("the server changed meanwhile"); // tried again at the next visit
}

async function forgetOld(): Promise<void> {
  const mine = (await caches.keys()).filter((name) => name.startsWith(PREFIX)); // in the order in which they were made
  const old = mine.filter((name) => name !== HERE).slice(0, -(VERSIONS_KEPT - 1));
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** The server's page while it answers, so that a new version begins with the next reload; else the kept one. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    const cache = await caches.open(HERE);
    return (await cache.match(new URL("./", scope))) ?? Response.error();
  }
}

/** What is kept under this address; else the server's, which is kept from now on. */
async function kept(request: Request): Promise<Response> {
  const cache = await caches.open(HERE);
  const known = (await cache.match(request)) ?? (await caches.match(request));
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok && answer.status === 200) await cache.put(request, answer.clone());
  return answer;
}
