"""What the roads and the air say: travel between the stops a plan may join."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from casevac import hazard
from casevac.airbook import Airbook
from casevac.fleet import Choice
from casevac.hour import roads
from casevac.network import LANDING_NEAR_M, MEETS_ROAD, ON_WAY
from casevac.travel import (
    LITTER,
    POI,
    ROAD,
    TRANSFER,
    Hop,
    Travel,
    Way,
    facility_key,
    site_key,
    vehicle_key,
)  # fmt: skip
from casevac.vague import Circle, spreads_s
from casevac.vehicle import Vehicle
from casevac.view import View
from geo.air import usable_km
from geo.errors import GeoError
from geo.foot import carry
from geo.lonlat import LonLat, distance_m
from geo.routing import Router

DETOUR = 1.3  # road metres over straight metres where a landing site is off the road network
TRANSFER_KMH = 20.0  # there; both are estimates, and so is
TRANSFER_SPREAD = 1.5  # the p90 over the p50 of such a way
OFF_ROAD_M = 150.0  # casualties farther than this from the road may be carried to it
NEAREST = 8  # ground vehicles of which it is looked at how much a vague place moves them
NEAR = 4  # exchange points and nearer facilities looked at as stops on the way
Stops = Sequence[tuple[str, LonLat]]


class Book:
    """The ways found so far, and why others are none."""

    def __init__(self, router: Router, view: View, poi: LonLat) -> None:
        self.router, self.walking = (
            roads(router, view.picture, poi, view.now, *modes) for modes in (hazard.DRIVING, hazard.WALKING)
        )
        self.now = view.now
        self.hops: dict[Way, Hop] = {}
        self.reasons: dict[Way, str] = {}
        self.road: tuple[LonLat, float] | None = None


def travel(router: Router, view: View, wanted: Choice) -> Travel:
    """Every way that an answer to the request may use, with the reasons where there is none.

    Roads closed by what is reported now are closed here, threats weighed and slow roads slow; flights keep
    out of all of them. It is day or night on the roads as it is now where the casualties are.
    """
    poi = LonLat(wanted.poi.lon, wanted.poi.lat)
    book, air = Book(router, view, poi), Airbook(router, view, wanted.sites)
    facilities = [(facility_key(f.id), LonLat(f.card.lon, f.card.lat)) for f in wanted.facilities]
    sites = [(site_key(s.id), LonLat(s.lon, s.lat)) for s in wanted.sites]
    _find_road(book, wanted, poi)
    for profile, vehicles in _by_profile(
        (*wanted.ground, *wanted.air, *(one for one, _ in wanted.held))
    ).items():
        starts = [(vehicle_key(one), _place(wanted, one)) for one in vehicles]
        if _flies(book.router, profile):
            air.fly(profile, starts)
        else:
            _drive_all(book, wanted, profile, starts)
    _walk(book, poi, [*_pads(wanted), *facilities])
    flying = _aircraft(router, view)
    if flying:
        book.hops |= _transfers(book.router, sites, facilities)
        for profile in flying:
            air.fly_if(profile, _nearest(poi, air.pads)[:1])
    return Travel(
        book.hops | air.hops,
        book.reasons | air.reasons,
        by_day=air.by_day,
        could=air.could,
        around=air.around,
        unsuited=air.unsuited(flying),
        landing_risks=air.landing_risks(flying),
        road_m=book.road[1] if book.road else None,
        road=(book.road[0].lon, book.road[0].lat) if book.road else None,
        range_m={name: usable_km(router.profiles[name]) * 1000.0 for name in flying},
        day_only=day_only(router),
        spreads=_spreads(book, view, wanted),
    )


def _spreads(book: Book, view: View, wanted: Choice) -> dict[str, tuple[float, float]]:
    """How soon and how late the nearest ground vehicles may meet casualties of a vague place."""
    place = view.place_of_request(wanted.request)
    if place is None or wanted.held or wanted.poi.id != wanted.request:
        return {}
    poi = LonLat(wanted.poi.lon, wanted.poi.lat)
    circle, found = Circle(poi, place.uncertainty_m or 0.0), dict[str, tuple[float, float]]()
    near = sorted(wanted.ground, key=lambda one: (distance_m(_place(wanted, one.id), poi), one.id))
    for profile, vehicles in _by_profile(near[:NEAREST] if circle.vague else ()).items():
        try:
            rows = spreads_s(book.router, [_place(wanted, one) for one in vehicles], circle, profile)
        except GeoError:
            continue
        known = ((one, row) for one, row in zip(vehicles, rows, strict=True) if row is not None)
        found |= {one: (row.low, row.high) for one, row in known}
    return found


def _by_profile(vehicles: Iterable[Vehicle]) -> dict[str, list[str]]:
    pairs = sorted({(one.card.profile, one.id) for one in vehicles})
    return {profile: [one for _, one in rows] for profile, rows in groupby(pairs, key=lambda pair: pair[0])}


def _flies(router: Router, profile: str) -> bool:
    return profile in router.profiles and router.profiles[profile].kind == "air"


def day_only(router: Router) -> frozenset[str]:
    """The aircraft profiles that need daylight."""
    return frozenset(name for name, one in router.profiles.items() if one.kind == "air" and not one.night)


def _aircraft(router: Router, view: View) -> list[str]:
    """Profiles of the mission's aircraft; of all there are when it has none."""
    every = sorted(name for name in router.profiles if _flies(router, name))
    known = {one.card.profile for one in view.picture.vehicles.values() if one.registered is not None}
    return [name for name in every if name in known] or every


def _place(wanted: Choice, vehicle: str) -> LonLat:
    return LonLat(wanted.starts[vehicle].lon, wanted.starts[vehicle].lat)


def _pads(wanted: Choice) -> list[tuple[str, LonLat]]:
    """Every site, as a stop."""
    return [(site_key(one.id), LonLat(one.lon, one.lat)) for one in wanted.sites]


# --- on the ground


def _find_road(book: Book, wanted: Choice, poi: LonLat) -> None:
    """The road nearest to the casualties, for the first ground profile that has one near enough."""
    for profile in sorted({one.card.profile for one in wanted.ground}):
        try:
            found = book.router.road_point(poi, profile)
        except GeoError:
            continue
        if book.road is None or found[1] < book.road[1]:
            book.road = found


def _drive_all(book: Book, wanted: Choice, profile: str, starts: Stops) -> None:
    """Vehicles to wherever casualties may be met, and from there to wherever they may be brought."""
    poi = LonLat(wanted.poi.lon, wanted.poi.lat)
    fetch = [(POI, poi)]
    if book.road is not None and book.road[1] > OFF_ROAD_M:
        fetch.append((ROAD, book.road[0]))
    exchange = [(site_key(s.id), LonLat(s.lon, s.lat)) for s in wanted.sites if s.site_kind in MEETS_ROAD]
    doors = [(facility_key(f.id), LonLat(f.card.lon, f.card.lat)) for f in wanted.facilities]
    stops = [
        (facility_key(f.id), LonLat(f.card.lon, f.card.lat))
        for f in wanted.facilities
        if not set(ON_WAY).isdisjoint(f.capabilities)
    ]
    on_way = [*_nearest(poi, exchange), *_nearest(poi, stops)]
    _drive(book, profile, (starts, [*fetch, *on_way]))
    _drive(book, profile, ([*fetch, *on_way], [*doors, *_pads(wanted)]))
    held = [start for start in starts if start[0] in {vehicle_key(one.id) for one, _ in wanted.held}]
    if held:
        _drive(book, profile, (held, [*doors, *_pads(wanted)]))


def _nearest(poi: LonLat, stops: Stops) -> list[tuple[str, LonLat]]:
    return sorted(stops, key=lambda stop: (distance_m(poi, stop[1]), stop[0]))[:NEAR]


def _drive(book: Book, profile: str, between: tuple[Stops, Stops]) -> None:
    """Ways by road from all starts to all ends; an unknown profile is a reason like any other."""
    starts, ends = between
    try:
        table = book.router.table([place for _, place in starts], [place for _, place in ends], profile)
    except GeoError as fault:
        book.reasons |= {(profile, a, b): str(fault) for a, _ in starts for b, _ in ends}
        return
    for i, (a, _) in enumerate(starts):
        for j, (b, _) in enumerate(ends):
            if (i, j) in table.reasons:
                book.reasons[profile, a, b] = table.reasons[i, j]
            else:
                told = (table.seconds_p50, table.seconds_p90, table.metres, table.exposure_s, table.danger_s)
                book.hops[profile, a, b] = Hop(*(float(cells[i, j]) for cells in told))


def _walk(book: Book, poi: LonLat, ends: Stops) -> None:
    """Ways on which a litter team can carry from the scene: to the road, a site, a door."""
    walks = book.walking.profiles.get(LITTER)
    if walks is None:
        return
    near = [stop for stop in ends if distance_m(poi, stop[1]) <= walks.carry_max_m]
    if book.road is not None and book.road[1] > OFF_ROAD_M:
        near.append((ROAD, book.road[0]))
    for end, place in near:
        try:
            one = carry(book.walking, poi, place, LITTER)
        except GeoError as fault:
            book.reasons[LITTER, POI, end] = str(fault)
        else:
            book.hops[LITTER, POI, end] = Hop(
                one.seconds_p50, one.seconds_p90, one.metres, one.exposure_s, one.danger_s
            )


# --- in the air


def _transfers(router: Router, sites: Stops, facilities: Stops) -> dict[Way, Hop]:
    """Ways between landing sites and the facilities near them.

    Airfields often lie off the network, so these are straight metres x DETOUR at TRANSFER_KMH.
    """
    factor = max((one.speed_factor for one in router.profiles.values()), default=1.0)
    hops = {}
    for a, start in sites:
        for b, end in facilities:
            metres = distance_m(start, end) * DETOUR
            if metres <= LANDING_NEAR_M:
                seconds = metres * 3.6 / TRANSFER_KMH / factor
                hops[TRANSFER, a, b] = Hop(seconds, seconds * TRANSFER_SPREAD, metres)
    return hops
