"""A place to the roads around it: nearest point on a stretch, how far, how far along."""

import math
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import OffNetwork
from geo.lonlat import LonLat, distance_m
from geo.roads import DEGREES, Roads

HOP_M = 500.0  # a road this much farther than the nearest may stand in when the nearest leads nowhere
MOST_ANCHORS = 4
_FIRST_LOOK_M = 150.0
_WIDEN = 4.0
_ROUND_THE_EARTH_M = 2.1e7
_AT_END = 1e-9  # this close to its end, a stretch is met at the node
_CHUNK = 200_000  # stretches measured at once


class Anchor(NamedTuple):
    """Where a place meets the network: fraction (0 tail, 1 head) of a stretch, access_m from the place."""

    stretch: int
    fraction: float
    access_m: float
    point: LonLat


class _Near(NamedTuple):
    stretch: NDArray[np.intp]
    metres: NDArray[np.float64]
    fraction: NDArray[np.float64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


def nearest(roads: Roads, open_: NDArray[np.bool_], place: LonLat, max_snap_m: float) -> Anchor:
    """Nearest point on an open stretch; raises OffNetwork saying how far that is."""
    reach = min(_FIRST_LOOK_M, max_snap_m)
    while reach <= _ROUND_THE_EARTH_M:
        near = _within(roads, open_, place, reach)
        if len(near.stretch):
            best = _anchor(near, int(np.argmin(near.metres)))
            if best.access_m > max_snap_m:
                break
            return best
        reach = min(reach * _WIDEN, max_snap_m) if reach < max_snap_m else reach * _WIDEN
    else:
        raise OffNetwork(
            "the network has no road open to this vehicle; import roads or choose another profile"
        )
    far = _too_far(place, distance_m(place, best.point), max_snap_m)
    raise OffNetwork(f"{far}{turned(roads, place)}")


def alternatives(
    roads: Roads, open_: NDArray[np.bool_], piece: NDArray[np.int64], first: Anchor, place: LonLat
) -> list[Anchor]:
    """The anchor and the nearest ones on other pieces of the network, at most HOP_M farther, nearest first.

    piece [m] numbers the strongly connected part that a stretch belongs to.
    """
    near = _within(roads, open_, place, first.access_m + HOP_M)
    order = np.argsort(near.metres, kind="stable")
    _, at = np.unique(piece[near.stretch[order]], return_index=True)
    others = [_anchor(near, int(order[i])) for i in np.sort(at)[: MOST_ANCHORS + 1]]
    return [first, *(each for each in others if piece[each.stretch] != piece[first.stretch])][:MOST_ANCHORS]


def _too_far(place: LonLat, metres: float, limit: float) -> str:
    far = f"{metres / 1000:.0f} km" if metres >= 9500 else f"{metres / 1000:.1f} km"
    return (
        f"the point {place.lon:g}, {place.lat:g} is {far} from the nearest road open to this vehicle; "
        f"give a place within {limit / 1000:g} km of a road or use a flight leg"
    )


def _anchor(near: _Near, i: int) -> Anchor:
    point = LonLat(float(near.lon[i]), float(near.lat[i]))
    return Anchor(int(near.stretch[i]), float(near.fraction[i]), float(near.metres[i]), point)


def _within(roads: Roads, open_: NDArray[np.bool_], place: LonLat, reach: float) -> _Near:
    """Open stretches within `reach` metres of the place, each with its nearest point."""
    high = math.degrees(reach / 6_356_000.0)
    wide = min(360.0, high / max(0.01, math.cos(math.radians(place.lat))))
    box = shapely.box(place.lon - wide, place.lat - high, place.lon + wide, place.lat + high)
    found = np.sort(roads.tree.query(box))
    found = found[open_[found]]
    parts = [_measure(roads, found[i : i + _CHUNK], place) for i in range(0, len(found), _CHUNK)]
    if not parts:
        return _NONE
    stretch = np.concatenate([part.stretch for part in parts])
    metres, fraction, lon, lat = (np.concatenate([part[i] for part in parts]) for i in range(1, 5))
    inside = metres <= reach
    return _Near(stretch[inside], metres[inside], fraction[inside], lon[inside], lat[inside])


_NONE = _Near(np.empty(0, np.intp), *(np.empty(0) for _ in range(4)))


def _measure(roads: Roads, found: NDArray[np.intp], place: LonLat) -> _Near:
    """Nearest point of each of these stretches, on a plane that touches the earth at the place."""
    first = roads.shape_first
    size = (first[found + 1] - first[found]).astype(np.int64)
    begin = np.concatenate(([0], np.cumsum(size)))
    at = np.arange(begin[-1]) + np.repeat(first[found] - begin[:-1], size)
    east, north = _scale(place.lat)
    x = (roads.shape_x[at] * DEGREES - place.lon) * east
    y = (roads.shape_y[at] * DEGREES - place.lat) * north
    along, away, step = _feet(x, y)
    away[begin[1:-1] - 1] = np.inf  # from the last point of one stretch to the first of the next is no road
    step[begin[1:-1] - 1] = 0.0
    best = _lowest(away, begin, len(found))
    run = np.concatenate(([0.0], np.cumsum(step)))
    total = run[begin[1:] - 1] - run[begin[:-1]]
    done = run[best] + along[best] * step[best] - run[begin[:-1]]
    fraction = np.divide(done, total, out=np.zeros(len(found)), where=total > 0)
    fraction = np.where(fraction < _AT_END, 0.0, np.where(fraction > 1.0 - _AT_END, 1.0, fraction))
    lon = place.lon + (x[best] + along[best] * (x[best + 1] - x[best])) / east
    lat = place.lat + (y[best] + along[best] * (y[best + 1] - y[best])) / north
    return _Near(found, away[best], fraction, lon, lat)


def _scale(lat: float) -> tuple[float, float]:
    """Metres per degree of longitude and latitude here (WGS 84)."""
    phi = math.radians(lat)
    north = 111132.954 - 559.822 * math.cos(2 * phi) + 1.175 * math.cos(4 * phi)
    east = 111412.84 * math.cos(phi) - 93.5 * math.cos(3 * phi) + 0.118 * math.cos(5 * phi)
    return max(east, 1.0), north


def _feet(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """For each step between points: where (0 to 1) it passes nearest the origin, how near, how long it is."""
    dx, dy = np.diff(x), np.diff(y)
    square = dx * dx + dy * dy
    back = -(x[:-1] * dx + y[:-1] * dy)
    along = np.clip(np.divide(back, square, out=np.zeros_like(back), where=square > 0), 0.0, 1.0)
    away = np.hypot(x[:-1] + along * dx, y[:-1] + along * dy)
    return along, away, np.sqrt(square)


def _lowest(away: NDArray[np.float64], begin: NDArray[np.int64], count: int) -> NDArray[np.intp]:
    """Position of the smallest value within each stretch's steps."""
    owner = np.repeat(np.arange(count), np.diff(begin))[: len(away)]
    order = np.lexsort((away, owner))
    _, at = np.unique(owner[order], return_index=True)
    best: NDArray[np.intp] = order[at]
    return best


def turned(roads: Roads, place: LonLat) -> str:
    """A hint for a place that would lie in the network with its two numbers exchanged; else nothing."""
    west, south, east, north = roads.bounds
    if west <= place.lat <= east and south <= place.lon <= north:
        return f"; or is {place.lat:g},{place.lon:g} meant? Longitude comes first"
    return ""
