"""How far a position can be trusted: flags of a report, and the radius within which it is true (pure).

`jump`, and `blurred` by three decimals, look at what the device reported before, as known when the report
came: in another order the same reports earn other ones.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from casevac.mission import FixBounds
from casevac.position import Fix, Position
from casevac.terms import VehicleKind
from casevac.words import km

INACCURATE, BLURRED, STALE, JUMP, SPEED = "inaccurate", "blurred", "stale", "jump", "speed"

OF_PLACE = frozenset({INACCURATE, BLURRED, STALE, JUMP, SPEED})
"""Flags that are not those of a clock."""
_DEGREE_M = 111_320.0
_ROUND = 1e-6  # thousandths of a degree: so near to one, a coordinate may have been rounded to it
_NEAR_DEG = 0.002  # so near to the one before, no speed is worth computing
_HASTY = timedelta(seconds=10)  # a report sent so soon after its fix is not looked at for its age
_OF_UNIT = (2.7, 4.8)  # told over moved: km/h taken for m/s is 3.6; a way is longer than its displacement
_OF_UNIT_BELOW = (0.2, 0.37)  # m/s taken for km/h is 1 / 3.6
_MOVED_M, _MOVED_S = 150.0, (2.0, 300.0)  # less, sooner or later says nothing of the speed
_SURE = 3  # so many reports running, and it is the unit
_SLACK_M = 300.0  # two good fixes of one place may lie this far apart under trees or between walls
Flags = tuple[str, ...]


class Past(msgspec.Struct, frozen=True, gc=False):
    """What is known of a device's reports so far: its newest believable place, and one that was not."""

    at: datetime
    lon: float
    lat: float
    slack_m: float = 0.0  # the accuracy it was told with
    coarse: bool = False  # both its coordinates had three decimals at most
    unit: int = 0  # how many reports running told a speed out by a unit, below 0: too low
    odd: "Past | None" = None  # where it jumped to last; believed when the next report lies there too


def past_of(fix: Position) -> Past:
    """A stored position as the past of what comes next."""
    return Past(fix.corrected_at, fix.lon, fix.lat, fix.accuracy or 0.0, _decimals_at_most(3, fix))


def look(bounds: FixBounds, top_ms: float, past: Past | None, fix: Position) -> tuple[Flags, Past]:
    """The flags that a report earns beside those of its clock, and the past with it: as `_look`, and `speed`.

    `speed`: of a device whose dialect has no numbers of its own, and perhaps another unit than it says: told
    3.6 times too high or too low against the way between fixes, several reports running.
    """
    flags, now = _look(bounds, top_ms, past, fix)
    if fix.epoch >= 0 or fix.speed is None or past is None:
        return flags, now
    count = _out_by_unit(past, fix)
    if count != now.unit:
        now = msgspec.structs.replace(now, unit=count)
    return (*flags, SPEED) if abs(count) >= _SURE else flags, now


def _out_by_unit(past: Past, fix: Position) -> int:
    """How many reports running told a speed that is out by a unit; what says nothing changes nothing."""
    seconds = (fix.corrected_at - past.at).total_seconds()
    moved_m = _metres(past, Past(past.at, fix.lon, fix.lat))
    slack_m = _MOVED_M + past.slack_m + (fix.accuracy or 0.0)
    if fix.speed is None or not _MOVED_S[0] <= seconds <= _MOVED_S[1] or moved_m < slack_m:
        return past.unit
    ratio = fix.speed * seconds / moved_m
    if _OF_UNIT[0] <= ratio <= _OF_UNIT[1]:
        return max(past.unit, 0) + 1
    return min(past.unit, 0) - 1 if _OF_UNIT_BELOW[0] <= ratio <= _OF_UNIT_BELOW[1] else 0


def _look(bounds: FixBounds, top_ms: float, past: Past | None, fix: Position) -> tuple[Flags, Past]:
    """The flags but for `speed`.

    `top_ms` is the most its vehicle can do, m/s. `blurred` are coordinates of at most two decimals (1 km),
    of three when the report before had no more either (one round number is chance), or an accuracy of
    kilometres. `stale` was made long before it was sent, by the device's own clock.
    """
    lon, lat, accuracy, at = fix.lon, fix.lat, fix.accuracy, fix.corrected_at
    thousands = lon * 1000.0  # a cheap look first: hardly any report passes it
    coarse = abs(thousands - round(thousands)) < _ROUND and _decimals_at_most(3, fix)
    good = accuracy is None or accuracy <= bounds.inaccurate_m
    flags: Flags = ()
    if coarse or not good or (fix.sent_at is not None and fix.sent_at - fix.at > _HASTY):
        flags = _of_itself(bounds, fix, coarse=coarse, before=past is not None and past.coarse)
    here = Past(at, lon, lat, accuracy or 0.0, coarse)
    if past is None:
        return flags, here
    if -_NEAR_DEG < past.lon - lon < _NEAR_DEG and -_NEAR_DEG < past.lat - lat < _NEAR_DEG:
        return flags, here if at >= past.at else past
    return _moved(past, here, flags, top_ms)


class Marks(NamedTuple):
    """Where devices were and when: [k] microseconds since 1970, [k] degrees."""

    at: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


class Limits(NamedTuple):
    """What each report is held against, [k] each: metres, seconds, metres a second."""

    inaccurate_m: NDArray[np.float64]
    stale_fix_s: NDArray[np.float64]
    top_ms: NDArray[np.float64]


def unremarkable(
    here: Marks,
    before: Marks,
    sent: NDArray[np.int64],
    accuracy: NDArray[np.float64],
    limits: Limits,
) -> NDArray[np.bool_]:
    """Which of many reports, each after the one `before` of its device, `look` would give no flag for sure.

    sent: [k] microseconds since 1970; accuracy: [k] metres, NaN where not told. The others are to be looked
    at one by one.
    """
    thousands = here.lon * 1000.0
    coarse = np.abs(thousands - np.rint(thousands)) < _ROUND
    passed_s = (here.at - before.at) / 1e6
    most_m = np.hypot(here.lon - before.lon, here.lat - before.lat) * _DEGREE_M  # less off the equator
    kept = (passed_s >= 0) & (most_m <= _SLACK_M + limits.top_ms * (1.0 + passed_s))
    fresh = sent - here.at <= limits.stale_fix_s * 1e6
    return kept & fresh & ~coarse & ~(accuracy > limits.inaccurate_m)


def _moved(past: Past, here: Past, flags: Flags, top_ms: float) -> tuple[Flags, Past]:
    """Whether it can have got there, from where it was or from where it was said to have jumped."""
    if _reached(past, here, top_ms):
        return flags, here if here.at >= past.at else past
    if past.odd is not None and _reached(past.odd, here, top_ms):
        return flags, here if here.at >= past.odd.at else past
    return (*flags, JUMP), msgspec.structs.replace(past, odd=here, coarse=here.coarse)


def _of_itself(bounds: FixBounds, fix: Position, *, coarse: bool, before: bool) -> Flags:
    flags: Flags = ()
    if fix.accuracy is not None and fix.accuracy > bounds.inaccurate_m:
        flags = (INACCURATE, BLURRED) if fix.accuracy >= bounds.blurred_m else (INACCURATE,)
    if coarse and (before or _decimals_at_most(2, fix)) and BLURRED not in flags:
        flags = (*flags, BLURRED)
    if fix.sent_at is not None and (fix.sent_at - fix.at).total_seconds() > bounds.stale_fix_s:
        flags = (*flags, STALE)
    return flags


def top_speed(bounds: FixBounds, kind: VehicleKind | None, speed_factor: float) -> float:
    """The most a vehicle can do, m/s; of a device without a vehicle, what nothing in a mission does."""
    limits: Mapping[VehicleKind | None, float] = {
        VehicleKind.GROUND: bounds.jump_ground_ms,
        VehicleKind.AIR: bounds.jump_air_ms,
    }
    return limits.get(kind, bounds.jump_ms) * max(1.0, speed_factor)


def _reached(one: Past, other: Past, top_ms: float) -> bool:
    """True when nothing speaks against going from one to the other in the time between, either way."""
    metres = _metres(one, other)
    slack_m = _SLACK_M + max(one.slack_m, blur_m(one)) + max(other.slack_m, blur_m(other))
    return metres <= slack_m + top_ms * (1.0 + abs((one.at - other.at).total_seconds()))


def _metres(one: Past, other: Past) -> float:
    east, north = abs(one.lon - other.lon), abs(one.lat - other.lat)
    east = min(east, 360.0 - east) * math.cos(math.radians((one.lat + other.lat) / 2))
    return math.hypot(east, north) * _DEGREE_M


def _decimals_at_most(decimals: int, fix: Position | Past) -> bool:
    """JSON numbers lose trailing zeros: what one coordinate lacks may be chance, in both it is seldom."""
    return round(fix.lon, decimals) == fix.lon and round(fix.lat, decimals) == fix.lat


def blur_m(fix: Position | Past) -> float:
    """Metres from the told to the true place at most, when both were rounded to the decimals they have."""
    for decimals in range(3):
        if _decimals_at_most(decimals, fix):
            return math.hypot(0.5, 0.5) * _DEGREE_M * float(10**-decimals)
    return math.hypot(0.5, 0.5) * _DEGREE_M / 1000.0 if _decimals_at_most(3, fix) else 0.0


def spread_m(fix: Fix) -> float:
    """The radius within which a position is true, metres; 0 for one that may be taken for a point."""
    if not isinstance(fix, Position):
        return 0.0
    blur = blur_m(fix) if BLURRED in fix.flags else 0.0
    wide = INACCURATE in fix.flags or BLURRED in fix.flags or fix.source == "voice"
    return max(blur, fix.accuracy or 0.0) if wide else 0.0


def doubt(fix: Fix) -> str:
    """Why a position is not to be relied on, as words that follow a vehicle's name; empty when it is."""
    flags = fix.flags if isinstance(fix, Position) else ()
    if JUMP in flags:
        return "was last reported where it cannot have got to in the time"
    vague = BLURRED in flags or INACCURATE in flags
    return f"has a position known to {km(spread_m(fix))} only" if vague else ""
