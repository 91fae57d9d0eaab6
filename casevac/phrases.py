"""What a spoken place says: so far from a place in a direction, or so far along a road (pure)."""

import re
from typing import NamedTuple

from geo.errors import BadPlace
from geo.spelling import squeezed

FARTHEST_M = 1_000_000.0
_UNITS = {"km": 1000.0, "m": 1.0, "mi": 1609.344, "nm": 1852.0}
_EN = ("north", "east", "south", "west")
_FR = ("nord", "est", "sud", "ouest")
_LETTERS = (("n", "e", "s", "w"), ("n", "e", "s", "o"))


class Offset(NamedTuple):
    """So many metres from a place: bearing in degrees true, None for any, give or take so many degrees."""

    near: str
    metres: float
    bearing: float | None
    give_or_take: float


class Along(NamedTuple):
    """So many metres along a road ("" for whichever leads there) from a place, towards another or ""."""

    road: str
    metres: float
    start: str
    towards: str


def _points() -> dict[str, tuple[float, float]]:
    """Compass points by their squeezed words: degrees, and how far each way such a word reaches."""
    found: dict[str, tuple[float, float]] = {}
    for words in (_EN, _FR, *_LETTERS):
        north, east, south, west = words
        quarters = ((north, east, 0.0), (south, east, 180.0), (south, west, 180.0), (north, west, 360.0))
        for at, word in enumerate(words):
            found[word] = (90.0 * at, 22.5)
        for pole, side, base in quarters:
            across = 90.0 if side == east else 270.0
            middle = (base + across) / 2
            found[pole + side] = (middle, 22.5)
            found[pole + pole + side] = ((base + middle) / 2 % 360.0, 11.25)
            found[side + pole + side] = ((across + middle) / 2, 11.25)
    return found


POINTS = _points()
_NUMBER = r"\d+(?:[.,]\d+)?"
_UNIT = r"(?:kms?|kilom[eè]t(?:re|er)s?|nmi?|nautical miles?|mi|miles?|m|m[eè]t(?:re|er)s?)\b"
_DISTANCE = rf"(?P<metres>{_NUMBER})\s*(?P<unit>{_UNIT})"
_POST = rf"(?:(?:km|pk)\s*(?P<post>{_NUMBER})|{_DISTANCE})"
_WORD = r"(?:north|south|east|west|nord|sud|est|ouest)"
_DIRECTION = (
    r"(?:(?:(?:to|au|à|in) )?(?:the |l['’]\s*)?)"
    rf"(?P<point>{_WORD}(?:[\s-]*{_WORD}){{0,2}}|[NSEWO]{{1,3}})\b\.?"
    r"|(?:bearing |on |azimuth |cap )*"
    r"(?P<bearing>\d{3}(?:\.\d+)?)\s*(?:°|º|deg(?:rees)?\b)?(?:\s*(?:true|T)\b)?"
)
_OF = r"(?:(?:of|from|de|du|off)\s+|d['’]\s*)"
_FROM = r"(?:from|after|de|depuis|après)\s+"
_TO = r"(?:towards?|to|vers|direction)\s+"
_AIM = rf"(?:\s*,?\s*{_TO}(?P<towards>.+))?"


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_OFFSETS = (
    _form(rf"{_DISTANCE}\s*,?\s*(?:{_DIRECTION})\s*,?\s*{_OF}?(?P<near>.*\S)"),
    _form(rf"(?P<near>.+?)\s*[+,]?\s*{_DISTANCE}\s*,?\s*(?:{_DIRECTION})"),
    _form(rf"(?P<near>.+?)[\s,]+(?:{_DIRECTION})\s*[,/+]?\s*{_DISTANCE}"),
    _form(rf"(?:within |about )?{_DISTANCE}\s+(?:{_OF}|around\s+)(?P<near>.+?)"),
)
_ALONGS = (
    _form(rf"(?P<road>.+?)\s*[+,]?\s*(?:at |au )?\b{_POST}\s+{_FROM}(?P<start>.+?){_AIM}"),
    _form(rf"{_DISTANCE}\s+(?:along|on|sur|down|up)\s+(?P<road>.+?)\s+{_FROM}(?P<start>.+?){_AIM}"),
    _form(rf"{_DISTANCE}\s+{_FROM}(?P<start>.+?)\s+(?:along|on|sur)\s+(?P<road>.+?){_AIM}"),
    _form(rf"{_DISTANCE}\s+{_FROM}(?P<start>.+?)\s*,?\s*{_TO}(?P<towards>.+)"),
    _form(rf"(?P<road>.+?)\s*[+,]?\s*(?:at |au )?(?:\b{_POST})"),
)


def read(text: str) -> Offset | Along | None:
    """What the words say, None when they are of another form; raises BadPlace for a bearing of 400, say."""
    words = " ".join(re.sub(r"\s*[–—]\s*", " - ", text).split())
    for form in _ALONGS[:4]:
        if found := form.fullmatch(words):
            said = _along(found)
            aim = squeezed(said.towards.removeprefix("the "))
            return Offset(said.start, said.metres, *POINTS[aim]) if aim in POINTS and not said.road else said
    for form in _OFFSETS:
        if found := form.fullmatch(words):
            return _offset(found)
    found = _ALONGS[4].fullmatch(words)
    return _along(found) if found else None


def _along(found: re.Match[str]) -> Along:
    told = found.groupdict()
    return Along(
        (told.get("road") or "").strip(" ,"),
        _metres(told),
        told.get("start") or "",
        told.get("towards") or "",
    )


def _offset(found: re.Match[str]) -> Offset:
    told = found.groupdict()
    near, metres = told["near"].strip(" ,"), _metres(told)
    if told.get("point"):
        point = squeezed(told["point"])
        if point not in POINTS:
            raise BadPlace(f"{told['point']!r} is no direction; give N, NE, NNE, .. or three digits as 045")
        return Offset(near, metres, *POINTS[point])
    if told.get("bearing"):
        bearing = float(told["bearing"])
        if bearing > 360.0:
            raise BadPlace(f"a bearing of {bearing:g} is none; give 000 to 360 degrees true")
        return Offset(near, metres, bearing % 360.0, 5.0)
    return Offset(near, metres, None, 180.0)


def _metres(told: dict[str, str | None]) -> float:
    number = float((told.get("post") or told.get("metres") or "0").replace(",", "."))
    unit = "km" if told.get("post") else squeezed(told.get("unit") or "km")
    metres = number * _UNITS[_unit(unit)]
    if metres > FARTHEST_M:
        raise BadPlace(f"{metres / 1000:g} km is too far to tell a place by; name one that is nearer")
    return metres


def _unit(word: str) -> str:
    if word.startswith("k"):
        return "km"
    if word.startswith(("nm", "nau")):
        return "nm"
    return "mi" if word.startswith("mi") else "m"
