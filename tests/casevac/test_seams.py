"""Where parts meet: alarms of every part, clocks behind the theatre's queue, requests that go on."""

from datetime import timedelta

import pytest

from casevac import events as e
from casevac import reactions
from casevac.alarms import alarms
from casevac.entities import entities
from casevac.mission import Profile
from casevac.picture import empty
from casevac.request import RequestState
from casevac.terms import (
    ApprovalState,
    Bed,
    Capability,
    Category,
    ClockStatus,
    Outcome,
    Purpose,
    Step,
    Treatment,
)
from casevac.theatre import Case, begins
from casevac.view import View
from tests.casevac.duty_scenes import DOOR, POI, hospital, planned, scene, seen
from tests.casevac.scenes import NOW, A, B, C, D, after, alert, ambulance, leg, told
from tests.casevac.scenes import seen as fix

HOUR = 3600.0


def found(view: View) -> dict[str, tuple[str, str]]:
    return {one.id: (one.kind, one.words) for one in alarms(view)}


# --- alarms


def test_a_tracker_that_falls_silent_at_work_is_an_alarm_that_keeps_its_id_and_words():
    picture = planned()
    assert not any(key.startswith("silent:") for key in found(View(picture, after(200))))
    early, late = View(picture, after(900)), View(picture, after(960))
    assert found(early)["silent:V"] == found(late)["silent:V"]
    assert found(early)["silent:V"] == (
        "tracker_lost",
        "V was last heard at 09:01Z: its tracker is silent; call it",
    )
    heard = View(picture, after(900), {"V": fix(21.1, 6.0, at=890)})
    assert "silent:V" not in found(heard)


def test_a_tracker_that_went_off_line_is_told_at_once():
    on, off = (e.DeviceStatusChanged(online=value) for value in (True, False))
    picture = told(planned(), (110, on), device="V")
    assert "silent:V" not in found(View(picture, after(121)))
    gone = told(picture, (120, off), device="V")
    assert "off line" in found(View(gone, after(121)))["silent:V"][1]


def test_beds_promised_twice_and_a_house_over_capacity_are_alarms():
    reserve = [e.BedReserved(reservation=f"B{n}", facility="F", casualty=z) for n, z in enumerate((A, B))]
    picture = scene(*((n + 1.0, one) for n, one in enumerate(reserve)))
    assert not any(key.startswith(("overbooked", "capacity")) for key in found(seen(picture, 10)))
    free = e.BedCount(bed=Bed.WARD, staffed=5, free=1)
    picture = told(picture, (20, e.FacilityStatusReported(facility="F", beds=(free,))))
    assert found(seen(picture, 30))["overbooked:F"] == (
        "bed_overbooked",
        f"F keeps more beds than are free: none for {B}; find another",
    )
    crowded = e.BedCount(bed=Bed.WARD, staffed=5, occupied=7)
    picture = told(picture, (40, e.FacilityStatusReported(facility="F", beds=(crowded,))))
    assert found(seen(picture, 50))["capacity:F"] == ("over_capacity", "F is over capacity: 7 of 5 beds")


def test_a_tourniquet_is_an_alarm_until_it_is_released_or_the_care_has_ended():
    on = e.TreatmentGiven(casualty=A, treatment=Treatment.TOURNIQUET, site="Left leg")
    off = e.TreatmentGiven(casualty=A, treatment=Treatment.TOURNIQUET_RELEASED, site="left leg")
    picture = scene((60, on))
    assert f"tourniquet:{A}:left leg" not in found(seen(picture, 2 * HOUR))
    late = found(seen(picture, 2 * HOUR + 61))
    assert late[f"tourniquet:{A}:left leg"] == (
        "tourniquet_long",
        "tourniquet left leg is on since 09:01Z: look at it",
    )
    for end in (off, e.OutcomeDecided(casualty=A, outcome=Outcome.DECEASED, reason="declared")):
        over = told(picture, (HOUR, end))
        assert f"tourniquet:{A}:left leg" not in found(seen(over, 3 * HOUR))


def test_triage_is_due_again_after_a_hand_over_until_it_was_done():
    handed = e.CasualtyHandedOver(casualty=A, vehicle="V")
    picture = scene((10, e.CasualtyTriaged(casualty=A, category=Category.T1)), (600, handed))
    assert found(seen(picture, 700))[f"retriage:{A}"] == (
        "retriage_due",
        "triage again: handed over to V at 09:10:00Z, not triaged since",
    )
    again = told(picture, (800, e.CasualtyTriaged(casualty=A, category=Category.T1)))
    assert f"retriage:{A}" not in found(seen(again, 900))


def test_a_lowering_without_a_reason_is_an_alarm_until_it_is_told_with_one():
    picture = scene(
        (10, e.CasualtyTriaged(casualty=A, category=Category.T1)),
        (20, e.CasualtyTriaged(casualty=A, category=Category.T3)),
    )
    kind, words = found(seen(picture, 30))[f"downgrade:{A}"]
    assert kind == "downgrade_unexplained" and words.startswith("T3 at 09:00:20Z lowers the category")
    assert f"doubts:{A}" not in found(seen(picture, 30))
    explained = told(picture, (40, e.CasualtyTriaged(casualty=A, category=Category.T3, reason="walks")))
    assert f"downgrade:{A}" not in found(seen(explained, 50))


def test_what_does_not_fit_in_a_record_is_an_alarm():
    step = e.BleedingControlled(casualty=A)
    picture = told(scene(), (5, alert("Q", C, injury_at=after(3), lon=21.0, lat=6.0)))
    picture = told(picture, (-600, e.BleedingControlled(casualty=C)))
    kind, words = found(seen(picture, 30))[f"doubts:{C}"]
    assert kind == "record_doubtful" and "is before the injury" in words
    assert f"doubts:{A}" not in found(seen(told(picture, (20, step)), 30))


def test_aircraft_that_need_daylight_make_a_chain_unsound_where_they_are_known():
    picture = planned()
    night = View(picture, NOW + timedelta(hours=9))
    by_day = [one.words for one in alarms(night) if one.kind == "chain_unsound"]
    known = [one.words for one in alarms(night, frozenset(["heli"])) if one.kind == "chain_unsound"]
    assert not any("by night" in words for words in by_day)
    assert any("HELI does not fly by night" in words for words in known)


@pytest.mark.parametrize("how", [Outcome.RETURNED_TO_DUTY, Outcome.DECEASED, Outcome.CANCELLED])
def test_whose_care_has_ended_raises_no_alarm_and_is_waited_for_by_nobody(how):
    ended = [(9, e.OutcomeDecided(casualty=z, outcome=how, reason="so decided")) for z in (A, B)]
    picture = scene(*ended)
    view = seen(picture, 4 * HOUR)
    assert found(view) == {}
    assert view.request_state("R") == RequestState.CLOSED


# --- the theatre


def queue_of(*zaps: str, tables: int = 1) -> View:
    """T1s who have all been handed over to F, which told of its tables."""
    card = hospital("F", 22.0, tables=tables)
    bodies: list[tuple[float, e.AnyBody]] = [(0, card), (0, alert("R", *zaps, lon=21.0, lat=6.0))]
    bodies += [(1, e.CasualtyTriaged(casualty=z, category=Category.T1)) for z in zaps]
    bodies += [(60 + n, e.CasualtyHandedOver(casualty=z, facility="F")) for n, z in enumerate(zaps)]
    return View(told(empty("M"), *bodies), after(120))


def surgery(view: View, zap: str):
    return next(one for one in view.clocks(view.picture.casualties[zap]) if one.step == Step.SURGERY)


def test_the_clock_counts_those_who_go_before_in_the_theatre():
    view = queue_of(A, B, C)
    prepared = after(60 + Profile().surgery_preparation_s)
    case = timedelta(seconds=Profile().surgery_case_s)
    at = [surgery(view, zap).expected.p50_at for zap in (A, B, C)]
    assert at == [prepared, prepared + case, prepared + 2 * case]
    assert [surgery(view, z).status for z in (A, B, C)] == [
        ClockStatus.ON_TRACK, ClockStatus.AT_RISK, ClockStatus.WILL_BREACH,
    ]  # fmt: skip
    assert f"clock:{C}:surgery" in found(view)
    two = queue_of(A, B, C, tables=3)
    assert surgery(two, C).status == ClockStatus.ON_TRACK


def test_a_chain_to_a_busy_theatre_says_what_the_option_said():
    legs = (
        leg("V", Purpose.TO_PICKUP, (POI, POI)),
        leg("V", Purpose.TO_FACILITY, (POI, DOOR), casualties=(D,)),
    )
    plan = e.ChainPlanned(
        chain="K", request="Q", decision="D", option="1", facility="F", vehicles=("V",), casualties=(D,),
        legs=legs,
    )  # fmt: skip
    bodies = [
        (0, ambulance("V", lon=21.1, lat=6.0)),
        (1, alert("Q", D, lon=21.0, lat=6.0)),
        (2, e.CasualtyTriaged(casualty=D, category=Category.T1)),
        (3, plan),
    ]
    alone = View(told(empty("M"), (0, hospital("F", 22.0)), *bodies), after(120))
    behind = View(told(queue_of(A, B).picture, *bodies), after(120))
    assert surgery(alone, D).status == ClockStatus.ON_TRACK
    assert surgery(behind, D).status == ClockStatus.WILL_BREACH
    waits = behind.outlook(behind.picture.casualties[D]).surgery
    assert waits.p50_at - surgery(alone, D).expected.p50_at > timedelta(hours=1)


def test_the_queue_is_the_same_as_one_case_after_another():
    cases = [Case(f"c{n:03}", after((n * 37) % 101 * 60), n % 3) for n in range(120)]
    tables = [after(0), after(600), after(7200)]
    quick = begins(tables, cases, 900)
    free, left, slow = sorted(tables), sorted(cases, key=lambda c: (c.ready_at, c.urgency, c.id)), {}
    while left:
        at = max(free.pop(0), left[0].ready_at)
        chosen = min((c for c in left if c.ready_at <= at), key=lambda c: (c.urgency, c.ready_at, c.id))
        left.remove(chosen)
        slow[chosen.id] = at
        free = sorted([*free, at + timedelta(seconds=900)])
    assert quick == slow


# --- requests


def test_a_request_is_not_closed_while_somebody_must_go_on_from_where_surgery_is_not_done():
    post = hospital("POST", 21.5, capabilities=(Capability.RESUS,))
    handed = [(60, e.CasualtyHandedOver(casualty=z, facility="POST")) for z in (A, B)]
    picture = told(scene(), (1, post), *handed)
    assert seen(picture, 70).request_state("R") == RequestState.OPEN
    on = told(picture, *((90, e.CasualtyHandedOver(casualty=z, facility="F")) for z in (A, B)))
    assert seen(on, 100).request_state("R") == RequestState.CLOSED
    minor = [(80, e.CasualtyTriaged(casualty=z, category=Category.T3)) for z in (A, B)]
    assert seen(told(picture, *minor), 100).request_state("R") == RequestState.CLOSED
    assert entities(picture, after(70))["requests"]["R"]["state"] == "open"


# --- the demonstration


def test_the_demo_shows_an_approval_that_its_built_in_coordinator_gives(demo):
    legs = (leg("HELI-1", Purpose.TO_PICKUP, (POI, POI)),)
    plan = e.ChainPlanned(
        chain="K", request="Q", decision="D", option="1", facility="mtf-bria", vehicles=("HELI-1", "AMB-01"),
        casualties=(D,), legs=legs,
    )  # fmt: skip
    picture = told(demo, (0, alert("Q", D, lon=21.0, lat=6.0)), (1, plan))
    waits = seen(picture, 5).approval(picture.chains["K"])
    assert (waits.state, waits.needed) == (ApprovalState.AWAITING, ("HELI-1",))
    assert waits.authorities == ("Exercise DMS", "Exercise FMedO")
    (word,) = [one for one in reactions.stood_in(seen(picture, 20)) if isinstance(one, e.LaunchApproved)]
    assert (word.vehicle, word.authority) == ("HELI-1", "Exercise DMS")
    done = told(picture, (21, word))
    assert seen(done, 22).approval(done.chains["K"]).state == ApprovalState.APPROVED
