"""All ways between two lists of places at once: least costs, and what they add up to (vectorised)."""

from typing import NamedTuple

import numpy as np

from geo.ends import INF, Floats, Long
from geo.net import Net
from geo.ports import Anchors, directs, ports


class Sums(NamedTuple):
    """Costs [S, T], INF where there is no way, and the columns of the net summed [c, S, T], inf there."""

    cost: Long
    sums: Floats


def sweep(net: Net, origins: Anchors, destinations: Anchors) -> Sums:
    """The cheapest ways between all places that meet the network at these anchors."""
    leaving, coming = ports(net, origins, leaving=True), ports(net, destinations, leaving=False)
    cells = net.engine.table(leaving.ends, coming.ends, net.columns)
    sums, found = np.full(cells.sums.shape, np.inf), cells.cost < INF
    first, last = cells.source[found], cells.target[found]
    sums[:, found] = cells.sums[:, found] + leaving.sums[:, first] + coming.sums[:, last]
    for (i, j), way in directs(net, origins, destinations).items():
        if way.cost <= cells.cost[i, j]:
            cells.cost[i, j], sums[:, i, j] = way.cost, way.sums
    return Sums(cells.cost, sums)
