"""The plan on the page: approved by keyboard, by two at once, by a policy; what is said when nobody plans."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from casevac.access import AccountRole
from casevac.events import PolicyChosen
from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story
from tests.maps.people import person
from tests.maps.planning import example, held, lines_for, plan_when, planning, propose
from tests.maps.test_access import replayed
from tests.maps.test_login import entered
from tests.maps.test_page import LIVE

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
ORDERS = "SELECT count(*) FROM events WHERE kind = 'vehicle_tasked'"
REFUSED = ("401", "404", "409")  # as whoever is not logged in yet, or comes too late, is answered
FOCUSED = "document.activeElement.dataset.testid === '{}'"


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A browser; that a command is refused is what some of this is about."""
    with browsing() as found:
        yield found
        assert [one for one in found.complaints if not any(status in one for status in REFUSED)] == []
        assert found.strangers() == []


def at_plan(watched: Watched, door: Door, query: str = "") -> Page:
    """The page with the plan on it, opened by its key."""
    page = watched.context.new_page()
    page.goto(f"{door.url}/{query}")
    until(page, LIVE)
    page.keyboard.press("0")
    return page


def tab_to(page: Page, name: str) -> None:
    """By the Tab key alone."""
    for _ in range(40):
        if page.evaluate(FOCUSED.format(name)):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to {name}")


def test_a_line_is_approved_by_keys_alone_and_becomes_orders(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    zap = story.alert().body.casualties[0]  # type: ignore[union-attr]  # it is an alert
    with planning(story):
        page = at_plan(watched, door)
        line = page.get_by_test_id("plan-line").filter(has_text=zap)
        expect(line.get_by_test_id("plan-state")).to_have_text("PROPOSED")
        expect(line).to_contain_text("Why")
        expect(page.get_by_test_id("plan-policy")).to_contain_text("p1_first, version")
        expect(page.get_by_test_id("plan-curves")).to_contain_text("not clinical predictions")
        expect(page.get_by_test_id("plan-others")).to_contain_text("other answer")
        until(page, FOCUSED.format("plan-choose"))
        shot(page, tmp_path / "plan.png")
        assert story.count(ORDERS) == 0
        tab_to(page, "plan-approve")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("plan-result")).to_contain_text("Approved:")
        wait_for(lambda: story.count(ORDERS) > 0)
        expect(page.get_by_test_id("plan-line").filter(has_text="PROPOSED")).to_have_count(0)
        shot(page, tmp_path / "approved.png")
        page.keyboard.press("0")
        expect(page.get_by_test_id("board-plan")).to_be_hidden()


def test_of_two_who_approve_the_same_line_the_second_is_told(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    (zap,) = story.alert().body.casualties  # type: ignore[union-attr]  # it is an alert
    with planning(story):
        plan_when(door, lambda found: any(zap in one["casualties"] for one in found["lines"]))
    held(story)  # nobody plans any more: both see the same line for as long as it takes
    here, there = at_plan(watched, door), at_plan(watched.beside(), door)
    for page in (here, there):
        expect(page.get_by_test_id("plan-approve")).to_be_visible()
    here.get_by_test_id("plan-approve").press("Enter")
    expect(here.get_by_test_id("plan-result")).to_contain_text("Approved:")
    orders = story.count(ORDERS)
    assert orders > 0
    there.get_by_test_id("plan-approve").press("Enter")
    expect(there.get_by_test_id("plan-result")).to_contain_text("NOT approved")
    shot(there, tmp_path / "second.png")
    assert story.count(ORDERS) == orders
    there.close()


def test_a_line_that_holds_no_more_is_refused_and_the_new_plan_shown(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    made = propose(story)
    page = at_plan(watched, door)
    approve = page.locator("[data-id='L-3FK29Q'] [data-testid=plan-approve]")
    approve.focus()
    page.keyboard.press("Shift")  # the list is in use: nothing moves in it
    rest = tuple(one for one in made.lines if one.id != "L-3FK29Q")
    propose(story, replace(made, plan="P-8QW2KA", lines=rest))
    page.keyboard.press("Enter")
    told = page.get_by_test_id("plan-result")
    expect(told).to_contain_text("holds no more")
    expect(told).to_contain_text("The plan below is the newest")
    until(page, "document.activeElement !== document.body")  # a keyboard goes on from there
    expect(page.locator("[data-id='L-3FK29Q']")).to_have_count(0)
    expect(page.get_by_test_id("plan-line")).to_have_count(len(rest))
    shot(page, tmp_path / "changed.png")


def test_several_and_all_are_approved_after_one_question(door: Door, story: Story, watched: Watched) -> None:
    made = propose(story)
    page = at_plan(watched, door)
    expect(page.get_by_test_id("plan-line")).to_have_count(len(made.lines))
    until(page, FOCUSED.format("plan-choose"))
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_test_id("plan-approve-chosen")).to_have_text("Approve chosen (2)")
    page.get_by_test_id("plan-approve-all").press("Enter")
    expect(page.get_by_test_id("plan-sure")).to_contain_text("3 lines")
    until(page, FOCUSED.format("plan-yes"))
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("plan-sure")).to_be_hidden()
    expect(page.get_by_test_id("plan-result")).to_contain_text(
        "NOT approved"
    )  # nobody of them is in the mission


def test_nobody_plans_a_banner_says_so_the_ranked_list_goes_on_and_it_is_gone_again(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    body = story.alert().body
    page = at_plan(watched, door)
    banner = page.get_by_test_id("planner-banner")
    with planning(story):
        expect(page.get_by_test_id("plan-approve")).to_be_visible()
        expect(banner).to_be_hidden()
        story.happen(PolicyChosen(policy="of_tomorrow", version="9"))
        expect(banner).to_contain_text("of_tomorrow")
        expect(banner).to_contain_text("No newer plan")
        expect(page.get_by_test_id("plan-line")).not_to_have_count(0)
        story.happen(PolicyChosen(policy="p1_first"))
        expect(banner).to_be_hidden()
    expect(banner).to_contain_text("The planner is silent since")
    expect(banner).to_contain_text("ranked list")
    expect(page.get_by_test_id("plan-silent")).to_contain_text("last plan that it made")
    shot(page, tmp_path / "silent.png")
    page.locator(f"[data-testid=request-row][data-id='{body.request}']").click()  # type: ignore[union-attr]
    page.keyboard.press("o")
    page.get_by_test_id("task").first.click()
    wait_for(lambda: story.count(ORDERS) > 0)
    with planning(story):
        expect(banner).to_be_hidden()


def test_a_coordinator_changes_the_policy_and_lays_down_what_every_plan_keeps_to(
    door: Door, story: Story, watched: Watched
) -> None:
    (zap,) = story.alert().body.casualties  # type: ignore[union-attr]  # it is an alert
    person(story, "amina", AccountRole.COORDINATOR)
    with planning(story):
        page = entered(watched, door, "amina")
        page.keyboard.press("0")
        page.get_by_test_id("frontier-table").wait_for()
        page.get_by_test_id("plan-change").locator("summary").press("Enter")
        page.locator("select[name=policy]").select_option("lives_saved")
        page.locator("input[name=policy-reason]").fill("both theatres are full")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("plan-result")).to_contain_text("lives_saved from now on")
        expect(page.get_by_test_id("plan-policy")).to_contain_text("set by amina")
        card = page.get_by_test_id("plan-line").filter(has_text=zap)
        card.get_by_text("Lay down for every plan").press("Enter")
        card.get_by_role("button", name=f"{zap} goes to").press("Enter")
        locks = page.get_by_test_id("plan-locks")
        expect(locks).to_contain_text(zap)
        locks.get_by_role("button", name=f"Release {zap}").press("Enter")
        expect(locks).to_contain_text("Nothing is laid down")
    told = (
        "SELECT count(*) FROM events WHERE kind = ANY(ARRAY['policy_chosen', 'plan_locked', 'plan_released'])"
    )
    assert story.count(told) == 3


def test_who_may_not_approve_sees_the_plan_without_the_buttons(
    door: Door, story: Story, watched: Watched
) -> None:
    propose(story)
    person(story, "musa", AccountRole.WATCH_KEEPER)
    page = entered(watched, door, "musa")
    page.keyboard.press("0")
    expect(page.get_by_test_id("plan-line").first).to_contain_text("to Bria Level 2")
    for name in ("plan-approve", "plan-choose", "plan-approve-all", "plan-change"):
        expect(page.get_by_test_id(name).first).to_be_hidden()


def test_a_plan_that_does_not_change_is_not_fetched_again(door: Door, story: Story, watched: Watched) -> None:
    propose(story)
    page = at_plan(watched, door)
    expect(page.get_by_test_id("plan-line").first).to_be_visible()

    def asked(path: str) -> int:
        return sum(url.partition("?")[0].endswith(path) for url in watched.requests)

    before = asked("/api/plan")
    states = asked("/api/plan/state")
    wait_for(lambda: (page.wait_for_timeout(200), asked("/api/plan/state") >= states + 3)[1])
    assert asked("/api/plan") == before <= 2
    made = example(story)
    propose(story, replace(made, plan="P-8QW2KA", lines=made.lines[:1]))
    expect(page.get_by_test_id("plan-line")).to_have_count(1)


def test_the_chart_of_policies_has_a_table_that_says_the_same(
    door: Door, story: Story, watched: Watched
) -> None:
    made = propose(story)
    page = at_plan(watched, door)
    chart = page.get_by_role("img", name="Chart of 3 policies: to the right more P1 at surgery in time")
    expect(chart).to_be_visible()
    rows = page.get_by_test_id("frontier-table").locator("tbody tr")
    expect(rows).to_have_count(len(made.frontier))
    expect(rows.nth(1)).to_contain_text("2 of 3")
    expect(rows.nth(1)).to_contain_text("2.9")
    expect(rows.nth(0)).to_contain_text("holds now")
    assert lines_for(door.get("/api/plan"), "ZGDF-7KWT")


def test_the_replay_shows_what_was_proposed_then_and_approves_nothing(
    door: Door, story: Story, watched: Watched
) -> None:
    story.alert()
    propose(story)
    page = at_plan(watched, door)
    expect(page.get_by_test_id("plan-approve").first).to_be_visible()
    replayed(page)
    expect(page.get_by_test_id("plan-silent")).to_contain_text("what was proposed then")
    expect(page.get_by_test_id("plan-empty")).to_contain_text("Nothing was proposed")
    expect(page.get_by_test_id("plan-approve").first).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    expect(page.get_by_test_id("plan-approve").first).to_be_visible()
