"""What strangers and clumsy hands send at the newer parts: the watch, the tiles, the lite page."""

import gzip
from urllib.parse import urlencode

import pytest

from casevac.access import AccountRole
from casevac.events import OrderSettled
from casevac.events.shape import LONGEST_TEXT
from maps.pool import Pool
from maps.tilery import Tile, Tilery
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story
from tests.maps.people import person
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
