"""Flight legs: round hazards on the shortest way, cruise speed, range with a reserve, day and night."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import shapely

from geo.area import Area
from geo.detour import LEAST_MARGIN_M, Course, course
from geo.errors import UnknownProfile, Unreachable
from geo.lonlat import GEOD, LonLat, check, distance_m
from geo.profile import Profile


class Threat(NamedTuple):
    """An area that a flight may be sent through, and how much each second in it counts (0 to 100)."""

    area: Area
    severity: float = 0.0


class Exposure(NamedTuple):
    """Seconds in the air inside an accepted area, and severity x seconds."""

    name: str
    seconds: float
    weighed: float


class Airspace:
    """What flights keep out of, and the threats that they are sent through; ways once found are kept."""

    def __init__(self, closed: Sequence[Area] = (), accepted: Sequence[Threat] = ()) -> None:
        self.closed, self.accepted = tuple(closed), tuple(accepted)
        self._found: dict[tuple[LonLat, LonLat, float], Course | Unreachable] = {}

    def course(self, start: LonLat, end: LonLat, margin_m: float = LEAST_MARGIN_M) -> Course:
        """The shortest way round all that is closed; raises Unreachable."""
        if not self.closed:
            return course(start, end)
        back = (end, start, margin_m) in self._found  # as long, and over the same points
        wanted = (end, start, margin_m) if back else (start, end, margin_m)
        if wanted not in self._found:
            try:
                self._found[wanted] = course(start, end, self.closed, margin_m)
            except Unreachable as fault:
                self._found[wanted] = fault
        found = self._found[wanted]
        if isinstance(found, Unreachable):
            raise Unreachable(str(found))
        return found._replace(path=found.path[::-1]) if back else found


OPEN_AIR = Airspace()


@dataclass(frozen=True)
class Flight:
    """A flight: seconds from start to standstill, metres, and the points it flies over.

    `around` names the areas it goes round, `longer_m` is what that adds to the straight way. `exposure` tells
    of each accepted area; `exposed_s` is the time inside any of them, `weighed_s` the same with the highest
    severity at each point. Exposure is never part of the time.
    """

    seconds_p50: float
    seconds_p90: float
    metres: float
    path: tuple[LonLat, ...]
    around: tuple[str, ...] = ()
    longer_m: float = 0.0
    exposure: tuple[Exposure, ...] = field(default=())
    exposed_s: float = 0.0
    weighed_s: float = 0.0


def usable_km(profile: Profile) -> float:
    """Range that may be planned with: what is left after the reserve."""
    return profile.range_km * (1.0 - profile.reserve)


def flight(
    origin: LonLat,
    destination: LonLat,
    profile: Profile,
    *,
    night: bool = False,
    airspace: Airspace = OPEN_AIR,
) -> Flight:
    """One leg: the geodesic, or the shortest way round what is closed; through the threats accepted.

    Whether either end is dark is the caller's to know: `night` when one that counts is. Raises BadPlace,
    UnknownProfile (does not fly), Unreachable (an end in a closed area, no way round, beyond range on the way
    it must fly, or by night).
    """
    start, end = check(*origin), check(*destination)
    if profile.kind != "air":
        raise UnknownProfile(f"the profile '{profile.name}' does not fly; use a route on the roads")
    if night and not profile.night:
        raise Unreachable(f"{profile.name} does not fly by night; wait for daylight or send a ground vehicle")
    straight = distance_m(start, end)
    if straight > usable_km(profile) * 1000.0:
        raise Unreachable(_too_far(profile, Course((start, end), straight), straight))
    return flown(airspace.course(start, end, profile.margin_m), profile, airspace.accepted)


def flown(found: Course, profile: Profile, accepted: Sequence[Threat] = ()) -> Flight:
    """The flight of an aircraft on a course; raises Unreachable beyond its range."""
    straight = distance_m(found.path[0], found.path[-1])
    if found.metres > usable_km(profile) * 1000.0:
        raise Unreachable(_too_far(profile, found, straight))
    cruise = 3.6 / profile.cruise_kmh / profile.speed_factor
    seconds = profile.overhead_s / profile.speed_factor + found.metres * cruise
    told, inside, weighed = exposed(found.path, accepted, cruise)
    longer = max(0.0, found.metres - straight) if found.around else 0.0
    return Flight(
        seconds, seconds * profile.air_spread, found.metres, found.path, found.around, longer,
        told, inside, weighed,
    )  # fmt: skip


def _too_far(profile: Profile, found: Course, straight: float) -> str:
    """Beyond range, in words, with how many stops for fuel would do."""
    usable = usable_km(profile)
    stops = math.ceil(found.metres / 1000.0 / usable) - 1
    add = "add a stop with fuel" if stops <= 1 else f"add {stops} stops with fuel"
    bent = f" round {' and '.join(found.around)} ({straight / 1000:.0f} km straight)" if found.around else ""
    return (
        f"{found.metres / 1000:.0f} km{bent} is beyond the {usable:.0f} km that {profile.name} may plan "
        f"(range {profile.range_km:g} km less {profile.reserve:.0%} reserve); {add}"
    )


def exposed(
    path: Sequence[LonLat], accepted: Sequence[Threat], s_per_m: float
) -> tuple[tuple[Exposure, ...], float, float]:
    """What each of the areas sees of a way, then all together: seconds, and severity x seconds.

    Where areas overlap the highest severity counts. Equally fast all along, on foot too.
    """
    if not accepted or len(path) < 2:
        return (), 0.0, 0.0
    line = shapely.LineString(path)
    rest: shapely.Geometry = line
    told, inside, weighed = list[Exposure](), 0.0, 0.0
    for area, severity in sorted(accepted, key=lambda one: (-one.severity, one.area.name)):
        alone = _metres(shapely.intersection(line, area.shape)) * s_per_m
        more = _metres(shapely.intersection(rest, area.shape)) * s_per_m
        rest = shapely.difference(rest, area.shape)
        inside, weighed = inside + more, weighed + severity * more
        if alone > 0.0:
            told.append(Exposure(area.name, alone, severity * alone))
    return tuple(told), inside, weighed


def _metres(lines: shapely.Geometry) -> float:
    return sum(float(GEOD.geometry_length(each)) for each in shapely.get_parts(lines))
