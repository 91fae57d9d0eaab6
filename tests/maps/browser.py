"""Debian's Chromium, watched: what it asked for, what it complained of."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

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


class Watched:
    """A browser context and everything that must not happen in it."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.complaints: list[str] = []
        self.requests: list[str] = []
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


@contextmanager
def browsing(
    size: tuple[int, int] = (1440, 900), *, trusting: bool = False, flags: tuple[str, ...] = ()
) -> Iterator[Watched]:
    """A fresh browser; a trusting one takes any certificate; `flags` beside the usual ones."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce",
            ignore_https_errors=trusting,
        )
        context.set_default_timeout(PATIENCE_S * 1000)
        yield Watched(context)
        browser.close()


def shot(page: Page, place: Path) -> bytes:
    """A screenshot, kept beside the test's own files."""
    return page.screenshot(path=place)


def until(page: Page, expression: str, arg: object = None) -> object:
    """What the expression becomes once it is true; asked from outside, since the page forbids eval."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := page.evaluate(expression, arg):
            return found
        page.wait_for_timeout(50)
    raise AssertionError(f"it did not come true in the page: {expression}")
