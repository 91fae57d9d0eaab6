"""The graph that engines search: one node a junction, one arc a direction of a stretch."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.roads import Roads

Numbers = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Graph:
    """nodes; tail, head, arc, ban [a]; origin [nodes]; first [2m + 1], of [a] the graph arcs of a road arc."""

    nodes: int
    tail: Numbers
    head: Numbers
    arc: Numbers
    ban: NDArray[np.uint16]
    origin: Numbers
    first: Numbers
    of: Numbers


def graph(roads: Roads) -> Graph:
    """The plain graph."""
    m = roads.stretches
    tail, head = np.empty(2 * m, np.int32), np.empty(2 * m, np.int32)
    tail[0::2] = head[1::2] = roads.tail
    head[0::2] = tail[1::2] = roads.head
    every = np.arange(2 * m, dtype=np.int32)
    none = np.zeros(2 * m, np.uint16)
    own = np.arange(roads.nodes, dtype=np.int32)
    return Graph(roads.nodes, tail, head, every, none, own, np.arange(2 * m + 1, dtype=np.int32), every)
