"""Whose word it is: loading, hand-over and state are told by whom they are of; casualties by anybody."""

import json
from contextlib import closing
from datetime import UTC, datetime

import pytest
from psycopg2.extensions import cursor

from casevac import events as e
from casevac.aside import word_of
from casevac.mission import Rights
from casevac.picture import empty, fold
from casevac.state import vehicle_of
from casevac.store import asides, log, missions
from casevac.store.connection import connect
from casevac.terms import Role, Source, TeamKind, VehicleKind
from tests.tracker.conftest import Door
from tests.tracker.listener import Listener, until
from tracker import own, wire
from tracker.wire import Message

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


@pytest.mark.parametrize(
    ("name", "cards"),
    [
        ("bag-2", (("heli-2", "bag-2"), ("bag-2", None))),  # its own name comes before a row that names it
        ("bag-3", (("heli-4", "bag-3"), ("heli-3", "bag-3"))),  # of two rows the first by id
        ("bag-4", (("heli-5", "bag-4"), ("heli-6", None))),
    ],
)
def test_the_door_and_the_map_read_a_device_as_the_same_vehicle(
    field: Door, name: str, cards: tuple[tuple[str, str | None], ...]
) -> None:
    with field.db:
        now = datetime.now(UTC)
        log.append(field.db, [e.house_event("m", card(*one), now, "t", Source.IMPORT) for one in cards])
    crew = field.enrol(name)
    say(crew, {"kind": "vehicle_status_changed", "state": "available"})
    mine = vehicle_of(fold(empty("m"), log.read(field.db, "m")), name)
    crew.receipts.clear()
    loads = [{"n": n, **LOADED, "vehicle": vehicle} for n, (vehicle, _) in enumerate(cards, start=2)]
    for one in loads:
        crew.send("event", {"epoch": 1, "at": datetime.now(UTC).isoformat(), **one})
    assert until(lambda: len(crew.stored()) + len(crew.refused()) == len(loads))
    assert [one["vehicle"] for one in loads if one["n"] in crew.stored()] == [mine]


def test_what_a_device_is_bound_to_is_asked_once_for_many_words(field: Door) -> None:
    missions.enrol(field.db, "m", "trk-2", None, datetime.now(UTC))
    at, loaded = datetime.now(UTC), {**LOADED, "vehicle": "amb-2"}
    asked: list[str] = []

    class Noting(cursor):
        def execute(self, query, *values):
            asked.append(str(query))
            return super().execute(query, *values)

    with closing(connect(field.database_url)) as db:
        enrolled = missions.enrolments(db)
        db.cursor_factory = Noting
        raw = [{"epoch": 1, "n": n, "at": at.isoformat(), **loaded} for n in range(1, 51)]
        words = [Message("casevac/v1/trk-2/event", json.dumps(one).encode(), at) for one in raw]
        told = own.checked(db, [(one, wire.read(one, enrolled)) for one in words], enrolled)
    assert [said.n for _, said in told if isinstance(said, wire.FieldEvent)] == list(range(1, 51))
    assert sum("vehicle_registered" in query for query in asked) == 1


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
