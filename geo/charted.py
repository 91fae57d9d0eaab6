"""A road network as it is drawn on a map: roads, fords, barriers and places, level by level of detail."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.gazetteer import Entry
from geo.roads import DEGREES, Roads
from geo.terms import (
    ACCESS,
    ACCESS_CODE,
    BACKWARD,
    BARRIER,
    BRIDGE,
    CLASSES,
    DRY_ONLY,
    ESTIMATED,
    FORD,
    FORWARD,
    SURFACE_CODE,
    SURFACES,
)
from geo.towns import entries
from geo.zooms import LEVELS, Level, Marks, mercator, sooner, thinned

# progress(what is being done, how much is done, of how much or 0 when unknown)
Progress = Callable[[str, int, int], None]
_CLASS_ZOOM = {
    "motorway": 4, "trunk": 4, "primary": 5, "ferry": 6, "secondary": 7, "motorway_link": 9, "trunk_link": 9,
    "tertiary": 9, "primary_link": 10, "secondary_link": 10, "unclassified": 10, "road": 10, "track": 11,
    "tertiary_link": 11, "residential": 12, "living_street": 12, "service": 13, "pedestrian": 13, "path": 13,
    "footway": 14, "cycleway": 14, "bridleway": 14, "steps": 14,
}  # fmt: skip
_PLACE_ZOOM = {
    "city": 5, "town": 7, "aerodrome": 9, "village": 10, "airstrip": 10, "suburb": 11, "helipad": 12,
    "hamlet": 12, "neighbourhood": 13, "bridge": 13, "ford": 12,
}  # fmt: skip
_OTHER_PLACES = 13
_SETTLED = ("city", "town", "village", "hamlet")
_RANKS = {kind: rank for rank, kind in enumerate(_PLACE_ZOOM)}
_FORD_ZOOM, _BARRIER_ZOOM = 11, 14
_ROADS_IN_A_TILE, _PLACES_IN_A_TILE = 400, 60
_CELL = round(0.35 / DEGREES)  # lines are joined within a square of so many steps, some 40 km
_AT_ONCE = 40_000  # stretches
_LATIN_END = 0x250
Columns = NDArray[np.int64]


def charted(roads: Roads, progress: Progress = lambda _what, _done, _of: None) -> Iterator[Marks]:
    """All that a network shows on a map, in parts that fit into memory; shapes in metres of Web Mercator.

    Layers: `roads` (lines), `points` (fords and barriers), `places`. Raises BadRoadsFile.
    """
    yield from _places(roads)
    yield from _points(roads)
    stretches = np.flatnonzero((roads.flags & BARRIER) == 0)
    starts = roads.shape_first[stretches]
    cell = roads.shape_x[starts].astype(np.int64) // _CELL * 1_000_003 + roads.shape_y[starts] // _CELL
    zooms = _class_zooms(roads, stretches)
    order = np.argsort(cell, kind="stable")
    for begin in range(0, len(order), _AT_ONCE):
        progress("drawing roads", begin, len(order))
        part = order[begin : begin + _AT_ONCE]
        chosen, lines = stretches[part], _lines(roads, stretches[part])
        for level in LEVELS:
            shown = zooms[roads.highway[chosen]] <= level.last
            if shown.any():
                yield _road_marks(roads, level, chosen[shown], cell[part][shown], lines[shown], zooms)


def _class_zooms(roads: Roads, stretches: NDArray[np.int64]) -> Columns:
    """By class code: the zoom from which on it is drawn."""
    count = {CLASSES[code]: int(n) for code, n in enumerate(np.bincount(roads.highway[stretches])) if n}
    found = sooner(count, _CLASS_ZOOM, _ROADS_IN_A_TILE, _box(roads))
    return np.asarray([found.get(name, _CLASS_ZOOM[name]) for name in CLASSES], dtype=np.int64)


def _box(roads: Roads) -> NDArray[np.float64]:
    west, south, east, north = roads.bounds
    return mercator(np.asarray([[west, south], [east, north]])).ravel()


def _lines(roads: Roads, stretches: NDArray[np.int64]) -> NDArray[np.object_]:
    first, last = roads.shape_first[stretches], roads.shape_first[stretches + 1]
    size = (last - first).astype(np.int64)
    begin = np.cumsum(size) - size
    at = np.repeat(first - begin, size) + np.arange(size.sum())
    points = mercator(np.column_stack((roads.shape_x[at], roads.shape_y[at])) * DEGREES)
    lines: NDArray[np.object_] = np.asarray(
        shapely.linestrings(points, indices=np.repeat(np.arange(len(stretches)), size)), dtype=object
    )
    return lines


def _road_marks(
    roads: Roads,
    level: Level,
    chosen: NDArray[np.int64],
    cell: Columns,
    lines: NDArray[np.object_],
    zooms: Columns,
) -> Marks:
    """Stretches that look alike at this level, joined where they meet within a square."""
    look = _look(roads, level, chosen)
    rows, which = np.unique(np.column_stack((cell, look)), axis=0, return_inverse=True)
    which = which.reshape(-1)
    order = np.argsort(which, kind="stable")
    joined = shapely.line_merge(shapely.multilinestrings(lines[order], indices=which[order]))
    parts, owner = shapely.get_parts(joined, return_index=True)
    parts = thinned(parts, level)
    told = [_told(roads, level, row[1:]) for row in rows]
    classes = rows[:, 1][owner]
    return Marks("roads", level.number, zooms[classes].tolist(), [told[i] for i in owner], parts)


def _look(roads: Roads, level: Level, chosen: NDArray[np.int64]) -> Columns:
    """What tells stretches apart at a level [k, columns]: see _told."""
    near, far = level.number == 0, level.number >= 2
    mask = DRY_ONLY | ESTIMATED | (0 if far else BRIDGE | FORD) | (FORWARD | BACKWARD if near else 0)
    nothing = np.zeros(len(chosen), dtype=np.int64)
    columns = [roads.highway[chosen], roads.surface[chosen], roads.flags[chosen] & mask, roads.ref[chosen]]
    columns += [nothing if far else array[chosen] for array in (roads.motor, roads.name)]
    columns += [nothing if far else a[chosen] for a in (roads.maxweight, roads.maxheight, roads.maxwidth)]
    return np.column_stack(columns).astype(np.int64)


def _told(roads: Roads, level: Level, row: NDArray[np.int64]) -> dict[str, object]:
    """What a line says of itself; what is usual or unknown is left out."""
    highway, surface, flags, ref, motor, name, weight, height, width = (int(one) for one in row)
    told: dict[str, object] = {"class": CLASSES[highway]}
    if surface not in (SURFACE_CODE["unknown"], SURFACE_CODE["water"]):
        told["surface"] = SURFACES[surface]
    for bit, word in ((DRY_ONLY, "dry_only"), (ESTIMATED, "estimated"), (BRIDGE, "bridge"), (FORD, "ford")):
        if flags & bit:
            told[word] = True
    if level.number == 0 and flags & (FORWARD | BACKWARD) in (FORWARD, BACKWARD):
        told["oneway"] = 1 if flags & FORWARD else -1
    if motor != ACCESS_CODE["yes"]:
        told["access"] = ACCESS[motor]
    for key, code in (("name", name), ("ref", ref)):
        if code and (text := _text(roads, code)):
            told[key] = text
    limits = ((weight, "max_t"), (height, "max_height_m"), (width, "max_width_m"))
    return told | {key: value / 10.0 for value, key in limits if value}


def _text(roads: Roads, code: int) -> str:
    first = roads.text_first
    return bytes(roads.text[int(first[code]) : int(first[code + 1])]).decode().replace("\x00", "")


def _points(roads: Roads) -> Iterator[Marks]:
    """Fords and barriers, which are stretches of no length."""
    at = np.flatnonzero((roads.flags & BARRIER) != 0)
    fords = (roads.flags[at] & FORD) != 0
    for kind, zoom, mine in (("ford", _FORD_ZOOM, at[fords]), ("barrier", _BARRIER_ZOOM, at[~fords])):
        where = np.column_stack((roads.node_x[roads.tail[mine]], roads.node_y[roads.tail[mine]])) * DEGREES
        _, once = np.unique(where, axis=0, return_index=True)
        told = [_limits(roads, kind, int(one)) for one in mine[once]]
        yield from _at_levels("points", [zoom] * len(once), told, where[once])


def _limits(roads: Roads, kind: str, stretch: int) -> dict[str, object]:
    limits = ((roads.maxweight, "max_t"), (roads.maxheight, "max_height_m"), (roads.maxwidth, "max_width_m"))
    told: dict[str, object] = {"kind": kind}
    return told | {key: int(array[stretch]) / 10.0 for array, key in limits if array[stretch]}


def _places(roads: Roads) -> Iterator[Marks]:
    known = [one for one in entries(roads) if one.names]
    count = Counter(one.kind for one in known)
    usual = {kind: _PLACE_ZOOM.get(kind, _OTHER_PLACES) for kind in count}
    seats = {kind: n for kind, n in count.items() if kind in _SETTLED}
    zooms = usual | sooner(seats, usual, _PLACES_IN_A_TILE, _box(roads))
    where = np.asarray([one.place for one in known], dtype=np.float64).reshape(-1, 2)
    yield from _at_levels("places", [zooms[one.kind] for one in known], [_named(one) for one in known], where)


def _named(one: Entry) -> dict[str, object]:
    """The name as it is written there, and beside a name of another script one in Latin letters."""
    told: dict[str, object] = {
        "name": one.names[0],
        "kind": one.kind,
        "rank": _RANKS.get(one.kind, len(_RANKS)),
    }
    if not _latin(one.names[0]):
        also = next((name for name in one.names[1:] if _latin(name)), None)
        return told | ({"also": also} if also else {})
    return told


def _latin(name: str) -> bool:
    return all(ord(letter) < _LATIN_END or not letter.isalpha() for letter in name)


def _at_levels(
    layer: str, zooms: list[int], told: list[dict[str, object]], where: NDArray[np.float64]
) -> Iterator[Marks]:
    """Points at every level that shows them."""
    if not zooms:
        return
    points: NDArray[Any] = np.asarray(shapely.points(mercator(where)), dtype=object)
    for level in LEVELS:
        shown = [i for i, zoom in enumerate(zooms) if zoom <= level.last]
        if shown:
            yield Marks(
                layer, level.number, [zooms[i] for i in shown], [told[i] for i in shown], points[shown]
            )
