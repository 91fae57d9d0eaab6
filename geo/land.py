"""A network as one profile meets it: its seconds as they are, or those that nine in ten journeys keep."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.ends import INF, Floats, Whole
from geo.hazards import Laid
from geo.net import Net
from geo.ports import Anchors, ports
from geo.routing import Router


@dataclass(frozen=True, eq=False)
class Land:
    """Seconds of the 2m road arcs, slow zones counted, inf where nobody may; what is closed keeps its own.

    `first` and `last` [2m] bound what is closed of an arc's stretch in its direction: shares from the tail,
    2 and -1 where nothing is. pace: seconds a metre between a place and the road.
    """

    net: Net
    seconds: Floats
    first: Floats
    last: Floats
    pace: float


def land(router: Router, profile: str, *, p90: bool = False) -> Land:
    """The router's network for a ground or foot profile; raises UnknownProfile.

    Threats are left out: they change which way is taken, by weights that are no times.
    """
    calm = router.whole.under(one for one in router.laid.hazards if one.kind != "threat")
    net = calm.net(profile)
    seconds = np.array(net.costs.p90 if p90 else net.costs.p50)
    touched = (2 * net.laid.touched[:, None] + (0, 1)).reshape(-1)
    seconds[touched] *= net.laid.loads(touched).slower
    if p90:
        net = _slower(net, seconds)
    first, last = _closed(net.laid, len(seconds))
    spread = net.costs.access_spread if p90 else 1.0
    return Land(net, seconds, first, last, net.costs.access_s_per_m * spread)


def _closed(laid: Laid, arcs: int) -> tuple[Floats, Floats]:
    """The first and last shares that are closed of every road arc [2m], 2 and -1 where nothing is."""
    first, last = np.full(arcs, 2.0), np.full(arcs, -1.0)
    for one, at in zip(laid.hazards, laid.places, strict=True):
        for way in (0, 1):
            if one.kind == "closure":
                shut = np.ones(len(at.stretches), dtype=bool)
            elif one.kind == "oneway":
                shut = (1 - 2 * way) * at.along < 0
            else:
                continue
            rows = 2 * at.stretches[shut] + way  # each once
            first[rows] = np.minimum(first[rows], at.first[shut])
            last[rows] = np.maximum(last[rows], at.last[shut])
    return first, last


def _slower(net: Net, seconds: Floats) -> Net:
    """The net with ways by other seconds of the road arcs [2m]; what is closed stays closed."""
    usual, arcs = net.engine.weights, np.arange(len(net.ground.graph.arc))
    units = np.clip(net.cost(seconds[net.ground.graph.arc]), 1, INF - 1)
    weights = np.where(usual >= INF, INF, units).astype(np.int32)
    return replace(net, engine=net.engine.changed(arcs, weights))


def searched(ground: Land, places: Anchors, waits: Floats, *, inward: bool) -> tuple[Floats, Floats]:
    """Seconds at the tail and at the head [m] of every stretch, ready to travel along it, of one search.

    `places` are the anchors of each source, `waits` the seconds that pass there. From the sources, or to the
    soonest of them when inward. All that is asked of the engine is asked here.
    """
    net, roads = ground.net, ground.net.roads
    met = ports(net, places, leaving=not inward).ends
    if not len(met.node):
        none = np.full(roads.stretches, np.inf)
        return none, none
    offset = np.minimum(met.offset.astype(np.int64) + net.cost(waits)[met.place], INF - 1).astype(np.int32)
    tree = net.seconds(net.engine.tree(met._replace(offset=offset), reverse=inward))
    arcs = np.full(2 * roads.stretches, np.inf)
    if inward:  # along an arc one comes to where it ends
        arcs[:] = tree[_ends_of(net)]
        return arcs[1::2], arcs[0::2]
    rows, nodes = net.ground.coming(np.arange(len(arcs)), net.barred)
    np.minimum.at(arcs, rows, tree[nodes])
    return arcs[0::2], arcs[1::2]


def _ends_of(net: Net) -> Whole:
    """The node that one who set out on an arc comes to, of every road arc [2m]."""
    return net.ground.graph.head[: 2 * net.roads.stretches]


def driven(router: Router) -> NDArray[np.bool_]:
    """Stretches [m] that some ground profile of the router may drive on in its season."""
    found = np.zeros(router.roads.stretches, dtype=bool)
    for name, one in router.profiles.items():
        if one.kind == "ground":
            found |= router.net(name).costs.passable
    return found
