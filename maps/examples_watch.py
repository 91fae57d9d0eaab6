"""Examples of what a watch-keeper and his programs are told, as the OpenAPI document shows them."""

from maps.examples import AT, Responses

HEALTH = {
    "status": "ok",
    "parts": {"ingest": {"state": "ready", "address": None, "pid": 4711, "restarts": 0}},
    "reasons": [],
    "stages": {
        "total": {"offered": 1200, "stored": 1190, "duplicates": 9, "limited": 0, "backlog": 0},
        "ingest": {"ingest": {"stored": 1190, "oldest_unacknowledged_s": 0.0, "fault": None, "stale": False}},
        "broker": {"queue": 0, "stored": 41, "dropped": 0, "dropped_lately": 0, "clients": 12},
    },
    "disk": {
        "free_bytes": 76_000_000_000,
        "total_bytes": 252_000_000_000,
        "free_percent": 30.2,
        "low": False,
    },
    "set_aside": 1,
    "set_aside_reasons": {"unreadable": 1},
    "store": {"reachable": True, "trouble": None, "epoch": "9f3a1c20", "seq": 412},
    "live": {"viewers": 3, "missions": ["demo"]},
    "version": "0.1.0",
}
ASIDE = {
    "id": 7,
    "topic": "casevac/v1/TRK-1/report",
    "device": "TRK-1",
    "mission": "demo",
    "reason": "unreadable",
    "words": "lat: Expected a number <= 90.0",
    "times": 1,
    "first_at": AT,
    "last_at": AT,
    "resolved_at": None,
    "text": '{"epoch":1,"n":6,"at":"2026-11-22T05:00:00Z","lon":18.55,"lat":91}',
    "hex": None,
    "size": 65,
    "cut": False,
}

METRICS: Responses = {
    200: {
        "description": "The text form of Prometheus.",
        "content": {
            "text/plain": {
                "schema": {"type": "string"},
                "example": '# TYPE casevac_ingest_backlog gauge\ncasevac_ingest_backlog{part="ingest"} 0.0\n',
            }
        },
    }
}
