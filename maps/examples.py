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
    "lon": 21.867,
    "lat": 6.4995,
    "uncertainty_m": 1000.0,
    "carried_by": None,
    "facility": None,
    "chain": "T-8MZ31K",
    "source": "voice",
    "what": "blast, both legs",
    "needs": ["DCS"],
    "forecast_estimated": True,
    "clocks": [CLOCK],
}
VEHICLE = {
    "id": "AMB-01",
    "callsign": "AMB-01",
    "kind": "ground",
    "profile": "ambulance",
    "device": "AMB-01",
    "state": "available",
    "litters": 2,
    "seats": 3,
    "aboard": [],
    "task": None,
    "home": {"name": "Bria", "lon": 21.986, "lat": 6.542},
}
FACILITY = {
    "id": "mtf-bria",
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
    "id": "sibut-hls", "name": "Sibut airfield", "kind": "landing", "lon": 19.1, "lat": 5.7,
    "source": "OurAirports", "demonstration": True,
    "landing": {
        "radius_m": 40.0, "surface": "gravel", "slope_deg": 4.0, "slope_toward_deg": 180.0,
        "obstacles": [{"bearing_deg": 90.0, "distance_m": 60.0, "height_m": 12.0, "what": "mast"}],
        "wires": False, "approaches_deg": [20.0, 200.0], "marking": "white H", "by_day": True,
        "by_night": None, "elevation_m": 420.0, "strip_m": 0.0,
    },
    "checked_at": AT, "checked_by": "PATROL 3",
}  # fmt: skip
REQUEST = {
    "id": "R-7K2QXM",
    "place": "34NEN9586318503",
    "lon": 21.867,
    "lat": 6.4995,
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
    "vehicle": "AMB-01",
    "purpose": "to_pickup",
    "from": {"name": "AMB-01", "lon": 21.986, "lat": 6.542, "id": "AMB-01"},
    "to": {"name": "34NEN9586318503", "lon": 21.867, "lat": 6.4995, "id": "R-7K2QXM"},
    "path": [[21.986, 6.542], [21.867, 6.4995]],
    "metres": 14000.0,
    "exposure_s": 0.0,
    "danger_s": 0.0,
    "depart_at": AT,
    "arrive_p50_at": LATER,
    "arrive_p90_at": "2026-11-22T05:55:00Z",
    "estimated": True,
    "state": "planned",
    "casualties": [],
}
CHAIN = {
    "id": "T-8MZ31K",
    "request": "R-7K2QXM",
    "vehicles": ["AMB-01"],
    "casualties": ["0000-0011"],
    "facility": "mtf-bria",
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
TEAM = {
    "id": "AMET-1",
    "name": "AMET 1",
    "kind": "amet",
    "members": 3,
    "ready": True,
    "facility": "mtf-bria",
    "vehicle": None,
}
TASK = {
    "id": "T-5GFGQ3",
    "request": "R-7K2QXM",
    "chain": "T-8MZ31K",
    "vehicle": "AMB-01",
    "casualties": ["0000-0011"],
    "status": "cancelled",
    "recall": {"reason": "the road is blocked", "told_at": AT, "seen_at": None},
}
QUESTION = {
    "id": "Q-6TS4DB",
    "casualty": "0000-0011",
    "text": "release the tourniquet after two hours?",
    "urgency": "now",
    "asked_at": AT,
    "answer": None,
}
ALARM = {
    "id": "task:T-5GFGQ3",
    "kind": "task_unanswered",
    "severity": "warning",
    "group": "vehicles",
    "subject": "AMB-01",
    "words": "AMB-01 has not answered its task",
    "since": AT,
    "round": 1,
    "times": 1,
    "raised_at": AT,
    "insists_at": AT,
    "acknowledged_at": None,
    "acknowledged_by": "",
    "over": False,
}
TEXT = {
    "request": "R-7K2QXM",
    "form": "nine-line",
    "text": "LINE 1 34NEN9586318503\nLINE 2 38.65 PATROL 3\nLINE 3 A1\nLINE 4 A\nLINE 5 L1",
}
RECORD = {
    "id": "0000-0011",
    "entries": [
        {
            "id": "0a1b2c3d4e5f",
            "at": AT,
            "kind": "treatment_given",
            "words": "tourniquet, left leg",
            "by": "medic",
            "source": "voice",
            "counts": True,
            "withdrawn": False,
            "withdrawn_why": "",
        }
    ],
    "text": "M: mine\nI: left leg amputated below the knee\nS: pulse 130, alert\nT: tourniquet",
}
BOARD = {
    "facility": FACILITY,
    "inbound": [
        {
            "id": "0000-0011",
            "category": "T1",
            "what": "blast, both legs",
            "needs": ["DCS"],
            "chain": "T-8MZ31K",
            "vehicle": "AMB-01",
            "arrive_p50_at": LATER,
            "arrive_p90_at": LATER,
        }
    ],
    "patients": [],
}
CALL = {"line": LINE, "events": [LINE], "entities": {}}
POSITION = {
    "device": "AMB-01",
    "vehicle": "AMB-01",
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
    "uncertainty_m": 0,
    "mission": "demo",
}
JUDGED = {"offset_s": -259200.4, "judged_at": AT, "corrected": True, "words": "3.0 days slow"}
DEVICE = {"name": "AMB-01", "mission": "demo", "vehicle": "AMB-01", "position": POSITION, "guarantee": "A"}
MISSION = {"id": "demo", "name": "Demonstration", "kind": "exercise", "speed_factor": 10.0, "note": ""}
SNAPSHOT = {
    "epoch": "9f3a1c20",
    "seq": 412,
    "server_time": AT,
    "mission": MISSION,
    "entities": {
        "casualties": {"0000-0011": CASUALTY},
        "vehicles": {"AMB-01": VEHICLE},
        "facilities": {"mtf-bria": FACILITY},
        "sites": {"sibut-hls": SITE},
        "requests": {"R-7K2QXM": REQUEST},
        "chains": {"T-8MZ31K": CHAIN},
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
            "summary": "AMB-01 to Bria Level 2",
            "vehicles": ["AMB-01"],
            "facility": "mtf-bria",
            "casualties": ["0000-0011"],
            "pickup_p50_at": AT,
            "arrive_p50_at": LATER,
            "arrive_p90_at": LATER,
            "verdict": "within 2 h",
            "estimated": True,
            "legs": [LEG],
            "reasons": ["nearest facility with DCS"],
            "risks": ["AMB-01 last reported its position 20 min ago"],
            "capability": [
                "DCS: Bria Level 2 (1 operating table)",
                "advanced care: crew of AMB-01 at 05:40Z",
            ],
            "via": [],
            "beds_free_on_arrival": 19,
            "ahead_in_queue": 0,
            "table_free_at": AT,
            "promises": [
                {
                    "casualty": "0000-0011",
                    "category": "T1",
                    "arrive_p50_at": LATER,
                    "arrive_p90_at": LATER,
                    "care_p50_at": LATER,
                    "care_p90_at": LATER,
                    "surgery_p50_at": LATER,
                    "surgery_p90_at": LATER,
                    "surgery_limit_at": LATER,
                }
            ],
        }
    ],
    "refused": [{"what": "AMB-12", "why": "no litter left"}],
    "advice": [],
    "replaces": None,
}
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
RANGE = {"from": AT, "to": LATER, "marks": [{"at": AT, "kind": "alert_raised", "text": "alert raised"}]}
_FAULT = {"error": "UnknownPlace", "message": "no place 'x' is known; give LON,LAT or a grid"}
_FAULTS = {
    404: "Something was named that is not here.",
    409: "The present state forbids it.",
    422: "It cannot be understood; the message says what to do.",
    503: "The store does not answer; try again, nothing is lost.",
}

LANE = {"lane": 0.1}
STREAM: Responses = {
    200: {
        "description": "Frames hello, change, positions, moves, lane, heartbeat, reset.",
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
