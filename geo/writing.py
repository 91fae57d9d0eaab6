"""Routes from what a search found: steps along arcs and the walks at both ends, summed, explained, drawn."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

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
    sums = step_sums(net, travelled)
    arcs = tuple(_arcs(net, travelled, sums))
    walk_m = sum(each.access_m for each in anchors)
    walk_s = walk_m * net.costs.access_s_per_m
    drawn = [places[0], *path(net.roads, steps), places[1]]
    points = tuple(place for i, place in enumerate(drawn) if i == 0 or place != drawn[i - 1])
    return Route(
        seconds_p50=walk_s + float(sums[P50].sum()),
        seconds_p90=walk_s * net.costs.access_spread + float(sums[P90].sum()),
        metres=walk_m + float(sums[METRES].sum()),
        path=points if len(points) > 1 else (places[0], places[1]),
        arcs=arcs,
        estimated=walk_m > ACCESS_KNOWN_M or any(arc.estimated for arc in arcs),
        access_m=walk_m,
        exposure_s=float(sums[INSIDE].sum()) if net.endangered else 0.0,
        danger_s=float(sums[DANGER].sum()) if net.endangered else 0.0,
    )


def _arcs(net: Net, steps: Sequence[Step], sums: Floats) -> Iterator[RouteArc]:
    """What steps with these sums [c, k] mean on the ground."""
    roads, none = net.roads, np.zeros(len(steps))
    road = np.asarray([step.arc for step in steps], dtype=np.int64)
    base = (net.usual.p50[road] * [abs(step.end - step.begin) for step in steps]).tolist()
    guessed = ((roads.flags[road // 2] & ESTIMATED) != 0).tolist()
    inside, danger = (sums[each] if net.endangered else none for each in (INSIDE, DANGER))
    told = (each.tolist() for each in (sums[P50], sums[METRES], inside, danger))
    touched = np.isin(road // 2, net.laid.touched).tolist()
    rows = zip(steps, base, guessed, touched, *told, strict=True)
    for step, base_s, estimated, near, seconds, metres, exposure_s, danger_s in rows:
        e = step.arc // 2
        zones = net.zones(e, step.begin, step.end) if near else []
        threats = [each for each in zones if each.kind == "threat"]
        yield RouteArc(
            name=roads.words("name", e),
            ref=roads.words("ref", e),
            metres=metres,
            seconds=seconds,
            surface=roads.words("surface", e),
            estimated=estimated,
            highway=roads.words("highway", e),
            stretch=e,
            base_s=base_s,
            threats=tuple(each.name for each in threats),
            severity=max((each.severity for each in threats), default=0.0),
            slow=tuple(each.name for each in zones if each.kind == "slow"),
            exposure_s=exposure_s,
            danger_s=danger_s,
            arc=step.arc,
            begin=step.begin,
            end=step.end,
        )
