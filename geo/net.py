"""A network as one profile sees it at one time: costs, hazards, whole-number weights, the engine on them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geo import sparse
from geo.costs import Costs, Floats, costs
from geo.ends import INF, Long, Whole
from geo.engines import Engine, Making
from geo.ground import Ground
from geo.hazards import NOTHING, Hazard, Laid, Loads
from geo.lonlat import LonLat
from geo.profile import Profile
from geo.roads import Roads
from geo.snapping import Anchor

_METRES_A_DEGREE = 111_195.0
_WINDING = 6.0  # no quickest way is longer than so many times the network is wide
_EVEN_PACE = 0.1  # seconds a metre where all are alike: ways of 10,000 km stay below INF
P50, P90, METRES, INSIDE, DANGER = range(5)  # what is summed along ways; the last two only under threats


@dataclass(frozen=True, eq=False)
class Net:
    """A network seen by one profile in one season, under hazards.

    `costs` are without hazards. A cost of the engine is a whole number of units: unit_ms thousandths of a
    second of a vehicle of speed factor one; 1, unless a way across the network could be too long for 32 bits.
    """

    roads: Roads
    profile: Profile
    costs: Costs
    ground: Ground
    engine: Engine
    unit_ms: int
    barred: NDArray[np.bool_]  # graph arcs [a] that turn restrictions close to the profile
    laid: Laid = NOTHING
    plain: "Net | None" = None  # without hazards, where there are any
    anchors: dict[LonLat, Anchor] = field(default_factory=dict)  # of places asked for before, hazards or not
    around: dict[LonLat, list[Anchor]] = field(
        default_factory=dict
    )  # likewise, with other pieces beside them

    def cost(self, seconds: Floats) -> Whole:
        """Whole costs of seconds, INF where they are infinite; what is too long stays below that."""
        units = np.rint(np.asarray(seconds) * (self.profile.speed_factor * 1000.0 / self.unit_ms))
        return np.where(np.isfinite(units), np.minimum(units, INF - 1), INF).astype(np.int32)

    def seconds(self, cost: NDArray[np.integer]) -> Floats:
        """Seconds of costs; inf where there is no way."""
        told = cost * (self.unit_ms / 1000.0 / self.profile.speed_factor)
        return np.where(cost >= INF, np.inf, told).astype(np.float64)

    @cached_property
    def usual(self) -> Costs:
        """What it costs in the dry season by day."""
        return costs(self.roads, self.profile, "dry")

    def zones(self, stretch: int, begin: float, end: float) -> list[Hazard]:
        """The threats and slow zones on a stretch between two shares of it."""
        low, high = min(begin, end), max(begin, end)
        return [
            one
            for one, at, row in self.laid.over(stretch)
            if one.kind in ("threat", "slow") and any(a < high and b > low for a, b in at.pieces(row))
        ]

    @cached_property
    def endangered(self) -> bool:
        """True when some road lies in a threat zone; only then are there columns INSIDE and DANGER."""
        return bool(self.laid.inside.any())

    @cached_property
    def crawling(self) -> bool:
        """True when some road is so slow that costs may run out on a way that a vehicle has."""
        slowest = float(self.laid.slower.max(initial=1.0))
        return (
            slowest > 1.0
            and slowest * _longest_ms(self.roads, self.profile, self.costs) >= INF * self.unit_ms
        )

    @property
    def sums(self) -> int:
        """How many columns ways are summed in."""
        return 5 if self.endangered else 3

    @cached_property
    def columns(self) -> Floats:
        """p50, p90, metres and, under threats, seconds inside and added [c, a] of the graph's arcs.

        In memory all of an arc lies together.
        """
        arc = self.ground.graph.arc
        if self.plain is None:
            told = np.column_stack((self.costs.p50[arc], self.costs.p90[arc], self.roads.metres[arc // 2]))
            told[~np.isfinite(told[:, P50])] = 0.0
            return told.T
        if not self.endangered and (self.laid.slower == 1.0).all():
            return self.plain.columns
        told = np.zeros((len(arc), self.sums))
        told[:, :3] = self.plain.columns.T
        arcs = self.ground.on(self.laid.touched)
        loads = self.laid.loads(arc[arcs])
        if self.endangered:
            told[arcs, INSIDE] = told[arcs, P50] * loads.inside
            told[arcs, DANGER] = told[arcs, P50] * loads.danger
        told[arcs, :2] *= loads.slower[:, None]
        return told.T

    @cached_property
    def by_metres(self) -> "Net":
        """The network where all metres count the same, on whatever the vehicle may use in the dry season."""
        metres = np.repeat(np.asarray(self.roads.metres, dtype=np.float64), 2)
        paces = np.where(np.isfinite(self.usual.p50), metres * _EVEN_PACE, np.inf)
        weights = np.maximum(self.cost(paces[self.ground.graph.arc]), 1)
        weights[self.barred] = INF
        even = replace(self.usual, p50=paces, p90=paces, access_s_per_m=_EVEN_PACE)
        engine = self.engine.changed(np.arange(len(weights)), weights)
        return replace(self, costs=even, engine=engine, laid=NOTHING)

    @cached_property
    def islands(self) -> NDArray[np.int32]:
        """Number of the piece that each node of the graph is on, directions aside [n]."""
        graph, n = self.ground.graph, self.ground.graph.nodes
        open_ = np.flatnonzero(self.engine.weights < INF)
        ends = (
            np.concatenate(
                (graph.tail[open_], np.arange(n, dtype=np.int32))
            ),  # the copies of a junction are one place
            np.concatenate((graph.head[open_], graph.origin)),
        )
        links = sparse.coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(n, n))
        return np.asarray(sparse.connected_components(links, directed=False)[1])

    @cached_property
    def pieces(self) -> Long:
        """Number of the part of the network that each stretch leads to and is come to from [m]; -1 shut.

        From a stretch one comes to every other of its number.
        """
        graph, n = self.ground.graph, self.ground.graph.nodes
        open_ = np.flatnonzero(self.engine.weights < INF)
        ends = graph.tail[open_], graph.head[open_]
        links = sparse.coo_array((np.ones(len(open_), dtype=np.int8), ends), shape=(n, n))
        found = sparse.connected_components(links, directed=True, connection="strong")[1].astype(np.int64)
        sizes = np.bincount(found)
        rank = np.empty(len(sizes), dtype=np.int64)
        rank[np.argsort(sizes, kind="stable")] = np.arange(len(sizes))
        by_node = rank[found]  # the largest piece stands for a stretch
        best = np.full((2, self.roads.stretches), -1, dtype=np.int64)
        for row, nodes in zip(best, ends[::-1], strict=True):
            np.maximum.at(row, graph.arc[open_] // 2, by_node[nodes])
        return np.where(best[0] < 0, -1, best[0] * len(sizes) + best[1])


def whole_net(roads: Roads, profile: Profile, weighed: Costs, ground: Ground, make: Making) -> Net:
    """The network with no hazard on it."""
    unit = _unit_ms(roads, profile, weighed)
    barred = ground.graph.shut(profile)
    loads = NOTHING.loads(ground.graph.arc)
    weights = _weights(weighed.p50[ground.graph.arc], barred, loads, _scale(profile, unit))
    return Net(roads, profile, weighed, ground, make(ground, weights), unit, barred)


def net_under(whole: Net, wanted: Laid, near: Sequence[Net]) -> Net:
    """The network under hazards, customised from the whole one or from one of `near`, the least changed."""
    base, arcs = whole, _road_arcs(wanted.touched)
    for each in near:
        fewer = wanted.arcs_changed(each.laid)
        if len(fewer) < len(arcs):
            base, arcs = each, fewer
    changed = whole.ground.of(arcs)
    arc, scale = whole.ground.graph.arc[changed], _scale(whole.profile, whole.unit_ms)
    weights = _weights(whole.costs.p50[arc], whole.barred[changed], wanted.loads(arc), scale)
    engine = base.engine.changed(changed, weights)
    return replace(whole, engine=engine, laid=wanted, plain=whole, around={})


def calmed(net: Net, other: Net) -> Net:
    """The net with the ways of another one on the same ground, told as on this one."""
    return replace(net, engine=other.engine)


def _road_arcs(stretches: Long) -> Long:
    return (2 * stretches[:, None] + (0, 1)).reshape(-1)


def _scale(profile: Profile, unit_ms: int) -> float:
    """Units of cost a second."""
    return profile.speed_factor * 1000.0 / unit_ms


def _weights(seconds: Floats, barred: NDArray[np.bool_], loads: Loads, scale: float) -> Whole:
    """Weights of arcs [k]: 1 to INF - 1 where open, however long or dangerous; else INF."""
    shut = ~np.isfinite(seconds) | loads.shut | barred
    units = np.rint(np.where(shut, 0.0, seconds) * ((loads.slower + loads.danger) * scale))
    return np.where(shut, INF, np.clip(units, 1, INF - 1)).astype(np.int32)


def _unit_ms(roads: Roads, profile: Profile, weighed: Costs) -> int:
    """How coarse costs must be for the longest way to stay below INF: 1 ms but for walks across countries."""
    return max(1, math.ceil(_longest_ms(roads, profile, weighed) / INF))


def _longest_ms(roads: Roads, profile: Profile, weighed: Costs) -> float:
    """What a way across the network takes at most, slow zones aside; 0 without an open road."""
    open_ = np.isfinite(weighed.p50[0::2])
    metres = float(np.sum(roads.metres[open_], dtype=np.float64))
    if metres <= 0.0:
        return 0.0
    west, south, east, north = roads.bounds
    wide = (east - west) * math.cos(math.radians((south + north) / 2.0))
    pace = float(np.sum(weighed.p50[0::2][open_])) / metres
    longest_s = _WINDING * math.hypot(wide, north - south) * _METRES_A_DEGREE * pace
    return longest_s * profile.speed_factor * 1000.0
