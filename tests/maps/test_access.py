"""Every screen in every theme against WCAG 2.2 AA, by axe-core in a real browser.

A new screen is one line of `SCREENS`: its name, and how a person opens it on the page.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casevac.access import AccountRole
from casevac.events import AlertRaised
from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.door import Door, serving
from tests.maps.mission import Story
from tests.maps.people import person
from tests.maps.planning import propose
from tests.maps.test_page import LIVE, SLIDE

AXE = STATIC.parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = pytest.mark.skipif(
    not STATIC.is_dir() or not AXE.is_file(), reason="build the page: cd maps/web && npm ci && npm run build"
)
THEMES = ("night", "day", "red")
RUN = """async () => {
  const rules = { "target-size": { enabled: true } };
  const found = await axe.run(document, { resultTypes: ["violations"], rules });
  return found.violations.flatMap(one => one.nodes.map(
    node => [one.id, ...node.target, node.html.slice(0, 99), node.failureSummary].join(": ").slice(0, 400)));
}"""


def press(*keys: str) -> Callable[[Page], None]:
    """Keys, one after another."""

    def run(page: Page) -> None:
        for key in keys:
            page.keyboard.press(key)

    return run


def write(*texts: str) -> Callable[[Page], None]:
    """Texts one after another into the field that has the focus, each gone on from by Enter but the last."""

    def run(page: Page) -> None:
        for text in texts[:-1]:
            page.keyboard.type(text)
            page.keyboard.press("Enter")
        page.keyboard.type(texts[-1])

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
    "palette": press("/"),
    "measure": press("e"),
    "draw menu": press("x"),
    "drawing": then(press("/", *"draw: closure", "Enter", "Enter"), seen("[data-testid=draw-preview] p")),
    "rings": press("/", *"range rings", "Enter"),
    "mark": press("g", *"19.1,5.7", "Enter"),
    "replay": replayed,
    "drawer": then(press("c", "Enter"), click("[data-testid=timeline] summary"), seen(".story li")),
    "compare": then(
        click("[data-testid=request-row]"),
        press("o"),
        seen("[data-testid=task]"),
        click("[data-testid=compare] summary"),
    ),
    "facility board": then(press("b"), seen("[data-testid=facility-card]")),
    "vehicle board": then(press("u"), seen("[data-testid=vehicle-card]")),
    "plan": then(press("0"), seen("[data-testid=plan-line]")),
    "plan opened": then(
        press("0"),
        click("[data-testid=plan-others] summary"),
        click("[data-testid=plan-choose]"),
        click("[data-testid=plan-approve-all]"),
        click("[data-testid=plan-change] summary"),
    ),
    "entry": then(press("i"), write("generator down")),
    "brief": then(press("h"), seen("[data-testid=brief-remarks]")),
    "filled nine-line": then(
        press("9"), seen("[name=pickup]"), write("19.1,5.75", "38.65", "PATROL 3", "2A")
    ),
    "layers": press("j"),
    "draw panel": then(press("/", *"draw: threat", "Enter"), seen("[data-testid=draw-panel]")),
}


POKES = """() => {
    const root = document.documentElement;
    const scrolls = root.scrollHeight > innerHeight || root.scrollWidth > innerWidth;
    const found = scrolls ? ["the page scrolls"] : [];
    for (const card of document.querySelectorAll(".board-card, .card, .plan-line")) {
        const edge = card.getBoundingClientRect().right;
        for (const one of card.querySelectorAll("*:not(.unseen)"))
            if (one.closest(".scroll") === null && one.getBoundingClientRect().right > edge + 1)
                found.push(`${one.tagName}.${one.className}: ${one.textContent.slice(0, 30)}`);
    }
    return found;
}"""


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
    propose(still)
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


def opened(told: Door, watched: Watched) -> Page:
    """The page, live, with the five casualties."""
    page = watched.context.new_page()
    page.goto(told.url)
    until(page, LIVE)
    until(page, "document.querySelectorAll('[data-testid=casualty-row]').length === 5")
    return page


def in_every_theme(page: Page, place: Path) -> list[str]:
    """Violations and a screenshot of the screen as it stands, in each theme."""
    found: list[str] = []
    for theme in THEMES:
        wear(page, theme)
        shot(page, place.with_name(f"{place.name}-{theme}.png"))
        found += [f"{theme}: {one}" for one in violations(page)]
    return found


@pytest.mark.parametrize("name", SCREENS)
def test_no_screen_has_a_violation_in_any_theme(
    told: Door, watched: Watched, name: str, tmp_path: Path
) -> None:
    page = opened(told, watched)
    SCREENS[name](page)
    found = in_every_theme(page, tmp_path / name)
    page.set_viewport_size({"width": 1024, "height": 600})  # a small laptop: lists scroll, the page never
    pokes = page.evaluate(POKES)
    shot(page, tmp_path / f"{name}-small.png")
    page.close()
    assert found == [], "\n".join(found)
    assert pokes == []


def test_the_login_has_no_violation_in_any_theme(story: Story, watched: Watched, tmp_path: Path) -> None:
    person(story, "amina", AccountRole.COORDINATOR)
    browser = watched.context.browser
    assert browser is not None
    with serving(story) as door:
        page = browser.new_context(reduced_motion="reduce").new_page()
        page.goto(door.url)
        until(page, "window.casevac && window.casevac.state().login")
        assert in_every_theme(page, tmp_path / "login") == []
        page.close()


@pytest.mark.parametrize("size", [(640, 450), (320, 256)], ids=["200%", "400%"])
def test_enlarged_text_needs_no_scrolling_in_two_directions(
    told: Door, watched: Watched, size: tuple[int, int], tmp_path: Path
) -> None:
    """A screen of 1280 pixels at that zoom is so many wide."""
    page = opened(told, watched)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for key in ("m", "t", "a", "Escape", "?", "Escape", "w"):
        page.keyboard.press(key)
        wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], key
    shot(page, tmp_path / "enlarged.png")
    page.close()


def test_a_closed_window_gives_the_focus_back(told: Door, watched: Watched) -> None:
    page = opened(told, watched)
    row = page.get_by_test_id("casualty-row").nth(2)
    row.focus()
    for key in ("a", "v", "?", "q"):
        page.keyboard.press(key)
        until(page, "document.querySelector('dialog[open]') !== null")
        page.keyboard.press("Escape")
        expect(row).to_be_focused()
    page.close()


def test_whoever_listens_is_told_how_many_wait(told: Door, watched: Watched) -> None:
    page = opened(told, watched)
    said = page.get_by_test_id("summary")
    expect(said).to_have_attribute("aria-live", "polite")
    expect(said).to_contain_text("4 casualties waiting")
    expect(said).to_contain_text("1 on the way")
    page.close()


def test_the_skip_link_leads_past_the_header(told: Door, watched: Watched) -> None:
    page = opened(told, watched)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".casualties :focus")).to_have_count(1)
    page.close()


def test_a_theme_is_remembered_and_red_light_is_red(told: Door, watched: Watched) -> None:
    page = opened(told, watched)
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "night")
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(root).to_have_attribute("data-theme", "red")
    page.reload()
    until(page, LIVE)
    expect(root).to_have_attribute("data-theme", "red")
    page.keyboard.press("n")
    expect(root).to_have_attribute("data-theme", "night")
    page.close()


def test_forced_colours_keep_every_word_and_shape(told: Door, watched: Watched, tmp_path: Path) -> None:
    page = opened(told, watched)
    page.emulate_media(forced_colors="active")
    shot(page, tmp_path / "forced.png")
    marks = page.locator(".category").evaluate_all(
        "all => all.map(one => getComputedStyle(one, '::before').borderTopWidth)"
    )
    assert marks and set(marks) == {"2px"}
    page.emulate_media(forced_colors="none")
    page.close()
