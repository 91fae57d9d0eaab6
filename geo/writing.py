"""Routes from what a search found: steps along arcs and the walks at both ends, summed, explained, drawn."""

from collections.abc import Sequence
from typing import NamedTuple

from geo.answers import Route, RouteArc
from geo.drawing import path
from geo.ends import Floats, Way
from geo.lonlat import LonLat
from geo.net import DANGER, INSIDE, METRES, P50, P90, Net
from geo.ports import Anchors, Direct, Ports, Step, directs, ports, step_sums
from geo.snapping import Anchor
from geo.terms import ESTIMATED

# The way from a place to the road is a straight line at a guessed pace. Up to here, five minutes on foot, the
# guess drowns in the spread of any ride; beyond it, whoever reads the time must know that it rests on one.
ACCESS_KNOWN_M = 500.0
Places = tuple[LonLat, LonLat]


def across(net: Net, places: Places, metres: float) -> Route:
    """Straight across the ground, at the pace of access."""
    seconds = metres * net.costs.access_s_per_m
    return Route(
        seconds, seconds * net.costs.access_spread, metres, places, (), metres > ACCESS_KNOWN_M, metres
    )


class Joined(NamedTuple):
    """Two places on the network: ports to leave the one, to come to the other, a way on one stretch."""

    leaving: Ports
    coming: Ports
    direct: Direct | None


def joined(net: Net, anchors: Anchors) -> Joined:
    """What a search between two places begins with; `anchors` are those of both."""
    return Joined(
        ports(net, anchors[:1], leaving=True),
        ports(net, anchors[1:], leaving=False),
        directs(net, anchors[:1], anchors[1:]).get((0, 0)),
    )


def between(net: Net, places: Places, anchors: Anchors) -> Route | None:
    """The cheapest way between two places that meet the network at any of these anchors, None without one."""
    ends = joined(net, anchors)
    way = net.engine.path(ends.leaving.ends, ends.coming.ends)
    if ends.direct is not None and (way is None or ends.direct.cost <= way.cost):
        return along_one(net, places, ends.direct)
    return None if way is None else along(net, places, ends, way)


def along_one(net: Net, places: Places, direct: Direct) -> Route:
    """The route that stays on one stretch."""
    return written(net, places, (direct.origin, direct.destination), [direct.step])


def along(net: Net, places: Places, ends: Joined, way: Way) -> Route:
    """The route by a way that an engine found between these ends."""
    inner = [whole(arc) for arc in net.ground.graph.arc[way.arcs].tolist()]
    steps = [ends.leaving.step(way.source), *inner, ends.coming.step(way.target)]
    return written(net, places, (ends.leaving.met(way.source), ends.coming.met(way.target)), steps)


def whole(arc: int) -> Step:
    """The step along all of an arc."""
    return Step(arc, 0.0, 1.0) if arc % 2 == 0 else Step(arc, 1.0, 0.0)


def written(net: Net, places: Places, anchors: tuple[Anchor, Anchor], steps: Sequence[Step]) -> Route:
    """The route between two places that meet the network at these anchors."""
    travelled = [step for step in steps if step.begin != step.end]
    sums = [step_sums(net, step) for step in travelled]
    arcs = tuple(_arc(net, step, own) for step, own in zip(travelled, sums, strict=True))
    walk_m = sum(each.access_m for each in anchors)
    walk_s = walk_m * net.costs.access_s_per_m
    drawn = [places[0], *path(net.roads, steps), places[1]]
    points = tuple(place for i, place in enumerate(drawn) if i == 0 or place != drawn[i - 1])
    return Route(
        seconds_p50=walk_s + sum(arc.seconds for arc in arcs),
        seconds_p90=walk_s * net.costs.access_spread + sum(float(own[P90]) for own in sums),
        metres=walk_m + sum(arc.metres for arc in arcs),
        path=points if len(points) > 1 else (places[0], places[1]),
        arcs=arcs,
        estimated=walk_m > ACCESS_KNOWN_M or any(arc.estimated for arc in arcs),
        access_m=walk_m,
        exposure_s=sum(arc.exposure_s for arc in arcs),
        danger_s=sum(arc.danger_s for arc in arcs),
    )


def _arc(net: Net, step: Step, sums: Floats) -> RouteArc:
    """What a step with these sums means on the ground."""
    roads, e = net.roads, step.arc // 2
    zones = net.zones(e, step.begin, step.end)
    threats = [each for each in zones if each.kind == "threat"]
    inside = len(sums) > METRES + 1
    return RouteArc(
        name=roads.words("name", e),
        ref=roads.words("ref", e),
        metres=float(sums[METRES]),
        seconds=float(sums[P50]),
        surface=roads.words("surface", e),
        estimated=bool(roads.flags[e] & ESTIMATED),
        highway=roads.words("highway", e),
        stretch=e,
        base_s=float(net.usual.p50[step.arc]) * abs(step.end - step.begin),
        threats=tuple(each.name for each in threats),
        severity=max((each.severity for each in threats), default=0.0),
        slow=tuple(each.name for each in zones if each.kind == "slow"),
        exposure_s=float(sums[INSIDE]) if inside else 0.0,
        danger_s=float(sums[DANGER]) if inside else 0.0,
        arc=step.arc,
        begin=step.begin,
        end=step.end,
    )
