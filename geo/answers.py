"""What the Router answers: a route with its arcs, a table, the nearest places."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.lonlat import LonLat


@dataclass(frozen=True)
class RouteArc:
    """One stretch travelled, or the driven part of it.

    seconds are those of now, base_s those in the dry season by day without hazards. threats and slow name the
    zones it passes through; severity is the highest of the threats, exposure_s the seconds inside them,
    danger_s those seconds times their severity. No time rests on a threat. Travelled along road arc `arc` (2e
    or 2e + 1 of stretch e) from share `begin` of the stretch to share `end`, counted from its tail.
    """

    name: str
    ref: str
    metres: float
    seconds: float
    surface: str
    estimated: bool
    highway: str = ""
    stretch: int = -1
    base_s: float = 0.0
    threats: tuple[str, ...] = ()
    severity: float = 0.0
    slow: tuple[str, ...] = ()
    exposure_s: float = 0.0
    danger_s: float = 0.0
    arc: int = -1
    begin: float = 0.0
    end: float = 1.0


@dataclass(frozen=True)
class Route:
    """Way between two places: seconds and metres from door to door, path as drawn, arcs as driven.

    access_m is the straight way between the places and the road, counted in seconds and metres.
    estimated: some arc's length or surface has no public source, or access_m is so long that it matters.
    exposure_s are the seconds inside threat zones, danger_s those seconds times their severity.
    """

    seconds_p50: float
    seconds_p90: float
    metres: float
    path: tuple[LonLat, ...]
    arcs: tuple[RouteArc, ...]
    estimated: bool
    access_m: float
    exposure_s: float = 0.0
    danger_s: float = 0.0


@dataclass(frozen=True)
class Table:
    """Seconds and metres [origins, destinations]; inf where there is no way, and `reasons` says why.

    exposure_s, danger_s: seconds inside threat zones on those ways, and those seconds times their severity.
    """

    seconds_p50: NDArray[np.float64]
    seconds_p90: NDArray[np.float64]
    metres: NDArray[np.float64]
    reasons: dict[tuple[int, int], str]
    exposure_s: NDArray[np.float64]
    danger_s: NDArray[np.float64]


@dataclass(frozen=True)
class Reach:
    """How the place at `index` of a list is reached: seconds and metres, or inf and the reason why not."""

    index: int
    seconds_p50: float
    seconds_p90: float
    metres: float
    reason: str | None
    exposure_s: float = 0.0
    danger_s: float = 0.0


@dataclass(frozen=True)
class Closest:
    """Where a vehicle can come nearest to a place it cannot reach: metres from there, in words too."""

    point: LonLat
    metres: float
    words: str
