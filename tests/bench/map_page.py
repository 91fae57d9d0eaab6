"""The bench page of the map: built into a temporary folder, served on this machine, opened in Chromium."""

import functools
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.routing_timing import Missing, say
from tests.maps.browser import CHROMIUM

WEB = Path(__file__).parents[2] / "maps" / "web"
FLAGS = ["--no-sandbox", "--disable-gpu"]
SIZE = {"width": 1280, "height": 800}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (named so by the base class)
        """Nothing: a request is no progress."""


@contextmanager
def served() -> Iterator[str]:
    """The bench page on a free port of this machine: its address."""
    if shutil.which("npx") is None or not (WEB / "node_modules").is_dir():
        raise Missing("the page's packages are not there: cd maps/web && npm ci (Node 20 or later)")
    with tempfile.TemporaryDirectory(prefix="casevac-bench-page-") as folder:
        say("building the bench page")
        environment = {**os.environ, "CASEVAC_BENCH_OUT": folder}
        argv = ["npx", "vite", "build", "-c", "bench/vite.config.ts"]
        built = subprocess.run(argv, cwd=WEB, env=environment, capture_output=True, text=True, check=False)
        if built.returncode != 0:
            raise Missing(f"the bench page could not be built: {built.stderr[-2000:]}")
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium with no more flags than a figure may have."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, url: str, faults: list[str]) -> Iterator[Page]:
    """The page in a window of its own; what it complains of is added to `faults`."""
    context = browser.new_context(viewport=SIZE)  # type: ignore[arg-type]  (a dict of the two keys)
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(url)
    page.wait_for_function("window.bench !== undefined")
    yield page
    context.close()
