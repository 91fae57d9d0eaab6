"""The place a pickup text names by itself: a military grid, read or spoken, or LON,LAT."""

import re
from typing import NamedTuple

from casevac.errors import BadMessage
from casevac.radio import NUMBERS, PHONETIC
from geo.errors import BadPlace
from geo.lonlat import check
from geo.mgrs import from_mgrs

_PREFIX = re.compile(r"^(?:GRID|MGRS|AT)\b[\s:]*", re.IGNORECASE)
_DEGREES = re.compile(r"^([+-]?\d+(?:\.\d+)?)\s*[,;\s]\s*([+-]?\d+(?:\.\d+)?)$", re.ASCII)
_GRID = re.compile(r"^(?:[0-9]{1,2}[A-Z]|[ABYZ])[A-Z]{2}([0-9]*)$")
_WITHOUT_ZONE = re.compile(r"^[A-Z]{2}(?:[0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10})$")
_BROKEN = re.compile(r"^[0-9]{1,2}[A-Z]{1,4}[0-9]+$")


class Spot(NamedTuple):
    """A place and within how many metres it lies; None: not told."""

    lon: float
    lat: float
    uncertainty_m: float | None


def spot(text: str) -> Spot | None:
    """The place a text names by itself; None when it names none, as "the old bridge".

    A grid of fewer digits is a larger square: the uncertainty is half its diagonal. Raises BadMessage
    for a grid that is broken, or that without its zone could be in many places.
    """
    told = _PREFIX.sub("", text.strip())
    if degrees := _DEGREES.match(told):
        return _degrees(told, float(degrees[1]), float(degrees[2]))
    grid = _spelled(told)
    if _WITHOUT_ZONE.match(grid) or re.fullmatch("[0-9]{4,10}", grid):
        raise BadMessage(
            f"{told[:40]!r} has no grid zone and could be in many places; give it in full, as 34NFN0939121654"
        )
    found = _GRID.match(grid)
    if found is None and not _BROKEN.match(grid):
        return None
    try:
        place = from_mgrs(grid)
    except BadPlace as fault:
        raise BadMessage(str(fault)) from fault
    digits = len(found[1]) // 2 if found else 0
    if not digits:
        raise BadMessage(f"{told[:40]!r} names a square of 100 km; add the digits, as 34NFN0939121654")
    return Spot(place.lon, place.lat, round(10.0 ** (5 - digits) * 2**0.5 / 2, 1))


def _degrees(told: str, lon: float, lat: float) -> Spot | None:
    if "." not in told and "," not in told and abs(lon) > 180:  # two halves of a grid, not degrees
        raise BadMessage(
            f"{told[:40]!r} has no grid zone and could be in many places; give it in full, as 34NFN0939121654"
        )
    try:
        return Spot(*check(lon, lat), None)
    except BadPlace as fault:
        raise BadMessage(str(fault)) from fault


def _spelled(text: str) -> str:
    """The text as one word, with what was spoken letter by letter as letters and digits."""
    words = re.split(r"[\s,-]+", text.upper())
    return "".join(PHONETIC.get(word) or str(NUMBERS.get(word, word)) for word in words)
