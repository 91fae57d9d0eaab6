"""Two ids, one person: read as one, taken apart again exactly, suggested but never done by itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from casevac import events as e
from casevac import telling
from casevac.entities import entities, touched
from casevac.errors import NotPossible, Unknown
from casevac.ids import Mint
from casevac.merging import kept, renamed, resolved, why_not
from casevac.picture import apply, empty, fold
from casevac.record import record
from casevac.stamp import Said
from casevac.terms import Affiliation, AgeGroup, Category, Purpose, Treatment
from casevac.twins import twins
from casevac.view import View
from casevac.zap import zap
from tests.casevac.scenes import A, B, C, after, alert, ambulance, event, leg, told
from tests.casevac.stories import any_event, zaps

MINT = Mint(lambda: zap(900), lambda letter: f"{letter}-1")
LATER = after(4000)


def scene(*more):
    return told(
        empty("M"),
        (0, ambulance("V")),
        (0, ambulance("W")),
        (0, e.FacilityRegistered(id="F", name="F", lon=22, lat=6, beds_free=5)),
        (0, alert("R", A)),
        (5, alert("Q", B, what="crash")),
        *more,
    )


MERGE = (100, e.CasualtiesMerged(kept=A, merged=B))


def merges(**pairs):
    return {one: Said(into, (after(0), 0, 0, 0, "")) for one, into in pairs.items()}


def test_chains_of_merges_and_circles_are_read_the_same_from_everywhere():
    assert kept(merges(x="y", y="z"), "x") == "z"
    assert {kept(merges(x="y", y="z", z="x"), one) for one in "xyz"} == {"x"}
    assert kept(merges(x="y", y="z", z="y"), "x") == "y"
    assert renamed(merges(x="x", y="")) == {}


def test_nothing_merged_is_the_same_picture_and_the_same_again_is_not_worked_out_twice():
    picture = scene()
    assert resolved(picture) is picture
    merged = told(picture, MERGE)
    assert resolved(merged) is resolved(merged)
    assert set(merged.casualties) == {A, B}
    assert set(resolved(merged).casualties) == {A}


def test_the_kept_one_has_the_facts_and_the_history_of_both():
    picture = scene(
        (10, e.CasualtyTriaged(casualty=A, category=Category.T2)),
        (20, e.CasualtyTriaged(casualty=B, category=Category.T1)),
        (30, e.TreatmentGiven(casualty=B, treatment=Treatment.TOURNIQUET, site="arm")),
        (40, e.CasualtyLoaded(casualty=B, vehicle="V")),
        MERGE,
        (110, e.BleedingControlled(casualty=B)),  # a tag still says B
    )
    found = entities(picture, LATER)
    one = found["casualties"][A]
    assert (one["category"], one["carried_by"], one["what"], one["also"]) == ("T1", "V", "crash", [B])
    assert found["vehicles"]["V"]["aboard"] == [A]
    assert (one["request"], found["requests"]["R"]["casualties"]) == ("R", [A])
    assert found["requests"]["Q"]["state"] == "closed"  # nobody of it is left
    kinds = [row["kind"] for row in record(View(picture, LATER), B)["entries"]]
    assert kinds == [
        "casualty_triaged",
        "casualty_triaged",
        "treatment_given",
        "casualty_loaded",
        "bleeding_controlled",
    ]


def test_chains_tasks_beds_and_questions_name_the_kept_one():
    plan = e.ChainPlanned(
        chain="C1",
        request="Q",
        decision="D",
        option="1",
        facility="F",
        vehicles=("V",),
        casualties=(B, C),
        legs=(
            leg("V", Purpose.TO_FACILITY, (e.Stop("a", 21, 6), e.Stop("F", 22, 6, "F")), casualties=(B, C)),
        ),
    )
    tasked = e.VehicleTasked(
        task="T1", chain="C1", request="Q", vehicle="V", casualties=(B, C), legs=plan.legs
    )
    picture = scene(
        (20, plan),
        (20, tasked),
        (30, e.BedReserved(reservation="B1", facility="F", casualty=B)),
        (30, e.QuestionAsked(question="Q1", casualty=B, text="?")),
        MERGE,
        (120, e.RequestsMerged(kept="R", merged="Q")),
    )
    view = View(picture, LATER).picture
    assert view.chains["C1"].plan.casualties == view.chains["C1"].plan.legs[0].casualties == (A, C)
    assert (view.tasks["T1"].casualties, view.tasks["T1"].request, view.chains["C1"].plan.request) == (
        (A, C),
        "R",
        "R",
    )
    assert view.reservations["B1"].reserved.value.casualty == A
    assert view.questions["Q1"].asked.value.casualty == A
    assert View(picture, LATER).chain_of(view.casualties[A]).id == "C1"


def test_requests_that_tell_of_one_incident_are_one():
    picture = scene((50, e.AssetWarned(request="Q", asset="V")), (60, e.RequestsMerged(kept="R", merged="Q")))
    found = entities(picture, LATER)
    assert list(found["requests"]) == ["R"]
    assert found["requests"]["R"]["casualties"] == sorted((A, B))
    assert found["casualties"][B]["request"] == "R"
    assert found["casualties"][B]["state"] == found["casualties"][A]["state"] == "asset_warned"
    apart = told(picture, (70, e.RequestsSplit(kept="R", merged="Q")))
    assert set(entities(apart, LATER)["requests"]) == {"R", "Q"}


@settings(max_examples=150)
@given(st.lists(any_event, max_size=15), zaps, zaps)
def test_a_split_restores_exactly_what_was(events, one, other):
    before = fold(empty("M"), [each for each in events if not isinstance(each.body, e.CasualtiesMerged)])
    joined = apply(before, event(e.CasualtiesMerged(kept=one, merged=other), at=5000))
    apart = apply(joined, event(e.CasualtiesSplit(kept=one, merged=other), at=6000))
    assert replace(apart, merges={}) == replace(before, merges={})
    assert entities(apart, after(7000)) == entities(before, after(7000))


@settings(max_examples=150)
@given(st.lists(any_event, max_size=20), st.lists(st.tuples(zaps, zaps), min_size=1, max_size=3))
def test_merged_once_everybody_is_in_one_list_and_in_one_place(events, pairs):
    log = [
        event(e.CasualtiesMerged(kept=one, merged=other), at=5000 + i) for i, (one, other) in enumerate(pairs)
    ]
    picture = fold(empty("M"), [*events, *log])
    view = View(picture, after(6000))
    assert set(view.picture.casualties) == {kept(picture.merges, key) for key in picture.casualties}
    for owned, of in ((view.aboard, "vehicle"), (view.patients, "facility"), (view.of_request, "request_id")):
        listed = sorted((owner, key) for owner, keys in owned.items() for key in keys)
        ones = view.picture.casualties.values()
        assert listed == sorted((getattr(one, of), one.id) for one in ones if getattr(one, of))


def test_the_merged_one_vanishes_from_the_page_and_comes_back():
    before = scene()
    now = told(before, MERGE)
    names = touched(before, now)
    assert {A, B} <= names["casualties"]
    only = entities(now, LATER, only=names)
    assert only["casualties"][B] is None
    assert only["casualties"][A]["also"] == [B]
    apart = told(now, (200, e.CasualtiesSplit(kept=A, merged=B)))
    assert entities(apart, LATER, only=touched(now, apart))["casualties"][B]["also"] == []


@pytest.mark.parametrize(
    ("more", "kind", "fields", "fault", "words"),
    [
        ([], "casualties_merged", {"kept": A, "merged": A}, NotPossible, "cannot be merged with itself"),
        ([], "casualties_merged", {"kept": A, "merged": C}, Unknown, "no casualty"),
        ([MERGE], "casualties_merged", {"kept": A, "merged": B}, NotPossible, f"is merged into {A} already"),
        (
            [MERGE],
            "casualties_merged",
            {"kept": B, "merged": A},
            NotPossible,
            f"{B} is merged into {A} already",
        ),
        (
            [
                (10, e.CasualtyLoaded(casualty=A, vehicle="V")),
                (10, e.CasualtyLoaded(casualty=B, vehicle="W")),
            ],
            "casualties_merged",
            {"kept": A, "merged": B},
            NotPossible,
            f"{A} is with V, {B} with W: one person cannot",
        ),
        ([], "casualties_split", {"kept": A, "merged": B}, NotPossible, "it is not merged"),
    ],
)
def test_what_cannot_be_merged_says_why(more, kind, fields, fault, words):
    with pytest.raises(fault, match=words):
        telling.tell(View(scene(*more), LATER), kind, fields, MINT)


def test_two_who_are_apart_are_merged_with_a_reason_only():
    picture = scene(
        (10, e.CasualtyLoaded(casualty=A, vehicle="V")), (10, e.CasualtyLoaded(casualty=B, vehicle="W"))
    )
    fields = {"kept": A, "merged": B, "reason": "W told it wrongly"}
    assert telling.tell(View(picture, LATER), "casualties_merged", fields, MINT)
    assert why_not({}, A, B) == ""


def test_a_merged_id_is_still_understood():
    (body,) = telling.tell(View(scene(MERGE), LATER), "bleeding_controlled", {"casualty": B}, MINT)
    assert body.casualty == B  # as told: a split gives it back to B


# --- suggestions


def pairs(*reports, second="patrol 2"):
    events = [event(report, at=60 * i, actor=second if i else "patrol 1") for i, report in enumerate(reports)]
    return twins(View(fold(empty("M"), events), LATER))


def seen_at(name, lon=20.0, **more):
    return e.CasualtyReported(lon=lon, lat=5.0, casualty=name, **more)


def test_one_person_told_twice_is_suggested_with_reasons():
    (found,) = pairs(seen_at(A), seen_at(B, lon=20.001))
    assert (found.kept, found.merged) == (A, B)
    assert found.reasons == (
        "reported 111 m apart",
        "hurt or reported 1 min apart",
        "told by patrol 1 and by patrol 2",
        "category UNKNOWN and UNKNOWN",
    )


@pytest.mark.parametrize(
    ("second", "count"),
    [
        (seen_at(B, lon=20.01), 0),  # 1.1 km
        (seen_at(B, lon=20.01, uncertainty_m=2000), 1),
        (seen_at(B, injury_at=after(-3600)), 0),
        (seen_at(B, injury_at=after(-1700)), 1),
        (seen_at(B, age_group=AgeGroup.CHILD), 0),
        (seen_at(B, affiliation=Affiliation.LOCAL_CIVILIAN), 0),
        (seen_at(B, category=Category.DEAD), 0),
        (seen_at(B, category=Category.T1), 1),
    ],
)
def test_who_may_be_one_person(second, count):
    first = seen_at(
        A,
        age_group=AgeGroup.ADULT,
        affiliation=Affiliation.UN_MILITARY,
        category=Category.T3,
        injury_at=after(0),
    )
    assert len(pairs(first, second)) == count


def test_those_whom_one_reporter_told_are_two():
    assert pairs(seen_at(A), seen_at(B), second="patrol 1") == ()
    assert twins(View(told(empty("M"), (0, alert("R", A, B))), LATER)) == ()
    assert twins(View(told(scene(), MERGE), LATER)) == ()


DOWN = e.RequestStoodDown(request="Q", reason="the same as R")
AS_ONE = e.RequestsMerged(kept="R", merged="Q")


def test_a_duplicate_that_was_stood_down_and_then_merged_stands_nobody_else_down():
    assert View(scene((50, DOWN), (100, AS_ONE)), LATER).requests["R"].stood_down is None
    assert View(scene((50, AS_ONE), (100, DOWN)), LATER).requests["R"].stood_down is not None


def test_who_asks_after_a_standing_down_is_not_stood_down_by_a_merge():
    down = e.RequestStoodDown(request="R", reason="false alarm")
    again = alert("Z", C)
    picture = scene((50, down), (60, again), (100, e.RequestsMerged(kept="R", merged="Z")))
    assert View(picture, LATER).requests["R"].stood_down is None
