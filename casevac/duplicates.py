"""Requests that may tell of one incident: near, soon after each other, of similar numbers."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from math import cos, hypot, radians
from operator import itemgetter

from casevac.casualty import Place
from casevac.picture import Picture
from casevac.request import NEAR_M, SOON, Request, RequestState, similar
from casevac.state import PLACED
from casevac.view import View

SHOWN = 3
_DEGREE_M = 111_195.0  # metres of one degree of latitude on a sphere


def duplicates(
    view: View, lon: float, lat: float, at: datetime, how_many: int | None, uncertainty_m: float | None = None
) -> list[tuple[str, str]]:
    """Open requests that may be the same incident as this one, the latest 3, each with the reason in words.

    Opened within 30 minutes of `at`, no farther than 1 km or the larger uncertainty (metres), and of a
    similar number of casualties; None: not known.
    """
    first = bisect_left(view.by_opening, at - SOON, key=itemgetter(0))
    last = bisect_right(view.by_opening, at + SOON, key=itemgetter(0))
    place = Place(lon, lat, uncertainty_m)
    return list(islice(_same(view, view.by_opening[first:last], (place, at, how_many)), SHOWN))


def of_request(view: View, request: str) -> list[tuple[str, str]]:
    """Open requests opened before this open one that may be the same incident; none when it has no place.

    The later one names the earlier, so news of one request changes few others.
    """
    one = view.requests.get(request)
    if one is None or one.opened_at is None or (place := one.place) is None:
        return []
    if view.request_state(request) == RequestState.CLOSED:
        return []
    first = bisect_left(view.by_opening, one.opened_at - SOON, key=itemgetter(0))
    last = bisect_left(view.by_opening, one.opened_at, key=itemgetter(0))
    asked = (place, one.opened_at, one.how_many)
    return list(islice(_same(view, view.by_opening[first:last], asked), SHOWN))


Asked = tuple[Place, datetime, int | None]


def _same(view: View, rows: list[tuple[datetime, str]], asked: Asked) -> Iterator[tuple[str, str]]:
    """Those of these requests that may be the one asked about, the latest first."""
    place, at, how_many = asked
    for opened_at, key in reversed(rows):
        one = view.picture.requests[key]
        metres = _apart(place, one.place)
        if metres is None or not similar(how_many, one.how_many):
            continue
        if view.request_state(key) != RequestState.CLOSED:
            yield key, _words(one, metres, (opened_at - at).total_seconds())


def answer(view: View, request: str) -> list[dict[str, str]]:
    """The same as JSON values: request id and words."""
    return [{"request": key, "words": words} for key, words in of_request(view, request)]


def neighbours(picture: Picture, requests: Iterable[str]) -> set[str]:
    """Requests that may count these among their duplicates, open or not: near, and opened soon after."""
    wanted = [
        (one.opened_at, one.place)
        for key in requests
        if (one := picture.requests.get(key)) is not None and one.opened_at is not None
    ]
    if not wanted:
        return set()
    first, last = min(at for at, _ in wanted), max(at for at, _ in wanted) + SOON
    known = _placed(picture)
    start, end = bisect_left(known, first, key=itemgetter(0)), bisect_right(known, last, key=itemgetter(0))
    placed = known[start:end]
    return {other for at, place in wanted if place for other in _after(placed, at, place)}


def _placed(picture: Picture) -> list[tuple[datetime, str, Place]]:
    """Requests with a place by when they were opened; kept with the picture."""
    kept: list[tuple[datetime, str, Place]] | None = picture.__dict__.get(PLACED)
    if kept is None:
        known = ((one.opened_at, one.id, one.place) for one in picture.requests.values())
        kept = sorted((at, key, place) for at, key, place in known if at and place)
        picture.__dict__[PLACED] = kept
    return kept


def _after(placed: list[tuple[datetime, str, Place]], at: datetime, place: Place) -> Iterator[str]:
    first = bisect_right(placed, at, key=itemgetter(0))
    last = bisect_right(placed, at + SOON, key=itemgetter(0))
    return (key for _, key, other in placed[first:last] if _apart(place, other) is not None)


def _apart(one: Place, other: Place | None) -> float | None:
    """Metres between the two when they may be one place; None when not."""
    if other is None:
        return None
    within = max(NEAR_M, one.uncertainty_m or 0.0, other.uncertainty_m or 0.0)
    north = (one.lat - other.lat) * _DEGREE_M
    east = (
        ((one.lon - other.lon + 180.0) % 360.0 - 180.0) * _DEGREE_M * cos(radians((one.lat + other.lat) / 2))
    )
    metres = hypot(north, east)  # flat, and on a sphere: within 1 % for what is near
    return metres if metres <= within else None


def _words(one: Request, metres: float, seconds: float) -> str:
    many = "" if one.how_many is None else f", {one.how_many} casualt{'y' if one.how_many == 1 else 'ies'}"
    minutes = round(abs(seconds) / 60)
    when = f"{minutes} min {'before' if seconds < 0 else 'later'}" if minutes else "at the same time"
    what = f": {one.what[:40]}" if one.what else ""
    return f"{one.id} is {metres:.0f} m away, opened {when}{many}{what}"
