"""Whether an aircraft can land at a site: what speaks against it, and what nobody knows, in words (pure).

Slopes as the public landing-zone tables of US field medicine have them; sizes are each aircraft's own data.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from casevac.events import Obstacle, SiteRegistered
from casevac.terms import Surface
from geo.profile import Profile

DUST = (Surface.SAND, Surface.EARTH, Surface.SNOW)  # what a rotor blows up until nobody sees the ground
BESIDE_DEG = 15.0  # an obstacle so near to the line of approach stands in it
HARD = (Surface.PAVED, Surface.GRASS, Surface.GRAVEL, Surface.EARTH)  # what wheels may roll on


class Landing(NamedTuple):
    """What forbids a landing, and what may go wrong with it; nothing unknown ever forbids it."""

    against: tuple[str, ...]
    risks: tuple[str, ...]


def suits(site: SiteRegistered, profile: Profile, night: bool, at: datetime) -> Landing:
    """Whether aircraft of a profile may land at a site, by night or by day, at an instant.

    What somebody told decides; what nobody told is one risk that names all of it.
    """
    name = profile.label or profile.name
    against = [*_light(site, night), *_size(site, profile, name), *_slope(site, profile, name)]
    against += [f"{_obstacle(one)} is within the {profile.landing_m:g} m that {name} needs"
                for one in _inside(site, profile)]  # fmt: skip
    risks = [
        *_slope_risk(site, profile),
        *_in_the_air(site, profile),
        *_ground(site),
        *_night_risk(site, night),
    ]
    risks += [*_old(site, profile, at), *_unknown(site, profile, night)]
    return Landing(tuple(against), tuple(risks))


def _light(site: SiteRegistered, night: bool) -> Iterator[str]:
    if night and site.by_night is False:
        yield "is not to be used by night"
    if not night and site.by_day is False:
        yield "is not to be used by day"


def _size(site: SiteRegistered, profile: Profile, name: str) -> Iterator[str]:
    if profile.strip_m:
        if site.strip_m is not None and site.strip_m < profile.strip_m:
            has = f"a strip of {site.strip_m:.0f} m" if site.strip_m else "no strip"
            yield f"has {has}, {name} needs {profile.strip_m:g} m"
        if site.surface is not None and site.surface not in HARD:
            yield f"is of {site.surface.value}, on which {name} cannot roll"
        return
    if site.radius_m is not None and site.radius_m < profile.landing_m:
        yield f"is clear for {site.radius_m:g} m round its centre, {name} needs {profile.landing_m:g} m"
    if site.surface == Surface.WATER:
        yield "is water"


def _slope(site: SiteRegistered, profile: Profile, name: str) -> Iterator[str]:
    if site.slope_deg is not None and site.slope_deg > profile.slope_most_deg:
        most = f"{name} lands on {profile.slope_most_deg:g}° at most"
        hover = "" if profile.strip_m else ": hover only"
        yield f"slopes {site.slope_deg:g}°{_downhill(site)}, {most}{hover}"


def _slope_risk(site: SiteRegistered, profile: Profile) -> Iterator[str]:
    if site.slope_deg is not None and profile.slope_deg < site.slope_deg <= profile.slope_most_deg:
        advice = "land up the slope if wheeled, hover if on skids"
        yield f"slopes {site.slope_deg:g}°{_downhill(site)}: {advice}"


def _downhill(site: SiteRegistered) -> str:
    return f" down towards {site.slope_toward_deg:03.0f}" if site.slope_toward_deg is not None else ""


def _inside(site: SiteRegistered, profile: Profile) -> list[Obstacle]:
    """Obstacles in the circle that must be clear."""
    needed = 0.0 if profile.strip_m else profile.landing_m
    return [one for one in site.obstacles or () if one.distance_m < needed and one.height_m > 0]


def _obstacle(one: Obstacle) -> str:
    what = one.what or "an obstacle"
    return f"{what} ({one.height_m:g} m high, {one.distance_m:.0f} m off, bearing {one.bearing_deg:03.0f})"


def _in_the_air(site: SiteRegistered, profile: Profile) -> Iterator[str]:
    """Wires, and what stands outside the circle: on a line of approach or departure, or beside it."""
    if site.wires:
        yield "has wires across or beside it"
    inside = _inside(site, profile)
    for one in site.obstacles or ():
        if one in inside or one.height_m <= 0:
            continue
        lines = [bearing for bearing in site.approaches_deg or () if _beside(bearing, one.bearing_deg)]
        where = f" on the approach {lines[0]:03.0f}" if lines else ""
        yield f"has {_obstacle(one)}{where}"


def _beside(approach_deg: float, bearing_deg: float) -> bool:
    """True where it stands under those who come in on that bearing, or who go on with it."""
    off = abs((approach_deg + 180.0 - bearing_deg + 180.0) % 360.0 - 180.0)
    return min(off, 180.0 - off) <= BESIDE_DEG


def _ground(site: SiteRegistered) -> Iterator[str]:
    if site.surface in DUST:
        yield f"is of {site.surface.value}: what the rotor blows up may hide the ground"


def _night_risk(site: SiteRegistered, night: bool) -> Iterator[str]:
    if night and site.marking == "":
        yield "is not marked: by night its corners need lights"


def _old(site: SiteRegistered, profile: Profile, at: datetime) -> Iterator[str]:
    if site.checked_at is None or not profile.check_days:
        return
    age = at - site.checked_at
    if age > timedelta(days=profile.check_days):
        by = f" by {site.checked_by}" if site.checked_by else ""
        yield f"was last looked at {age.days} days ago{by}"


def _unknown(site: SiteRegistered, profile: Profile, night: bool) -> Iterator[str]:
    """All that nobody told, in one line."""
    length = "the length of its strip" if profile.strip_m else "its radius"
    known = (
        (length, site.strip_m if profile.strip_m else site.radius_m),
        ("its surface", site.surface),
        ("its slope", site.slope_deg),
        ("obstacles", site.obstacles),
        ("wires", site.wires),
        ("its marking", site.marking),
        ("whether it may be used by night", site.by_night if night else True),
        ("when it was last looked at", site.checked_at),
    )
    missing = [what for what, value in known if value is None]
    if missing:
        last = f" and {missing[-1]}" if len(missing) > 1 else missing[0]
        yield f"is not known to suit: nobody told {', '.join(missing[:-1])}{last}"
