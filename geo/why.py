"""Why there is no way between two places, in words, and how near one can come all the same."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.answers import Closest, Route
from geo.drawing import cut
from geo.ends import INF
from geo.errors import OffNetwork, Unreachable
from geo.lonlat import GEOD, LonLat, distance_m
from geo.net import Net
from geo.places import Spot
from geo.ports import Anchors, ports
from geo.snapping import Anchor, nearest

_ANYWHERE_M = 2.1e7
_SHORT_OF_M = (1.0, 5.0, 25.0, 125.0)  # how far before a closure one stands outside of it for sure


class Asked(NamedTuple):
    """What a reason goes by: the network now and in the dry season, a route without hazards."""

    net: Net
    dry: Net
    open_way: Callable[[LonLat, LonLat], Route]


class Reasons:
    """Reasons for many pairs of places of one question; what parts two pieces is looked up once."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._closers: dict[tuple[int, int], list[str]] = {}

    def of(self, origin: Spot, destination: Spot) -> str:
        """Why nothing leads from one place to another."""
        if origin.anchor is None or destination.anchor is None:
            return origin.reason or destination.reason
        first, last = origin.anchor, destination.anchor
        net = self._asked.net
        here = f"no way for {net.profile.name} from {_spelt(first.point)} to {_spelt(last.point)}: "
        if net.laid.hazards:
            inside = [*net.laid.around(origin.place), *net.laid.around(destination.place)]
            if inside and self._opens(origin.place, destination.place):
                return here + f"the way is closed by {_named(inside)}; carry on foot, lift it, or fly"
            closers = self._between(origin, destination, first, last)
            if closers:
                return here + f"no way but through the closure {_named(closers)}; use a flight leg"
        return here + self._parted(first, last)

    def _between(self, origin: Spot, destination: Spot, first: Anchor, last: Anchor) -> list[str]:
        """Names of the areas on the way that there would be if nothing were closed; none without one."""
        pieces = self._asked.net.pieces
        key = (int(pieces[first.stretch]), int(pieces[last.stretch]))
        if -1 in key or key not in self._closers:
            self._closers[key] = self._on_the_open_way(origin.place, destination.place)
        return self._closers[key]

    def _opens(self, start: LonLat, end: LonLat) -> bool:
        """Whether there were a way if nothing were closed."""
        return self._open_way(start, end) is not None

    def _open_way(self, start: LonLat, end: LonLat) -> Route | None:
        try:
            return self._asked.open_way(start, end)
        except Unreachable:
            return None

    def _on_the_open_way(self, start: LonLat, end: LonLat) -> list[str]:
        open_way = self._open_way(start, end)
        if open_way is None:
            return []
        laid = self._asked.net.laid
        return laid.along([arc.stretch for arc in open_way.arcs]) or laid.across(*open_way.path)

    def _parted(self, first: Anchor, last: Anchor) -> str:
        """Why the network itself has no way between two anchors."""
        net, dry, tail = self._asked.net, self._asked.dry, self._asked.net.roads.tail
        a, b = int(tail[first.stretch]), int(tail[last.stretch])
        if net.islands[a] == net.islands[b]:
            return "one-way streets or closed roads leave no way through; place the point on another road"
        if dry is not net and dry.islands[a] == dry.islands[b]:
            return "the road between them is closed in the wet season; use a flight leg"
        sizes = np.bincount(net.islands[: net.roads.nodes])
        smaller = min(int(sizes[net.islands[node]]) for node in (a, b))
        return (
            f"no road or ferry joins them (one is on a piece of only {smaller} junctions); use a flight leg"
        )


# --- how near one can come


def closest(net: Net, anchors: Anchors, destination: LonLat) -> Closest | None:
    """The point nearest to a destination that one can reach from a place; None when one cannot set out."""
    leaving = ports(net, anchors, leaving=True)
    if not len(leaving.ends.node):
        return None
    cost = net.engine.tree(leaving.ends)
    graph = net.ground.graph
    driven = np.zeros(net.roads.stretches, dtype=bool)
    driven[graph.arc[(cost[graph.tail] < INF) & (net.engine.weights < INF)] // 2] = True
    found = [(each.access_m, each.point) for own in anchors for each in own]
    found = [(distance_m(point, destination), point) for _, point in found]
    try:
        whole = nearest(net.roads, driven & net.costs.passable, destination, _ANYWHERE_M)
        found.append((whole.access_m, whole.point))
    except OffNetwork:  # every road from there is closed: one stays where one is
        pass
    far, point = min([*found, *_up_to_closures(net, cost, destination, min(found)[0])])
    return Closest(point, far, _told(net, point, far))


def _up_to_closures(
    net: Net, cost: NDArray[np.int32], destination: LonLat, far: float
) -> list[tuple[float, LonLat]]:
    """Points just before closures that are nearer to the destination than this, with their distance."""
    roads, touched = net.roads, net.laid.touched[net.laid.shut.all(axis=1)]
    if not len(touched):
        return []
    rings = [GEOD.fwd(*destination, azimuth, far * 1.01 + 1.0) for azimuth in (0.0, 90.0, 180.0, 270.0)]
    north, east, south, west = rings
    box = shapely.box(west[0], south[1], east[0], north[1])
    found = []
    for e in np.intersect1d(roads.tree.query(box), touched).tolist():
        for short in _SHORT_OF_M:
            parts = _open_parts(net, cost, e, short)
            points = [_nearest_on(cut(roads.shape(e), *part), destination) for part in parts]
            clear = [point for point in points if _stands_clear(net, point)]
            found += [(distance_m(point, destination), point) for point in clear]
            if len(clear) == len(parts):
                break
    return found


def _stands_clear(net: Net, point: LonLat) -> bool:
    """True when a place here meets a road where nothing is closed, however shares are rounded."""
    at = nearest(net.roads, net.costs.passable, point, _ANYWHERE_M)
    return not net.laid.around(point) and net.laid.clear(at.stretch, at.fraction, at.fraction)


def _open_parts(net: Net, cost: NDArray[np.int32], e: int, short_m: float) -> list[tuple[float, float]]:
    """The parts of a shut stretch, from an end that can be reached up to some metres before the closure."""
    cuts = [(at.first[row], at.last[row]) for one, at, row in net.laid.over(e) if one.kind == "closure"]
    if not cuts:
        return []
    short = short_m / max(short_m, float(net.roads.metres[e]))
    low, high = float(min(each[0] for each in cuts)) - short, float(max(each[1] for each in cuts)) + short
    parts = [(2 * e, 0.0, low), (2 * e + 1, 1.0, high)]
    found = []
    for arc, begin, end in parts:
        tails = net.ground.coming(np.asarray([arc]), net.barred)[1]
        if 0.0 < end < 1.0 and np.isfinite(net.costs.p50[arc]) and (cost[tails] < INF).any():
            found.append((begin, end))
    return found


def _nearest_on(shape: NDArray[np.float64], place: LonLat) -> LonLat:
    """The point of a line nearest to a place, where degrees are square."""
    narrow = max(0.01, float(np.cos(np.radians(place.lat))))
    line = shapely.LineString(shape * (narrow, 1.0))
    point = line.interpolate(line.project(shapely.Point(place.lon * narrow, place.lat)))
    return LonLat(point.x / narrow, point.y)


def _told(net: Net, point: LonLat, metres: float) -> str:
    verb = "walk" if net.profile.kind == "foot" else "drive"
    far = f"{metres / 1000:.1f} km" if metres >= 950.0 else f"{metres:.0f} m"
    return f"the nearest point you can {verb} to is {_spelt(point)}, {far} short of it"


def _named(names: Sequence[str]) -> str:
    return " and ".join(dict.fromkeys(names))


def _spelt(place: LonLat) -> str:
    return f"{place.lon:.5f},{place.lat:.5f}"
