"""Examples of reach and coverage, as the OpenAPI document shows them."""

from maps.examples import AT

_AREA = {"type": "MultiPolygon", "coordinates": [[[[21.9, 6.5], [22.0, 6.5], [22.0, 6.6], [21.9, 6.5]]]]}
REACH = {
    "type": "FeatureCollection",
    "about": {
        "profile": "ambulance",
        "direction": "in",
        "bound": "p50",
        "season": "dry",
        "at": AT,
        "left_out": {"mtf-birao": "has no DCS"},
        "notes": [],
        "estimated": True,
    },
    "features": [
        {
            "type": "Feature",
            "properties": {"kind": "reach", "minutes": 30.0, "km2": 61.2, "road_km": 18.4},
            "geometry": _AREA,
        },
        {
            "type": "Feature",
            "properties": {"kind": "from", "id": "mtf-bria", "name": "Bria Level 2"},
            "geometry": {"type": "Point", "coordinates": [21.98633, 6.54233]},
        },
    ],
}
COVERAGE = {
    "type": "FeatureCollection",
    "about": {
        "estimated": True,
        "km2": 556169.3,
        "road_km": 5600.0,
        "latencies": [
            {
                "step": "decision",
                "words": "from the first word to the plan",
                "p50_s": 190.0,
                "p90_s": 420.0,
                "count": 7,
                "estimated": False,
            }
        ],
        "vehicles": [
            {
                "id": "AMB-01",
                "profile": "ambulance",
                "medical": True,
                "lon": 21.98633,
                "lat": 6.54233,
                "moves_p50_s": 610.0,
                "moves_p90_s": 1620.0,
            }
        ],
        "facilities": [
            {
                "id": "mtf-bria",
                "name": "Bria Level 2",
                "surgery": True,
                "advanced_care": True,
                "lon": 21.98633,
                "lat": 6.54233,
            }
        ],
        "left_out": {"mtf-birao": "has no DCS"},
        "notes": ["seconds of travel are planning estimates until learned from tracks"],
        "missed": {"surgery, wet, night, nine in ten": ["Birao", "Obo"]},
    },
    "features": [
        {
            "type": "Feature",
            "properties": {
                "kind": "coverage",
                "step": "surgery",
                "season": "dry",
                "light": "day",
                "bound": "p50",
                "limit_minutes": 120.0,
                "share_area": 0.643,
                "share_road": 0.938,
                "share_places": 0.969,
                "share_patrols": None,
            },
            "geometry": _AREA,
        }
    ],
}
