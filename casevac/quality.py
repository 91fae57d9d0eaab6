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

INACCURATE, BLURRED, STALE, JUMP = "inaccurate", "blurred", "stale", "jump"

_DEGREE_M = 111_320.0
_ROUND = 1e-6  # thousandths of a degree: so near to one, a coordinate may have been rounded to it
_NEAR_DEG = 0.002  # so near to the one before, no speed is worth computing
_HASTY = timedelta(seconds=10)  # a report sent so soon after its fix is not looked at for its age
_SLACK_M = 300.0  # two good fixes of one place may lie this far apart under trees or between walls
Flags = tuple[str, ...]


class Past(msgspec.Struct, frozen=True, gc=False):
    """What is known of a device's reports so far: its newest believable place, and one that was not."""

    at: datetime
    lon: float
    lat: float
    slack_m: float = 0.0  # the accuracy it was told with
    coarse: bool = False  # both its coordinates had three decimals at most
    odd: "Past | None" = None  # where it jumped to last; believed when the next report lies there too


def past_of(fix: Position) -> Past:
    """A stored position as the past of what comes next."""
    return Past(fix.corrected_at, fix.lon, fix.lat, fix.accuracy or 0.0, _decimals_at_most(3, fix))


def look(bounds: FixBounds, top_ms: float, past: Past | None, fix: Position) -> tuple[Flags, Past]:
    """The flags that a report earns beside those of its clock, and the past with it.

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
    east, north = abs(one.lon - other.lon), abs(one.lat - other.lat)
    east = min(east, 360.0 - east) * math.cos(math.radians((one.lat + other.lat) / 2))
    metres = math.hypot(east, north) * _DEGREE_M
    slack_m = _SLACK_M + max(one.slack_m, blur_m(one)) + max(other.slack_m, blur_m(other))
    return metres <= slack_m + top_ms * (1.0 + abs((one.at - other.at).total_seconds()))


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
