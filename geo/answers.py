"""What the Router answers: a route with its arcs, a table, the nearest places."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.lonlat import LonLat


@dataclass(frozen=True)
class RouteArc:
    """One stretch travelled, or the driven part of it."""

    name: str
    ref: str
    metres: float
    seconds: float
    surface: str
    estimated: bool
    highway: str = ""
    stretch: int = -1


@dataclass(frozen=True)
class Route:
    """Way between two places: seconds and metres from door to door, path as drawn, arcs as driven.

    access_m is the straight way between the places and the road, counted in seconds and metres.
    estimated: some arc's length or surface has no public source, or access_m is so long that it matters.
    """

    seconds_p50: float
    seconds_p90: float
    metres: float
    path: tuple[LonLat, ...]
    arcs: tuple[RouteArc, ...]
    estimated: bool
    access_m: float


@dataclass(frozen=True)
class Table:
    """Seconds and metres [origins, destinations]; inf where there is no way, and `reasons` says why."""

    seconds_p50: NDArray[np.float64]
    seconds_p90: NDArray[np.float64]
    metres: NDArray[np.float64]
    reasons: dict[tuple[int, int], str]


@dataclass(frozen=True)
class Reach:
    """How the place at `index` of a list is reached: seconds and metres, or inf and the reason why not."""

    index: int
    seconds_p50: float
    seconds_p90: float
    metres: float
    reason: str | None
