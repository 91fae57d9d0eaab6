"""The 9-line form against the real server and store, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story
from tests.maps.test_page import LIVE, opened

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
        wanted = ("net::ERR_FAILED", "status of 422")  # a link that is cut, a sheet that is refused
        assert [one for one in found.complaints if not any(part in one for part in wanted)] == []
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


def test_a_draft_survives_a_reload_and_can_be_discarded(door: Door, story: Story, watched: Watched) -> None:
    page = begun(watched, door)
    typed(page, "19.1,5.75", "38.65", "PATROL 3", "2A")
    page.keyboard.type("B")  # not even left
    page.reload()
    until(page, LIVE)
    page.keyboard.press("9")
    form = page.get_by_test_id("nine-form")
    expect(form.locator("[name=pickup]")).to_have_value("19.1,5.75")
    expect(form.locator("[name=equipment]")).to_have_value("B")
    expect(form.get_by_test_id("nine-casualty")).to_have_count(2)
    expect(form.locator("[name=sheet] option:checked")).to_contain_text("19.1,5.75")
    page.once("dialog", lambda dialog: dialog.accept())
    form.get_by_role("button", name="Discard").click()
    expect(form.locator("[name=pickup]")).to_have_value("")
    page.reload()
    until(page, LIVE)
    page.keyboard.press("9")
    expect(form.locator("[name=pickup]")).to_have_value("")
    assert door.get("/api/requests") == []


def test_what_is_sent_without_a_link_waits_and_is_stored_once(
    door: Door, story: Story, watched: Watched
) -> None:
    page = begun(watched, door)
    page.route("**/api/nine-line*", lambda route: route.abort())
    typed(page, *LINES[:6])
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("queue-badge")).to_be_visible()
    page.reload()
    until(page, LIVE)
    expect(page.get_by_test_id("queue-badge")).to_be_visible()
    page.unroute("**/api/nine-line*")
    wait_for(lambda: door.get("/api/requests"))
    expect(page.get_by_test_id("queue-badge")).to_be_hidden()
    assert story.count("SELECT count(*) FROM events WHERE kind = 'nine_line_sent'") == 1


def test_wrong_letters_are_told_with_what_is_allowed(door: Door, story: Story, watched: Watched) -> None:
    page = begun(watched, door)
    page.keyboard.press("Alt+3")
    page.keyboard.type("2F")
    field = page.get_by_test_id("nine-form").locator("[name=precedences]")
    expect(field).to_have_attribute("aria-invalid", "true")
    note = page.locator(f"#{field.get_attribute('aria-describedby')}")
    expect(note).to_contain_text("F means nothing in us-atp. It takes A urgent, B urgent surgical")
    page.keyboard.press("Control+Enter")
    expect(field).to_be_focused()
    page.keyboard.press("Alt+6")
    page.keyboard.type("7")  # no number may stand there: line 7
    expect(page.locator("[name=marking]")).to_be_focused()
    page.keyboard.press("Alt+1")
    typed(page, "5")  # a number alone and Enter: line 5
    expect(page.locator("[name=types]")).to_be_focused()
    assert door.get("/api/requests") == []


def test_what_the_server_refuses_comes_back_to_its_field(door: Door, story: Story, watched: Watched) -> None:
    page = begun(watched, door)
    typed(page, "34NFN093912165", "38.65", "PATROL 3", "1A")  # a grid of odd digits
    page.keyboard.press("Control+Enter")
    field = page.get_by_test_id("nine-form").locator("[name=pickup]")
    expect(page.get_by_test_id("nine-trouble")).to_contain_text("line 1")
    expect(field).to_have_value("34NFN093912165")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_test_id("queue-badge")).to_be_hidden()
    page.keyboard.press("Control+A")
    page.keyboard.type("34NFN0939121654")
    page.keyboard.press("Control+Enter")
    told = wait_for(lambda: door.get("/api/requests"))[0]["nine_line"]["fields"]
    assert told["callsign"] == "PATROL 3"


def test_the_same_incident_is_warned_of_and_added_to(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    alert = story.alert(many=2)
    page = begun(watched, door)
    typed(page, "19.102,5.751")
    warning = page.get_by_test_id("nine-twins")
    expect(warning).to_contain_text("R-")
    expect(warning).to_contain_text("m away")
    shot(page, tmp_path / "twins.png")
    warning.get_by_role("button", name="It is another").click()
    expect(warning).to_be_hidden()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Discard").click()
    page.keyboard.press("Alt+2")
    typed(page, "38.65", "patrol 3", "1A 1C", "A", "2L")
    warning.get_by_role("button", name="Add to").click()
    expect(page.get_by_test_id("nine-casualty")).to_have_count(2)
    page.keyboard.press("Control+Enter")
    wait_for(lambda: door.get("/api/requests")[0]["nine_line"])
    (request,) = door.get("/api/requests")
    assert request["id"] == alert.body.request
    assert len(request["casualties"]) == 2
    assert request["nine_line"]["missing"][0].startswith("line 1")


def test_what_others_tell_meanwhile_is_shown_and_not_lost(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    door.post(
        "/api/nine-line", {"lines": {"callsign": "PATROL 3", "precedences": {"urgent": 1}, "litter": 1}}
    )
    request = door.get("/api/requests")[0]["id"]
    page = begun(watched, door)
    page.keyboard.press("Escape")
    until(page, "window.casevac.state().counts.requests === 1")
    page.get_by_test_id("request-row").click()
    page.keyboard.press("9")
    form = page.get_by_test_id("nine-form")
    expect(form.locator("[name=precedences]")).to_have_value("A1")
    page.keyboard.press("Alt+3")
    page.keyboard.press("Control+A")
    page.keyboard.type("2A")
    told = {"precedences": {"urgent": 1, "priority": 1}, "litter": 2}
    door.post("/api/nine-line", {"request": request, "lines": told, "speaker": "DUTY"})
    expect(form).to_contain_text("Told again since by DUTY")
    expect(form.locator("[name=precedences]")).to_have_value("2A")
    expect(form.locator("[name=types]")).to_have_value("L2")
    shot(page, tmp_path / "since.png")
    form.get_by_role("button", name="Take theirs").click()
    expect(form.locator("[name=precedences]")).to_have_value("A1 C1")


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)><b>", "\u202etxet\u2066", "👩\u200d🚒🩸 café", "x" * 5000]
)
def test_hostile_remarks_stay_text(
    door: Door, story: Story, watched: Watched, tmp_path: Path, text: str
) -> None:
    page = begun(watched, door)
    typed(page, "19.1,5.75", "38.65", "<b>P</b>")
    page.locator("[name=remarks]").fill(text)
    page.keyboard.press("Control+Enter")
    told = wait_for(lambda: door.get("/api/requests"))[0]["nine_line"]
    assert told["remarks"] == text[:2000]
    assert told["fields"]["callsign"] == "<b>P</b>"
    words = page.get_by_test_id("read-back")
    expect(words).to_contain_text("REMARKS")
    assert words.evaluate("one => one.children.length") == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, tmp_path / "hostile.png")


def test_the_place_is_picked_on_the_map_by_keyboard(
    door: Door, story: Story, watched: Watched, tmp_path: Path
) -> None:
    page = begun(watched, door)
    page.keyboard.press("Alt+M")
    for key in ("ArrowLeft", "ArrowUp", "+"):
        page.keyboard.press(key)
    shot(page, tmp_path / "picking.png")
    page.keyboard.press("Enter")
    field = page.locator("[name=pickup]")
    expect(field).to_be_focused()
    assert field.input_value().startswith("34N")
    expect(page.get_by_test_id("nine-circle")).to_be_visible()
    page.keyboard.press("Control+Enter")
    request = wait_for(lambda: door.get("/api/requests"))[0]
    assert request["uncertainty_m"] >= 10
    assert 18 < request["lon"] < 22


def test_a_sheet_is_stored_whole_or_not_at_all(door: Door, story: Story) -> None:
    lines = {"pickup": "34NFN0939121654", "callsign": "P3", "precedences": {"urgent": 2}, "litter": 2}
    rows = [{"mist": {"mechanism": "mine"}}, {"vitals": {"systolic": 60, "diastolic": 90}}]
    refused = door.post("/api/nine-line", {"lines": lines, "casualties": rows}, key="a")
    assert refused.status_code == 422
    assert refused.json()["message"].startswith("casualty 2: diastolic 90 is above")
    assert door.get("/api/requests") == door.get("/api/casualties") == []
    rows[1] = {"vitals": {"systolic": 90, "diastolic": 60}, "triage": {"category": "T2"}}
    told = {"lines": lines, "casualties": rows, "speaker": "P3"}
    first = door.post("/api/nine-line", told, key="b").json()
    again = door.post("/api/nine-line", told, key="b").json()
    assert (first["request"], first["casualties"]) == (again["request"], again["casualties"])
    assert len(door.get("/api/casualties")) == 2
    more = door.post(
        "/api/nine-line", {"request": first["request"], "casualties": [{"mist": {"signs": "pale"}}]}
    )
    assert len(more.json()["casualties"]) == 1  # one more, at the place of the request
    assert len(door.get("/api/requests")[0]["casualties"]) == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "tells nothing"),
        ({"lines": {"nonsense": 1}}, "does not know nonsense"),
        ({"lines": {"callsign": "X"}, "request": "R-NONE"}, "R-NONE"),
        ({"lines": {"pickup": "34NFN093912165"}}, "line 1"),
        ({"lines": [], "casualties": 3}, "no 9-line sheet"),
        ({"request": "R-1", "casualties": [{"mist": {"signs": "x"}, "name": "y"}]}, "no 9-line sheet"),
        (
            {"lines": {"callsign": "X"}, "casualties": [{"casualty": "0000-0011", "mist": {"signs": "x"}}]},
            "casualty 1",
        ),
    ],
)
def test_a_sheet_that_cannot_be_meant_is_refused_in_words(
    still_door: Door, body: dict[str, object], words: str
) -> None:
    found = still_door.post("/api/nine-line", body)
    assert 400 <= found.status_code < 500
    assert words in found.json()["message"]


def test_the_letters_are_those_of_the_mission(still_door: Door) -> None:
    told = still_door.get("/api/nine-line")
    assert (told["name"], told["verified"]) == ("us-atp", True)
    assert told["letters"]["3"]["B"] == "urgent_surgical"
    assert told["letters"]["4"]["A"] is None
    assert told["words"]["6"]["no enemy"] == "none"
    assert "T4" not in told["categories"]


def test_a_read_back_is_old_once_a_line_changes(door: Door, story: Story) -> None:
    request = door.post("/api/nine-line", {"lines": {"callsign": "P3"}}).json()["request"]
    assert door.get("/api/requests")[0]["nine_line"]["read_back"] is None
    assert door.post(f"/api/requests/{request}/read-back", {"speaker": "P3"}).status_code == 201
    told = door.get("/api/requests")[0]["nine_line"]["read_back"]
    assert (told["by"], told["current"]) == ("P3", True)
    door.post("/api/nine-line", {"request": request, "lines": {"frequency": "38.65"}})
    assert not door.get("/api/requests")[0]["nine_line"]["read_back"]["current"]
