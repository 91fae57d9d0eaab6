"""What one network is to every vehicle and season: its graph and how engines order it; made once."""

import threading
import weakref
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.roads import Roads
from geo.turns import Graph, graph

if TYPE_CHECKING:
    from geo.cch.topology import Topology

Long = NDArray[np.int64]


class Pairs(NamedTuple):
    """Arcs by their ends: arcs [a], where each pair of ends begins [k], its key and head; rows [n + 1]."""

    arc: Long
    first: Long
    key: Long
    head: Long
    rows: Long


class Ground:
    """The graph of a network and what follows from it alone, made on first use."""

    def __init__(self, graph: Graph, order: NDArray[np.int32] | None = None) -> None:
        self.graph = graph
        self._order = order

    @cached_property
    def topology(self) -> "Topology":
        """The hierarchy over the graph, by the order that came with the network or by one made now."""
        from geo.cch.order import rank  # noqa: PLC0415  (here and not above, for compiled code loads slowly)
        from geo.cch.topology import topology  # noqa: PLC0415  (likewise)

        order = self._order
        if order is None:
            order = rank(self.graph.nodes, self.graph.tail, self.graph.head)
        return topology(self.graph.nodes, self.graph.tail, self.graph.head, order)

    def of(self, arcs: NDArray[np.integer]) -> Long:
        """The graph's arcs that are any of these road arcs."""
        return gathered(self.graph.first, self.graph.of, arcs)[1]

    def on(self, stretches: NDArray[np.integer]) -> Long:
        """The graph's arcs on these stretches, in both directions."""
        return self.of((2 * stretches[:, None] + (0, 1)).reshape(-1))

    def coming(self, arcs: NDArray[np.integer], barred: NDArray[np.bool_]) -> tuple[Long, Long]:
        """From where one may turn into road arcs, some graph arcs [a] barred: rows of `arcs`, nodes."""
        row, found = gathered(self.graph.first, self.graph.of, arcs)
        free = ~barred[found]
        return row[free], self.graph.tail[found[free]].astype(np.int64)

    def at(self, junctions: NDArray[np.integer]) -> tuple[Long, Long]:
        """The nodes that stand for junctions: rows of `junctions`, nodes."""
        return gathered(*self._copies, junctions)

    @cached_property
    def _copies(self) -> tuple[Long, Long]:
        origin = self.graph.origin
        first = np.searchsorted(np.sort(origin), np.arange(int(origin.max(initial=-1)) + 2))
        return first, np.argsort(origin, kind="stable")

    @cached_property
    def pairs(self) -> Pairs:
        """The arcs as rows of a sparse matrix; parallel ones side by side."""
        n = self.graph.nodes
        key = self.graph.tail.astype(np.int64) * n + self.graph.head
        arc = np.argsort(key, kind="stable")
        found, first = np.unique(key[arc], return_index=True)
        rows = np.searchsorted(found, np.arange(n + 1, dtype=np.int64) * n)
        return Pairs(arc, first, found, found % max(1, n), rows)


def gathered(
    first: NDArray[np.integer], of: NDArray[np.integer], rows: NDArray[np.integer]
) -> tuple[Long, Long]:
    """What compressed rows hold, one after another, and of which of the rows asked for each is."""
    begin = first[rows].astype(np.int64)
    count = first[np.asarray(rows) + 1].astype(np.int64) - begin
    row = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return row, of[np.repeat(begin, count) + within].astype(np.int64)


_kept: "weakref.WeakKeyDictionary[Roads, Ground]" = weakref.WeakKeyDictionary()
_ORDER = "rank"  # the array of a network file that holds it; the digest leaves it out
_making = threading.Lock()


def ground(roads: Roads) -> Ground:
    """The ground of a network: the same for every router on these Roads."""
    with _making:
        found = _kept.get(roads)
        if found is None:
            found = _kept[roads] = _made(roads)
    return found


def _made(roads: Roads) -> Ground:
    split, stored = graph(roads), roads.arrays.get(_ORDER)
    return Ground(split, stored if stored is not None and _is_order(stored, split.nodes) else None)


def ordered(roads: Roads) -> Roads:
    """The same network with the order of its hierarchy beside it, so that nobody who opens it has to wait."""
    from geo.cch.order import rank  # noqa: PLC0415  (here and not above, for its reader is needed but once)

    split = graph(roads)
    order = rank(split.nodes, split.tail, split.head)
    return Roads({**roads.arrays, _ORDER: order}, roads.about)


def _is_order(stored: NDArray[np.generic], nodes: int) -> bool:
    """True when every node has a place of its own: kernels trust it, a damaged file must not be let in."""
    if stored.dtype != np.int32 or stored.shape != (nodes,):
        return False
    return np.array_equal(np.sort(stored), np.arange(nodes))
