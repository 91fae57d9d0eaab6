"""Planner, tasking and server of an installation are killed under open pages: they say so and come back."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from casevac.roof.broker import running as running_broker
from casevac.roof.files import read_json
from casevac.roof.postgres import running as running_cluster
from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.centre import Crew, manned
from tests.maps.door import wait_for
from tests.maps.mission import Story, begin
from tests.maps.test_cut import SEQS, stored, typed
from tests.maps.test_page import LIVE
from tests.roof.installation import Installation

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
TOLD = "mine strike"


@dataclass
class House:
    """An installation with a mission, and the crew of amb-1 out in the field."""

    system: Installation
    story: Story
    crew: Crew
    url: str

    def kinds(self, *kinds: str) -> int:
        """How many events of these kinds are stored."""
        names = ",".join(f"'{kind}'" for kind in kinds)
        return self.story.count(f"SELECT count(*) FROM events WHERE kind IN ({names})")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    place = tmp_path_factory.mktemp("killed")
    system = Installation(place / "home")
    try:
        url = str(system.up()["url"])
        story = begin(running_cluster(system.home).url(), system.home.path)
        with manned(running_broker(system.home), "amb-1", place / "spool") as crew:
            crew.move(19.0, 5.6)
            yield House(system, story, crew, url)
    finally:
        system.remove()


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A browser; that its requests fail while there is no server is what it is for."""
    with browsing() as found:
        yield found
        assert [text for text in found.complaints if "net::ERR_" not in text] == []
        assert found.strangers() == []


@contextmanager
def kept_killed(system: Installation, name: str) -> Iterator[None]:
    """kill -9 of a part, and again whenever the supervisor has started it, for the length of a block."""
    over, first = threading.Event(), threading.Event()

    def kill() -> None:
        while not over.wait(0.02):
            part = read_json(system.home.parts).get("parts", {}).get(name, {})
            with suppress(psutil.Error, OSError, KeyError, TypeError):
                own = abs(psutil.Process(part["pid"]).create_time() - part["created"]) < 1
                if own:
                    os.kill(part["pid"], signal.SIGKILL)
                    first.set()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        assert first.wait(60)
        yield
    finally:
        over.set()
        thread.join()


def opened(watched: Watched, url: str) -> Page:
    page = watched.context.new_page()
    page.goto(url)
    until(page, LIVE)
    return page


def has_all(page: Page, story: Story) -> None:
    """Wait until the page has every stored event, each of them once."""
    until(page, LIVE)
    until(page, "seq => window.casevac.state().seq >= seq", stored(story)[-1])
    seen = page.evaluate(SEQS)
    assert len(seen) == len(set(seen))
    assert set(seen) == {seq for seq in stored(story) if min(seen) <= seq <= max(seen)}


def test_a_task_ordered_while_the_part_for_it_is_dead_reaches_the_crew_once(
    house: House, watched: Watched, tmp_path: Path
) -> None:
    page = opened(watched, house.url)
    told = house.story.call(TOLD)
    house.story.happen(told)
    request = told.request
    banner = page.get_by_test_id("trouble-banner")
    with kept_killed(house.system, "tasking"):
        expect(banner).to_contain_text("tasking is")
        page.locator(f"[data-testid=request-row][data-id='{request}']").click()
        page.keyboard.press("o")
        own = page.get_by_test_id("option-card").filter(has_text="AMB 1").filter(has_not_text="UNO 1")
        own.first.get_by_test_id("task").click()
        wait_for(lambda: house.kinds("vehicle_tasked"))
        shot(page, tmp_path / "tasking-dead.png")
        assert not any(house.crew.tasks)
    task = house.crew.tasked()
    assert task["request"] == request
    house.crew.tell("task_accepted", task=task["task"])
    expect(banner).to_be_hidden()
    until(page, LIVE)
    expect(page.locator(f"[data-testid=request-row][data-id='{request}']")).to_contain_text("accepted")
    assert len({one["task"] for one in house.crew.tasks if one}) == 1
    has_all(page, house.story)
    page.close()


def test_pages_outlive_their_server_and_send_what_waits_once(
    house: House, watched: Watched, tmp_path: Path
) -> None:
    here, there = opened(watched, house.url), opened(watched, house.url)
    raised = house.kinds("alert_raised")
    with kept_killed(house.system, "serve"):
        for page in (here, there):
            until(page, "window.casevac.state().link === 'OFFLINE'")
            expect(page.get_by_test_id("stale-banner")).to_contain_text("No connection")
        typed(here, "PATROL 9")
        expect(here.get_by_test_id("queue-badge")).to_contain_text("1 not sent")
        house.crew.tell("vehicle_condition_reported", range_km=300)  # the field goes on meanwhile
        house.crew.move(19.05, 5.65)
        shot(here, tmp_path / "serve-dead.png")
        here.reload()  # served by nobody but the browser itself
        until(here, "window.casevac && window.casevac.state().link === 'OFFLINE'")
        expect(here.get_by_test_id("queue-badge")).to_contain_text("1 not sent")
    for page in (here, there):
        has_all(page, house.story)
        expect(page.get_by_test_id("stale-banner")).to_be_hidden()
        expect(page.get_by_test_id("queue-badge")).to_be_hidden()
    wait_for(lambda: house.kinds("alert_raised") == raised + 1)
    for page in (here, there):
        expect(page.get_by_test_id("request-row").filter(has_text="PATROL 9")).to_have_count(1)
        has_all(page, house.story)
    assert house.kinds("alert_raised") == raised + 1
    here.close()
    there.close()


def test_the_planner_killed_under_an_open_page_is_told_and_tasking_goes_on(
    house: House, watched: Watched, tmp_path: Path
) -> None:
    page = opened(watched, house.url)
    request = house.story.alert(TOLD).body.request  # type: ignore[union-attr]  # it is an alert
    page.keyboard.press("0")
    banner = page.get_by_test_id("planner-banner")
    expect(page.get_by_test_id("plan-line")).not_to_have_count(0)
    expect(banner).to_be_hidden()
    with kept_killed(house.system, "planner"):
        expect(banner).to_contain_text("The planner is silent since")
        expect(banner).to_contain_text("tasking goes on by the ranked list")
        page.locator(f"[data-testid=request-row][data-id='{request}']").click()
        page.keyboard.press("o")
        expect(page.get_by_test_id("option-card")).not_to_have_count(0)
        shot(page, tmp_path / "planner-dead.png")
    expect(banner).to_be_hidden()
    has_all(page, house.story)
    page.close()
