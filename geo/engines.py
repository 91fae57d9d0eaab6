"""Shortest-path engines behind the Router, all of them exact on whole numbers; one may stand for another."""

from collections.abc import Callable
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from geo.dijkstra import NetworkxEngine, ScipyEngine
from geo.ends import Cells, Ends, Floats, Way, Whole
from geo.ground import Ground


class Engine(Protocol):
    """What part of the Router may be exchanged: ways on one graph under one set of weights, for ever.

    `weights` [a] are whole: 1 to INF - 1 where open, INF where closed. Safe to ask from any thread.
    """

    weights: Whole

    def table(self, sources: Ends, targets: Ends, columns: Floats | None = None) -> Cells:
        """Least costs between all places, and what columns [c, a] of the arcs add up to on those ways."""
        ...

    def path(self, sources: Ends, targets: Ends) -> Way | None:
        """The cheapest way from one place to one place, None without one."""
        ...

    def tree(self, sources: Ends, *, reverse: bool = False) -> Whole:
        """Least cost from any of the places to every node [n] (from every node to one, when reversed)."""
        ...

    def changed(self, arcs: NDArray[np.integer], weights: Whole) -> Self:
        """The engine of the same graph with other weights on these arcs; this one stays as it is."""
        ...


Making = Callable[[Ground, Whole], Engine]

ENGINES: dict[str, Making] = {
    "scipy": ScipyEngine,
    "networkx": NetworkxEngine,
}
