"""The table twin of the map: sorted, filtered, and quiet about what has not changed."""

import pytest
from playwright.sync_api import Page, expect

from maps.server import STATIC
from tests.maps.browser import Watched, until
from tests.maps.door import Door
from tests.maps.mission import Story
from tests.maps.test_page import LIVE

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
NAMES = "[...document.querySelectorAll('.assets tbody .col-name')].map(one => one.innerText)"
WATCH = """() => {
  window.touched = new Set();
  for (const row of document.querySelectorAll(".assets tbody tr")) row.kept = true;
  const all = { subtree: true, childList: true, characterData: true };
  new MutationObserver(seen => { for (const one of seen) {
    const row = (one.target.nodeType === 1 ? one.target : one.target.parentElement).closest("tr");
    if (row) window.touched.add(row.dataset.id);
  } }).observe(document.querySelector(".assets tbody"), all);
}"""


def opened(watched: Watched, door: Door) -> Page:
    page = watched.context.new_page()
    page.goto(door.url)
    until(page, LIVE)
    page.keyboard.press("t")
    expect(page.get_by_test_id("vehicle-row")).to_have_count(3)
    return page


def test_it_is_sorted_and_says_so(door: Door, watched: Watched) -> None:
    page = opened(watched, door)
    head = page.get_by_role("columnheader", name="Name")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    upwards = page.evaluate(NAMES)
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert page.evaluate(NAMES) == upwards[::-1]
    assert upwards.index("AMB 1") < upwards.index("AMB 2") < upwards.index("UNO 1")


def test_a_filter_leaves_what_was_asked_for(door: Door, watched: Watched) -> None:
    page = opened(watched, door)
    page.get_by_role("searchbox").fill("level bangui")
    expect(page.locator(".assets tbody tr")).to_have_count(1)
    expect(page.locator(".table .count")).to_contain_text("1 of")
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_test_id("vehicle-row")).to_have_count(3)


def test_enter_selects_on_the_map(door: Door, story: Story, watched: Watched) -> None:
    story.move("amb-1", 18.8, 5.1)
    page = opened(watched, door)
    page.get_by_test_id("vehicle-row").get_by_role("button", name="AMB 2").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    until(page, "window.casevac.state().selected?.id === 'amb-1'")
    expect(page.get_by_role("button", name="AMB 1")).to_have_attribute("aria-current", "true")


def test_only_what_changed_is_touched(door: Door, story: Story, watched: Watched) -> None:
    page = opened(watched, door)
    page.evaluate(WATCH)
    story.move("amb-1", 19.6, 6.2)
    until(page, "window.touched.has('amb-1')")
    story.move("amb-1", 19.7, 6.2)
    page.wait_for_timeout(2500)
    assert page.evaluate("[...window.touched]") == ["amb-1"]
    assert page.evaluate("[...document.querySelectorAll('.assets tbody tr')].every(row => row.kept)")


def test_where_a_vehicle_goes_and_when_it_is_there(door: Door, story: Story, watched: Watched) -> None:
    story.move("amb-1", 18.8, 5.1)
    story.alert()
    (request,) = door.get("/api/requests")
    options = door.post(f"/api/requests/{request['id']}/options", {}).json()
    option = next(one for one in options["options"] if one["vehicles"] == ["amb-1"])
    chosen = {"decision": options["decision"], "option": option["id"]}
    assert door.post(f"/api/requests/{request['id']}/task", chosen).status_code == 201
    page = opened(watched, door)
    row = page.get_by_test_id("vehicle-row").filter(has_text="AMB 1")
    expect(row.locator(".col-eta")).to_contain_text("Z")
    expect(row.locator(".col-to")).not_to_be_empty()
