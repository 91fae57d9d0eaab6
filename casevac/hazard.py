"""What stands in the way, and what it does to those who drive, walk and fly: values, no roads."""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from casevac.duty import Hazard
from casevac.events import HazardReported
from casevac.mission import Profile
from casevac.picture import Picture
from casevac.terms import HazardKind, Mode
from geo.area import Area, band, circle, polygon
from geo.errors import GeoError

DRIVING = (Mode.GROUND,)
WALKING = (Mode.GROUND, Mode.FOOT)  # what is closed to vehicles is closed to a litter team
_OF_VEHICLES = (HazardKind.SLOW, HazardKind.WEATHER, HazardKind.ONEWAY)  # who walks is told so, or is free


class Effect(StrEnum):
    """What a hazard does to those whom it binds."""

    CLOSED = "closed"
    BRIDGES = "bridges closed"
    WEIGHED = "weighed"
    SLOWED = "slowed"
    ONE_WAY = "one way"


def active(picture: Picture, now: datetime) -> tuple[Hazard, ...]:
    """The hazards that hold now: told, begun, not lifted since, not over; in the order of their ids."""
    return tuple(one for _, one in sorted(picture.hazards.items()) if one.holds(now))


def standing(picture: Picture, now: datetime) -> tuple[Hazard, ...]:
    """Those that hold now and those that begin later, in the order of their ids."""
    return tuple(one for _, one in sorted(picture.hazards.items()) if one.stands(now))


def binds(told: HazardReported, modes: Collection[Mode]) -> bool:
    """True when it concerns those who go in one of these modes.

    Who walks (WALKING) keeps out of what is closed or under threat to vehicles; a slow or one-way road of
    vehicles leaves him free unless it is told of foot.
    """
    if Mode.FOOT in modes and Mode.FOOT not in told.affects and told.hazard_kind in _OF_VEHICLES:
        return False
    return not set(modes).isdisjoint(told.affects)


def severity(told: HazardReported, profile: Profile) -> float | None:
    """How much each second in a threat counts beside itself (0 to 100); None: nobody passes, or no threat.

    One told without a severity weighs what the mission sets; where it sets nothing the road is closed, as
    it was before there were severities: nobody is sent under fire because a number was left out.
    """
    if told.hazard_kind != HazardKind.THREAT:
        return None
    return profile.threat_severity if told.severity is None else told.severity


def speed_factor(told: HazardReported, profile: Profile) -> float | None:
    """Which share of the speed is left on the ground; None where it is no matter of speed."""
    if told.hazard_kind not in (HazardKind.SLOW, HazardKind.WEATHER):
        return None
    return profile.weather_speed_factor if told.speed_factor is None else told.speed_factor


def effect(told: HazardReported, profile: Profile, mode: Mode = Mode.GROUND) -> Effect:
    """What it does to those who go in a mode; nobody flies through any of them."""
    if mode == Mode.AIR:
        return Effect.CLOSED
    if told.hazard_kind == HazardKind.THREAT:
        return Effect.CLOSED if severity(told, profile) is None else Effect.WEIGHED
    return _EFFECTS[told.hazard_kind]


_EFFECTS = {
    HazardKind.CLOSURE: Effect.CLOSED,
    HazardKind.BRIDGE: Effect.BRIDGES,
    HazardKind.WEATHER: Effect.SLOWED,
    HazardKind.SLOW: Effect.SLOWED,
    HazardKind.ONEWAY: Effect.ONE_WAY,
}


def named(told: HazardReported) -> str:
    """Its name, else its id, as words name it."""
    return told.name or told.id


def outline(told: HazardReported) -> Area:
    """Where it is; raises GeoError when that is no area."""
    if told.polygon:
        return polygon(named(told), told.polygon)
    if told.line:
        return band(named(told), told.line, 2.0 * told.radius_m)
    return circle(named(told), told.lon, told.lat, told.radius_m)


@lru_cache(maxsize=1024)
def outlined(told: HazardReported) -> Area | None:
    """The same; None for an old report whose outline is none: it stands in the picture and binds nobody."""
    try:
        return outline(told)
    except GeoError:
        return None


def areas(picture: Picture, now: datetime, *modes: Mode) -> tuple[Area, ...]:
    """The areas that nobody may travel through in any of these modes now."""
    profile = picture.mission.profile
    shut = (
        one.reported.value
        for one in active(picture, now)
        if one.reported is not None
        and binds(one.reported.value, modes)
        and Effect.CLOSED in _effects(one.reported.value, profile, modes)
    )
    found = (outlined(told) for told in shut)
    return tuple(one for one in found if one is not None)


def _effects(told: HazardReported, profile: Profile, modes: Iterable[Mode]) -> set[Effect]:
    return {effect(told, profile, mode) for mode in modes if mode in told.affects}
