"""The one door to routing: a route, a table, the nearest places."""

import copy
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from geo.answers import Reach, Route, Table
from geo.area import Area
from geo.area import digest as digest_of
from geo.closures import OPEN, Closures, closures
from geo.costs import costs, part_s
from geo.drawing import Step
from geo.engines import ENGINES, Graph, Start
from geo.errors import GeoError, OffNetwork, UnknownProfile, Unreachable
from geo.lonlat import LonLat, check, distance_m, distances_m
from geo.ports import Direct, direct, ways_in, ways_out
from geo.profile import SEASONS, Profile
from geo.roads import Roads
from geo.snapping import Anchor, alternatives, nearest
from geo.sweep import NO_WAY, Net, Sums, arcs_back, best_end, best_start, sweep
from geo.writing import across, coming, leaving, whole, written

__all__ = ["Reach", "Route", "Router", "Table"]

MAX_SNAP_M = 5_000.0
_AVOIDING_KEPT = 8  # networks with areas closed that a router remembers


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
        self._closures = OPEN
        self._whole: Router | None = None  # the same network with nothing closed
        self._avoiding: dict[str, Router] = {}

    def avoiding(self, areas: Iterable[Area]) -> "Router":
        """The same network with every road that touches one of the areas closed to driving and walking.

        Arrays are shared; the same areas give the same router. A place in an area is still found, and the
        part of a closed road outside the areas may be used from its ends, but nobody passes through.
        `digest` tells networks with different areas apart.
        """
        whole, wanted = self._whole or self, tuple({*self._closures.areas, *areas})
        if not wanted:
            return whole
        key = digest_of(wanted)
        if key not in whole._avoiding:
            if len(whole._avoiding) >= _AVOIDING_KEPT:
                whole._avoiding.pop(next(iter(list(whole._avoiding)), ""), None)
            whole._avoiding[key] = whole._with(closures(self.roads, wanted))
        return whole._avoiding[key]

    def _with(self, closed: Closures) -> "Router":
        less = copy.copy(self)
        less._closures, less._whole, less._nets = closed, self, {}
        less.digest = hashlib.sha256(f"{self.digest}\n{closed.digest}".encode()).hexdigest()
        return less

    def closed_across(self, *places: LonLat) -> list[str]:
        """Names of the closed areas that the straight way between places touches."""
        return self._closures.across(*places)

    def road_point(self, place: LonLat, profile: str) -> tuple[LonLat, float]:
        """Where a vehicle can come nearest to a place by road, and how many metres are left from there.

        Raises BadPlace, OffNetwork, UnknownProfile.
        """
        here, net = check(*place), self._net(profile)
        first = self._anchor(profile, here)
        if self._usable(first):
            return first.point, first.access_m
        around = alternatives(self.roads, net.costs.passable, net.graph.stretch_circles, first, here)
        found = next((each for each in around if self._usable(each)), first)
        return found.point, found.access_m

    def _usable(self, anchor: Anchor) -> bool:
        """True when no closed area holds the anchor."""
        return self._closures.clear(anchor.stretch, anchor.fraction, anchor.fraction)

    def route(self, origin: LonLat, destination: LonLat, profile: str) -> Route:
        """Quickest way. Raises BadPlace, OffNetwork, Unreachable, UnknownProfile."""
        net = self._net(profile)
        places = check(*origin), check(*destination)
        first, last = (self._anchor(profile, each) for each in places)
        straight = distance_m(*places)
        if straight <= first.access_m + last.access_m and self._closures.open_across(*places):
            return across(net, places, straight)
        found = self._route(net, places, (self._clear(places[0], [first]), self._clear(places[1], [last])))
        if found is None:
            others = self._others(net, places[0], first), self._others(net, places[1], last)
            found = self._route(net, places, others)
        if found is None:
            raise Unreachable(self._why(profile, net, (places[0], first), (places[1], last)))
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
        none = np.argwhere(~np.isfinite(cells[:, :, 0])).tolist()
        closers: _Closers = {}
        reasons = {(i, j): self._reason(profile, net, (starts[i], ends[j]), spots, closers) for i, j in none}
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
        if (name, season) not in self._nets and self._whole is not None:
            whole = self._whole._net(name, season)
            weights = replace(whole.costs, closures=self._closures)
            graph = whole.graph.without(weights)
            self._nets[name, season] = Net(self.roads, weights, graph, self._engine(graph))
        elif (name, season) not in self._nets:
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
        around = alternatives(self.roads, net.costs.passable, net.graph.stretch_circles, first, place)
        return self._clear(place, around)

    def _clear(self, place: LonLat, anchors: list[Anchor]) -> list[Anchor]:
        """Those of the anchors that no closed area keeps the place from."""
        if not self._closures.areas:
            return anchors
        return [each for each in anchors if self._closures.open_across(place, each.point)]

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
        clear = {place: self._clear(place, spots[place].anchors) for place in {source, *distinct}}
        found = self._search(net, clear[source], [clear[each] for each in distinct], reverse=reverse)
        sums = dict(zip(distinct, found, strict=True))
        left = [t for t in distinct if sums[t] is NO_WAY and spots[t].anchors and spots[source].anchors]
        if left:
            for place in (source, *left):
                if not spots[place].others:
                    spots[place].others.extend(self._others(net, place, spots[place].anchors[0]))
            around = {place: spots[place].others for place in (source, *left)}
            if any(around[place] != clear[place] for place in around):
                again = self._search(net, around[source], [around[each] for each in left], reverse=reverse)
                sums.update(zip(left, again, strict=True))
        near = _near(net, source, distinct, spots)
        return {
            **sums,
            **{place: s for place, s in near.items() if self._closures.open_across(source, place)},
        }

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
            steps = [leaving(begin), *(whole(arc) for arc in between), coming(end)]
            return written(net, places, (begin.anchor, end.anchor), steps)
        if short is not None:
            step = Step(short.arc, short.origin.fraction, short.destination.fraction)
            return written(net, places, (short.origin, short.destination), [step])
        return None

    def _reason(
        self, profile: str, net: Net, places: tuple[LonLat, LonLat],
        spots: Mapping[LonLat, _Spot], closers: "_Closers",
    ) -> str:  # fmt: skip
        origin, destination = (spots[place] for place in places)
        if origin.reason or destination.reason:
            return origin.reason or destination.reason or ""
        ends = (places[0], origin.anchors[0]), (places[1], destination.anchors[0])
        return self._why(profile, net, *ends, closers=closers)

    def _why(
        self, profile: str, net: Net, origin: tuple[LonLat, Anchor],
        destination: tuple[LonLat, Anchor], closers: "_Closers | None" = None,
    ) -> str:  # fmt: skip
        """Why there is no way between two places that have anchors, in words."""
        (start, first), (end, last) = origin, destination
        a, b = int(self.roads.tail[first.stretch]), int(self.roads.tail[last.stretch])
        here = f"no way for {profile} from {_spelt(first.point)} to {_spelt(last.point)}: "
        if self._whole is not None:
            inside = [*self._closures.around(start), *self._closures.around(end)]
            if inside:
                return here + f"the way is closed by {_named(inside)}; carry on foot, lift it, or fly"
            known = {} if closers is None else closers
            circles = net.graph.stretch_circles
            key = (int(circles[first.stretch]), int(circles[last.stretch]))
            if -1 in key or key not in known:
                known[key] = self._closers(profile, start, end)
            if known[key]:
                return here + f"no way but through the closure {_named(known[key])}; use a flight leg"
        return here + self._parted(profile, net, a, b)

    def _closers(self, profile: str, start: LonLat, end: LonLat) -> list[str]:
        """Names of the areas on the way that there would be if nothing were closed; none without one."""
        if self._whole is None:
            return []
        try:
            open_way = self._whole.route(start, end, profile)
        except Unreachable:
            return []
        by_road = self._closures.along([arc.stretch for arc in open_way.arcs])
        return by_road or self._closures.across(*open_way.path)

    def _parted(self, profile: str, net: Net, a: int, b: int) -> str:
        """Why the network itself has no way between two nodes."""
        if net.graph.islands[a] == net.graph.islands[b]:
            return "one-way streets or closed roads leave no way through; place the point on another road"
        dry = self._net(profile, "dry").graph.islands if self.season == "wet" else net.graph.islands
        if dry[a] == dry[b]:
            return "the road between them is closed in the wet season; use a flight leg"
        sizes = np.bincount(net.graph.islands)
        smaller = min(int(sizes[net.graph.islands[node]]) for node in (a, b))
        return (
            f"no road or ferry joins them (one is on a piece of only {smaller} junctions); use a flight leg"
        )


_Closers = dict[tuple[int, int], list[str]]
"""Which areas part two pieces of the network, by the numbers of the pieces."""


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


def _named(names: Sequence[str]) -> str:
    return " and ".join(dict.fromkeys(names))


def _spelt(place: LonLat) -> str:
    return f"{place.lon:.5f},{place.lat:.5f}"


def _direct_sums(net: Net, short: Direct) -> Sums:
    walk_m = short.origin.access_m + short.destination.access_m
    p90 = walk_m * net.costs.access_s_per_m * net.costs.access_spread + part_s(
        net.costs.p90, short.arc, short.part
    )
    return Sums(short.seconds, p90, walk_m + float(net.roads.metres[short.arc // 2]) * short.part)
