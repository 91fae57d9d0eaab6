"""The working screens in a real browser, by keyboard: list, drawer, options, boards, two at one thing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from casevac.events import AlertRaised, BedCount, CasualtyReported, FacilityStatusReported
from casevac.terms import Bed, Category
from casevac.zap import zap
from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story
from tests.maps.test_page import LIVE

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
ROWS = "[...document.querySelectorAll('[data-testid=casualty-row]')].map(one => one.dataset.id)"


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A browser whose complaints and strange requests fail the test."""
    with browsing() as found:
        yield found
        assert [one for one in found.complaints if "409" not in one] == []
        assert found.strangers() == []


def opened(watched: Watched, door: Door, query: str = "") -> Page:
    page = watched.context.new_page()
    page.goto(f"{door.url}/{query}")
    until(page, LIVE)
    return page


def alerted(story: Story, many: int = 1) -> tuple[str, tuple[str, ...]]:
    """A request and its casualties."""
    body = story.alert(many=many).body
    assert isinstance(body, AlertRaised)
    return body.request, body.casualties


def test_the_list_says_what_is_next_and_the_filter_counts_what_it_hides(
    door: Door, story: Story, watched: Watched
) -> None:
    request, (first, second) = alerted(story, 2)
    story.triage(first, Category.T1)
    page = opened(watched, door)
    row = page.locator(f"[data-testid=casualty-row][data-id='{first}']")
    expect(row).to_contain_text(f"Next: acknowledge request {request}")
    assert door.post(f"/api/requests/{request}/ack", {"by": "duty officer"}).status_code == 201
    expect(row).to_contain_text(f"Next: choose an option for {request}")
    page.get_by_label("Category", exact=True).first.focus()
    page.locator("select[name=filter-category]").select_option("T1")
    until(page, f"({ROWS}).length === 1")
    expect(page.get_by_test_id("hidden-by-filter")).to_contain_text("1 hidden by the filter")
    page.get_by_test_id("hidden-by-filter").get_by_role("button").press("Enter")
    until(page, f"({ROWS}).length === 2")
    assert page.evaluate(ROWS)[0] in (first, second)


def hurt(minutes_ago: float, number: int) -> CasualtyReported:
    """A casualty whose injury time is known."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return CasualtyReported(
        casualty=zap(number), lon=19.1, lat=5.7, category=Category.T1, injury_at=at, injury_uncertainty_s=1
    )


def test_a_row_in_use_does_not_jump_away(door: Door, story: Story, watched: Watched) -> None:
    """Who has less time left would come first: not above the row that is in use, and then by itself."""
    story.happen(hurt(1, 80))
    page = opened(watched, door)
    until(page, f"({ROWS}).length === 1")
    page.keyboard.press("c")
    story.happen(hurt(5, 90))
    heading = "document.querySelector('.casualties h2').textContent"
    seen = until(
        page,
        "() => { document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Shift',"
        f" bubbles: true }})); const rows = {ROWS}; return rows.length === 2 &&"  # hands on the keys
        f" {heading}.includes('Order kept') && [...rows, document.activeElement.dataset.id]; }}",
    )
    assert seen == [zap(80), zap(90), zap(80)]
    until(page, f"({ROWS})[0] === '{zap(90)}'")  # nobody has touched the list for some seconds
    expect(page.locator(".casualties h2")).not_to_contain_text("Order kept")


def test_two_hundred_casualties_are_updated_in_place(door: Door, story: Story, watched: Watched) -> None:
    _, zaps = alerted(story, 200)
    page = opened(watched, door)
    until(page, f"({ROWS}).length === {len(set(zaps))}")  # drawn here, two may have the same id
    page.evaluate(
        "document.querySelectorAll('[data-testid=casualty-row]').forEach(one => { one.kept = true; })"
    )
    story.triage(zaps[100], Category.T1)
    row = page.locator(f"[data-testid=casualty-row][data-id='{zaps[100]}']")
    expect(row).to_contain_text("T1")
    kept = "[...document.querySelectorAll('[data-testid=casualty-row]')].every(one => one.kept)"
    assert page.evaluate(kept)


def test_the_drawer_tells_the_story_and_opens_forms_with_what_is_known(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    _, (first,) = alerted(story)
    story.triage(first, Category.T1)
    for pulse in (100, 130):
        path = f"/api/casualties/{first}/vitals"
        assert door.post(path, {"pulse": pulse, "spo2": 90}).status_code == 201
    page = opened(watched, door)
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    vitals = page.get_by_test_id("vitals")
    expect(vitals).to_contain_text("rising")
    expect(vitals).to_contain_text("130")
    page.get_by_test_id("timeline").locator("summary").press("Enter")
    lines = page.locator("[data-testid=timeline] li")
    expect(lines.first).to_contain_text("vitals taken")
    expect(lines.last).to_contain_text("alert raised")
    story.triage(first, Category.T2)
    expect(lines.first).to_contain_text("T2")  # what is told meanwhile comes by itself
    shot(page, tmp_path / "drawer.png")
    until(page, "document.querySelectorAll('select[name=kind] option').length > 40")
    page.locator(".details button[data-kind=treatment_given]").first.press("Enter")
    form = page.get_by_test_id("voice-form")
    expect(form.locator("select[name=kind]")).to_have_value("treatment_given")
    expect(form.locator("[name=casualty]")).to_have_value(first)
    expect(form.locator("[name=treatment]")).to_have_value("tourniquet")


def test_the_second_of_two_coordinators_is_asked_again(door: Door, story: Story, watched: Watched) -> None:
    _, (first,) = alerted(story)
    page = opened(watched, door)
    until(page, "document.querySelectorAll('select[name=kind] option').length > 40")
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    page.locator(".details button[data-kind=casualty_triaged]").press("Enter")
    form = page.get_by_test_id("voice-form")
    form.locator("[name=category]").select_option("T1")
    form.locator("[name=speaker]").fill("PATROL 3")
    other = {"category": "T2", "algorithm": "clinical"}
    assert door.post(f"/api/casualties/{first}/triage", other).status_code == 201  # the other coordinator
    form.locator("[name=speaker]").press("Enter")
    asked = page.get_by_test_id("changed-meanwhile")
    expect(asked).to_contain_text("T2")
    expect(asked).to_contain_text("watch-keeper")
    assert door.get(f"/api/casualties/{first}")["category"] == "T2"
    page.get_by_test_id("send-anyway").press("Enter")
    wait_for(lambda: door.get(f"/api/casualties/{first}")["category"] == "T1")
    until(page, "window.casevac.state().queue === 0")


def test_options_are_looked_at_by_number_and_chosen_by_enter(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    for vehicle, lon in (("amb-1", 19.0), ("amb-2", 18.7)):
        story.move(vehicle, lon, 5.6)
    request, (first,) = alerted(story)
    story.triage(first, Category.T1)
    page = opened(watched, door)
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    page.keyboard.press("o")
    cards = page.get_by_test_id("option-card")
    expect(cards.nth(1)).to_be_visible()
    page.keyboard.press("2")
    looked = "document.activeElement.closest('[data-testid=option-card]')?.dataset.id"
    assert page.evaluate(looked) == cards.nth(1).get_attribute("data-id")
    expect(cards.nth(1)).to_contain_text("In threat zones: none")
    page.get_by_test_id("compare").locator("summary").press("Enter")
    expect(page.get_by_test_id("compare")).to_contain_text("Golden hour")
    shot(page, tmp_path / "options.png")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    wait_for(lambda: any(chain["request"] == request for chain in door.get("/api/chains")))
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    legs = page.get_by_test_id("legs")
    expect(legs).to_contain_text("km")
    page.get_by_test_id("divert-from-drawer").press("Enter")
    expect(page.get_by_test_id("option-card").first).to_contain_text("Against the running chain")


def test_the_facility_board_tells_stale_from_fresh_and_comes_back_after_a_reload(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    old = datetime(2026, 1, 1, tzinfo=UTC)
    story.happen(FacilityStatusReported(facility="bria", tables=1), at=old)
    story.happen(FacilityStatusReported(facility="bangui", beds=(BedCount(bed=Bed.ICU, staffed=4, free=0),)))
    page = opened(watched, door)
    page.keyboard.press("b")
    board = page.get_by_test_id("board-facilities")
    expect(board).to_be_visible()
    card = page.locator("[data-testid=facility-card][data-id=bangui]")
    expect(card.locator("tr", has_text="ICU")).to_contain_text("ago")
    expect(card.locator("tr[data-full=true]")).to_have_count(1)
    shot(page, tmp_path / "facilities.png")
    card.locator("button.name").press("Enter")
    until(page, "location.search.includes('view=facilities') && location.search.includes('facility:bangui')")
    page.reload()
    until(page, LIVE)
    expect(board).to_be_visible()
    until(page, "window.casevac.state().selected?.id === 'bangui'")
    until(page, "document.querySelectorAll('select[name=kind] option').length > 40")
    card.get_by_test_id("tell-figures").press("Enter")
    form = page.get_by_test_id("voice-form")
    expect(form.locator("select[name=kind]")).to_have_value("facility_status_reported")
    expect(form.locator("[name=facility]")).to_have_value("bangui")
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    expect(board).to_be_hidden()


def test_the_vehicle_board_is_walked_by_arrow_keys(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    story.move("amb-1", 19.0, 5.6)
    page = opened(watched, door, "?view=vehicles&alone")
    expect(page.locator(".desk > .left")).to_be_hidden()
    names = page.get_by_test_id("vehicle-card-name")
    expect(names).to_have_count(3)
    expect(page.locator("[data-testid=vehicle-card][data-id=amb-2]")).to_contain_text("NO POSITION YET")
    names.first.focus()
    page.keyboard.press("ArrowDown")
    expect(names.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(names.first).to_be_focused()
    told = {"state": "out_of_service", "reason": "flat tyre"}
    assert door.post("/api/vehicles/amb-2/status", told).status_code == 201
    column = page.locator("[data-column=out_of_service]")
    expect(column.locator("[data-id=amb-2]")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(column.get_by_test_id("vehicle-card-name")).to_be_focused()
    shot(page, tmp_path / "vehicles.png")
