"""Seconds that a profile needs for every arc in a season (vectorised); infinite where it may not go."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.profile import Profile
from geo.roads import Roads
from geo.terms import (
    ACCESS_CODE,
    BACKWARD,
    BARRIER,
    CLASSES,
    DRY_ONLY,
    FORD,
    FORWARD,
    FREE_EMERGENCY,
    SMOOTHNESS_CODE,
    SURFACES,
)

Floats = NDArray[np.float64]
_SHORTEST_S = 1e-6  # a stretch of no length still takes a moment, so that equal ways stay finite and ordered

_SAME = 1e-6  # a vehicle of 3.5 t passes where 3.5 t is the limit
_ACCESS_OF = {"motorcar": "motor", "hgv": "hgv", "motorcycle": "motorcycle"}


@dataclass(frozen=True)
class Costs:
    """p50 and p90 seconds of the 2m arcs (2e along stretch e, 2e + 1 against it), inf where closed."""

    p50: Floats
    p90: Floats
    passable: NDArray[np.bool_]  # [m] stretches open in at least one direction that a place may meet
    access_s_per_m: float  # between a place and the road
    access_spread: float


def costs(roads: Roads, profile: Profile, season: str, *, night: bool = False) -> Costs:
    """Weights of a ground or foot profile in a season, "dry" or "wet", by day or by night.

    Turn restrictions are no part of them: geo.turns has those.
    """
    speed = _speeds(roads, profile, season, night=night) * profile.speed_factor
    metres = np.asarray(roads.metres, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):  # a barrier has no metres
        seconds = np.where(speed > 0, metres * 3.6 / speed, np.inf)
    timed = (roads.fixed_s > 0) & np.isfinite(seconds)
    seconds[timed] = roads.fixed_s[timed] / profile.speed_factor
    seconds[~_open(roads, profile, season)] = np.inf
    seconds = np.maximum(seconds, _SHORTEST_S)
    both = np.repeat(seconds, 2)
    if profile.obeys_oneway:
        free = FREE_EMERGENCY if "emergency" in profile.exempt else 0
        both[0::2][(roads.flags & (FORWARD | free)) == 0] = np.inf
        both[1::2][(roads.flags & (BACKWARD | free)) == 0] = np.inf
    spread = np.repeat(_table(profile.spread.get(season, {}), SURFACES, 1.0)[roads.surface], 2)
    passable = (np.isfinite(both[0::2]) | np.isfinite(both[1::2])) & ((roads.flags & BARRIER) == 0)
    pace = 3.6 / (profile.access_kmh * profile.speed_factor)
    return Costs(both, both * spread, passable, pace, profile.access_spread)


def part_s(seconds: Floats, arc: int, part: float) -> float:
    """Seconds of a share of an arc; none of a closed arc takes no time."""
    return float(seconds[arc]) * part if part else 0.0


def _table(values: Mapping[str, float], words: tuple[str, ...], otherwise: float) -> Floats:
    return np.asarray([values.get(word, otherwise) for word in words], dtype=np.float64)


def _speeds(roads: Roads, profile: Profile, season: str, *, night: bool) -> Floats:
    """km/h of every stretch before the speed factor; 0 where the class or the surface is closed.

    The night slows what one would drive by day, so that a limit that is lower still is the one that counts.
    """
    by_class = _table(profile.speeds, CLASSES, 0.0)[roads.highway]
    by_surface = _table(profile.surface.get(season, {}), SURFACES, 1.0)[roads.surface]
    speed: Floats = by_class * by_surface
    if night:
        speed = (
            speed * _table(profile.night_factor, CLASSES, profile.night_factor.get("", 1.0))[roads.highway]
        )
    if profile.obeys_maxspeed:
        limit = np.where(roads.maxspeed > 0, roads.maxspeed, np.inf)
        speed = np.minimum(speed, limit)
    return speed


def _open(roads: Roads, profile: Profile, season: str) -> NDArray[np.bool_]:
    """Stretches the profile may use at all: access, size, dry-season roads, fords."""
    allowed = np.zeros(len(ACCESS_CODE), dtype=bool)
    allowed[[ACCESS_CODE[word] for word in profile.access]] = True
    words = roads.foot if profile.kind == "foot" else roads.arrays[_ACCESS_OF[profile.vehicle]]
    opened: NDArray[np.bool_] = allowed[words]
    opened &= roads.smoothness <= SMOOTHNESS_CODE[profile.worst_smoothness]
    sizes = (
        (profile.weight_t, roads.maxweight),
        (profile.height_m, roads.maxheight),
        (profile.width_m, roads.maxwidth),
    )
    for size, limit in sizes:  # tenths
        if size:
            opened &= (limit == 0) | (limit * 0.1 >= size - _SAME)
    if season == "wet":
        closed = DRY_ONLY | (0 if profile.fords_wet else FORD)
        opened = opened & ((roads.flags & closed) == 0)
    return opened
