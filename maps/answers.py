"""Routes as JSON values, with the instants at which they end."""

from datetime import datetime, timedelta

from casevac.entities import Json, instant
from casevac.told import route_json
from geo.air import Flight
from geo.answers import Route


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
