"""What the roads and the air say: travel between the stops a plan may join, and the ways drawn."""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from msgspec.structs import replace

from casevac.daylight import is_night
from casevac.drafts import LANDING_NEAR_M
from casevac.events import Leg, Option
from casevac.fleet import Choice
from casevac.terms import Mode, Purpose
from casevac.travel import POI, TRANSFER, Hop, Travel, Way, facility_key, site_key, vehicle_key
from casevac.view import View
from geo.air import flight, great_circle
from geo.errors import GeoError
from geo.lonlat import LonLat, distance_m
from geo.routing import Router

DETOUR = 1.3  # road metres over straight metres where a landing site is off the road network
TRANSFER_KMH = 20.0  # there; both are estimates
Stops = Sequence[tuple[str, LonLat]]


def travel(router: Router, view: View, wanted: Choice) -> Travel:
    """Every way that an answer to the request may use, with the reasons where there is none."""
    hops: dict[Way, Hop] = {}
    reasons: dict[Way, str] = {}
    poi = [(POI, LonLat(wanted.poi.lon, wanted.poi.lat))]
    facilities = [(facility_key(f.id), LonLat(f.card.lon, f.card.lat)) for f in wanted.facilities]
    sites = [(site_key(s.id), LonLat(s.lon, s.lat)) for s in wanted.sites]
    for profile, vehicles in _by_profile(wanted).items():
        starts = [
            (vehicle_key(one), LonLat(wanted.starts[one].lon, wanted.starts[one].lat)) for one in vehicles
        ]
        if _flies(router, profile):
            _fly(router, view, profile, (starts, sites), (hops, reasons))
            _fly(router, view, profile, (sites, sites), (hops, reasons))
        else:
            _drive(router, profile, (starts, poi), (hops, reasons))
            _drive(router, profile, (poi, [*facilities, *sites]), (hops, reasons))
    if wanted.air:
        hops |= _transfers(router, sites, facilities)
    return Travel(hops, reasons)


def _by_profile(wanted: Choice) -> dict[str, list[str]]:
    pairs = sorted((one.card.profile, one.id) for one in (*wanted.ground, *wanted.air))
    return {profile: [one for _, one in rows] for profile, rows in groupby(pairs, key=lambda pair: pair[0])}


def _flies(router: Router, profile: str) -> bool:
    return profile in router.profiles and router.profiles[profile].kind == "air"


Found = tuple[dict[Way, Hop], dict[Way, str]]


def _drive(router: Router, profile: str, between: tuple[Stops, Stops], found: Found) -> None:
    """Ways by road from all starts to all ends; an unknown profile is a reason like any other."""
    (starts, ends), (hops, reasons) = between, found
    try:
        table = router.table([place for _, place in starts], [place for _, place in ends], profile)
    except GeoError as fault:
        reasons |= {(profile, a, b): str(fault) for a, _ in starts for b, _ in ends}
        return
    for i, (a, _) in enumerate(starts):
        for j, (b, _) in enumerate(ends):
            if (i, j) in table.reasons:
                reasons[profile, a, b] = table.reasons[i, j]
            else:
                p50, p90, metres = (
                    float(cells[i, j]) for cells in (table.seconds_p50, table.seconds_p90, table.metres)
                )
                hops[profile, a, b] = Hop(p50, p90, metres)


def _fly(router: Router, view: View, profile: str, between: tuple[Stops, Stops], found: Found) -> None:
    (starts, ends), (hops, reasons) = between, found
    dark = {place: is_night(place.lon, place.lat, view.now) for _, place in (*starts, *ends)}
    for a, start in starts:
        for b, end in ends:
            try:
                one = flight(start, end, router.profiles[profile], night=dark[start] or dark[end])
            except GeoError as fault:
                reasons[profile, a, b] = str(fault)
            else:
                hops[profile, a, b] = Hop(one.seconds_p50, one.seconds_p90, one.metres)


def _transfers(router: Router, sites: Stops, facilities: Stops) -> dict[Way, Hop]:
    """Ways from landing sites to the facilities near them.

    Airfields often lie off the network, so these are straight metres x DETOUR at TRANSFER_KMH.
    """
    factor = max((one.speed_factor for one in router.profiles.values()), default=1.0)
    hops = {}
    for a, start in sites:
        for b, end in facilities:
            metres = distance_m(start, end) * DETOUR
            if metres <= LANDING_NEAR_M:
                seconds = metres * 3.6 / TRANSFER_KMH / factor
                hops[TRANSFER, a, b] = Hop(seconds, seconds * 1.5, metres)
    return hops


# --- drawing


def drawn(router: Router, view: View, option: Option) -> Option:
    """The option with the real path of each leg; times and metres stay those it was ranked by."""
    legs = tuple(_drawn(router, view, leg) for leg in option.legs)
    return replace(option, legs=legs, estimated=any(leg.estimated for leg in legs))


def _drawn(router: Router, view: View, leg: Leg) -> Leg:
    places = [LonLat(*point) for point in leg.path]
    if leg.mode == Mode.AIR:
        path = [place for a, b in pairwise(places) for place in great_circle(a, b)]
        return replace(leg, path=_points(path), estimated=leg.purpose == Purpose.TO_FACILITY)
    profile = view.picture.vehicles[leg.vehicle].card.profile
    try:
        route = router.route(places[0], places[-1], profile)
    except GeoError:  # the table found a way where the route finds none: shown straight, as an estimate
        return replace(leg, estimated=True)
    return replace(leg, path=_points(route.path), estimated=route.estimated)


def _points(path: Iterable[LonLat]) -> tuple[tuple[float, float], ...]:
    """Points to about a metre, each once in a row; at least two."""
    rounded = [(round(place.lon, 5), round(place.lat, 5)) for place in path]
    kept = [point for i, point in enumerate(rounded) if i == 0 or point != rounded[i - 1]]
    return tuple(kept if len(kept) > 1 else [rounded[0], rounded[-1]])
