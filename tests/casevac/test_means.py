"""Vehicles, teams and hazards: condition, doubts, who is silent; what the house checks of means."""

import itertools

import pytest

from casevac import events as e
from casevac import telling
from casevac.entities import entities
from casevac.errors import AlreadyReserved, BadMessage, CasevacError, NotPossible, Unknown
from casevac.fleet import choice
from casevac.hazard import active
from casevac.ids import Mint
from casevac.mission import Profile
from casevac.picture import Picture, empty
from casevac.silence import silent
from casevac.terms import (
    Accepting,
    Bed,
    Capability,
    Category,
    Equipment,
    HazardKind,
    MissionKind,
    TeamKind,
    VehicleState,
)
from casevac.vehicle import Trip, unfit, unsure, why_not_free
from casevac.view import View
from casevac.zap import zap
from tests.casevac.scenes import NOW, A, B, C, D, after, alert, ambulance, seen, told

HOIST, VENTILATOR = Equipment.HOIST, Equipment.VENTILATOR


def scene(*more, **vehicle) -> Picture:
    opened = e.MissionOpened(name="m", mission_kind=MissionKind.EXERCISE, profile=Profile())
    hospital = e.FacilityRegistered(
        id="F", name="Field", lon=22, lat=6, beds_staffed=20, beds_free=2, tables=1
    )
    return told(
        empty("M"), (0, opened), (0, hospital), (0, ambulance("V", **vehicle)), (0, ambulance("W")),
        (0, alert("R", A, B, C, D)), *more,
    )  # fmt: skip


def condition(at: float, **fields):
    return (at, e.VehicleConditionReported(vehicle="V", **fields))


def vehicle(picture: Picture, at: float = 99):
    return entities(picture, after(at))["vehicles"]["V"]


# --- vehicles


def test_the_condition_of_a_vehicle_is_told_field_by_field():
    picture = scene(
        condition(10, range_km=300, equipment=(HOIST,), by="pilot"),
        condition(20, litters=1, duty_ends_at=after(900)),
    )
    found = vehicle(picture)
    assert (found["range_km"], found["litters"], found["seats"]) == (300, 1, 2)
    assert (found["equipment"], found["duty_ends_at"]) == (["hoist"], "2026-11-22T09:15:00Z")
    told_of = {one["what"]: (one["as_of"], one["by"]) for one in found["condition"]}
    assert told_of["range_km"] == ("2026-11-22T09:00:10Z", "pilot")
    assert told_of["litters"] == ("2026-11-22T09:00:20Z", "test")


@pytest.mark.parametrize(
    ("fields", "trip", "words"),
    [
        ({}, Trip(1e6, after(9e6), (HOIST,)), []),  # nothing is known to speak against it
        ({"range_km": 100}, Trip(80_000), []),
        ({"range_km": 100}, Trip(90_000), ["can go 100 km, the way is 90 km and 20% must be left"]),
        ({"duty_ends_at": after(600)}, Trip(), []),
        ({"duty_ends_at": after(600)}, Trip(ends_at=after(601)),
         ["has a crew that must rest from 09:10Z, the way ends at 09:10Z"]),
        ({"duty_ends_at": after(30)}, Trip(), ["has a crew that must rest since 09:00Z"]),
        ({"equipment": (HOIST,)}, Trip(equipment=(HOIST, VENTILATOR)), ["has no ventilator"]),
        ({"equipment": ()}, Trip(equipment=(HOIST,)), ["has no hoist"]),
    ],
)  # fmt: skip
def test_why_a_vehicle_cannot_do_the_trip(fields, trip, words):
    picture = scene(condition(9, **fields)) if fields else scene()
    assert unfit(picture.vehicles["V"], trip, Profile(), after(60)) == words


def test_a_vehicle_that_cannot_get_there_is_refused_with_the_reason():
    near, far = (condition(9, range_km=reach) for reach in (100, 10))
    for word, why in ((near, None), (far, "can go 10 km, the way is 11 km and 20% must be left")):
        wanted = choice(View(scene(word), after(60)), "R")
        assert {one.what: one.why for one in wanted.refused}.get("V") == why
    needy = Profile(needs=dict.fromkeys(Category, (Capability.VENT,)))
    opened = e.MissionOpened(name="m", mission_kind=MissionKind.EXERCISE, profile=needy)
    wanted = choice(View(scene(condition(9, equipment=(HOIST,)), (10, opened)), after(60)), "R")
    assert e.Refusal("V", "has no ventilator") in wanted.refused


def test_the_fuel_told_shortens_the_range_registered():
    picture = scene(condition(9, fuel_percent=25), range_km=400)
    assert vehicle(picture)["range_km"] == 100


def test_what_nobody_told_of_a_vehicle_is_named():
    found = unsure(scene().vehicles["V"], Trip(1000, equipment=(HOIST,)))
    assert found == ["nobody told whether it carries hoist", "nobody told how far it can go"]


def test_a_vehicle_is_ready_as_told_of_late_else_as_registered():
    def ready(picture, at):
        return (View(picture, after(at)).ready_at("V") - NOW).total_seconds()

    assert ready(scene(readiness_s=900), 100) == 1000
    picture = scene(condition(60, ready_in_s=300), readiness_s=900)
    assert [ready(picture, at) for at in (100, 400)] == [360, 400]
    assert ready(picture, 8000) == 8900  # too long ago to be relied on
    assert vehicle(picture)["ready_at"] == "2026-11-22T09:06:00Z"


def test_words_that_do_not_fit_together_are_doubts():
    assert vehicle(scene())["doubts"] == []
    full = scene(*((9, e.CasualtyLoaded(casualty=zap, vehicle="V")) for zap in (A, B, C)))
    assert vehicle(full)["doubts"] == ["carries 3, has places for 2 of them"]
    orders = [
        e.VehicleTasked(task=key, chain="C", request="R", vehicle="V", casualties=(A,), legs=())
        for key in "TU"
    ]
    assert vehicle(scene((9, orders[0]), (10, orders[1])))["doubts"] == ["has 2 tasks at once: T, U"]
    busy = scene((9, e.VehicleStatusChanged(state=VehicleState.ON_SCENE, vehicle="V")))
    assert vehicle(busy)["doubts"] == ["reports on scene without a task"]
    assert why_not_free(busy.vehicles["V"], None, ()) == ["reports on scene without a task"]


# --- teams


def amet(**more) -> e.TeamRegistered:
    return e.TeamRegistered(id="AMET", name="AMET", team_kind=TeamKind.AMET, **more)


def says(at: float, **fields):
    return (at, e.TeamStatusChanged(team="AMET", **fields))


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ([], "standing by"),
        ([says(9, vehicle="V")], "boarded V"),
        ([says(9, vehicle="V"), says(20, left=True)], "standing by"),
        ([says(20, left=True), says(9, vehicle="V")], "standing by"),
        ([says(9, vehicle="V"), says(20, ready=False)], "not ready"),
        ([says(9, ready=False), says(20, ready=True)], "standing by"),
        ([says(9, duty_ends_at=after(50))], "resting"),
        ([says(9, duty_ends_at=after(50)), says(20, duty_ends_at=after(500))], "standing by"),
    ],
)
def test_what_a_team_is_doing(words, state):
    assert entities(scene((0, amet()), *words), after(99))["teams"]["AMET"]["state"] == state


def test_a_medical_team_aboard_is_advanced_care_from_when_it_boards():
    loaded = (10, e.CasualtyLoaded(casualty=A, vehicle="V"))
    bare = scene((0, amet()), loaded, medical_crew=False)

    def care(picture):
        return View(picture, after(99)).advanced_care_at(picture.casualties[A])

    assert care(bare) is None
    assert care(told(bare, says(5, vehicle="V"))) == after(10)
    assert care(told(bare, says(30, vehicle="V"))) == after(30)
    assert care(told(bare, says(30, vehicle="V"), says(40, left=True))) == after(30)  # it stays a fact
    assert care(told(bare, says(2, vehicle="V"), says(5, left=True))) is None
    assert care(told(bare, (20, e.CasualtyLoaded(casualty=A, vehicle="W")), says(30, vehicle="V"))) == after(
        20
    )
    escort = told(bare, (1, e.TeamRegistered(id="E", name="E", team_kind=TeamKind.ESCORT, vehicle="V")))
    assert care(escort) is None
    assert care(told(bare, (1, amet(vehicle="V")))) == after(10)
    assert vehicle(told(bare, says(5, vehicle="V")))["teams"] == ["AMET"]
    assert not vehicle(bare)["medical_crew"]


def test_a_vehicle_waits_for_the_team_that_goes_with_it():
    picture = scene((0, amet(vehicle="V", readiness_s=600)), readiness_s=60)
    assert View(picture, after(0)).ready_at("V") == after(600)


# --- who is silent


def tasked(at: float = 10):
    orders = e.VehicleTasked(task="T", chain="C", request="R", vehicle="V", casualties=(A,), legs=())
    return scene((at, orders))


def who(picture: Picture, at: float, positions=None):
    return [(one.vehicle, one.seconds, one.offline) for one in silent(View(picture, after(at), positions))]


def test_a_vehicle_at_work_that_is_not_heard_is_named():
    assert who(scene(), 9999) == []  # idle vehicles may be silent
    assert who(tasked(), 310) == []
    assert who(tasked(), 311) == [("V", 301.0, False)]
    assert who(tasked(), 311, {"V": seen(21, 6, at=200)}) == []
    assert who(tasked(), 600, {"V": seen(21, 6, at=200)}) == [("V", 400.0, False)]
    heard = told(tasked(), (400, e.VehicleStatusChanged(state=VehicleState.TO_PICKUP, vehicle="V")))
    assert who(heard, 600, {"V": seen(21, 6, at=200)}) == []
    assert who(told(tasked(), (300, e.TaskFinished(task="T"))), 9999) == []


def test_a_vehicle_with_somebody_aboard_is_at_work():
    assert who(scene((10, e.CasualtyLoaded(casualty=A, vehicle="W"))), 500) == [("W", 490.0, False)]


def test_a_device_that_went_off_line_is_named_at_once():
    gone = told(
        tasked(),
        (20, e.DeviceStatusChanged(online=True)),
        (30, e.DeviceStatusChanged(online=False)),
        device="V",
    )
    assert who(gone, 40) == [("V", 30.0, True)]
    other = told(gone, (31, e.DeviceEnrolled(name="phone", vehicle="V")))
    other = told(other, (32, e.DeviceStatusChanged(online=True)), device="phone")
    assert who(other, 40) == []


# --- hazards


SQUARE = ((21.0, 6.0), (21.1, 6.0), (21.1, 6.1))


def hazard(at: float, **fields):
    fields = {"id": "H", "hazard_kind": HazardKind.CLOSURE, "lon": 21.0, "lat": 6.0, **fields}
    return (at, e.HazardReported(**fields))


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ([hazard(0)], True),
        ([hazard(0, until=after(98))], False),
        ([hazard(0, until=after(100))], True),
        ([hazard(0), (5, e.HazardLifted(id="H"))], False),
        ([(5, e.HazardLifted(id="H")), hazard(0)], False),
        ([hazard(0), (5, e.HazardLifted(id="H")), hazard(9)], True),
        ([(5, e.HazardLifted(id="H"))], False),
    ],
)
def test_when_a_hazard_holds(words, holds):
    assert scene(*words).hazards["H"].holds(after(99)) is holds


def test_a_hazard_has_its_outline():
    def look(**fields):
        return entities(scene(hazard(0, **fields)), after(9))["hazards"]["H"]

    assert look()["geometry"] == {"type": "Point", "coordinates": [21.0, 6.0]}
    assert look(line=SQUARE[:2])["geometry"]["type"] == "LineString"
    ring = look(polygon=SQUARE)["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    assert len(ring) == 4
    lifted = entities(scene(hazard(0), (5, e.HazardLifted(id="H"))), after(9))["hazards"]["H"]
    assert lifted["lifted_at"] == "2026-11-22T09:00:05Z"


# --- what the house checks


def mint() -> Mint:
    numbers = itertools.count(1)
    return Mint(lambda: zap(next(numbers)), lambda letter: f"{letter}-{next(numbers)}")


def tell(picture: Picture, kind: str, **fields):
    return telling.tell(View(picture, after(60)), kind, fields, mint())


CLOSURE = {"hazard_kind": "closure", "lon": 21.0, "lat": 6.0}
BOARD, WARD = "facility_status_reported", {"bed": "ward"}


@pytest.mark.parametrize(
    ("kind", "fields", "fault", "words"),
    [
        (BOARD, {"queue": 1}, BadMessage, "facility is missing"),
        (BOARD, {"facility": "X", "queue": 1}, Unknown, "no facility 'X'"),
        (BOARD, {"facility": "F"}, BadMessage, "nothing is told; give one or more of accep"),
        (BOARD, {"facility": "F", "accepting": "closed"}, BadMessage, "say why it is closed"),
        (BOARD, {"facility": "F", "beds": [WARD]}, BadMessage, "give staffed, free or occup"),
        (BOARD, {"facility": "F", "beds": [{**WARD, "free": 24}]}, BadMessage,
         "24 of 20 staffed beds cannot be free"),
        (BOARD, {"facility": "F", "beds": [{**WARD, "free": -4}]}, BadMessage, ">= 0"),
        (BOARD, {"facility": "F", "beds": [{**WARD, "occupied": 24, "free": 2}]}, BadMessage,
         "24 lie in 20 beds, so none of them is free"),
        (BOARD, {"facility": "F", "beds": [{**WARD, "occupied": 12, "free": 12}]}, BadMessage,
         "12 free and 12 occupied are more than 20 beds"),
        (BOARD, {"facility": "F", "beds": [{**WARD, "occupied": 2400}]}, BadMessage,
         "2400 occupied of 20 staffed beds cannot be"),
        (BOARD, {"facility": "F", "beds": [{**WARD, "free": 1}, {**WARD, "free": 2}]},
         BadMessage, "one kind of bed twice"),
        (BOARD, {"facility": "F", "tables_busy_until": ["2026-11-22T10:00:00Z"] * 2},
         BadMessage, "2 of 1 operating tables cannot be busy"),
        (BOARD, {"facility": "F", "stocks": {"ventilators": -1.0}}, BadMessage, "from 0 on"),
        ("bed_reserved", {"facility": "F", "casualty": A, "until": "2026-11-22T09:00:30Z"}, BadMessage,
         "is over"),
        ("bed_reserved", {"facility": "F", "casualty": zap(7)}, Unknown, "no casualty"),
        ("bed_released", {"reservation": "B-9"}, Unknown, "no reservation 'B-9'"),
        ("vehicle_condition_reported", {"range_km": 9.0}, BadMessage, "vehicle is missing"),
        ("vehicle_condition_reported", {"vehicle": "V"}, BadMessage,
         "nothing is told; give one or more of range_km"),
        ("vehicle_condition_reported", {"vehicle": "V", "fuel_percent": 101.0}, BadMessage, "<= 100"),
        ("team_status_changed", {"team": "T"}, Unknown, "no team 'T'"),
        ("hazard_reported", {**CLOSURE, "polygon": [[21.0, 6.0], [21.1, 6.0]]}, BadMessage,
         "three different corners"),
        ("hazard_reported", {**CLOSURE, "line": [[21.0, 6.0], [21.0, 6.0]]}, BadMessage,
         "two different points"),
        ("hazard_reported", {**CLOSURE, "radius_m": 0.0}, BadMessage, "within how many metres"),
        ("hazard_reported", {**CLOSURE, "affects": []}, BadMessage, "say what it affects"),
        ("hazard_reported", {**CLOSURE, "until": "2026-11-22T08:00:00Z"}, BadMessage, "is over already"),
        ("hazard_lifted", {"id": "H-9"}, Unknown, "no hazard 'H-9'"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_of_means_says_why(kind, fields, fault, words):
    with pytest.raises(fault, match=words):
        tell(scene(), kind, **fields)


def test_true_overcrowding_can_be_told():
    (body,) = tell(scene(), BOARD, facility="F", beds=[{"bed": "ward", "occupied": 24}])
    found = entities(told(scene(), (60, body)), after(61))["facilities"]["F"]
    assert found["over_capacity"] == "24 of 20 beds"


def test_no_word_at_all_and_none_at_all_are_not_the_same():
    (body,) = tell(scene(), BOARD, facility="F", blood=[])
    assert body.blood == ()


def reserved(*zaps: str) -> Picture:
    picture = scene()
    for number, one in enumerate(zaps, start=1):
        (body,) = tell(
            picture, "bed_reserved", facility="F", casualty=one, reservation=f"B{number}", by="Ops 1"
        )
        picture = told(picture, (60 + number, body))
    return picture


def test_who_holds_the_beds_is_told_to_the_second():
    with pytest.raises(AlreadyReserved) as fault:
        tell(reserved(A, B), "bed_reserved", facility="F", casualty=C)
    assert str(fault.value) == (
        f"Field has 2 free beds, kept for {A} (B1 by Ops 1), {B} (B2 by Ops 1); choose another facility"
    )
    (body,) = tell(reserved(A, B), "bed_released", reservation="B1")
    assert tell(told(reserved(A, B), (90, body)), "bed_reserved", facility="F", casualty=C)


@pytest.mark.parametrize(
    ("more", "fault", "words"),
    [
        ([], AlreadyReserved, f"Field keeps a bed for {A} already: reservation B1"),
        ([e.CasualtyHandedOver(casualty=A, facility="F")], NotPossible, f"{A} is in Field already"),
        ([e.FacilityStatusReported(facility="F", accepting=Accepting.CLOSED, reason="fire"),
          e.BedReleased(reservation="B1")], NotPossible, "Field is closed: fire"),
    ],
)  # fmt: skip
def test_a_bed_that_cannot_be_kept(more, fault, words):
    picture = told(reserved(A), *((61 + i, body) for i, body in enumerate(more)))
    with pytest.raises(fault, match=words):
        tell(picture, "bed_reserved", facility="F", casualty=A)


def test_beds_that_nobody_counted_may_be_kept():
    (body,) = tell(scene(), "bed_reserved", facility="F", casualty=A, bed="icu")
    assert body.bed == Bed.ICU


def test_what_is_over_cannot_end_again():
    released = told(reserved(A), (61, e.BedReleased(reservation="B1")))
    with pytest.raises(NotPossible, match="B1 is released already"):
        tell(released, "bed_released", reservation="B1")
    lifted = scene(hazard(0), (5, e.HazardLifted(id="H")))
    with pytest.raises(NotPossible, match="H is lifted already"):
        tell(lifted, "hazard_lifted", id="H")
    with pytest.raises(CasevacError, match="boards a vehicle or leaves it"):
        tell(scene((0, amet())), "team_status_changed", team="AMET", vehicle="V", left=True)
    assert tell(scene((0, amet())), "team_status_changed", team="AMET", left=True)


def test_roads_are_closed_exactly_while_the_map_shows_the_hazard():
    for lift in (4, 5, 6):
        picture = scene(hazard(5), (lift, e.HazardLifted(id="H")))
        shown = entities(picture, after(9))["hazards"]["H"]["lifted_at"] is None
        assert bool(active(picture, after(9))) == shown
