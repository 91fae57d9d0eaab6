"""What a plan may choose from: the casualties that wait, the vehicles, facilities and sites in question."""

from collections.abc import Sequence
from typing import NamedTuple

from casevac.casualty import Casualty, precedence
from casevac.events import Refusal, SiteRegistered, Stop
from casevac.mtf import Facility, may_take
from casevac.terms import Capability, Category, SiteKind, VehicleKind
from casevac.vehicle import Vehicle, load, why_not_free
from casevac.view import View


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


def choice(view: View, request: str) -> Choice | None:
    """What the request may be answered with; None when nobody of it waits or its place is unknown."""
    waiting, place = waiting_of(view, request), view.place_of_request(request)
    if not waiting or place is None:
        return None
    alert = view.requests[request].alert
    named = alert.value.place if alert is not None and alert.value.place else "point of injury"
    free, starts, refused = _vehicles(view, waiting)
    facilities = [one for _, one in sorted(view.picture.facilities.items()) if one.registered is not None]
    refused += [Refusal(one.card.name, "is closed") for one in facilities if not one.card.open]
    return Choice(
        request=request,
        poi=Stop(named, place.lon, place.lat, request),
        waiting=waiting,
        ground=tuple(one for one in free if one.card.vehicle_kind == VehicleKind.GROUND),
        air=tuple(one for one in free if one.card.vehicle_kind == VehicleKind.AIR),
        facilities=tuple(one for one in facilities if one.card.open),
        sites=_meeting_sites(view),
        starts=starts,
        refused=tuple(refused),
    )


def waiting_of(view: View, request: str) -> tuple[Casualty, ...]:
    """Casualties of the request who wait without a plan, most urgent first.

    The dead are planned for only when nobody living waits.
    """
    all_of_it = (view.picture.casualties[zap] for zap in view.of_request.get(request, ()))
    waiting = [one for one in all_of_it if one.waits and view.chain_of(one) is None]
    living = [one for one in waiting if one.triage != Category.DEAD]
    return tuple(sorted(living or waiting, key=precedence))


def needs_of(view: View, casualties: Sequence[Casualty]) -> tuple[Capability, ...]:
    """Everything that any of them needs, in a fixed order."""
    wanted = {need for one in casualties for need in one.needs(view.profile)}
    return tuple(need for need in Capability if need in wanted)


def against(view: View, facility: Facility, casualties: Sequence[Casualty]) -> list[str]:
    """Reasons against bringing these casualties to the facility."""
    free = view.free_beds(facility) - len(view.inbound.get(facility.id, ()))
    return may_take(facility, needs_of(view, casualties), free, len(casualties))


def _vehicles(
    view: View, waiting: Sequence[Casualty]
) -> tuple[list[Vehicle], dict[str, Stop], list[Refusal]]:
    free: list[Vehicle] = []
    starts: dict[str, Stop] = {}
    refused: list[Refusal] = []
    for key, one in sorted(view.picture.vehicles.items()):
        if one.registered is None:
            continue
        why = why_not_free(one, view.task_of(one), view.aboard.get(key, ()))
        start = start_of(view, one)
        if start is None:
            why.append("has never reported a position and has no home")
        if not load(one, waiting)[0]:
            why.append("has no place for any of them")
        if why or start is None:
            refused.append(Refusal(one.card.callsign, "; ".join(why)))
            continue
        free.append(one)
        starts[key] = start
    return free, starts, refused


def start_of(view: View, one: Vehicle) -> Stop | None:
    """Where the vehicle is: its latest position, else its home, else None."""
    card, fix = one.card, view.positions.get(one.id)
    if fix is not None:
        return Stop(card.callsign, fix.lon, fix.lat, one.id)
    if card.home_lon is None or card.home_lat is None:
        return None
    return Stop(card.home_name or card.callsign, card.home_lon, card.home_lat, one.id)


def _meeting_sites(view: View) -> tuple[SiteRegistered, ...]:
    kinds = (SiteKind.LANDING, SiteKind.EXCHANGE)
    return tuple(
        said.value for _, said in sorted(view.picture.sites.items()) if said.value.site_kind in kinds
    )
