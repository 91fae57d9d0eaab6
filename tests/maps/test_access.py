"""Every screen in every theme against WCAG 2.2 AA, by axe-core in a real browser.

A new screen is one line of `SCREENS`: its name, and how a person opens it on the page.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from casevac.events import AlertRaised
from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.door import Door, serving
from tests.maps.mission import Story
from tests.maps.test_page import LIVE, SLIDE

AXE = STATIC.parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = pytest.mark.skipif(
    not STATIC.is_dir() or not AXE.is_file(), reason="build the page: cd maps/web && npm ci && npm run build"
)
THEMES = ("night", "day", "red")
RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.flatMap(one => one.nodes.map(
    node => `${one.id} at ${node.target.join(" ")}: ${node.html.slice(0, 120)}: ${node.failureSummary.slice(0, 260)}`));
}"""


def press(*keys: str) -> Callable[[Page], None]:
    """Keys, one after another."""

    def run(page: Page) -> None:
        for key in keys:
            page.keyboard.press(key)

    return run


def then(*steps: Callable[[Page], None]) -> Callable[[Page], None]:
    """Steps, one after another."""

    def run(page: Page) -> None:
        for step in steps:
            step(page)

    return run


def click(selector: str) -> Callable[[Page], None]:
    """The first that fits."""
    return lambda page: page.locator(selector).first.click()


def seen(selector: str) -> Callable[[Page], None]:
    """Wait until it is there."""
    return lambda page: page.locator(selector).first.wait_for(state="visible")


def replayed(page: Page) -> None:
    """The replay, at its beginning."""
    page.keyboard.press("y")
    until(page, "window.casevac.state().replay")
    page.locator("[data-testid=replay-slider]").evaluate(SLIDE, "min")


SCREENS: dict[str, Callable[[Page], None]] = {
    "map": press(),
    "casualty": click("[data-testid=casualty-row]"),
    "vehicle": then(press("t"), click("[data-testid=vehicle-row] button"), press("m")),
    "requests": press("r"),
    "options": then(click("[data-testid=request-row]"), press("o"), seen("[data-testid=task]")),
    "alarms": press("w"),
    "log": press("l"),
    "table": press("t"),
    "keys": press("?"),
    "alert": press("a"),
    "radio": press("v"),
    "nine-line": press("9"),
    "queue": press("q"),
    "replay": replayed,
}


@pytest.fixture(scope="module")
def told(still: Story) -> Iterator[Door]:
    """An exercise with something on every screen."""
    still.move("amb-1", 18.8, 5.1)
    still.move("phone", 18.9, 5.4, flags=("inaccurate",))
    alert = still.alert(many=3).body
    assert isinstance(alert, AlertRaised)
    still.alert("fall from a roof", many=1)
    still.triage(alert.casualties[0])
    still.load(alert.casualties[0])
    with serving(still) as door:
        call = {"kind": "casualty_reported", "speaker": "P", "lon": 19.1, "lat": 5.75}
        assert door.post("/api/voice", call | {"injury_at": "2020-01-01T00:00:00Z"}).status_code == 201
        yield door


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """One browser for all of them; what it complains of fails the module."""
    with browsing() as found:
        yield found
        assert found.complaints == []


def violations(page: Page) -> list[str]:
    """What axe-core has against the page as it stands."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(RUN)
    return found


def wear(page: Page, theme: str) -> None:
    """Change the colours as key N does."""
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)


@pytest.mark.parametrize("name", SCREENS)
def test_no_screen_has_a_violation_in_any_theme(
    told: Door, watched: Watched, name: str, tmp_path: Path
) -> None:
    page = watched.context.new_page()
    page.goto(told.url)
    until(page, LIVE)
    until(page, "document.querySelectorAll('[data-testid=casualty-row]').length === 5")
    SCREENS[name](page)
    found: list[str] = []
    for theme in THEMES:
        wear(page, theme)
        shot(page, tmp_path / f"{name}-{theme}.png")
        found += [f"{theme}: {one}" for one in violations(page)]
    page.close()
    assert found == [], "\n".join(found)
