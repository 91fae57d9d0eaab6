"""The ways of an option as drawn: along roads, paths, and in the air round hazards; thin where stored."""

from collections.abc import Iterable
from itertools import pairwise

import shapely
from msgspec.structs import replace

from casevac import hazard, passing
from casevac.events import Leg, Option
from casevac.hour import airspace, roads
from casevac.terms import Mode, Purpose
from casevac.travel import LITTER
from casevac.view import View
from geo.air import OPEN_AIR, Airspace
from geo.detour import LEAST_MARGIN_M
from geo.errors import GeoError
from geo.foot import carry
from geo.lonlat import LonLat, distance_m
from geo.routing import Router

THIN_DEG = 20.0 / 111_195.0  # a stored way lies within some 20 m of the real one
Points = tuple[tuple[float, float], ...]


def drawn(router: Router, view: View, option: Option) -> Option:
    """The option with the real path of each leg; times and metres stay those it was ranked by."""
    poi = _poi(option)
    driving, walking = (
        roads(router, view.picture, poi, view.now, *modes) for modes in (hazard.DRIVING, hazard.WALKING)
    )
    air = airspace(view.picture, view.now)
    legs = tuple(
        _flown(router, view, leg, air)
        if leg.mode == Mode.AIR
        else _drawn(walking if leg.mode == Mode.FOOT else driving, view, leg)
        for leg in option.legs
    )
    guessed = [
        f"the way of {leg.vehicle} to {leg.end.name} rests on estimated roads"
        for leg in legs
        if leg.estimated and leg.mode == Mode.GROUND
    ]
    passed = [line for leg in legs for line in passing.risks(view, passing.planned(leg))]
    risks = tuple(dict.fromkeys((*option.risks, *guessed, *passed)))
    return replace(option, legs=legs, risks=risks, estimated=any(leg.estimated for leg in legs))


def _poi(option: Option) -> LonLat:
    """Where its casualties are first: there it is decided whether it is night on the roads."""
    first = next((leg for leg in option.legs if leg.casualties), option.legs[0])
    return LonLat(first.start.lon, first.start.lat)


def thin(path: Points) -> Points:
    """A path with the points left out that move it by less than 20 m; its ends stay."""
    line = shapely.simplify(shapely.LineString(path), THIN_DEG)
    return tuple((float(lon), float(lat)) for lon, lat in shapely.get_coordinates(line).tolist())


def thinned(option: Option) -> Option:
    """The option as a decision keeps it."""
    return replace(option, legs=tuple(replace(leg, path=thin(leg.path)) for leg in option.legs))


def _flown(router: Router, view: View, leg: Leg, air: Airspace) -> Leg:
    """The flight round what is closed; the way on from where it lands to a door is drawn straight."""
    places = [LonLat(*point) for point in leg.path]
    profile = router.profiles.get(view.picture.vehicles[leg.vehicle].card.profile)
    margin_m = LEAST_MARGIN_M if profile is None else profile.margin_m
    pairs = list(pairwise(places))
    flight = max(pairs, key=lambda pair: distance_m(*pair))  # the others are drives to and from it
    path: list[LonLat] = []
    for a, b in pairs:
        try:
            path += (air if (a, b) == flight else OPEN_AIR).course(a, b, margin_m).path
        except GeoError:  # closed since it was found: shown straight
            path += OPEN_AIR.course(a, b).path
    return replace(leg, path=points(path), estimated=leg.purpose == Purpose.TO_FACILITY)


def _drawn(router: Router, view: View, leg: Leg) -> Leg:
    places = [LonLat(*point) for point in leg.path]
    try:
        if leg.mode == Mode.FOOT:
            return replace(
                leg, path=points(carry(router, places[0], places[-1], LITTER).path), estimated=True
            )
        route = router.route(places[0], places[-1], view.picture.vehicles[leg.vehicle].card.profile)
    except GeoError:  # the table found a way where the route finds none: shown straight, as an estimate
        return replace(leg, estimated=True)
    return replace(leg, path=points(route.path), estimated=route.estimated)


def points(path: Iterable[LonLat]) -> Points:
    """Points to about a metre, each once in a row; at least two."""
    rounded = [(round(place.lon, 5), round(place.lat, 5)) for place in path]
    kept = [point for i, point in enumerate(rounded) if i == 0 or point != rounded[i - 1]]
    return tuple(kept if len(kept) > 1 else [rounded[0], rounded[-1]])
