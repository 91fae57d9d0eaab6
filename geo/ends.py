"""What engines are asked and what they answer: ports of places, cells of a table, a way."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

INF = 2**30 - 1  # a weight or cost of this many is no way; whatever is open weighs less
NONE = -1

Whole = NDArray[np.int32]
Long = NDArray[np.int64]
Floats = NDArray[np.float64]


class Ends(NamedTuple):
    """Ports of `places` places: which place (rising), at which node, at what cost from there [p]."""

    places: int
    place: Whole
    node: Whole
    offset: Whole

    def of(self, place: int) -> Whole:
        """Ports of one place."""
        return np.flatnonzero(self.place == place).astype(np.int32)


class Cells(NamedTuple):
    """Least costs [S, T], INF where there is no way, the ports used [S, T], NONE without a way.

    sums [c, S, T]: what the columns that were asked for add up to along the arcs of each way, 0 without one.
    """

    cost: Long
    source: Whole
    target: Whole
    sums: Floats


class Way(NamedTuple):
    """The cheapest way: its cost, graph arcs in order of travel, the ports at its ends."""

    cost: int
    arcs: Whole
    source: int
    target: int


def ends(places: int, ports: Sequence[tuple[int, int, int]]) -> Ends:
    """Ends from (place, node, offset) in any order."""
    rows = np.asarray(sorted(ports), dtype=np.int32).reshape(-1, 3)
    return Ends(places, *(np.ascontiguousarray(rows[:, i]) for i in range(3)))


def alone(node: int, offset: int = 0) -> Ends:
    """One place with one port."""
    return ends(1, [(0, node, offset)])


def padded(one: Ends) -> Whole:
    """Ports of each place side by side [places, most], NONE where a place has fewer."""
    counts = np.bincount(one.place, minlength=one.places)
    most = int(counts.max(initial=0))
    table = np.full((one.places, max(1, most)), NONE, dtype=np.int32)
    first = np.cumsum(counts) - counts
    ports = np.arange(len(one.place), dtype=np.int32)
    table[one.place, ports - first[one.place]] = ports
    return table


def least(between: ArrayLike, sources: Ends, targets: Ends) -> Cells:
    """Cells from the costs between all ports [p of sources, p of targets]; of equal ones the first ports."""
    rows, columns = padded(sources), padded(targets)
    cost = np.full((len(sources.place) + 1, len(targets.place) + 1), INF, dtype=np.int64)
    cost[:-1, :-1] = between
    open_ = cost[:-1, :-1] < INF
    cost[:-1, :-1] += np.where(open_, sources.offset[:, None] + targets.offset[None, :].astype(np.int64), 0)
    spread = cost[rows[:, None, :, None], columns[None, :, None, :]]
    flat = spread.reshape(len(rows), len(columns), rows.shape[1] * columns.shape[1])
    best = flat.argmin(axis=2)
    found = np.minimum(np.take_along_axis(flat, best[:, :, None], 2)[:, :, 0], INF)
    source = np.take_along_axis(rows, best // columns.shape[1], 1)
    target = columns[np.arange(len(columns))[None, :], best % columns.shape[1]]
    lost = found >= INF
    return Cells(
        found, np.where(lost, NONE, source), np.where(lost, NONE, target), np.zeros((0, *found.shape))
    )
