"""A way as a coordinator asks for it: at an instant, under the hazards then, with all there is to say."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from casevac import hazard
from casevac.chain import Arrival
from casevac.daylight import is_night
from casevac.events import SiteRegistered
from casevac.hour import airspace
from casevac.landing import suits
from casevac.network import MEETS_AIR
from casevac.passing import Journey, risks
from casevac.picture import Picture
from casevac.plain import Json, instant
from casevac.site import cards
from casevac.terms import Mode
from casevac.told import place_json, route_json, spread_json
from casevac.vague import Sky, Spread, between_s
from casevac.view import View
from casevac.whereabouts import Found
from geo.air import OPEN_AIR, Airspace, Flight
from geo.alternatives import Alternative, Limits, alternatives
from geo.answers import Route
from geo.errors import Unreachable
from geo.explain import Explanation, SideBySide, WhyNot, explain, side_by_side, why_not
from geo.lonlat import LonLat, distance_m
from geo.reasons import ArcReason
from geo.routing import Router

MOST_OTHERS = 5
AT_SITE_M = 10.0  # whoever names a place so near to a landing site means the site
MODES = {"air": (Mode.AIR,), "foot": hazard.WALKING, "ground": hazard.DRIVING}


class Asked(NamedTuple):
    """What is asked of a way: for whom, begun when, with or without regard to hazards, and what else."""

    profile: str
    at: datetime
    avoid: bool = True
    others: int = 0  # how many really different ways beside the quickest
    explain: bool = False  # every arc: base, season, slow, threat
    compare: bool = False  # the same without hazards beside it
    why: bool = False  # why not a more direct way


class Itinerary(NamedTuple):
    """A way with what was asked of it; without a way only why there is none.

    `spread` where an end is vague, `without` the way without hazards beside it.
    """

    asked: Asked
    season: str
    night: bool
    ends: tuple[Found, Found]
    way: Route | Flight | None
    risks: tuple[str, ...] = ()
    spread: Spread | None = None
    explained: Explanation | None = None
    others: tuple[Alternative, ...] = ()
    compared: SideBySide | None = None
    why: WhyNot | None = None


def itinerary(router: Router, picture: Picture, ends: tuple[Found, Found], asked: Asked) -> Itinerary:
    """The quickest way between two places under the hazards that hold at the instant.

    The router is the one without hazards, in the season and at the hour asked for. Raises BadPlace,
    OffNetwork, UnknownProfile, and Unreachable unless `compare` or `why` is asked: then that is the answer.
    """
    roads = under(router, picture, asked) if asked.avoid else router
    start, end = ends[0].place, ends[1].place
    found = Itinerary(asked, router.season, router.night, ends, None)
    try:
        way = _way(roads, picture, (start, end), asked)
        landings = _landings(roads, picture, way, asked)
    except Unreachable:
        if Mode.AIR in _modes(router, asked) or not (asked.compare or asked.why):
            raise
        return _beside(found, roads)
    vague, sky = ends[0].circle.vague or ends[1].circle.vague, Sky(asked.at, _air(picture, asked))
    spread = between_s(roads, ends[0].circle, ends[1].circle, asked.profile, sky) if vague else None
    said = tuple(_risks(picture, way, ends[1], asked, router)) if asked.avoid else ()
    found = found._replace(way=way, risks=(*said, *landings), spread=spread)
    return _beside(found, roads) if isinstance(way, Route) else found


def _beside(found: Itinerary, roads: Router) -> Itinerary:
    """With what else was asked of a way on roads."""
    asked, places = found.asked, (found.ends[0].place, found.ends[1].place)
    if isinstance(found.way, Route):
        if asked.explain:
            found = found._replace(explained=explain(roads, found.way, asked.profile))
        if asked.others:
            several = alternatives(roads, *places, asked.profile, Limits(ways=asked.others + 1))
            found = found._replace(others=several[1:])
    if asked.compare:
        found = found._replace(compared=side_by_side(roads, *places, asked.profile))
    return found._replace(why=why_not(roads, *places, asked.profile)) if asked.why else found


def under(router: Router, picture: Picture, asked: Asked) -> Router:
    """The roads under the hazards that bind such a vehicle then."""
    return router.under(hazard.laid(picture, asked.at, *_modes(router, asked)))


def _modes(router: Router, asked: Asked) -> tuple[Mode, ...]:
    known = router.profiles.get(asked.profile)
    return MODES["ground" if known is None else known.kind]


def _way(router: Router, picture: Picture, ends: tuple[LonLat, LonLat], asked: Asked) -> Route | Flight:
    if Mode.AIR not in _modes(router, asked):
        return router.route(*ends, asked.profile)
    return Sky(asked.at, _air(picture, asked)).flight(*ends, router.profiles[asked.profile])


def _landings(router: Router, picture: Picture, way: Route | Flight, asked: Asked) -> tuple[str, ...]:
    """What may go wrong at the known landing sites where a flight begins and ends.

    Raises Unreachable where its aircraft cannot land there, whether there are hazards or not.
    """
    if isinstance(way, Route):
        return ()
    told, profile = list[str](), router.profiles[asked.profile]
    for place, after_s in ((way.path[0], 0.0), (way.path[-1], way.seconds_p50)):
        site, at = _site(picture, place), asked.at + timedelta(seconds=after_s)
        if site is None:
            continue
        found = suits(site, profile, is_night(place.lon, place.lat, at), at)
        if found.against:
            raise Unreachable(f"{site.name} {' and '.join(found.against)}; choose another landing site")
        told += [f"{site.name} {why}" for why in found.risks]
    return tuple(dict.fromkeys(told))


def _site(picture: Picture, place: LonLat) -> SiteRegistered | None:
    """The mission's landing site that is meant: the nearest within AT_SITE_M."""
    known = cards(picture.sites, picture.site_words).values()
    near = [(distance_m(place, LonLat(one.lon, one.lat)), one.id, one) for one in known
            if one.site_kind in MEETS_AIR]  # fmt: skip
    metres, _, site = min(near, default=(AT_SITE_M, "", None))
    return site if metres < AT_SITE_M else None


def _air(picture: Picture, asked: Asked) -> Airspace:
    return airspace(picture, asked.at) if asked.avoid else OPEN_AIR


def _risks(picture: Picture, way: Route | Flight, end: Found, asked: Asked, router: Router) -> Iterator[str]:
    """What the way passes, and what begins before it is passed."""
    mode = _modes(router, asked)[-1]
    p50, p90 = (asked.at + timedelta(seconds=one) for one in (way.seconds_p50, way.seconds_p90))
    goal = end.name or f"{end.place.lon:.5f},{end.place.lat:.5f}"
    exposed = way.exposure_s if isinstance(way, Route) else None
    trip = Journey(mode, way.path, Arrival(asked.at, p50, p90), asked.profile, goal, exposed)
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
    """The way, its ends, and what was asked of it beside: times, metres and exposure apart.

    Without a way its numbers are null.
    """
    asked = found.asked
    told = _NO_WAY | {"profile": asked.profile, "depart_at": instant(asked.at)}
    if found.way is not None:
        told = way_json(found.way, asked.profile, asked.at)
    told |= {"season": found.season, "night": found.night, "avoids": asked.avoid, "risks": list(found.risks)}
    if found.spread is not None:
        told |= {"eta_range_s": spread_json(found.spread), "eta_skipped": found.spread.skipped}
    if found.explained is not None:
        told["explained"] = _explained(found.explained)
    if asked.others:
        told["alternatives"] = [_other(each, asked) for each in found.others]
    if found.compared is not None:
        told["without_hazards"] = _without(found.compared, asked)
    if found.why is not None:
        told["why_not"] = _why(found.why)
    return told | {"from": place_json(found.ends[0]), "to": place_json(found.ends[1])}


_NO_WAY: Json = {
    "seconds_p50": None, "seconds_p90": None, "metres": None, "exposure_s": None, "danger_s": None,
    "estimated": None, "access_m": None, "path": [], "arcs": [], "arrive_p50_at": None, "arrive_p90_at": None,
}  # fmt: skip


def _explained(found: Explanation) -> Json:
    """In words, and arc by arc: the seconds it takes dry and by day, and what each cause adds."""
    return {
        "words": found.words,
        "walk_s": round(found.walk_s, 1),
        "arcs": [_piece(each) for each in found.pieces],
    }


def _piece(one: ArcReason) -> Json:
    told = (one.metres, one.base_s, one.season_s, one.night_s, one.slow_s, one.exposure_s, one.danger_s)
    names = ("metres", "base_s", "season_s", "night_s", "slow_s", "exposure_s", "danger_s")
    return {
        "name": one.name,
        "ref": one.ref,
        **{name: round(value, 1) for name, value in zip(names, told, strict=True)},
        "severity": one.severity,
        "slow": list(one.slow),
        "threats": list(one.threats),
        "closed": [each.name for each in one.closed],
    }


def _other(one: Alternative, asked: Asked) -> Json:
    """Another way; shared: the part of the best way's time on roads of both, longer: how much costlier."""
    beside = {"shared": round(one.shared, 3), "longer": round(one.longer, 3)}
    return way_json(one.route, asked.profile, asked.at) | beside


def _without(found: SideBySide, asked: Asked) -> Json:
    """The way without hazards; later_s and farther_m: what the hazards cost, null without a way."""
    told: Json = {"words": found.words, "hazards": list(found.hazards), "reason": found.reason or None}
    now, without = found.now, found.without
    if now is None or without is None:
        told |= {"later_s": None, "farther_m": None}
    else:
        later, farther = now.seconds_p50 - without.seconds_p50, now.metres - without.metres
        told |= {"later_s": round(later, 1), "farther_m": round(farther, 1)}
    return (way_json(without, asked.profile, asked.at) if without is not None else {}) | told


def _why(found: WhyNot) -> Json:
    """Why each more direct way was not chosen; now_s is null where it is closed."""
    return {
        "words": found.words,
        "others": [
            {
                "kind": each.kind,
                "label": each.label,
                "words": each.words,
                "metres": round(each.route.metres, 1),
                "free_s": round(each.free_s, 1),
                "now_s": round(each.now_s, 1) if math.isfinite(each.now_s) else None,
                "closed": [{"name": one.name, "metres": round(one.metres, 1)} for one in each.closed],
                "path": [[round(lon, 6), round(lat, 6)] for lon, lat in each.route.path],
            }
            for each in found.others
        ],
    }


def _flight(way: Flight) -> Json:
    """A flight; around: what it goes round, longer_m: by how much that is longer than straight."""
    return {
        "seconds_p50": round(way.seconds_p50, 1),
        "seconds_p90": round(way.seconds_p90, 1),
        "metres": round(way.metres, 1),
        "exposure_s": 0.0,
        "danger_s": 0.0,
        "estimated": False,
        "access_m": 0.0,
        "around": list(way.around),
        "longer_m": round(way.longer_m, 1),
        "path": [[round(lon, 6), round(lat, 6)] for lon, lat in way.path],
        "arcs": [],
    }
