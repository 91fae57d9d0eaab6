"""The watch in real browsers: alarms that every window shares, the log, the hand-over, the last picture."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from casevac.store import log
from casevac.view import View
from maps.keepsake import Keepsake
from maps.server import STATIC
from maps.watchman import Watchman
from tests.maps.browser import Watched, browsing, until
from tests.maps.door import serving, wait_for
from tests.maps.mission import Story, soon
from tests.maps.test_page import LIVE, REFUSED, opened

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
RINGS = "document.body.dataset.ringing || ''"


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A browser whose complaints and strange requests fail the test."""
    with browsing() as found:
        yield found
        assert [one for one in found.complaints if REFUSED not in one and "409" not in one] == []
        assert found.strangers() == []


@contextmanager
def keeping_watch(story: Story, every_s: float = 0.0, kept: int = 3) -> Iterator[Watchman]:
    """The part that raises alarms, for the length of a block."""
    keepsake = Keepsake(story.home, STATIC, kept)

    def write(view: View, trouble: Sequence[str]) -> None:
        keepsake.write(view, trouble)

    one = Watchman(story.url, dict, write, every_s)
    thread = threading.Thread(target=one.run, args=(lambda: None,))
    thread.start()
    try:
        yield one
    finally:
        one.stop()
        thread.join(30)
        assert not thread.is_alive()


def alarmed(story: Story) -> str:
    """A request that nobody acknowledged for ten minutes; returns the id of its alarm."""
    call = story.call()
    story.happen(call, at=soon(-600))
    return f"unacknowledged:{call.request}"


def kinds(story: Story, *wanted: str) -> list[str]:
    db = story.db()
    with db:
        found = [event.kind for event in log.read(db, story.id, kinds=wanted)]
    db.close()
    return found


def test_an_alarm_acknowledged_in_one_window_stops_in_the_other_and_outlives_the_server(
    story: Story, watched: Watched
) -> None:
    key = alarmed(story)
    with keeping_watch(story), serving(story) as door:
        here, there = opened(watched, door), opened(watched, door)
        for page in (here, there):
            until(page, f"({RINGS}) !== ''")
            expect(page.get_by_test_id("sound-banner")).to_be_visible()
        here.keyboard.press("w")  # the first gesture: the browser lets the page sound
        expect(here.get_by_test_id("sound-banner")).to_be_hidden()
        wait_for(lambda: kinds(story, "alarm_raised"))
        rung = int(here.evaluate(RINGS))
        here.locator(f'[data-testid="ack"][data-id="{key}"]').click()
        until(there, f"Number({RINGS} || 0) < {rung}")
        there.keyboard.press("w")
        row = there.locator(f'[data-testid="alarm-row"][data-id="{key}"]')
        expect(row).to_contain_text("seen by watch-keeper")
        expect(there.locator(f'[data-testid="ack"][data-id="{key}"]')).to_be_hidden()
        port = door.port
    with serving(story, port) as door:
        looks = {one["id"]: one for one in door.get("/api/alarms")}
        assert looks[key]["acknowledged_by"], "a new server knows who has looked"
        until(there, LIVE)
        expect(there.locator(f'[data-testid="ack"][data-id="{key}"]')).to_be_hidden()
    assert kinds(story, "alarm_acknowledged") == ["alarm_acknowledged"]


def test_the_key_k_acknowledges_the_gravest_and_a_lost_link_rings_on_this_page(
    story: Story, watched: Watched
) -> None:
    alarmed(story)
    with serving(story) as door:
        page = opened(watched, door)
        until(page, f"({RINGS}) !== ''")
        while page.evaluate(RINGS):
            before = page.evaluate(RINGS)
            page.keyboard.press("k")
            until(page, f"({RINGS}) !== {before!r}")
        assert len(kinds(story, "alarm_acknowledged")) >= 1
    until(page, f"({RINGS}) === '1'")
    page.keyboard.press("w")
    expect(page.get_by_test_id("alarm-row").first).to_contain_text("has lost its server")
    page.keyboard.press("k")
    until(page, f"({RINGS}) === ''")


def test_who_acknowledges_second_is_told_who_was_first(story: Story) -> None:
    key = alarmed(story)
    with serving(story) as door:
        wait_for(lambda: any(one["id"] == key for one in door.get("/api/alarms")))
        first = door.post("/api/alarms/ack", {"alarm": key, "by": "amina"}, key="one")
        assert first.status_code == 201, first.text
        assert door.post("/api/alarms/ack", {"alarm": key, "by": "amina"}, key="one").status_code == 201
        second = door.post("/api/alarms/ack", {"alarm": key, "by": "musa"})
        assert (second.status_code, "amina" in second.text) == (409, True)
        assert door.post("/api/alarms/ack", {"alarm": "nothing"}).status_code == 404
