"""The one door to routing: a route, a table, the nearest places."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from geo.answers import Reach, Route, Table
from geo.costs import costs, part_s
from geo.drawing import Step, path, route_arc
from geo.engines import ENGINES, Graph, Start
from geo.errors import GeoError, OffNetwork, UnknownProfile, Unreachable
from geo.lonlat import LonLat, check, distance_m, distances_m
from geo.ports import Direct, Port, access_s, direct, ways_in, ways_out
from geo.profile import SEASONS, Profile
from geo.roads import Roads
from geo.snapping import Anchor, alternatives, nearest
from geo.sweep import NO_WAY, Net, Sums, arcs_back, best_end, best_start, sweep

__all__ = ["Reach", "Route", "Router", "Table"]

MAX_SNAP_M = 5_000.0
# The way from a place to the road is a straight line at a guessed pace. Up to here, five minutes on foot, the
# guess drowns in the spread of any ride; beyond it, whoever reads the time must know that it rests on one.
ACCESS_KNOWN_M = 500.0


class _Spot(NamedTuple):
    """A place and where it meets the network: anchors, or why it does not; others when asked for."""

    anchors: list[Anchor]
    reason: str | None
    others: list[Anchor]


class Router:
    """Routes on one network in one season for some vehicle profiles; safe to share between threads.

    A place is taken to the nearest road open to the vehicle, at most max_snap_m away. When no way leads on
    from there, roads of other pieces of the network up to 500 m farther stand in. Places closer to each other
    than to the road are reached straight across the ground.
    """

    def __init__(
        self,
        roads: Roads,
        profiles: Mapping[str, Profile],
        *,
        season: str = "dry",
        engine: str = "scipy",
        max_snap_m: float = MAX_SNAP_M,
    ) -> None:
        if season not in SEASONS or engine not in ENGINES:
            raise GeoError(f"season is one of {', '.join(SEASONS)}, engine one of {', '.join(ENGINES)}")
        self.roads = roads
        self.profiles = dict(profiles)
        self.season = season
        self.digest = roads.digest
        self._engine = ENGINES[engine]
        self._max_snap_m = max_snap_m
        self._nets: dict[tuple[str, str], Net] = {}

    def route(self, origin: LonLat, destination: LonLat, profile: str) -> Route:
        """Quickest way. Raises BadPlace, OffNetwork, Unreachable, UnknownProfile."""
        net = self._net(profile)
        places = check(*origin), check(*destination)
        first, last = (self._anchor(profile, each) for each in places)
        across = distance_m(*places)
        if across <= first.access_m + last.access_m:
            return _across(net, places, across)
        found = self._route(net, places, ([first], [last]))
        if found is None:
            others = self._others(net, places[0], first), self._others(net, places[1], last)
            found = self._route(net, places, others)
        if found is None:
            raise Unreachable(self._why(profile, net, first, last))
        return found

    def table(self, origins: Sequence[LonLat], destinations: Sequence[LonLat], profile: str) -> Table:
        """All ways between two lists of places: one search a distinct place of the shorter list.

        Raises BadPlace and UnknownProfile; places off the network and pairs without a way are in `reasons`.
        """
        net = self._net(profile)
        starts, ends = [check(*each) for each in origins], [check(*each) for each in destinations]
        spots = {place: self._spot(profile, place) for place in {*starts, *ends}}
        if len(set(ends)) < len(set(starts)):
            found = {
                (o, d): s
                for d in set(ends)
                for o, s in self._sums(net, d, starts, spots, reverse=True).items()
            }
        else:
            found = {
                (o, d): s
                for o in set(starts)
                for d, s in self._sums(net, o, ends, spots, reverse=False).items()
            }
        cells = np.asarray([[found[o, d] for d in ends] for o in starts], float).reshape(
            len(starts), len(ends), 3
        )
        reasons = {
            (i, j): self._reason(profile, net, spots[starts[i]], spots[ends[j]])
            for i, j in np.argwhere(~np.isfinite(cells[:, :, 0])).tolist()
        }
        return Table(cells[:, :, 0].copy(), cells[:, :, 1].copy(), cells[:, :, 2].copy(), reasons)

    def nearest(self, origin: LonLat, places: Sequence[LonLat], profile: str, k: int) -> list[Reach]:
        """The k places reached soonest, soonest first, then every place out of reach, with the reason.

        Raises BadPlace, UnknownProfile, and OffNetwork when the origin itself is too far from a road.
        """
        self._anchor(profile, check(*origin))
        table = self.table([origin], places, profile)
        p50, p90, metres = table.seconds_p50[0], table.seconds_p90[0], table.metres[0]
        order = [int(i) for i in np.argsort(p50, kind="stable")]
        near = [i for i in order if np.isfinite(p50[i])][: max(0, k)]
        far = [i for i in order if not np.isfinite(p50[i])]
        return [
            Reach(i, float(p50[i]), float(p90[i]), float(metres[i]), table.reasons.get((0, i)))
            for i in near + far
        ]

    def _profile(self, name: str) -> Profile:
        if name not in self.profiles:
            raise UnknownProfile(
                f"no vehicle profile '{name}'; use one of {', '.join(sorted(self.profiles))}"
            )
        if self.profiles[name].kind == "air":
            raise UnknownProfile(
                f"the profile '{name}' flies; use a flight leg, or a ground profile for roads"
            )
        return self.profiles[name]

    def _net(self, name: str, season: str | None = None) -> Net:
        profile, season = self._profile(name), season or self.season
        if (name, season) not in self._nets:
            weights = costs(self.roads, profile, season)
            graph = Graph(self.roads, weights)
            self._nets[name, season] = Net(self.roads, weights, graph, self._engine(graph))
        return self._nets[name, season]

    def _anchor(self, profile: str, place: LonLat) -> Anchor:
        """Where the nearest open road is; raises OffNetwork, naming the season when that is the cause."""
        try:
            return nearest(self.roads, self._net(profile).costs.passable, place, self._max_snap_m)
        except OffNetwork as fault:
            if self.season == "dry" or not self._near_when_dry(profile, place):
                raise
            raise OffNetwork(f"in the wet season every road near it is closed: {fault}") from fault

    def _near_when_dry(self, profile: str, place: LonLat) -> bool:
        try:
            nearest(self.roads, self._net(profile, "dry").costs.passable, place, self._max_snap_m)
        except OffNetwork:
            return False
        return True

    def _spot(self, profile: str, place: LonLat) -> _Spot:
        try:
            return _Spot([self._anchor(profile, place)], None, [])
        except OffNetwork as fault:
            return _Spot([], str(fault), [])

    def _others(self, net: Net, place: LonLat, first: Anchor) -> list[Anchor]:
        """Anchors on every piece of the network around a place."""
        return alternatives(self.roads, net.costs.passable, net.graph.stretch_circles, first, place)

    def _sums(
        self,
        net: Net,
        source: LonLat,
        targets: Sequence[LonLat],
        spots: Mapping[LonLat, _Spot],
        *,
        reverse: bool,
    ) -> dict[LonLat, Sums]:
        """Sums between one place and all targets, first by the nearest roads, then by those around."""
        distinct = list(dict.fromkeys(targets))
        found = self._search(
            net, spots[source].anchors, [spots[each].anchors for each in distinct], reverse=reverse
        )
        sums = dict(zip(distinct, found, strict=True))
        left = [t for t in distinct if sums[t] is NO_WAY and spots[t].anchors and spots[source].anchors]
        if left:
            for place in (source, *left):
                if not spots[place].others:
                    spots[place].others.extend(self._others(net, place, spots[place].anchors[0]))
            around = {place: spots[place].others for place in (source, *left)}
            if any(len(each) > 1 for each in around.values()):
                again = self._search(net, around[source], [around[each] for each in left], reverse=reverse)
                sums.update(zip(left, again, strict=True))
        return {**sums, **_near(net, source, distinct, spots)}

    def _search(
        self, net: Net, source: list[Anchor], targets: list[list[Anchor]], *, reverse: bool
    ) -> list[Sums]:
        leave, come = (ways_in, ways_out) if reverse else (ways_out, ways_in)
        ports = [come(self.roads, net.costs, anchors) for anchors in targets]
        found = sweep(net, leave(self.roads, net.costs, source), ports, reverse=reverse)
        for i, anchors in enumerate(targets):
            short = direct(net.costs, anchors, source) if reverse else direct(net.costs, source, anchors)
            if short is not None and short.seconds <= found[i].p50:
                found[i] = _direct_sums(net, short)
        return found

    def _route(
        self, net: Net, places: tuple[LonLat, LonLat], anchors: tuple[list[Anchor], list[Anchor]]
    ) -> Route | None:
        source, target = (
            ways_out(self.roads, net.costs, anchors[0]),
            ways_in(self.roads, net.costs, anchors[1]),
        )
        short = direct(net.costs, *anchors)
        tree = net.engine.tree([Start(each.node, each.seconds) for each in source])
        end = best_end(tree, target)
        if end is not None and (short is None or tree.seconds[end.node] + end.seconds < short.seconds):
            between, node = arcs_back(net, tree, end.node)
            begin = best_start(source, node)
            steps = [_leaving(begin), *(_whole(arc) for arc in between), _coming(end)]
            return _written(net, places, (begin.anchor, end.anchor), steps)
        if short is not None:
            step = Step(short.arc, short.origin.fraction, short.destination.fraction)
            return _written(net, places, (short.origin, short.destination), [step])
        return None

    def _reason(self, profile: str, net: Net, origin: _Spot, destination: _Spot) -> str:
        off = origin.reason or destination.reason
        return off or self._why(profile, net, origin.anchors[0], destination.anchors[0])

    def _why(self, profile: str, net: Net, origin: Anchor, destination: Anchor) -> str:
        """Why there is no way between two anchors, in words."""
        a, b = int(self.roads.tail[origin.stretch]), int(self.roads.tail[destination.stretch])
        here = f"no way for {profile} from {_spelt(origin.point)} to {_spelt(destination.point)}: "
        if net.graph.islands[a] == net.graph.islands[b]:
            return (
                here + "one-way streets or closed roads leave no way through; place the point on another road"
            )
        dry = self._net(profile, "dry").graph.islands if self.season == "wet" else net.graph.islands
        if dry[a] == dry[b]:
            return here + "the road between them is closed in the wet season; use a flight leg"
        sizes = np.bincount(net.graph.islands)
        smaller = min(int(sizes[net.graph.islands[node]]) for node in (a, b))
        return (
            here
            + f"no road or ferry joins them (one is on a piece of only {smaller} junctions); use a flight leg"
        )


def _near(
    net: Net, source: LonLat, targets: Sequence[LonLat], spots: Mapping[LonLat, _Spot]
) -> dict[LonLat, Sums]:
    """Sums straight across the ground to targets nearer than the ways to and from the road are long."""
    here, there = spots[source].anchors[:1], [each for each in targets if spots[each].anchors]
    if not here or not there:
        return {}
    metres = dict(zip(there, distances_m(there, [source]).tolist(), strict=True))
    pace, spread = net.costs.access_s_per_m, net.costs.access_spread
    return {
        place: Sums(m * pace, m * pace * spread, m)
        for place, m in metres.items()
        if m <= here[0].access_m + spots[place].anchors[0].access_m
    }


def _across(net: Net, places: tuple[LonLat, LonLat], metres: float) -> Route:
    """Straight across the ground, at the pace of access."""
    seconds = metres * net.costs.access_s_per_m
    return Route(
        seconds, seconds * net.costs.access_spread, metres, places, (), metres > ACCESS_KNOWN_M, metres
    )


def _spelt(place: LonLat) -> str:
    return f"{place.lon:.5f},{place.lat:.5f}"


def _direct_sums(net: Net, short: Direct) -> Sums:
    walk_m = short.origin.access_m + short.destination.access_m
    p90 = walk_m * net.costs.access_s_per_m * net.costs.access_spread + part_s(
        net.costs.p90, short.arc, short.part
    )
    return Sums(short.seconds, p90, walk_m + float(net.roads.metres[short.arc // 2]) * short.part)


def _whole(arc: int) -> Step:
    return Step(arc, 0.0, 1.0) if arc % 2 == 0 else Step(arc, 1.0, 0.0)


def _leaving(port: Port) -> Step:
    return Step(port.arc, port.anchor.fraction, 1.0 if port.arc % 2 == 0 else 0.0)


def _coming(port: Port) -> Step:
    return Step(port.arc, 0.0 if port.arc % 2 == 0 else 1.0, port.anchor.fraction)


def _written(
    net: Net, places: tuple[LonLat, LonLat], anchors: tuple[Anchor, Anchor], steps: Sequence[Step]
) -> Route:
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
