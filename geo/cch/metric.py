"""Weights on a topology: immutable snapshots that share what they can, made anew where arcs changed."""

import contextlib
import threading
import weakref
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.cch import weighing
from geo.cch.topology import Parts, Run, Topology
from geo.cch.weighing import INF, Marks, Weights
from geo.errors import GeoError

__all__ = ["INF", "Metric", "customise"]

Ints = NDArray[np.int32]
_THREADS = 2
_ALONE = 200_000  # arcs below which a second thread costs more than it brings
_SPARES = 2
_SHARE = 40  # once one of so many arcs has changed, the rest is customised in full


class _Since(NamedTuple):
    """What a snapshot was made from, and the graph arcs and arcs that differ, None when most may."""

    parent: object
    graph: Ints
    arcs: Ints | None


class _Spare(NamedTuple):
    """Memory of a snapshot that nobody holds any more, and which snapshot that was."""

    pages: Weights
    mark: object
    since: _Since | None


@dataclass
class _Pool:
    """Spares, and scratch of partial customisation; one a family of snapshots."""

    topology: Topology
    working: threading.Lock = field(default_factory=threading.Lock)
    spares: "deque[_Spare]" = field(default_factory=lambda: deque(maxlen=_SPARES))

    def __post_init__(self) -> None:
        nodes, arcs = self.topology.nodes, self.topology.arcs
        self.marks = Marks(*(np.zeros(size, np.uint8) for size in (arcs, nodes, nodes // 64 + 1)))

    def copy(self, pages: Weights, mark: object, since: _Since | None) -> Weights:
        """Memory that holds the same: a spare brought up to date where it differs, or a copy."""
        spare = self._taken(mark, since)
        if spare is None:
            return Weights(*(each.copy() for each in pages))
        step = _step(mark, since, spare)
        if step is None or step.arcs is None:
            for new, old in zip(spare.pages, pages, strict=True):
                np.copyto(new, old)
        else:
            spare.pages.weights[step.graph] = pages.weights[step.graph]
            there, here = spare.pages.both.view(np.int64), pages.both.view(np.int64)  # an arc's two as one
            there[step.arcs] = here[step.arcs]
        return spare.pages

    def _taken(self, mark: object, since: _Since | None) -> _Spare | None:
        """A spare, one step from the snapshot if there is such.

        Spares come back whenever the last holder lets go, in whatever thread, even within this: a deque needs
        no lock for that.
        """
        taken: list[_Spare] = []
        with contextlib.suppress(IndexError):  # empty, or emptied by another thread
            while True:
                taken.append(self.spares.pop())
        taken.sort(key=lambda each: _step(mark, since, each) is None)
        self.spares.extend(taken[1:])
        return taken[0] if taken else None


def _step(mark: object, since: _Since | None, spare: _Spare) -> _Since | None:
    """What differs between a snapshot and a spare that is its parent or its child's memory, else None."""
    if since is not None and since.parent is spare.mark:
        return since
    if spare.since is not None and spare.since.parent is mark:
        return spare.since
    return None


class Metric:
    """A snapshot of weights. It never changes; `changed` makes another that shares its network.

    Safe to ask from any thread. Its memory is used again once nobody holds it, so hold the snapshot, never
    its arrays, while asking.
    """

    def __init__(self, topology: Topology, pages: Weights, pool: _Pool, since: _Since | None = None) -> None:
        self.topology, self.pages = topology, pages
        self._pool, self._since, self._mark = pool, since, object()
        returning = weakref.finalize(self, pool.spares.append, _Spare(pages, self._mark, since))
        returning.atexit = False  # at the end nobody needs it, and somebody may still be asking

    @property
    def weights(self) -> Ints:
        """Weights of the graph arcs [a] that this stands for (a copy)."""
        return self.pages.weights.copy()

    def changed(self, arcs: ArrayLike, weights: ArrayLike) -> "Metric":
        """The snapshot with other weights on some graph arcs, both [k], each arc once; this one stays.

        Weights are 1 to INF, INF closes. Exactly what customising in full would give. Raises GeoError.
        """
        which = np.ascontiguousarray(arcs, dtype=np.int32)
        wanted = _checked(weights, len(which))
        if len(which) and (which.min() < 0 or which.max() >= len(self.pages.weights)):
            raise GeoError(f"an arc is not one of the network's {len(self.pages.weights)}")
        differ = self.pages.weights[which] != wanted
        which, wanted = which[differ], wanted[differ]
        pages = self._pool.copy(self.pages, self._mark, self._since)
        pages.weights[which] = wanted
        t, pool = self.topology, self._pool
        log = np.empty(t.arcs // _SHARE + 64 * t.net.height, np.int32)
        with pool.working:
            count = weighing.weigh_again(t.net, which, t.of, t.lower, pages, pool.marks, log)
        differing = None if count < 0 else log[:count].copy()
        return Metric(t, pages, pool, _Since(self._mark, which, differing))


def customise(topology: Topology, weights: ArrayLike) -> Metric:
    """The first snapshot of a family: weights [a] of the graph arcs, 1 to INF. Raises GeoError."""
    wanted = _checked(weights, len(topology.of))
    # Before the memory of the snapshot: it needs scratch of its own.
    parts = topology.parts if topology.arcs >= _ALONE else ([], [(0, topology.nodes)])
    pages = Weights(wanted.copy(), np.empty(2 * topology.arcs, np.int32))
    _fill(topology, pages, parts)
    return Metric(topology, pages, _Pool(topology))


def _checked(weights: ArrayLike, length: int) -> Ints:
    given = np.asarray(weights)
    if given.shape != (length,) or (length and (given.min() < 1 or given.max() > INF)):
        raise GeoError(f"weights are {length} whole numbers from 1 to {INF}")
    return np.ascontiguousarray(given, dtype=np.int32)


def _fill(t: Topology, pages: Weights, parts: Parts) -> None:
    """Customise in full: subtrees side by side, then what lies above them."""

    def weigh(runs: list[Run]) -> None:
        for begin, end in runs:
            weighing.weigh(t.net, begin, end, pages)

    trees, above = parts
    if trees:
        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(weigh, trees))
    weigh(above)
