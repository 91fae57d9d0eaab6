"""The order in which nodes are contracted: nested dissection, made once for each network."""

import numpy as np
import pymetis
from numpy.typing import NDArray

Ints = NDArray[np.int32]


def rank(nodes: int, tail: Ints, head: Ints) -> Ints:
    """Position of each node in the order [nodes], by METIS' nested dissection of the graph of the arcs.

    tail, head [a] are node numbers; loops and parallel arcs do not matter. Deterministic for one version of
    METIS. Takes about 4 s for a million nodes.
    """
    first, near = _neighbours(nodes, tail, head)
    if not len(near):  # METIS wants at least one edge
        return np.arange(nodes, dtype=np.int32)
    _, position = pymetis.nested_dissection(pymetis.CSRAdjacency(adj_starts=first, adjacent=near))
    return np.asarray(position, dtype=np.int32)


def _neighbours(nodes: int, tail: Ints, head: Ints) -> tuple[Ints, Ints]:
    """Rows of neighbours, each once, directions aside: first [nodes + 1], near."""
    low, high = np.minimum(tail, head).astype(np.int64), np.maximum(tail, head)
    edges = np.unique((low * nodes + high)[low != high])
    low, high = edges // nodes, edges % nodes
    begin, end = np.concatenate((low, high)), np.concatenate((high, low))
    by_row = np.argsort(begin, kind="stable")
    first = np.concatenate(([0], np.cumsum(np.bincount(begin, minlength=nodes))))
    return first.astype(np.int32), end[by_row].astype(np.int32)
