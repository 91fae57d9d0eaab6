"""Routes and nearest facilities as JSON values, the same over HTTP and on the command line."""

from typing import Any

from casevac.entities import instant
from casevac.nearest import Near
from geo.answers import Route


def route_json(found: Route) -> dict[str, Any]:
    """A route: seconds, metres, the path as lon, lat, and every arc with what it rests on."""
    return {
        "seconds_p50": round(found.seconds_p50, 1),
        "seconds_p90": round(found.seconds_p90, 1),
        "metres": round(found.metres, 1),
        "estimated": found.estimated,
        "access_m": round(found.access_m, 1),
        "path": [[round(lon, 6), round(lat, 6)] for lon, lat in found.path],
        "arcs": [
            {
                "name": arc.name,
                "ref": arc.ref,
                "metres": round(arc.metres, 1),
                "seconds": round(arc.seconds, 1),
                "surface": arc.surface,
                "estimated": arc.estimated,
            }
            for arc in found.arcs
        ],
    }


def near_json(near: Near) -> dict[str, Any]:
    """One facility as seen from a place: without times out of reach, with reasons not usable."""
    card = near.facility.card
    return {
        "id": card.id,
        "name": card.name,
        "level": card.level,
        "capabilities": [str(one) for one in card.capabilities],
        "lon": card.lon,
        "lat": card.lat,
        "usable": not near.reasons,
        "reasons": list(near.reasons),
        "seconds_p50": _rounded(near.seconds_p50),
        "seconds_p90": _rounded(near.seconds_p90),
        "metres": _rounded(near.metres),
        "estimated": near.estimated,
        "arrive_p50_at": instant(near.arrive_p50_at),
        "arrive_p90_at": instant(near.arrive_p90_at),
        "route": None if near.route is None else route_json(near.route),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
