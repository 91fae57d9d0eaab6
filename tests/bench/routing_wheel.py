"""RoutingKit's hierarchy from Python (the wheel routingkit-cch), as its own examples call it, at its best."""

from collections.abc import Sequence

import numpy as np
import routingkit_cch as kit
from numpy.typing import NDArray

from tests.bench.routing_graphs import CLOSED, Net

Ints = NDArray[np.int32]
SHUT = 2**31 - 1  # its infinity


class Wheel:
    """One network, one metric; it is changed in place, which its living queries forbid."""

    name = "wheel"

    def __init__(self, net: Net, *, frugal: bool = False) -> None:
        order = np.argsort(net.rank).astype(np.uint32)  # ours: it gets the nodes from the first to the last
        tail, head = net.tail.astype(np.uint32), net.head.astype(np.uint32)
        self.cch = kit.CCH(order, tail, head, False)
        # It takes a list in 0.6 of the time of an array, which in turn needs less memory.
        weight = np.where(net.weight >= CLOSED, SHUT, net.weight)
        self.metric = kit.CCHMetric(self.cch, weight.astype(np.uint32) if frugal else weight.tolist())
        self._nodes = net.nodes
        self._updater = kit.CCHMetricPartialUpdater(self.cch)

    def customised(self, weight: list[int]) -> kit.CCHMetric:
        """A whole new profile."""
        return kit.CCHMetric(self.cch, weight)

    def query(self) -> kit.CCHQuery:
        """For as many pairs as one likes; keeps the metric from being changed as long as it lives."""
        return kit.CCHQuery(self.metric)

    @staticmethod
    def costs(query: kit.CCHQuery, pairs: Sequence[tuple[int, int]]) -> list[int | None]:
        """Least cost of each pair."""
        run = query.run
        return [run(source, target).distance for source, target in pairs]

    @staticmethod
    def ways(query: kit.CCHQuery, pairs: Sequence[tuple[int, int]]) -> list[tuple[int | None, list[int]]]:
        """Least cost and arcs of each pair."""
        found = []
        for source, target in pairs:
            result = query.run(source, target)
            found.append((result.distance, result.arc_path))
            del result  # a living one forbids the next run
        return found

    def pinned(self, targets: list[int]) -> kit.CCHOneToMany:
        """Targets that many sources will ask for."""
        return kit.CCHOneToMany(self.metric, targets)

    @staticmethod
    def rows(pinned: kit.CCHOneToMany, sources: Sequence[int]) -> list[list[int | None]]:
        """One to many, source by source."""
        return [pinned.distances_from(source) for source in sources]

    def table(self, sources: list[int], targets: list[int]) -> list[list[int | None]]:
        """Many to many, nothing pinned before."""
        return self.rows(self.pinned(targets), sources)

    def all_pinned(self) -> kit.CCHOneToMany:
        """Its way from one to all: every node is a pinned target."""
        return kit.CCHOneToMany(self.metric, list(range(self._nodes)))

    def after(self, updates: dict[int, int], source: int, targets: list[int]) -> list[int | None]:
        """Change weights in place, then one to many."""
        self._updater.apply(self.metric, updates)
        return kit.CCHOneToMany(self.metric, targets).distances_from(source)

    def restore(self, updates: dict[int, int]) -> None:
        """Take a change back."""
        self._updater.apply(self.metric, updates)


def shut(weights: Sequence[int]) -> list[int]:
    """Weights with the wheel's infinity in place of ours."""
    return [SHUT if weight >= CLOSED else weight for weight in weights]


def costs_told(distances: Sequence[int | None]) -> list[int]:
    """Costs with our infinity in place of None."""
    return [CLOSED if each is None else each for each in distances]
