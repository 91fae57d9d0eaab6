"""Whether the speed that a device tells fits the way it goes: in a wrong unit it is 3.6 times off (pure)."""

import math
from datetime import datetime

import msgspec

from casevac.position import Position

SPEED = "speed"
"""The flag: the speed told is several times what the way shows, or a part of it, again and again."""

_LEAST_M = 300.0  # a way so long tells more than the error of two fixes
_LONGEST_GAP_S = 300.0  # what was driven between two reports further apart, their speeds do not tell
_OFF, _FAR_OFF = (
    2.5,
    6.0,
)  # told over gone: km/h for m/s is 3.6; bends and stops make less, turning back anything
_TIMES = 3
_DEGREE_M = 111_320.0


class Pace(msgspec.Struct, frozen=True, gc=False):
    """A stretch of a device's way: where it began, what was told on it, and where the device is now."""

    start: tuple[float, float]
    told_m: float
    at: datetime
    speed: float
    odd: int = 0  # stretches in a row on which too much (above 0) or too little (below 0) was told

    @property
    def wrong(self) -> bool:
        """True when the unit is wrong, not one stretch."""
        return abs(self.odd) >= _TIMES


def gone(before: Pace | None, fix: Position) -> Pace | None:
    """The pace after one more report; as it was for one without a speed, or older than the last."""
    if fix.speed is None:
        return before
    here = (fix.lon, fix.lat)
    if before is None:
        return Pace(here, 0.0, fix.corrected_at, fix.speed)
    passed_s = (fix.corrected_at - before.at).total_seconds()
    if passed_s <= 0:
        return before
    if passed_s > _LONGEST_GAP_S:
        return Pace(here, 0.0, fix.corrected_at, fix.speed, before.odd)
    told_m = before.told_m + (before.speed + fix.speed) / 2 * passed_s
    moved_m = _metres(before.start, here)
    if max(told_m, moved_m) < _LEAST_M + (fix.accuracy or 0.0):
        return Pace(before.start, told_m, fix.corrected_at, fix.speed, before.odd)
    return Pace(here, 0.0, fix.corrected_at, fix.speed, _odd(before.odd, told_m, moved_m))


def _odd(before: int, told_m: float, moved_m: float) -> int:
    if moved_m * _OFF < told_m < moved_m * _FAR_OFF:
        return max(before, 0) + 1
    if told_m * _OFF < moved_m < told_m * _FAR_OFF:
        return min(before, 0) - 1
    return 0


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = abs(one[0] - other[0])
    east = min(east, 360.0 - east) * math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot(east, one[1] - other[1]) * _DEGREE_M
