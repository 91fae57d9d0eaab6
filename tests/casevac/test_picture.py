"""The fold: total, idempotent, the same whatever order reports arrive in."""

import json
import random
from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from casevac import events as e
from casevac.entities import entities, touched
from casevac.mission import Profile
from casevac.picture import FOLDS, ODDITIES_KEPT, apply, empty, fold, vehicle_of
from casevac.terms import Capability, Category, MissionKind, Source, VehicleState
from casevac.view import View
from tests.casevac.scenes import NOW, A, B, after, alert, ambulance, event, told
from tests.casevac.stories import any_event, any_report

LATER = NOW + timedelta(hours=1)


def numbered(events):
    return [replace(one, seq=seq) for seq, one in enumerate(events, start=1)]


def test_every_kind_of_event_has_its_fold():
    assert set(FOLDS) == set(e.KINDS.values())


@settings(max_examples=300)
@given(st.lists(any_event, max_size=25))
def test_no_event_ever_stops_the_fold_or_the_drawing(events):
    picture = empty("M")
    for one in numbered(events):
        picture = apply(picture, one)
        json.dumps(entities(picture, LATER))
    assert picture.seq == len(events)


@settings(max_examples=300)
@given(st.lists(any_report, max_size=25), st.randoms(use_true_random=False))
def test_reports_fold_to_the_same_picture_in_any_order_and_however_often(events, shuffle):
    again = [*events, *events[: len(events) // 2]]
    shuffle.shuffle(again)
    one, other = (replace(fold(empty("M"), each), oddities=()) for each in (events, again))
    assert one == other


@settings(max_examples=200)
@given(st.lists(any_event, max_size=20))
def test_what_was_applied_once_is_not_applied_again(events):
    log = numbered(events)
    picture = fold(empty("M"), log)
    assert fold(picture, random.Random(1).sample(log, len(log))) is picture


@settings(max_examples=200)
@given(st.lists(any_event, max_size=15), any_event)
def test_an_entity_that_is_not_touched_looks_the_same(events, last):
    before = fold(empty("M"), numbered(events))
    now = apply(before, replace(last, seq=before.seq + 1))
    told_apart = touched(before, now)
    old, new = entities(before, LATER), entities(now, LATER)
    for group, ones in new.items():
        for key, one in ones.items() if group != "alarms" else ():  # those are compared whole, each time
            assert key in told_apart.get(group, ()) or old[group].get(key) == one
    only = entities(now, LATER, only=told_apart)
    assert all(new[group][key] == one for group, ones in only.items() for key, one in ones.items() if one)


@settings(max_examples=150)
@given(any_event)
def test_an_event_survives_its_storage_form(one):
    assert e.body_from(one.kind, json.loads(json.dumps(e.fields_of(one.body)))) == one.body


def test_events_of_another_mission_change_nothing():
    picture = empty("M")
    assert apply(picture, event(alert("R", A), mission="N", seq=7)) is picture


def test_ten_thousand_events_fold():
    bodies = []
    for i in range(2500):
        name = f"Z{i}"
        bodies += [
            alert(f"R{i}", name),
            e.CasualtyTriaged(casualty=name, category=Category.T1),
            e.CasualtyLoaded(casualty=name, vehicle=f"AMB-{i % 30}"),
            e.CasualtyHandedOver(casualty=name, facility=f"F{i % 6}"),
        ]
    picture = fold(empty("M"), [event(body, at=i, seq=i + 1) for i, body in enumerate(bodies)])
    assert len(picture.casualties) == 2500
    assert all(one.facility for one in picture.casualties.values())


def test_a_mission_opens_with_its_profile():
    profile = Profile(name="mine", speed_factor=10)
    opened = e.MissionOpened(name="X", mission_kind=MissionKind.EXERCISE, profile=profile)
    mission = told(empty("M"), (0, opened)).mission
    assert (mission.name, mission.kind, mission.profile) == ("X", MissionKind.EXERCISE, profile)


def test_an_alert_opens_a_request_with_its_casualties():
    picture = told(empty("M"), (0, alert("R", A, B, place="the ford", injury_at=after(-60))))
    found = entities(picture, after(5))
    assert found["requests"]["R"]["state"] == "open"
    assert found["requests"]["R"]["casualties"] == sorted((A, B))
    assert found["requests"]["R"]["opened_at"] == "2026-11-22T09:00:00Z"
    assert found["casualties"][A]["injury_at"] == "2026-11-22T08:59:00Z"
    assert found["casualties"][A]["state"] == "reported"


def test_an_alert_without_an_id_is_noted_not_lost_silently():
    picture = told(empty("M"), (0, alert("", A)))
    assert "the alert has no request id" in picture.oddities[0]


def test_only_the_newest_oddities_are_kept():
    picture = told(empty("M"), *((i, alert("", A)) for i in range(ODDITIES_KEPT + 5)))
    assert len(picture.oddities) == ODDITIES_KEPT


def test_a_casualty_reported_alone_stands_for_a_request_of_its_own():
    picture = told(empty("M"), (0, e.CasualtyReported(lon=20, lat=5, casualty=A)))
    found = entities(picture, after(5))
    assert found["requests"][f"R-{A}"]["casualties"] == [A]
    assert found["casualties"][A]["request"] == f"R-{A}"
    picture = told(picture, (9, alert("R", A)))
    assert list(entities(picture, after(9))["requests"]) == ["R"]


def test_custody_goes_from_scene_to_vehicle_to_vehicle_to_facility():
    picture = told(
        empty("M"),
        (0, ambulance("V")),
        (0, ambulance("W")),
        (
            0,
            e.FacilityRegistered(
                id="F", name="F", lon=22.5, lat=6.5, beds_free=5, capabilities=(Capability.DCS,)
            ),
        ),
        (0, alert("R", A, lon=21.0, lat=6.0)),
    )
    positions = {"V": type("Fix", (), {"lon": 21.2, "lat": 6.1, "corrected_at": after(50)})()}

    def casualty(picture):
        one = entities(picture, after(100), positions)["casualties"][A]
        return one["carried_by"], one["facility"], one["lon"], one["lat"], one["state"]

    assert casualty(picture) == (None, None, 21.0, 6.0, "reported")
    picture = told(picture, (10, e.CasualtyLoaded(casualty=A)), device="V")
    assert casualty(picture) == ("V", None, 21.2, 6.1, "loaded")
    assert entities(picture, after(100))["vehicles"]["V"]["aboard"] == [A]
    picture = told(picture, (20, e.CasualtyHandedOver(casualty=A, vehicle="W")))
    assert casualty(picture)[:2] == ("W", None)
    picture = told(picture, (30, e.CasualtyHandedOver(casualty=A, facility="F")))
    assert casualty(picture) == (None, "F", 22.5, 6.5, "handed_over")
    found = entities(picture, after(100))
    assert found["facilities"]["F"]["patients"] == [A]
    assert found["facilities"]["F"]["beds"]["free"] == 4
    assert found["requests"]["R"]["state"] == "closed"
    picture = told(picture, (40, e.SurgeryStarted(casualty=A)))
    assert casualty(picture)[4] == "in_surgery"


def test_a_loading_told_late_does_not_undo_the_hand_over():
    picture = told(
        empty("M"),
        (0, alert("R", A)),
        (30, e.CasualtyHandedOver(casualty=A, facility="F")),
        (10, e.CasualtyLoaded(casualty=A, vehicle="V")),
    )
    assert picture.casualties[A].facility == "F"


def test_the_later_triage_counts_whichever_arrives_first():
    picture = told(
        empty("M"),
        (20, e.CasualtyTriaged(casualty=A, category=Category.T1)),
        (10, e.CasualtyTriaged(casualty=A, category=Category.T3)),
    )
    assert picture.casualties[A].triage == Category.T1


def test_a_report_without_a_category_does_not_undo_a_triage():
    picture = told(
        empty("M"),
        (10, e.CasualtyTriaged(casualty=A, category=Category.T1)),
        (20, e.CasualtyReported(lon=20, lat=5, casualty=A)),
    )
    assert picture.casualties[A].triage == Category.T1


def test_a_device_belongs_to_a_vehicle_by_enrolment_by_registration_or_by_name():
    picture = told(
        empty("M"), (0, ambulance("V", device="tracker-7")), (0, ambulance("W")),
        (1, e.DeviceEnrolled(name="phone", vehicle="W")),
    )  # fmt: skip
    names = {device: vehicle_of(picture, device) for device in ("tracker-7", "W", "phone", "stranger")}
    assert names == {"tracker-7": "V", "W": "W", "phone": "W", "stranger": None}


def test_a_device_that_several_rows_name_belongs_to_the_first_by_id_and_what_is_registered_comes_first():
    picture = told(
        empty("M"), (0, ambulance("W", device="bag")), (0, ambulance("V", device="bag")),
        (1, e.VehicleStatusChanged(state="available", vehicle="bag")),  # nobody registered that one
        (1, e.VehicleStatusChanged(state="available", vehicle="alone")),
    )  # fmt: skip
    assert [vehicle_of(picture, device) for device in ("bag", "alone")] == ["V", "alone"]
    picture = told(picture, (2, ambulance("bag")))
    assert vehicle_of(picture, "bag") == "bag"


def test_a_stranger_that_loads_a_casualty_becomes_a_vehicle_of_its_own_name():
    picture = told(empty("M"), (0, e.CasualtyLoaded(casualty=A)), device="stranger")
    found = entities(picture, after(1))
    assert found["vehicles"]["stranger"]["aboard"] == [A]


def test_what_a_vehicle_is_doing():
    def state(picture):
        return View(picture, after(99)).vehicle_state(picture.vehicles["V"])

    def says(at, word):
        return (at, e.VehicleStatusChanged(state=word, vehicle="V"))

    tasked = e.VehicleTasked(task="T", chain="C", request="R", vehicle="V", casualties=(A,), legs=())
    picture = told(empty("M"), (0, ambulance("V")))
    assert state(picture) == VehicleState.AVAILABLE
    picture = told(picture, says(5, VehicleState.ON_SCENE), (10, tasked))
    assert state(picture) == VehicleState.TASKED
    picture = told(picture, says(20, VehicleState.TO_PICKUP))
    assert state(picture) == VehicleState.TO_PICKUP
    assert entities(picture, after(99))["vehicles"]["V"]["task"]["status"] == "sent"
    finished = told(picture, (30, e.TaskFinished(task="T")))
    assert state(finished) == VehicleState.AVAILABLE
    assert entities(finished, after(99))["vehicles"]["V"]["task"] is None
    broken = told(picture, says(25, VehicleState.OUT_OF_SERVICE), (30, e.TaskCancelled(task="T")))
    assert state(broken) == VehicleState.OUT_OF_SERVICE


def test_a_declined_task_stays_to_be_seen():
    tasked = e.VehicleTasked(task="T", chain="C", request="R", vehicle="V", casualties=(A,), legs=())
    picture = told(empty("M"), (0, ambulance("V")), (1, tasked), (2, e.TaskDeclined(task="T", reason="fuel")))
    vehicle = entities(picture, after(3))["vehicles"]["V"]
    assert (vehicle["task"]["status"], vehicle["state"]) == ("declined", "available")


def test_beds_count_only_patients_who_came_since_they_were_counted():
    hospital = e.FacilityRegistered(id="F", name="F", lon=22, lat=6, beds_free=3)
    picture = told(
        empty("M"), (0, hospital), (10, e.CasualtyHandedOver(casualty=A, facility="F")),
        (20, replace(hospital, beds_free=7)), (30, e.CasualtyHandedOver(casualty=B, facility="F")),
    )  # fmt: skip
    assert View(picture, after(40)).free_beds(picture.facilities["F"]) == 6


def test_a_position_goes_by_its_corrected_time_whichever_device_sent_it():
    picture = told(empty("M"), (0, ambulance("V")), (0, e.DeviceEnrolled(name="phone", vehicle="V")))
    fix = msgspec.defstruct("Fix", [("lon", float), ("lat", float), ("corrected_at", object)])
    positions = {"V": fix(20.0, 5.0, after(10)), "phone": fix(21.0, 6.0, after(20))}
    assert View(picture, after(30), positions).positions["V"].lon == 21.0


def test_sources_are_kept():
    picture = apply(empty("M"), event(alert("R", A), seq=1, source=Source.VOICE))
    found = entities(picture, after(1))
    assert found["casualties"][A]["source"] == found["requests"]["R"]["source"] == "voice"
