"""How soon aircraft come to places, and what they reach: discs round landing sites, never beyond range."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.air import usable_km
from geo.area import WIDEST_M, Area, circle
from geo.detour import metres_round
from geo.errors import BadArea, GeoError, UnknownProfile, Unreachable
from geo.lattice import lattice, polygons, several
from geo.lonlat import LonLat, check, distances_m
from geo.profile import Profile

Floats = NDArray[np.float64]
BENT_M = 1.0  # a way longer than straight by more goes round something
STEPS = 160  # so many across a disc tell what lies behind a closed area
Far = Callable[[LonLat], Floats]
"""Metres from a place to points that whoever asks has in mind, in any shape."""


class Pad(NamedTuple):
    """A landing site, and seconds that pass there before it sets out (or after it has come)."""

    place: LonLat
    seconds: float = 0.0


def disc_m(profile: Profile, seconds: float, *, p90: bool = False) -> float:
    """Metres from a site within these seconds, less start, climb and landing; 0 where those take all."""
    held = seconds / (profile.air_spread if p90 else 1.0) * profile.speed_factor - profile.overhead_s
    return float(np.clip(held * profile.cruise_kmh / 3.6, 0.0, usable_km(profile) * 1000.0))


def discs(
    pads: Sequence[Pad],
    profile: Profile,
    seconds: float,
    *,
    night: bool = False,
    p90: bool = False,
    closed: Sequence[Area] = (),
) -> shapely.MultiPolygon:
    """The land within one flight of these seconds of a pad, or from it; empty where time allows none.

    Flights go round what is closed and do not land in it; behind it the land is drawn in steps.
    Raises BadPlace, BadArea (over the 180th meridian), UnknownProfile (does not fly), Unreachable (by night).
    """
    _flies(profile, night=night)
    found = []
    for pad in pads:
        radius = disc_m(profile, seconds - pad.seconds, p90=p90)
        if radius > 0.0:
            disc = _disc(check(*pad.place), radius)
            found.append(_without(disc, pad.place, radius, closed, profile.margin_m))
    return several(shapely.union_all(found))


def _disc(place: LonLat, radius: float) -> shapely.Geometry:
    shape = circle("air", place.lon, place.lat, min(radius, WIDEST_M)).shape
    west, _, east, _ = shapely.bounds(shape).tolist()
    if east - west > 180.0:
        raise BadArea("what an aircraft reaches there lies over the 180th meridian or a pole: not served")
    return shape


def _without(
    disc: shapely.Geometry, place: LonLat, radius: float, closed: Sequence[Area], margin_m: float
) -> shapely.Geometry:
    """A disc without what is closed and what lies behind it beyond the radius on the way round."""
    near = [each for each in closed if shapely.intersects(each.shape, disc)]
    if not near:
        return disc
    if any(each.holds(place) for each in near):
        return shapely.MultiPolygon()
    west, south, east, north = shapely.bounds(disc).tolist()
    over = lattice((west, south, east, north), 0.0, 2.0 * radius / STEPS)
    lons, lats = np.meshgrid(*over.points())
    points = np.column_stack((lons.ravel(), lats.ravel()))
    metres = metres_round(place, points, near, margin_m)
    late = (metres > radius) & (metres > distances_m(points, [place]) + BENT_M)
    behind = polygons(over, late.reshape(lons.shape))
    return shapely.difference(disc, shapely.union_all([behind, *(each.shape for each in near)]))


def flown_s(
    pads: Sequence[Pad], profile: Profile, metres: Far, *, night: bool = False, p90: bool = False
) -> Floats:
    """Seconds between the soonest of the pads and each point of `metres`; inf beyond the range.

    Raises UnknownProfile (does not fly), Unreachable (by night), GeoError without a pad.
    """
    _flies(profile, night=night)
    most, found = usable_km(profile) * 1000.0, list[Floats]()
    for pad in pads:
        way = metres(pad.place)
        found.append(np.where(way <= most, pad.seconds + _leg_s(profile, way, p90), np.inf))
    return _soonest(found)


def fetched_s(
    bases: Sequence[Pad], doors: Sequence[Pad], profile: Profile, metres: Far, *, p90: bool = False
) -> Floats:
    """Seconds from a base by way of each point of `metres` to a door, the best pair; both within one range.

    What passes at the point itself, as loading, belongs to the seconds of the bases or the doors.
    Raises GeoError without a pair.
    """
    most, found = usable_km(profile) * 1000.0, list[Floats]()
    for base in bases:
        out = metres(base.place)
        for door in doors:
            back = metres(door.place)
            seconds = base.seconds + door.seconds + _leg_s(profile, out, p90) + _leg_s(profile, back, p90)
            found.append(np.where(out + back <= most, seconds, np.inf))
    return _soonest(found)


def _soonest(found: Sequence[Floats]) -> Floats:
    if not found:
        raise GeoError("no landing site to fly from or to; register one")
    return np.asarray(np.minimum.reduce(found), dtype=np.float64)


def _leg_s(profile: Profile, metres: Floats, p90: bool) -> Floats:
    spread = profile.air_spread if p90 else 1.0
    seconds = (profile.overhead_s + metres * 3.6 / profile.cruise_kmh) / profile.speed_factor * spread
    return np.asarray(seconds, dtype=np.float64)


def _flies(profile: Profile, *, night: bool) -> None:
    if profile.kind != "air":
        raise UnknownProfile(f"the profile '{profile.name}' does not fly; use the reach on the roads")
    if night and not profile.night:
        raise Unreachable(f"{profile.name} does not fly by night; look at the reach by day, or by road")
