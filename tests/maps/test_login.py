"""People log in at the page: real server, real store, real browser."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from casevac.access import AccountRole
from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story
from tests.maps.people import PASSWORD, close, person, serving_tls
from tests.maps.test_page import LIVE

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
ASKED = "document.querySelector('[data-testid=login]')?.open"
ALERT = ("PATROL 3", "19.1,5.75", "2", "mine strike")


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A browser; what it may complain of is that it was refused, which it is here."""
    with browsing() as found:
        yield found
        assert [text for text in found.complaints if "status of 401" not in text and "403" not in text] == []
        assert found.strangers() == []


def asked(watched: Watched, door: Door) -> Page:
    page = watched.context.new_page()
    page.goto(door.url)
    until(page, ASKED)
    return page


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """By keyboard alone: the first empty field has the focus."""
    page.locator("[data-testid=login] [name=name]").fill(name)
    page.locator("[data-testid=login] [name=password]").fill("")
    page.locator("[data-testid=login] [name=password]").press_sequentially(password)
    page.keyboard.press("Enter")


def inside(page: Page) -> Page:
    """Once the login is gone and the picture lives."""
    until(page, f"!({ASKED})")
    until(page, LIVE)
    return page


def entered(watched: Watched, door: Door, name: str) -> Page:
    page = asked(watched, door)
    log_in(page, name)
    return inside(page)


def type_alert(page: Page) -> None:
    page.keyboard.press("a")
    for number, text in enumerate(ALERT):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(text)


def actor_of(story: Story, kind: str) -> str:
    db = story.db()
    with db, db.cursor() as cursor:
        cursor.execute("SELECT actor FROM events WHERE kind = %s ORDER BY seq DESC LIMIT 1", (kind,))
        row = cursor.fetchone()
    db.close()
    return str(row and row[0])


def test_a_person_logs_in_acts_under_the_own_name_and_logs_out(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    person(story, "amina", AccountRole.COORDINATOR)
    page = asked(watched, door)
    until(page, "document.activeElement.name === 'name'")
    page.keyboard.type("amina")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("login")).to_contain_text("Missing: Password")
    log_in(page, "amina", "wrong password 1")
    page.wait_for_selector("[data-testid=login] .trouble:has-text('name or password is wrong')")
    shot(page, tmp_path / "login.png")
    for _ in range(3):
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("login")).to_be_visible()
        expect(page.locator(".desk")).to_be_hidden()
    assert page.evaluate("window.casevac.state().seq") == 0  # nothing was shown to a stranger

    log_in(page, "amina")
    inside(page)
    expect(page.get_by_test_id("login")).to_be_hidden()
    expect(page.get_by_test_id("person")).to_have_text("amina · coordinator")
    type_alert(page)
    page.keyboard.press("Enter")
    until(page, "window.casevac.state().counts.casualties === 2")
    assert actor_of(story, "alert_raised") == "amina"
    shot(page, tmp_path / "inside.png")

    expect(page.get_by_test_id("link-state")).to_have_attribute("data-state", "LIVE")
    page.get_by_test_id("log-out").click()
    until(page, ASKED)
    wait_for(lambda: door.http.get("/api/health").json() == {"status": "ok"})
    assert door.http.get("/api/live/snapshot").status_code == 401
    until(page, "!window.casevac.state().connected")
    page.reload()
    until(page, ASKED)
    assert page.evaluate("window.casevac.state().seq") == 0


def when_sent(page: Page, then: Callable[[], None]) -> None:
    """Let it happen while the next alert is on its way: not before it is sent, nor after it is answered."""

    def on_the_way(route: Route) -> None:
        then()
        route.continue_()

    page.route(re.compile(r"/api/requests(\?|$)"), on_the_way, times=1)


def test_what_is_typed_and_what_waits_survives_a_session_that_ended(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    person(story, "amina", AccountRole.MEDIC)
    page = entered(watched, door, "amina")
    type_alert(page)

    def end_sessions() -> None:
        db = story.db()
        with db, db.cursor() as cursor:
            cursor.execute("DELETE FROM sessions")
        db.close()

    when_sent(page, end_sessions)
    page.keyboard.press("Enter")  # it comes with a session that is no more
    until(page, ASKED)
    until(page, "window.casevac.state().queue === 1")
    expect(page.get_by_test_id("login")).to_contain_text("1 report is kept here")
    shot(page, tmp_path / "kept.png")
    assert story.count("SELECT count(*) FROM events WHERE kind = 'alert_raised'") == 0
    page.reload()
    until(page, ASKED)
    log_in(page, "amina")
    until(page, "window.casevac.state().queue === 0")
    wait_for(lambda: story.count("SELECT count(*) FROM events WHERE kind = 'alert_raised'") == 1)
    assert actor_of(story, "alert_raised") == "amina"


def test_a_half_typed_form_is_there_after_the_login(door: Door, story: Story, watched: Watched) -> None:
    person(story, "amina", AccountRole.MEDIC)
    page = entered(watched, door, "amina")
    type_alert(page)
    close(story, "amina")
    until(page, ASKED)  # by itself: the stream ends
    db = story.db()
    with db, db.cursor() as cursor:
        cursor.execute("UPDATE accounts SET closed_at = NULL")
    db.close()
    log_in(page, "amina")
    inside(page)
    form = page.get_by_test_id("alert-form")
    expect(form).to_be_visible()
    expect(form.locator("[name=what]")).to_have_value("mine strike")


def test_words_of_one_person_are_not_sent_as_those_of_another(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    for name in ("amina", "musa"):
        person(story, name, AccountRole.MEDIC)
    page = entered(watched, door, "amina")
    type_alert(page)
    when_sent(page, lambda: close(story, "amina"))
    page.keyboard.press("Enter")
    until(page, ASKED)
    log_in(page, "musa")
    inside(page)
    page.keyboard.press("q")
    queue = page.get_by_test_id("queue")
    queue.get_by_text("typed by amina").first.wait_for()
    shot(page, tmp_path / "queue.png")
    assert story.count("SELECT count(*) FROM events WHERE kind = 'alert_raised'") == 0
    queue.get_by_role("button", name="Send as mine").click()
    wait_for(lambda: story.count("SELECT count(*) FROM events WHERE kind = 'alert_raised'") == 1)
    assert actor_of(story, "alert_raised") == "musa"


def test_a_viewer_is_offered_nothing_that_the_door_would_refuse(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    person(story, "vera", AccountRole.VIEWER)
    story.move("amb-1", 18.8, 5.1)
    alert = story.alert()
    page = entered(watched, door, "vera")
    row = page.locator(f"[data-testid=request-row][data-id='{alert.body.request}']")
    row.click()
    page.keyboard.press("o")
    find = page.get_by_test_id("find-options")
    expect(find).to_be_disabled()
    expect(find).to_have_attribute("title", "Not for the account of a viewer.")
    assert page.get_by_test_id("task").count() == 0
    for name in ("Alert", "Radio"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    for key in ("a", "v"):
        page.keyboard.press(key)
    expect(page.get_by_test_id("toasts")).to_contain_text("Not for the account of a viewer.")
    assert not page.get_by_test_id("alert-form").is_visible()
    assert not page.get_by_test_id("voice-form").is_visible()
    shot(page, tmp_path / "viewer.png")
    told = page.evaluate(
        "async path => { const body = JSON.stringify({ decision: 'D-1', option: '1' });"
        " const headers = { 'Content-Type': 'application/json' };"
        " const answer = await fetch(path, { method: 'POST', body, headers });"
        " return [answer.status, await answer.json()]; }",
        f"/api/requests/{alert.body.request}/task",
    )
    assert told == [
        403,
        {"error": "NotAllowed", "message": "a viewer may not task a vehicle; ask a coordinator"},
    ]
    page.keyboard.press("y")
    until(page, "window.casevac.state().replay")


def test_a_watch_keeper_sees_options_and_no_task_button_and_a_medic_only_own_kinds(
    door: Door, story: Story, watched: Watched
) -> None:
    person(story, "wim", AccountRole.WATCH_KEEPER)
    person(story, "mara", AccountRole.MEDIC)
    story.move("amb-1", 18.8, 5.1)
    alert = story.alert()
    page = entered(watched, door, "wim")
    page.locator(f"[data-testid=request-row][data-id='{alert.body.request}']").click()
    page.keyboard.press("o")
    page.get_by_test_id("option-card").first.wait_for()
    assert page.get_by_test_id("task").count() == 0
    expect(page.get_by_test_id("option-card").first).to_contain_text("Not for the account of a watch-keeper.")
    kinds = "[...document.querySelectorAll('select[name=kind] option')].map(one => one.value)"
    until(page, f"{kinds}.includes('hazard_reported') && !{kinds}.includes('launch_approved')")
    page.get_by_test_id("log-out").click()
    until(page, ASKED)
    log_in(page, "mara")
    inside(page)
    until(page, f"{kinds}.includes('casualty_triaged') && !{kinds}.includes('hazard_reported')")


def test_two_tabs_log_in_and_out_together(door: Door, story: Story, watched: Watched) -> None:
    person(story, "amina", AccountRole.MEDIC)
    first, second = asked(watched, door), asked(watched, door)
    log_in(first, "amina")
    for page in (first, second):
        inside(page)
        expect(page.get_by_test_id("person")).to_have_text("amina · medic")
    second.get_by_test_id("log-out").click()
    for page in (second, first):
        until(page, ASKED)


def test_the_secure_door_tells_how_the_first_account_is_made(story: Story, tmp_path: Path) -> None:
    with serving_tls(story, tmp_path) as door, browsing(trusting=True) as watched:
        page = watched.context.new_page()
        page.goto(str(door.http.base_url))
        page.wait_for_selector("[data-testid=login]:has-text('casevac account add NAME --role coordinator')")
        shot(page, tmp_path / "first.png")
        person(story, "amina", AccountRole.MEDIC)
        log_in(page, "amina")
        inside(page)
        (cookie,) = watched.context.cookies()
        assert (cookie["name"], cookie["secure"]) == (f"__Host-casevac-{door.port}", True)
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


def test_logging_out_wipes_unsent_drafts_from_the_machine(door: Door, story: Story, watched: Watched) -> None:
    person(story, "amina", AccountRole.COORDINATOR)
    page = entered(watched, door, "amina")
    page.keyboard.press("9")
    page.keyboard.type("19.1,5.75")
    kept = "(localStorage.getItem('casevac.nine-drafts') || '').includes('19.1,5.75')"
    until(page, kept)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_test_id("log-out").click()
    until(page, ASKED)
    until(page, f"!({kept})")


def test_logging_out_in_one_tab_leaves_nothing_in_another(door: Door, story: Story, watched: Watched) -> None:
    person(story, "amina", AccountRole.COORDINATOR)
    page = entered(watched, door, "amina")
    other = watched.context.new_page()
    other.goto(door.url)
    inside(other)
    other.keyboard.press("a")
    other.locator("dialog[open] [name=where]").fill("19.1,5.75")
    kept = "(localStorage.getItem('casevac.alert-draft') || '').includes('19.1,5.75')"
    until(other, kept)
    other.evaluate("window.before = true")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_test_id("log-out").click()
    until(page, ASKED)
    until(
        other, f"window.before === undefined && window.casevac && {ASKED}"
    )  # nothing of its memory is left either
    until(other, f"!({kept})")
    assert other.evaluate("window.casevac.state().counts") is None
