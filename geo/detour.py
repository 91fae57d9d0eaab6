"""Ways through the air round areas: shortest on the sphere, by corners; to one place or to many."""

from collections.abc import Callable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.area import METRES_A_DEGREE, Area
from geo.errors import Unreachable
from geo.gnomonic import Plane
from geo.lonlat import LonLat, distances_m, geodesic, midway

CLEAR_M = 30.0  # nearer than this a way counts as touching an area: what is kept of it is thinned by 20 m
TOUCH_M = 1.0  # nearer than this a place counts as lying in it
LEAST_MARGIN_M = 100.0  # so that half of it is more than CLEAR_M
COARSE_M, FINE_M = 50_000.0, 5_000.0  # between points of a way that meets nothing, and of one checked or bent
EDGE_DEG = 0.05  # an area's straight sides in degrees are followed in steps of this
FARTHEST_LAT = 85.0  # beyond it degrees say too little of metres
Floats = NDArray[np.float64]


class Course(NamedTuple):
    """A way through the air: its points, its metres, and the names of the areas it goes round."""

    path: tuple[LonLat, ...]
    metres: float
    around: tuple[str, ...] = ()


def course(
    start: LonLat, end: LonLat, areas: Sequence[Area] = (), margin_m: float = LEAST_MARGIN_M
) -> Course:
    """The shortest way that enters no area. The geodesic, exactly, where it comes near none of them.

    Where it must bend it keeps margin_m (at least 100) to what it goes round, less where start or end is
    nearer. Gaps narrower than twice the margin may count as closed. Raises Unreachable: an end in an area,
    no way left open, a way over the 180th meridian or near a pole that meets an area.
    """
    _ends_free(start, end, areas)
    first, last = sorted((start, end))  # the same way back, to the last bit
    straight = geodesic(first, last, COARSE_M)
    met = _met(straight, areas, lambda: geodesic(first, last, FINE_M)) if areas else []
    if met:
        _served(straight, met)
        found = _round(first, last, areas, (met, max(margin_m, LEAST_MARGIN_M)))
    else:
        found = Course(straight, _length(straight))
    return found if first == start else found._replace(path=found.path[::-1])


def _ends_free(start: LonLat, end: LonLat, areas: Sequence[Area]) -> None:
    over = [(each.name, word) for word, place in (("start", start), ("end", end)) for each in areas
            if _boxed(each, place) and each.holds(place)]  # fmt: skip
    if over:
        names = " and ".join(dict.fromkeys(name for name, _ in over))
        words = " and ".join(dict.fromkeys(f"the {word}" for _, word in over))
        raise Unreachable(
            f"{names} lies over {words} of the flight; "
            "wait, use another landing site or send a ground vehicle"
        )


def _boxed(area: Area, place: LonLat) -> bool:
    west, south, east, north = shapely.bounds(area.shape).tolist()
    return bool(west <= place[0] <= east and south <= place[1] <= north)


def _round(first: LonLat, last: LonLat, areas: Sequence[Area], known: tuple[list[Area], float]) -> Course:
    """The shortest way round those areas that it meets: each one met on the way is taken in, and no other."""
    (met, margin_m), plane = known, Plane(midway(first, last, 0.5))
    blocks = [_block(plane, each, (first, last), margin_m) for each in met]
    while True:
        corners = _shortest(plane, (first, last), blocks)
        path = _spread(plane, corners)
        _served(path, met)
        more = _met(path, [each for each in areas if each not in met])
        if not more:
            break
        met = [*met, *more]
        blocks += [_block(plane, each, (first, last), margin_m) for each in more]
    line, straight = shapely.linestrings(corners), known[0]
    near = [shapely.distance(each.shape, line) <= 2.0 * each.margin_m for each in blocks]
    names = [each.name for each, close in zip(met, near, strict=True) if close or each in straight]
    around = tuple(dict.fromkeys(names)) if len(corners) > 2 else ()
    return Course((first, *path[1:-1], last), _length(path), around)


def _length(path: Sequence[LonLat]) -> float:
    return float(distances_m(path[:-1], path[1:]).sum()) if len(path) > 1 else 0.0


def _spread(plane: Plane, corners: Floats) -> tuple[LonLat, ...]:
    """Points of the great circles between corners, at most some 5 km apart."""
    line = shapely.segmentize(shapely.linestrings(corners), FINE_M)
    return plane.places(shapely.get_coordinates(line))


# --- which areas a way meets


def _met(
    path: tuple[LonLat, ...], areas: Sequence[Area], fine: Callable[[], tuple[LonLat, ...]] | None = None
) -> list[Area]:
    """The areas that a way comes near; where there is a finer way, that one is looked at if it matters."""
    lons, lats = np.unwrap([place[0] for place in path], period=360.0), [place[1] for place in path]
    narrow = _narrow(max(map(abs, lats)))
    pad = 1.0 if fine is not None else 0.05  # the chords of the coarse way lie that much off it
    west, east = min(lons) - pad / narrow, max(lons) + pad / narrow
    box = (west, min(lats) - pad, east, max(lats) + pad)
    near = [
        each for each in areas if any(_touch(shapely.bounds(one).tolist(), box) for one in _copies(each, box))
    ]
    if not near:
        return []
    line, clear = _line(path if fine is None else fine()), CLEAR_M / METRES_A_DEGREE / narrow
    return [each for each in near if any(shapely.dwithin(one, line, clear) for one in _copies(each, box))]


Box = Sequence[float]


def _touch(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _narrow(lat: float) -> float:
    return max(0.05, float(np.cos(np.radians(min(90.0, lat)))))


def _line(path: Sequence[LonLat]) -> shapely.Geometry:
    """The way in degrees without the jump at the 180th meridian: it runs on beyond 180."""
    points = np.asarray(path, dtype=np.float64)
    points[:, 0] = np.unwrap(points[:, 0], period=360.0)
    return shapely.LineString(points)


def _copies(area: Area, box: Box) -> Iterator[shapely.Geometry]:
    """The area, and again a turn to the west or east where the box reaches there."""
    yield area.shape
    west, _, east, _ = box
    if west < -180.0:
        yield shapely.transform(area.shape, lambda xy: xy - np.array((360.0, 0.0)))
    if east > 180.0:
        yield shapely.transform(area.shape, lambda xy: xy + np.array((360.0, 0.0)))


def _served(path: Sequence[LonLat], met: Sequence[Area]) -> None:
    names = " and ".join(each.name for each in met)
    if max(abs(place.lat) for place in path) > FARTHEST_LAT:
        raise Unreachable(
            f"{names} lies on the flight, and ways round are not found beyond {FARTHEST_LAT:g} degrees of "
            "latitude; wait or fly by a stop"
        )
    if any(abs(a.lon - b.lon) > 180.0 for a, b in pairwise(path)):
        raise Unreachable(
            f"{names} lies on the flight, and ways round are not found over the 180th meridian; "
            "wait or fly by a stop"
        )


# --- the corners it may turn at


class _Block(NamedTuple):
    """An area on the plane, with the margin that the ends leave it."""

    name: str
    shape: shapely.Geometry
    margin_m: float


def _block(plane: Plane, area: Area, ends: tuple[LonLat, LonLat], margin_m: float) -> _Block:
    shape = plane.shape(shapely.segmentize(area.shape, EDGE_DEG))
    if shape is None:
        raise Unreachable(f"{area.name} lies on the flight and is too large to fly round; wait or go by road")
    gap = float(shapely.distance(shape, shapely.points(plane.points(ends))).min())
    if gap < TOUCH_M:
        raise Unreachable(f"{area.name} reaches to an end of the flight; wait or use another landing site")
    return _Block(area.name, shape, min(margin_m, gap / 2.0))


class _Corners(NamedTuple):
    """Places to turn at [k, 2], with their neighbours along the outline; `shut` is what no way may cross."""

    at: Floats
    before: Floats
    after: Floats
    shut: shapely.Geometry


def _corners(blocks: Sequence[_Block]) -> _Corners:
    """Turns lie a margin off, ways are checked at half of it: rounding can neither shut nor open a way."""
    shapes = [each.shape for each in blocks]
    margins = np.asarray([each.margin_m for each in blocks])
    shut = shapely.union_all(shapely.buffer(shapes, margins / 2.0))
    shapely.prepare(shut)
    wide = shapely.simplify(shapely.buffer(shapes, margins), margins / 4.0)
    rings = list(_rings(shapely.union_all(wide)))
    at, before, after = (np.concatenate([np.roll(ring, by, axis=0) for ring in rings]) for by in (0, 1, -1))
    bulge = _cross(at - before, after - at) > 0.0  # nobody turns at a corner that points inwards
    return _Corners(at[bulge], before[bulge], after[bulge], shut)


def _rings(shape: shapely.Geometry) -> Iterator[Floats]:
    """Outlines and holes with the area to the left, without the repeated last point."""
    for part in shapely.get_parts(shape):
        outline = shapely.get_exterior_ring(part)
        holes = shapely.get_rings(part)[1:]
        for ring, left in ((outline, True), *((hole, False) for hole in holes)):
            points = shapely.get_coordinates(ring)[:-1]
            yield points if bool(shapely.is_ccw(ring)) == left else points[::-1]


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0], dtype=np.float64)


# --- the search


def _shortest(plane: Plane, ends: tuple[LonLat, LonLat], blocks: Sequence[_Block]) -> Floats:
    """The turns of the shortest way [k, 2] on the plane, its ends included; raises Unreachable."""
    corners = _corners(blocks)
    flat = np.concatenate((corners.at, plane.points(ends)))
    places = np.asarray(plane.places(flat))
    places[-2:] = ends
    goal = len(flat) - 1
    best, came = _searched(corners, (flat, places), goal - 1, goal)
    if np.isfinite(best[goal]):
        return flat[_back(came, goal)]
    names = " and ".join(dict.fromkeys(each.name for each in blocks))
    raise Unreachable(f"{names} leaves no way round between the ends of the flight; wait or go by road")


def _searched(
    corners: _Corners, at: tuple[Floats, Floats], start: int, goal: int | None = None
) -> tuple[Floats, NDArray[np.int_]]:
    """Metres from `start` to each turn [k], known up to the goal, and the turn before it (A*, or Dijkstra).

    `at` are the turns on the plane and as lon, lat, the corners first; inf and -1 where no way leads.
    """
    flat, places = at
    rest = np.zeros(len(flat)) if goal is None else distances_m(places, places[goal])
    best, came = np.full(len(flat), np.inf), np.full(len(flat), -1)
    best[start], queue, done = 0.0, [(float(rest[start]), start)], np.zeros(len(flat), dtype=bool)
    while queue:
        _, here = heappop(queue)
        if here == goal:
            break
        if done[here]:
            continue
        done[here] = True
        seen = _in_sight(corners, flat, here, ~done)
        new = best[here] + distances_m(places[here], places[seen]) if len(seen) else np.zeros(0)
        sooner = new < best[seen]
        best[seen[sooner]], came[seen[sooner]] = new[sooner], here
        for each, metres in zip(seen[sooner].tolist(), new[sooner].tolist(), strict=True):
            heappush(queue, (metres + float(rest[each]), each))
    return best, came


def _back(came: NDArray[np.int_], goal: int) -> list[int]:
    turns = [goal]
    while came[turns[-1]] >= 0:
        turns.append(int(came[turns[-1]]))
    return turns[::-1]


def _in_sight(corners: _Corners, flat: Floats, here: int, wanted: NDArray[np.bool_]) -> NDArray[np.int_]:
    """Turns that a straight way from `here` may go on to: tangent at both ends, across nothing shut."""
    count = len(corners.at)
    ahead = flat - flat[here]
    touches = wanted & ((ahead != 0.0).any(axis=1) | (np.arange(len(flat)) >= count))
    touches[here] = False
    touches[:count] &= _tangent(ahead[:count], corners.before - corners.at, corners.after - corners.at)
    if here < count:
        own = corners.at[here]
        touches &= _tangent(ahead, corners.before[here] - own, corners.after[here] - own)
    found = np.flatnonzero(touches)
    if not len(found):
        return found
    lines = shapely.linestrings(np.stack((np.broadcast_to(flat[here], (len(found), 2)), flat[found]), axis=1))
    return found[~shapely.intersects(corners.shut, lines)]


def _tangent(way: Floats, before: Floats, after: Floats) -> NDArray[np.bool_]:
    """True where both neighbours of a corner lie on one side of the way."""
    sides: NDArray[np.bool_] = _cross(way, before) * _cross(way, after) >= -1e-9 * (way**2).sum(axis=-1)
    return sides


# --- from one place to many


def metres_round(
    place: LonLat, points: Floats, areas: Sequence[Area], margin_m: float = LEAST_MARGIN_M
) -> Floats:
    """Metres of the shortest ways from a place to points [n, 2] (lon, lat) round the areas; inf for none.

    As `course` for each, but that nothing is kept to an area at the points themselves. Those in an area, and
    all when the place is in one, have no way.
    """
    straight = distances_m(points, [place])
    if not areas:
        return straight
    plane = Plane(place)
    near = [each for each in areas if plane.shape(each.shape) is not None]
    try:
        blocks = [_block(plane, each, (place, place), max(margin_m, LEAST_MARGIN_M)) for each in near]
    except Unreachable:
        return np.full(len(straight), np.inf)
    shut = shapely.union_all([each.shape for each in blocks])
    shapely.prepare(shut)
    flat = plane.points(points)
    known = np.asarray(np.isfinite(flat).all(axis=1), dtype=bool)
    known[known] = ~shapely.intersects_xy(shut, flat[known])
    seen = _clear(shut, plane.points([place])[0], flat, known)
    found: Floats = np.where(seen, straight, np.inf)
    behind = np.flatnonzero(known & ~seen)
    if len(behind):
        found[behind] = _behind(plane, place, blocks, (shut, flat[behind], points[behind]))
    return found


def _behind(
    plane: Plane, place: LonLat, blocks: Sequence[_Block], to: tuple[shapely.Geometry, Floats, Floats]
) -> Floats:
    """Metres from a place by way of the corners, nearest first, to points that it does not see."""
    corners, (shut, flat, points) = _corners(blocks), to
    turns = np.concatenate((corners.at, plane.points([place])))
    places = np.asarray(plane.places(turns))
    best, _ = _searched(corners, (turns, places), len(turns) - 1)
    found = np.full(len(flat), np.inf)
    for at in np.argsort(best[:-1], kind="stable").tolist():
        if not np.isfinite(best[at]):
            break
        metres = best[at] + distances_m(points, places[at])
        nearer = _clear(shut, turns[at], flat, np.asarray(metres < found, dtype=bool))
        found[nearer] = metres[nearer]
    return found


def _clear(
    shut: shapely.Geometry, start: Floats, ends: Floats, wanted: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which of the wanted ends [n, 2] a straight way reaches that crosses nothing shut."""
    found, asked = wanted.copy(), ends[wanted]
    lines = shapely.linestrings(np.stack((np.broadcast_to(start, asked.shape), asked), axis=1))
    found[wanted] = ~shapely.intersects(shut, lines)
    return found
