"""Drafts of an answer: every sensible way by ground, and by ground and air, as legs in time."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain as joined
from typing import NamedTuple

from msgspec.structs import replace

from casevac import chain
from casevac.casualty import Casualty, precedence
from casevac.events import Leg, SiteRegistered, Stop
from casevac.fleet import Choice, against
from casevac.mtf import Facility
from casevac.terms import LegState, Mode, Purpose, VehicleKind
from casevac.travel import POI, TRANSFER, Hop, Travel, facility_key, site_key, vehicle_key
from casevac.vehicle import Vehicle, load
from casevac.view import View

LEADS = 4  # vehicles tried as the first to go
MEETINGS = 4  # sites tried for one aircraft
LANDING_NEAR_M = 10_000.0  # a facility is served by a landing site within this way


class Carrier(NamedTuple):
    """A vehicle, the casualties it takes, its way to them and its way on with them."""

    vehicle: Vehicle
    casualties: tuple[Casualty, ...]
    come: Hop
    away: Hop


class Landing(NamedTuple):
    """Where an aircraft lands for a facility, and the way from there to its door."""

    site: SiteRegistered
    drive: Hop


class Flight(NamedTuple):
    """An aircraft meets the team at a site and flies on to the landing site of the facility."""

    aircraft: Vehicle
    meeting: SiteRegistered
    landing: Landing
    come: Hop
    away: Hop


class Draft(NamedTuple):
    """One feasible answer before it is scored; without a flight the team drives to the facility."""

    team: tuple[Carrier, ...]
    facility: Facility
    flight: Flight | None = None

    @property
    def casualties(self) -> tuple[Casualty, ...]:
        """Everyone it takes, most urgent first."""
        return tuple(sorted((one for carrier in self.team for one in carrier.casualties), key=precedence))

    @property
    def vehicles(self) -> tuple[Vehicle, ...]:
        """Everyone who goes."""
        return tuple(carrier.vehicle for carrier in self.team) + (
            (self.flight.aircraft,) if self.flight else ()
        )

    @property
    def signature(self) -> tuple[str, ...]:
        """Who goes where: breaks ties, the same for the same answer."""
        meeting = self.flight.meeting.id if self.flight else ""
        return (self.facility.id, meeting, *(one.id for one in self.vehicles))

    @property
    def manner(self) -> tuple[str, bool]:
        """Where to and whether by air: answers that differ in it are truly different."""
        return self.facility.id, self.flight is not None


def drafts(view: View, wanted: Choice, travel: Travel) -> list[Draft]:
    """Every draft, by facility; the nearest vehicles are tried as the first to go."""
    return list(
        joined.from_iterable(
            joined(
                _by_ground(view, wanted, travel, facility),
                _by_air(view, wanted, travel, facility),
            )
            for facility in wanted.facilities
        )
    )


def acceptable(view: View, facility: Facility, waiting: Sequence[Casualty]) -> tuple[Casualty, ...]:
    """As many of the waiting, most urgent first, as the facility may take together."""
    taken: tuple[Casualty, ...] = ()
    for one in waiting:
        if not against(view, facility, (*taken, one)):
            taken = (*taken, one)
    return taken


def landing_of(wanted: Choice, travel: Travel, facility: str) -> Landing | None:
    """The site nearest to the facility in time where an aircraft can land for it."""
    ways = [(site, travel.hop(TRANSFER, site_key(site.id), facility_key(facility))) for site in wanted.sites]
    near = [Landing(site, hop) for site, hop in ways if hop is not None and hop.metres <= LANDING_NEAR_M]
    return min(near, key=lambda one: (one.drive.seconds_p50, one.site.id), default=None)


def _by_ground(view: View, wanted: Choice, travel: Travel, facility: Facility) -> Iterator[Draft]:
    taken = acceptable(view, facility, wanted.waiting)
    for team in _teams(wanted, travel, taken, facility_key(facility.id)):
        yield Draft(team, facility)


def _by_air(view: View, wanted: Choice, travel: Travel, facility: Facility) -> Iterator[Draft]:
    landing = landing_of(wanted, travel, facility.id)
    if landing is None:
        return
    taken = acceptable(view, facility, wanted.waiting)
    for aircraft in wanted.air:
        aboard, _ = load(aircraft, taken)
        for flight in _flights(wanted, travel, aircraft, landing):
            for team in _teams(wanted, travel, aboard, site_key(flight.meeting.id)):
                yield Draft(team, facility, flight)


def _flights(wanted: Choice, travel: Travel, aircraft: Vehicle, landing: Landing) -> list[Flight]:
    """The flights of one aircraft over the sites where it and the casualties can be soonest."""
    flies = aircraft.card.profile
    found: list[tuple[float, str, Flight]] = []
    for site in wanted.sites:
        come = travel.hop(flies, vehicle_key(aircraft.id), site_key(site.id))
        away = travel.hop(flies, site_key(site.id), site_key(landing.site.id))
        bring = _soonest(wanted, travel, site_key(site.id))
        if site.id != landing.site.id and come is not None and away is not None and bring is not None:
            soonest = max(come.seconds_p50, bring) + away.seconds_p50
            found.append((soonest, site.id, Flight(aircraft, site, landing, come, away)))
    return [flight for _, _, flight in sorted(found, key=lambda row: row[:2])[:MEETINGS]]


def _soonest(wanted: Choice, travel: Travel, end: str) -> float | None:
    """Seconds in which the soonest ground vehicle can bring casualties to this stop."""
    ways = [_ways(travel, one, end) for one in wanted.ground]
    return min((come.seconds_p50 + away.seconds_p50 for come, away in filter(None, ways)), default=None)


def _ways(travel: Travel, one: Vehicle, end: str) -> tuple[Hop, Hop] | None:
    """A vehicle's way to the casualties and on to this stop; None when either is missing."""
    come = travel.hop(one.card.profile, vehicle_key(one.id), POI)
    away = travel.hop(one.card.profile, POI, end)
    return None if come is None or away is None else (come, away)


def _teams(
    wanted: Choice, travel: Travel, casualties: Sequence[Casualty], end: str
) -> Iterator[tuple[Carrier, ...]]:
    """For each of the first vehicles: it and, while somebody has no place, the next soonest."""
    able: Mapping[str, tuple[Hop, Hop]] = {
        one.id: ways for one in wanted.ground if (ways := _ways(travel, one, end)) is not None
    }
    soonest = sorted(
        (one for one in wanted.ground if one.id in able),
        key=lambda one: (able[one.id][0].seconds_p50, one.id),
    )
    for lead in soonest[:LEADS] if casualties else ():
        yield tuple(_team([lead, *(one for one in soonest if one is not lead)], casualties, able))


def _team(
    order: Sequence[Vehicle], casualties: Sequence[Casualty], able: Mapping[str, tuple[Hop, Hop]]
) -> Iterator[Carrier]:
    left = tuple(casualties)
    for one in order:
        taken, left = load(one, left)
        if taken:
            yield Carrier(one, taken, *able[one.id])
        if not left:
            return


# --- legs


def legs_of(view: View, wanted: Choice, draft: Draft) -> tuple[Leg, ...]:
    """The legs of a draft with the instants at which they depart and arrive when all start now.

    Their paths are straight until the caller draws them.
    """
    end = _door(draft.facility) if draft.flight is None else _meet(draft.flight.meeting)
    on = Purpose.TO_FACILITY if draft.flight is None else Purpose.TO_EXCHANGE
    legs: list[Leg] = []
    for carrier in draft.team:
        start = wanted.starts[carrier.vehicle.id]
        legs.append(_leg(view, carrier.vehicle, Purpose.TO_PICKUP, (start, wanted.poi), carrier.come))
        carrying = _leg(view, carrier.vehicle, on, (wanted.poi, end), carrier.away)
        legs.append(_with(carrying, carrier.casualties))
    if draft.flight is not None:
        legs += _flown(view, wanted, draft, draft.flight)
    return timed(view, legs)


def _flown(view: View, wanted: Choice, draft: Draft, flight: Flight) -> list[Leg]:
    """The aircraft's legs; the drive from its landing site to the door is part of the second."""
    aircraft, meeting, drive = flight.aircraft, _meet(flight.meeting), flight.landing.drive
    whole = Hop(
        flight.away.seconds_p50 + drive.seconds_p50,
        flight.away.seconds_p90 + drive.seconds_p90,
        flight.away.metres + drive.metres,
    )
    ends = (meeting, _door(draft.facility))
    come = _leg(view, aircraft, Purpose.TO_EXCHANGE, (wanted.starts[aircraft.id], meeting), flight.come)
    carrying = _with(_leg(view, aircraft, Purpose.TO_FACILITY, ends, whole), draft.casualties)
    site, (first, last) = flight.landing.site, carrying.path
    return [come, replace(carrying, path=(first, (site.lon, site.lat), last))]


def _with(leg: Leg, casualties: Sequence[Casualty]) -> Leg:
    return replace(leg, casualties=tuple(one.id for one in casualties))


def _meet(site: SiteRegistered) -> Stop:
    return Stop(site.name, site.lon, site.lat, site.id)


def _door(facility: Facility) -> Stop:
    return Stop(facility.card.name, facility.card.lon, facility.card.lat, facility.id)


def _leg(view: View, one: Vehicle, purpose: Purpose, ends: tuple[Stop, Stop], way: Hop) -> Leg:
    start, end = ends
    return Leg(
        mode=Mode.AIR if one.card.vehicle_kind == VehicleKind.AIR else Mode.GROUND,
        vehicle=one.id,
        purpose=purpose,
        start=start,
        end=end,
        path=((start.lon, start.lat), (end.lon, end.lat)),
        metres=way.metres,
        seconds_p50=way.seconds_p50,
        seconds_p90=way.seconds_p90,
        depart_at=view.now,
        arrive_p50_at=view.now,
        arrive_p90_at=view.now,
    )


def timed(view: View, legs: Sequence[Leg]) -> tuple[Leg, ...]:
    """The legs with the instants at which they depart and arrive when all start now."""
    planned = [chain.Progress(LegState.PLANNED)] * len(legs)
    arrivals = chain.forecast(legs, planned, {}, view.profile, view.now)
    return tuple(
        replace(leg, depart_at=at.depart_at, arrive_p50_at=at.p50_at, arrive_p90_at=at.p90_at)
        for leg, at in zip(legs, arrivals, strict=True)
    )
