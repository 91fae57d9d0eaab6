"""Flight legs: great circles with cruise speed, range with a reserve, day and night."""

from dataclasses import dataclass

from geo.errors import UnknownProfile, Unreachable
from geo.lonlat import GEOD, LonLat, check, distance_m
from geo.profile import Profile

_STEP_M = 50_000.0


@dataclass(frozen=True)
class Flight:
    """A flight: seconds from start to standstill, metres, and points of the geodesic at most 50 km apart."""

    seconds_p50: float
    seconds_p90: float
    metres: float
    path: tuple[LonLat, ...]


def usable_km(profile: Profile) -> float:
    """Range that may be planned with: what is left after the reserve."""
    return profile.range_km * (1.0 - profile.reserve)


def flight(origin: LonLat, destination: LonLat, profile: Profile, *, night: bool = False) -> Flight:
    """One leg. Raises BadPlace, UnknownProfile (does not fly), Unreachable (beyond range, or by night)."""
    start, end = check(*origin), check(*destination)
    if profile.kind != "air":
        raise UnknownProfile(f"the profile '{profile.name}' does not fly; use a route on the roads")
    if night and not profile.night:
        raise Unreachable(f"{profile.name} does not fly by night; wait for daylight or send a ground vehicle")
    metres = distance_m(start, end)
    if metres > usable_km(profile) * 1000.0:
        raise Unreachable(
            f"{metres / 1000:.0f} km is beyond the {usable_km(profile):.0f} km that {profile.name} may plan "
            f"(range {profile.range_km:g} km less {profile.reserve:.0%} reserve); add a stop with fuel"
        )
    seconds = (profile.overhead_s + metres * 3.6 / profile.cruise_kmh) / profile.speed_factor
    return Flight(seconds, seconds * profile.air_spread, metres, great_circle(start, end))


def great_circle(start: LonLat, end: LonLat) -> tuple[LonLat, ...]:
    """Points of the geodesic from start to end, both included, at most 50 km apart."""
    between = max(0, int(distance_m(start, end) // _STEP_M))
    points = GEOD.npts(start.lon, start.lat, end.lon, end.lat, between) if between else []
    return (start, *(LonLat(lon, lat) for lon, lat in points), end)
