"""A lattice of points over the land: seconds at each of them, and what is reached by a limit as polygons."""

import math
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Field = NDArray[np.float32]
MOST_POINTS = 3_000_000
_DEGREE_M = 111_320.0  # of a meridian and of the equator, to half a per cent: the width of a cell, no way
_DIGITS = 7


class Lattice(NamedTuple):
    """Points at west + column * wide, south + row * high, in degrees; metres apart `step_m` in the middle."""

    west: float
    south: float
    wide: float
    high: float
    columns: int
    rows: int
    step_m: float

    def cell(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Columns and rows of places [k], with fractions; outside the lattice they are out of range."""
        column: Floats = (lon - self.west) / self.wide
        row: Floats = (lat - self.south) / self.high
        return column, row

    def points(self, stride: int = 1) -> tuple[Floats, Floats]:
        """Longitudes [columns] and latitudes [rows] of every stride-th point."""
        columns, rows = np.arange(0, self.columns, stride), np.arange(0, self.rows, stride)
        lons = np.asarray(self.west + self.wide * columns, dtype=np.float64)
        return lons, np.asarray(self.south + self.high * rows, dtype=np.float64)


def lattice(bounds: tuple[float, float, float, float], margin_m: float, step_m: float) -> Lattice:
    """Over west, south, east, north and a margin; coarser than step_m where there were too many points."""
    west, south, east, north = bounds
    narrow = max(0.05, math.cos(math.radians((south + north) / 2.0)))
    wide_m = (east - west) * narrow * _DEGREE_M + 2.0 * margin_m
    high_m = (north - south) * _DEGREE_M + 2.0 * margin_m
    step_m = max(step_m, math.sqrt(wide_m * high_m / MOST_POINTS))
    columns, rows = math.ceil(wide_m / step_m) + 3, math.ceil(high_m / step_m) + 3
    high = step_m / _DEGREE_M
    wide = high / narrow
    side, foot = margin_m / (narrow * _DEGREE_M) + wide, margin_m / _DEGREE_M + high
    return Lattice(west - side, south - foot, wide, high, columns, rows, step_m)


class Seeds(NamedTuple):
    """Places on roads [k], and the seconds at which each is reached."""

    lon: Floats
    lat: Floats
    seconds: Floats


def empty(over: Lattice) -> Field:
    """Nothing is reached."""
    return np.full((over.rows, over.columns), np.inf, dtype=np.float32)


def spread(over: Lattice, seeds: Seeds, s_per_m: float, most_m: float) -> Field:
    """Seconds at every point: of the best seed and the straight walk from it, at most most_m. Never too soon.

    The walk counts to a corner of the seed's cell and on from there, so it is a little longer than it is.
    """
    found = empty(over)
    column, row = over.cell(seeds.lon, seeds.lat)
    flat = found.reshape(-1)
    for right in (0, 1):
        for up in (0, 1):
            i, j = np.floor(column).astype(np.int64) + right, np.floor(row).astype(np.int64) + up
            walk = np.hypot(column - i, row - j) * over.step_m
            seconds = seeds.seconds + walk * s_per_m
            ok = (walk <= most_m) & (i >= 0) & (j >= 0) & (i < over.columns) & (j < over.rows)
            np.minimum.at(flat, j[ok] * over.columns + i[ok], seconds[ok].astype(np.float32))
    return _walked(over, found, s_per_m, most_m)


def _walked(over: Lattice, found: Field, s_per_m: float, most_m: float) -> Field:
    """The least of every point and those it can be walked to from; only around what is reached."""
    seen = np.isfinite(found)
    if not seen.any():
        return found
    steps = max(0, int(most_m / over.step_m - math.sqrt(2.0)))  # a corner may be a diagonal away already
    rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
    top = slice(max(0, int(rows[0]) - steps), int(rows[-1]) + steps + 1)
    side = slice(max(0, int(columns[0]) - steps), int(columns[-1]) + steps + 1)
    near = found[top, side]
    best = near.copy()
    for dy in range(-steps, steps + 1):
        for dx in range(-steps, steps + 1):
            far = math.hypot(dx, dy)
            if 0.0 < far <= steps:
                _closer(best, near, (dy, dx), np.float32(far * over.step_m * s_per_m))
    found[top, side] = best
    return found


def _closer(best: Field, near: Field, step: tuple[int, int], seconds: np.float32) -> None:
    """Points that are reached sooner from their neighbour at this step."""
    dy, dx = step
    rows, columns = best.shape
    if abs(dy) >= rows or abs(dx) >= columns:
        return
    here = best[max(0, dy) : rows + min(0, dy), max(0, dx) : columns + min(0, dx)]
    there = near[max(0, -dy) : rows + min(0, -dy), max(0, -dx) : columns + min(0, -dx)]
    np.minimum(here, there + seconds, out=here)


def touched(over: Lattice, seeds: Seeds) -> Field:
    """Seconds at the four corners of every cell that holds a seed, as if each were on the road."""
    found = empty(over)
    column, row = over.cell(seeds.lon, seeds.lat)
    flat, seconds = found.reshape(-1), seeds.seconds.astype(np.float32)
    for right in (0, 1):
        for up in (0, 1):
            i, j = np.floor(column).astype(np.int64) + right, np.floor(row).astype(np.int64) + up
            ok = (i >= 0) & (j >= 0) & (i < over.columns) & (j < over.rows)
            np.minimum.at(flat, j[ok] * over.columns + i[ok], seconds[ok])
    return found


def read(over: Lattice, field: Field, lon: Floats, lat: Floats) -> Floats:
    """Seconds at places [k]: those of the nearest point; inf outside."""
    column, row = over.cell(lon, lat)
    i, j = np.rint(column).astype(np.int64), np.rint(row).astype(np.int64)
    ok = (i >= 0) & (j >= 0) & (i < over.columns) & (j < over.rows)
    found = np.full(len(lon), np.inf)
    found[ok] = field[j[ok], i[ok]]
    return found


# --- polygons


def polygons(over: Lattice, inside: NDArray[np.bool_]) -> shapely.MultiPolygon:
    """The points that are inside as polygons with holes, cut half-way to those outside.

    Marching squares on whole half steps: of two sets of which one holds the other the polygons do, exactly.
    """
    rings = _rings(np.pad(inside, 1))
    if not rings:
        return shapely.MultiPolygon()
    lines = [shapely.LineString(_degrees(over, ring)) for ring in rings]
    return several(shapely.build_area(shapely.multilinestrings(lines)))


def several(area: shapely.Geometry) -> shapely.MultiPolygon:
    """A polygon, or nothing, as polygons."""
    if isinstance(area, shapely.MultiPolygon):
        return area
    return shapely.MultiPolygon([area] if isinstance(area, shapely.Polygon) and not area.is_empty else [])


def _degrees(over: Lattice, ring: NDArray[np.int64]) -> Floats:
    """Half steps of the padded lattice to degrees; without points amid a straight side along the lattice."""
    step = np.diff(np.vstack((ring, ring[:1])), axis=0)
    before = np.roll(step, 1, axis=0)
    turns = (step != before).any(axis=1) | (step != 0).all(axis=1)
    kept = ring[turns] - 2
    lon, lat = over.west + kept[:, 0] * (over.wide / 2.0), over.south + kept[:, 1] * (over.high / 2.0)
    points = np.round(np.column_stack((lon, lat)), _DIGITS)
    return np.vstack((points, points[:1]))


# Corners: 1 below left, 2 below right, 4 above right, 8 above left. Sides of a cell in half steps from its
# corner below left, by which a boundary comes in and goes out with the inside on its left.
_SOUTH, _EAST, _NORTH, _WEST = (1, 0), (2, 1), (1, 2), (0, 1)
_CASES: dict[int, tuple[tuple[tuple[int, int], tuple[int, int]], ...]] = {
    1: ((_SOUTH, _WEST),), 2: ((_EAST, _SOUTH),), 3: ((_EAST, _WEST),), 4: ((_NORTH, _EAST),),
    5: ((_SOUTH, _WEST), (_NORTH, _EAST)), 6: ((_NORTH, _SOUTH),), 7: ((_NORTH, _WEST),),
    8: ((_WEST, _NORTH),), 9: ((_SOUTH, _NORTH),), 10: ((_EAST, _SOUTH), (_WEST, _NORTH)),
    11: ((_EAST, _NORTH),), 12: ((_WEST, _EAST),), 13: ((_SOUTH, _EAST),), 14: ((_WEST, _SOUTH),),
}  # fmt: skip


def _rings(inside: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Closed boundaries in half steps [k, 2]; each midpoint lies on exactly one."""
    case = inside[:-1, :-1] + 2 * inside[:-1, 1:] + 4 * inside[1:, 1:] + 8 * inside[1:, :-1].astype(np.int64)
    wide = 2 * inside.shape[1] + 1
    begin, end = [], []
    for number, sides in _CASES.items():
        j, i = np.nonzero(case == number)
        for (ax, ay), (bx, by) in sides:
            begin.append((2 * j + ay) * wide + 2 * i + ax)
            end.append((2 * j + by) * wide + 2 * i + bx)
    starts, ends = np.concatenate(begin), np.concatenate(end)
    order = np.argsort(starts)
    starts, ends = starts[order], ends[order]
    after = np.searchsorted(starts, ends).tolist()
    return [np.column_stack((starts[ring] % wide, starts[ring] // wide)) for ring in _cycles(after)]


def _cycles(after: list[int]) -> list[list[int]]:
    """Every point in turn, from any one of each cycle on."""
    left, found = [True] * len(after), list[list[int]]()
    for first in range(len(after)):
        ring, at = [], first
        while left[at]:
            left[at] = False
            ring.append(at)
            at = after[at]
        if ring:
            found.append(ring)
    return found
