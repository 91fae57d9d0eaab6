"""Every way to tell something, one row each: by HTTP, on the command line, in the OpenAPI document."""

from casevac.verbs import IDS, OPENS, PLURALS, SHELL_NOUNS, Duty, told_fields

__all__ = ["DUTIES", "IDS", "OPENS", "PLURALS", "SHELL_NOUNS", "Duty", "find", "told_fields"]

_CASUALTY = (
    Duty(
        "casualty_reported", "casualty", "report", "",
        "Report one casualty, new or known, with place and injury time.",
        {"lon": 21.867, "lat": 6.4995, "injury_at": "2026-11-22T04:52:00Z", "injury_uncertainty_s": 120,
         "what": "blast, both legs"},
    ),
    Duty(
        "casualty_triaged", "casualty", "triage", "casualty",
        "Decide a triage category, or give an algorithm and its inputs.",
        {"category": "T1", "algorithm": "clinical"},
    ),
    Duty(
        "precedence_decided", "casualty", "precedence", "casualty",
        "Decide the evacuation precedence; lowering it needs a reason.",
        {"precedence": "urgent_surgical", "reason": "bleeds internally"},
    ),
    Duty(
        "mist_reported", "casualty", "mist", "casualty",
        "Tell MIST or AT-MIST, whole or in part.",
        {"mechanism": "mine", "injuries": "left leg amputated below the knee",
         "signs": "pulse 130, alert", "treatment": "tourniquet 04:55"},
    ),
    Duty(
        "vitals_taken", "casualty", "vitals", "casualty",
        "Record vital signs; leave out what was not taken.",
        {"pulse": 130, "respiration": 28, "spo2": 92, "systolic": 85, "avpu": "V"},
    ),
    Duty(
        "treatment_given", "casualty", "treat", "casualty",
        "Record a treatment at its time.", {"treatment": "tourniquet", "site": "left leg"},
    ),
    Duty(
        "record_withdrawn", "casualty", "withdraw", "casualty",
        "Take back an entry of the record that was wrong; it stays to be seen.",
        {"entry": "0a1b2c3d4e5f", "reason": "it was another casualty's"},
    ),
    Duty(
        "bleeding_controlled", "casualty", "bleeding", "casualty",
        "Bleeding is controlled: the 10 of 10-1-2.", {"by": "combat life saver"},
    ),
    Duty(
        "advanced_care_started", "casualty", "care", "casualty",
        "Advanced care began: the 1 of 10-1-2.", {"by": "medical officer"},
    ),
    Duty(
        "surgery_started", "casualty", "surgery", "casualty",
        "Damage-control surgery began: the 2 of 10-1-2.", {},
    ),
    Duty(
        "casualty_loaded", "casualty", "load", "casualty",
        "A vehicle took the casualty aboard.", {"vehicle": "AMB-01"},
    ),
    Duty(
        "casualty_handed_over", "casualty", "hand-over", "casualty",
        "A facility or another vehicle took the casualty over.", {"facility": "mtf-bria"},
    ),
    Duty(
        "outcome_decided", "casualty", "outcome", "casualty",
        "How the care went on or ended.", {"outcome": "stabilised"},
    ),
    Duty(
        "eligibility_decided", "casualty", "eligibility", "casualty",
        "Decide whether somebody from outside the mission is evacuated by it.",
        {"eligible": True, "authority": "chief of mission", "reason": "no other means within reach"},
    ),
    Duty(
        "casualties_merged", "casualty", "merge", "kept",
        "Two ids are one person: `merged` is read as this one from now on.",
        {"merged": "0000-0011", "reason": "reported twice"},
    ),
    Duty(
        "casualties_split", "casualty", "split", "kept",
        "Two ids are two persons after all: undo a merging.",
        {"merged": "0000-0011", "reason": "two persons after all"},
    ),
    Duty(
        "question_asked", "casualty", "ask", "casualty",
        "Ask a specialist.",
        {"text": "release the tourniquet after two hours?", "urgency": "now", "to": "surgeon"},
    ),
    Duty(
        "question_answered", "question", "answer", "question",
        "Answer a question; the answer goes into the casualty's record.", {"text": "no, leave it and go"},
    ),
)  # fmt: skip
_REQUEST = (
    Duty(
        "alert_raised", "request", "alert", "",
        "Raise an alert: who, where, how many, what. It opens a request with its casualties.",
        {"who": "PATROL 3", "what": "mine strike", "how_many": 2, "lon": 21.867, "lat": 6.4995},
    ),
    Duty(
        "alert_acknowledged", "request", "ack", "request",
        "The operations centre has it.", {"by": "duty officer"},
    ),
    Duty(
        "nine_line_sent", "request", "nine-line", "request",
        "Tell a 9-line, whole or in part; without an id it opens a request.",
        {"pickup": "34NEN9586318503", "lon": 21.867, "lat": 6.4995, "frequency": "38.65",
         "callsign": "PATROL 3", "precedences": {"urgent_surgical": 1}, "equipment": [],
         "litter": 1, "ambulatory": 0},
        opens=True,
    ),
    Duty(
        "read_back_confirmed", "request", "read-back", "request",
        "The 9-line was read back by radio and is right.", {"by": "radio operator"},
    ),
    Duty(
        "methane_sent", "request", "methane", "request",
        "Tell METHANE, whole or in part; without an id it opens a request.",
        {"major": True, "location": "bridge at Bria", "lon": 21.98, "lat": 6.54, "incident": "bus, mine",
         "hazards": "second device?", "access": "from the south", "casualties": {"T1": 3, "T2": 6},
         "number": 9, "services": "two ambulances, one helicopter"},
        opens=True,
    ),
    Duty(
        "request_stood_down", "request", "stand-down", "request",
        "Nobody need come any more: its tasks end.", {"reason": "false alarm"},
    ),
    Duty(
        "requests_merged", "request", "merge", "kept",
        "Two requests tell of one incident: the casualties of `merged` belong to this one.",
        {"merged": "R-4D8FZ2", "reason": "same mine, told twice"},
    ),
    Duty(
        "requests_split", "request", "split", "kept",
        "They are two incidents after all.", {"merged": "R-4D8FZ2", "reason": "two mines"},
    ),
    Duty(
        "asset_warned", "request", "warn", "request",
        "Warn a vehicle, team or facility to make ready; approval may come meanwhile.",
        {"asset": "AMB-01", "asset_kind": "vehicle"},
    ),
    Duty(
        "launch_approved", "request", "approve", "request",
        "An authority lets whatever answers the request go, before it is planned.",
        {"authority": "force headquarters"},
    ),
    Duty(
        "answer_ordered", "request", "order", "request",
        "Order the request answered by the best option that fits these words.", {"vehicle": "AMB-01"},
    ),
)  # fmt: skip
_CHAIN = (
    Duty(
        "launch_approved", "chain", "approve", "chain",
        "An authority lets the vehicles of a chain go.", {"authority": "force headquarters"},
    ),
    Duty(
        "launch_denied", "chain", "deny", "chain",
        "An authority does not let them go, and says why.",
        {"authority": "force headquarters", "reason": "the landing site is under fire"},
    ),
    Duty(
        "divert_ordered", "chain", "order-divert", "chain",
        "Order a chain elsewhere: to the facility named, else to the best other one.",
        {"reason": "the operating theatre is lost", "facility": "mtf-bangui"},
    ),
    Duty("task_accepted", "task", "accept", "task", "The crew accepted its task.", {}),
    Duty("task_declined", "task", "decline", "task", "The crew cannot do it.", {"reason": "no fuel"}),
    Duty("task_finished", "task", "finish", "task", "The crew finished its task.", {}),
    Duty(
        "recall_acknowledged", "task", "recall-seen", "task",
        "The crew has seen that its task was taken back.", {},
    ),
    Duty(
        "cancel_ordered", "task", "order-cancel", "task",
        "Order a task taken back, with the others of its chain.", {"reason": "the road is blocked"},
    ),
)  # fmt: skip
_MEANS = (
    Duty(
        "vehicle_status_changed", "vehicle", "status", "vehicle",
        "What a vehicle is doing.", {"state": "on_scene"},
    ),
    Duty(
        "vehicle_condition_reported", "vehicle", "condition", "vehicle",
        "What a vehicle can still do; leave out what is not known.",
        {"fuel_percent": 60, "range_km": 240, "duty_ends_at": "2026-11-22T18:00:00Z",
         "equipment": ["ventilator"]},
    ),
    Duty(
        "asset_answered", "vehicle", "answer", "asset",
        "The vehicle that was warned is ready, will be, or cannot.", {"request": "R-7K2QXM", "ready": True},
    ),
    Duty(
        "asset_answered", "team", "answer", "asset",
        "The team that was warned is ready, will be, or cannot.",
        {"request": "R-7K2QXM", "ready": False, "reason": "crew rest"},
    ),
    Duty(
        "asset_answered", "facility", "answer", "asset",
        "The facility that was warned is ready, will be, or cannot.",
        {"request": "R-7K2QXM", "ready": True, "ready_at": "2026-11-22T05:30:00Z"},
    ),
    Duty(
        "team_status_changed", "team", "status", "team",
        "Where a team is and whether it can go.", {"ready": True, "vehicle": "HEL-01"},
    ),
    Duty(
        "facility_status_reported", "facility", "status", "facility",
        "The board of a facility, whole or in part.",
        {"accepting": "open", "beds": [{"bed": "icu", "staffed": 4, "free": 1}], "tables": 2, "queue": 1,
         "stocks": {"oxygen_hours": 30}, "blood": [{"group": "O-", "units": 6}]},
    ),
    Duty(
        "bed_reserved", "facility", "reserve", "facility",
        "Keep a bed for a casualty until it comes.", {"casualty": "ZGDF-7KWT", "bed": "icu"},
    ),
    Duty(
        "bed_released", "reservation", "release", "reservation",
        "Give a reservation up.", {"reason": "diverted"},
    ),
    Duty(
        "inbound_answered", "facility", "accept", "facility",
        "The facility takes those on their way to it.",
        {"chain": "T-8MZ31K"},
        preset={"accepts": True},
    ),
    Duty(
        "inbound_answered", "facility", "refuse", "facility",
        "The facility cannot take those on their way to it, and says why.",
        {"chain": "T-8MZ31K", "reason": "no table free before 09:00"},
        preset={"accepts": False},
    ),
    Duty(
        "site_told", "site", "add", "",
        "A landing site that nobody knew: its name, where it is, and what is known of it.",
        {"name": "School field", "lon": 21.87, "lat": 6.5, "radius_m": 30, "surface": "grass",
         "slope_deg": 3, "wires": False, "by_night": False},
        preset={"site_kind": "landing"},
    ),
    Duty(
        "site_told", "site", "tell", "site",
        "What somebody found at a landing site; leave out what is not known.",
        {"radius_m": 40, "surface": "gravel", "slope_deg": 4, "slope_toward_deg": 180, "wires": True,
         "obstacles": [{"bearing_deg": 90, "distance_m": 60, "height_m": 12, "what": "mast"}],
         "approaches_deg": [20, 200], "marking": "white H", "by_night": True},
    ),
    Duty(
        "hazard_reported", "hazard", "report", "",
        "Report what stands in the way: closure, threat, weather, slow or one-way road; where and when.",
        {"hazard_kind": "closure", "name": "bridge down", "lon": 21.9, "lat": 6.51, "radius_m": 500},
    ),
    Duty("hazard_lifted", "hazard", "lift", "id", "A hazard is over.", {"reason": "bridge repaired"}),
)  # fmt: skip

_WATCH = (
    Duty("alarm_acknowledged", "alarm", "ack", "alarm",
         "A person has looked at an alarm: it sounds no more until it comes back.", {}, opens=True),
    Duty("watch_entry_made", "entry", "add", "",
         "Write something down in the watch log; a wrong entry is corrected by a later one.",
         {"text": "generator down until 06:00, radio on battery", "flag": "important"}),
    Duty("shift_handed_over", "shift", "hand-over", "",
         "Sign the hand-over brief and name who takes the watch over.",
         {"outgoing": "Amina", "incoming": "Musa", "remarks": "watch the ford at km 15"}),
    Duty("shift_taken_over", "shift", "take-over", "shift",
         "Sign that the brief was read: the watch is yours.", {"incoming": "Musa"}),
)  # fmt: skip

_PLAN = (
    Duty("policy_chosen", "plan", "policy", "policy",
         "Choose by which policy plans are made from now on.",
         {"policy": "lives_saved", "reason": "both theatres are full"}, opens=True),
    Duty("plan_locked", "plan", "lock", "",
         "Lay down what every plan keeps to: this casualty to that facility, or this vehicle not.",
         {"casualty": "ZGDF-7KWT", "facility": "mtf-bria", "reason": "its surgeon knows the case"}),
    Duty("plan_released", "plan", "unlock", "",
         "The casualty, or the vehicle, is planned freely again.", {"casualty": "ZGDF-7KWT"}),
)  # fmt: skip

DUTIES: tuple[Duty, ...] = _CASUALTY + _REQUEST + _CHAIN + _MEANS + _WATCH + _PLAN


def find(noun: str, verb: str) -> Duty:
    """The row of a noun and verb; raises KeyError for one that the table does not have."""
    return {(duty.noun, duty.verb): duty for duty in DUTIES}[noun, verb]
