"""The rescue chain as a small graph over routing tables: stops, and modes of travel between them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, cast

from casevac.events import SiteRegistered, Stop
from casevac.fleet import Choice
from casevac.mtf import Facility
from casevac.sketch import Landing
from casevac.terms import Capability, Mode, SiteKind, VehicleKind
from casevac.travel import LITTER, POI, ROAD, TRANSFER, Hop, Travel, facility_key, site_key, vehicle_key
from geo import graphs as nx

LANDING_NEAR_M = 10_000.0  # a facility is served by a landing site within this way
PARTS = 4  # the longest way: on foot, by road, by air, and on from a nearer facility
ON_WAY = (Capability.RESUS, Capability.DCR)  # what makes a stop at a nearer facility worth it
MEETS_ROAD = (SiteKind.EXCHANGE, SiteKind.COLLECTION)  # where one vehicle on the road hands over to another
MEETS_AIR = (SiteKind.LANDING, SiteKind.EXCHANGE)


Edges = Iterable[tuple[str, str, str]]  # start, end and key, where the stubs know of start and end only


class Part(NamedTuple):
    """One part of a way: how, from which stop to which (keys of travel)."""

    mode: Mode
    start: str
    end: str


def ways(
    wanted: Choice, travel: Travel, facility: Facility, via: Iterable[Facility]
) -> Iterator[tuple[Part, ...]]:
    """Every way from the casualties to the facility's door by the modes there are vehicles for."""
    joined = graph(wanted, travel, facility, via)
    goal = facility_key(facility.id)
    if POI not in joined or goal not in joined:
        return
    for edges in nx.all_simple_edge_paths(joined, POI, goal, cutoff=PARTS):
        yield tuple(Part(Mode(mode), start, end) for start, end, mode in cast(Edges, edges))


def graph(
    wanted: Choice, travel: Travel, facility: Facility, via: Iterable[Facility]
) -> "nx.MultiDiGraph[str]":
    """Stops as nodes; an edge for each mode by which somebody can carry casualties between two of them.

    The edge's key is the mode, `seconds` the middle time of the quickest profile.
    """
    joined: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    goal, between = facility_key(facility.id), [facility_key(one.id) for one in via]
    meet_road = [site_key(one.id) for one in wanted.sites if one.site_kind in MEETS_ROAD]
    meet_air = [site_key(one.id) for one in wanted.sites if one.site_kind in MEETS_AIR]
    for end in (ROAD, *meet_road, *meet_air) if not wanted.held else ():
        _join(joined, travel, Part(Mode.FOOT, POI, end), [LITTER])
    roads = sorted({one.card.profile for one in wanted.ground})
    if wanted.held:
        held = [one.card.profile for one, _ in wanted.held]
        _join_held(joined, wanted, travel, (goal, landing_of(wanted, travel, facility.id, held)))
    for start in (POI, ROAD) if not wanted.held else ():
        for end in (*meet_road, *meet_air, *between, goal):
            _join(joined, travel, Part(Mode.GROUND, start, end), roads)
    for start in (*meet_road, *between):
        _join(joined, travel, Part(Mode.GROUND, start, goal), roads)
    flies = sorted({one.card.profile for one in wanted.air})
    for start in (*meet_air, *between):
        found = [hop for profile in flies if (hop := flown(wanted, travel, profile, start, facility.id))]
        if found:
            least = min(hop.seconds_p50 for hop in found)
            joined.add_edge(start, goal, key=Mode.AIR.value, seconds=least)
    return joined


def _join_held(
    joined: "nx.MultiDiGraph[str]", wanted: Choice, travel: Travel, goal: tuple[str, Landing | None]
) -> None:
    """Edges by which all vehicles that have casualties aboard can go on; none when they differ in kind."""
    vehicles = [one for one, _ in wanted.held]
    kinds = {one.card.vehicle_kind for one in vehicles}
    if kinds == {VehicleKind.GROUND}:
        for end in (goal[0], *(site_key(one.id) for one in wanted.sites)):
            hops = [travel.hop(one.card.profile, vehicle_key(one.id), end) for one in vehicles]
            _edge(joined, Part(Mode.GROUND, POI, end), hops)
    elif kinds == {VehicleKind.AIR} and goal[1] is not None:
        pad = site_key(goal[1].site.id)
        hops = [travel.hop(one.card.profile, vehicle_key(one.id), pad) for one in vehicles]
        _edge(joined, Part(Mode.AIR, POI, goal[0]), hops)


def _edge(joined: "nx.MultiDiGraph[str]", part: Part, hops: Sequence[Hop | None]) -> None:
    found = [hop.seconds_p50 for hop in hops if hop is not None]
    if found and len(found) == len(hops):
        joined.add_edge(part.start, part.end, key=part.mode.value, seconds=max(found))


def _join(joined: "nx.MultiDiGraph[str]", travel: Travel, part: Part, profiles: Iterable[str]) -> None:
    found = [hop for profile in profiles if (hop := travel.hop(profile, part.start, part.end)) is not None]
    if found and part.start != part.end:
        least = min(hop.seconds_p50 for hop in found)
        joined.add_edge(part.start, part.end, key=part.mode.value, seconds=least)


# --- by air


def landing_of(wanted: Choice, travel: Travel, facility: str, profiles: Iterable[str] = ()) -> Landing | None:
    """The site nearest to the facility in time where aircraft of all these profiles can land for it."""
    pads = [site for site in wanted.sites if site.site_kind in MEETS_AIR]
    for profile in profiles:
        pads = [site for site in pads if (profile, site_key(site.id)) not in travel.unsuited]
    ways_in = [(site, travel.hop(TRANSFER, site_key(site.id), facility_key(facility))) for site in pads]
    near = [Landing(site, hop) for site, hop in ways_in if hop is not None and hop.metres <= LANDING_NEAR_M]
    return min(near, key=lambda one: (one.drive.seconds_p50, one.site.id), default=None)


def pad_of(wanted: Choice, travel: Travel, start: str, profile: str = "") -> Landing | None:
    """Where aircraft land for those who wait at this stop, and the way there: the site itself, or a
    facility's landing site."""
    if start.startswith("site "):
        return Landing(_site(wanted, start), Hop(0.0, 0.0, 0.0))
    return landing_of(wanted, travel, start.removeprefix("facility "), [profile])


def flown(wanted: Choice, travel: Travel, profile: str, start: str, facility: str) -> Hop | None:
    """From a stop to the door of a facility by air: to the aircraft, the flight, the way to the door."""
    pad, landing = (
        pad_of(wanted, travel, start, profile),
        landing_of(wanted, travel, facility, [profile]),
    )
    if pad is None or landing is None or pad.site.id == landing.site.id:
        return None
    flight = travel.hop(profile, site_key(pad.site.id), site_key(landing.site.id))
    return None if flight is None else pad.drive.then(flight).then(landing.drive)


def _site(wanted: Choice, key: str) -> SiteRegistered:
    return next(one for one in wanted.sites if site_key(one.id) == key)


# --- stops


def stop_of(wanted: Choice, travel: Travel, key: str) -> Stop:
    """The stop that a key of travel stands for."""
    if key == POI:
        return wanted.poi
    if key == ROAD:
        lon, lat = travel.road or (wanted.poi.lon, wanted.poi.lat)
        return Stop("road nearest to the scene", lon, lat)
    if key.startswith("site "):
        site = _site(wanted, key)
        return Stop(site.name, site.lon, site.lat, site.id)
    named = key.removeprefix("facility ")
    card = next(one.card for one in wanted.facilities if one.id == named)
    return Stop(card.name, card.lon, card.lat, card.id)
