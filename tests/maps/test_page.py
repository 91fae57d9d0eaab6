"""The page against the real server and store, in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
LIVE = "window.casevac && window.casevac.state().link === 'LIVE'"


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A browser whose complaints and strange requests fail the test."""
    with browsing() as found:
        yield found
        assert found.complaints == []
        assert found.strangers() == []


def opened(watched: Watched, door: Door) -> Page:
    page = watched.context.new_page()
    page.goto(door.url)
    page.wait_for_function(LIVE)
    return page


def asset(page: Page, key: str) -> Any:
    return page.evaluate("key => window.casevac.layer.assets().find(one => one.key === key)", key)


def test_a_stored_position_moves_the_mark_on_the_canvas(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    story.move("amb-1", 18.8, 5.1)
    page = opened(watched, door)
    assert "EXERCISE" in page.locator("body").inner_text()
    page.wait_for_function(
        "window.casevac.layer.assets().some(one => one.kind === 'vehicle' && one.id === 'amb-1')"
    )
    before = page.evaluate("window.casevac.layer.assets().find(one => one.id === 'amb-1')")
    story.move("amb-1", 19.6, 6.2)
    page.wait_for_function(
        "x => { const one = window.casevac.layer.assets().find(one => one.id === 'amb-1');"
        " return one && Math.abs(one.x - x) > 20; }",
        arg=before["x"],
    )
    shot(page, tmp_path / "live.png")


def test_eight_tabs_of_one_browser_stay_live(door: Door, story: Story, watched: Watched) -> None:
    pages = [opened(watched, door) for _ in range(8)]
    seq = story.alert().seq
    for page in pages:
        page.wait_for_function("seq => window.casevac.state().seq === seq", arg=seq)
        assert page.evaluate("window.casevac.state().link") == "LIVE"
    assert door.get("/api/health")["live"]["viewers"] == 1  # one stream, shared by all tabs


def test_an_alert_is_raised_by_keyboard_alone(door: Door, story: Story, watched: Watched) -> None:
    page = opened(watched, door)
    page.keyboard.press("a")
    for number, text in enumerate(("PATROL 3", "19.1,5.75", "2", "mine strike")):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    wait_for(lambda: len(door.get("/api/casualties")) == 2)
    page.wait_for_function("window.casevac.state().counts.casualties === 2")
    assert door.get("/api/requests")[0]["who"] == "PATROL 3"


def test_the_replay_slider_changes_the_picture(door: Door, story: Story, watched: Watched) -> None:
    story.move("amb-1", 18.8, 5.1)
    page = opened(watched, door)
    story.alert(many=3)
    page.wait_for_function("window.casevac.state().counts.casualties === 3")
    page.keyboard.press("y")
    page.wait_for_function("window.casevac.state().replay")
    page.wait_for_selector("[data-testid=replay-slider]")
    page.locator("[data-testid=replay-slider]").evaluate(
        "slider => { slider.value = '0'; slider.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    page.wait_for_function("!window.casevac.layer.assets().some(one => one.kind === 'casualty')")
    page.locator("[data-testid=replay-slider]").evaluate(
        "slider => { slider.value = slider.max;"
        " slider.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    page.wait_for_function("window.casevac.layer.assets().some(one => one.kind === 'casualty')")


def test_the_page_comes_back_by_itself_after_the_server_was_gone(
    door: Door, story: Story, watched: Watched
) -> None:
    page = opened(watched, door)
    watched.context.set_offline(True)
    watched.context.set_offline(False)
    seq = story.alert().seq
    page.wait_for_function("seq => window.casevac.state().seq === seq", arg=seq)
