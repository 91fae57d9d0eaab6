"""Travel times between the stops that a plan may join: values, looked up by profile and stops."""

from collections.abc import Mapping

import msgspec

POI = "poi"  # the point of injury of the request
TRANSFER = "transfer"  # the way between a landing site and the facility it serves, whoever drives it


class Hop(msgspec.Struct, frozen=True):
    """One way between two stops: seconds (middle, 90 % bound) and metres."""

    seconds_p50: float
    seconds_p90: float
    metres: float


Way = tuple[str, str, str]
"""Profile, from, to; the stops by the keys below."""


class Travel(msgspec.Struct, frozen=True):
    """Every way a plan may use, and why there is none where there is none."""

    hops: Mapping[Way, Hop] = {}
    reasons: Mapping[Way, str] = {}

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
