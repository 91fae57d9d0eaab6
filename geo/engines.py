"""Shortest-path engines behind the Router: one tree of least seconds from the ports of a place."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from geo import graphs as nx
from geo import sparse
from geo.costs import Costs
from geo.roads import Roads

NONE = -1


class Start(NamedTuple):
    """A node that a search begins at, with the seconds already spent."""

    node: int
    seconds: float


class Tree(NamedTuple):
    """Least seconds [n], inf unreached, and the node before each [n], NONE at a start or unreached."""

    seconds: NDArray[np.float64]
    previous: NDArray[np.int32]


class Graph:
    """The open arcs of one profile and season in compressed rows; of parallel arcs the quickest stays."""

    def __init__(self, roads: Roads, costs: Costs) -> None:
        self.nodes, self._roads = roads.nodes, roads
        arcs = np.flatnonzero(np.isfinite(costs.p50))
        ends = np.asarray(roads.tail, dtype=np.int64), np.asarray(roads.head, dtype=np.int64)
        tail = np.where(arcs % 2 == 0, ends[0][arcs // 2], ends[1][arcs // 2])
        head = np.where(arcs % 2 == 0, ends[1][arcs // 2], ends[0][arcs // 2])
        order = np.lexsort((costs.p50[arcs], head, tail))
        order = order[(tail != head)[order]]
        self._all = tail[order] * self.nodes + head[order], arcs[order]
        self._keep(costs, *self._all)

    def _keep(self, costs: Costs, key: NDArray[np.int64], arcs: NDArray[np.int64]) -> None:
        """The first of the arcs with each key; keys rise, and the quickest arc of a key comes first."""
        first = np.ones(len(key), dtype=bool)
        first[1:] = key[1:] != key[:-1]
        self._key, self._arc = key[first], arcs[first]
        self.tail = (self._key // self.nodes).astype(np.int32)
        self.head = (self._key % self.nodes).astype(np.int32)
        self.seconds = costs.p50[self._arc]
        self._closures = costs.closures

    def without(self, costs: Costs) -> "Graph":
        """The same graph less the arcs that the closures of these costs shut; nothing is sorted again."""
        less = Graph.__new__(Graph)
        less.nodes, less._roads = self.nodes, self._roads
        key, arcs = self._all
        open_ = ~costs.closures.shut[arcs // 2]
        less._all = key[open_], arcs[open_]
        less._keep(costs, *less._all)
        return less

    def arc(self, tail: NDArray[np.int64], head: NDArray[np.int64]) -> NDArray[np.int64]:
        """Arc numbers from tails to heads (both [k]); the arcs must exist."""
        found: NDArray[np.int64] = self._arc[np.searchsorted(self._key, tail * self.nodes + head)]
        return found

    def matrix(self, *, reverse: bool) -> "sparse.csr_array":
        """Seconds as a sparse matrix, row = from (to, when reversed)."""
        ends = (self.head, self.tail) if reverse else (self.tail, self.head)
        return sparse.csr_array((self.seconds, ends), shape=(self.nodes, self.nodes))

    @cached_property
    def islands(self) -> NDArray[np.int32]:
        """Number of the piece each node is on, directions aside [n]."""
        return np.asarray(sparse.connected_components(self.matrix(reverse=False), directed=False)[1])

    @cached_property
    def circles(self) -> NDArray[np.int32]:
        """Number of the strongly connected piece of each node [n]: any node of it reaches any other."""
        found = sparse.connected_components(self.matrix(reverse=False), directed=True, connection="strong")
        return np.asarray(found[1])

    @cached_property
    def stretch_circles(self) -> NDArray[np.int32]:
        """Number of the strongly connected piece that each stretch sets out from [m]; -1 where it is shut."""
        circles: NDArray[np.int32] = self.circles[self._roads.tail]
        if self._closures.areas:
            circles[self._closures.shut] = -1
        return circles


class Engine(Protocol):
    """What part of the Router may be exchanged."""

    def tree(self, starts: Sequence[Start], *, reverse: bool = False) -> Tree:
        """Least seconds from the starts to every node (from every node to the starts, when reversed)."""
        ...


class ScipyEngine:
    """Dijkstra of scipy.sparse.csgraph: plain, correct, one to all."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    @cached_property
    def _forward(self) -> "sparse.csr_array":
        return self._graph.matrix(reverse=False)

    @cached_property
    def _backward(self) -> "sparse.csr_array":
        return self._graph.matrix(reverse=True)

    def tree(self, starts: Sequence[Start], *, reverse: bool = False) -> Tree:
        """See Engine. The starts hang on one more node, the last, which stands for the place."""
        rows = self._backward if reverse else self._forward
        n = self._graph.nodes
        least = _least(starts)
        indices = np.concatenate((rows.indices, np.fromiter(least, dtype=rows.indices.dtype)))
        weights = np.concatenate((rows.data, np.fromiter(least.values(), dtype=np.float64)))
        indptr = np.append(rows.indptr, len(indices)).astype(rows.indptr.dtype)
        wide = sparse.csr_array((weights, indices, indptr), shape=(n + 1, n + 1))
        found, before = sparse.dijkstra(wide, indices=np.array([n]), return_predecessors=True)
        seconds, previous = found[0], before[0]
        previous = np.where((previous[:n] == n) | (previous[:n] < 0), NONE, previous[:n])
        return Tree(seconds[:n], previous.astype(np.int32))


class NetworkxEngine:
    """Dijkstra of networkx: slow and easy to read, for small networks and as a second opinion."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    @cached_property
    def _forward(self) -> "nx.DiGraph[int]":
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from(range(self._graph.nodes))
        arcs = zip(
            self._graph.tail.tolist(), self._graph.head.tolist(), self._graph.seconds.tolist(), strict=True
        )
        graph.add_weighted_edges_from(arcs)
        return graph

    def tree(self, starts: Sequence[Start], *, reverse: bool = False) -> Tree:
        """See Engine."""
        graph = self._forward.reverse() if reverse else self._forward.copy()
        place, n = self._graph.nodes, self._graph.nodes
        graph.add_weighted_edges_from((place, node, seconds) for node, seconds in _least(starts).items())
        before, reached = nx.dijkstra_predecessor_and_distance(graph, place)
        seconds, previous = np.full(n, np.inf), np.full(n, NONE, dtype=np.int32)
        for node, least in reached.items():
            if node != place:
                seconds[node] = least
                previous[node] = NONE if place in before[node] else before[node][0]
        return Tree(seconds, previous)


def _least(starts: Sequence[Start]) -> dict[int, float]:
    least: dict[int, float] = {}
    for node, seconds in starts:
        least[node] = min(seconds, least.get(node, np.inf))
    return least


ENGINES: dict[str, type[ScipyEngine] | type[NetworkxEngine]] = {
    "scipy": ScipyEngine,
    "networkx": NetworkxEngine,
}
