"""Shortest-path engines behind the Router, all of them exact on whole numbers; one may stand for another."""

import logging
from collections.abc import Callable
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from geo.dijkstra import NetworkxEngine, ScipyEngine
from geo.ends import Cells, Ends, Floats, Way, Whole
from geo.ground import Ground


class Engine(Protocol):
    """What part of the Router may be exchanged: ways on one graph under one set of weights, for ever.

    Weights are whole: 1 to INF - 1 where open, INF where closed. Safe to ask from any thread.
    """

    @property
    def weights(self) -> Whole:
        """Of every arc of the graph [a]."""
        ...

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


_log = logging.getLogger(__name__)
Making = Callable[[Ground, Whole], Engine]

ENGINES = ("cch", "scipy", "networkx")


def making(name: str) -> Making:
    """The engine of a name, one of ENGINES; scipy's for "cch" where nothing can be compiled, and says so."""
    if name == "networkx":
        return NetworkxEngine
    if name == "scipy":
        return ScipyEngine
    try:
        import numba  # noqa: PLC0415  (here and not above, for compiled code takes a while to load)
    except ImportError as fault:
        _log.warning("routes are found a hundred times slower, by scipy: numba cannot be loaded: %s", fault)
        return ScipyEngine
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]  # set by numba at run time
        _log.warning("routes are found a hundred times slower, by scipy: NUMBA_DISABLE_JIT is set")
        return ScipyEngine
    from geo.cch.warm import once  # noqa: PLC0415  (likewise)
    from geo.hierarchy import CchEngine  # noqa: PLC0415  (likewise)

    once(_log.warning)
    return CchEngine
