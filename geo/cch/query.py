"""Questions to a snapshot: cost, way, many to many, one to all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.cch import climbing
from geo.cch.metric import Metric
from geo.cch.topology import Levels, Topology
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
    """Some targets, whatever the weights: all nodes they climb over by falling number, and where each is.

    begin [nodes, 2] delimits the arcs of each node, depth [nodes] is its own, level [all their arcs] theirs.
    """

    nodes: Ints
    begin: Ints
    depth: Ints
    level: Levels
    at: NDArray[np.int64]


def choose(topology: Topology, nodes: ArrayLike) -> Chosen:
    """Graph nodes [k] as targets of `one_to_many` under any snapshot of the topology."""
    net, start = topology.net, topology.rank[np.asarray(nodes, dtype=np.int64)]
    over = {int(v) for v in start}
    for v in start.tolist():
        above = int(net.parent[v])
        while above >= 0 and above not in over:
            over.add(above)
            above = int(net.parent[above])
    falling = np.sort(np.fromiter(over, np.int32, len(over)))[::-1].copy()
    begin = np.column_stack((net.first[falling], net.first[falling + 1]))
    levels = [net.level[first:end] for first, end in begin.tolist()]
    level: Levels = np.concatenate([net.level[:0], *levels])
    return Chosen(falling, begin, net.depth[falling], level, np.searchsorted(-falling, -start))


def one_to_many(metric: Metric, source: int, chosen: Chosen, *, reverse: bool = False) -> Ints:
    """Least weight from a graph node to each target [k]; to it when reversed; INF without a way.

    For a snapshot that is asked once or twice: one sweep, where labels would have to be made anew.
    """
    climbed, out = pin(metric, [source], reverse=reverse), np.empty(len(chosen.nodes), np.int32)
    climbing.sweep_some(
        chosen.nodes, chosen.begin, chosen.depth, chosen.level, metric.pages.both, int(not reverse),
        climbed.rows, climbed.ways, out, metric.topology.net.height,
    )  # fmt: skip
    return out[chosen.at]


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
