"""Examples of every answer, as the OpenAPI document shows them."""

from typing import Any

Responses = dict[int | str, dict[str, Any]]

AT = "2026-11-22T05:00:00Z"
LATER = "2026-11-22T05:41:30Z"
CLOCK = {
    "step": "surgery",
    "target_at": "2026-11-22T06:52:00Z",
    "target_latest_at": "2026-11-22T06:52:00Z",
    "forecast_p50_at": LATER,
    "forecast_p90_at": "2026-11-22T05:55:00Z",
    "actual_at": None,
    "status": "on_track",
}
CASUALTY = {
    "id": "0000-0011",
    "request": "R-7K2QXM",
    "category": "T1",
    "injury_at": "2026-11-22T04:52:00Z",
    "injury_uncertainty_s": 120.0,
    "state": "planned",
    "lon": 19.6,
    "lat": 6.2,
    "uncertainty_m": 1000.0,
    "carried_by": None,
    "facility": None,
    "chain": "C-1",
    "source": "voice",
    "what": "blast, both legs",
    "needs": ["DCS"],
    "forecast_estimated": True,
    "clocks": [CLOCK],
}
VEHICLE = {
    "id": "amb-03",
    "callsign": "AMB 03",
    "kind": "ground",
    "profile": "ambulance",
    "device": "amb-03",
    "state": "available",
    "litters": 2,
    "seats": 3,
    "aboard": [],
    "task": None,
    "home": {"name": "Sibut", "lon": 19.08, "lat": 5.72},
}
FACILITY = {
    "id": "bria-l2",
    "name": "Bria Level 2",
    "lon": 21.98,
    "lat": 6.54,
    "level": "L2",
    "capabilities": ["RESUS", "DCR", "DCS"],
    "beds": {"staffed": 20, "free": 14},
    "tables": 1,
    "open": True,
    "source": "public report",
    "date": "2025-10-30",
    "demonstration": True,
    "inbound": [],
    "patients": [],
}
SITE = {
    "id": "sibut-hls",
    "name": "Sibut airfield",
    "kind": "landing",
    "lon": 19.1,
    "lat": 5.7,
    "source": "OurAirports",
    "demonstration": True,
}
REQUEST = {
    "id": "R-7K2QXM",
    "place": "34NFN0939121654",
    "lon": 19.6,
    "lat": 6.2,
    "uncertainty_m": 1000.0,
    "how_many": 1,
    "what": "mine strike",
    "who": "PATROL 3",
    "source": "voice",
    "opened_at": AT,
    "state": "open",
    "casualties": ["0000-0011"],
}
LEG = {
    "mode": "ground",
    "vehicle": "amb-03",
    "purpose": "to_pickup",
    "from": {"name": "AMB 03", "lon": 19.08, "lat": 5.72, "id": "amb-03"},
    "to": {"name": "34NFN0939121654", "lon": 19.6, "lat": 6.2, "id": "R-7K2QXM"},
    "path": [[19.08, 5.72], [19.6, 6.2]],
    "metres": 88300.0,
    "depart_at": AT,
    "arrive_p50_at": LATER,
    "arrive_p90_at": "2026-11-22T05:55:00Z",
    "estimated": True,
    "state": "planned",
    "casualties": [],
}
CHAIN = {
    "id": "C-1",
    "request": "R-7K2QXM",
    "vehicles": ["amb-03"],
    "casualties": ["0000-0011"],
    "facility": "bria-l2",
    "status": "active",
    "legs": [LEG],
    "late": [],
}
LINE = {
    "seq": 412,
    "at": AT,
    "kind": "alert_raised",
    "text": "alert raised: mine strike",
    "actor": "watch-keeper",
    "source": "voice",
}
POSITION = {
    "device": "amb-03",
    "vehicle": "amb-03",
    "lon": 19.08,
    "lat": 5.72,
    "at": AT,
    "received_at": AT,
    "speed": 16.0,
    "course": 41.0,
    "accuracy": 6.0,
    "battery": 81.0,
    "source": "device",
    "speaker": None,
    "flags": [],
    "mission": "demo",
}
MISSION = {"id": "demo", "name": "Demonstration", "kind": "exercise", "speed_factor": 10.0, "note": ""}
SNAPSHOT = {
    "epoch": "9f3a1c20",
    "seq": 412,
    "server_time": AT,
    "mission": MISSION,
    "entities": {
        "casualties": {"0000-0011": CASUALTY},
        "vehicles": {"amb-03": VEHICLE},
        "facilities": {"bria-l2": FACILITY},
        "sites": {"sibut-hls": SITE},
        "requests": {"R-7K2QXM": REQUEST},
        "chains": {"C-1": CHAIN},
    },
    "positions": [POSITION],
    "log": [LINE],
}
OPTIONS = {
    "decision": "D-9RW2KA",
    "options": [
        {
            "id": "1",
            "rank": 1,
            "summary": "AMB 03 to Bria Level 2",
            "vehicles": ["amb-03"],
            "facility": "bria-l2",
            "casualties": ["0000-0011"],
            "pickup_p50_at": AT,
            "arrive_p50_at": LATER,
            "arrive_p90_at": LATER,
            "verdict": "within 2 h",
            "estimated": True,
            "legs": [LEG],
            "reasons": ["nearest facility with DCS"],
        }
    ],
    "refused": [{"what": "AMB 12", "why": "no litter left"}],
}
ROUTE = {
    "profile": "ambulance",
    "seconds_p50": 2490.0,
    "seconds_p90": 3300.0,
    "metres": 88300.0,
    "estimated": True,
    "access_m": 120.0,
    "arrive_p50_at": LATER,
    "arrive_p90_at": LATER,
    "path": [[19.08, 5.72], [19.6, 6.2]],
    "arcs": [
        {
            "name": "Sibut - Bambari",
            "ref": "RN2",
            "metres": 88180.0,
            "seconds": 2400.0,
            "surface": "gravel",
            "estimated": True,
        }
    ],
}
_REACHED = {"seconds_p50": 2490.0, "seconds_p90": 3300.0, "metres": 88300.0}
_NEAR = {
    "id": "bria-l2",
    "name": "Bria Level 2",
    "level": "L2",
    "capabilities": ["RESUS", "DCR", "DCS"],
    "lon": 21.98,
    "lat": 6.54,
    "usable": True,
    "reasons": [],
    "arrive_p50_at": LATER,
    "arrive_p90_at": LATER,
    "estimated": True,
    "route": ROUTE,
} | _REACHED
NEAREST = [
    _NEAR,
    _NEAR
    | {
        "id": "obo-l1",
        "name": "Obo",
        "usable": False,
        "reasons": ["has no DCS"],
        "estimated": None,
        "route": None,
    },
]
REPORT = {
    "type": "report",
    "epoch": 1,
    "n": 7,
    "at": AT,
    "corrected_at": AT,
    "received_at": AT,
    "lon": 19.08,
    "lat": 5.72,
    "kind": None,
    "flags": [],
}
ROADS = {"type": "FeatureCollection", "features": [], "truncated": False}
HEALTH = {
    "status": "ok",
    "parts": {"ingest": {"state": "ready", "address": None, "pid": 4711, "restarts": 0}},
    "set_aside": 0,
    "store": {"reachable": True, "trouble": None, "epoch": "9f3a1c20", "seq": 412},
    "live": {"viewers": 3, "missions": ["demo"]},
    "version": "0.1.0",
}
PLACE = {"lon": 19.08, "lat": 5.72, "mgrs": "34NBL8725632732", "name": "Sibut"}
RANGE = {"from": AT, "to": LATER, "marks": [{"at": AT, "kind": "alert_raised", "text": "alert raised"}]}
_FAULT = {"error": "UnknownPlace", "message": "no place 'x' is known; give LON,LAT or a grid"}
_FAULTS = {
    404: "Something was named that is not here.",
    409: "The present state forbids it.",
    422: "It cannot be understood; the message says what to do.",
    503: "The store does not answer; try again, nothing is lost.",
}

STREAM: Responses = {
    200: {
        "description": "Frames hello, change, positions, heartbeat, reset.",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'id: 9f3a1c20-412\nevent: change\ndata: {"seq":412,"log":[],"entities":{}}\n\n',
            }
        },
    }
}


def shown(example: object, status: int = 200) -> Responses:
    """The answers of one route: the good one with its example, the bad ones in their one shape."""
    good: Responses = {
        status: {"description": "As asked.", "content": {"application/json": {"example": example}}}
    }
    bad: Responses = {
        code: {"description": words, "content": {"application/json": {"example": _FAULT}}}
        for code, words in _FAULTS.items()
    }
    return good | bad
