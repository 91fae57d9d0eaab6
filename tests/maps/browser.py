"""Debian's Chromium, watched: what it asked for, what it complained of."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

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
def browsing(size: tuple[int, int] = (1440, 900)) -> Iterator[Watched]:
    """A fresh browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
        context.set_default_timeout(60_000)
        yield Watched(context)
        browser.close()


def shot(page: Page, place: Path) -> bytes:
    """A screenshot, kept beside the test's own files."""
    return page.screenshot(path=place)
