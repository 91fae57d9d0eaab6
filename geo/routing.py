"""The one door to routing: a route, a table, the nearest places, under whatever hazards there are."""

import copy
import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from geo.answers import Closest, Reach, Route, Table
from geo.area import Area
from geo.costs import costs
from geo.ends import INF
from geo.engines import ENGINES, making
from geo.errors import GeoError, OffNetwork, UnknownProfile, Unreachable
from geo.ground import ground
from geo.hazards import NOTHING, Hazard, Laid, laid, shutting
from geo.lonlat import LonLat, check, distance_m
from geo.net import DANGER, INSIDE, METRES, P50, P90, Net, calmed, net_under, whole_net
from geo.places import PLACES_KEPT, Spot, around, beside, reached, straight
from geo.ports import Anchors
from geo.profile import SEASONS, Profile
from geo.roads import Roads
from geo.snapping import Anchor, nearest
from geo.sweep import Sums, sweep
from geo.why import Asked, Reasons, closest
from geo.writing import across, between

__all__ = ["Reach", "Route", "Router", "Table"]

MAX_SNAP_M = 5_000.0
_UNDER_KEPT = 8  # networks under hazards that a router remembers
_NEAR = 3  # of them, how many are looked at for one that differs less than the whole network


class Router:
    """Routes on one network in one season, by day or night, for some profiles; safe to share between threads.

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
        night: bool = False,
        engine: str = "cch",
        max_snap_m: float = MAX_SNAP_M,
    ) -> None:
        if season not in SEASONS or engine not in ENGINES:
            raise GeoError(f"season is one of {', '.join(SEASONS)}, engine one of {', '.join(ENGINES)}")
        self.roads = roads
        self.profiles = dict(profiles)
        self.season, self.night = season, night
        self.digest = roads.digest
        self.whole = self  # the same network without hazards
        self.laid: Laid = NOTHING
        self._engine = engine
        self._max_snap_m = max_snap_m
        self._nets: dict[tuple[str, str], Net] = {}
        self._hours: dict[tuple[str, bool], Router] = {(season, night): self}  # by season and night
        self._under: dict[frozenset[Hazard], Router] = {}  # of the whole network, the latest used last
        self._making = threading.RLock()

    # --- seasons, hours, hazards

    def as_of(self, season: str, *, night: bool) -> "Router":
        """The same roads and vehicles, under the same hazards, in a season, by day or by night; made once.

        Raises GeoError for an unknown season.
        """
        found = self._hours.get((season, night))
        if found is None:
            made = Router(
                self.roads, self.profiles, season=season, night=night,
                engine=self._engine, max_snap_m=self._max_snap_m,
            )  # fmt: skip
            made._hours = self._hours
            found = self._hours.setdefault((season, night), made)
        return found.under(self.laid.hazards)

    def under(self, hazards: Iterable[Hazard]) -> "Router":
        """The same network under these hazards, on top of those there are. Raises BadHazard.

        A snapshot: it never changes, whatever becomes of the hazards, and this router stays as it is. Arrays
        are shared; the same hazards give the same router, in whatever order they came. A place in a closed
        area is still found, and the part of a closed road outside may be used from its ends, but nobody goes
        through. `digest` tells networks under different hazards apart; `whole` is the one without.
        """
        wanted = frozenset((*self.laid.hazards, *hazards))
        if not wanted:
            return self.whole
        kept = self.whole._under
        with self._making:
            found = kept.pop(wanted, None)
            if found is None:
                found = self.whole._with(laid(self.roads, wanted))
            kept[wanted] = found
            while len(kept) > _UNDER_KEPT:
                kept.pop(next(iter(kept)))
        return found

    def avoiding(self, areas: Iterable[Area]) -> "Router":
        """The same network with every road that touches one of the areas closed to driving and walking."""
        return self.under(shutting(areas))

    def _with(self, hazards: Laid) -> "Router":
        less = copy.copy(self)
        less.laid, less._nets = hazards, {}
        less.digest = hashlib.sha256(f"{self.digest}\n{hazards.digest}".encode()).hexdigest()
        return less

    def closed_across(self, *places: LonLat) -> list[str]:
        """Names of the closed areas that the straight way between places touches."""
        return self.laid.across(*places)

    # --- for whoever compares ways

    def spots(self, net: Net, *places: LonLat) -> list[Spot]:
        """Where places meet the network. Raises BadPlace, OffNetwork."""
        return [Spot(each, self._anchor(net, each)) for each in (check(*place) for place in places)]

    def met(self, net: Net, *places: LonLat) -> Iterator[Anchors]:
        """The anchors that `route` tries: by the nearest roads, then by those around."""
        spots = self.spots(net, *places)
        yield reached(net, spots)
        yield around(net, spots)

    # --- questions

    def road_point(self, place: LonLat, profile: str) -> tuple[LonLat, float]:
        """Where a vehicle can come nearest to a place by road, and how many metres are left from there.

        Raises BadPlace, OffNetwork, UnknownProfile.
        """
        here, net = check(*place), self.net(profile)
        first = self._anchor(net, here)
        if self._usable(first):
            return first.point, first.access_m
        found = next((each for each in beside(net, first, here) if self._usable(each)), first)
        return found.point, found.access_m

    def route(self, origin: LonLat, destination: LonLat, profile: str) -> Route:
        """The quickest way, every second in a threat counted 1 + severity times.

        Raises BadPlace, OffNetwork, Unreachable, UnknownProfile.
        """
        net = self.net(profile)
        places = check(*origin), check(*destination)
        first, last = (self._anchor(net, each) for each in places)
        metres = distance_m(*places)
        if metres <= first.access_m + last.access_m and self.laid.open_across(*places):
            return across(net, places, metres)
        spots = [Spot(places[0], first), Spot(places[1], last)]
        found = between(net, places, reached(net, spots))
        if found is None:
            anchors = around(net, spots)
            found = between(net, places, anchors)
            milder = (between(each, places, anchors) for each in self._milder(net))
            found = found or next((each for each in milder if each is not None), None)
            if found is None:
                raise self._unreachable(net, spots, anchors[0])
        return found

    def table(self, origins: Sequence[LonLat], destinations: Sequence[LonLat], profile: str) -> Table:
        """All ways between two lists of places, at once.

        Raises BadPlace and UnknownProfile; places off the network and pairs without a way are in `reasons`.
        """
        net = self.net(profile)
        starts, ends = [check(*each) for each in origins], [check(*each) for each in destinations]
        spots = {place: self._spot(net, place) for place in (*starts, *ends)}
        rows, columns = (list(dict.fromkeys(side)) for side in (starts, ends))
        distinct = self._sums(net, [spots[each] for each in rows], [spots[each] for each in columns])
        at = {place: i for i, place in enumerate(rows)}, {place: j for j, place in enumerate(columns)}
        cells = np.ix_([at[0][each] for each in starts], [at[1][each] for each in ends])
        cost, sums = distinct.cost[cells], distinct.sums[:, cells[0], cells[1]]
        why = Reasons(self._asked(net))
        lost = np.argwhere(cost >= INF).tolist()
        reasons = {(i, j): why.of(spots[starts[i]], spots[ends[j]]) for i, j in lost}
        exposed = sums[[INSIDE, DANGER]] if net.endangered else np.where(cost >= INF, np.inf, [[[0.0]]] * 2)
        return Table(sums[P50], sums[P90], sums[METRES], reasons, *exposed)

    def nearest(self, origin: LonLat, places: Sequence[LonLat], profile: str, k: int) -> list[Reach]:
        """The k places reached soonest, soonest first, then every place out of reach, with the reason.

        Raises BadPlace, UnknownProfile, and OffNetwork when the origin itself is too far from a road.
        """
        self._anchor(self.net(profile), check(*origin))
        table = self.table([origin], places, profile)
        p50 = table.seconds_p50[0]
        order = [int(i) for i in np.argsort(p50, kind="stable")]
        near = [i for i in order if np.isfinite(p50[i])][: max(0, k)]
        far = [i for i in order if not np.isfinite(p50[i])]
        told = (table.seconds_p90, table.metres, table.exposure_s, table.danger_s)
        p90, metres, exposure, danger = (each[0].tolist() for each in told)
        return [
            Reach(i, float(p50[i]), p90[i], metres[i], table.reasons.get((0, i)), exposure[i], danger[i])
            for i in near + far
        ]

    def nearest_reachable(self, origin: LonLat, destination: LonLat, profile: str) -> Closest:
        """How near to a destination one can come, wherever it is.

        Raises BadPlace, OffNetwork when the origin is too far from a road, Unreachable when it lies in a
        closed area, UnknownProfile.
        """
        net, places = self.net(profile), (check(*origin), check(*destination))
        spot = Spot(places[0], self._anchor(net, places[0]))
        found = closest(net, around(net, [spot]), places[1])
        if found is None:
            raise Unreachable(Reasons(self._asked(net)).of(spot, spot))
        return found

    # --- how

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

    def net(self, name: str, season: str | None = None) -> Net:
        """The network as a profile sees it, in another season if wanted; made once, whoever asks first.

        Raises UnknownProfile.
        """
        key = name, season or self.season
        found = self._nets.get(key)
        if found is None:
            with self._making:
                found = self._nets.get(key) or self._made(*key)
                self._nets[key] = found
        return found

    def _made(self, name: str, season: str) -> Net:
        if self is not self.whole:
            latest = list(self.whole._under.values())[-_NEAR:]
            near = [each._nets[name, season] for each in latest if (name, season) in each._nets]
            return net_under(self.whole.net(name, season), self.laid, near)
        profile = self._profile(name)
        weighed = costs(self.roads, profile, season, night=self.night)
        return whole_net(self.roads, profile, weighed, ground(self.roads), making(self._engine))

    def _milder(self, net: Net) -> Iterator[Net]:
        """The net with the ways it has without threats, and without slow zones too, told with them.

        Where it is so dangerous or slow that costs ran out, any way is better than none.
        """
        for wanted, aside in ((net.endangered, ("threat",)), (net.crawling, ("threat", "slow"))):
            if wanted:
                other = self.whole.under(each for each in self.laid.hazards if each.kind not in aside)
                yield calmed(net, other.net(net.profile.name))

    def _anchor(self, net: Net, place: LonLat) -> Anchor:
        """Where the nearest open road is; raises OffNetwork, naming the season when that is the cause."""
        known = net.anchors.get(place)
        if known is not None:
            return known
        try:
            found = nearest(self.roads, net.costs.passable, place, self._max_snap_m)
        except OffNetwork as fault:
            if self.season == "dry" or not self._near_when_dry(net, place):
                raise
            raise OffNetwork(f"in the wet season every road near it is closed: {fault}") from fault
        if len(net.anchors) >= PLACES_KEPT:
            net.anchors.clear()
        net.anchors[place] = found
        return found

    def _near_when_dry(self, net: Net, place: LonLat) -> bool:
        try:
            nearest(self.roads, net.usual.passable, place, self._max_snap_m)
        except OffNetwork:
            return False
        return True

    def _spot(self, net: Net, place: LonLat) -> Spot:
        try:
            return Spot(place, self._anchor(net, place))
        except OffNetwork as fault:
            return Spot(place, None, str(fault))

    def _usable(self, anchor: Anchor) -> bool:
        """True when no closed area holds the anchor."""
        return self.laid.clear(anchor.stretch, anchor.fraction, anchor.fraction)

    def _sums(self, net: Net, origins: Sequence[Spot], destinations: Sequence[Spot]) -> Sums:
        """Sums between all spots: by the nearest roads, else by those around, else across all that is
        dangerous or slow."""
        found = sweep(net, reached(net, origins), reached(net, destinations))
        known = [
            np.asarray([spot.anchor is not None for spot in side], bool) for side in (origins, destinations)
        ]
        for each in chain((net,), self._milder(net)):
            lost = (found.cost >= INF) & known[0][:, None] & known[1][None, :]
            rows, columns = (np.flatnonzero(lost.any(axis=axis)).tolist() for axis in (1, 0))
            if not rows:
                break
            sides = around(net, [origins[i] for i in rows]), around(net, [destinations[j] for j in columns])
            again = sweep(each, *sides)
            _taken(found, again, lost, (rows, columns))
        return self._straight(net, found, (origins, destinations))

    def _straight(self, net: Net, found: Sums, sides: tuple[Sequence[Spot], Sequence[Spot]]) -> Sums:
        """The sums, with the way across the ground where that is shorter than to the road and back."""
        metres = straight(net, *sides)
        near = np.isfinite(metres)
        seconds = metres[near] * net.costs.access_s_per_m
        found.cost[near] = net.cost(seconds)
        found.sums[:, near] = 0.0
        found.sums[:3, near] = seconds, seconds * net.costs.access_spread, metres[near]
        return found

    def _asked(self, net: Net) -> Asked:
        name = net.profile.name
        dry = net if self.season == "dry" else self.net(name, "dry")
        return Asked(net, dry, lambda start, end: self.whole.route(start, end, name))

    def _unreachable(self, net: Net, spots: Sequence[Spot], anchors: Sequence[Anchor]) -> Unreachable:
        why = Reasons(self._asked(net)).of(*spots)
        near = closest(net, [anchors], spots[1].place)
        if near is None:
            return Unreachable(why)
        return Unreachable(f"{why}; {near.words}", closest=near.point, short_m=near.metres)


def _taken(found: Sums, again: Sums, lost: NDArray[np.bool_], at: tuple[list[int], list[int]]) -> None:
    """Put the ways found at the second attempt, in these rows and columns, where the first found none."""
    i, j = np.ix_(*at)
    found.cost[i, j] = np.where(lost[i, j], again.cost, found.cost[i, j])
    found.sums[:, i, j] = np.where(lost[i, j], again.sums, found.sums[:, i, j])
