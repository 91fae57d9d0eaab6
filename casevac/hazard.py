"""What stands in the way now, and what it does to those who drive, walk and fly."""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

import msgspec
import shapely

from casevac.duty import Hazard
from casevac.events import HazardReported
from casevac.mission import Profile
from casevac.picture import Picture
from casevac.terms import HazardKind, Mode
from geo.area import Area, band, circle, polygon
from geo.errors import BadArea, GeoError, OffNetwork
from geo.hazards import Hazard as OnRoads
from geo.lonlat import LonLat
from geo.roads import Roads
from geo.snapping import turned

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


def check(told: HazardReported, profile: Profile) -> None:
    """Raises what is wrong with it as the roads see it: BadPlace, BadArea, BadHazard.

    An outline that crosses itself is refused: which of its parts is meant, its author must say.
    """
    area = outline(told)
    ring = shapely.Polygon(told.polygon)
    if told.polygon and (not ring.is_valid or ring.area <= 0.0):
        raise BadArea(
            f"area {named(told)}: its outline crosses itself or holds nothing; give its corners in order"
        )
    does = effect(told, profile)
    OnRoads("new", named(told), _ON_ROADS[does], area, bridges_only=does == Effect.BRIDGES)


def in_place(told: HazardReported, roads: Roads) -> None:
    """Raises OffNetwork where it lies off the network, and in it with longitude and latitude exchanged.

    Merely off the network is no fault: weather at sea concerns who flies.
    """
    points = tuple(LonLat(*each) for each in (told.polygon or told.line or ((told.lon, told.lat),)))
    hints = [turned(roads, each) for each in points]
    if all(hints) and not shapely.box(*roads.bounds).intersects(outline(told).shape):
        lon, lat = points[0]
        raise OffNetwork(f"hazard {named(told)} at {lon:g},{lat:g} is off the road network{hints[0]}")


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


def laid(picture: Picture, now: datetime, *modes: Mode) -> tuple[OnRoads, ...]:
    """What binds those who drive or walk now, as the roads take it; an old one that means nothing does not.

    DRIVING and WALKING are the modes that go together.
    """
    profile = picture.mission.profile
    found = (
        on_roads(one, profile)
        for one in active(picture, now)
        if one.reported is not None and binds(one.reported.value, modes)
    )
    return tuple(one for one in found if one is not None)


def on_roads(one: Hazard, profile: Profile) -> OnRoads | None:
    """A hazard as the roads take it; None for an old report that means nothing there."""
    told = one.reported.value if one.reported is not None else None
    area = outlined(told) if told is not None else None
    if told is None or area is None:
        return None
    does = effect(told, profile)
    try:
        return OnRoads(
            one.id, named(told), _ON_ROADS[does], area,
            severity=(severity(told, profile) or 0.0) if does == Effect.WEIGHED else 0.0,
            speed_factor=(speed_factor(told, profile) or 1.0) if does == Effect.SLOWED else 1.0,
            bridges_only=does == Effect.BRIDGES,
            source=told.source, author=told.by or told.speaker or one.author,
        )  # fmt: skip
    except GeoError:
        return None


_ON_ROADS = {
    Effect.CLOSED: "closure",
    Effect.BRIDGES: "closure",
    Effect.WEIGHED: "threat",
    Effect.SLOWED: "slow",
    Effect.ONE_WAY: "oneway",
}


def digest(picture: Picture, now: datetime) -> str:
    """SHA-256 (hex) of what stands in somebody's way now or is to come; empty when nothing does."""
    profile = picture.mission.profile
    told = [
        (one.id, one.author, said, severity(said, profile), speed_factor(said, profile))
        for one in standing(picture, now)
        if one.reported is not None and (said := one.reported.value)
    ]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest() if told else ""
