"""Ways that are really different from the best one, on any engine: by plateaus of two trees, by penalties."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo import sparse
from geo.ends import INF, Ends, Floats, Long, Way, Whole, alone
from geo.engines import Engine
from geo.errors import GeoError
from geo.turns import Graph

_TRIED = 40  # plateaus, the most promising first
_ROUNDS = 8  # of penalties
_PENALTY = 1.5


@dataclass(frozen=True)
class Limits:
    """What counts as another way.

    ways: the best one and so many less one others at most. shared: at most this part of the best way's
    seconds on roads of that way, and of any other way told. longer: at most this part costlier than the best.
    local: every piece of it as short as this part of the best way is the best between its own ends, so
    that nobody is sent round a block for the sake of being different. Raises GeoError.
    """

    ways: int = 3
    shared: float = 0.6
    longer: float = 0.4
    local: float = 0.2

    def __post_init__(self) -> None:
        shares = (self.shared, self.longer, self.local)
        if not (1 <= self.ways <= 10 and all(0.0 <= each <= 1.0 for each in shares) and self.local > 0.0):
            raise GeoError("alternatives: give 1 to 10 ways, and shares between 0 and 1")


class Other(NamedTuple):
    """A way, the part of the best way's seconds that it shares, and how much costlier it is (0: equal)."""

    way: Way
    shared: float
    longer: float


class Search:
    """The best way between two places on one engine and what is different from it; `seconds` [a] of arcs."""

    def __init__(
        self, engine: Engine, graph: Graph, seconds: Floats, places: tuple[Ends, Ends], limits: Limits
    ) -> None:
        self.engine, self.graph, self.seconds = engine, graph, seconds
        self.sources, self.targets = places
        self.limits = limits

    def ways(self) -> list[Other]:
        """The best way and others, the cheapest first; empty when there is none. Exactly repeatable."""
        best = self.engine.path(self.sources, self.targets)
        if best is None:
            return []
        told = [Other(best, 1.0, 0.0)]
        for candidates in (self._by_plateaus, self._by_penalties):
            for way in candidates(best):
                if len(told) >= self.limits.ways:
                    break
                if self._fits(way, told):
                    more = way.cost / best.cost - 1.0 if best.cost else 0.0
                    told.append(Other(way, self._shared(way, best), more))
        return [told[0], *sorted(told[1:], key=lambda each: each.way.cost)]

    # --- which ways are worth telling

    def _fits(self, way: Way, told: Sequence[Other]) -> bool:
        if way.cost > (1.0 + self.limits.longer) * told[0].way.cost:
            return False
        stretches = self.graph.arc[way.arcs] // 2
        if len(np.unique(stretches)) < len(stretches):  # out and back again
            return False
        return all(self._shared(way, each.way) <= self.limits.shared for each in told)

    def _shared(self, way: Way, other: Way) -> float:
        """The part of the other way's seconds on arcs that this one drives too."""
        whole = float(self.seconds[other.arcs].sum())
        mine = np.isin(self.graph.arc[other.arcs], self.graph.arc[way.arcs])
        return float(self.seconds[other.arcs[mine]].sum()) / whole if whole else 1.0

    def _sensible(self, way: Way) -> bool:
        """True when its pieces, each overlapping the next by half, are the best between their own ends."""
        weights = self.engine.weights[way.arcs].astype(np.int64)
        run = np.concatenate(([0], np.cumsum(weights)))
        reach = self.limits.local * run[-1]
        first = [int(np.searchsorted(run, at)) for at in np.arange(0.0, run[-1], max(1.0, reach / 2.0))]
        for i in dict.fromkeys(first):
            if i == len(way.arcs):
                break
            j = max(i + 1, int(np.searchsorted(run, run[i] + reach, side="right")) - 1)
            ends = int(self.graph.tail[way.arcs[i]]), int(self.graph.head[way.arcs[j - 1]])
            found = self.engine.path(alone(ends[0]), alone(ends[1]))
            if found is not None and found.cost < run[j] - run[i]:
                return False
        return True

    # --- where they come from

    def _by_plateaus(self, best: Way) -> Iterator[Way]:
        """Ways over the pieces that the tree from the one place and the tree to the other have in common.

        On such a piece nothing shorter leads past it, so a way over it is sensible as far as it is long.
        """
        there = self.engine.tree(self.sources).astype(np.int64)
        back = self.engine.tree(self.targets, reverse=True).astype(np.int64)
        for arcs in self._plateaus(there, back, best.cost):
            ends = int(self.graph.tail[arcs[0]]), int(self.graph.head[arcs[-1]])
            first = self.engine.path(self.sources, alone(ends[0]))
            last = self.engine.path(alone(ends[1]), self.targets)
            if first is not None and last is not None:
                cost = int(there[ends[0]]) + int(self.engine.weights[arcs].sum()) + int(back[ends[1]])
                yield Way(cost, np.concatenate((first.arcs, arcs, last.arcs)), first.source, last.target)

    def _plateaus(self, there: Long, back: Long, best: int) -> Iterable[Whole]:
        """Arcs of the plateaus in order of travel, the longest for their detour first."""
        tail, head, weights = self.graph.tail, self.graph.head, self.engine.weights
        total = there + back
        near = (weights < INF) & (total[tail] <= (1.0 + self.limits.longer) * best) & (total[tail] > best)
        arcs = np.flatnonzero(near)
        tight = (there[tail[arcs]] + weights[arcs] == there[head[arcs]]) & (
            back[head[arcs]] + weights[arcs] == back[tail[arcs]]
        )
        arcs = arcs[tight]
        arcs = arcs[np.unique(tail[arcs], return_index=True)[1]]  # of equal ways on, one
        arcs = arcs[np.unique(head[arcs], return_index=True)[1]]
        chain = _chains(tail[arcs], head[arcs])
        order = np.lexsort((there[tail[arcs]], chain))
        arcs, chain = arcs[order], chain[order]
        first = np.flatnonzero(np.concatenate(([True], chain[1:] != chain[:-1])))[: len(arcs)]
        length = np.add.reduceat(weights[arcs].astype(np.int64), first) if len(arcs) else np.zeros(0)
        detour = total[tail[arcs[first]]] - length
        long = np.flatnonzero(length >= self.limits.local * best)
        last = np.append(first[1:], len(arcs))
        for i in long[np.lexsort((first[long], detour[long]))][:_TRIED].tolist():
            yield arcs[first[i] : last[i]]

    def _by_penalties(self, best: Way) -> Iterator[Way]:
        """Best ways when those found before cost more; only sensible ones."""
        engine, way = self.engine, best
        for _ in range(_ROUNDS if self.limits.ways > 1 else 0):
            on = np.isin(self.graph.arc // 2, self.graph.arc[way.arcs] // 2)
            arcs = np.flatnonzero(on & (engine.weights < INF))
            dearer = np.minimum(engine.weights[arcs] * _PENALTY, INF - 1).astype(np.int32)
            engine = engine.changed(arcs, dearer)
            found = engine.path(self.sources, self.targets)
            if found is None:
                return
            way = found._replace(cost=self._cost(found))
            if self._sensible(way):
                yield way

    def _cost(self, way: Way) -> int:
        """What a way costs without penalties."""
        walks = int(self.sources.offset[way.source]) + int(self.targets.offset[way.target])
        return walks + int(self.engine.weights[way.arcs].sum(dtype=np.int64))


def _chains(tail: NDArray[np.integer], head: NDArray[np.integer]) -> Long:
    """The number of the chain that each arc is on; no two leave one node or come to one."""
    nodes, at = np.unique(np.concatenate((tail, head)), return_inverse=True)
    if not len(tail):
        return np.zeros(0, dtype=np.int64)
    ends = (at[: len(tail)], at[len(tail) :])
    links = sparse.coo_array((np.ones(len(tail), dtype=np.int8), ends), shape=(len(nodes), len(nodes)))
    return np.asarray(sparse.connected_components(links, directed=False)[1][ends[0]], dtype=np.int64)
