"""Seconds that a profile needs for every arc in a season (vectorised); infinite where it may not go."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.profile import Profile
from geo.roads import Roads
from geo.terms import ACCESS_CODE, BACKWARD, CLASSES, DRY_ONLY, FORD, FORWARD, SURFACES

Floats = NDArray[np.float64]
_SHORTEST_S = 1e-6  # a stretch of no length still takes a moment, so that equal ways stay finite and ordered


@dataclass(frozen=True)
class Costs:
    """p50 and p90 seconds of the 2m arcs (2e along stretch e, 2e + 1 against it), inf where closed."""

    p50: Floats
    p90: Floats
    passable: NDArray[np.bool_]  # [m] stretches open in at least one direction
    access_s_per_m: float  # between a place and the road
    access_spread: float
    bound: int = 0  # bits of the bans of geo.turns that the profile obeys


def costs(roads: Roads, profile: Profile, season: str) -> Costs:
    """Weights of a ground or foot profile in a season, "dry" or "wet"."""
    speed = _speeds(roads, profile, season) * profile.speed_factor
    metres = np.asarray(roads.metres, dtype=np.float64)
    with np.errstate(divide="ignore"):
        seconds = np.where(speed > 0, metres * 3.6 / speed, np.inf)
    timed = (roads.fixed_s > 0) & np.isfinite(seconds)
    seconds[timed] = roads.fixed_s[timed] / profile.speed_factor
    seconds[~_open(roads, profile, season)] = np.inf
    seconds = np.maximum(seconds, _SHORTEST_S)
    both = np.repeat(seconds, 2)
    if profile.obeys_oneway:
        both[0::2][(roads.flags & FORWARD) == 0] = np.inf
        both[1::2][(roads.flags & BACKWARD) == 0] = np.inf
    spread = np.repeat(_table(profile.spread.get(season, {}), SURFACES, 1.0)[roads.surface], 2)
    passable = np.isfinite(both[0::2]) | np.isfinite(both[1::2])
    pace = 3.6 / (profile.access_kmh * profile.speed_factor)
    return Costs(both, both * spread, passable, pace, profile.access_spread)


def part_s(seconds: Floats, arc: int, part: float) -> float:
    """Seconds of a share of an arc; none of a closed arc takes no time."""
    return float(seconds[arc]) * part if part else 0.0


def _table(values: Mapping[str, float], words: tuple[str, ...], otherwise: float) -> Floats:
    return np.asarray([values.get(word, otherwise) for word in words], dtype=np.float64)


def _speeds(roads: Roads, profile: Profile, season: str) -> Floats:
    """km/h of every stretch before the speed factor; 0 where the class or the surface is closed."""
    by_class = _table(profile.speeds, CLASSES, 0.0)[roads.highway]
    by_surface = _table(profile.surface.get(season, {}), SURFACES, 1.0)[roads.surface]
    speed: Floats = by_class * by_surface
    if profile.obeys_maxspeed:
        limit = np.where(roads.maxspeed > 0, roads.maxspeed, np.inf)
        speed = np.minimum(speed, limit)
    return speed


def _open(roads: Roads, profile: Profile, season: str) -> NDArray[np.bool_]:
    """Stretches the profile may use at all: access, dry-season roads, fords."""
    allowed = np.zeros(len(ACCESS_CODE), dtype=bool)
    allowed[[ACCESS_CODE[word] for word in profile.access]] = True
    opened: NDArray[np.bool_] = allowed[roads.foot if profile.kind == "foot" else roads.motor]
    if season == "wet":
        closed = DRY_ONLY | (0 if profile.fords_wet else FORD)
        opened = opened & ((roads.flags & closed) == 0)
    return opened
