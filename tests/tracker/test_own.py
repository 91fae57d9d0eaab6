"""Whose word it is: loading, hand-over and state are told by whom they are of; casualties by anybody."""

from datetime import UTC, datetime

import pytest

from casevac import events as e
from casevac.aside import word_of
from casevac.mission import Rights
from casevac.picture import empty, fold
from casevac.store import asides, log, missions
from casevac.terms import Role, Source, TeamKind, VehicleKind
from tests.tracker.conftest import Door
from tests.tracker.listener import Listener, until

ZAP = "ZGDF-7KWT"
LOADED = {"kind": "casualty_loaded", "casualty": ZAP}
HANDED = {"kind": "casualty_handed_over", "casualty": ZAP}
READY = {"kind": "asset_answered", "request": "R", "ready": True}
TEAM = {"kind": "team_status_changed", "ready": True}
OTHERS = "only a coordinator's device may speak for {}"


def say(who: Listener, *told: dict[str, object]) -> None:
    at = datetime.now(UTC).isoformat()
    for n, one in enumerate(told, start=1):
        who.send("event", {"epoch": 1, "n": n, "at": at, **one})
    assert until(lambda: len(who.stored()) + len(who.refused()) == len(told))


def card(key: str, device: str | None = None) -> e.VehicleRegistered:
    return e.VehicleRegistered(
        id=key, callsign=key, vehicle_kind=VehicleKind.GROUND, profile="ambulance", device=device
    )


@pytest.fixture
def field(door: Door) -> Door:
    team = {"team_kind": TeamKind.AMET}
    bodies = (
        card("amb-1"),
        card("amb-2", "trk-2"),
        e.TeamRegistered(id="amet", name="AMET", device="bag", vehicle="heli", **team),
        e.TeamRegistered(id="litter", name="Litter", vehicle="amb-2", **team),
        e.TeamRegistered(id="ward", name="Ward", facility="mtf-a", **team),
    )
    with door.db:
        now = datetime.now(UTC)
        log.append(door.db, [e.house_event("m", body, now, "t", Source.IMPORT) for body in bodies])
    return door


def test_a_device_bound_to_nothing_loads_and_hands_over_nobody(field: Door) -> None:
    phone = field.enrol("phone")
    hurt = {"kind": "casualty_reported", "casualty": ZAP, "lon": 18.5, "lat": 4.3}
    triage = {"kind": "casualty_triaged", "casualty": ZAP, "category": "T1"}
    state = {"kind": "vehicle_status_changed", "state": "available"}
    say(
        phone, hurt, triage, state, {**state, "vehicle": "phone"},
        LOADED, {**LOADED, "vehicle": "amb-1"}, {**LOADED, "vehicle": "phone"},
        {**HANDED, "facility": "mtf-a"}, {**HANDED, "vehicle": "amb-1"}, {**state, "vehicle": "amb-1"},
        {**TEAM, "team": "amet"}, READY, {**READY, "asset": "amb-1"},
    )  # fmt: skip
    assert phone.stored() == {1, 2, 3, 4}  # who is hurt, and itself under its own name
    why = "phone is bound to no vehicle and may not tell {}; run: casevac device add phone --renew --vehicle "
    why += "VEHICLE"
    assert phone.refused()[5] == why.format("casualty_loaded")
    assert phone.refused()[8] == why.format("casualty_handed_over")
    assert phone.refused()[10] == why.format("vehicle_status_changed of amb-1")
    assert {word_of(reason) for reason in phone.refused().values()} == {"not_allowed"}
    casualty = fold(empty("m"), log.read(field.db, "m")).casualties[ZAP]
    assert (casualty.vehicle, casualty.facility, casualty.moves) == ("", "", ())

    missions.enrol(field.db, "m", "phone", "amb-1", datetime.now(UTC))  # what the refusal says to run
    phone.receipts.clear()
    phone.send("event", {"epoch": 2, "n": 1, "at": datetime.now(UTC).isoformat(), **LOADED})
    assert until(lambda: 1 in phone.stored())
    assert fold(empty("m"), log.read(field.db, "m")).casualties[ZAP].vehicle == "amb-1"
    assert sum(asides.counts(field.db).values()) == 9


@pytest.mark.parametrize(("name", "vehicle"), [("trk-1", "amb-1"), ("amb-1", None), ("trk-2", None)])
def test_the_device_of_a_vehicle_tells_of_that_one(field: Door, name: str, vehicle: str | None) -> None:
    """As enrolled, by its name, or as the vehicle's card says."""
    crew, mine = field.enrol(name, vehicle), vehicle or {"amb-1": "amb-1", "trk-2": "amb-2"}[name]
    state = {"kind": "vehicle_condition_reported", "range_km": 300}
    say(
        crew, LOADED, {**LOADED, "vehicle": mine},
        {**HANDED, "facility": "mtf-a"}, {**HANDED, "vehicle": "heli"},
        READY, {**READY, "asset": mine}, {**state, "vehicle": mine},
        {**LOADED, "vehicle": "heli"}, {**READY, "asset": "heli"}, {**state, "vehicle": "heli"},
        {**TEAM, "team": "amet"},
    )  # fmt: skip
    assert crew.stored() == set(range(1, 8))
    assert [crew.refused()[n] for n in (8, 9, 10)] == [OTHERS.format("heli")] * 3
    assert crew.refused()[11] == OTHERS.format("amet")


def test_one_enrolled_in_another_vehicle_speaks_no_longer_for_the_one_of_its_name(
    field: Door,
) -> None:
    moved = field.enrol("amb-1", "amb-2")
    say(moved, {**LOADED, "vehicle": "amb-1"}, {**LOADED, "vehicle": "amb-2"}, {**TEAM, "team": "litter"})
    assert (moved.stored(), moved.refused()) == ({2, 3}, {1: OTHERS.format("amb-1")})


def test_the_device_of_a_team_tells_of_it_and_of_the_vehicle_it_goes_with(field: Door) -> None:
    bag = field.enrol("bag")
    say(
        bag, {**TEAM, "team": "amet"}, {**LOADED, "vehicle": "heli"}, {**HANDED, "facility": "mtf-a"},
        {**READY, "asset": "amet"}, {**TEAM, "team": "litter"}, {**LOADED, "vehicle": "amb-1"},
        {**READY, "asset": "amb-1"}, {**TEAM, "team": "nobody"},
    )  # fmt: skip
    assert bag.stored() == {1, 2, 3, 4}
    assert [bag.refused()[n] for n in (5, 6, 7, 8)] == [
        OTHERS.format(one) for one in ("litter", "amb-1", "amb-1", "nobody")
    ]


def test_a_facility_takes_over_and_a_coordinator_speaks_for_all(field: Door) -> None:
    board, centre = field.enrol("board"), field.enrol("centre")
    now = datetime.now(UTC)
    missions.enrol(field.db, "m", "board", None, now, Rights(Role.FACILITY, "mtf-a"))
    missions.enrol(field.db, "m", "centre", None, now, Rights(Role.COORDINATOR))
    onward = {**HANDED, "vehicle": "amb-1"}
    say(
        board,
        HANDED,
        onward,
        {**TEAM, "team": "ward"},
        {**TEAM, "team": "amet"},
        {**LOADED, "vehicle": "amb-1"},
    )
    assert board.stored() == {1, 2, 3}
    assert board.refused() == {4: OTHERS.format("amet"), 5: OTHERS.format("amb-1")}
    say(centre, {**LOADED, "vehicle": "amb-1"}, {**HANDED, "facility": "mtf-a"}, {**TEAM, "team": "amet"})
    assert centre.stored() == {1, 2, 3}
