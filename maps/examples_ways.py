"""Examples of ways, places and hazards, as the OpenAPI document shows them."""

from maps.examples import AT, LATER

HAZARD = {
    "id": "H-3NV9WC",
    "kind": "closure",
    "name": "bridge down",
    "affects": ["ground"],
    "lon": 21.9,
    "lat": 6.51,
    "radius_m": 500.0,
    "effect": "closed",
    "severity": None,
    "speed_factor": None,
    "since": None,
    "until": None,
    "by": "PATROL 3",
    "source": "drone",
    "author": "amina",
}
PROFILE = {
    "name": "ambulance",
    "kind": "ground",
    "label": "Ambulance",
    "source": "shipped",
    "estimated": True,
    "status": {"night_factor": "estimated: no measurement behind it"},
}
PREVIEW = {
    "hazard": HAZARD,
    "touches_roads": True,
    "changed": [
        {
            "chain": "T-8MZ31K",
            "request": "R-7K2QXM",
            "facility": "mtf-bria",
            "arrive_p50_at": AT,
            "arrive_p90_at": LATER,
            "then_p50_at": LATER,
            "then_p90_at": LATER,
            "later_s": 1020.0,
            "words": ["AMB-01 to Bria Level 2: 17 min later, 9.4 km farther"],
            "legs": [
                {
                    "vehicle": "AMB-01",
                    "mode": "ground",
                    "to": "Bria Level 2",
                    "later_s": 1020.0,
                    "farther_m": 9400.0,
                    "exposure_s": 0.0,
                    "why_not": None,
                    "path": [[21.986, 6.542], [21.867, 6.4995]],
                }
            ],
        }
    ],
    "unchanged": ["T-2QX7PD"],
}
PLACE = {
    "name": "Sibut",
    "kind": "town",
    "lon": 19.08,
    "lat": 5.72,
    "mgrs": "34NBL8725632732",
    "uncertainty_m": 2000,
    "source": "road names",
}
ROUTE = {
    "profile": "ambulance",
    "seconds_p50": 2490.0,
    "seconds_p90": 3300.0,
    "metres": 14000.0,
    "exposure_s": 95.0,
    "danger_s": 1900.0,
    "estimated": True,
    "access_m": 120.0,
    "depart_at": AT,
    "arrive_p50_at": LATER,
    "arrive_p90_at": LATER,
    "path": [[21.986, 6.542], [21.867, 6.4995]],
    "arcs": [
        {
            "name": "Bria - Ippy",
            "ref": "RN2",
            "metres": 13880.0,
            "seconds": 2400.0,
            "surface": "gravel",
            "estimated": True,
            "base_s": 1950.0,
            "slow": ["dust"],
            "threats": ["checkpoint"],
            "severity": 20.0,
            "exposure_s": 95.0,
        }
    ],
}
WAY = ROUTE | {
    "season": "dry",
    "avoids": True,
    "risks": [
        "curfew (closure) begins at 18:00Z on the way of ambulance to Sibut, which may pass it until 18:20Z"
    ],
    "without_hazards": ROUTE | {"seconds_p50": 1950.0, "later_s": 540.0, "farther_m": 0.0},
    "from": PLACE,
    "to": PLACE,
    "eta_range_s": [2300.0, 3900.0],
    "eta_skipped": 0,
}
_REACHED = {"seconds_p50": 2490.0, "seconds_p90": 3300.0, "metres": 14000.0}
_RIDE = {
    "mode": "ground", "vehicle": None, "profile": "ambulance",
    "from": {"name": "the place", "lon": 21.867, "lat": 6.4995, "id": ""},
    "to": {"name": "Bria Level 2", "lon": 21.98, "lat": 6.54, "id": "mtf-bria"},
} | _REACHED  # fmt: skip
_NEAR = {
    "id": "mtf-bria",
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
    "mode": "ground",
    "legs": [_RIDE],
    "notes": ["ambulance to Bria Level 2: 14 km, 21 min"],
    "beds_free": 15,
    "table_free_at": LATER,
} | _REACHED
NEAREST = [
    _NEAR,
    _NEAR
    | {
        "id": "mtf-birao",
        "name": "Birao Level 1",
        "usable": False,
        "reasons": ["has no DCS"],
        "estimated": None,
        "route": None,
        "mode": None,
        "legs": [],
        "notes": [],
        "table_free_at": None,
    },
]
