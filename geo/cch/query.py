"""Questions to a snapshot: cost, way, many to many, one to all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.cch import climbing
from geo.cch.metric import Metric
from geo.cch.topology import Topology
from geo.cch.weighing import INF

Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Labels:
    """Climbs from nodes [k] under one snapshot: `begin` [k + 1] delimits rows of weights, nodes by depth."""

    begin: NDArray[np.int64]
    rows: Ints
    ways: Ints


def cost(metric: Metric, source: int, target: int) -> int:
    """Least weight between two graph nodes; INF without a way."""
    t, p = metric.topology, metric.pages
    n = t.net
    return int(
        climbing.cost_between(
            t.rank[source], t.rank[target], n.first, n.level, n.parent, n.depth, p.both, n.height
        )
    )


def path(metric: Metric, source: int, target: int) -> tuple[int, Ints]:
    """Least weight between two graph nodes and the graph arcs in order of travel; INF and none if no way."""
    t, p, n = metric.topology, metric.pages, metric.topology.net
    rows, size = np.empty((7, n.height), np.int32), 4096
    while True:
        out = np.empty(size, np.int32)
        least, count = climbing.way_between(
            t.rank[source], t.rank[target], n.given, n.graph, n.slot, p.weights, n.first, n.head, n.level,
            n.parent, n.depth, n.below, n.low, n.arc, p.both, rows, out,
        )  # fmt: skip
        if count >= 0:
            return int(least), out[:count]
        size *= 8


def pin(
    metric: Metric, nodes: ArrayLike, offsets: ArrayLike | None = None, *, reverse: bool = False
) -> Labels:
    """Climbs from graph nodes [k], each with what was spent before [k]; to them when reversed."""
    t, p = metric.topology, metric.pages
    start = t.rank[np.asarray(nodes, dtype=np.int64)]
    begin = np.concatenate(([0], np.cumsum(t.net.depth[start] + 1, dtype=np.int64)))
    spent = np.zeros(len(start), np.int32) if offsets is None else np.asarray(offsets, dtype=np.int32)
    rows, ways = np.empty(begin[-1], np.int32), np.empty(begin[-1], np.int32)
    n = t.net
    climbing.climb_all(
        start, spent, begin, n.first, n.level, n.parent, n.depth, p.both, int(reverse), rows, ways
    )
    return Labels(begin, rows, ways)


def matrix(ahead: Labels, back: Labels) -> Ints:
    """Least weights [sources, targets] of labels and reversed labels of one snapshot; INF without a way."""
    out = np.empty((len(ahead.begin) - 1, len(back.begin) - 1), np.int32)
    climbing.meet_all(ahead.rows, ahead.ways, ahead.begin, back.rows, back.ways, back.begin, out)
    return out


@dataclass(frozen=True, eq=False)
class Chosen:
    """Nodes that are asked for together, whatever the weights: `over` all that they climb over, each after
    those above it, and where each of them is in that, `at` [k].
    """

    over: Ints
    at: Ints


def choose(topology: Topology, nodes: ArrayLike) -> Chosen:
    """Graph nodes [k], to be asked for with `from_few` under any snapshot of the topology."""
    start, net = topology.rank[np.asarray(nodes, dtype=np.int64)], topology.net
    falling = np.argsort(-start)
    over, at = np.empty(int(net.depth[start].sum()) + len(start), np.int32), np.empty(len(start), np.int32)
    count = climbing.nodes_over(start[falling], net.parent, net.depth, net.height, over, at)
    back = np.empty_like(at)
    back[falling] = at
    return Chosen(over[:count].copy(), back)


def from_few(metric: Metric, sources: ArrayLike, chosen: Chosen, *, reverse: bool = False) -> Ints:
    """Least weights [s, k] from graph nodes [s] to those chosen; from the chosen to them when reversed.

    Sooner than `pin` and `matrix` for a snapshot that is asked but once: they climb from each of the many,
    while here every node that those climb over is looked at once for each of the few.
    """
    n, climbs = metric.topology.net, pin(metric, sources, reverse=reverse)
    out = np.empty((len(climbs.begin) - 1, len(chosen.over)), np.int32)
    climbing.sweep_over(
        chosen.over, n.first, n.level, n.depth, metric.pages.both, int(not reverse), climbs.rows, climbs.ways,
        climbs.begin, out, n.height,
    )  # fmt: skip
    return out[:, chosen.at]


def one_to_all(
    metric: Metric, nodes: Sequence[int] | Ints, offsets: ArrayLike | None = None, *, reverse: bool = False
) -> Ints:
    """Least weight from the nearest of some graph nodes to every graph node [n]; to them when reversed."""
    t, p = metric.topology, metric.pages
    labels = pin(metric, nodes, offsets, reverse=reverse)
    out = np.full(t.nodes, INF, np.int32)
    np.minimum.at(out, labels.ways, labels.rows)
    climbing.sweep(t.net, p, int(not reverse), out)
    return out[t.rank]
