"""Ways that are really different from the best one, on any engine: by plateaus of two trees, by penalties."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo import sparse
from geo.ends import INF, Floats, Long, Way, Whole, alone
from geo.errors import GeoError
from geo.net import P50, Net
from geo.ports import step_sums
from geo.writing import Joined

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
    """The best way between two places on a network and what is different from it."""

    def __init__(self, net: Net, ends: Joined, limits: Limits) -> None:
        self._net, self._ends, self._limits = net, ends, limits
        self._engine, self._graph, self._weights = net.engine, net.ground.graph, net.engine.weights
        self._sources, self._targets = ends.leaving.ends, ends.coming.ends

    def ways(self) -> list[Other]:
        """The best way and others, the cheapest first; empty when there is none. Exactly repeatable."""
        best = self._engine.path(self._sources, self._targets)
        if best is None:
            return []
        told = [Other(best, 1.0, 0.0)]
        for candidates in (self._by_plateaus, self._by_penalties):
            for way in candidates(best):
                if len(told) >= self._limits.ways:
                    break
                if self._fits(way, told):
                    more = way.cost / best.cost - 1.0 if best.cost else 0.0
                    told.append(Other(way, self._shared(way, best), more))
        return [told[0], *sorted(told[1:], key=lambda each: each.way.cost)]

    # --- which ways are worth telling

    def _fits(self, way: Way, told: Sequence[Other]) -> bool:
        if way.cost > (1.0 + self._limits.longer) * told[0].way.cost:
            return False
        stretches = self._driven(way)[0] // 2
        if len(np.unique(stretches)) < len(stretches):  # out and back again
            return False
        return all(self._shared(way, each.way) <= self._limits.shared for each in told)

    def _shared(self, way: Way, other: Way) -> float:
        """The part of the other way's seconds on road arcs that this one drives too."""
        arcs, seconds = self._driven(other)
        whole = float(seconds.sum())
        both = np.isin(arcs, self._driven(way)[0])
        return float(seconds[both].sum()) / whole if whole else 1.0

    def _driven(self, way: Way) -> tuple[Long, Floats]:
        """Road arcs of a way and the seconds on each, the parts of them at its ends included."""
        steps = (self._ends.leaving.step(way.source), self._ends.coming.step(way.target))
        first, last = step_sums(self._net, steps)[P50]
        arcs = np.concatenate(([steps[0].arc], self._graph.arc[way.arcs], [steps[1].arc])).astype(np.int64)
        seconds = np.concatenate(([first], self._net.columns[P50, way.arcs], [last]))
        moving = seconds > 0.0
        return arcs[moving], seconds[moving]

    def _sensible(self, way: Way) -> bool:
        """True when its pieces, each overlapping the next by half, are the best between their own ends."""
        weights = self._weights[way.arcs].astype(np.int64)
        run = np.concatenate(([0], np.cumsum(weights)))
        reach = self._limits.local * run[-1]
        first = [int(np.searchsorted(run, at)) for at in np.arange(0.0, run[-1], max(1.0, reach / 2.0))]
        for i in dict.fromkeys(first):
            if i == len(way.arcs):
                break
            j = max(i + 1, int(np.searchsorted(run, run[i] + reach, side="right")) - 1)
            ends = int(self._graph.tail[way.arcs[i]]), int(self._graph.head[way.arcs[j - 1]])
            found = self._engine.path(alone(ends[0]), alone(ends[1]))
            if found is not None and found.cost < run[j] - run[i]:
                return False
        return True

    # --- where they come from

    def _by_plateaus(self, best: Way) -> Iterator[Way]:
        """Ways over the pieces that the tree from the one place and the tree to the other have in common.

        On such a piece nothing shorter leads past it, so a way over it is sensible as far as it is long.
        """
        trees = (self._engine.tree(self._sources), self._engine.tree(self._targets, reverse=True))
        there, back = (each.astype(np.int64) for each in trees)
        for arcs in self._plateaus(there, back, best):
            ends = int(self._graph.tail[arcs[0]]), int(self._graph.head[arcs[-1]])
            first = self._engine.path(self._sources, alone(ends[0]))
            last = self._engine.path(alone(ends[1]), self._targets)
            if first is not None and last is not None:
                cost = int(there[ends[0]]) + int(self._weights[arcs].sum(dtype=np.int64)) + int(back[ends[1]])
                yield Way(cost, np.concatenate((first.arcs, arcs, last.arcs)), first.source, last.target)

    def _plateaus(self, there: Long, back: Long, best: Way) -> Iterator[Whole]:
        """Arcs of the plateaus in order of travel, the longest for their detour first.

        An arc is one by itself, too: whoever is in the midst of it came and goes by its ends.
        """
        tail, head, weights = self._graph.tail, self._graph.head, self._weights
        through = there[tail] + weights + back[head]
        near = (weights < INF) & (through <= (1.0 + self._limits.longer) * best.cost)
        near[best.arcs] = False
        arcs = np.flatnonzero(near)
        tight = (there[tail[arcs]] + weights[arcs] == there[head[arcs]]) & (
            back[head[arcs]] + weights[arcs] == back[tail[arcs]]
        )
        tied = arcs[tight]
        tied = tied[np.unique(tail[tied], return_index=True)[1]]  # of equal ways on, one
        tied = tied[np.unique(head[tied], return_index=True)[1]]
        lone = np.setdiff1d(arcs, tied)
        chain = np.concatenate((_chains(tail[tied], head[tied]), self._graph.nodes + np.arange(len(lone))))
        arcs = np.concatenate((tied, lone))
        order = np.lexsort((there[tail[arcs]], chain))
        arcs, chain = arcs[order], chain[order]
        first = np.flatnonzero(np.concatenate(([True], chain[1:] != chain[:-1])))[: len(arcs)]
        length = np.add.reduceat(weights[arcs].astype(np.int64), first) if len(arcs) else np.zeros(0)
        long = np.flatnonzero(length >= self._limits.local * best.cost)
        detour = through[arcs[first[long]]] - length[long]
        last = np.append(first[1:], len(arcs))
        for i in long[np.lexsort((first[long], detour))][:_TRIED].tolist():
            yield arcs[first[i] : last[i]].astype(np.int32)

    def _by_penalties(self, best: Way) -> Iterator[Way]:
        """Best ways when those found before cost more; only sensible ones."""
        engine, weights, way = self._engine, self._weights.copy(), best
        for _ in range(_ROUNDS if self._limits.ways > 1 else 0):
            on = np.isin(self._graph.arc // 2, self._driven(way)[0] // 2)
            arcs = np.flatnonzero(on & (weights < INF))
            weights[arcs] = np.minimum(weights[arcs] * _PENALTY, INF - 1)
            engine = engine.changed(arcs, weights[arcs])
            found = engine.path(self._sources, self._targets)
            if found is None:
                return
            way = found._replace(cost=self._cost(found))
            if self._sensible(way):
                yield way

    def _cost(self, way: Way) -> int:
        """What a way costs without penalties."""
        walks = int(self._sources.offset[way.source]) + int(self._targets.offset[way.target])
        return walks + int(self._weights[way.arcs].sum(dtype=np.int64))


def _chains(tail: NDArray[np.integer], head: NDArray[np.integer]) -> Long:
    """The number of the chain that each arc is on; no two leave one node or come to one."""
    nodes, at = np.unique(np.concatenate((tail, head)), return_inverse=True)
    if not len(tail):
        return np.zeros(0, dtype=np.int64)
    ends = (at[: len(tail)], at[len(tail) :])
    links = sparse.coo_array((np.ones(len(tail), dtype=np.int8), ends), shape=(len(nodes), len(nodes)))
    return np.asarray(sparse.connected_components(links, directed=False)[1][ends[0]], dtype=np.int64)
