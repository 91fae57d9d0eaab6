"""The 9-line form against the real server and store, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story
from tests.maps.test_page import REFUSED, opened

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
WAR = ("P", "two blast", "C green", "2C", "N", "flat")  # lines 6 to 9 in the letters of us-atp
LINES = ("19.1,5.75", "38.65", "PATROL 3", "1A 1C", "A", "1L 1A", *WAR)
LETTERS = "document.querySelector('[data-testid=nine-dialect]')?.textContent.includes('us-atp')"


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A browser whose complaints and strange requests fail the test."""
    with browsing() as found:
        yield found
        assert [one for one in found.complaints if REFUSED not in one and "409" not in one] == []
        assert found.strangers() == []


def begun(watched: Watched, door: Door) -> Page:
    page = opened(watched, door)
    page.keyboard.press("9")
    until(page, LETTERS)
    return page


def typed(page: Page, *texts: str) -> None:
    """Texts one after another, each gone on from by Enter; an empty one leaves its field as it is."""
    for text in texts:
        page.keyboard.type(text)
        page.keyboard.press("Enter")


def test_a_whole_sheet_by_keyboard_alone(door: Door, story: Story, watched: Watched, tmp_path: Path) -> None:
    page = begun(watched, door)
    typed(page, *LINES, "hot landing")
    typed(page, "PATROL 3")  # who spoke
    typed(page, "T1", "", "left leg", "pale", "P 120 BP 90/60 V", "tourniquet 1420Z", "34", "20", "5")
    shot(page, tmp_path / "typed.png")
    page.keyboard.press("Control+Enter")
    request = wait_for(lambda: door.get("/api/requests"))[0]
    told = request["nine_line"]
    assert told["launchable"]
    assert told["fields"]["precedences"] == {"urgent": 1, "priority": 1}
    assert (told["fields"]["litter"], told["fields"]["ambulatory"]) == (1, 1)
    assert told["fields"]["equipment"] == []
    assert told["fields"]["marking_detail"] == "green"
    assert told["fields"]["patients"] == {"non_us_military": 2}
    assert told["remarks"] == "hot landing"
    assert request["source"] == "voice"
    known = [door.get(f"/api/casualties/{one}") for one in request["casualties"]]
    first = next(one for one in known if one["category"] == "T1")
    assert len(known) == 2
    assert first["mist"]["injuries"] == "left leg"
    assert first["mist"]["age_years"] == 34
    assert first["vitals"]["latest"]["systolic"] == 90
    assert first["injury_uncertainty_s"] == 300
    assert story.count("SELECT count(*) FROM events WHERE kind = 'nine_line_sent'") == 1
    words = page.locator("[data-testid=read-back]")
    expect(words).to_contain_text("LINE THREE: ONE ALFA (urgent), ONE CHARLIE (priority)")
    expect(words).to_contain_text("I READ BACK")
    shot(page, tmp_path / "read-back.png")
    page.get_by_role("button", name="Read back confirmed").click()
    expect(page.locator("[data-testid=read-back-state]")).to_contain_text("confirmed by PATROL 3")
    assert door.get("/api/requests")[0]["nine_line"]["read_back"]["current"]
