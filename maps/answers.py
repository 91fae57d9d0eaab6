"""Options, routes and the nearest facilities as JSON values."""

from datetime import datetime, timedelta

from casevac.entities import Json, entities, instant, leg_json
from casevac.events import Option, OptionsComputed
from casevac.nearest import Near
from casevac.picture import Picture
from geo.air import Flight
from geo.answers import Route


def options_json(body: OptionsComputed) -> Json:
    """A decision as the page shows it."""
    return {
        "decision": body.decision,
        "options": [_option(one) for one in body.options],
        "refused": [{"what": one.what, "why": one.why} for one in body.refused],
    }


def _option(one: Option) -> Json:
    return {
        "id": one.id,
        "rank": one.rank,
        "summary": one.summary,
        "vehicles": list(one.vehicles),
        "facility": one.facility,
        "casualties": list(one.casualties),
        "pickup_p50_at": instant(one.pickup_p50_at),
        "arrive_p50_at": instant(one.arrive_p50_at),
        "arrive_p90_at": instant(one.arrive_p90_at),
        "verdict": one.verdict,
        "estimated": one.estimated,
        "legs": [leg_json(leg) for leg in one.legs],
        "reasons": list(one.reasons),
    }


def route_json(route: Route | Flight, profile: str, now: datetime) -> Json:
    """A route by road, or a flight, begun now."""
    return {
        "profile": profile,
        "seconds_p50": round(route.seconds_p50, 1),
        "seconds_p90": round(route.seconds_p90, 1),
        "metres": round(route.metres, 1),
        "estimated": isinstance(route, Route) and route.estimated,
        "access_m": round(route.access_m, 1) if isinstance(route, Route) else 0.0,
        "arrive_p50_at": instant(now + timedelta(seconds=route.seconds_p50)),
        "arrive_p90_at": instant(now + timedelta(seconds=route.seconds_p90)),
        "path": [[round(lon, 6), round(lat, 6)] for lon, lat in route.path],
        "arcs": _arcs(route) if isinstance(route, Route) else [],
    }


def _arcs(route: Route) -> list[Json]:
    return [
        {
            "name": arc.name,
            "ref": arc.ref,
            "metres": round(arc.metres, 1),
            "seconds": round(arc.seconds, 1),
            "surface": arc.surface,
            "estimated": arc.estimated,
        }
        for arc in route.arcs
    ]


def near_json(near: Near, picture: Picture, profile: str, now: datetime) -> Json:
    """A facility as seen from a place: how soon, or why not."""
    looks = entities(picture, now, only={"facilities": [near.facility.id]})["facilities"]
    return {
        "facility": looks[near.facility.id],
        "reachable": not near.reasons,
        "reasons": list(near.reasons),
        "seconds_p50": _rounded(near.seconds_p50),
        "seconds_p90": _rounded(near.seconds_p90),
        "metres": _rounded(near.metres),
        "arrive_p50_at": instant(near.arrive_p50_at),
        "arrive_p90_at": instant(near.arrive_p90_at),
        "route": route_json(near.route, profile, now) if near.route is not None else None,
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 1)
