"""Running chains whose roads must be looked at anew: what is left of each, and which hazards are news."""

from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from casevac import hazard
from casevac.chain import Chain, on_path
from casevac.events import Leg
from casevac.picture import Picture
from casevac.stamp import entry
from casevac.terms import LegState, Mode
from casevac.view import View
from geo.area import Area
from geo.lonlat import LonLat


class Left(NamedTuple):
    """A leg on the ground that is not done: from where its vehicle is, in seconds of travel as known."""

    number: int
    leg: Leg
    path: tuple[tuple[float, float], ...]  # lon, lat
    seconds_p50: float
    begun: bool = False  # the vehicle is on it, at the first point

    @property
    def start(self) -> LonLat:
        """Where what is left begins."""
        return LonLat(*self.path[0])


class News(NamedTuple):
    """What changed in the way of a chain since its roads were looked at: names, and where it is new.

    What is told anew and still stands is laid and lifted at once, for it may reach less far; `over` are those
    that stand no more.
    """

    laid: tuple[str, ...]
    lifted: tuple[str, ...]
    over: tuple[str, ...]
    driving: tuple[Area, ...]
    walking: tuple[Area, ...]


def standing(picture: Picture, now: datetime) -> tuple[str, ...]:
    """The hazards that hold now, each with the entry that told it last: equal while nothing changed."""
    holding = hazard.active(picture, now)
    return tuple(f"{one.id}@{entry(one.reported.stamp)}" for one in holding if one.reported is not None)


def due(view: View) -> tuple[Chain, ...]:
    """The running chains whose roads go by other hazards than hold now, in the order of their ids."""
    now = standing(view.picture, view.now)
    if all(one.standing == now for one in view.picture.chains.values()):
        return ()
    return tuple(sorted((one for one in view.active if one.standing != now), key=lambda one: one.id))


def news(view: View, chain: Chain) -> News:
    """What was laid and lifted since the roads of the chain were looked at."""
    known, now = set(chain.standing), set(standing(view.picture, view.now))
    laid = {key.rpartition("@")[0] for key in now - known}
    gone = {key.rpartition("@")[0] for key in known - now}
    fresh = replace(view.picture, hazards={key: view.picture.hazards[key] for key in laid})
    driving, walking = (hazard.laid(fresh, view.now, *who) for who in (hazard.DRIVING, hazard.WALKING))
    return News(
        _names(view.picture, laid),
        _names(view.picture, gone),
        _names(view.picture, gone - laid),
        tuple(one.area for one in driving),
        tuple(one.area for one in walking),
    )


def _names(picture: Picture, keys: set[str]) -> tuple[str, ...]:
    ones = ((key, picture.hazards.get(key)) for key in sorted(keys))
    return tuple(
        key if one is None or one.reported is None else hazard.named(one.reported.value) for key, one in ones
    )


def left(view: View, chain: Chain) -> list[Left]:
    """The legs on the ground that are not done, each from where its vehicle is now."""
    done, _ = view.travelled(chain)
    found: list[Left] = []
    for index, (leg, so_far) in enumerate(zip(chain.plan.legs, done, strict=True)):
        if leg.mode == Mode.AIR or so_far.state == LegState.DONE:
            continue
        fix = view.positions.get(leg.vehicle) if leg.mode == Mode.GROUND else None
        begun = so_far.started_at
        if fix is None or begun is None or fix.corrected_at < begun:
            found.append(Left(index, leg, leg.path, leg.seconds_p50))
            continue
        share, ahead = on_path(leg.path, fix.lon, fix.lat)
        path = ((fix.lon, fix.lat), *leg.path[ahead:])
        found.append(Left(index, leg, path, leg.seconds_p50 * (1.0 - share), begun=True))
    return found
