"""The facilities that can treat these needs, soonest first by road or air, and why the others cannot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from casevac import hazard
from casevac.casualty import Casualty
from casevac.clock import Expected
from casevac.daylight import is_night
from casevac.drafts import Able, Desk, able
from casevac.errors import BadMessage
from casevac.events import Stop, VehicleRegistered
from casevac.fleet import Choice, vehicles_for, with_sites
from casevac.hour import roads
from casevac.mtf import Facility, may_take
from casevac.network import Part, landing_of, stop_of, ways
from casevac.roadbook import travel
from casevac.stamp import Said
from casevac.surgery import Slot, slots
from casevac.terms import Capability, Mode, VehicleKind
from casevac.travel import POI, facility_key
from casevac.vehicle import Vehicle
from casevac.view import View
from casevac.words import clock_time, km, minutes
from geo.errors import GeoError
from geo.lonlat import LonLat
from geo.routing import Route, Router

EITHER = (Mode.GROUND, Mode.AIR)
SOMEBODY = Casualty("nearest")  # who is to be brought: of whom only the needs are known


@dataclass(frozen=True)
class Search:
    """Where somebody is with which needs, and by what means: `profile` of who drives, `modes` of EITHER.

    with_patient: a vehicle of each kind is there already, aircraft at the landing site, so no way to the
    patient is counted; else the mission's own free vehicles come from where they are.
    """

    place: LonLat
    needs: tuple[Capability, ...]
    k: int = 3
    profile: str = "ambulance"
    modes: tuple[Mode, ...] = EITHER
    with_patient: bool = True


class Ride(NamedTuple):
    """One leg of a way: seconds of travel, metres; `vehicle` is empty for any of the profile."""

    mode: Mode
    vehicle: str
    profile: str
    start: Stop
    end: Stop
    seconds_p50: float
    seconds_p90: float
    metres: float
    exposure_s: float = 0.0


@dataclass(frozen=True)
class Near:
    """A facility as seen from a place: times are None and reasons given where it cannot be used.

    seconds from now, metres travelled with the patient; `route` is the way by road of those asked for by
    number, also where `mode` says that flying is sooner. `notes` say how and when, in words.
    """

    facility: Facility
    seconds_p50: float | None
    seconds_p90: float | None
    metres: float | None
    arrive_p50_at: datetime | None
    arrive_p90_at: datetime | None
    route: Route | None
    reasons: tuple[str, ...]
    risks: tuple[str, ...] = ()
    mode: Mode | None = None
    legs: tuple[Ride, ...] = ()
    notes: tuple[str, ...] = ()
    beds_free: int | None = None
    table_free_at: datetime | None = None

    @property
    def estimated(self) -> bool | None:
        """True when the times rest on estimated road figures; None where no route was looked at."""
        if self.route is not None:
            return self.route.estimated
        return None if self.reasons else True


class Trip(NamedTuple):
    """A whole way to a door: seconds from now."""

    seconds_p50: float
    seconds_p90: float
    legs: tuple[Ride, ...]

    @property
    def mode(self) -> Mode:
        """Air as soon as a part is flown."""
        return Mode.AIR if any(one.mode == Mode.AIR for one in self.legs) else Mode.GROUND


def nearest(
    view: View, router: Router, place: LonLat, needs: Sequence[Capability], k: int, profile: str
) -> list[Near]:
    """As `capable`, for a vehicle of this profile that has the patient, by road alone."""
    return capable(view, router, Search(place, tuple(needs), k, profile, (Mode.GROUND,)))


def capable(view: View, router: Router, asked: Search) -> list[Near]:
    """The k soonest facilities that may take one casualty with these needs, by whichever of the modes is
    sooner; then every other registered one with the reason: too little capability or room, closed, too far.

    Their boards count as they are told to be on arrival. Raises BadPlace, OffNetwork when the place is too
    far from any road, UnknownProfile.
    """
    router.road_point(asked.place, asked.profile)
    wanted = _wanted(view, router, asked)
    desk = Desk(view, wanted, travel(router, view, wanted))
    usable: list[Near] = []
    refused: list[Near] = []
    for facility in wanted.facilities:
        near = _near(desk, asked, facility)
        (refused if near.reasons else usable).append(near)
    usable.sort(key=_soonest)
    open_roads = roads(router, view.picture, asked.place, view.now, *hazard.DRIVING)
    return [_drawn(open_roads, asked, one) for one in usable[: asked.k]] + sorted(refused, key=_soonest)


def modes_in(text: str) -> tuple[Mode, ...]:
    """The modes that a text names, by comma; both when it names none. Raises BadMessage."""
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    if wrong := [word for word in words if word not in EITHER]:
        raise BadMessage(f"no mode {wrong[0][:40]!r}; give ground, air or both by comma")
    return tuple(mode for mode in EITHER if not words or mode.value in words)


def _soonest(one: Near) -> tuple[bool, float, str]:
    return one.seconds_p50 is None, one.seconds_p50 or 0.0, one.facility.id


# --- with what


def _wanted(view: View, router: Router, asked: Search) -> Choice:
    """What the question may be answered with: all facilities, and the vehicles that may go."""
    poi = Stop("the place", *asked.place)
    known = (one for _, one in sorted(view.picture.facilities.items()) if one.registered is not None)
    nobody = Choice("", poi, (SOMEBODY,), (), (), tuple(known), (), {}, ())
    if asked.with_patient:
        any_of = [_any(name, VehicleKind.GROUND) for name in [asked.profile]]
        any_of += [_any(name, VehicleKind.AIR) for name in _aircraft(view, router)]
        wanted = with_sites(view, nobody._replace(starts={one.id: poi for one in any_of}), any_of)
    else:
        free, starts, refused = vehicles_for(view, [SOMEBODY], poi)
        wanted = with_sites(view, nobody._replace(starts=starts, refused=tuple(refused)), free)
    return wanted if Mode.AIR in asked.modes else wanted._replace(air=())


def _any(profile: str, kind: VehicleKind) -> Vehicle:
    """A vehicle of a kind, whichever: it stands for all of them."""
    card = VehicleRegistered(id=f"any {profile}", callsign="", vehicle_kind=kind, profile=profile)
    return Vehicle(card.id, Said(card, (datetime.min.replace(tzinfo=UTC), 0, 0, 0, "")))


def _aircraft(view: View, router: Router) -> list[str]:
    """The profiles of the mission's aircraft; of all there are when it has none."""
    every = sorted(name for name, one in router.profiles.items() if one.kind == "air")
    cards = [one.card for one in view.picture.vehicles.values() if one.registered is not None]
    own = {card.profile for card in cards if card.vehicle_kind == VehicleKind.AIR}
    return [name for name in every if name in own] or every


# --- by what way


def _near(desk: Desk, asked: Search, facility: Facility) -> Near:
    view = desk.view
    trips = [_trip(desk, asked, facility, parts) for parts in ways(desk.wanted, desk.travel, facility, ())]
    fit = [one for one in trips if one is not None and one.mode in asked.modes]
    best = min(fit, key=lambda one: (bool(_dusk(desk, one)), one.seconds_p50, len(one.legs)), default=None)
    if best is None:
        why = may_take(view.standing(facility), [asked.needs], view.now).against
        reason = desk.travel.why_not(asked.profile, POI, facility_key(facility.id))
        return Near(facility, None, None, None, None, None, None, (*why, reason))
    at = Expected(*(view.now + timedelta(seconds=s) for s in (best.seconds_p50, best.seconds_p90)))
    found = may_take(view.standing(facility), [asked.needs], at.p90_at)
    against = (*found.against, *_dusk(desk, best))
    slot = _slot(view, facility, asked, at)
    beds, metres = view.free_beds(facility), sum(one.metres for one in best.legs)
    return Near(
        facility, best.seconds_p50, best.seconds_p90, metres,
        at.p50_at, at.p90_at, None, against,
        () if against else (*found.risks, *_late_table(slot, at), *_by_night(best, at)),
        best.mode, best.legs, tuple(_notes(desk, facility, best)), beds,
        None if slot is None else slot.table_free_at,
    )  # fmt: skip


def _trip(desk: Desk, asked: Search, facility: Facility, parts: Sequence[Part]) -> Trip | None:
    """The way with the soonest vehicle for each part; None when a part has none that is not used before."""
    view, found, used = desk.view, Trip(0.0, 0.0, ()), set[str]()
    for number, part in enumerate(parts):
        free = [row for row in able(desk, part, facility) if row[0] is None or row[0].id not in used]
        made = [_with(view, asked, found, (number, row, _ends(desk, part))) for row in free]
        if not made:
            return None
        found, row = min(zip(made, free, strict=True), key=lambda pair: pair[0].seconds_p50)
        used |= {row[0].id} if row[0] is not None else set()
    return found


def _ends(desk: Desk, part: Part) -> tuple[Part, Stop, Stop]:
    start, end = (stop_of(desk.wanted, desk.travel, key) for key in (part.start, part.end))
    return part, start, end


def _with(view: View, asked: Search, so_far: Trip, what: tuple[int, Able, tuple[Part, Stop, Stop]]) -> Trip:
    """The trip so far and one more part: the vehicle has come, the patient is put aboard, they go."""
    number, (vehicle, come, away), (part, start, end) = what
    ready50 = ready90 = 0.0
    if vehicle is not None and come is not None and not asked.with_patient:
        waits = (view.ready_at(vehicle.id) - view.now).total_seconds()
        ready50, ready90 = waits + come.seconds_p50, waits + come.seconds_p90
    dwell = _dwell(view, asked, number, vehicle)
    own = vehicle is not None and vehicle.id in view.picture.vehicles
    name = vehicle.id if vehicle is not None and own else ""
    profile = vehicle.card.profile if vehicle is not None else ""
    ride = Ride(
        part.mode, name, profile, start, end,
        away.seconds_p50, away.seconds_p90, away.metres, away.exposure_s,
    )  # fmt: skip
    return Trip(
        max(so_far.seconds_p50, ready50) + dwell + away.seconds_p50,
        max(so_far.seconds_p90, ready90) + dwell + away.seconds_p90,
        (*so_far.legs, ride),
    )


def _dwell(view: View, asked: Search, number: int, vehicle: Vehicle | None) -> float:
    """Seconds to put the patient aboard: a hand-over where somebody else had it."""
    if vehicle is None:
        return 0.0
    if number:
        return view.profile.hand_over_s
    return 0.0 if asked.with_patient else view.profile.loading_s


# --- what is said of it


def _slot(view: View, facility: Facility, asked: Search, at: Expected) -> Slot | None:
    """When the patient would be on a table, the committed queue counted in; None where none is needed."""
    if Capability.DCS not in asked.needs:
        return None
    ready = at.after(view.profile.hand_over_s + view.profile.surgery_preparation_s)
    return slots(view.theatres.of(facility), [(SOMEBODY, ready)]).get(SOMEBODY.id)


def _late_table(slot: Slot | None, at: Expected) -> Iterator[str]:
    if slot is not None and slot.ahead and slot.table_free_at > at.p50_at:
        yield f"{slot.ahead} before it in theatre: a table is free at {clock_time(slot.table_free_at)}"


def _by_night(trip: Trip, at: Expected) -> Iterator[str]:
    if _dark(trip, at.p50_at):
        yield f"lands in the dark at {clock_time(at.p50_at)}"


def _dusk(desk: Desk, trip: Trip) -> tuple[str, ...]:
    """Why an aircraft that needs daylight cannot go: it would land in the dark."""
    profile, at = trip.legs[-1].profile, desk.view.now + timedelta(seconds=trip.seconds_p50)
    if profile not in desk.travel.day_only or not _dark(trip, at):
        return ()
    return (f"{profile} does not fly by night and would land in the dark at {clock_time(at)}",)


def _dark(trip: Trip, at: datetime) -> bool:
    """True when it ends with a landing by night; a flight is always the last leg."""
    end = trip.legs[-1].end
    return trip.mode == Mode.AIR and is_night(end.lon, end.lat, at)


def _notes(desk: Desk, facility: Facility, trip: Trip) -> Iterator[str]:
    """Leg by leg who goes where, and how far the landing site is from the door."""
    for one in trip.legs:
        who = one.vehicle or one.profile or "on foot"
        yield f"{who} to {one.end.name}: {km(one.metres)}, {minutes(one.seconds_p50)}"
    landing = landing_of(desk.wanted, desk.travel, facility.id) if trip.mode == Mode.AIR else None
    if landing is not None:
        drive = f"{km(landing.drive.metres)} and {minutes(landing.drive.seconds_p50)} from its door"
        yield f"lands at {landing.site.name}, {drive} (counted in)"


def _drawn(router: Router, asked: Search, one: Near) -> Near:
    """With the way by road, beside a flight too."""
    driven = [ride for ride in one.legs if ride.mode == Mode.GROUND]
    profile = driven[0].profile if driven else asked.profile
    try:
        return replace(one, route=router.route(asked.place, _door(one.facility), profile))
    except GeoError:  # the table found a way, or it is flown where no road leads: the times stand without
        return one


def _door(facility: Facility) -> LonLat:
    return LonLat(facility.card.lon, facility.card.lat)
