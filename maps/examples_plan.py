"""Examples of what the planner proposes, as the OpenAPI document shows them."""

from casevac.planner.policy import DISCLAIMER
from maps.examples import AT, LATER

_BRIA = {"name": "Bria Level 2", "lon": 21.98, "lat": 6.54, "id": "mtf-bria"}
_SCENE = {"name": "point of injury", "lon": 21.867, "lat": 6.4995, "id": "R-7K2QXM"}
_FATE = {
    "casualty": "ZGDF-7KWT",
    "category": "T1",
    "arrive_at": "2026-11-22T05:21:00Z",
    "care_at": "2026-11-22T05:09:00Z",
    "care_limit_at": "2026-11-22T05:52:00Z",
    "surgery_at": LATER,
    "surgery_limit_at": "2026-11-22T06:52:00Z",
    "needs_surgery": True,
}
_FIGURES = {
    "casualties": 6,
    "planned": 6,
    "surgical": 5,
    "surgery_in_time": 4,
    "p1": 3,
    "p1_in_time": 3,
    "deaths": 3.1,
    "cost": 3.8,
    "bound": 3.7,
    "gap": 0.027,
}
LINE = {
    "id": "L-3FK29Q",
    "rank": 1,
    "state": "proposed",
    "can_approve": True,
    "why_not": "",
    "summary": "AMB-01 with ZGDF-7KWT to Bria Level 2",
    "vehicles": ["AMB-01"],
    "facility": "mtf-bria",
    "casualties": ["ZGDF-7KWT"],
    "requests": ["R-7K2QXM"],
    "replaces": "",
    "rides": [
        {
            "vehicle": "AMB-01",
            "start": {"name": "AMB-01", "lon": 21.98, "lat": 6.54, "id": "AMB-01"},
            "stops": [_SCENE],
            "end": _BRIA,
            "casualties": ["ZGDF-7KWT"],
            "begin_at": AT,
            "end_at": "2026-11-22T05:26:00Z",
            "air": False,
        }
    ],
    "fates": [_FATE],
    "reasons": [
        "to Bria Level 2, not the nearer Bambari Level 2: its table is free 55 min later",
        "AMB-01 can be with ZGDF-7KWT (T1) at 05:08Z",
        "ZGDF-7KWT (T1): surgery can begin at 05:41Z, limit 06:52Z: in time",
    ],
    "risks": ["Bria Level 2: tables last told 95 min ago"],
    "alternatives": [
        {
            "vehicles": ["AMB-02"],
            "facility": "mtf-bambari",
            "summary": "AMB-02 to Bambari Level 2",
            "words": ["ZGDF-7KWT (T1): surgery 55 min later, at 06:36Z"],
            "fates": [_FATE | {"surgery_at": "2026-11-22T06:36:00Z"}],
            "id": "L-5HM4TX",
        }
    ],
}
_RULE = {
    "name": "p1_first",
    "version": "1",
    "words": "P1 at surgery within 2 h before all else; then most lives.",
    "curve": "moderate",
    "by": "amina",
    "since": AT,
}
POINT = {
    "policy": "lives_saved",
    "version": "1",
    "words": "Fewest expected deaths.",
    "chosen": False,
    "figures": _FIGURES | {"deaths": 2.9, "p1_in_time": 2},
    "changes": ["ZGDF-7KWT (T1) 40 min later", "K7PX-3QMR (T2) 35 min sooner"],
}
PROPOSAL = {
    "plan": "P-7K2QXM",
    "mission": "demo",
    "seq": 1234,
    "as_of": AT,
    "stage": "searched",
    "policy": _RULE,
    "network": "98e08f23",
    "hazards": "none",
    "figures": _FIGURES,
    "lines": [LINE],
    "left": [
        {"casualty": "K7PX-3QMR", "category": "T2", "why": "every facility that can treat it is full: Bria"}
    ],
    "troubles": ["Bambari Level 2 is over capacity (24 of 20 beds): nobody is sent there"],
    "helps": [
        {
            "words": "a surgical team at Bria would bring 4 of 6 to surgery within 3 h 00 min, now 2",
            "in_time": 4,
            "now_in_time": 2,
            "of": 6,
        }
    ],
    "locks": [
        {
            "casualty": "ZGDF-7KWT",
            "facility": "mtf-bria",
            "vehicle": "",
            "by": "amina",
            "reason": "its surgeon knows the case",
            "since": AT,
            "words": "ZGDF-7KWT goes to Bria Level 2 (amina, 05:00Z): its surgeon knows the case",
            "trouble": "",
        }
    ],
    "frontier": [POINT],
    "note": DISCLAIMER,
}
STATE = {
    "mission": "demo",
    "stale": False,
    "why": [],
    "down": False,
    "looked_at": AT,
    "seq": 1234,
    "error": None,
    "version": "9f3a1c20b7d4",
}
PLAN = STATE | {"proposal": PROPOSAL}
FRONTIER = {
    "plan": "P-7K2QXM",
    "as_of": AT,
    "stale": False,
    "why": [],
    "policy": _RULE,
    "points": [POINT],
    "note": DISCLAIMER,
}
APPROVED = {
    "approved": [{"line": "L-3FK29Q", "decision": "D-9RW2KA", "chain": "T-8MZ31K", "requests": ["R-7K2QXM"]}],
    "refused": [{"line": "L-8QW2KA", "error": "AlreadyTasked", "message": "AMB-02 has task T-5GFGQ3 by now"}],
}
