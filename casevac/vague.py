"""A place that is only roughly known: its circle, and the earliest and latest arrival (pure)."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from casevac.daylight import is_night
from casevac.words import clock_time
from geo.air import OPEN_AIR, Airspace, Flight, flight
from geo.errors import Unreachable
from geo.lonlat import GEOD, LonLat, bearing_deg
from geo.profile import Profile
from geo.routing import Router

Seconds = NDArray[np.float64]
RIM = 8
VAGUE_M = 100.0  # a place known better than this is a point: a road junction is as wide
ROUGHLY = 0.10  # how far a distance told by word may be off, as part of it


class Circle(NamedTuple):
    """Somewhere within radius_m of a place."""

    centre: LonLat
    radius_m: float

    @property
    def vague(self) -> bool:
        """True when the circle is too wide to be taken for a point."""
        return self.radius_m > VAGUE_M


class Spread(NamedTuple):
    """Seconds: the p50 to the soonest reached and the p90 to the last reached point of a circle.

    Of so many sample points; `skipped` of them have no way there.
    """

    low: float
    high: float
    samples: int
    skipped: int


class Sky(NamedTuple):
    """When somebody flies (None: by daylight), and what he keeps out of."""

    at: datetime | None = None
    airspace: Airspace = OPEN_AIR

    def dark(self, place: LonLat, after_s: float = 0.0) -> bool:
        """True when it is night at a place, so many seconds later."""
        return self.at is not None and is_night(place.lon, place.lat, self.at + timedelta(seconds=after_s))

    def flight(self, start: LonLat, end: LonLat, profile: Profile) -> Flight:
        """A flight: dark at its start as it sets out, at its end as it arrives. Raises as geo.air.flight."""
        found = flight(start, end, profile, night=self.dark(start), airspace=self.airspace)
        if self.at is not None and not profile.night and self.dark(end, found.seconds_p50):
            at = clock_time(self.at + timedelta(seconds=found.seconds_p50))
            raise Unreachable(
                f"{profile.name} does not fly by night and would arrive in the dark at {at}; "
                "start earlier, wait for daylight or send a ground vehicle"
            )
        return found


BY_DAY = Sky()


def apart(origin: LonLat, metres: float, bearing: float) -> LonLat:
    """The place this far away on this bearing, degrees true."""
    lon, lat, _ = GEOD.fwd(origin.lon, origin.lat, bearing, metres)
    return LonLat(float(lon), float(lat))


def octant(origin: LonLat, place: LonLat) -> str:
    """The compass point, as NE, in which a place lies from another."""
    return ("N", "NE", "E", "SE", "S", "SW", "W", "NW")[round(bearing_deg(origin, place) / 45.0) % 8]


def seen_from(
    origin: LonLat, metres: float, bearing: float | None, give_or_take: float, least_m: float
) -> Circle:
    """The circle that "so far from there on this bearing" means; without a bearing it is round the origin.

    Its radius is what the bearing leaves open sideways and a tenth of the distance, at least least_m.
    """
    if bearing is None:
        return Circle(origin, metres * (1.0 + ROUGHLY) + least_m)
    sideways = metres * math.sin(math.radians(give_or_take))
    return Circle(apart(origin, metres, bearing), max(least_m, sideways + metres * ROUGHLY))


def samples(circle: Circle) -> list[LonLat]:
    """Points that stand for a circle: its centre and, when it is vague, eight on its rim."""
    if not circle.vague:
        return [circle.centre]
    return [circle.centre, *(apart(circle.centre, circle.radius_m, 360.0 * at / RIM) for at in range(RIM))]


def spreads_s(router: Router, origins: Sequence[LonLat], circle: Circle, profile: str) -> list[Spread | None]:
    """When a circle is reached from each of the origins by road; None where no point of it has a way.

    Raises BadPlace, UnknownProfile.
    """
    low, high = _seconds(router, origins, samples(circle), profile, BY_DAY)
    return [
        _told(row, bound) if np.isfinite(row).any() else None for row, bound in zip(low, high, strict=True)
    ]


def between_s(router: Router, start: Circle, end: Circle, profile: str, sky: Sky = BY_DAY) -> Spread:
    """When any point of one circle is reached from any of another, by road or by air.

    Pairs without a way are left out and counted. Raises Unreachable when none has one, BadPlace,
    UnknownProfile.
    """
    low, high = _seconds(router, samples(start), samples(end), profile, sky)
    return _told(low.ravel(), high.ravel())


def _told(low: Seconds, high: Seconds) -> Spread:
    reached = np.isfinite(low)
    if not reached.any():
        raise Unreachable("nothing within that circle can be reached; give the place more exactly")
    return Spread(float(low[reached].min()), float(high[reached].max()), len(low), int((~reached).sum()))


def _seconds(
    router: Router, starts: Sequence[LonLat], ends: Sequence[LonLat], profile: str, sky: Sky
) -> tuple[Seconds, Seconds]:
    """p50 and p90 seconds [starts, ends], inf where there is no way."""
    if profile not in router.profiles or router.profiles[profile].kind != "air":
        table = router.table(starts, ends, profile)
        return table.seconds_p50, table.seconds_p90
    flown = [[_flown(router, start, end, profile, sky) for end in ends] for start in starts]
    both = np.asarray(flown, dtype=np.float64).reshape(len(starts), len(ends), 2)
    return both[:, :, 0], both[:, :, 1]


def _flown(router: Router, start: LonLat, end: LonLat, profile: str, sky: Sky) -> tuple[float, float]:
    try:
        found = sky.flight(start, end, router.profiles[profile])
    except Unreachable:
        return math.inf, math.inf
    return found.seconds_p50, found.seconds_p90
