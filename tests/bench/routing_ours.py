"""The product's hierarchy as the bench calls it: its public functions and nothing between."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geo.cch.metric import Metric, customise
from geo.cch.query import Labels, choose, cost, from_few, matrix, one_to_all, path, pin
from geo.cch.topology import topology
from tests.bench.routing_graphs import Net

Ints = NDArray[np.int32]
NO_OFFSET = np.zeros(1, dtype=np.int32)


class Ours:
    """One network, one metric."""

    name = "ours"

    def __init__(self, net: Net) -> None:
        self.topology = topology(net.nodes, net.tail, net.head, net.rank)
        self.metric: Metric = customise(self.topology, net.weight)

    def customised(self, weight: Ints) -> Metric:
        """A whole new profile."""
        return customise(self.topology, weight)

    def costs(self, pairs: Sequence[tuple[int, int]]) -> list[int]:
        """Least cost of each pair."""
        metric = self.metric
        return [cost(metric, source, target) for source, target in pairs]

    def ways(self, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, Ints]]:
        """Least cost and arcs of each pair."""
        metric = self.metric
        return [path(metric, source, target) for source, target in pairs]

    def pinned(self, targets: Ints) -> Labels:
        """Targets that many sources will ask for."""
        return pin(self.metric, targets, reverse=True)

    def rows(self, pinned: Labels, sources: Sequence[Ints]) -> list[Ints]:
        """One to many, source by source."""
        metric = self.metric
        return [matrix(pin(metric, source), pinned) for source in sources]

    def table(self, sources: Ints, targets: Ints) -> Ints:
        """Many to many, nothing pinned before."""
        return matrix(pin(self.metric, sources), pin(self.metric, targets, reverse=True))

    def tree(self, source: Ints) -> Ints:
        """One to all."""
        return one_to_all(self.metric, source, NO_OFFSET)

    def after(self, arcs: Ints, weight: Ints, source: int, targets: Ints) -> Ints:
        """Change weights by the public, copy-on-write door; then one to many on what comes of it."""
        return self.next(arcs, weight, source, targets)[1]

    def next(self, arcs: Ints, weight: Ints, source: int, targets: Ints) -> tuple[Metric, Ints]:
        """The same, and the changed snapshot, for whoever goes on with it or keeps it."""
        changed = self.metric.changed(arcs, weight)
        return changed, from_few(changed, [source], choose(self.topology, targets))[0]
