"""The page against the real server and store, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from casevac.roof.home import Home
from casevac.zap import zap
from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.door import Door, serving, wait_for
from tests.maps.mission import Story, begin

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
SLIDE = (
    "(slider, end) => { slider.value = slider[end];"
    " slider.dispatchEvent(new Event('input', { bubbles: true })); }"
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
    until(page, LIVE)
    return page


def test_a_stored_position_moves_the_mark_on_the_canvas(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    story.move("amb-1", 18.8, 5.1)
    page = opened(watched, door)
    assert "EXERCISE" in page.locator("body").inner_text()
    until(page, "window.casevac.layer.assets().some(one => one.kind === 'vehicle' && one.id === 'amb-1')")
    before = page.evaluate("window.casevac.layer.assets().find(one => one.id === 'amb-1')")
    story.move("amb-1", 19.6, 6.2)
    until(
        page,
        "x => { const one = window.casevac.layer.assets().find(one => one.id === 'amb-1');"
        " return one && Math.abs(one.x - x) > 20; }",
        arg=before["x"],
    )
    shot(page, tmp_path / "live.png")


def test_eight_tabs_of_one_browser_stay_live(door: Door, story: Story, watched: Watched) -> None:
    pages = [opened(watched, door) for _ in range(8)]
    seq = story.alert().seq
    for page in pages:
        until(page, "seq => window.casevac.state().seq === seq", seq)
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
    until(page, "window.casevac.state().counts.casualties === 2")
    assert door.get("/api/requests")[0]["who"] == "PATROL 3"


def test_the_replay_slider_changes_the_picture(door: Door, story: Story, watched: Watched) -> None:
    story.move("amb-1", 18.8, 5.1)
    page = opened(watched, door)
    story.alert(many=3)
    until(page, "window.casevac.state().counts.casualties === 3")
    page.keyboard.press("y")
    until(page, "window.casevac.state().replay")
    page.wait_for_selector("[data-testid=replay-slider]")
    page.locator("[data-testid=replay-slider]").evaluate(SLIDE, "min")
    until(page, "!window.casevac.layer.assets().some(one => one.kind === 'casualty')")
    page.locator("[data-testid=replay-slider]").evaluate(SLIDE, "max")
    until(page, "window.casevac.layer.assets().some(one => one.kind === 'casualty')")


def test_the_page_comes_back_by_itself_after_the_server_was_gone(story: Story, watched: Watched) -> None:
    with serving(story) as door:
        page = opened(watched, door)
    until(page, "window.casevac.state().link === 'OFFLINE'")
    assert "No connection" in page.get_by_test_id("stale-banner").inner_text()
    alert = story.alert()
    with serving(story, door.port):
        until(page, LIVE)
        until(page, "seq => window.casevac.state().seq === seq", alert.seq)
        page.wait_for_selector(f"[data-testid=casualty-row][data-id='{zap(1000)}']")
        assert not page.get_by_test_id("stale-banner").is_visible()


def test_a_server_without_a_mission_is_not_offline(database_url: str, home: Home) -> None:
    """And the page is live by itself once a mission is opened."""
    story = Story(database_url, home.path)
    with serving(story) as door, browsing() as watched:
        page = watched.context.new_page()
        page.goto(door.url)
        until(page, "window.casevac.state().link === 'EMPTY'")
        assert "No mission is open" in page.locator(".wait").inner_text()
        assert not page.get_by_test_id("stale-banner").is_visible()
        begin(database_url, home.path)
        until(page, LIVE)
        assert not page.locator(".wait").is_visible()


def test_the_page_says_that_its_times_are_estimates(door: Door, watched: Watched) -> None:
    page = opened(watched, door)
    for panel in (".desk > .left", ".desk > .right"):
        assert "Times are planning estimates" in page.locator(panel).inner_text()


def test_what_is_heard_by_radio_is_entered_and_shown(door: Door, story: Story, watched: Watched) -> None:
    page = opened(watched, door)
    page.keyboard.press("v")
    form = page.locator("form", has=page.locator("select[name=kind]"))
    form.locator("select[name=kind]").select_option("casualty_reported")
    assert form.locator("select[name=category]").input_value() == "UNKNOWN"
    form.locator("input[name=where]").fill("19.1,5.75")
    form.locator("select[name=category]").select_option("T2")
    form.locator("input[name=injured]").fill("10")
    form.locator("input[name=speaker]").fill("PATROL 3")
    page.keyboard.press("Enter")
    (casualty,) = wait_for(lambda: door.get("/api/casualties"))
    assert (casualty["category"], casualty["source"], casualty["lon"]) == ("T2", "voice", 19.1)
    assert casualty["injury_at"]
    spoken = {"kind": "position", "speaker": "Sgt Ito", "vehicle": "amb-1", "lon": 18.9, "lat": 5.3}
    assert door.post("/api/voice", spoken).status_code == 201
    until(page, "window.casevac.layer.assets().some(one => one.id === 'amb-1')")
    place = page.evaluate("window.casevac.layer.assets().find(one => one.id === 'amb-1')")
    box = page.locator("canvas").last.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + place["x"], box["y"] + place["y"])
    until(page, "document.body.innerText.includes('by voice, Sgt Ito')")
    assert "1000 m" in page.locator("section.details").inner_text()
