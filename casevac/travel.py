"""Travel times between the stops that a plan may join: values, looked up by profile and stops."""

from collections.abc import Mapping

import msgspec

POI = "poi"  # where the casualties wait
ROAD = "road"  # where a vehicle can come nearest to them by road
TRANSFER = "transfer"  # the way between a landing site and the facility it serves, whoever drives it
LITTER = "litter-team"  # the profile by which casualties are carried on foot


class Hop(msgspec.Struct, frozen=True):
    """One way between two stops: seconds (middle, 90 % bound) and metres.

    exposure_s are the seconds of it in threat zones, danger_s those times the severity: neither is time more.
    """

    seconds_p50: float
    seconds_p90: float
    metres: float
    exposure_s: float = 0.0
    danger_s: float = 0.0

    def then(self, other: "Hop") -> "Hop":
        """This way and another one after it."""
        return Hop(
            self.seconds_p50 + other.seconds_p50,
            self.seconds_p90 + other.seconds_p90,
            self.metres + other.metres,
            self.exposure_s + other.exposure_s,
            self.danger_s + other.danger_s,
        )


Way = tuple[str, str, str]
"""Profile, from, to; the stops by the keys below."""


class Travel(msgspec.Struct, frozen=True):
    """Every way a plan may use, and why there is none where there is none.

    `by_day` holds flights that only the night forbids, `could` those that an aircraft of a profile could make
    if one stood there; `road_m` is how far the casualties are from the nearest road, None when none is near
    enough; `range_m` what each air profile of the mission may plan with, `day_only` those that need daylight.
    `around` tells what a flight goes round; `unsuited` why aircraft of a profile cannot land at a site,
    `landing_risks` what may go wrong where they can, by profile and stop.
    `spreads`: seconds within which a vehicle, by id, meets casualties whose place is known to a radius only.
    """

    hops: Mapping[Way, Hop] = {}
    reasons: Mapping[Way, str] = {}
    by_day: Mapping[Way, Hop] = {}
    could: Mapping[Way, Hop] = {}
    road_m: float | None = 0.0
    road: tuple[float, float] | None = None
    range_m: Mapping[str, float] = {}
    day_only: frozenset[str] = frozenset()
    around: Mapping[Way, str] = {}
    unsuited: Mapping[tuple[str, str], str] = {}
    landing_risks: Mapping[tuple[str, str], tuple[str, ...]] = {}
    spreads: Mapping[str, tuple[float, float]] = {}

    def hop(self, profile: str, start: str, end: str) -> Hop | None:
        """The way, or None."""
        return self.hops.get((profile, start, end))

    def why_not(self, profile: str, start: str, end: str) -> str:
        """Why there is no way, in words."""
        return self.reasons.get((profile, start, end), "no way is known")


def vehicle_key(vehicle: str) -> str:
    """The stop where a vehicle is now."""
    return f"vehicle {vehicle}"


def facility_key(facility: str) -> str:
    """The stop at a facility's door."""
    return f"facility {facility}"


def site_key(site: str) -> str:
    """The stop at a landing or exchange site."""
    return f"site {site}"
