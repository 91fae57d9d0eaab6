"""A way as a coordinator asks for it: at an instant, under the hazards then, with all there is to say."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from casevac import hazard
from casevac.chain import Arrival
from casevac.daylight import is_night
from casevac.passing import Journey, risks
from casevac.picture import Picture
from casevac.plain import Json, instant
from casevac.terms import Mode
from casevac.told import place_json, route_json, spread_json
from casevac.vague import Spread, between_s
from casevac.view import View
from casevac.whereabouts import Found
from geo.air import Flight, flight
from geo.answers import Route
from geo.area import met
from geo.errors import Unreachable
from geo.lonlat import LonLat
from geo.routing import Router

MOST_OTHERS = 5
MODES = {"air": (Mode.AIR,), "foot": hazard.WALKING, "ground": hazard.DRIVING}


class Asked(NamedTuple):
    """What is asked of a way: for whom, begun when, with or without regard to hazards, and what else."""

    profile: str
    at: datetime
    avoid: bool = True
    others: int = 0  # how many really different ways beside the quickest
    compare: bool = False  # the same without hazards beside it


class Itinerary(NamedTuple):
    """A way with what was asked of it; `spread` where an end is vague, `without` the way without hazards."""

    asked: Asked
    season: str
    way: Route | Flight
    ends: tuple[Found, Found]
    risks: tuple[str, ...]
    spread: Spread | None = None
    without: Route | Flight | None = None


def itinerary(router: Router, picture: Picture, ends: tuple[Found, Found], asked: Asked) -> Itinerary:
    """The quickest way between two places under the hazards that hold at the instant.

    The router is the one without hazards, in the season asked for. Raises BadPlace, OffNetwork, Unreachable,
    UnknownProfile.
    """
    roads = under(router, picture, asked) if asked.avoid else router
    start, end = ends[0].place, ends[1].place
    way = _way(roads, picture, (start, end), asked)
    vague, night = ends[0].circle.vague or ends[1].circle.vague, _night(start, asked)
    spread = between_s(roads, ends[0].circle, ends[1].circle, asked.profile, night=night) if vague else None
    without = _way(router, picture, (start, end), asked._replace(avoid=False)) if asked.compare else None
    said = tuple(_risks(picture, way, ends[1], asked, router)) if asked.avoid else ()
    return Itinerary(asked, router.season, way, ends, said, spread, without)


def under(router: Router, picture: Picture, asked: Asked) -> Router:
    """The roads under the hazards that bind such a vehicle then."""
    return router.under(hazard.laid(picture, asked.at, *_modes(router, asked)))


def _modes(router: Router, asked: Asked) -> tuple[Mode, ...]:
    known = router.profiles.get(asked.profile)
    return MODES["ground" if known is None else known.kind]


def _night(start: LonLat, asked: Asked) -> bool:
    return is_night(start.lon, start.lat, asked.at)


def _way(router: Router, picture: Picture, ends: tuple[LonLat, LonLat], asked: Asked) -> Route | Flight:
    if Mode.AIR not in _modes(router, asked):
        return router.route(*ends, asked.profile)
    flown = flight(*ends, router.profiles[asked.profile], night=_night(ends[0], asked))
    areas = met(hazard.areas(picture, asked.at, Mode.AIR), flown.path) if asked.avoid else []
    if areas:
        raise Unreachable(f"{' and '.join(areas)} lies on the flight; send a ground vehicle or wait")
    return flown


def _risks(picture: Picture, way: Route | Flight, end: Found, asked: Asked, router: Router) -> Iterator[str]:
    """What the way passes, and what begins before it is passed."""
    mode = _modes(router, asked)[-1]
    p50, p90 = (asked.at + timedelta(seconds=one) for one in (way.seconds_p50, way.seconds_p90))
    goal = end.name or f"{end.place.lon:.5f},{end.place.lat:.5f}"
    trip = Journey(mode, way.path, Arrival(asked.at, p50, p90), asked.profile, goal)
    return risks(View(picture, asked.at), trip)


# --- as JSON values


def way_json(way: Route | Flight, profile: str, at: datetime) -> Json:
    """A route by road, or a flight, begun at an instant."""
    told = route_json(way) if isinstance(way, Route) else _flight(way)
    ends = {
        "profile": profile,
        "depart_at": instant(at),
        "arrive_p50_at": instant(at + timedelta(seconds=way.seconds_p50)),
        "arrive_p90_at": instant(at + timedelta(seconds=way.seconds_p90)),
    }
    return told | ends


def itinerary_json(found: Itinerary) -> Json:
    """The way, its ends, and what was asked of it beside: times, metres and exposure apart."""
    asked = found.asked
    told = way_json(found.way, asked.profile, asked.at)
    told |= {"season": found.season, "avoids": asked.avoid, "risks": list(found.risks)}
    if found.spread is not None:
        told |= {"eta_range_s": spread_json(found.spread), "eta_skipped": found.spread.skipped}
    if found.without is not None:
        told["without_hazards"] = way_json(found.without, asked.profile, asked.at) | _more(found)
    return told | {"from": place_json(found.ends[0]), "to": place_json(found.ends[1])}


def _more(found: Itinerary) -> Json:
    """What the hazards cost: how much later and farther the way is for them."""
    way, without = found.way, found.without
    if without is None:
        return {}
    return {
        "later_s": round(way.seconds_p50 - without.seconds_p50, 1),
        "farther_m": round(way.metres - without.metres, 1),
    }


def _flight(way: Flight) -> Json:
    return {
        "seconds_p50": round(way.seconds_p50, 1),
        "seconds_p90": round(way.seconds_p90, 1),
        "metres": round(way.metres, 1),
        "exposure_s": 0.0,
        "danger_s": 0.0,
        "estimated": False,
        "access_m": 0.0,
        "path": [[round(lon, 6), round(lat, 6)] for lon, lat in way.path],
        "arcs": [],
    }
