"""A page whose link is lost while things happen: it says so, and afterwards has every event exactly once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from maps.server import STATIC
from tests.faults.proxy import Proxy
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story
from tests.maps.test_page import LIVE

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
SEQS = "window.casevac.state().log"
ROWS = "[...document.querySelectorAll('[data-testid=request-row]')].map(one => one.dataset.id)"


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A browser; that its requests fail while the link is away is what it is for."""
    with browsing() as found:
        yield found
        assert [text for text in found.complaints if "net::ERR_" not in text] == []
        assert found.strangers() == []


def opened(watched: Watched, link: Proxy) -> Page:
    page = watched.context.new_page()
    page.goto(f"http://127.0.0.1:{link.port}")
    until(page, LIVE)
    return page


def stored(story: Story) -> list[int]:
    """The number of every event of the mission that is stored."""
    db = story.db()
    with db, db.cursor() as cursor:
        cursor.execute("SELECT seq FROM events WHERE mission = %s ORDER BY seq", (story.id,))
        found = [int(seq) for (seq,) in cursor]
    db.close()
    return found


def typed(page: Page, who: str) -> None:
    """An alert by keyboard."""
    page.keyboard.press("a")
    for number, text in enumerate((who, "19.1,5.75", "1", "fall")):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("how", ["cut", "blackhole"])
def test_after_a_lost_link_every_event_is_there_exactly_once(
    door: Door, story: Story, watched: Watched, tmp_path: Path, how: str
) -> None:
    """Broken off at once, or so that neither side hears of it; twice in the same watch."""
    with Proxy(door.port) as link:
        page, other = opened(watched, link), opened(watched, link)  # two tabs share the one stream
        story.alert()
        for outage in range(2 if how == "cut" else 1):
            getattr(link, how)()
            for _ in range(5):
                story.alert()
                story.move("amb-1", 18.7 + outage / 10, 5.0)
            until(page, "window.casevac.state().link === 'OFFLINE'")
            for one in (page, other):
                expect(one.get_by_test_id("stale-banner")).to_be_visible()
            known = page.evaluate("window.casevac.state().seq")
            assert known < max(stored(story))
            shot(page, tmp_path / f"{how}-{outage}.png")
            typed(page, f"CUT {outage}")
            expect(page.get_by_test_id("queue-badge")).to_be_visible()
            link.mend()
            last = wait_for(lambda: story.alert().seq)
            for one in (page, other):
                until(one, "seq => window.casevac.state().seq >= seq", last)
                until(one, LIVE)
                expect(one.get_by_test_id("stale-banner")).to_be_hidden()
            expect(page.get_by_test_id("queue-badge")).to_be_hidden()
        everything = stored(story)
        requests = [one["id"] for one in door.get("/api/requests")]
        assert [one["who"] for one in door.get("/api/requests")].count("CUT 0") == 1
        for one in (page, other):
            until(one, "seq => window.casevac.state().seq === seq", everything[-1])
            seen = one.evaluate(SEQS)
            assert sorted(seen) == [seq for seq in everything if seq >= min(seen)]
            assert len(seen) > 10
            until(one, f"count => ({ROWS}).length === count", len(requests))
            assert sorted(one.evaluate(ROWS)) == sorted(requests)
        until(page, "window.casevac.layer.assets().some(one => one.id === 'amb-1')")
        page.close()
        other.close()
