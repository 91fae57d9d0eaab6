"""Examples of the watch log and of hand-overs, for the OpenAPI document."""

from maps.examples import AT

LINE = {
    "seq": 411,
    "at": AT,
    "kind": "watch_entry_made",
    "text": "watch entry made: generator down until 06:00",
    "actor": "amina",
    "source": "page",
    "by": "",
    "flag": "important",
    "entry": "W-6TS4DB",
    "corrects": None,
    "corrected_by": None,
    "about": [{"group": "vehicles", "id": "AMB-01"}],
}
LOG = {"lines": [LINE], "more": False}
BRIEF = {
    "mission": "demo",
    "name": "Demo",
    "exercise": True,
    "since": AT,
    "until": AT,
    "sections": [
        {
            "name": "hazards",
            "title": "Hazards in force",
            "lines": [{"words": "closure bridge down", "group": "hazards", "subject": "H-3NV9WC"}],
            "more": 0,
        }
    ],
    "text": "HAND-OVER BRIEF",
}
SHIFT = {
    "id": "S-5XW3KD",
    "at": AT,
    "outgoing": "Amina",
    "incoming": "Musa",
    "remarks": "watch the ford at km 15",
    "since": AT,
    "taken_at": None,
    "taken_by": "",
}
