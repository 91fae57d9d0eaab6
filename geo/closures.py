"""Which stretches areas close, and which part of each is left to drive."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.area import Area, digest, met
from geo.lonlat import LonLat
from geo.roads import Roads

Cut = tuple[float, float]


@dataclass(frozen=True)
class Closures:
    """Areas laid over a network.

    shut [m] marks the stretches that touch an area: nobody passes along them. `cuts` holds the part of each
    (share from its tail) between its first and last point in an area: beyond it one may still come and go.
    """

    areas: tuple[Area, ...] = ()
    shut: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    cuts: dict[int, Cut] = field(default_factory=dict)
    names: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the areas; empty without any."""
        return digest(self.areas) if self.areas else ""

    def clear(self, stretch: int, begin: float, end: float) -> bool:
        """True when the part of a stretch between two shares lies outside every area."""
        cut = self.cuts.get(stretch)
        return cut is None or max(begin, end) < cut[0] or min(begin, end) > cut[1]

    def open_across(self, *places: LonLat) -> bool:
        """True when the straight way between places touches no area."""
        return not any(each.meets(places) for each in self.areas)

    def around(self, place: LonLat) -> list[str]:
        """Names of the areas that the place lies in."""
        return [each.name for each in self.areas if each.holds(place)]

    def along(self, stretches: Sequence[int]) -> list[str]:
        """Names of the areas that close any of these stretches, in order of travel."""
        return list(dict.fromkeys(name for each in stretches for name in self.names.get(each, ())))

    def across(self, *places: LonLat) -> list[str]:
        """Names of the areas that the straight way between places touches."""
        return met(self.areas, places)


OPEN = Closures()


def closures(roads: Roads, areas: Sequence[Area]) -> Closures:
    """Areas laid over the network; one search of its spatial index an area."""
    shut = np.zeros(roads.stretches, dtype=bool)
    cuts: dict[int, Cut] = {}
    names: dict[int, tuple[str, ...]] = {}
    ordered = tuple(sorted(areas, key=lambda each: (each.name, each.kind, each.points, each.metres)))
    for area in ordered:
        found = np.sort(roads.tree.query(area.shape, predicate="intersects"))
        shut[found] = True
        for e, first, last in zip(found.tolist(), *_cut(roads, found, area), strict=True):
            known = cuts.get(e, (first, last))
            cuts[e] = (min(known[0], first), max(known[1], last))
            names[e] = (*names.get(e, ()), area.name)
    return Closures(ordered, shut, cuts, names)


def _cut(roads: Roads, found: NDArray[np.intp], area: Area) -> tuple[list[float], list[float]]:
    """Shares of each stretch at its first and last point in the area, measured where degrees are square."""
    if not len(found):
        return [], []
    narrow = math.cos(math.radians(area.points[0].lat))
    lines = np.asarray(shapely.transform(roads.tree.geometries[found], lambda xy: xy * (narrow, 1.0)))
    shape = shapely.transform(area.shape, lambda xy: xy * (narrow, 1.0))
    inside = shapely.intersection(lines, shape)
    points, of = shapely.get_coordinates(inside, return_index=True)
    share = shapely.line_locate_point(lines[of], shapely.points(points), normalized=True)
    first, last = np.full(len(found), np.inf), np.full(len(found), -np.inf)
    np.minimum.at(first, of, share)
    np.maximum.at(last, of, share)
    known = np.isfinite(first)  # rounding may leave a touch without a point: then all of it is closed
    return np.where(known, first, 0.0).tolist(), np.where(known, last, 1.0).tolist()
