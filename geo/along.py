"""A point so many kilometres along a named road, counted from a place beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo import sparse
from geo.errors import Unreachable
from geo.lonlat import LonLat, distance_m, distances_m, midway
from geo.roads import Roads
from geo.snapping import Anchor, nearest
from geo.spelling import squeezed
from geo.terms import CLASS_CODE, CLASSES

# Extracts break a road where a roundabout, a bridge or a town's street bears another name: off the road a
# metre counts as many, so that a way leaves it only to come back soon.
_OFF_ROAD = 10.0
_GAP_M = 1_500.0
_LEAST_M = 0.01
_ANYWHERE_M = 2.1e7
_BESIDE_M = 300.0  # points this close to each other are the two carriageways of one road
_NOT_DRIVEN = tuple(
    CLASS_CODE[name] for name in ("pedestrian", "footway", "path", "steps", "cycleway", "bridleway")
)
_MAIN = tuple(range(CLASSES.index("tertiary_link") + 1))
SEPARATOR = " - "
Mask = NDArray[np.bool_]
Nodes = NDArray[np.int64]


class _Spot(NamedTuple):
    """A point of a stretch: metres from its tail."""

    stretch: int
    metres: float


@dataclass(frozen=True, eq=False)
class _Walk:
    """From a place along a road: weighed and true metres to every node [n], inf where not reached.

    The node before each is in `before` [n + 1]; n itself is the place, which lies on stretch start.stretch.
    """

    start: Anchor
    weighed: NDArray[np.float64]
    metres: NDArray[np.float64]
    before: NDArray[np.int64]
    links: "_Links"

    def nodes_to(self, node: int) -> list[int]:
        """The nodes from the place (not included) to this one."""
        way = [node]
        while self.before[way[-1]] != len(self.before) - 1:
            way.append(int(self.before[way[-1]]))
        return way[::-1]


class _Links:
    """The lightest stretch between each two nodes, directions aside."""

    def __init__(self, tail: Nodes, head: Nodes, weight: NDArray[np.float64], use: Mask) -> None:
        low, high = np.minimum(tail, head).astype(np.int64), np.maximum(tail, head).astype(np.int64)
        self.nodes = int(max(tail.max(), head.max())) + 1
        order = np.lexsort((weight, high, low))
        order = order[use[order] & (low != high)[order]]
        key = low[order] * self.nodes + high[order]
        first = np.ones(len(key), dtype=bool)
        first[1:] = key[1:] != key[:-1]
        self._key, self._stretch = key[first], order[first]
        ends = (low[self._stretch], high[self._stretch])
        self.matrix = sparse.csr_array((weight[self._stretch], ends), shape=(self.nodes, self.nodes))

    def stretch(self, a: Nodes, b: Nodes) -> Nodes:
        """The stretches that join nodes a to nodes b (both [k]); they must be joined."""
        found: Nodes = self._stretch[
            np.searchsorted(self._key, np.minimum(a, b) * self.nodes + np.maximum(a, b))
        ]
        return found


@dataclass(frozen=True)
class Tracks:
    """The roads of a network by their names and numbers; made once, safe to ask from any thread."""

    roads: Roads

    @cached_property
    def _texts(self) -> dict[str, list[int]]:
        """Text codes of the names and numbers by their key."""
        found: dict[str, list[int]] = {}
        first, text = self.roads.text_first, bytes(self.roads.text)
        for code in range(1, len(first) - 1):
            for part in text[int(first[code]) : int(first[code + 1])].decode().split(";"):
                if key := squeezed(part):
                    found.setdefault(key, []).append(code)
        return found

    @cached_property
    def driven(self) -> Mask:
        """Stretches that are roads for vehicles [m]."""
        found: Mask = ~np.isin(self.roads.highway, _NOT_DRIVEN)
        return found

    @cached_property
    def main(self) -> Mask:
        """Stretches of main roads [m], tertiary ones included."""
        found: Mask = np.isin(self.roads.highway, _MAIN)
        return found

    def called(self, road: str) -> Mask:
        """The stretches of a road by its number or name [m], "A - B" in either order; all False for none."""
        turned = road.split(SEPARATOR)
        codes = self._texts.get(squeezed(road)) or self._texts.get(squeezed("".join(turned[::-1]))) or []
        found: Mask = (np.isin(self.roads.ref, codes) | np.isin(self.roads.name, codes)) & self.driven
        return found

    def away_m(self, on: Mask, place: LonLat) -> float:
        """How far a place is from the road (stretches [m])."""
        return nearest(self.roads, on, place, _ANYWHERE_M).access_m

    def points(self, on: Mask, start: LonLat, metres: float, farthest_m: float) -> list[LonLat]:
        """Every point of a road (stretches [m]) this far along it from where `start` is beside it.

        Each direction and branch gives one. Raises OffNetwork when the road is farther from `start` than
        farthest_m, Unreachable when it is not that long.
        """
        walk = self._walk(on, start, farthest_m, metres + _OFF_ROAD * _GAP_M)
        found = _gathered([self._drawn(spot) for spot in self._spots(walk, on, metres)])
        if not found:
            ends = walk.metres[np.concatenate((self.roads.tail[on], self.roads.head[on]))]
            far = np.max(ends[np.isfinite(ends)], initial=0.0)
            raise Unreachable(f"that road goes {far / 1000:.1f} km from there, not {metres / 1000:g}")
        return found

    def towards(self, on: Mask, points: Sequence[LonLat], start: LonLat, aim: LonLat) -> list[LonLat]:
        """Those of the points from which `aim` is nearest by this road, and nearer than from the start."""
        walk = self._walk(on, aim, _ANYWHERE_M, np.inf)
        here = self._left(walk, start)
        nearer = [(left, point) for point in points if (left := self._left(walk, point)) < here]
        best = min((left for left, _ in nearer), default=np.inf)
        return [point for left, point in nearer if left <= best + _BESIDE_M]

    def between(self, start: LonLat, end: LonLat, metres: float, farthest_m: float) -> LonLat:
        """The point this far along the shortest way from start to end, by main roads where there are.

        Raises OffNetwork, and Unreachable when there is no way or a shorter one.
        """
        walk = self._walk(self.main, start, farthest_m, np.inf)
        goal = nearest(self.roads, self.driven, end, farthest_m)
        spots, whole = self._way(walk, goal, metres)
        if not np.isfinite(whole):
            raise Unreachable("no road joins these places; give two that a road joins")
        if not spots:
            raise Unreachable(f"that way is {whole / 1000:.0f} km long, not {metres / 1000:g}")
        return self._drawn(spots[0])

    # --- the walk

    def _walk(self, on: Mask, start: LonLat, farthest_m: float, limit: float) -> _Walk:
        """From the place of the road next to `start`; off the road it costs more, to mend short gaps."""
        anchor = nearest(self.roads, on if on.any() else self.driven, start, farthest_m)
        n, e, length = self.roads.nodes, anchor.stretch, self._lengths
        tail = np.append(self.roads.tail, [n, n])
        head = np.append(self.roads.head, [self.roads.tail[e], self.roads.head[e]])
        parts = np.maximum(length[e] * np.array([anchor.fraction, 1.0 - anchor.fraction]), _LEAST_M)
        true, both = np.append(length, parts), [True, True]
        weight = np.where(np.append(on, both), true, true * _OFF_ROAD)
        links = _Links(tail, head, weight, np.append(self.driven | on, both))
        found, prior = sparse.dijkstra(
            links.matrix, directed=False, indices=np.array([n]), return_predecessors=True, limit=limit
        )
        weighed, before = found[0], prior[0].astype(np.int64)
        return _Walk(anchor, weighed[:n], _true(links, true, weighed, before), before, links)

    @cached_property
    def _lengths(self) -> NDArray[np.float64]:
        return np.maximum(np.asarray(self.roads.metres, dtype=np.float64), _LEAST_M)

    def _spots(self, walk: _Walk, on: Mask, metres: float) -> list[_Spot]:
        """Where on the road, or in a gap of it, the walk has gone this far."""
        length, e = self._lengths, walk.start.stretch
        from_tail = length[e] * walk.start.fraction
        own = [_Spot(e, at) for at in (from_tail - metres, from_tail + metres) if 0.0 <= at <= length[e]]
        ends = (self.roads.tail, self.roads.head)
        for here, there in (ends, ends[::-1]):
            over = metres - walk.metres[here]
            with np.errstate(invalid="ignore"):  # inf - inf where neither end is reached
                forth = walk.weighed[here] + over <= walk.weighed[there] + length - over + 1.0
            fits = on & forth & (over > 0.0) & (over <= length)
            fits[e] = False
            for at in np.flatnonzero(fits).tolist():
                own.append(_Spot(at, float(over[at] if here is ends[0] else length[at] - over[at])))
        return own + self._in_gaps(walk, on, metres)

    def _in_gaps(self, walk: _Walk, on: Mask, metres: float) -> list[_Spot]:
        """Where the walk has gone this far between two parts of the road."""
        found = []
        for node in _leading(walk, np.unique([self.roads.tail[on], self.roads.head[on]])):
            prior = int(walk.before[node])
            if prior == self.roads.nodes or not walk.metres[prior] < metres <= walk.metres[node]:
                continue
            stretch = int(walk.links.stretch(np.array([prior]), np.array([node]))[0])
            if not on[stretch]:
                found.append(self._from(stretch, prior, metres - float(walk.metres[prior])))
        return found

    def _left(self, walk: _Walk, point: LonLat) -> float:
        """Weighed metres between the walk's place and a point."""
        at = nearest(self.roads, self.driven, point, _ANYWHERE_M)
        e, length = at.stretch, float(self._lengths[at.stretch])
        if e == walk.start.stretch:
            return abs(at.fraction - walk.start.fraction) * length
        ends = walk.weighed[int(self.roads.tail[e])], walk.weighed[int(self.roads.head[e])]
        return float(min(ends[0] + at.fraction * length, ends[1] + (1.0 - at.fraction) * length))

    def _way(self, walk: _Walk, goal: Anchor, metres: float) -> tuple[list[_Spot], float]:
        """The spot this far on the way to the goal, none when it is shorter, and the length of the way."""
        e, length = goal.stretch, self._lengths
        if e == walk.start.stretch:
            share = goal.fraction - walk.start.fraction
            whole = abs(share) * float(length[e])
            at = walk.start.fraction * float(length[e]) + np.sign(share) * metres
            return ([_Spot(e, float(at))] if metres <= whole else []), whole
        sides = ((int(self.roads.tail[e]), goal.fraction), (int(self.roads.head[e]), 1.0 - goal.fraction))
        node, part = min(sides, key=lambda side: walk.weighed[side[0]] + side[1] * length[e])
        whole = float(walk.metres[node] + part * length[e])
        if not np.isfinite(whole) or metres > whole:
            return [], whole
        nodes = np.asarray(walk.nodes_to(node), dtype=np.int64)
        step = int(np.searchsorted(walk.metres[nodes], metres))
        if step == 0:
            return [
                self._from(walk.start.stretch, int(nodes[0]), float(walk.metres[nodes[0]]) - metres)
            ], whole
        if step == len(nodes):
            over = metres - float(walk.metres[node])
            return [self._from(e, node, over)], whole
        stretch = int(walk.links.stretch(nodes[step - 1 : step], nodes[step : step + 1])[0])
        return [self._from(stretch, int(nodes[step]), float(walk.metres[nodes[step]]) - metres)], whole

    def _from(self, stretch: int, node: int, metres: float) -> _Spot:
        """The spot this far from the end of a stretch that is this node."""
        at_tail = int(self.roads.tail[stretch]) == node
        return _Spot(stretch, metres if at_tail else float(self._lengths[stretch]) - metres)

    def _drawn(self, spot: _Spot) -> LonLat:
        """The place of a spot on the shape of its stretch."""
        shape = self.roads.shape(spot.stretch)
        run = np.concatenate(([0.0], np.cumsum(distances_m(shape[:-1], shape[1:]))))
        at = min(max(spot.metres / float(self._lengths[spot.stretch]), 0.0), 1.0) * run[-1]
        step = min(max(int(np.searchsorted(run, at)), 1), len(run) - 1)
        span = run[step] - run[step - 1]
        ends = LonLat(*shape[step - 1].tolist()), LonLat(*shape[step].tolist())
        return midway(*ends, float((at - run[step - 1]) / span) if span > 0 else 0.0)


def _true(
    links: _Links, true: NDArray[np.float64], weighed: NDArray[np.float64], before: Nodes
) -> NDArray[np.float64]:
    """True metres to each node [n] by the tree that the weighed ones gave."""
    order = np.argsort(weighed, kind="stable")[: int(np.isfinite(weighed).sum())].astype(np.int64)[1:]
    prior = before[order].astype(np.int64)
    steps = true[links.stretch(order, prior)]
    metres = [np.inf] * len(weighed)
    metres[-1] = 0.0
    for node, earlier, step in zip(order.tolist(), prior.tolist(), steps.tolist(), strict=True):
        metres[node] = metres[earlier] + step
    return np.asarray(metres[:-1])


def _leading(walk: _Walk, nodes: Nodes) -> set[int]:
    """These nodes, as far as they are reached, and every node on the way to them."""
    found: set[int] = set()
    for node in nodes[np.isfinite(walk.weighed[nodes])].tolist():
        while node not in found and node < len(walk.weighed):
            found.add(node)
            node = int(walk.before[node])  # noqa: PLW2901  up the tree
    return found


def _gathered(points: Sequence[LonLat]) -> list[LonLat]:
    """One point of each group that lies close together."""
    kept: list[LonLat] = []
    for point in points:
        if all(distance_m(point, one) > _BESIDE_M for one in kept):
            kept.append(point)
    return kept
