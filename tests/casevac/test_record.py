"""A casualty's record: entries that count or not, what follows from them, what the door refuses."""

import itertools
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from casevac import events as e
from casevac import ids, telling
from casevac.clock import Expected
from casevac.doubts import doubts, retriage_due
from casevac.entities import entities
from casevac.errors import BadMessage, NotPossible, Unknown
from casevac.history import KEPT
from casevac.ids import Mint
from casevac.mission import Profile
from casevac.picture import Picture, empty, fold
from casevac.record import record
from casevac.stamp import entry, stamp
from casevac.terms import (
    Affiliation,
    AgeGroup,
    Category,
    ClockStatus,
    MissionKind,
    Outcome,
    Precedence,
    Source,
    Treatment,
)
from casevac.view import View
from casevac.zap import zap
from tests.casevac.scenes import NOW, A, after, alert, ambulance, event, told
from tests.casevac.stories import any_report, events_of, moments, zaps

T1, T2, T3, T4, DEAD, UNKNOWN = (Category(one) for one in ("T1", "T2", "T3", "T4", "DEAD", "UNKNOWN"))
MINT = Mint(lambda: zap(900), lambda letter: f"{letter}-1")


def scene(*more, **profile) -> Picture:
    opened = e.MissionOpened(name="m", mission_kind=MissionKind.EXERCISE, profile=Profile(**profile))
    return told(
        empty("M"),
        (0, opened),
        (0, ambulance("V")),
        (0, ambulance("W")),
        (0, e.FacilityRegistered(id="F", name="F", lon=22, lat=6, beds_free=5)),
        (0, alert("R", A, injury_at=after(-60))),
        *more,
    )


def triage(category, **more):
    return e.CasualtyTriaged(casualty=A, category=category, **more)


def treated(treatment, site=""):
    return e.TreatmentGiven(casualty=A, treatment=treatment, site=site)


def one(picture):
    return picture.casualties[A]


def say(picture, kind, at=100.0, **fields):
    """What is stored when a person tells this at that time."""
    (body,) = telling.tell(View(picture, after(10_000), at=after(at)), kind, {"casualty": A, **fields}, MINT)
    return body


# --- who goes first


@pytest.mark.parametrize(
    ("words", "effective"),
    [
        ([(T1, ""), (T3, "")], T1),
        ([(T1, ""), (T3, "walks now")], T3),
        ([(T3, ""), (T1, "")], T1),
        ([(T2, ""), (UNKNOWN, "")], UNKNOWN),  # it may be a T1: that raises
        ([(T2, ""), (UNKNOWN, ""), (T3, "")], UNKNOWN),  # and T2 is not forgotten by it
        ([(T2, ""), (UNKNOWN, "mixed up"), (T3, "")], T3),
        ([(UNKNOWN, ""), (T3, "")], T3),
        ([(T1, ""), (UNKNOWN, "")], T1),
        ([(T2, ""), (DEAD, "")], T2),
        ([(T2, ""), (DEAD, "asystole, Dr K")], DEAD),
        ([(T1, ""), (T3, " "), (T2, "")], T1),
    ],
)
def test_a_category_is_lowered_only_with_a_reason(words, effective):
    bodies = [(10.0 * i, triage(category, reason=reason)) for i, (category, reason) in enumerate(words, 1)]
    for order in itertools.permutations(bodies):
        assert one(scene(*order)).triage == effective
    assert len(one(scene(*bodies)).triages) == len(words)


def test_a_lowering_without_a_reason_is_kept_and_shown():
    picture = scene((10, triage(T1)), (20, triage(T3)))
    found = entities(picture, after(30))["casualties"][A]
    assert found["category"] == "T1"
    assert [(row["category"], row["counts"]) for row in found["triage"]] == [("T1", True), ("T3", False)]
    assert found["doubts"] == ["T3 at 09:00:20Z lowers the category without a reason: it took no effect"]


def test_the_door_refuses_to_lower_without_a_reason():
    picture = scene((10, triage(T1)))
    with pytest.raises(BadMessage, match="lowering T1 to T3 needs a reason"):
        say(picture, "casualty_triaged", category="T3")
    with pytest.raises(BadMessage, match="lowering T1 to T2 needs a reason: tell casualty_triaged"):
        say(picture, "casualty_reported", category="T2", lon=20.0, lat=5.0)
    assert say(picture, "casualty_triaged", category="T3", reason="walks").category == T3
    assert say(picture, "casualty_triaged", at=5, category="T3").category == T3  # told late, of before


def test_precedence_is_suggested_decided_and_never_lowered_without_a_reason():
    def shown(picture):
        return entities(picture, after(99))["casualties"][A]["precedence"]

    picture = scene((10, triage(T1)))
    assert (shown(picture)["now"], shown(picture)["decided"]) == ("urgent_surgical", None)
    lower = e.PrecedenceDecided(casualty=A, precedence=Precedence.ROUTINE, by="Dr K")
    picture = told(
        picture, (20, e.PrecedenceDecided(casualty=A, precedence=Precedence.URGENT, by="Dr K")), (30, lower)
    )
    assert (shown(picture)["now"], shown(picture)["by"]) == ("urgent", "Dr K")
    assert any(
        "routine at 09:00:30Z lowers the precedence" in each for each in doubts(one(picture), Profile(), NOW)
    )
    picture = told(picture, (40, replace(lower, reason="only a sprain")))
    assert (shown(picture)["now"], shown(picture)["reason"]) == ("routine", "only a sprain")
    with pytest.raises(BadMessage, match="routine is below what the triage suggests"):
        say(scene((10, triage(T1))), "precedence_decided", precedence="routine")
    with pytest.raises(BadMessage, match="lowering urgent to priority needs a reason"):
        say(
            scene((10, triage(T3)), (20, e.PrecedenceDecided(casualty=A, precedence=Precedence.URGENT))),
            "precedence_decided",
            precedence="priority",
        )


def test_triage_is_due_again_after_a_hand_over_and_when_the_arrival_slips():
    triaged = one(scene((10, triage(T2))))  # priority: 4 h
    assert retriage_due(triaged, Profile(), None) == ""
    assert retriage_due(triaged, Profile(), Expected(after(3600), after(14400))) == ""
    late = retriage_due(triaged, Profile(), Expected(after(3600), after(14401)))
    assert late == "priority is due by 13:00Z, arrival may be 13:01Z"
    handed = told(scene((10, triage(T2))), (20, e.CasualtyHandedOver(casualty=A, facility="F")))
    assert retriage_due(one(handed), Profile(), None) == "handed over to F at 09:00:20Z, not triaged since"
    assert retriage_due(one(told(handed, (30, triage(T2)))), Profile(), None) == ""


def test_the_door_adds_what_the_algorithm_says():
    inputs = {"can_walk": False, "breathing": True, "respiratory_rate": 40.0}
    body = say(scene(), "casualty_triaged", algorithm="start", inputs=inputs)
    assert (body.category, body.suggested, body.missing) == (T1, T1, ())
    body = say(scene(), "casualty_triaged", algorithm="START", inputs=inputs, category="T2")
    assert (body.category, body.suggested, body.algorithm) == (T2, T1, "start")
    body = say(scene(), "casualty_triaged", algorithm="start", inputs={"breathing": True})
    assert body.category == UNKNOWN
    assert body.missing == ("can_walk", "respiratory_rate", "radial_pulse", "obeys_commands")
    with pytest.raises(BadMessage, match="start does not ask for pulse; it asks for can_walk"):
        say(scene(), "casualty_triaged", algorithm="start", inputs={"pulse": 90.0}, category="T1")


def test_expectant_needs_the_authority_of_the_mission():
    inputs = {"breathing": True, "peripheral_pulse": False, "likely_to_survive": False}
    assert say(scene(), "casualty_triaged", algorithm="salt", inputs=inputs).category == T1
    with pytest.raises(BadMessage, match=r"T4 .* is not authorised"):
        say(scene(), "casualty_triaged", category="T4")
    allowed = scene(expectant_allowed=True)
    assert say(allowed, "casualty_triaged", algorithm="salt", inputs=inputs).category == T4
    assert say(allowed, "casualty_triaged", algorithm="salt", inputs=inputs, category="T1").category == T1


def test_what_a_device_tells_is_completed_without_a_picture():
    silent = {"walking": False, "severe_bleeding": False, "talking": False, "breathing": False}
    body = ids.completed(triage(UNKNOWN, algorithm="ten_second", inputs=silent), NOW)
    assert (body.suggested, body.not_breathing) == (UNKNOWN, True)
    assert any(
        "not breathing when triaged" in each for each in doubts(one(scene((10, body))), Profile(), NOW)
    )
    decided = triage(T1, algorithm="start", inputs={"colour": True})
    assert ids.completed(decided, NOW) == decided  # a category that was decided is never lost
    with pytest.raises(BadMessage, match="does not ask for colour"):
        ids.completed(triage(UNKNOWN, algorithm="start", inputs={"colour": True}), NOW)
    mist = ids.completed(e.MistReported(casualty=A, raw="T: 0850 M: fall"), NOW)
    assert (mist.mechanism, mist.injury_at) == ("fall", after(-600))
    unread = e.MistReported(casualty=A, raw="two legs")
    assert ids.completed(unread, NOW) == unread


# --- entries that were wrong


ABOUT = st.sampled_from(
    (
        triage(T1),
        triage(T3, reason="walks"),
        e.BleedingControlled(casualty=A),
        e.SurgeryStarted(casualty=A),
        e.PrecedenceDecided(casualty=A, precedence=Precedence.URGENT),
        e.VitalsTaken(casualty=A, pulse=90.0),
        treated(Treatment.TOURNIQUET, "left leg"),
        e.OutcomeDecided(casualty=A, outcome=Outcome.DECEASED),
        e.CasualtyLoaded(casualty=A, vehicle="V"),
        e.CasualtyHandedOver(casualty=A, facility="F"),
        e.EligibilityDecided(casualty=A, eligible=True, authority="a", reason="r"),
        e.MistReported(casualty=A, mechanism="fall", injury_at=after(-300)),
    )
)
WEIGHT = {e.CasualtyTriaged: 2, e.CasualtyLoaded: 1, e.CasualtyHandedOver: 2}


def entry_of(event) -> str:
    return entry(stamp(event, WEIGHT.get(type(event.body), 0)))


def derived(casualty):
    """Everything that follows from what counts."""
    return (
        casualty.triage,
        casualty.prioritised,
        casualty.moves,
        casualty.bleeding_controlled,
        casualty.surgery_at,
        casualty.tourniquets,
        casualty.outcome,
        casualty.eligibility,
        casualty.mist,
        casualty.hurt,
        casualty.counting(casualty.vitals),
    )


@settings(max_examples=200)
@given(events_of(ABOUT), st.lists(events_of(ABOUT), max_size=6), st.randoms(use_true_random=False))
def test_what_is_withdrawn_does_not_count_whatever_arrives_first(wrong, others, shuffle):
    others = [each for each in others if entry_of(each) != entry_of(wrong)]
    withdrawal = event(e.RecordWithdrawn(casualty=A, entry=entry_of(wrong), reason="slip"), at=5000)
    all_told = [wrong, withdrawal, *others]
    shuffle.shuffle(all_told)
    start = scene()
    with_it, without = (fold(start, told_ones) for told_ones in (all_told, others))
    assert derived(one(with_it)) == derived(one(without))
    rows = {row["id"]: row for row in record(View(with_it, after(9999)), A)["entries"]}
    assert rows[entry_of(wrong)]["withdrawn"]
    assert rows[entry_of(wrong)]["withdrawn_why"] == "slip"


def test_only_what_was_told_can_be_withdrawn_and_only_once():
    picture = scene((10, e.BleedingControlled(casualty=A, by="medic")))
    known = record(View(picture, after(20)), A)["entries"][0]["id"]
    with pytest.raises(Unknown, match=rf"no entry 'x' .* its newest: {known} \(bleeding controlled\)"):
        say(picture, "record_withdrawn", entry="x", reason="slip")
    gone = told(picture, (20, say(picture, "record_withdrawn", entry=known, reason="other patient")))
    assert one(gone).bleeding_control_at is None
    with pytest.raises(NotPossible, match="withdrawn already: other patient"):
        say(gone, "record_withdrawn", entry=known, reason="slip")


def test_a_history_is_bounded_and_keeps_the_newest_in_any_order():
    events = [event(e.VitalsTaken(casualty=A, pulse=float(i % 200)), at=i) for i in range(KEPT + 40)]
    picture = fold(empty("M"), events)
    random.Random(3).shuffle(events)
    assert fold(empty("M"), [*events, *events[:50]]) == picture
    assert [each.at for each in one(picture).vitals] == [after(0), *(after(i) for i in range(41, KEPT + 40))]


def test_the_record_tells_every_entry_in_words():
    picture = scene(
        (10, triage(T1, algorithm="start", by="Cpl N")),
        (20, e.VitalsTaken(casualty=A, pulse=120, spo2=91, avpu="V")),
        (30, treated(Treatment.TOURNIQUET, "left leg")),
        (40, e.CasualtyLoaded(casualty=A, vehicle="V")),
        (50, e.OutcomeDecided(casualty=A, outcome=Outcome.STABILISED)),
    )
    rows = record(View(picture, after(60)), A)["entries"]
    assert [row["words"] for row in rows] == [
        "triaged T1 by start",
        "pulse 120/min, spo2 91 %, avpu V",
        "tourniquet left leg",
        "taken aboard V",
        "stabilised",
    ]
    assert rows[0] | {"id": ""} == {
        "id": "",
        "at": "2026-11-22T09:00:10Z",
        "kind": "casualty_triaged",
        "words": "triaged T1 by start",
        "by": "Cpl N",
        "source": "device",
        "counts": True,
        "withdrawn": False,
        "withdrawn_why": "",
    }
    with pytest.raises(Unknown, match="no casualty"):
        record(View(picture, after(60)), zap(5))


# --- times and places


@pytest.mark.parametrize(
    ("more", "kind", "at", "fields", "fault", "words"),
    [
        (
            [],
            "casualty_reported",
            0,
            {"lon": 20.0, "lat": 5.0, "injury_at": "2026-11-22T09:01:01Z"},
            BadMessage,
            "injury_at 09:01:01Z is in the future",
        ),
        ([], "mist_reported", 0, {"injury_at": "2026-11-22T10:00:00Z"}, BadMessage, "in the future"),
        ([], "bleeding_controlled", -200, {}, BadMessage, "08:56:40Z is before the injury at 08:59:00Z"),
        ([], "treatment_given", -200, {"treatment": "oxygen"}, BadMessage, "before the injury"),
        ([], "casualty_loaded", -200, {"vehicle": "V"}, BadMessage, "before the injury"),
        (
            [(50, e.CasualtyLoaded(casualty=A, vehicle="V"))],
            "casualty_loaded",
            60,
            {"vehicle": "W"},
            NotPossible,
            r"is aboard V since 09:00:50Z: tell its hand-over to W \(casualty_handed_over\), or withdraw",
        ),
        (
            [(50, e.CasualtyLoaded(casualty=A, vehicle="V"))],
            "casualty_handed_over",
            40,
            {"facility": "F"},
            BadMessage,
            "hand-over at 09:00:40Z is before the pick-up by V at 09:00:50Z",
        ),
        (
            [(50, e.OutcomeDecided(casualty=A, outcome=Outcome.CANCELLED))],
            "casualty_loaded",
            60,
            {"vehicle": "V"},
            NotPossible,
            "is cancelled; withdraw that outcome",
        ),
        ([], "outcome_decided", 60, {"outcome": "deceased"}, BadMessage, "deceased needs a reason"),
        ([], "vitals_taken", 60, {}, BadMessage, "no vital sign was told; give one of pulse"),
        ([], "vitals_taken", 60, {"systolic": 60.0, "diastolic": 90.0}, BadMessage, "are they swapped"),
        ([], "vitals_taken", 60, {"gcs": 2}, BadMessage, "gcs"),
        ([], "vitals_taken", 60, {"spo2": 101.0}, BadMessage, "spo2"),
        ([], "vitals_taken", 60, {"avpu": "X"}, BadMessage, "avpu"),
        ([], "vitals_taken", 60, {"pain": 11}, BadMessage, "pain"),
        ([], "vitals_taken", 60, {"temperature_c": 98.6}, BadMessage, "temperature_c"),
        ([], "mist_reported", 60, {"mechanism": ""}, BadMessage, "tells nothing"),
        ([], "mist_reported", 60, {"raw": "leg gone"}, BadMessage, "no MIST in this text"),
        (
            [(50, treated(Treatment.TOURNIQUET, "left leg"))],
            "treatment_given",
            60,
            {"treatment": "tourniquet_released", "site": "right leg"},
            BadMessage,
            "on are: left leg",
        ),
        ([], "treatment_given", 60, {"treatment": "tourniquet_released"}, BadMessage, "none is on"),
    ],
)
def test_what_cannot_be_is_refused_in_words(more, kind, at, fields, fault, words):
    with pytest.raises(fault, match=words):
        say(scene(*more), kind, at, **fields)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            [(10, e.CasualtyReported(lon=20, lat=5, casualty=A, injury_at=after(500)))],
            [
                "the injury at 09:08:20Z is later than the first word of it at 09:00:00Z: its time counts as "
                "unknown"
            ],
        ),
        (
            [(-300, e.BleedingControlled(casualty=A))],
            ["bleeding controlled at 08:55:00Z is before the injury at 08:59:00Z"],
        ),
        (
            [
                (10, e.CasualtyHandedOver(casualty=A, facility="F")),
                (20, e.CasualtyLoaded(casualty=A, vehicle="V")),
            ],
            ["handed over to F at 09:00:10Z, before V picked it up at 09:00:20Z"],
        ),
        (
            [
                (10, e.CasualtyLoaded(casualty=A, vehicle="V")),
                (20, e.CasualtyLoaded(casualty=A, vehicle="W")),
            ],
            ["taken aboard W at 09:00:20Z while aboard V since 09:00:10Z: at two places?"],
        ),
        (
            [
                (10, e.OutcomeDecided(casualty=A, outcome=Outcome.RETURNED_TO_DUTY)),
                (20, e.CasualtyLoaded(casualty=A, vehicle="V")),
            ],
            ["moved to V at 09:00:20Z after it was returned_to_duty"],
        ),
        ([(10, triage(T4))], ["T4 (expectant) is not authorised in this mission"]),
        (
            [(10, e.RecordWithdrawn(casualty=A, entry="x", reason="r"))],
            ["entry x was withdrawn, but nobody told it"],
        ),
        (
            [
                (10, e.CasualtyLoaded(casualty=A, vehicle="V")),
                (20, e.CasualtyHandedOver(casualty=A, vehicle="W")),
                (30, e.CasualtyHandedOver(casualty=A, facility="F")),
                (90, e.CasualtyLoaded(casualty=A, vehicle="V")),
            ],
            [],
        ),
    ],
)
def test_what_a_device_told_is_kept_and_doubted(more, words):
    assert doubts(one(scene(*more)), Profile(), after(1000)) == words


# --- clocks


def test_a_tourniquet_is_a_clock_by_site_until_it_is_released():
    def on(*more, at=8000):
        found = entities(scene(*more), after(at))["casualties"][A]["tourniquets"]
        return [(row["site"], row["minutes"], row["alert"]) for row in found]

    left, right = (
        (100, treated(Treatment.TOURNIQUET, "Left  leg")),
        (1000, treated(Treatment.TOURNIQUET, "right leg")),
    )
    assert on(left, right) == [("left leg", 131, True), ("right leg", 116, False)]
    assert on(left, right, at=7299)[0] == ("left leg", 119, False)
    assert on(left, (500, treated(Treatment.TOURNIQUET, "left leg"))) == [("left leg", 131, True)]
    assert on(left, right, (2000, treated(Treatment.TOURNIQUET_RELEASED, "left leg"))) == [
        ("right leg", 116, False)
    ]
    assert on(left, (2000, treated(Treatment.TOURNIQUET_RELEASED))) == []
    assert on((50, treated(Treatment.TOURNIQUET_RELEASED, "left leg")), left) == [("left leg", 131, True)]


def test_each_step_names_what_proves_it():
    picture = scene(
        (30, treated(Treatment.TOURNIQUET, "left leg")),
        (60, e.BleedingControlled(casualty=A, by="medic")),
        (70, replace(ambulance("V"), medical_crew=True)),
        (100, e.CasualtyLoaded(casualty=A, vehicle="V")),
        (900, e.SurgeryStarted(casualty=A, by="Dr K")),
    )
    clocks = entities(picture, after(1000))["casualties"][A]["clocks"]
    proofs = [clock["proof"] for clock in clocks]
    assert [proof["kind"] for proof in proofs] == ["treatment_given", "casualty_loaded", "surgery_started"]
    assert [proof["words"] for proof in proofs][:2] == [
        "tourniquet left leg",
        "V with medical crew took over",
    ]
    assert (proofs[2]["by"], proofs[2]["source"], proofs[2]["at"]) == (
        "Dr K",
        "device",
        "2026-11-22T09:15:00Z",
    )
    assert [clock["actual_at"] for clock in clocks] == [proof["at"] for proof in proofs]
    rows = {row["id"] for row in record(View(picture, after(1000)), A)["entries"]}
    assert {proof["entry"] for proof in proofs} <= rows


def test_advanced_care_proves_that_the_bleeding_was_controlled():
    first, *_ = View(scene((99, e.AdvancedCareStarted(casualty=A, by="Dr K"))), after(200)).clocks(
        one(scene((99, e.AdvancedCareStarted(casualty=A, by="Dr K"))))
    )
    assert (first.status, first.proof.kind, first.proof.by) == (
        ClockStatus.MET,
        "advanced_care_started",
        "Dr K",
    )


# --- who it is


def test_reports_and_mist_tell_who_it_is():
    picture = scene(
        (
            10,
            e.CasualtyReported(
                lon=20, lat=5, casualty=A, affiliation=Affiliation.UN_POLICE, age_group=AgeGroup.ADULT
            ),
        ),
        (20, e.CasualtyReported(lon=20, lat=5, casualty=A)),
        (30, e.MistReported(casualty=A, mechanism="fall", signs="pale", age_group=AgeGroup.CHILD)),
        (40, e.MistReported(casualty=A, signs="better", injury_at=after(-30))),
    )
    found = entities(picture, after(50))["casualties"][A]
    assert (found["affiliation"], found["age_group"]) == ("un_police", "child")
    assert (found["mist"]["mechanism"], found["mist"]["signs"]) == ("fall", "better")
    assert found["injury_at"] == found["mist"]["injury_at"] == "2026-11-22T08:59:30Z"
    assert found["mist"]["completeness"] == pytest.approx(4 / 6, abs=1e-3)
    assert found["mist"]["missing"] == ["injuries", "treatment"]


@settings(max_examples=100)
@given(st.lists(any_report, max_size=15))
def test_a_picture_survives_its_storage_form(events):
    picture = fold(empty("M"), events)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(picture), type=Picture) == picture


@settings(max_examples=100)
@given(st.lists(any_report, max_size=15), moments, zaps, st.sampled_from(sorted(e.FIELD_KINDS)))
def test_no_record_stops_the_record_or_the_door(events, at, zap_id, kind):
    picture = fold(empty("M"), events)
    view = View(picture, after(5000), at=at)
    for key in view.picture.casualties:
        assert record(view, key)["id"] == key
    fields = {
        "casualty": zap_id,
        "vehicle": "AMB-1",
        "facility": "F",
        "category": "T3",
        "outcome": "deceased",
    }
    known = {field.name for field in msgspec.structs.fields(e.KINDS[kind])}
    try:
        telling.tell(view, kind, {name: value for name, value in fields.items() if name in known}, MINT)
    except (BadMessage, Unknown, NotPossible) as fault:
        assert "\n" not in str(fault)


def test_two_events_that_differ_in_their_source_only_fold_the_same_in_any_order():
    ones = [event(e.BleedingControlled(casualty=A), source=source) for source in (Source.PAGE, Source.DEVICE)]
    assert fold(empty("M"), ones) == fold(empty("M"), ones[::-1])
