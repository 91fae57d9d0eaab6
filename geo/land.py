"""A network as one profile meets it, by its middle times or by those that nine in ten journeys keep."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.engines import Graph, ScipyEngine
from geo.routing import Router
from geo.sweep import Net


@dataclass(frozen=True, eq=False)
class Land:
    """Roads and their seconds; `low` and `high` [m] are the shares up to which closed stretches are open."""

    net: Net
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def land(router: Router, profile: str, *, p90: bool = False) -> Land:
    """The router's network for a ground profile; raises UnknownProfile."""
    net = router._net(profile)
    if p90:
        weights = replace(
            net.costs, p50=net.costs.p90, access_s_per_m=net.costs.access_s_per_m * net.costs.access_spread
        )
        graph = Graph(net.roads, weights)
        if weights.closures.areas:
            graph = graph.without(weights)
        net = Net(net.roads, weights, graph, ScipyEngine(graph))
    low, high = np.ones(net.roads.stretches), np.zeros(net.roads.stretches)
    for stretch, (first, last) in net.costs.closures.cuts.items():
        low[stretch], high[stretch] = np.nextafter(first, 0.0), np.nextafter(last, 1.0)
    return Land(net, low, high)


def driven(router: Router) -> NDArray[np.bool_]:
    """Stretches [m] that some ground profile of the router may drive on in its season."""
    found = np.zeros(router.roads.stretches, dtype=bool)
    for name, one in router.profiles.items():
        if one.kind == "ground":
            found |= router._net(name).costs.passable
    return found
