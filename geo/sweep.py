"""One search from a place to many: least seconds, and the p90 and metres of those ways (vectorised)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from geo.costs import Costs, part_s
from geo.engines import NONE, Engine, Graph, Start, Tree
from geo.ports import Port
from geo.roads import Roads


class Net(NamedTuple):
    """A network seen by one profile in one season."""

    roads: Roads
    costs: Costs
    graph: Graph
    engine: Engine


class Sums(NamedTuple):
    """p50 and p90 seconds and metres of one way; inf when there is none."""

    p50: float
    p90: float
    metres: float


NO_WAY = Sums(np.inf, np.inf, np.inf)


def sweep(
    net: Net, source: Sequence[Port], targets: Sequence[Sequence[Port]], *, reverse: bool
) -> list[Sums]:
    """Sums from the source to each target (from each target to the source, when reversed)."""
    if not source:
        return [NO_WAY] * len(targets)
    tree = net.engine.tree([Start(each.node, each.seconds) for each in source], reverse=reverse)
    ends = [best_end(tree, ports) for ports in targets]
    reached = [i for i, end in enumerate(ends) if end is not None]
    sums = [NO_WAY] * len(targets)
    if not reached:
        return sums
    last = [end for end in ends if end is not None]
    p90, metres, first = _walk_back(net, tree, [end.node for end in last], reverse=reverse)
    begins = {node: best_start(source, node) for node in set(first)}
    for k, i in enumerate(reached):
        begin, end = _port_sums(net, begins[first[k]]), _port_sums(net, last[k])
        total = float(tree.seconds[last[k].node]) + last[k].seconds
        sums[i] = Sums(total, begin.p90 + p90[k] + end.p90, begin.metres + metres[k] + end.metres)
    return sums


def best_end(tree: Tree, ports: Sequence[Port]) -> Port | None:
    """The port through which the tree comes to a place soonest, or None."""
    best = min(ports, default=None, key=lambda port: float(tree.seconds[port.node]) + port.seconds)
    return best if best is not None and np.isfinite(tree.seconds[best.node]) else None


def best_start(source: Sequence[Port], node: int) -> Port:
    """The port by which a search begins at a node."""
    return min((each for each in source if each.node == node), key=lambda each: each.seconds)


def _port_sums(net: Net, port: Port) -> Sums:
    road_m = float(net.roads.metres[port.anchor.stretch]) * port.part
    walk_s = port.anchor.access_m * net.costs.access_s_per_m
    p90 = walk_s * net.costs.access_spread + part_s(net.costs.p90, port.arc, port.part)
    return Sums(port.seconds, p90, road_m + port.anchor.access_m)


def _walk_back(
    net: Net, tree: Tree, nodes: list[int], *, reverse: bool
) -> tuple[list[float], list[float], list[int]]:
    """p90 and metres from the start of the tree to each node, all at once, and the node each began at."""
    at = np.asarray(nodes, dtype=np.int64)
    p90, metres = np.zeros(len(at)), np.zeros(len(at))
    before = tree.previous[at].astype(np.int64)
    moving = np.flatnonzero(before != NONE)
    while len(moving):
        here, prior = at[moving], before[moving]
        arcs = net.graph.arc(here, prior) if reverse else net.graph.arc(prior, here)
        p90[moving] += net.costs.p90[arcs]
        metres[moving] += net.roads.metres[arcs // 2]
        at[moving] = prior
        before[moving] = tree.previous[prior]
        moving = moving[before[moving] != NONE]
    return p90.tolist(), metres.tolist(), at.tolist()


def arcs_back(net: Net, tree: Tree, node: int) -> tuple[list[int], int]:
    """Arcs from the start of a forward tree to a node, in order of travel, and the node it began at."""
    chain = [node]
    while tree.previous[chain[-1]] != NONE:
        chain.append(int(tree.previous[chain[-1]]))
    chain.reverse()
    nodes = np.asarray(chain, dtype=np.int64)
    return net.graph.arc(nodes[:-1], nodes[1:]).tolist(), chain[0]
