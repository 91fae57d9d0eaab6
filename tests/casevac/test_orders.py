"""Commands as pure decisions: what they give, what they refuse and in which words."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from casevac import events as e
from casevac import orders, telling
from casevac.errors import AlreadyTasked, BadMessage, NotPossible, Unknown
from casevac.ids import Mint
from casevac.mission import Profile
from casevac.picture import empty
from casevac.terms import (
    Capability,
    Category,
    HazardKind,
    MissionKind,
    Purpose,
    Severity,
    TeamKind,
    VehicleState,
)
from casevac.view import View
from casevac.zap import is_zap, zap
from tests.casevac.scenes import NOW, A, B, C, after, alert, ambulance, leg, told

POI, DOOR = e.Stop("scene", 21.0, 6.0, "R"), e.Stop("F", 22.0, 6.0, "F")


def short():
    numbers = itertools.count(1)
    return lambda: f"N{next(numbers)}"


def mint():
    zaps, numbers = itertools.count(500), itertools.count(1)
    return Mint(lambda: zap(next(zaps)), lambda letter: f"{letter}-{next(numbers)}")


def option(*vehicles: str, casualties=(A,)) -> e.Option:
    legs = tuple(
        one
        for vehicle in vehicles
        for one in (
            leg(vehicle, Purpose.TO_PICKUP, (DOOR, POI)),
            leg(vehicle, Purpose.TO_FACILITY, (POI, DOOR), casualties=casualties),
        )
    )
    return e.Option(
        id="1", rank=1, summary="s", vehicles=vehicles, facility="F", casualties=casualties,
        pickup_p50_at=NOW, arrive_p50_at=NOW, arrive_p90_at=NOW, verdict="within 2 h", estimated=False,
        legs=legs,
    )  # fmt: skip


def decision(*options: e.Option) -> e.OptionsComputed:
    return e.OptionsComputed(
        decision="D", request="R", now=NOW, seen_seq=1, hashes=e.Hashes("n", "p", "h", "o", "s"),
        positions={}, options=options,
    )  # fmt: skip


def scene(*more, kind=MissionKind.EXERCISE, wait: float | None = 30.0):
    opened = e.MissionOpened(name="m", mission_kind=kind, profile=Profile(auto_answer_s=wait))
    hospital = e.FacilityRegistered(
        id="F", name="F", lon=22, lat=6, capabilities=(Capability.DCS,), beds_free=5, tables=1
    )
    return told(
        empty("M"), (0, opened), (0, hospital), (0, ambulance("V")), (0, ambulance("W")),
        (0, alert("R", A, B)), *more,
    )  # fmt: skip


def tasked(*vehicles: str, at=10.0):
    bodies = orders.plan_task(scene(), decision(option(*vehicles)), "1", NOW, short())
    return scene(*((at, body) for body in bodies))


def test_a_task_is_a_chain_and_orders_for_each_vehicle():
    chain, *warned, first, second = orders.plan_task(scene(), decision(option("V", "W")), "1", NOW, short())
    assert isinstance(chain, e.ChainPlanned)
    assert (chain.chain, chain.decision, chain.vehicles) == ("N1", "D", ("V", "W"))
    assert (first.task, first.vehicle, second.task, second.vehicle) == ("N2", "V", "N3", "W")
    assert {one.vehicle for one in first.legs} == {"V"}
    assert first.casualties == (A,)
    assert [one.asset for one in warned] == ["V", "W", "F"]


def test_an_option_that_was_not_offered_is_named():
    with pytest.raises(Unknown, match="no option '9'; it has 1"):
        orders.plan_task(scene(), decision(option("V")), "9", NOW, short())


def test_the_second_coordinator_is_told_who_is_taken():
    with pytest.raises(AlreadyTasked, match="V has task N2"):
        orders.plan_task(tasked("V"), decision(option("V")), "1", after(20), short())
    with pytest.raises(AlreadyTasked, match=f"{A} is in chain N1"):
        orders.plan_task(tasked("V"), decision(option("W")), "1", after(20), short())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            e.VehicleStatusChanged(state=VehicleState.OUT_OF_SERVICE, vehicle="V"),
            "V is out of service by now",
        ),
        (e.CasualtyLoaded(casualty=A, vehicle="W"), "does not wait at the scene any more"),
        (e.FacilityRegistered(id="F", name="F", lon=22, lat=6, open=False), "F is closed by now"),
    ],
)
def test_an_option_that_time_has_overtaken_is_refused(body, words):
    with pytest.raises(NotPossible, match=words):
        orders.plan_task(scene((5, body)), decision(option("V")), "1", after(20), short())


def test_cancelling_takes_the_whole_chain_back():
    found = orders.cancel_task(tasked("V", "W"), "N3", "road closed")
    assert [(one.task, one.reason) for one in found] == [("N3", "road closed"), ("N2", "road closed")]


def test_what_cannot_be_cancelled():
    with pytest.raises(Unknown):
        orders.cancel_task(scene(), "N2", "")
    ended = told(tasked("V"), (20, e.TaskFinished(task="N2")))
    with pytest.raises(NotPossible, match="finished already"):
        orders.cancel_task(ended, "N2", "")


@pytest.mark.parametrize("missing", ["who", "what", "how_many", "lon", "lat"])
def test_an_alert_without_one_of_the_four_facts_says_which(missing):
    fields = {"who": "me", "what": "mine", "how_many": 2, "lon": 20.0, "lat": 5.0}
    del fields[missing]
    with pytest.raises(BadMessage, match=missing):
        orders.alert_body(fields, mint())


@given(st.integers(1, 20), st.integers(0, 3))
def test_every_casualty_of_an_alert_gets_an_id(how_many, named):
    given_ids = [zap(i) for i in range(min(named, how_many))]
    fields = {
        "who": "me",
        "what": "w",
        "how_many": how_many,
        "lon": 20.0,
        "lat": 5.0,
        "casualties": given_ids,
    }
    body = orders.alert_body(fields, mint())
    assert body.request == "R-1"
    assert len(set(body.casualties)) == len(body.casualties) == how_many
    assert all(is_zap(one) for one in body.casualties)
    assert list(body.casualties[: len(given_ids)]) == given_ids


@pytest.mark.parametrize(
    ("kind", "fields", "fault", "words"),
    [
        ("options_computed", {"speaker": "s"}, BadMessage, "nobody can report 'options_computed'"),
        ("casualty_loaded", {"speaker": "s", "casualty": A}, BadMessage, "vehicle is missing"),
        ("casualty_loaded", {"speaker": "s", "casualty": A, "vehicle": "X9"}, Unknown, "no vehicle 'X9'"),
        ("casualty_loaded", {"speaker": "s", "casualty": "John", "vehicle": "V"}, BadMessage, "no ZAP id"),
        ("casualty_handed_over", {"speaker": "s", "casualty": A}, BadMessage, "facility or vehicle"),
        ("casualty_triaged", {"speaker": "s", "casualty": zap(7), "category": "T1"}, Unknown, "no casualty"),
        ("casualty_triaged", {"speaker": "s", "casualty": A, "category": "P9"}, BadMessage, "P9"),
        ("casualty_triaged", {"speaker": "s", "casualty": A, "colour": "red"}, BadMessage, "colour"),
        ("task_accepted", {"speaker": "s", "task": "T"}, Unknown, "no task"),
        ("recall_acknowledged", {"speaker": "s", "task": "T"}, Unknown, "no task"),
    ],
)
def test_a_radio_call_that_cannot_be_entered_says_why(kind, fields, fault, words):
    with pytest.raises(fault, match=words):
        telling.tell(View(scene(), after(60)), kind, fields, mint())


BEFORE = (
    (40, alert("S", C)),
    (41, e.CasualtiesMerged(kept=A, merged=C)),
    (42, e.BleedingControlled(casualty=A, by="medic")),
    (43, e.VehicleTasked(task="OLD", chain="OLD", request="R", vehicle="W", casualties=(), legs=())),
    (44, e.TaskCancelled(task="OLD", reason="too far")),
    (
        45,
        e.AlarmRaised(
            alarm="X",
            round=1,
            alarm_kind="x",
            severity=Severity.CRITICAL,
            group="parts",
            subject="x",
            words="w",
        ),
    ),
    (46, e.ShiftHandedOver(shift="S-1", outgoing="Amina", incoming="Musa")),
)
ENTRY = told(tasked("V"), *BEFORE).casualties[A].steps[0].id
VOICE = [
    ("alert_raised", {"who": "me", "what": "w", "how_many": 1, "lon": 20.0, "lat": 5.0}),
    ("casualty_reported", {"lon": 20.0, "lat": 5.0}),
    ("nine_line_sent", {"raw": "LINE 1 34NFN0939121654 LINE 3 TWO URGENT"}),
    ("methane_sent", {"major": True, "location": "34NFN0939121654", "number": 12}),
    ("alert_acknowledged", {"request": "R"}),
    ("read_back_confirmed", {"request": "R"}),
    ("request_stood_down", {"request": "R", "reason": "false alarm"}),
    ("requests_merged", {"kept": "R", "merged": "Q"}),
    ("requests_split", {"kept": "R", "merged": "Q"}),
    ("casualty_triaged", {"casualty": A, "category": "T1"}),
    ("bleeding_controlled", {"casualty": A}),
    ("advanced_care_started", {"casualty": A}),
    ("surgery_started", {"casualty": A}),
    ("casualty_loaded", {"casualty": A, "vehicle": "V"}),
    ("casualty_handed_over", {"casualty": A, "facility": "F"}),
    ("precedence_decided", {"casualty": A, "precedence": "urgent"}),
    ("mist_reported", {"casualty": A, "raw": "M: blast I: left leg S: pale T: tourniquet"}),
    ("vitals_taken", {"casualty": A, "pulse": 120.0, "avpu": "V"}),
    ("treatment_given", {"casualty": A, "treatment": "tourniquet", "site": "left leg"}),
    ("outcome_decided", {"casualty": A, "outcome": "stabilised"}),
    ("casualties_merged", {"kept": A, "merged": B}),
    ("casualties_split", {"kept": A, "merged": C}),
    ("record_withdrawn", {"casualty": A, "entry": ENTRY, "reason": "told of the wrong casualty"}),
    ("vehicle_status_changed", {"state": "on_scene", "vehicle": "V"}),
    ("task_accepted", {"task": "N2"}),
    ("task_declined", {"task": "N2"}),
    ("task_finished", {"task": "N2"}),
    ("recall_acknowledged", {"task": "OLD"}),
    ("facility_status_reported", {"facility": "F", "beds": [{"bed": "icu", "staffed": 4, "free": 1}]}),
    ("bed_reserved", {"facility": "F", "casualty": A}),
    ("bed_released", {"reservation": "B"}),
    ("vehicle_condition_reported", {"vehicle": "V", "range_km": 300.0}),
    ("team_status_changed", {"team": "AMET", "vehicle": "V"}),
    ("hazard_reported", {"hazard_kind": "closure", "lon": 21.0, "lat": 6.0}),
    ("hazard_lifted", {"id": "H"}),
    ("site_told", {"name": "School field", "lon": 21.0, "lat": 6.0, "radius_m": 30.0, "wires": False}),
    ("asset_warned", {"request": "R", "asset": "V"}),
    ("asset_answered", {"request": "R", "asset": "V", "ready": True}),
    ("launch_approved", {"request": "R", "authority": "DMS"}),
    ("launch_denied", {"chain": "N1", "authority": "DMS", "reason": "no crew"}),
    ("inbound_answered", {"chain": "N1", "accepts": True}),
    ("eligibility_decided", {"casualty": A, "eligible": True, "authority": "HOM", "reason": "alone"}),
    ("question_asked", {"casualty": A, "text": "dose?"}),
    ("question_answered", {"question": "Q", "text": "two"}),
    ("answer_ordered", {"request": "R"}),
    ("divert_ordered", {"chain": "N1", "reason": "flood"}),
    ("cancel_ordered", {"task": "N2"}),
    ("alarm_acknowledged", {"alarm": "X"}),
    ("watch_entry_made", {"text": "generator down"}),
    ("shift_handed_over", {"outgoing": "Amina", "incoming": "Musa"}),
    ("shift_taken_over", {"shift": "S-1", "incoming": "Musa"}),
    ("policy_chosen", {"policy": "p1_first"}),
    ("plan_locked", {"vehicle": "V"}),
    ("plan_released", {"casualty": A}),
]

KNOWN = (  # what some of them are about
    e.TeamRegistered(id="AMET", name="AMET", team_kind=TeamKind.AMET),
    e.BedReserved(facility="F", casualty=B, reservation="B"),
    e.PlanLocked(casualty=A, facility="F"),
    e.HazardReported(id="H", hazard_kind=HazardKind.CLOSURE, lon=21.0, lat=6.0),
)


def test_everything_a_device_can_report_can_be_told_by_radio():
    assert {kind for kind, _ in VOICE} == e.FIELD_KINDS


def busy():
    """Somebody to speak about for every kind: a task, a question, a launch that can be denied."""
    guarded = Profile(approval={"ground": ("DMS",)})
    opened = e.MissionOpened(name="m", mission_kind=MissionKind.EXERCISE, profile=guarded)
    return told(tasked("V"), (30, opened), (40, e.QuestionAsked(casualty=A, text="dose?", question="Q")))


@pytest.mark.parametrize(("kind", "fields"), VOICE)
def test_a_radio_call_becomes_the_same_event(kind, fields):
    picture = told(busy(), *((20, body) for body in (*KNOWN, alert("Q", zap(7)))), *BEFORE)
    (body, *_) = telling.tell(View(picture, after(60)), kind, {**fields, "speaker": "Sgt"}, mint())
    assert str(body.__struct_config__.tag) == kind
    assert body.speaker == "Sgt"
    if kind in ("alert_raised", "casualty_reported"):
        assert body.uncertainty_m == Profile().spoken_place_m


def test_a_broken_chain_is_taken_back_whole():
    picture = told(tasked("V", "W"), (20, e.TaskDeclined(task="N2", reason="fuel")))
    found = orders.follow_up(View(picture, after(30)))
    assert found == (e.TaskCancelled(task="N3", reason="the chain is broken: V declined"),)
    assert orders.follow_up(View(told(picture, (31, found[0])), after(40))) == ()


def test_a_task_done_by_voice_alone_ends_after_a_while():
    picture = told(
        tasked("V"),
        (100, e.CasualtyLoaded(casualty=A, vehicle="V")),
        (200, e.CasualtyHandedOver(casualty=A, facility="F")),
    )
    assert orders.follow_up(View(picture, after(250))) == ()
    assert orders.follow_up(View(picture, after(400))) == (e.TaskFinished(task="N2"),)


def test_the_built_in_coordinator_never_acts_in_a_live_mission():
    with pytest.raises(NotPossible, match="live mission"):
        orders.unanswered(View(scene(kind=MissionKind.LIVE), after(999)))


@pytest.mark.parametrize(
    ("more", "now", "due"),
    [
        ([], 29, ()),
        ([], 30, ("R",)),
        ([(20, decision())], 40, ()),  # somebody is at it
        ([(20, decision())], 50, ("R",)),
        ([(5, e.CasualtyHandedOver(casualty=z, facility="F")) for z in (A, B)], 99, ()),
        ([(5, e.CasualtyTriaged(casualty=A, category=Category.T1))], 30, ("R",)),
    ],
)
def test_an_exercise_is_answered_when_nobody_acts(more, now, due):
    assert orders.unanswered(View(scene(*more), after(now))) == due


def test_an_exercise_without_a_wait_is_left_to_people():
    assert orders.unanswered(View(scene(wait=None), after(999))) == ()


def test_a_request_whose_task_was_declined_is_open_again():
    picture = told(tasked("V"), (40, e.TaskDeclined(task="N2")))
    assert orders.unanswered(View(picture, after(69))) == ()
    assert orders.unanswered(View(picture, after(70))) == ("R",)
    again = orders.plan_task(picture, decision(replace(option("W"))), "1", after(71), short())
    assert again[0].vehicles == ("W",)
