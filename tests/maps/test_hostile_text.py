"""Names and texts that want to be markup, turn the line round, or fill the screen; clocks that are wrong."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casevac.events import AlertRaised, VehicleRegistered
from casevac.terms import VehicleKind
from maps.guard import POLICY
from maps.server import STATIC
from tests.maps.browser import Watched, shot, until
from tests.maps.door import Door, serving
from tests.maps.mission import Story
from tests.maps.test_page import LIVE
from tests.maps.test_screens import hurt

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
CALLSIGNS = {
    "markup": "<img src=x onerror=alert(1)>",
    "turned": "AMB \u202e3 BMA\u2066 hidden\u200b",
    "emoji": "🚑🏴\u200d☠️ AMB é ب",
    "long": "W" * 80,
}
WIDER = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
FAR = {"markup": 18.6, "turned": 18.9, "emoji": 19.2, "long": 19.5}


def opened(watched: Watched, door: Door) -> Page:
    page = watched.context.new_page()
    page.goto(door.url)
    until(page, LIVE)
    return page


@pytest.fixture
def hostile(story: Story) -> Iterator[Door]:
    """Four vehicles with such callsigns, and an alert of as many characters as one may have."""
    for key, callsign in CALLSIGNS.items():
        story.happen(
            VehicleRegistered(
                id=f"v-{key}",
                callsign=callsign,
                vehicle_kind=VehicleKind.GROUND,
                profile="ambulance",
                litters=1,
                seats=1,
                device="phone" if key == "long" else f"d-{key}",
            )
        )
    story.move("phone", FAR["long"], 5.3)
    story.move("amb-1", FAR["markup"], 5.3)
    story.alert("bleeding \u202e" + "X" * 1900)
    with serving(story) as door:
        yield door


@pytest.mark.parametrize("width", [1440, 640, 360])
def test_hostile_names_leave_the_page_whole(
    hostile: Door, watched: Watched, tmp_path: Path, width: int
) -> None:
    page = opened(watched, hostile)
    page.set_viewport_size({"width": width, "height": 900})
    page.keyboard.press("r")
    expect(page.get_by_test_id("request-row").first).to_contain_text("bleeding \u2423X")
    shot(page, tmp_path / "map.png")
    assert page.evaluate(WIDER)
    until(page, "window.casevac.layer.assets().some(one => one.id === 'v-long')")
    page.keyboard.press("t")
    rows = page.get_by_test_id("vehicle-row")
    expect(rows.filter(has_text="onerror")).to_contain_text(CALLSIGNS["markup"])
    expect(rows.filter(has_text="BMA")).to_contain_text("AMB \u24233 BMA\u2423 hidden\u2423")
    expect(rows.filter(has_text="🚑")).to_contain_text(CALLSIGNS["emoji"])
    assert page.evaluate(WIDER)
    assert page.locator("main img").count() == 0
    shot(page, tmp_path / "table.png")


def test_a_long_text_is_clipped_in_lists_and_whole_in_the_details(hostile: Door, watched: Watched) -> None:
    page = opened(watched, hostile)
    page.keyboard.press("t")
    row = page.get_by_test_id("request-row-table").first
    assert len(row.inner_text()) < 500
    assert row.bounding_box()["height"] < 80  # type: ignore[index]  # it is on the screen
    until(page, "document.body.textContent.includes('X'.repeat(1900))")


@pytest.mark.parametrize(("minutes", "word"), [(65, "ahead of"), (-65, "behind")])
def test_the_servers_time_is_shown_by_a_browser_whose_clock_is_wrong(
    door: Door, story: Story, watched: Watched, minutes: int, word: str
) -> None:
    """By more than an hour; the link is in the page itself, for a worker has a clock of its own here."""
    story.happen(hurt(1, 80))
    page = watched.context.new_page()
    page.add_init_script("delete window.SharedWorker")
    page.clock.install(time=datetime.now(UTC) + timedelta(minutes=minutes))
    page.goto(door.url)
    until(page, LIVE)
    until(page, "off => Math.abs(window.casevac.state().offsetMs + off) < 120000", minutes * 60_000)
    expect(page.get_by_test_id("toasts")).to_contain_text(f"{word} the server")
    now = datetime.now(UTC)
    shown = page.locator(".dtg").inner_text()
    assert shown[:6] in {
        f"{at:%d%H%M}" for at in (now, now - timedelta(minutes=1), now + timedelta(minutes=1))
    }
    expect(page.locator("[data-testid=casualty-row] .left")).to_have_text(re.compile(r"[5-9]:\d\d left"))


def test_the_policy_is_strict_and_nothing_breaks_it(door: Door, story: Story, watched: Watched) -> None:
    alert = story.alert().body
    assert isinstance(alert, AlertRaised)
    story.move("amb-1", 18.8, 5.1)
    answer = door.http.get("/")
    assert answer.headers["content-security-policy"] == POLICY
    rules = {rule.split()[0]: rule.split()[1:] for rule in POLICY.split("; ")}
    for kind in ("default-src", "script-src", "worker-src", "style-src", "connect-src"):
        assert rules[kind] == ["'self'"], kind
    page = opened(watched, door)
    for key in ("a", "Escape", "v", "Escape", "?", "Escape", "t", "m", "n", "n", "n", "l", "w", "d", "r"):
        page.keyboard.press(key)
    page.locator("[data-testid=request-row]").first.click()
    page.keyboard.press("o")
    page.wait_for_selector("[data-testid=task]")
    page.keyboard.press("y")
    until(page, "window.casevac.state().replay")
