"""NMEA 0183 as satellite receivers write it: the fixes of RMC and GGA sentences, in order; pure.

A line that says nothing usable is counted under a word and left out: a log of hours has torn ones.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from operator import xor
from typing import NamedTuple

KNOT_MS = 1852.0 / 3600.0
_LONGEST = 1024  # the standard says 82; receivers write more
_SENTENCE = re.compile(r"\$([A-Z]{2})([A-Z]{3}),([^*$]*)(?:\*([0-9A-Fa-f]{2}))?\s*$")
_DIGITS = re.compile(r"\d+(?:\.\d*)?", re.ASCII)
_CLOCK = re.compile(r"(\d\d)(\d\d)(\d\d)(\.\d*)?", re.ASCII)
_HALF_DAY = timedelta(hours=12)
_DAY = timedelta(days=1)
_NO_DAY = date(1980, 1, 6)  # the first of the satellites' own calendar
_LOST = timedelta(weeks=1024)  # receivers count weeks in ten bits
_TORN, _SUM, _VOID, _WRONG = "torn", "checksum", "no_fix", "out_of_range"


class Fix(NamedTuple):
    """Where a receiver was: degrees, metres above mean sea level, m/s, degrees true; None: not told."""

    at: datetime
    lon: float
    lat: float
    altitude: float | None = None
    speed: float | None = None
    course: float | None = None


class Track(NamedTuple):
    """Fixes in the order they were written, one a moment; and lines that were left out, by the reason."""

    fixes: list[Fix]
    left_out: Counter[str]


class _Left(Exception):
    """A line that is left out; says why."""


class _Told(NamedTuple):
    """What one sentence tells; `day` only where the sentence has a date."""

    clock: time
    lon: float
    lat: float
    day: date | None = None
    altitude: float | None = None
    speed: float | None = None
    course: float | None = None


def read(lines: Iterable[str], day: date | None = None) -> Track:
    """The fixes of these lines. `day`: of the first fix, for a log without RMC, which alone tells dates.

    Where nothing tells a date it is 1980-01-06. A time that goes back by half a day and more is past
    midnight; a date that goes back by 1024 weeks is put right.
    """
    told, left_out = _sentences(lines)
    known = day or _first_day(told)
    fixes: list[Fix] = []
    lost = timedelta(0)
    for one in told:
        last = fixes[-1].at if fixes else None
        if one.day is not None:
            known = one.day + lost
            if last is not None and abs(last.date() - known - _LOST) <= _DAY:
                lost += _LOST
                known += _LOST
        at = datetime.combine(known, one.clock, UTC)
        if one.day is None and last is not None and last - at > _HALF_DAY:
            known += _DAY
            at += _DAY
        _add(fixes, at, one)
    return Track(fixes, left_out)


def _first_day(told: Sequence[_Told]) -> date:
    """The first date told, or the day before it for what was written before that midnight."""
    dated = next((one for one in told if one.day is not None), None)
    if dated is None or dated.day is None:
        return _NO_DAY
    before = _seconds(told[0].clock) - _seconds(dated.clock) > _HALF_DAY.total_seconds()
    return dated.day - _DAY if before else dated.day


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _sentences(lines: Iterable[str]) -> tuple[list[_Told], Counter[str]]:
    told, left_out = [], Counter[str]()
    for line in lines:
        try:
            found = _sentence(line)
        except _Left as why:
            left_out[str(why)] += 1
        else:
            told += [] if found is None else [found]
    return told, left_out


def _add(fixes: list[Fix], at: datetime, told: _Told) -> None:
    """Add what a sentence tells, to the last fix when it is of the same moment."""
    if fixes and fixes[-1].at == at:
        last = fixes[-1]
        more = {name: getattr(told, name) for name in ("altitude", "speed", "course")}
        fixes[-1] = last._replace(**{name: value for name, value in more.items() if value is not None})
    else:
        fixes.append(Fix(at, told.lon, told.lat, told.altitude, told.speed, told.course))


def _sentence(line: str) -> _Told | None:
    """What a line tells; None for a sentence of another kind."""
    start = line.find("$")
    if start < 0 or len(line) > _LONGEST:
        raise _Left(_TORN)
    found = _SENTENCE.match(line[start:])
    if found is None:
        raise _Left(_TORN)
    if found[4] is not None and checksum(f"{found[1]}{found[2]},{found[3]}") != int(found[4], 16):
        raise _Left(_SUM)
    reader = _READ.get(found[2])
    return None if reader is None else reader(found[3].split(","))


def checksum(body: str) -> int:
    """What stands behind the star: every byte between $ and it, combined by exclusive or."""
    return reduce(xor, body.encode("latin-1", "replace"), 0)


def _rmc(cells: Sequence[str]) -> _Told:
    if len(cells) < 9:
        raise _Left(_TORN)
    if cells[1] != "A":
        raise _Left(_VOID)
    speed = _number(cells[6])
    course = _number(cells[7])
    if course is not None and course > 360.0:
        raise _Left(_WRONG)
    return _Told(
        _clock(cells[0]),
        _degrees(cells[4], cells[5], "EW", 180),
        _degrees(cells[2], cells[3], "NS", 90),
        _day(cells[8]),
        speed=None if speed is None else speed * KNOT_MS,
        course=course,
    )


def _gga(cells: Sequence[str]) -> _Told:
    if len(cells) < 10:
        raise _Left(_TORN)
    if cells[5] in ("", "0"):
        raise _Left(_VOID)
    return _Told(
        _clock(cells[0]),
        _degrees(cells[3], cells[4], "EW", 180),
        _degrees(cells[1], cells[2], "NS", 90),
        altitude=_number(cells[8], signed=True),
    )


_READ: dict[str, Callable[[Sequence[str]], _Told]] = {"RMC": _rmc, "GGA": _gga}


def _clock(cell: str) -> time:
    found = _CLOCK.fullmatch(cell)
    if found is None:
        raise _Left(_TORN)
    hour, minute, second = (int(found[place]) for place in (1, 2, 3))
    if hour > 23 or minute > 59 or second > 59:  # a leap second, too
        raise _Left(_WRONG)
    return time(hour, minute, second, int(float(f"0{found[4]}") * 1e6) if found[4] and found[4] != "." else 0)


def _day(cell: str) -> date:
    """A date of two digits a year: 80 to 99 are before 2000, when there were receivers already."""
    if len(cell) != 6 or not (cell.isascii() and cell.isdigit()):
        raise _Left(_TORN)
    year = int(cell[4:])
    try:
        return date(1900 + year if year >= 80 else 2000 + year, int(cell[2:4]), int(cell[:2]))
    except ValueError as fault:
        raise _Left(_WRONG) from fault


def _degrees(cell: str, letter: str, letters: str, most: int) -> float:
    """Degrees from `DDMM.MMMM` and its letter."""
    if not _DIGITS.fullmatch(cell) or len(letter) != 1 or letter not in letters:
        raise _Left(_TORN)
    whole, minutes = divmod(float(cell), 100.0)
    degrees = whole + minutes / 60.0
    if minutes >= 60.0 or degrees > most:
        raise _Left(_WRONG)
    return -degrees if letter == letters[1] else degrees


def _number(cell: str, *, signed: bool = False) -> float | None:
    if not cell:
        return None
    bare = cell[1:] if signed and cell[0] == "-" else cell
    if not _DIGITS.fullmatch(bare) or len(bare) > 12:
        raise _Left(_TORN)
    return -float(bare) if bare != cell else float(cell)
