"""Routes from what a search found: steps along arcs and the walks at both ends, summed and drawn."""

from collections.abc import Sequence

from geo.answers import Route
from geo.costs import part_s
from geo.drawing import Step, path, route_arc
from geo.lonlat import LonLat
from geo.ports import Port, access_s
from geo.snapping import Anchor
from geo.sweep import Net

# The way from a place to the road is a straight line at a guessed pace. Up to here, five minutes on foot, the
# guess drowns in the spread of any ride; beyond it, whoever reads the time must know that it rests on one.
ACCESS_KNOWN_M = 500.0


def across(net: Net, places: tuple[LonLat, LonLat], metres: float) -> Route:
    """Straight across the ground, at the pace of access."""
    seconds = metres * net.costs.access_s_per_m
    return Route(
        seconds, seconds * net.costs.access_spread, metres, places, (), metres > ACCESS_KNOWN_M, metres
    )


def whole(arc: int) -> Step:
    """The step along all of an arc."""
    return Step(arc, 0.0, 1.0) if arc % 2 == 0 else Step(arc, 1.0, 0.0)


def leaving(port: Port) -> Step:
    """The step from a place to the node next to it."""
    return Step(port.arc, port.anchor.fraction, 1.0 if port.arc % 2 == 0 else 0.0)


def coming(port: Port) -> Step:
    """The step from a node to the place next to it."""
    return Step(port.arc, 0.0 if port.arc % 2 == 0 else 1.0, port.anchor.fraction)


def written(
    net: Net, places: tuple[LonLat, LonLat], anchors: tuple[Anchor, Anchor], steps: Sequence[Step]
) -> Route:
    """The route between two places that meet the network at these anchors."""
    arcs = tuple(route_arc(net.roads, net.costs, step) for step in steps if step.begin != step.end)
    walk_s = sum(access_s(net.costs, each) for each in anchors)
    walk_m = sum(each.access_m for each in anchors)
    road_p90 = sum(part_s(net.costs.p90, step.arc, abs(step.end - step.begin)) for step in steps)
    drawn = [places[0], *path(net.roads, steps), places[1]]
    points = tuple(place for i, place in enumerate(drawn) if i == 0 or place != drawn[i - 1])
    return Route(
        seconds_p50=walk_s + sum(arc.seconds for arc in arcs),
        seconds_p90=walk_s * net.costs.access_spread + road_p90,
        metres=walk_m + sum(arc.metres for arc in arcs),
        path=points if len(points) > 1 else (places[0], places[1]),
        arcs=arcs,
        estimated=walk_m > ACCESS_KNOWN_M or any(arc.estimated for arc in arcs),
        access_m=walk_m,
    )
