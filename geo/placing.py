"""Where one area meets the stretches of a network: from where to where, how much, in which direction."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.area import METRES_A_DEGREE, Area
from geo.roads import Roads
from geo.terms import BRIDGE

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
_WHOLE = 1.0 - 1e-9  # a share that rounding alone keeps from one
_ALONGSIDE = 0.7  # cosine: what runs less than 45 degrees off a line goes with it or against it
_WIDTHS = 2.0  # what follows a line this many widths far runs along it, however long the stretch


@dataclass(frozen=True, eq=False)
class Placed:
    """One area on a network; k stretches that touch it, p pieces of those that it holds in part.

    stretches [k] int64 rising. first, last [k]: shares of each (from its tail) at its first and last point in
    the area. share [k]: of its drawn length inside; 0 for a mere touch. The pieces begin and end [p] at these
    shares of the stretch in row `row` [p]; a stretch that lies inside as a whole has none. along [k]: 1 for a
    stretch that runs with the area's line, -1 against it, 0 across it or beside none.
    """

    stretches: Rows
    first: Floats
    last: Floats
    share: Floats
    row: Rows
    begin: Floats
    end: Floats
    along: NDArray[np.int8]

    def at(self, stretch: int) -> int | None:
        """The row of a stretch, None when it does not touch the area."""
        row = int(np.searchsorted(self.stretches, stretch))
        return row if row < len(self.stretches) and self.stretches[row] == stretch else None

    def pieces(self, row: int) -> list[tuple[float, float]]:
        """The parts of the stretch in a row that lie inside, as shares of it."""
        if self.share[row] >= 1.0:
            return [(0.0, 1.0)]
        own = slice(*np.searchsorted(self.row, (row, row + 1)).tolist())  # rows rise
        return list(zip(self.begin[own].tolist(), self.end[own].tolist(), strict=True))


def placed(roads: Roads, area: Area, *, bridges_only: bool = False) -> Placed:
    """An area on a network; one search of its spatial index, then only the stretches on the edge are cut.

    Shares are measured on a plane where a degree of longitude is as long as one of latitude at the area.
    """
    shape = area.shape
    found = np.sort(roads.tree.query(shape, predicate="intersects"))
    if bridges_only:
        found = found[(roads.flags[found] & BRIDGE) != 0]
    lines = roads.tree.geometries[found]
    shapely.prepare(shape)
    edge = np.flatnonzero(~shapely.contains_properly(shape, lines))
    narrow = max(0.01, float(np.cos(np.radians(area.points[0].lat))))
    flat, outline = _flat(lines[edge], narrow), _flat(np.asarray([shape]), narrow)[0]
    cut = _cut(flat, outline)
    first, last, share = np.zeros(len(found)), np.ones(len(found)), np.ones(len(found))
    first[edge], last[edge], share[edge] = cut.first, cut.last, cut.share
    row, begin, end = edge[cut.of].astype(np.int64), cut.begin, cut.end
    kept = (share[row] < 1.0) & (end > begin)
    along = np.zeros(len(found), dtype=np.int8)
    if area.kind == "line":
        inner = np.delete(np.arange(len(found)), edge)
        parts = np.concatenate((cut.parts, _flat(lines[inner], narrow)))
        along = _along(area, narrow, share, np.concatenate((row, inner)), parts)
    return Placed(found.astype(np.int64), first, last, share, row[kept], begin[kept], end[kept], along)


def _flat(shapes: NDArray[np.object_], narrow: float) -> NDArray[np.object_]:
    """Shapes in degrees of latitude both ways."""
    return np.asarray(shapely.transform(shapes, lambda xy: xy * (narrow, 1.0)), dtype=object)


@dataclass(frozen=True, eq=False)
class _Cut:
    """Lines at an outline: first, last, share [k]; parts [p] inside, of the line `of`, from begin to end."""

    first: Floats
    last: Floats
    share: Floats
    parts: NDArray[np.object_]
    of: Rows
    begin: Floats
    end: Floats


def _cut(lines: NDArray[np.object_], outline: shapely.Geometry) -> _Cut:
    parts, of = shapely.get_parts(shapely.intersection(lines, outline), return_index=True)
    parts, of = parts[~shapely.is_empty(parts)], of[~shapely.is_empty(parts)]
    run = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    whole = shapely.length(lines)
    one = _located(lines[of], np.where(run, shapely.get_point(parts, 0), parts))
    other = _located(lines[of], np.where(run, shapely.get_point(parts, -1), parts))
    low, high = np.minimum(one, other), np.maximum(one, other)
    part = np.divide(shapely.length(parts), whole[of], out=np.ones(len(of)), where=whole[of] > 0.0)
    # a ring ends where it begins: a part that comes to that point ends at 1, not at 0
    closing = run & shapely.is_closed(lines[of]) & (low <= 0.0)
    closing &= np.abs(1.0 - high - part) < np.abs(high - part)
    begin, end = np.where(closing, high, low), np.where(closing, 1.0, high)
    first, last = np.full(len(lines), np.inf), np.full(len(lines), -np.inf)
    np.minimum.at(first, of, begin)
    np.maximum.at(last, of, end)
    inside = np.bincount(of, weights=shapely.length(parts), minlength=len(lines))
    share = np.divide(inside, whole, out=np.ones(len(lines)), where=whole > 0.0)
    share = np.where(share >= _WHOLE, 1.0, share)
    known = np.isfinite(first)  # rounding may leave a touch without a point: then all of it counts as closed
    first, last = np.where(known, first, 0.0), np.where(known, last, 1.0)
    return _Cut(first, last, share, parts, of.astype(np.int64), begin, end)


def _located(lines: NDArray[np.object_], points: NDArray[np.object_]) -> Floats:
    """Share of each line at the point of it next to a point; 0 on a line without length."""
    return np.nan_to_num(shapely.line_locate_point(lines, points, normalized=True))


def _along(
    area: Area, narrow: float, share: Floats, row: Rows, parts: NDArray[np.object_]
) -> NDArray[np.int8]:
    """Which of the stretches [k] run with the area's line (1), against it (-1) or neither (0).

    Every step of the parts inside is compared with the piece of the line next to its middle. A stretch counts
    when less than 45 degrees off as a whole, and when half of it, or two widths of the line, lie inside: a
    road that only joins or crosses the line stays open both ways.
    """
    xy, of = shapely.get_coordinates(parts, return_index=True)
    same = of[1:] == of[:-1]
    step, middle = np.diff(xy, axis=0)[same], ((xy[1:] + xy[:-1]) / 2.0)[same]
    owner = row[of[1:][same]]
    guide = np.asarray([(p.lon * narrow, p.lat) for p in area.points])
    guide = guide[np.concatenate(([True], np.any(np.diff(guide, axis=0) != 0.0, axis=1)))]
    leg = np.diff(guide, axis=0)
    size = np.hypot(leg[:, 0], leg[:, 1])
    at = shapely.line_locate_point(shapely.LineString(guide), shapely.points(middle))
    nearest = np.clip(np.searchsorted(np.cumsum(size), at), 0, len(leg) - 1)
    run = np.sum(step * leg[nearest], axis=1) / size[nearest]
    with_it = np.bincount(owner, weights=run, minlength=len(share))
    inside = np.bincount(owner, weights=np.hypot(step[:, 0], step[:, 1]), minlength=len(share))
    wide = 2.0 * area.metres / METRES_A_DEGREE
    counts = (np.abs(with_it) >= _ALONGSIDE * inside) & (inside > 0.0)
    counts &= (share >= 0.5) | (np.abs(with_it) >= _WIDTHS * wide)
    return np.where(counts, np.sign(with_it), 0.0).astype(np.int8)
