"""One rescue from the alert to the operating table: two coordinators at two pages, one crew with its tracker.

Real broker, ingest, tasking, store, server and browser; nothing is asked of any other machine meanwhile.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casevac.roof.broker import Broker
from casevac.roof.home import Home
from casevac.terms import ClockStatus
from casevac.zap import zap
from maps.server import STATIC
from tests.maps.browser import Watched, browsing, contacted, logging_to, shot, until
from tests.maps.centre import DOORS, PEOPLE, Centre, at_work
from tests.maps.door import wait_for
from tests.maps.test_login import entered

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
REQUEST, CASUALTY = "R-AMB1-1", zap(7001)
HERE = (19.1, 5.75)
UNKNOWN_YET = "status of 401"  # what a page is told that asks who this is before anybody has logged in


@pytest.fixture
def centre(database_url: str, home: Home, broker: Broker) -> Iterator[Centre]:
    with at_work(database_url, home, broker) as found:
        yield found


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Watched, Watched]]:
    """Two people in one browser, which writes down itself whom it contacts."""
    file = tmp_path / "net.json"
    with browsing(flags=logging_to(file)) as first:
        second = first.beside()
        yield first, second
        for one in (first, second):
            assert [text for text in one.complaints if UNKNOWN_YET not in text] == []
            assert one.strangers() == []
    assert contacted(file) == {"127.0.0.1"}


def row(page: Page, of: str, key: str) -> object:
    return page.locator(f"[data-testid={of}-row][data-id='{key}']")


def raised(centre: Centre) -> None:
    """The crew comes upon somebody who was hurt four minutes ago."""
    hurt = datetime.now(UTC) - timedelta(minutes=4)
    centre.crew.move(*HERE)
    centre.crew.tell(
        "alert_raised", who="AMB 1", what="mine strike", how_many=1, lon=HERE[0], lat=HERE[1],
        injury_at=hurt, request=REQUEST, casualties=[CASUALTY],
    )  # fmt: skip
    centre.crew.tell("casualty_triaged", casualty=CASUALTY, category="T1")
    centre.crew.tell("bleeding_controlled", casualty=CASUALTY)


def answered(here: Page, there: Page) -> None:
    """One acknowledges and picks the crew that is there; the other sees both without touching anything."""
    for page in (here, there):
        expect(row(page, "casualty", CASUALTY)).to_contain_text(f"acknowledge request {REQUEST}")
    row(here, "request", REQUEST).click()
    here.get_by_test_id("acknowledge").click()
    expect(row(there, "casualty", CASUALTY)).to_contain_text(f"choose an option for {REQUEST}")
    expect(here.get_by_test_id("acknowledge")).to_be_hidden()
    here.keyboard.press("o")
    own = here.get_by_test_id("option-card").filter(has_text="AMB 1").filter(has_not_text="UNO 1")
    own.first.get_by_test_id("task").click()
    expect(row(there, "request", REQUEST)).to_contain_text("AMB 1")
    expect(row(there, "casualty", CASUALTY)).to_contain_text("AMB 1 →")


def carried(centre: Centre, pages: tuple[Page, Page]) -> str:
    """The crew does what its task says and tells so; returns the facility."""
    task = centre.crew.tasked()
    assert [one["casualty"] for one in task["casualties"]] == [CASUALTY]
    end = task["legs"][-1]["to"]
    facility = DOORS[end["name"]]
    crew = centre.crew
    crew.tell("task_accepted", task=task["task"])
    crew.tell("vehicle_status_changed", state="on_scene")
    crew.tell("casualty_loaded", casualty=CASUALTY)
    for page in pages:
        until(page, "id => window.casevac.layer.assets().some(one => one.id === id)", "amb-1")
        until(
            page, "id => !window.casevac.layer.assets().some(one => one.id === id)", CASUALTY
        )  # it is aboard
    crew.move(end["lon"], end["lat"])
    crew.tell("casualty_handed_over", casualty=CASUALTY, facility=facility)
    crew.tell("advanced_care_started", casualty=CASUALTY)
    crew.tell("surgery_started", casualty=CASUALTY)
    return facility


def test_from_the_alert_to_the_hand_over_with_two_coordinators_and_one_crew(
    centre: Centre, two: tuple[Watched, Watched], tmp_path: Path
) -> None:
    here, there = (entered(one, centre.door, name) for one, name in zip(two, PEOPLE, strict=True))
    raised(centre)
    answered(here, there)
    facility = carried(centre, (here, there))
    (name,) = (name for name, key in DOORS.items() if key == facility)
    for page, who in ((here, "here"), (there, "there")):
        mine = row(page, "casualty", CASUALTY)
        expect(mine).to_contain_text(f"⌂ {name}")
        expect(mine.locator(".clock[data-status=met]")).to_have_count(3)
        shot(page, tmp_path / f"{who}.png")
        assert page.evaluate("window.violations") == []
    seq = "window.casevac.state().seq"
    wait_for(lambda: here.evaluate(seq) == there.evaluate(seq))

    view = centre.view()
    stored = view.picture.casualties[CASUALTY]
    assert stored.facility == facility
    assert [clock.status for clock in view.clocks(stored)] == [ClockStatus.MET] * 3
    told = ("alert_raised", "alert_acknowledged", "chain_planned", "casualty_loaded", "casualty_handed_over")
    assert [one.kind for one in centre.events(*told)] == list(told)
    assert [one.actor for one in centre.events("alert_acknowledged", "chain_planned")] == [PEOPLE[0]] * 2
    assert len({one["task"] for one in centre.crew.tasks if one}) == 1


def test_what_is_written_into_the_page_does_not_run_and_is_told(
    centre: Centre, two: tuple[Watched, Watched]
) -> None:
    """So the policy holds in the browser too, and a breach of it would be seen above."""
    first, _ = two
    page = entered(first, centre.door, PEOPLE[0])
    page.evaluate(
        "() => { const one = document.createElement('script'); one.textContent = 'window.ran = true';"
        " document.body.append(one); const other = document.createElement('p');"
        " other.setAttribute('onclick', 'window.ran = true'); document.body.append(other); other.click(); }"
    )
    until(page, "window.violations.length === 2")
    assert page.evaluate("window.ran") is None
    assert all("Content Security Policy" in one or UNKNOWN_YET in one for one in first.complaints)
    first.complaints.clear()
