"""What a hazard would do to the chains under way, before anybody reports it: nothing is stored."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from casevac import hazard
from casevac.board import bounded
from casevac.chain import Arrival, Chain, Progress, forecast, share_done
from casevac.drawn import points
from casevac.duty import Hazard
from casevac.entities_means import hazard as hazard_json
from casevac.events import Event, HazardReported, Leg
from casevac.hour import by_light
from casevac.ids import Mint
from casevac.passing import Journey, Path, passings
from casevac.picture import Picture
from casevac.plain import Json, instant
from casevac.stamp import Said
from casevac.telling import tell
from casevac.terms import LegState, Mode
from casevac.travel import LITTER
from casevac.view import View
from casevac.words import minutes
from geo.air import Airspace, Flight, flight
from geo.errors import GeoError
from geo.foot import Carry, carry
from geo.hazards import Hazard as OnRoads
from geo.hazards import laid
from geo.lonlat import LonLat
from geo.roads import Roads
from geo.routing import Route, Router

_WORTH_SAYING_S = 1.0


class Detour(NamedTuple):
    """What a leg would become: seconds and metres more than without, or why there is no way at all."""

    leg: Leg
    later_s: float
    later_p90_s: float
    farther_m: float
    exposure_s: float  # seconds in threat zones more than without
    why_not: str = ""
    path: Path = ()  # the way as it would be, from where the vehicle is

    @property
    def changes(self) -> bool:
        """True when somebody would notice."""
        told = (self.later_s, self.farther_m, self.exposure_s)
        return bool(self.why_not) or any(abs(one) >= _WORTH_SAYING_S for one in told)


class Touched(NamedTuple):
    """A chain that would change: when it arrives at its facility now and then (None: it would not)."""

    chain: str
    detours: tuple[Detour, ...]
    arrive_at: Arrival
    then: Arrival | None

    @property
    def words(self) -> tuple[str, ...]:
        """A line for each leg that would change."""
        return tuple(map(_words, self.detours))


class Preview(NamedTuple):
    """What a hazard would do: chains that it changes, those that it leaves, whether it touches a road."""

    told: HazardReported
    changed: tuple[Touched, ...]
    unchanged: tuple[str, ...]
    on_roads: bool


def preview(view: View, router: Router, told: HazardReported, author: str = "") -> Preview:
    """What would change if this were reported now; whoever is past it before `since` is left as he is.

    With its id to be and its author the network under it is the very one that its report will ask for: the
    router keeps it, and whoever reports what he has seen previewed waits for nothing.
    """
    one = Hazard(told.id or "new", Said(told, (view.now, 0, 0, 0, "")), author=author)
    ways = _Ways(view, router, one)
    found = [_touched(ways, chain) for chain in _running(view)]
    changed = tuple(each for each in found if each is not None)
    names = {each.chain for each in changed}
    return Preview(
        told, changed, tuple(one.id for one in _running(view) if one.id not in names), ways.on_roads
    )


def off_roads(picture: Picture, roads: Roads, events: Iterable[Event]) -> list[str]:
    """Of what was just told the hazards that touch no road, though they are told of roads; in words."""
    said = [event.body for event in events if isinstance(event.body, HazardReported)]
    on_land = [told for told in said if hazard.binds(told, (Mode.GROUND, Mode.FOOT))]
    known = ((told, picture.hazards.get(told.id)) for told in on_land)
    found = ((told, hazard.on_roads(one, picture.mission.profile)) for told, one in known if one is not None)
    return [
        f"{hazard.named(told)} touches no road: is it where you meant?"
        for told, one in found
        if one is not None and laid(roads, [one]).idle
    ]


def _running(view: View) -> list[Chain]:
    return [chain for key, chain in sorted(view.picture.chains.items()) if view.chain_status[key] == "active"]


class _Ways:
    """Ways as they are and as they would be."""

    def __init__(self, view: View, router: Router, one: Hazard) -> None:
        self.view, self.one = view, one
        picture = replace(view.picture, hazards={one.id: one})
        self.alone = View(picture, view.now)  # a picture of nothing but the hazard
        extra = hazard.on_roads(one, view.profile)
        self._router, self._laid = router, dict[Mode, tuple[list[OnRoads], list[OnRoads]]]()
        told = one.reported.value if one.reported is not None else None
        for mode, modes in ((Mode.GROUND, hazard.DRIVING), (Mode.FOOT, hazard.WALKING)):
            known = [each for each in hazard.laid(view.picture, view.now, *modes) if each.id != one.id]
            more = [extra] if extra is not None and told is not None and hazard.binds(told, modes) else []
            self._laid[mode] = known, [*known, *more]
        others = {key: each for key, each in view.picture.hazards.items() if key != one.id}
        closed = hazard.areas(replace(view.picture, hazards=others), view.now, Mode.AIR)
        area = hazard.outlined(told) if told is not None and hazard.binds(told, (Mode.AIR,)) else None
        self._skies = Airspace(closed), Airspace((*closed, area) if area is not None else closed)
        self.on_roads = extra is not None and not laid(router.roads, [extra]).idle

    def meets(self, leg: Leg, path: Path, when: Arrival) -> bool:
        """True when the hazard lies on a path travelled then, and not only before or after."""
        way = Journey(leg.mode, path, when, leg.vehicle, leg.end.name)
        return any(one.begins_before for one in passings(self.alone, way))

    def detour(self, leg: Leg, start: LonLat, when: Arrival) -> Detour | None:
        """What becomes of a leg from a place on; None when nothing does."""
        try:
            before = self._way(0, leg, start)
        except GeoError:  # there is no way as it is: nothing more can be lost
            return None
        if not self.meets(leg, before.path, when):
            return None
        try:
            after = self._way(1, leg, start)
        except GeoError as fault:
            return Detour(leg, 0.0, 0.0, 0.0, 0.0, str(fault))
        return Detour(
            leg, after.seconds_p50 - before.seconds_p50, after.seconds_p90 - before.seconds_p90,
            after.metres - before.metres, _exposure_s(after) - _exposure_s(before), path=points(after.path),
        )  # fmt: skip

    def _way(self, which: int, leg: Leg, start: LonLat) -> Route | Carry | Flight:
        """The way as it is (0) or as it would be (1)."""
        if leg.mode == Mode.AIR:
            return self._flown(self._skies[which], leg, start)
        end = LonLat(leg.end.lon, leg.end.lat)
        router = by_light(self._router, start, self.view.now).under(self._laid[leg.mode][which])
        if leg.mode == Mode.FOOT:
            return carry(router, start, end, LITTER)
        return router.route(start, end, self.view.picture.vehicles[leg.vehicle].card.profile)

    def _flown(self, sky: Airspace, leg: Leg, start: LonLat) -> Flight:
        """What is left of a flight; that it may fly at this hour was seen to when it was planned."""
        profile = self._router.profiles[self.view.picture.vehicles[leg.vehicle].card.profile]
        return flight(start, LonLat(*leg.path[-1]), profile, airspace=sky)


def _exposure_s(way: Route | Carry | Flight) -> float:
    return way.exposed_s if isinstance(way, Flight) else way.exposure_s


def _touched(ways: _Ways, chain: Chain) -> Touched | None:
    """The chain as it would be; None when nothing of it changes."""
    view = ways.view
    done, arrivals = view.travelled(chain)
    found: dict[int, Detour] = {}
    for index, (leg, so_far, at) in enumerate(zip(chain.plan.legs, done, arrivals, strict=True)):
        if so_far.state == LegState.DONE or (
            leg.mode == Mode.GROUND and leg.vehicle not in view.picture.vehicles
        ):
            continue
        detour = ways.detour(leg, _from(view, leg, so_far), at)
        if detour is not None and detour.changes:
            found[index] = detour
    if not found:
        return None
    last = _last(chain, arrivals)
    then = None
    if not any(one.why_not for one in found.values()):
        legs = [_longer(view, leg, done[i], found.get(i)) for i, leg in enumerate(chain.plan.legs)]
        after = forecast(legs, done, view.positions, view.profile, view.now)
        then = after[last]
    return Touched(chain.id, tuple(found.values()), arrivals[last], then)


def _last(chain: Chain, arrivals: Sequence[Arrival]) -> int:
    """The leg that arrives last with casualties."""
    carrying = [i for i, leg in enumerate(chain.plan.legs) if leg.casualties] or [len(arrivals) - 1]
    return max(carrying, key=lambda i: (arrivals[i].p50_at, i))


def _from(view: View, leg: Leg, so_far: Progress) -> LonLat:
    fix = view.positions.get(leg.vehicle)
    if so_far.state == LegState.STARTED and fix is not None:
        return LonLat(fix.lon, fix.lat)
    return LonLat(leg.start.lon, leg.start.lat)


def _longer(view: View, leg: Leg, so_far: Progress, detour: Detour | None) -> Leg:
    """The leg with the seconds of its detour; of one under way what is left of it takes them."""
    if detour is None:
        return leg
    left, fix = 1.0, view.positions.get(leg.vehicle)
    if so_far.state == LegState.STARTED and fix is not None:
        left = max(0.01, 1.0 - share_done(leg.path, fix.lon, fix.lat))
    p50, p90 = detour.later_s / left, detour.later_p90_s / left
    return replace(
        leg, seconds_p50=max(0.0, leg.seconds_p50 + p50), seconds_p90=max(0.0, leg.seconds_p90 + p90)
    )


def _words(one: Detour) -> str:
    where = f"{one.leg.vehicle} to {one.leg.end.name}"
    if one.why_not:
        return f"{where}: no way left: {one.why_not}"
    said = [f"{minutes(abs(one.later_s))} {'later' if one.later_s > 0 else 'sooner'}"]
    said += [f"{abs(one.farther_m) / 1000:.1f} km {'farther' if one.farther_m > 0 else 'less'}"]
    if abs(one.exposure_s) >= _WORTH_SAYING_S:
        said.append(
            f"{minutes(abs(one.exposure_s))} {'more' if one.exposure_s > 0 else 'less'} in threat zones"
        )
    return f"{where}: {', '.join(said)}"


# --- from words, and as JSON values


def foreseen(view: View, router: Router, fields: Mapping[str, Any], author: str = "") -> Preview:
    """What a hazard told in these fields by this author would do; raises whatever telling it would raise."""
    mint = Mint(lambda: "", lambda letter: f"{letter}-PREVIEW")
    told = next(one for one in tell(view, "hazard_reported", fields, mint) if isinstance(one, HazardReported))
    hazard.in_place(told, router.roads)
    bound = replace(told, since=bounded(told.since), until=bounded(told.until))
    return preview(view, router, bound, author)


def preview_json(view: View, found: Preview) -> Json:
    """The hazard, and each chain it changes with its arrival now and then; null: it would not come."""
    one = Hazard(found.told.id, Said(found.told, (view.now, 0, 0, 0, "")))
    return {
        "hazard": hazard_json(view, one),
        "touches_roads": found.on_roads,
        "changed": [_touched_json(view, each) for each in found.changed],
        "unchanged": list(found.unchanged),
    }


def _touched_json(view: View, one: Touched) -> Json:
    plan = view.picture.chains[one.chain].plan
    now, then = one.arrive_at, one.then
    return {
        "chain": one.chain,
        "request": plan.request,
        "facility": plan.facility,
        "arrive_p50_at": instant(now.p50_at),
        "arrive_p90_at": instant(now.p90_at),
        "then_p50_at": instant(then.p50_at) if then else None,
        "then_p90_at": instant(then.p90_at) if then else None,
        "later_s": round((then.p50_at - now.p50_at).total_seconds(), 1) if then else None,
        "words": list(one.words),
        "legs": [_detour_json(each) for each in one.detours],
    }


def _detour_json(one: Detour) -> Json:
    """A leg that would change; its numbers are null where there would be no way."""
    numbers = (one.later_s, one.farther_m, one.exposure_s)
    later, farther, exposure = (None if one.why_not else round(each, 1) for each in numbers)
    return {
        "vehicle": one.leg.vehicle,
        "mode": one.leg.mode.value,
        "to": one.leg.end.name,
        "later_s": later,
        "farther_m": farther,
        "exposure_s": exposure,
        "why_not": one.why_not or None,
        "path": [list(each) for each in one.path],
    }
