"""From places on stretches to the nodes around them: how one leaves them, comes to them, stays between."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.ends import Ends, Floats, Long, Whole
from geo.net import METRES, P50, P90, Net
from geo.snapping import Anchor

Anchors = Sequence[Sequence[Anchor]]  # of every place


class Step(NamedTuple):
    """Travel along an arc from one share of its stretch to another (shares count from the tail)."""

    arc: int
    begin: float
    end: float


class Ports(NamedTuple):
    """Ports of places: where each meets the network, the step between there and the node, what it adds up to.

    anchor, arc, begin, end [p]; sums [c, p] as the columns of the net, the walk to the road included.
    """

    ends: Ends
    anchors: Sequence[Anchor]
    anchor: Long
    arc: Long
    begin: Floats
    end: Floats
    sums: Floats

    def step(self, port: int) -> Step:
        """The step of one port."""
        return Step(int(self.arc[port]), float(self.begin[port]), float(self.end[port]))

    def met(self, port: int) -> Anchor:
        """Where its place meets the network."""
        return self.anchors[int(self.anchor[port])]


class Direct(NamedTuple):
    """A way from place to place that stays on one stretch."""

    cost: int
    origin: Anchor
    destination: Anchor
    step: Step
    sums: Floats


class _Sides(NamedTuple):
    """Both ways along the stretch of every anchor [2 q]."""

    place: Long
    anchor: Long
    arc: Long
    begin: Floats
    end: Floats


def ports(net: Net, places: Anchors, *, leaving: bool) -> Ports:
    """By which nodes one leaves places that meet the network at these anchors, or comes to them."""
    anchors = [each for place in places for each in place]
    sides = _sides(places, anchors, leaving=leaving)
    here = sides.begin == sides.end  # at a junction already: no need to travel the arc
    usable = here | np.isfinite(net.costs.p50[sides.arc])
    for at in _touched(net, sides.arc, usable & ~here):
        usable[at] = net.laid.clear(int(sides.arc[at]) // 2, float(sides.begin[at]), float(sides.end[at]))
    row, node = _nodes(net, sides, (usable & ~here, usable & here), leaving=leaving)
    order = np.argsort(row, kind="stable")
    row, node = row[order], node[order]
    sums = _sums(net, sides, anchors)
    offset = net.cost(sums[P50] + sums[METRES + 2 :].sum(axis=0))
    ends = Ends(len(places), _whole(sides.place[row]), _whole(node), offset[row])
    return Ports(
        ends, anchors, sides.anchor[row], sides.arc[row], sides.begin[row], sides.end[row], sums[:, row]
    )


def _whole(numbers: Long) -> Whole:
    return numbers.astype(np.int32)


def _sides(places: Anchors, anchors: Sequence[Anchor], *, leaving: bool) -> _Sides:
    stretch = np.asarray([each.stretch for each in anchors], dtype=np.int64)
    share = np.repeat(np.asarray([each.fraction for each in anchors], dtype=np.float64), 2)
    place = np.repeat(np.arange(len(places)), [2 * len(each) for each in places])
    arc = (2 * stretch[:, None] + (0, 1)).reshape(-1)
    edge = np.tile((1.0, 0.0) if leaving else (0.0, 1.0), len(anchors))
    travel = (share, edge) if leaving else (edge, share)
    return _Sides(place, np.repeat(np.arange(len(anchors)), 2), arc, *travel)


def _touched(net: Net, arcs: Long, chosen: NDArray[np.bool_]) -> list[int]:
    """Which of the chosen lie on stretches that a hazard touches."""
    if not len(net.laid.touched):
        return []
    found: list[int] = np.flatnonzero(chosen & np.isin(arcs // 2, net.laid.touched)).tolist()
    return found


def _nodes(
    net: Net, sides: _Sides, chosen: tuple[NDArray[np.bool_], NDArray[np.bool_]], *, leaving: bool
) -> tuple[Long, Long]:
    """Rows of the sides and the nodes they lead to: those that travel, and those at a junction already."""
    travel, stay = (np.flatnonzero(each) for each in chosen)
    ground, edge = net.ground, sides.end if leaving else sides.begin
    if leaving:
        row, node = np.arange(len(travel)), ground.graph.head[sides.arc[travel]].astype(np.int64)
    else:
        row, node = ground.coming(sides.arc[travel], net.barred)
    stretch = sides.arc[stay] // 2
    junction = np.where(edge[stay] == 1.0, net.roads.head[stretch], net.roads.tail[stretch]).astype(np.int64)
    here, copies = (np.arange(len(stay)), junction) if leaving else ground.at(junction)
    return np.concatenate((travel[row], stay[here])), np.concatenate((node, copies))


def _sums(net: Net, sides: _Sides, anchors: Sequence[Anchor]) -> Floats:
    """What each side adds up to: its part of the arc and the walk between the place and the road."""
    travel = zip(sides.arc.tolist(), sides.begin.tolist(), sides.end.tolist(), strict=True)
    found = step_sums(net, [Step(*each) for each in travel])
    walk_m = np.asarray([each.access_m for each in anchors], dtype=np.float64)[sides.anchor]
    walk_s = walk_m * net.costs.access_s_per_m
    found[:3] += walk_s, walk_s * net.costs.access_spread, walk_m
    return found


def _share(seconds: Floats, arcs: Long, part: Floats) -> Floats:
    """Seconds of shares of arcs; none of a closed arc takes no time."""
    with np.errstate(invalid="ignore"):
        return np.where(part > 0.0, seconds[arcs] * part, 0.0)


def _loaded(net: Net, sums: Floats, step: Step) -> None:
    """Put on the sums [c] of a step what hazards do to it."""
    load = net.laid.part(step.arc // 2, step.begin, step.end)
    if len(sums) > METRES + 1:
        sums[METRES + 1 :] = sums[P50] * load.inside, sums[P50] * load.danger
    sums[:METRES] *= load.slower


def step_sums(net: Net, steps: Sequence[Step]) -> Floats:
    """What steps add up to, each in the columns of the net [c, k]."""
    arcs = np.asarray([step.arc for step in steps], dtype=np.int64)
    part = np.asarray([abs(step.end - step.begin) for step in steps], dtype=np.float64)
    found = np.zeros((net.sums, len(steps)))
    found[P50], found[P90] = _share(net.costs.p50, arcs, part), _share(net.costs.p90, arcs, part)
    found[METRES] = net.roads.metres[arcs // 2] * part
    for at in _touched(net, arcs, (part > 0.0) & np.isfinite(found[P50])):  # not where nobody may drive
        _loaded(net, found[:, at], steps[at])
    return found


def directs(net: Net, origins: Anchors, destinations: Anchors) -> dict[tuple[int, int], Direct]:
    """The cheapest way that never leaves a stretch, for pairs of places that have one."""
    known: dict[int, list[tuple[int, Anchor]]] = defaultdict(list)
    for j, anchors in enumerate(destinations):
        for each in anchors:
            known[each.stretch].append((j, each))
    found: dict[tuple[int, int], Direct] = {}
    for i, anchors in enumerate(origins):
        for a in anchors:
            for j, b in known.get(a.stretch, ()):
                ways = [*_between(net, a, b), *([found[i, j]] if (i, j) in found else [])]
                if ways:
                    found[i, j] = min(ways, key=lambda way: way.cost)
    return found


def _between(net: Net, a: Anchor, b: Anchor) -> list[Direct]:
    e = a.stretch
    arcs = [2 * e + (b.fraction < a.fraction)] if a.fraction != b.fraction else [2 * e, 2 * e + 1]
    steps = [Step(arc, a.fraction, b.fraction) for arc in arcs if np.isfinite(net.costs.p50[arc])]
    walk_m = a.access_m + b.access_m
    walk_s = walk_m * net.costs.access_s_per_m
    found = []
    for step in steps:
        if not net.laid.clear(e, step.begin, step.end):
            continue
        sums = step_sums(net, [step])[:, 0]
        sums[:3] += walk_s, walk_s * net.costs.access_spread, walk_m
        cost = int(net.cost(sums[P50] + sums[METRES + 2 :].sum()))
        found.append(Direct(cost, a, b, step, sums))
    return found
