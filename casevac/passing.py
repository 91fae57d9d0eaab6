"""Which hazards a leg passes, and when: those that hold, and those that begin meanwhile (pure)."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import shapely

from casevac.chain import Arrival
from casevac.duty import Hazard
from casevac.events import HazardReported, Leg
from casevac.hazard import DRIVING, WALKING, Effect, binds, effect, named, outlined, severity, standing
from casevac.terms import Mode
from casevac.view import View
from casevac.words import clock_time, minutes
from geo.area import Area

Path = Sequence[tuple[float, float]]


class Journey(NamedTuple):
    """Who travels how, on which path (lon, lat), from when to when, to where.

    exposure_s: seconds in threat zones, where they are known better than by shares of the path.
    """

    mode: Mode
    path: Path
    when: Arrival
    who: str
    goal: str
    exposure_s: float | None = None


def planned(leg: Leg) -> Journey:
    """A leg as it is planned."""
    when = Arrival(leg.depart_at, leg.arrive_p50_at, leg.arrive_p90_at)
    return Journey(leg.mode, leg.path, when, leg.vehicle, leg.end.name, leg.exposure_s or None)


class Passing(NamedTuple):
    """A hazard on a way: passed from `first_at` (middle forecast) to `last_at` (90 % bound) at the latest."""

    hazard: Hazard
    told: HazardReported
    effect: Effect
    first_at: datetime
    last_at: datetime
    seconds: float  # in it, by the middle forecast

    @property
    def begins_before(self) -> bool:
        """True when it begins before the last of it may be passed, and is not over before the first."""
        begun = self.told.since is None or self.told.since < self.last_at
        return begun and (self.told.until is None or self.told.until > self.first_at)


def passings(view: View, way: Journey) -> Iterator[Passing]:
    """Every hazard that holds or is to come on a way, in the order of their ids."""
    modes = {Mode.FOOT: WALKING, Mode.GROUND: DRIVING}.get(way.mode, (way.mode,))
    for one in standing(view.picture, view.now):
        told = one.reported.value if one.reported is not None else None
        area = outlined(told) if told is not None and binds(told, modes) else None
        shares = span(area, way.path) if area is not None else None
        if told is None or area is None or shares is None:
            continue
        does = effect(told, view.profile, way.mode)
        if does == Effect.ONE_WAY and not against(area, way.path, shares):
            continue
        begin = way.when.depart_at
        middle, bound = way.when.p50_at - begin, way.when.p90_at - begin
        inside = (shares[1] - shares[0]) * middle.total_seconds()
        yield Passing(one, told, does, begin + shares[0] * middle, begin + shares[1] * bound, inside)


def risks(view: View, way: Journey) -> Iterator[str]:
    """What is passed although it is the best way there is, and what begins before it is passed, in words."""
    goal, found = f"on the way to {way.goal}", list(passings(view, way))
    guessed = sum(one.seconds for one in found if _weighed_now(view, one))
    scale = 1.0 if way.exposure_s is None or not guessed else way.exposure_s / guessed
    for one in found:
        if one.hazard.coming(view.now):
            if one.begins_before:
                yield begins(one, way)
        elif _weighed_now(view, one):
            grade = severity(one.told, view.profile) or 0.0
            where = f"{named(one.told)} (threat of severity {grade:g}{_by(one)})"
            yield f"{way.who} is about {minutes(one.seconds * scale)} in {where} {goal}"
        elif one.effect == Effect.SLOWED:
            yield f"{named(one.told)} slows {way.who} {goal}; its time counts that"


def _weighed_now(view: View, one: Passing) -> bool:
    return one.effect == Effect.WEIGHED and not one.hazard.coming(view.now)


def begins(one: Passing, way: Journey) -> str:
    """That a hazard begins before somebody is past it."""
    at, last = clock_time(one.told.since or one.first_at), clock_time(one.last_at)
    does = f"{named(one.told)} ({one.told.hazard_kind.value}) begins at {at}"
    return f"{does} on the way of {way.who} to {way.goal}, which may pass it until {last}"


def _by(one: Passing) -> str:
    """From where and by whom it is known."""
    who = one.told.source or one.told.by or one.told.speaker or one.hazard.author
    return f", by {who}" if who else ""


def span(area: Area, path: Path) -> tuple[float, float] | None:
    """Shares of a path's length at its first and its last point in an area; None when it touches none."""
    if len(path) < 2:
        return None
    narrow = _narrow(path)
    line = shapely.transform(shapely.LineString(path), lambda xy: xy * (narrow, 1.0))
    inside = shapely.intersection(line, shapely.transform(area.shape, lambda xy: xy * (narrow, 1.0)))
    touched = shapely.get_coordinates(inside)
    if not len(touched):
        return None
    found = np.asarray(shapely.line_locate_point(line, shapely.points(touched), normalized=True))
    return float(found.min()), float(found.max())


def against(area: Area, path: Path, shares: tuple[float, float]) -> bool:
    """True when a path goes through a line's band more against the line than along or across it.

    An area that is no line, told by a device, has no direction to be against.
    """
    if len(area.points) < 2 or area.kind != "line":
        return False
    narrow = _narrow(path)
    line, way = (
        shapely.transform(shapely.LineString(points), lambda xy: xy * (narrow, 1.0))
        for points in (area.points, path)
    )
    ends = shapely.line_interpolate_point(way, shares, normalized=True)
    first, last = (float(share) for share in shapely.line_locate_point(line, ends))
    return last - first < -0.5 * float(shapely.length(way)) * (shares[1] - shares[0])


def _narrow(path: Path) -> float:
    """How much shorter a degree of longitude is than one of latitude."""
    return math.cos(math.radians(path[0][1]))
