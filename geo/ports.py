"""From a place on a stretch to its ends: the arcs by which one may leave it or come to it."""

from collections.abc import Sequence
from typing import NamedTuple

from geo.costs import Costs, part_s
from geo.roads import Roads
from geo.snapping import Anchor


class Port(NamedTuple):
    """A node next to a place: seconds between them, the walk to the road and part of an arc."""

    node: int
    seconds: float
    anchor: Anchor
    arc: int
    part: float  # share of the arc that is travelled


class Direct(NamedTuple):
    """A way that stays on one stretch."""

    seconds: float
    origin: Anchor
    destination: Anchor
    arc: int
    part: float


def access_s(costs: Costs, anchor: Anchor) -> float:
    """Seconds between the place and its anchor."""
    return anchor.access_m * costs.access_s_per_m


def ways_out(roads: Roads, costs: Costs, anchors: Sequence[Anchor]) -> list[Port]:
    """Ports by which one leaves a place that meets the network at any of these anchors."""
    return [port for each in anchors for port in _ports(roads, costs, each, leaving=True)]


def ways_in(roads: Roads, costs: Costs, anchors: Sequence[Anchor]) -> list[Port]:
    """Ports by which one comes to such a place."""
    return [port for each in anchors for port in _ports(roads, costs, each, leaving=False)]


def _ports(roads: Roads, costs: Costs, anchor: Anchor, *, leaving: bool) -> list[Port]:
    e, f = anchor.stretch, anchor.fraction
    tail, head = int(roads.tail[e]), int(roads.head[e])
    sides = (
        [(2 * e, head, 1.0), (2 * e + 1, tail, 0.0)]
        if leaving
        else [(2 * e, tail, 0.0), (2 * e + 1, head, 1.0)]
    )
    walk = access_s(costs, anchor)
    return [
        Port(node, walk + part_s(costs.p50, arc, abs(end - f)), anchor, arc, abs(end - f))
        for arc, node, end in sides
        if end == f or costs.may_drive(arc, f, end)  # at a node already: no need to travel the arc
    ]


def direct(costs: Costs, origins: Sequence[Anchor], destinations: Sequence[Anchor]) -> Direct | None:
    """The quickest way that never leaves a stretch, if both places meet one and its direction allows."""
    found: list[Direct] = []
    for a in origins:
        for b in destinations:
            if a.stretch != b.stretch:
                continue
            part = abs(b.fraction - a.fraction)
            arcs = [2 * a.stretch + (b.fraction < a.fraction)] if part else [2 * a.stretch, 2 * a.stretch + 1]
            walk = access_s(costs, a) + access_s(costs, b)
            found += [
                Direct(walk + float(costs.p50[arc]) * part, a, b, arc, part)
                for arc in arcs
                if costs.may_drive(arc, a.fraction, b.fraction)
            ]
    return min(found, default=None, key=lambda each: each.seconds)
