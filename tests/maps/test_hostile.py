"""What strangers and clumsy hands send at the newer parts: the watch, the tiles, the lite page."""

import gzip
from pathlib import Path
from urllib.parse import urlencode

import pytest

from casevac.access import AccountRole
from casevac.errors import NotPossible
from casevac.events import OrderSettled
from casevac.events.shape import LONGEST_TEXT
from casevac.picture import empty, fold
from casevac.store import finding, log
from casevac.view import View
from maps import sketched
from maps.keepsake_page import Told, page
from maps.pool import Pool
from maps.tilery import Tile, Tilery
from tests.maps.browser import browsing, shot, until
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story, soon
from tests.maps.people import person
from tests.maps.test_login import ASKED, entered
from tests.maps.test_watch import alarmed, keeping_watch, kinds


def test_no_word_of_a_stranger_stops_the_watch(story: Story) -> None:
    """A reason as long as an event keeps makes the words of its alarm longer than that."""
    story.happen(OrderSettled("E", done=False, why="x" * LONGEST_TEXT, request="R"))
    alarmed(story)
    with keeping_watch(story):
        told = "SELECT count(*) FROM events WHERE kind = 'alarm_raised' AND body->>'alarm' = 'order:E'"
        wait_for(lambda: story.count(told) == 1)
        assert len(kinds(story, "alarm_raised")) > 1


def test_empty_tiles_do_not_fill_the_memory() -> None:
    """At zoom 14 the world has 268 million of them."""
    kept = Tilery(Pool("postgresql://nobody"), most_bytes=100_000)
    for x in range(5000):
        kept._keep(("key", 14, x, 0), Tile(b"", packed=False))
    assert 0 < len(kept) <= 1000
    kept._keep(("key", 14, 4999, 0), Tile(gzip.compress(b"a"), packed=True))
    assert len(kept) <= 1000


@pytest.mark.parametrize("path", ["/lite/login", "/lite/alert"])
def test_a_form_that_no_page_has_is_refused_in_words(door: Door, story: Story, path: str) -> None:
    person(story, "amina", AccountRole.COORDINATOR)
    form = {"content-type": "application/x-www-form-urlencoded"}
    many = urlencode({f"field{n}": "x" for n in range(40)})
    assert door.http.post(path, content=many, headers=form).status_code == 422
    nul = urlencode({"name": "ami\x00na", "password": "a\x00b", "who": "\x00", "key": "\x00"})
    found = door.http.post(path, content=nul, headers=form, follow_redirects=False)
    assert found.status_code in (303, 401, 403, 422)
    assert b"fault of its own" not in found.content


def test_no_browser_keeps_an_answer_about_casualties(door: Door, story: Story) -> None:
    story.alert()
    for path in (
        "casualties", "requests", "log", "brief", "shifts", "live/snapshot", "replay/picture", "me", "nowhere"
    ):  # fmt: skip
        found = door.http.get(f"/api/{path}", params={"at": "2026-11-22T05:00:00Z"})
        assert found.headers["cache-control"] == "no-store", path
    assert (
        door.http.post("/lite/logout", headers={"origin": door.url}).headers["clear-site-data"] == '"cache"'
    )


def test_what_was_typed_goes_with_whoever_logs_out(door: Door, story: Story, tmp_path: Path) -> None:
    person(story, "amina", AccountRole.COORDINATOR)
    with browsing() as watched:
        page = entered(watched, door, "amina")
        page.keyboard.press("i")
        page.get_by_test_id("entry-text").fill("two litters at 19.1,5.75")
        kept = "JSON.stringify(localStorage).includes('two litters')"
        until(page, kept)
        shot(page, tmp_path / "typed.png")
        page.keyboard.press("Escape")
        page.once("dialog", lambda dialog: dialog.accept())
        page.get_by_test_id("log-out").click()
        until(page, ASKED)
        until(page, f"!({kept})")
        assert page.get_by_test_id("entry-text").input_value() == ""


def test_a_machine_that_keeps_nothing_keeps_no_draft(door: Door, story: Story) -> None:
    person(story, "amina", AccountRole.COORDINATOR)
    with browsing() as watched:
        page = entered(watched, door, "amina")
        page.evaluate("localStorage.setItem('casevac.shared', '1')")
        page.keyboard.press("i")
        page.get_by_test_id("entry-text").fill("two litters at 19.1,5.75")
        page.keyboard.press("Escape")
        page.keyboard.press("9")
        page.keyboard.type("19.1,5.75")
        page.wait_for_timeout(300)
        assert "19.1,5.75" not in page.evaluate("JSON.stringify(localStorage)")


def test_a_hazard_without_a_shape_does_not_cost_the_last_picture() -> None:
    sheet = sketched.sheet_of([(18.0, 4.0), (22.0, 7.0)])
    odd = [
        {"type": "Polygon", "coordinates": [[[18.0, 4.0], [19.0, 5.0]]]},
        {"type": "LineString", "coordinates": [[18.0, 4.0]]},
    ]
    hazards = [{"kind": "closure", "name": "x", "geometry": one, "radius_m": 0} for one in odd]
    assert sketched.svg(sheet, None, {}, hazards, []).endswith("</svg>")


def test_hidden_letters_stand_out_in_the_last_picture(story: Story) -> None:
    story.alert("\u202egnp.exe <b>\u2069 " + "x" * 1900)
    db = story.db()
    with db:
        picture = fold(empty(story.id), log.read(db, story.id))
    db.close()
    told = page(View(picture, soon(0), {}), Told((), None, {}))
    assert "\u202e" not in told
    assert "\u2069" not in told
    assert "\u2423gnp.exe &lt;b&gt;" in told
    assert "x" * 400 not in told


def test_a_search_of_a_log_that_is_too_long_ends(story: Story) -> None:
    one, other = story.db(), story.db()
    with one, one.cursor() as cursor:
        cursor.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(NotPossible, match="narrow it"), other:
            log.page(other, story.id, 2**62, 10, log.Asked(text="mine"))
        with pytest.raises(NotPossible, match="narrow it"), other:
            finding.naming(other, story.id, ["R-1"], 10)
    one.close()
    other.close()


def test_what_is_signed_or_timed_by_half_is_refused_in_words(door: Door) -> None:
    sheet = {"lines": {"pickup": "18.8,5.1", "precedences": {"urgent": 1}}, "at": "2026-11-22T05:00:00"}
    found = door.post("/api/nine-line", sheet)
    assert found.status_code == 422, "a time without a zone may be any of 25"
    assert found.json()["error"] == "BadMessage"
    for names in ({"outgoing": " ", "incoming": "musa"}, {"outgoing": "amina", "incoming": "\n\t"}):
        found = door.post("/api/shifts/hand-over", names)
        assert (found.status_code, found.json()["error"]) == (422, "BadMessage")
    assert door.post("/api/shifts/hand-over", {"outgoing": "amina", "incoming": "musa"}).status_code == 201
    key = door.get("/api/shifts")[0]["id"]
    assert door.post(f"/api/shifts/{key}/take-over", {"incoming": " "}).status_code == 422
    assert door.post(f"/api/shifts/{key}/take-over", {"incoming": "musa"}).status_code == 201


def test_a_long_name_pushes_no_button_off_the_screen(door: Door, story: Story, tmp_path: Path) -> None:
    name = "amina" + "-of-the-night" * 2
    person(story, name, AccountRole.COORDINATOR)
    with browsing() as watched:
        page = entered(watched, door, name)
        page.set_viewport_size({"width": 1100, "height": 800})
        shot(page, tmp_path / "long.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= 1100
