"""The lite page: what it shows, how little it takes, and that it works without script."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, expect, sync_playwright

from casevac.access import AccountRole
from casevac.events import AlertRaised, VehicleRegistered
from casevac.terms import VehicleKind
from maps.server import STATIC
from tests.maps.browser import CHROMIUM, FLAGS, browsing, shot
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story
from tests.maps.people import PASSWORD, person
from tests.maps.test_access import violations

MOST = 60_000  # bytes over the link, all told
HOSTILE = "<b>x</b>\u202egnp.exe" + "A" * 30


@pytest.fixture
def scriptless() -> Iterator[BrowserContext]:
    """A browser that runs no script."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser.new_context(java_script_enabled=False)
        browser.close()


def test_the_first_visit_takes_at_most_60_kb(door: Door, story: Story) -> None:
    for number in range(20):
        story.alert(f"call {number}", many=2)
    story.move("amb-1", 18.8, 5.1)
    answer = door.http.get("/lite", headers={"accept-encoding": "gzip"})
    sent = int(answer.headers["content-length"])
    assert answer.text.count('<th scope="row">') >= 44
    for name in ("lite.css", "lite.js", "icon.svg"):
        assert f"/{name}" in answer.text
        file = STATIC / name
        sent += len(gzip.compress(file.read_bytes())) if file.is_file() else 0
    assert sent + 4 * 700 <= MOST  # with the head of each answer


def test_it_asks_for_nothing_else_and_shows_what_is_pressing_first(
    door: Door, story: Story, tmp_path: Path
) -> None:
    alert = story.alert(many=2).body
    assert isinstance(alert, AlertRaised)
    story.move("amb-1", 18.8, 5.1)
    call = {"kind": "casualty_reported", "speaker": "P", "lon": 19.1, "lat": 5.75}
    assert door.post("/api/voice", call | {"injury_at": "2020-01-01T00:00:00Z"}).status_code == 201
    with browsing() as watched:
        page = watched.context.new_page()
        page.goto(f"{door.url}/lite")
        expect(page.locator("#state")).to_have_text("LIVE")
        first = page.locator("tbody tr").first
        expect(first).to_contain_text("over")
        expect(page.locator("tbody tr").nth(1)).to_contain_text(alert.casualties[0])
        expect(page.get_by_role("region", name="Alarms")).to_contain_text("CRITICAL")
        expect(page.locator("body")).to_contain_text("AMB 1")
        expect(page.locator("body")).to_contain_text("34N BL 5609 6413")
        told = story.alert("later")
        assert isinstance(told.body, AlertRaised)
        expect(page.locator("main")).to_contain_text(told.body.casualties[0])  # without a reload
        assert {httpx.URL(url).path for url in watched.requests} == {
            "/lite",
            "/lite.css",
            "/lite.js",
            "/icon.svg",
        }
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
            shot(page, tmp_path / f"lite-{scheme}.png")
            assert violations(page) == []
        assert watched.complaints == []


def test_an_alert_is_raised_without_script(door: Door, scriptless: BrowserContext) -> None:
    page = scriptless.new_page()
    page.goto(f"{door.url}/lite")
    page.get_by_role("link", name="Raise an alert").click()
    page.get_by_label("Who calls").fill("PATROL 3")
    page.get_by_label("Where").fill("19.1,5.75")
    page.get_by_label("How many").fill("many")
    page.get_by_label("What happened").fill("mine <strike>")
    page.get_by_role("button", name="Send alert").click()
    expect(page.get_by_role("alert")).to_contain_text("how_many")
    expect(page.get_by_label("What happened")).to_have_value("mine <strike>")
    page.get_by_label("How many").fill("2")
    page.get_by_role("button", name="Send alert").click()
    expect(page).to_have_url(re.compile(r"/lite$"))
    (request,) = wait_for(lambda: door.get("/api/requests"))
    assert (request["who"], request["what"], request["how_many"]) == ("PATROL 3", "mine <strike>", 2)


def test_the_same_form_sent_twice_is_one_alert(door: Door) -> None:
    form = {"who": "P", "place": "19.1,5.75", "how_many": "1", "what": "fall", "key": "k1"}
    for _ in range(2):
        assert door.http.post("/lite/alert", data=form).status_code == 303
    assert len(door.get("/api/requests")) == 1


def test_an_alert_from_another_site_is_refused(door: Door) -> None:
    form = {"who": "P", "place": "19.1,5.75", "how_many": "1", "what": "fall"}
    for head in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert door.http.post("/lite/alert", data=form, headers=head).status_code == 403
    assert door.get("/api/requests") == []


def test_nobody_looks_before_the_login(door: Door, story: Story, scriptless: BrowserContext) -> None:
    story.alert()
    person(story, "amina", AccountRole.VIEWER)
    for path in ("/lite", "/lite/alert"):
        answer = httpx.get(door.url + path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/lite/login")
    form = {"who": "P", "place": "19.1,5.75", "how_many": "1", "what": "fall"}
    assert httpx.post(f"{door.url}/lite/alert", data=form).headers["location"] == "/lite/login"
    page = scriptless.new_page()
    page.goto(f"{door.url}/lite")
    page.get_by_label("Name").fill("amina")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("name or password is wrong")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("tbody tr").first).to_be_visible()
    expect(page.get_by_role("link", name="Raise an alert")).to_have_count(0)  # not for a viewer
    page.goto(f"{door.url}/lite/alert")
    for label, value in (("Who", "P"), ("Where", "19.1,5.75"), ("How many", "1"), ("What", "fall")):
        page.get_by_label(label).first.fill(value)
    page.get_by_role("button", name="Send alert").click()
    expect(page.get_by_role("alert")).to_contain_text("a viewer may not")
    page.goto(f"{door.url}/lite")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Password")).to_be_visible()


def test_nothing_is_sent_while_nothing_changed(door: Door, story: Story) -> None:
    story.alert()

    def asked_twice() -> bool:
        tag = door.http.get("/lite").headers["etag"]
        return door.http.get("/lite", headers={"if-none-match": tag}).status_code == 304

    wait_for(asked_twice)  # a minute may have begun between the two


def test_hostile_names_stay_text(door: Door, story: Story) -> None:
    story.happen(
        VehicleRegistered(
            id="amb-9",
            callsign=HOSTILE,
            vehicle_kind=VehicleKind.GROUND,
            profile="ambulance",
            litters=1,
            seats=1,
            device="amb-9",
        )
    )
    text = wait_for(lambda: (found := door.http.get("/lite").text) and "gnp.exe" in found and found)
    assert "<b>x</b>" not in text
    assert "&lt;b&gt;x&lt;/b&gt;\u2423gnp.exe" in text
    assert "\u202e" not in text
