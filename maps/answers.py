"""Options and routes as JSON values, with the instants at which they end."""

from datetime import datetime, timedelta

from casevac.entities import Json, instant, leg_json
from casevac.events import Option, OptionsComputed
from casevac.told import route_json
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


def way_json(way: Route | Flight, profile: str, now: datetime) -> Json:
    """A route by road, or a flight, begun now."""
    told = route_json(way) if isinstance(way, Route) else _flight(way)
    ends = {
        "profile": profile,
        "arrive_p50_at": instant(now + timedelta(seconds=way.seconds_p50)),
        "arrive_p90_at": instant(now + timedelta(seconds=way.seconds_p90)),
    }
    return told | ends


def _flight(way: Flight) -> Json:
    return {
        "seconds_p50": round(way.seconds_p50, 1),
        "seconds_p90": round(way.seconds_p90, 1),
        "metres": round(way.metres, 1),
        "estimated": False,
        "access_m": 0.0,
        "path": [[round(lon, 6), round(lat, 6)] for lon, lat in way.path],
        "arcs": [],
    }
