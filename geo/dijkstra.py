"""Engines that search the whole graph anew for every place: scipy's and networkx's Dijkstra."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from geo import graphs as nx
from geo import sparse
from geo.ends import INF, NONE, Cells, Ends, Floats, Long, Way, Whole, padded
from geo.ground import Ground


class Search(NamedTuple):
    """Least cost to every node [n], INF unreached, and the graph arc before each of some nodes."""

    cost: Long
    before: Callable[[Long], Long]  # NONE at a start


class Dijkstra(ABC):
    """What the two have in common: a table is one search a place of the shorter side."""

    def __init__(self, ground: Ground, weights: Whole) -> None:
        self.ground, self.weights = ground, weights

    @abstractmethod
    def search(self, nodes: Whole, offsets: Whole, *, reverse: bool) -> Search:
        """From the nodes, none twice, to every node; from every node to them, when reversed."""

    def changed(self, arcs: NDArray[np.integer], weights: Whole) -> Self:
        """See Engine."""
        fresh = self.weights.copy()
        fresh[arcs] = weights
        return type(self)(self.ground, fresh)

    def tree(self, sources: Ends, *, reverse: bool = False) -> Whole:
        """See Engine."""
        return self._from(sources, np.arange(len(sources.node)), reverse=reverse)[0].cost.astype(np.int32)

    def table(self, sources: Ends, targets: Ends, columns: Floats | None = None) -> Cells:
        """See Engine."""
        asked = np.zeros((0, len(self.weights))) if columns is None else columns
        if targets.places < sources.places:
            turned = self._rows(targets, sources, asked, reverse=True)
            return Cells(turned.cost.T, turned.target.T, turned.source.T, turned.sums.transpose(0, 2, 1))
        return self._rows(sources, targets, asked, reverse=False)

    def path(self, sources: Ends, targets: Ends) -> Way | None:
        """See Engine."""
        found, begun = self._from(sources, np.arange(len(sources.node)), reverse=False)
        cost = np.where(found.cost[targets.node] < INF, found.cost[targets.node] + targets.offset, INF)
        if not len(cost) or cost.min() >= INF:
            return None
        end = int(cost.argmin())
        arcs, node = [], int(targets.node[end])
        while (arc := int(found.before(np.asarray([node]))[0])) != NONE:
            arcs.append(arc)
            node = int(self.ground.graph.tail[arc])
        return Way(int(cost[end]), np.asarray(arcs[::-1], dtype=np.int32), begun[node], end)

    def _from(
        self, ends: Ends, ports: NDArray[np.integer], *, reverse: bool
    ) -> tuple[Search, dict[int, int]]:
        """A search from these ports, and which of them it began at by node."""
        order = np.lexsort((ends.offset[ports], ends.node[ports]))
        nodes, first = np.unique(ends.node[ports][order], return_index=True)
        chosen = ports[order][first]
        begun = dict(zip(nodes.tolist(), chosen.tolist(), strict=True))
        if not len(nodes):
            nothing = np.full(self.ground.graph.nodes, INF, dtype=np.int64)
            return Search(nothing, lambda at: np.full(len(at), NONE)), begun
        return self.search(nodes, ends.offset[chosen], reverse=reverse), begun

    def _rows(self, sources: Ends, targets: Ends, columns: Floats, *, reverse: bool) -> Cells:
        shape = sources.places, targets.places
        cells = Cells(
            np.full(shape, INF, dtype=np.int64), np.full(shape, NONE, dtype=np.int32),
            np.full(shape, NONE, dtype=np.int32), np.zeros((len(columns), *shape)),
        )  # fmt: skip
        pads = padded(targets)
        for place in range(sources.places if len(targets.node) else 0):
            found, begun = self._from(sources, sources.of(place), reverse=reverse)
            ports = np.append(np.where(found.cost[targets.node] < INF,
                                       found.cost[targets.node] + targets.offset, INF), INF)  # fmt: skip
            best = pads[np.arange(len(pads)), ports[pads].argmin(axis=1)]
            reached = np.flatnonzero(ports[best] < INF)
            cells.cost[place, reached] = ports[best[reached]]
            cells.target[place, reached] = best[reached]
            sums, last = self._walked(found, targets.node[best[reached]], columns, reverse=reverse)
            cells.source[place, reached] = [begun[node] for node in last.tolist()]
            cells.sums[:, place, reached] = sums
        return cells

    def _walked(self, found: Search, nodes: Whole, columns: Floats, *, reverse: bool) -> tuple[Floats, Long]:
        """Sums of the columns from the start of a search to each node, and the node each began at."""
        at = nodes.astype(np.int64)
        sums = np.zeros((len(columns), len(at)))
        prior = self.ground.graph.head if reverse else self.ground.graph.tail
        moving = np.arange(len(at))
        while len(moving):
            arcs = found.before(at[moving])
            moving, arcs = moving[arcs != NONE], arcs[arcs != NONE]
            sums[:, moving] += columns[:, arcs]
            at[moving] = prior[arcs]
        return sums, at


class ScipyEngine(Dijkstra):
    """Dijkstra of scipy.sparse.csgraph: plain, correct, one to all."""

    @cached_property
    def _lightest(self) -> tuple[Floats, Long]:
        """Least weight of each row of the ground's pairs (inf where closed), and the arc that has it."""
        pairs = self.ground.pairs
        weights = self.weights[pairs.arc]
        low = np.minimum.reduceat(weights, pairs.first) if len(weights) else weights
        of = np.repeat(np.arange(len(pairs.first)), np.diff(np.append(pairs.first, len(weights))))
        at = np.flatnonzero(weights == low[of])
        _, first = np.unique(of[at], return_index=True)
        return np.where(low < INF, low, np.inf).astype(np.float64), pairs.arc[at[first]]

    @cached_property
    def _forward(self) -> "sparse.csr_array":
        pairs, n = self.ground.pairs, self.ground.graph.nodes
        return sparse.csr_array((self._lightest[0], pairs.head, pairs.rows), shape=(n, n))

    @cached_property
    def _backward(self) -> "sparse.csr_array":
        return self._forward.T.tocsr()

    def search(self, nodes: Whole, offsets: Whole, *, reverse: bool) -> Search:
        """See Dijkstra. The starts hang on one more node, the last, one farther than they are."""
        rows, n = self._backward if reverse else self._forward, self.ground.graph.nodes
        indices = np.concatenate((rows.indices, nodes.astype(rows.indices.dtype)))
        weights = np.concatenate((rows.data, offsets + 1.0))
        indptr = np.append(rows.indptr, len(indices)).astype(rows.indptr.dtype)
        wide = sparse.csr_array((weights, indices, indptr), shape=(n + 1, n + 1))
        found, reached = sparse.dijkstra(wide, indices=np.array([n]), return_predecessors=True)
        far, prior = found[0], reached[0]
        cost = np.where(far[:n] - 1.0 < INF, far[:n] - 1.0, INF).astype(np.int64)

        def before(at: Long) -> Long:
            last = prior[at].astype(np.int64)
            ends = (at, last) if reverse else (last, at)
            inner = (last >= 0) & (last < n)
            rows = np.searchsorted(self.ground.pairs.key, (ends[0] * n + ends[1])[inner])
            arcs = np.full(len(at), NONE, dtype=np.int64)
            arcs[inner] = self._lightest[1][rows]
            return arcs

        return Search(cost, before)


class NetworkxEngine(Dijkstra):
    """Dijkstra of networkx: slow and easy to read, for small networks and as a second opinion."""

    @cached_property
    def _forward(self) -> "nx.DiGraph[int]":
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from(range(self.ground.graph.nodes))
        order = np.argsort(-self.weights, kind="stable")  # of parallel arcs the lightest comes last and stays
        for arc in order[self.weights[order] < INF].tolist():
            ends = int(self.ground.graph.tail[arc]), int(self.ground.graph.head[arc])
            graph.add_edge(*ends, weight=int(self.weights[arc]), arc=arc)
        return graph

    def search(self, nodes: Whole, offsets: Whole, *, reverse: bool) -> Search:
        """See Dijkstra."""
        graph = self._forward.reverse() if reverse else self._forward.copy()
        place = self.ground.graph.nodes
        starts = zip(nodes.tolist(), offsets.tolist(), strict=True)
        graph.add_weighted_edges_from((place, node, offset) for node, offset in starts)
        prior, reached = nx.dijkstra_predecessor_and_distance(graph, place)
        cost = np.full(place, INF, dtype=np.int64)
        for node, far in reached.items():
            if node != place:
                cost[node] = min(far, INF)

        def before(at: Long) -> Long:
            return np.asarray([self._arc(graph, prior[node], node) for node in at.tolist()], dtype=np.int64)

        return Search(cost, before)

    def _arc(self, graph: "nx.DiGraph[int]", prior: list[int], node: int) -> int:
        place = self.ground.graph.nodes
        return NONE if place in prior else int(graph.edges[prior[0], node]["arc"])
