"""Coordinates with hemisphere letters, as maps and radios tell them: degrees, minutes, seconds."""

import re
from itertools import pairwise

from geo.errors import BadPlace
from geo.lonlat import LonLat, check

_SIGNS = re.compile(r"[°º˚'’‘′\"”“″:;,*_]")
_UNITS = re.compile(r"(?<=\d)\s*(?:deg|min|sec|d|m|s)(?![a-z])")  # 6d32m32s N: small letters, with a d before
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_HALF = r"(\d+(?:\.\d+)?(?: \d+(?:\.\d+)?){0,2})"
_LETTER_FIRST = re.compile(rf"([NSEW]) ?{_HALF} ?([NSEW]) ?{_HALF}")
_LETTER_LAST = re.compile(rf"{_HALF} ?([NSEW]) ?{_HALF} ?([NSEW])")
_ONE = re.compile(rf"(?:[NSEW] ?{_HALF}|{_HALF} ?[NSEW])")
_MEANT = re.compile(r"(?=.*\d)(?=.*[NSEW]).*[°º˚′″].*")
_PACKED = {4: (2,), 5: (3,), 6: (2, 4), 7: (3, 5)}  # 0632N 02159E, 063232N 0215911E
_GIVE = "give for example 6°32'32\"N 21°59'11\"E, or LON,LAT in degrees"


def read_degrees(text: str) -> LonLat | None:
    """The place, or None when the text is something else; raises BadPlace for minutes of 72 and the like.

    Accepts 6°32'32"N 21°59'11"E, N06 32.5 E021 59.2, 6.54N, 21.98E, 063232N 0215911E, in either order.
    """
    spelt = _UNITS.sub(" ", text) if re.search(r"\d\s*d", text) else text
    upper = spelt.strip().upper()
    if re.search(r"[NSEW]", upper) is None or re.search(r"\d", upper) is None:
        return None
    words = " ".join(_SIGNS.sub(" ", _DECIMAL_COMMA.sub(".", upper)).split())
    if found := _LETTER_FIRST.fullmatch(words):
        first, one, second, two = found.groups()
    elif found := _LETTER_LAST.fullmatch(words):
        one, first, two, second = found.groups()
    else:
        if _ONE.fullmatch(words) and _MEANT.fullmatch(upper):
            raise BadPlace(f"'{text.strip()[:60]}' is only half a place; {_GIVE}")
        return None
    return _place(text, (first, one), (second, two))


def _place(text: str, first: tuple[str, str], second: tuple[str, str]) -> LonLat:
    halves = {"lat" if letter in "NS" else "lon": (letter, words) for letter, words in (first, second)}
    if len(halves) < 2:
        raise BadPlace(
            f"'{text.strip()[:60]}' has two of the same kind; give one of N or S and one of E or W"
        )
    lat, lon = (_degrees(text, *halves[name]) for name in ("lat", "lon"))
    return check(lon, lat)


def _degrees(text: str, letter: str, words: str) -> float:
    numbers = _unpacked(letter, words.split())
    parts = [float(number) for number in numbers]
    if any(part >= 60 for part in parts[1:]) or any("." in number for number in numbers[:-1]):
        raise BadPlace(f"'{text.strip()[:60]}' has minutes or seconds that are none; {_GIVE}")
    size = sum(part / 60.0**power for power, part in enumerate(parts))
    return -size if letter in "SW" else size


def _unpacked(letter: str, numbers: list[str]) -> list[str]:
    """Degrees, minutes, seconds written as one number: two digits of latitude, three of longitude first."""
    whole, dot, rest = numbers[0].partition(".")
    cuts = _PACKED.get(len(whole)) if len(numbers) == 1 else None
    if cuts is None or (cuts[0] == 2) != (letter in "NS"):
        return numbers
    ends = [0, *cuts, len(whole)]
    parts = [whole[a:b] for a, b in pairwise(ends)]
    return [*parts[:-1], parts[-1] + dot + rest]
