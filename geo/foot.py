"""A litter carried on foot: along roads and paths, or straight across country."""

from dataclasses import dataclass

from geo.air import Threat, exposed
from geo.errors import GeoError, UnknownProfile, Unreachable
from geo.lonlat import LonLat, check, distance_m
from geo.profile import Profile
from geo.routing import Router


@dataclass(frozen=True)
class Carry:
    """A way on foot: seconds and metres walked from place to place, and its points.

    across: straight across country with guessed figures, no known path under it. exposure_s are the seconds
    inside threat zones, danger_s those seconds times their severity.
    """

    seconds_p50: float
    seconds_p90: float
    metres: float
    path: tuple[LonLat, ...]
    across: bool
    exposure_s: float = 0.0
    danger_s: float = 0.0


def carry(router: Router, origin: LonLat, destination: LonLat, profile: str) -> Carry:
    """The quicker of the way along the network and the way across country, threats weighed as on roads.

    Raises BadPlace, UnknownProfile (does not walk), Unreachable when neither is possible: too far for a team,
    or closed.
    """
    start, end, walks = check(*origin), check(*destination), router.profiles.get(profile)
    if walks is None or walks.kind != "foot":
        raise UnknownProfile(f"the profile '{profile}' does not walk; use a foot profile, as litter-team")
    ways = [each for each in (_along(router, start, end, walks), _across(router, start, end, walks)) if each]
    if not ways:
        raise Unreachable(_why(router, start, end, walks))
    return min(ways, key=lambda each: each.seconds_p50 + each.danger_s)


def _along(router: Router, start: LonLat, end: LonLat, walks: Profile) -> Carry | None:
    """On roads and paths, as far as a team can carry."""
    try:
        route = router.route(start, end, walks.name)
    except GeoError:
        return None
    if route.metres > walks.carry_max_m:
        return None
    return Carry(
        route.seconds_p50, route.seconds_p90, route.metres, route.path,
        route.access_m > 0.5 * route.metres, route.exposure_s, route.danger_s,
    )  # fmt: skip


def _across(router: Router, start: LonLat, end: LonLat, walks: Profile) -> Carry | None:
    """Straight, with a detour counted in; not through a closed area."""
    straight = distance_m(start, end)
    metres = straight * walks.carry_detour
    if metres > walks.carry_max_m or router.closed_across(start, end):
        return None
    seconds = metres * 3.6 / walks.carry_kmh / walks.speed_factor
    threats = [Threat(one.area, one.severity) for one in router.laid.hazards if one.kind == "threat"]
    pace = seconds / straight if straight else 0.0
    _, inside, weighed = exposed((start, end), threats, pace)
    return Carry(seconds, seconds * walks.carry_spread, metres, (start, end), True, inside, weighed)


def _why(router: Router, start: LonLat, end: LonLat, walks: Profile) -> str:
    closed = router.closed_across(start, end)
    if closed:
        return f"the way on foot is closed by {' and '.join(closed)}"
    metres = distance_m(start, end) * walks.carry_detour
    most = walks.carry_max_m / 1000
    return (
        f"{metres / 1000:.1f} km on foot is more than the {most:g} km that a team can carry; "
        "send a vehicle nearer or an aircraft"
    )
