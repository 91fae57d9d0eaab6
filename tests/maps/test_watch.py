"""The watch in real browsers: alarms that every window shares, the log, the hand-over, the last picture."""

import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casevac.store import log
from casevac.view import View
from maps.keepsake import Keepsake
from maps.server import STATIC
from maps.watchman import Watchman
from tests.maps.browser import Watched, browsing, until
from tests.maps.door import PATIENCE_S, serving, wait_for
from tests.maps.mission import Story, soon
from tests.maps.test_page import LIVE, REFUSED, opened

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
RINGS = "document.body.dataset.ringing || ''"
PRESS_FOR_EACH = """() => {
    const rung = Number(document.body.dataset.ringing ?? 0);
    for (let n = rung; n > 0; n -= 1)
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "k", bubbles: true }));
    return rung;
}"""


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
    story.happen(call, at=soon(-900))  # past every first limit: nothing new rings while a test looks
    return f"unacknowledged:{call.request}"


def kinds(story: Story, *wanted: str) -> list[str]:
    db = story.db()
    with db:
        found = [event.kind for event in log.read(db, story.id, kinds=wanted)]
    db.close()
    return found


def silenced(page: Page) -> None:
    """Press K until nothing rings."""
    end = time.monotonic() + PATIENCE_S
    while page.evaluate(RINGS):
        assert time.monotonic() < end, "it rings on"
        page.keyboard.press("k")
        page.wait_for_timeout(100)


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


HEARD = """
  window.heard = { tones: 0, contexts: [] };
  window.AudioContext = class extends AudioContext {
    constructor(...given) { super(...given); window.heard.contexts.push(this); }
    createOscillator() { window.heard.tones += 1; return super.createOscillator(); }
  };
"""


def test_an_alarm_sounds_again_and_again_and_between_two_calls_the_loudspeaker_rests(
    story: Story, watched: Watched
) -> None:
    watched.context.add_init_script(HEARD)
    alarmed(story)
    with serving(story) as door:
        page = opened(watched, door)
        until(page, f"({RINGS}) !== ''")
        page.keyboard.press("w")  # the gesture that the browser demands
        for _ in range(3):
            tones = page.evaluate("window.heard.tones")
            until(page, f"window.heard.tones > {tones}")
            until(page, "window.heard.contexts.every((one) => one.state === 'suspended')")
        expect(page.get_by_test_id("sound-banner")).to_be_hidden()
        page.emulate_media(reduced_motion="no-preference")
        until(page, "document.querySelector('.alarm-badge[data-dim]') !== null")
        until(page, "document.querySelector('.alarm-badge:not([data-dim])') !== null")
        assert page.evaluate("document.getAnimations().length") == 0, "nothing wakes the browser in between"
        silenced(page)


def test_the_key_k_acknowledges_the_gravest_and_a_lost_link_rings_on_this_page(
    story: Story, watched: Watched
) -> None:
    alarmed(story)
    with serving(story) as door:
        page = opened(watched, door)
        until(page, f"({RINGS}) !== ''")
        silenced(page)
        wait_for(lambda: kinds(story, "alarm_acknowledged"))  # it stops at once, its word travels after it
    page.keyboard.press("w")
    lost = page.locator('[data-testid="alarm-row"][data-id="local:link"]')
    expect(lost).to_contain_text("has lost its server")
    silenced(page)


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


def test_an_entry_is_written_found_and_corrected_by_a_later_one(story: Story, watched: Watched) -> None:
    story.alert()
    with serving(story) as door:
        page = opened(watched, door)
        page.keyboard.press("l")
        page.keyboard.press("i")
        page.get_by_test_id("entry-text").fill("generator down, radio on battery")
        page.get_by_label("Weight").select_option("important")
        page.get_by_role("button", name="Write", exact=True).click()
        row = page.locator('[data-kind="watch_entry_made"]')
        expect(row).to_contain_text("generator down")
        row.get_by_test_id("correct").click()
        page.get_by_test_id("entry-text").fill("it was the radio")
        page.get_by_role("button", name="Write", exact=True).click()
        expect(page.locator("[data-corrected]")).to_contain_text("generator down")
        page.locator(".log-search summary").click()
        page.get_by_test_id("log-text").fill("the radio")
        expect(page.locator("[data-seq]")).to_have_count(1)
        found = door.get("/api/log", topic="entry")
        assert [one["corrects"] is None for one in found["lines"]] == [False, True]
        assert door.get("/api/log", limit=1)["more"]
        assert door.get("/api/log", q="100%_nothing")["lines"] == []
        assert door.http.get("/api/log", params={"topic": "x"}).status_code == 422


def test_the_brief_is_one_page_of_paper_and_both_sign_it(
    story: Story, watched: Watched, tmp_path: Path
) -> None:
    for _ in range(12):
        alarmed(story)
    with serving(story) as door:
        assert door.post("/api/entries/add", {"text": "watch the ford", "flag": "urgent"}).status_code == 201
        page = opened(watched, door)
        page.keyboard.press("h")
        brief = page.get_by_test_id("brief")
        expect(brief).to_contain_text("watch the ford")
        page.get_by_test_id("brief-remarks").fill("good luck")
        page.evaluate("document.documentElement.setAttribute('data-print-window', '')")
        paper = page.pdf(path=str(tmp_path / "brief.pdf"), prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
        page.evaluate("document.documentElement.removeAttribute('data-print-window')")
        page.screenshot(path=tmp_path / "brief.png")
        page.get_by_test_id("brief-outgoing").fill("Amina")
        page.get_by_test_id("brief-incoming").fill("Musa")
        page.get_by_test_id("brief-sign").click()
        page.get_by_test_id("take-over").click()
        expect(page.get_by_test_id("taken")).to_contain_text("Musa")
        (shift,) = door.get("/api/shifts")
        assert (shift["outgoing"], shift["taken_by"], shift["remarks"]) == ("Amina", "Musa", "good luck")
        signed = door.get(f"/api/shifts/{shift['id']}")["brief"]
        assert "watch the ford" in signed
        assert "good luck" in signed
        assert kinds(story, "shift_handed_over", "shift_taken_over") == [
            "shift_handed_over",
            "shift_taken_over",
        ]


def test_the_last_picture_opens_when_everything_is_dead(story: Story, tmp_path: Path) -> None:
    alarmed(story)
    story.alert("<script>alert(1)</script>", many=2)
    story.move("amb-1", 18.8, 5.1)
    folder = story.home / "picture"
    with keeping_watch(story, every_s=1.0, kept=2):
        wait_for(lambda: len(list(folder.glob("picture-*.html"))) == 2, 90)
        newest = folder / "picture.html"
        wait_for(lambda: "AMB 1" in newest.read_text(encoding="utf-8"), 90)
    assert newest.stat().st_mode & 0o777 == 0o600
    assert newest.stat().st_size < 500_000
    assert "HAND-OVER BRIEF" in (folder / "brief.txt").read_text(encoding="utf-8")
    for scripts in (True, False):
        with browsing() as watched:
            context = watched.context.browser.new_context(java_script_enabled=scripts, offline=True)  # type: ignore[union-attr]  # it is connected
            page = context.new_page()
            complaints: list[str] = []
            page.on("console", lambda message, kept=complaints: kept.append(message.text))
            page.goto(newest.as_uri())
            expect(page.locator("time.at")).to_be_visible()
            expect(page.locator("body")).to_contain_text("nobody has acknowledged it")
            expect(page.locator("body")).to_contain_text("<script>alert(1)</script>")
            expect(page.locator("svg .vehicle")).not_to_have_count(0)
            if scripts:
                expect(page.locator(".age")).to_contain_text("old")
            page.screenshot(path=tmp_path / f"picture-{scripts}.png", full_page=True)
            assert complaints == []
            context.close()


def test_the_key_pressed_again_and_again_takes_one_alarm_after_another(
    story: Story, watched: Watched
) -> None:
    """Faster than pictures come: none is told twice, and none is left out."""
    alarmed(story)
    alarmed(story)
    with keeping_watch(story), serving(story) as door:
        page = opened(watched, door)
        until(page, f"Number({RINGS}) >= 2")
        while page.evaluate(PRESS_FOR_EACH):  # again for what was raised meanwhile
            page.wait_for_timeout(300)
        page.keyboard.press("k")
        wait_for(lambda: len(kinds(story, "alarm_acknowledged")) >= 2)
        page.close()
    assert [one for one in watched.complaints if "409" in one] == []
