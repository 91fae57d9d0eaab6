"""Debian's Chromium, watched: what it asked for, what it complained of."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

PATIENCE_S = 60.0
expect.set_options(timeout=PATIENCE_S * 1000)
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
CONTROLLED = "navigator.serviceWorker && navigator.serviceWorker.controller !== null"  # all files are kept
VIOLATIONS = (
    "window.violations = []; addEventListener('securitypolicyviolation',"
    " one => window.violations.push(`${one.violatedDirective} ${one.blockedURI}`));"
)


class Watched:
    """A browser context and everything that must not happen in it."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []
        self.requests: list[str] = []
        context.set_default_timeout(PATIENCE_S * 1000)
        context.add_init_script(VIOLATIONS)
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("page", self._follow)

    def _follow(self, page: Page) -> None:
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type == "error" else None,
        )

    def strangers(self) -> list[str]:
        """Requests that left this machine."""
        ours = ("http://127.0.0.1:", "blob:", "data:", "file:")
        return [url for url in self.requests if not url.startswith(ours)]

    def beside(self) -> "Watched":
        """Another person in the same browser: with cookies, storage and workers of their own."""
        browser = self.context.browser
        assert browser is not None
        return Watched(_context(browser, (1440, 900), trusting=False))


def _context(browser: Browser, size: tuple[int, int], *, trusting: bool) -> BrowserContext:
    return browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        reduced_motion="reduce",
        ignore_https_errors=trusting,
    )


@contextmanager
def browsing(
    size: tuple[int, int] = (1440, 900), *, trusting: bool = False, flags: tuple[str, ...] = ()
) -> Iterator[Watched]:
    """A fresh browser; a trusting one takes any certificate; `flags` beside the usual ones."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        yield Watched(_context(browser, size, trusting=trusting))
        browser.close()


def logging_to(file: Path) -> tuple[str, ...]:
    """Flags by which the browser writes down all that its network stack does; its own errands go nowhere."""
    gone = "http://127.0.0.1:9"
    errands = ("gaia-url", "google-apis-url", "gcm-checkin-url", "autofill-server-url")
    return f"--log-net-log={file}", "--disable-domain-reliability", *(f"--{one}={gone}/" for one in errands)


def contacted(file: Path) -> set[str]:
    """Every host that a browser asked for, looked up or connected to, by its own network log.

    Workers are among them, and whatever the browser does beside what a page asks for.
    """
    told = file.read_text(encoding="utf-8", errors="replace").rstrip().rstrip(",")
    try:
        log = json.loads(told)
    except json.JSONDecodeError:  # the browser ended before it wrote the brackets
        log = json.loads(f"{told}]}}")
    names = {number: name for name, number in log["constants"]["logSourceType"].items()}
    return {
        host
        for event in log["events"]
        if not names[event["source"]["type"]].startswith("UDP")  # a look at routes, which sends nothing
        for host in _hosts(event.get("params", {}))
    }


def _hosts(params: dict[str, Any]) -> set[str]:
    """Hosts named by what an event tells: addresses of requests, names looked up, ends of connections."""
    url, host, address = (str(params.get(key, "")) for key in ("url", "host", "address"))
    found = re.findall(r"^(?:https?|wss?)://(\[[^\]]*\]|[^/:?#]+)", url)
    found += re.findall(r"^(?:https?://)?(\[[^\]]*\]|[^/:?#]+)", host)
    found += re.findall(r"^(\[[^\]]*\]|[^:]+):\d+$", address)
    return set(found)


def shot(page: Page, place: Path) -> bytes:
    """A screenshot, kept beside the test's own files."""
    return page.screenshot(path=place)


def until(page: Page, expression: str, arg: object = None) -> object:
    """What the expression becomes once it is true; asked from outside, since the page forbids eval.

    While a page is loaded anew what is asked of may not be there yet: a fault is told only when it stays.
    """
    end, fault = time.monotonic() + PATIENCE_S, None
    while time.monotonic() < end:
        try:
            if found := page.evaluate(expression, arg):
                return found
            fault = None
        except Error as met:
            fault = met
        page.wait_for_timeout(50)
    raise AssertionError(f"it did not come true in the page: {expression}") from fault
