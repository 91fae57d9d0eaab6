"""What a plan may choose from: the casualties that wait, the vehicles, facilities and sites in question."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from casevac.authority import why_not_eligible
from casevac.casualty import Casualty, precedence
from casevac.events import Refusal, SiteRegistered, Stop
from casevac.mtf import Facility, Verdict, closed, may_take
from casevac.position import Fix
from casevac.quality import spread_m
from casevac.site import cards
from casevac.terms import Capability, Equipment, VehicleKind, VehicleState
from casevac.vehicle import Trip, Vehicle, load, unfit, why_not_free
from casevac.view import View
from casevac.words import km
from geo.lonlat import LonLat, distance_m


class Choice(NamedTuple):
    """Everything one request may be answered with, refused means with their reasons."""

    request: str
    poi: Stop
    waiting: tuple[Casualty, ...]  # most urgent first
    ground: tuple[Vehicle, ...]
    air: tuple[Vehicle, ...]
    facilities: tuple[Facility, ...]  # all that are registered and open; needs are judged a load at a time
    sites: tuple[SiteRegistered, ...]
    starts: dict[str, Stop]  # where each vehicle is now, or its home
    refused: tuple[Refusal, ...]
    held: tuple[tuple[Vehicle, tuple[Casualty, ...]], ...] = ()  # who has casualties of it aboard already

    @property
    def held_by(self) -> dict[str, tuple[Casualty, ...]]:
        """The casualties aboard, by vehicle."""
        return {one.id: aboard for one, aboard in self.held}

    @property
    def movable(self) -> tuple[Casualty, ...]:
        """Who can be brought on by this choice: those aboard, else those who wait."""
        aboard = (one for _, load in self.held for one in load)
        return tuple(sorted(aboard, key=precedence)) if self.held else self.waiting

    @property
    def all(self) -> tuple[Casualty, ...]:
        """Everyone to be brought on, most urgent first."""
        aboard = (one for _, load in self.held for one in load)
        return tuple(sorted((*self.waiting, *aboard), key=precedence))


def choice(view: View, request: str) -> Choice | None:
    """What the request may be answered with; None when nobody of it waits or its place is unknown.

    When nobody waits at the scene any more, those who wait in a facility that cannot do all they need; when
    there is none either, those whom a vehicle carries without a plan.
    """
    waiting, poi = waiting_of(view, request), scene_of(view, request)
    if not waiting:
        waiting, poi = _going_on(view, request)
    held = () if waiting else _carried_on(view, request)
    if held:
        poi = start_of(view, held[0][0])
    if not (waiting or held) or poi is None:
        return None
    free, starts, refused = vehicles_for(view, waiting or [one for _, load in held for one in load], poi)
    starts |= {one.id: start_of(view, one) or poi for one, _ in held}
    facilities, shut = usable_facilities(view)
    anything = Choice(
        request=request,
        poi=poi,
        waiting=waiting,
        ground=(),
        air=(),
        facilities=tuple(facilities),
        sites=(),
        starts=starts,
        refused=(*refused, *shut, *outside(view, request)),
        held=held,
    )
    return with_sites(view, anything, [one for one in free if one.id not in anything.held_by])


def _carried_on(view: View, request: str) -> tuple[tuple[Vehicle, tuple[Casualty, ...]], ...]:
    """Those of the request aboard vehicles that nobody gave a plan, as after a denial in flight."""
    if _stood_down(view, request):
        return ()
    mine = [view.picture.casualties[zap] for zap in view.of_request.get(request, ())]
    lost = sorted(
        (one for one in mine if one.vehicle and not one.gone and view.chain_of(one) is None), key=precedence
    )
    vehicles = [view.picture.vehicles[key] for key in dict.fromkeys(one.vehicle for one in lost)]
    free = [one for one in vehicles if not ((task := view.task_of(one)) and task.running)]
    return tuple((one, tuple(c for c in lost if c.vehicle == one.id)) for one in free if start_of(view, one))


def scene_of(view: View, request: str) -> Stop | None:
    """Where those of the request wait who are still where they were hurt; None: nobody told."""
    place, known = view.place_of_request(request), view.requests.get(request)
    if place is None or known is None:
        return None
    return Stop(known.place_name or "point of injury", place.lon, place.lat, request)


def _stood_down(view: View, request: str) -> bool:
    return request in view.requests and view.requests[request].stood_down is not None


def _going_on(view: View, request: str) -> tuple[tuple[Casualty, ...], Stop | None]:
    """Those of the request who must go on from the facility that has the most urgent of them."""
    waiting = going_on(view, request)
    if not waiting:
        return (), None
    door = waiting[0][1]
    return tuple(one for one, at in waiting if at.id == door.id), door


def going_on(view: View, request: str) -> list[tuple[Casualty, Stop]]:
    """Those of the request who are in a facility that cannot do all they need, with its door."""
    if _stood_down(view, request):
        return []
    all_of_it = (view.picture.casualties[zap] for zap in view.of_request.get(request, ()))
    waiting = sorted((one for one in all_of_it if view.must_go_on(one)), key=precedence)
    cards = [(one, view.picture.facilities[one.facility].card) for one in waiting]
    return [(one, Stop(card.name, card.lon, card.lat, card.id)) for one, card in cards]


def with_sites(view: View, choice: Choice, free: Sequence[Vehicle]) -> Choice:
    """The choice with these vehicles and every site."""
    return choice._replace(
        ground=tuple(one for one in free if one.card.vehicle_kind == VehicleKind.GROUND),
        air=tuple(one for one in free if one.card.vehicle_kind == VehicleKind.AIR),
        sites=tuple(cards(view.picture.sites, view.picture.site_words).values()),
    )


def usable_facilities(view: View) -> tuple[list[Facility], list[Refusal]]:
    """Registered facilities that are open, and the others refused."""
    known = [one for _, one in sorted(view.picture.facilities.items()) if one.registered is not None]
    refused = [Refusal(one.card.name, why) for one in known if (why := closed(one))]
    return [one for one in known if not closed(one)], refused


def waiting_of(view: View, request: str) -> tuple[Casualty, ...]:
    """Casualties of the request who wait without a plan, most urgent first.

    The dead are planned for only when nobody living waits. Nobody of a request that was stood down
    waits, nor anybody from outside the mission on whom nobody decided yet.
    """
    waiting = [one for one in left_of(view, request) if not why_not_eligible(view.profile, one)]
    living = [one for one in waiting if one.lives]
    return tuple(sorted(living or waiting, key=precedence))


def left_of(view: View, request: str) -> tuple[Casualty, ...]:
    """Casualties of the request who are where they were hurt, in no running chain, and not gone."""
    known = view.requests.get(request)
    if known is None or known.stood_down is not None:
        return ()
    all_of_it = (view.picture.casualties[zap] for zap in view.of_request.get(request, ()))
    return tuple(one for one in all_of_it if one.waits and not one.gone and view.chain_of(one) is None)


def outside(view: View, request: str) -> list[Refusal]:
    """Casualties of the request who wait for a decision whether the mission evacuates them."""
    found = ((one.id, why_not_eligible(view.profile, one)) for one in left_of(view, request))
    return [Refusal(zap, why) for zap, why in sorted(found) if why]


def nobody(view: View, request: str) -> str:
    """Why nothing can be planned for the request, in words."""
    why = "; ".join(f"{one.what} {one.why}" for one in outside(view, request))
    return f"nobody of request {request} waits for a vehicle" + (f": {why}" if why else "")


def needs_of(view: View, casualties: Sequence[Casualty]) -> tuple[Capability, ...]:
    """Everything that any of them needs, in a fixed order."""
    wanted = {need for one in casualties for need in one.needs(view.profile)}
    return tuple(need for need in Capability if need in wanted)


def equipment_for(view: View, casualties: Sequence[Casualty], one: Vehicle) -> tuple[Equipment, ...]:
    """What the vehicle must have aboard to carry these casualties: by their needs, and by line 4 of the
    9-line of their requests. A hoist is asked of aircraft only."""
    lines = (
        view.requests[key].nine_line for key in {each.request_id for each in casualties} & set(view.requests)
    )
    wanted = {item for nine in lines if nine is not None for item in nine.equipment or ()}
    if Capability.VENT in needs_of(view, casualties):
        wanted.add(Equipment.VENTILATOR)
    if one.card.vehicle_kind != VehicleKind.AIR:
        wanted.discard(Equipment.HOIST)
    return tuple(item for item in Equipment if item in wanted and item != Equipment.OTHER)


def against(
    view: View,
    facility: Facility,
    casualties: Sequence[Casualty],
    needs: Sequence[Capability] | None = None,
) -> list[str]:
    """Reasons against bringing these casualties to the facility now, for these needs or for all of theirs."""
    return verdict(view, facility, casualties, view.now, needs).against


def risks(view: View, facility: Facility, casualties: Sequence[Casualty], at: datetime) -> list[str]:
    """What may go wrong when these casualties arrive at the facility at an instant."""
    return verdict(view, facility, casualties, at).risks


def verdict(
    view: View,
    facility: Facility,
    casualties: Sequence[Casualty],
    at: datetime,
    needs: Sequence[Capability] | None = None,
) -> Verdict:
    """Whether the facility may take these casualties at an instant; a bed that is kept for one is its own."""
    over = view.wards.overbooked(facility) if facility.id in view.wards.kept else set[str]()
    served = {one.told.casualty for one in view.wards.kept.get(facility.id, ()) if one.id not in over}
    bedless = [one for one in casualties if one.id not in served]
    here = view.standing(facility, [one.id for one in bedless])
    wanted = [one.needs(view.profile) if needs is None else needs for one in casualties]
    left = [one.needs(view.profile) if needs is None else needs for one in bedless]
    return may_take(here, wanted, at, left)


def beds_free(view: View, facility: Facility) -> int | None:
    """Beds of all kinds that are free when everyone reserved or on the way has come; None: nobody told."""
    left = [room.left for room in view.standing(facility).rooms.values() if room.left is not None]
    return sum(left) if left else None


def vehicles_for(
    view: View, waiting: Sequence[Casualty], poi: Stop, chain: str = ""
) -> tuple[list[Vehicle], dict[str, Stop], list[Refusal]]:
    """Vehicles that may be sent, where each starts, and the others with the reason.

    Those that work for the chain count as free.
    """
    free: list[Vehicle] = []
    starts: dict[str, Stop] = {}
    refused: list[Refusal] = []
    for key, one in sorted(view.picture.vehicles.items()):
        if one.registered is None:
            continue
        task = view.task_of(one)
        mine = bool(chain) and task is not None and task.running and task.chain == chain
        why = [] if mine else why_not_free(one, task, view.aboard.get(key, ()))
        if mine and view.vehicle_state(one) == VehicleState.OUT_OF_SERVICE:
            why.append("is out of service")
        if view.awaiting.get(key) not in (None, chain or None):
            why.append(f"is kept for chain {view.awaiting[key]}, whose launch is not approved yet")
        start = start_of(view, one)
        if start is None:
            fix = view.positions.get(key)
            vague = (
                "has never reported a position" if fix is None else f"is known to {km(spread_m(fix))} only"
            )
            why.append(f"{vague} and has no home")
        if not load(one, waiting)[0]:
            why.append("has no place for any of them")
        if start is not None:
            way = distance_m(LonLat(start.lon, start.lat), LonLat(poi.lon, poi.lat))
            trip = Trip(way, equipment=equipment_for(view, waiting, one))
            why += unfit(one, trip, view.profile, view.now)
        if why or start is None:
            refused.append(Refusal(one.card.callsign, "; ".join(why)))
            continue
        free.append(one)
        starts[key] = start
    return free, starts, refused


def start_of(view: View, one: Vehicle) -> Stop | None:
    """Where the vehicle is: its latest position when that is known well enough, else its home, else None."""
    card, fix = one.card, placed(view, one.id)
    if fix is not None:
        return Stop(card.callsign, fix.lon, fix.lat, one.id)
    if card.home_lon is None or card.home_lat is None:
        return None
    return Stop(card.home_name or card.callsign, card.home_lon, card.home_lat, one.id)


def placed(view: View, vehicle: str) -> Fix | None:
    """The latest position of a vehicle; None when there is none, or one too vague to send it from there."""
    fix = view.positions.get(vehicle)
    return None if fix is None or spread_m(fix) > view.profile.fixes.refused_m else fix
