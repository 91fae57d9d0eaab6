"""The engine of the product: a Customizable Contraction Hierarchy, customised anew where weights change."""

import numpy as np
from numpy.typing import NDArray

from geo.cch import query
from geo.cch.metric import Metric, customise
from geo.cch.query import Labels
from geo.cch.summing import sums
from geo.ends import INF, Cells, Ends, Floats, Way, Whole, least
from geo.ground import Ground

_PINNED = 4  # lists of nodes whose climbs are remembered
_FEW = 4  # nodes from which a sweep each is quicker than climbs from all of the many


class CchEngine:
    """See geo.engines.Engine. Places that are asked for again and again are climbed from once."""

    def __init__(self, ground: Ground, weights: Whole, metric: Metric | None = None) -> None:
        self.ground = ground
        self._metric = customise(ground.topology, weights) if metric is None else metric
        self._pinned: dict[tuple[bytes, bool], Labels | None] = {}  # None: asked for once

    @property
    def weights(self) -> Whole:
        """Weights of the graph's arcs [a]."""
        return self._metric.weights

    def changed(self, arcs: NDArray[np.integer], weights: Whole) -> "CchEngine":
        """See Engine."""
        return CchEngine(self.ground, weights, self._metric.changed(arcs, weights))

    def table(self, sources: Ends, targets: Ends, columns: Floats | None = None) -> Cells:
        """See Engine."""
        cells = least(self._weights_between(sources.node, targets.node), sources, targets)
        if columns is None:
            return cells
        found = cells.cost < INF
        pairs = np.column_stack((cells.source[found], cells.target[found])).astype(np.int32)
        told = np.zeros((len(columns), *cells.cost.shape))
        told[:, found] = sums(self._metric, sources.node, targets.node, pairs, columns.T).T
        return cells._replace(sums=told)

    def path(self, sources: Ends, targets: Ends) -> Way | None:
        """See Engine."""
        cells = self.table(sources, targets)
        if cells.cost[0, 0] >= INF:
            return None
        source, target = int(cells.source[0, 0]), int(cells.target[0, 0])
        _, arcs = query.path(self._metric, int(sources.node[source]), int(targets.node[target]))
        return Way(int(cells.cost[0, 0]), arcs, source, target)

    def tree(self, sources: Ends, *, reverse: bool = False) -> Whole:
        """See Engine."""
        if not len(sources.node):
            return np.full(self.ground.graph.nodes, INF, dtype=np.int32)
        return query.one_to_all(self._metric, sources.node, sources.offset, reverse=reverse)

    def _weights_between(self, sources: Whole, targets: Whole) -> Whole:
        """Least weights [ports, ports]: swept where few and many are asked for once, else pinned."""
        for few, many, reverse in ((sources, targets, False), (targets, sources, True)):
            key = many.tobytes(), not reverse
            if len(few) <= _FEW < len(many) and key not in self._pinned:
                self._keep(key, None)
                chosen = query.choose(self.ground.topology, many)
                found = query.from_few(self._metric, few, chosen, reverse=reverse)
                return found.T if reverse else found
        return query.matrix(self._labels(sources, reverse=False), self._labels(targets, reverse=True))

    def _labels(self, nodes: Whole, *, reverse: bool) -> Labels:
        key = nodes.tobytes(), reverse
        found = self._pinned.pop(key, None) or query.pin(self._metric, nodes, reverse=reverse)
        self._keep(key, found)
        return found

    def _keep(self, key: tuple[bytes, bool], found: Labels | None) -> None:
        """The latest asked for is last, the first goes first."""
        self._pinned[key] = found
        while len(self._pinned) > _PINNED:
            self._pinned.pop(next(iter(list(self._pinned)), key), None)
