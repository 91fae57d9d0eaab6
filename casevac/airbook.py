"""What the air says: flights between sites, round what is closed, to where an aircraft can land."""

from collections.abc import Iterable, Sequence
from itertools import product

from casevac.daylight import is_night
from casevac.events import SiteRegistered
from casevac.hour import airspace
from casevac.landing import Landing, suits
from casevac.network import MEETS_AIR
from casevac.travel import Hop, Way, site_key
from casevac.view import View
from geo.air import flight
from geo.errors import GeoError, Unreachable
from geo.lonlat import LonLat
from geo.routing import Router

Stops = Sequence[tuple[str, LonLat]]


class Airbook:
    """The flights found so far, why others are none, and what is known of landing at each site."""

    def __init__(self, router: Router, view: View, sites: Iterable[SiteRegistered]) -> None:
        self.profiles = router.profiles
        self.now = view.now
        self.airspace = airspace(view.picture, view.now)
        self.sites = {site_key(one.id): one for one in sites if one.site_kind in MEETS_AIR}
        self.pads = [(key, LonLat(one.lon, one.lat)) for key, one in self.sites.items()]
        self.hops: dict[Way, Hop] = {}
        self.reasons: dict[Way, str] = {}
        self.by_day: dict[Way, Hop] = {}
        self.could: dict[Way, Hop] = {}
        self.around: dict[Way, str] = {}
        self._dark: dict[LonLat, bool] = {}
        self._landings: dict[tuple[str, str, bool], Landing] = {}

    def fly(self, profile: str, starts: Stops) -> None:
        """Every flight of a profile from these starts to a site, and from site to site."""
        for ends in (product(starts, self.pads), product(self.pads, self.pads)):
            for (a, start), (b, end) in ends:
                if a == b:
                    continue
                way, night = (profile, a, b), self.dark(start) or self.dark(end)
                try:
                    self.hops[way] = self._flight(way, (start, end), night)
                except GeoError as fault:
                    self.reasons[way] = str(fault)
                    if night:
                        self._by_day(way, (start, end))

    def fly_if(self, profile: str, near: Stops) -> None:
        """What an aircraft of a profile would need from these sites if one stood there: for advice."""
        for (a, start), (b, end) in product(near, self.pads):
            way = (profile, a, b)
            if a == b or way in self.hops:
                continue
            try:
                self.could[way] = self._flight(way, (start, end), self.dark(start) or self.dark(end))
            except GeoError:
                self._by_day(way, (start, end))

    def dark(self, place: LonLat) -> bool:
        """True when it is night there now."""
        if place not in self._dark:
            self._dark[place] = is_night(place.lon, place.lat, self.now)
        return self._dark[place]

    def landing(self, profile: str, key: str, night: bool) -> Landing:
        """What is known of landing at a stop; nothing where it is no site."""
        if key not in self.sites:
            return Landing((), ())
        wanted = (profile, key, night)
        if wanted not in self._landings:
            self._landings[wanted] = suits(self.sites[key], self.profiles[profile], night, self.now)
        return self._landings[wanted]

    def unsuited(self, profiles: Iterable[str]) -> dict[tuple[str, str], str]:
        """Why an aircraft cannot land, by profile and site; those where it can are not in it."""
        found = {
            (profile, key): " and ".join(self.landing(profile, key, self.dark(place)).against)
            for profile, (key, place) in product(profiles, self.pads)
        }
        return {which: why for which, why in found.items() if why}

    def landing_risks(self, profiles: Iterable[str]) -> dict[tuple[str, str], tuple[str, ...]]:
        """What may go wrong with a landing, by profile and site."""
        return {
            (profile, key): self.landing(profile, key, self.dark(place)).risks
            for profile, (key, place) in product(profiles, self.pads)
        }

    def _by_day(self, way: Way, ends: tuple[LonLat, LonLat]) -> None:
        """Keep what the flight would be by day, for advice."""
        try:
            self.by_day[way] = self._flight(way, ends, None)
        except GeoError:  # not only the night forbids it
            return

    def _flight(self, way: Way, ends: tuple[LonLat, LonLat], night: bool | None) -> Hop:
        """A flight now, or by day where night is None. Raises Unreachable: no landing, or no way there."""
        profile, *keys = way
        for key, place in zip(keys, ends, strict=True):
            why = self.landing(profile, key, night is not None and self.dark(place)).against
            if why:
                raise Unreachable(f"{self.sites[key].name} {' and '.join(why)}")
        one = flight(*ends, self.profiles[profile], night=bool(night), airspace=self.airspace)
        if one.around:
            longer = f"{one.longer_m / 1000:.0f} km longer than straight"
            self.around[way] = f"round {' and '.join(one.around)}, {longer}"
        return Hop(one.seconds_p50, one.seconds_p90, one.metres)
