"""Ways between all stops of a plan: one table a profile, kept while roads and hazards are the same."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from casevac import hazard
from casevac.daylight import is_night
from casevac.events import SiteRegistered
from casevac.hour import airspace
from casevac.landing import suits
from casevac.network import LANDING_NEAR_M, MEETS_AIR
from casevac.roadbook import DETOUR, TRANSFER_KMH, TRANSFER_SPREAD
from casevac.travel import LITTER
from casevac.view import View
from geo.air import Airspace, flight
from geo.errors import GeoError
from geo.lonlat import LonLat, distance_m
from geo.profile import Profile
from geo.routing import Router

MOST_PLACES = 800  # kept of a profile; then only those of the plan in hand
MOST_FLIGHTS = 40_000
Cells = npt.NDArray[np.float64]


class Ways(NamedTuple):
    """Seconds (middle, 90 % bound) and metres between all places, (S, S); inf where there is no way."""

    p50: Cells
    p90: Cells
    metres: Cells


class Pad(NamedTuple):
    """Where aircraft of a profile land for a place, and how long from there to it."""

    site: SiteRegistered
    seconds: float
    bound: float


class Kept(NamedTuple):
    """What was looked up of one profile: the row of each place, and the ways between them."""

    rows: Mapping[LonLat, int]
    ways: Ways


class Grid:
    """Asks the roads for what is not known yet; begins anew when roads, hazards or daylight are others."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._roads: Router | None = None
        self._airspace = Airspace()
        self._ground: dict[str, Kept] = {}
        self._flights: dict[tuple[str, LonLat, LonLat], tuple[float, float, float]] = {}

    def look(self, router: Router, view: View, place: LonLat) -> None:
        """Take up the roads and hazards of a view, by day or night as it is at the place. Raises GeoError."""
        night = is_night(place.lon, place.lat, view.now)
        laid = hazard.laid(view.picture, view.now, *hazard.DRIVING)
        roads = router.as_of(router.season, night=night).under(laid)
        shut = tuple(one.id for one in hazard.active(view.picture, view.now))
        key = (hazard.digest(view.picture, view.now), shut)
        if roads is not self._roads or key != self._key:
            self._airspace = airspace(view.picture, view.now)
            self._ground, self._flights = {}, {}
            self._roads, self._key = roads, key

    def driven(self, profile: str, places: Sequence[LonLat]) -> Ways:
        """The ways of a ground profile; none where the profile is unknown."""
        known = self._ground.get(profile)
        if known is None or len(known.rows) > MOST_PLACES:
            known = Kept({}, _nowhere(0))
        new = [one for one in dict.fromkeys(places) if one not in known.rows]
        if new:
            known = self._more(profile, known, new)
            self._ground[profile] = known
        rows = [known.rows[one] for one in places]
        return Ways(*(cells[np.ix_(rows, rows)] for cells in known.ways))

    def _more(self, profile: str, known: Kept, new: Sequence[LonLat]) -> Kept:
        places, before = [*known.rows, *new], len(known.rows)
        grown = _nowhere(len(places))
        for cells, old in zip(grown, known.ways, strict=True):
            cells[:before, :before] = old
        self._fill(profile, grown, (new, places), (before, 0))
        if before:
            self._fill(profile, grown, (places[:before], new), (0, before))
        for cells in grown:
            np.fill_diagonal(cells, 0.0)
        return Kept({one: row for row, one in enumerate(places)}, grown)

    def _fill(
        self, profile: str, ways: Ways, ends: tuple[Sequence[LonLat], Sequence[LonLat]], at: tuple[int, int]
    ) -> None:
        if self._roads is None:
            return
        try:
            table = self._roads.table(ends[0], ends[1], profile)
        except GeoError:  # an unknown profile: such a vehicle goes nowhere, and is told so
            return
        rows, columns = slice(at[0], at[0] + len(ends[0])), slice(at[1], at[1] + len(ends[1]))
        for cells, found in zip(ways, (table.seconds_p50, table.seconds_p90, table.metres), strict=True):
            cells[rows, columns] = np.where(np.isfinite(table.seconds_p50), found, np.inf)

    def why_not(self, profile: str, start: LonLat, end: LonLat) -> str:
        """Why a ground profile has no way there, in words."""
        if self._roads is None:
            return "no way is known"
        try:
            return self._roads.table([start], [end], profile).reasons.get((0, 0), "no way is known")
        except GeoError as fault:
            return str(fault)

    def flown(self, profile: str, places: Sequence[LonLat], pads: Sequence[Pad | None]) -> Ways:
        """The flights of an air profile between places, the way from each pad counted in.

        A place without a pad is left only: it is where an aircraft stands.
        """
        found = _nowhere(len(places))
        known = self._roads.profiles.get(profile) if self._roads is not None else None
        if known is None:
            return found
        lands = [LonLat(pad.site.lon, pad.site.lat) if pad is not None else None for pad in pads]
        for i, here in enumerate(places):
            start, out = lands[i] or here, pads[i]
            for j, end in enumerate(lands):
                pad = pads[j]
                if i == j or end is None or pad is None:
                    continue
                p50, p90, metres = self._flight(known, start, end)
                legs = [one for one in (out, pad) if one is not None]
                found.p50[i, j] = p50 + sum(one.seconds for one in legs)
                found.p90[i, j] = p90 + sum(one.bound for one in legs)
                found.metres[i, j] = metres
        for cells in found:
            np.fill_diagonal(cells, 0.0)
        return found

    def _flight(self, profile: Profile, start: LonLat, end: LonLat) -> tuple[float, float, float]:
        if start == end:
            return (0.0, 0.0, 0.0)
        way = (profile.name, start, end)
        if way not in self._flights:
            if len(self._flights) > MOST_FLIGHTS:
                self._flights.clear()
            try:
                one = flight(start, end, profile, airspace=self._airspace)
                self._flights[way] = (one.seconds_p50, one.seconds_p90, one.metres)
            except GeoError:  # out of range, or nowhere to go round: no way
                self._flights[way] = (np.inf, np.inf, np.inf)
        return self._flights[way]

    def pads(self, view: View, profile: str, sites: Sequence[SiteRegistered]) -> list[SiteRegistered]:
        """The sites at which aircraft of a profile can land, by day or by night."""
        known = self._roads.profiles.get(profile) if self._roads is not None else None
        if known is None:
            return []
        lands = (one for one in sites if one.site_kind in MEETS_AIR)
        return [one for one in lands if not suits(one, known, night=one.by_day is False, at=view.now).against]

    def profile(self, name: str) -> Profile | None:
        """The vehicle profile of that name; None where there is none."""
        return None if self._roads is None else self._roads.profiles.get(name)

    def carrying(self) -> Profile | None:
        """The profile by which casualties are carried on foot."""
        return None if self._roads is None else self._roads.profiles.get(LITTER)


def pad_at_door(pads: Sequence[SiteRegistered], door: LonLat, speed_factor: float) -> Pad | None:
    """The landing site that serves a facility, as options count the way between them; None: none is near."""
    found = []
    for site in pads:
        metres = distance_m(LonLat(site.lon, site.lat), door) * DETOUR
        if metres <= LANDING_NEAR_M:
            seconds = metres * 3.6 / TRANSFER_KMH / speed_factor
            found.append(Pad(site, seconds, seconds * TRANSFER_SPREAD))
    return min(found, key=lambda pad: (pad.seconds, pad.site.id), default=None)


def pad_on_foot(pads: Sequence[SiteRegistered], scene: LonLat, walks: Profile | None) -> Pad | None:
    """The landing site to which casualties can be carried from a scene; None where none is near enough."""
    if walks is None or walks.carry_kmh <= 0:
        return None
    found = []
    for site in pads:
        metres = distance_m(LonLat(site.lon, site.lat), scene) * walks.carry_detour
        if metres <= walks.carry_max_m:
            seconds = metres * 3.6 / walks.carry_kmh / walks.speed_factor
            found.append(Pad(site, seconds, seconds * walks.carry_spread))
    return min(found, key=lambda pad: (pad.seconds, pad.site.id), default=None)


def _nowhere(size: int) -> Ways:
    return Ways(*(np.full((size, size), np.inf) for _ in range(3)))
