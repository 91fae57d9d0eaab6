"""Tasks on their way to the vehicle: what is retained follows from the log, also after the broker lost it."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import msgspec
import pytest

from casevac.events import (
    AlertRaised,
    AnyBody,
    ChainPlanned,
    ChainRerouted,
    DeviceEnrolled,
    Event,
    Road,
    Stop,
    TaskCancelled,
    TaskFinished,
    VehicleRegistered,
    VehicleTasked,
)
from casevac.mission import Mission, Profile
from casevac.picture import empty, fold
from casevac.store import log, missions, snapshots
from casevac.store.connection import Connection, connect
from casevac.terms import MissionKind, Purpose, Source, VehicleKind
from tests.casevac.scenes import ambulance, leg, told
from tests.tracker.conftest import Door, running
from tests.tracker.listener import Listener, kill_listening_on, until
from tracker.tasking import Tasking, wanted

NOW = datetime.now(UTC)
ZAP = "ZGDF-7KWT"


def say(db: Connection, *bodies: AnyBody) -> None:
    at = datetime.now(UTC)
    with db:
        log.append(
            db,
            [
                Event(mission="m", body=body, actor="t", source=Source.PAGE, occurred_at=at, received_at=at)
                for body in bodies
            ],
        )


def tasked(task: str, vehicle: str = "amb-1") -> tuple[ChainPlanned, VehicleTasked]:
    """A task with the plan it belongs to: one that was never planned is taken back."""
    plan = ChainPlanned(
        chain=f"c-{task}", request="r", decision="d", option="1", facility="F", vehicles=(), casualties=(),
        legs=(),
    )  # fmt: skip
    order = VehicleTasked(
        task=task, chain=plan.chain, request="r", vehicle=vehicle, casualties=(ZAP,), legs=()
    )
    return plan, order


BEFORE = (
    VehicleRegistered(
        id="amb-1", callsign="AMB-1", vehicle_kind=VehicleKind.GROUND, profile="ambulance", device="trk-1"
    ),
    AlertRaised(who="P", what="mine", how_many=1, lon=1, lat=2, request="r", casualties=(ZAP,)),
)


@pytest.fixture
def crewed(door: Door) -> Iterator[tuple[Connection, Listener]]:
    """A vehicle with its tracker, a request, and the tasking part at work."""
    db = connect(door.database_url)
    tracker = door.enrol("trk-1")
    say(db, *BEFORE)
    with at_work(door):
        yield db, tracker
    db.close()


@contextmanager
def at_work(door: Door) -> Iterator[None]:
    """The tasking part for the length of a block."""
    with running(Tasking(door.database_url, door.broker.url("casevac-tasking"))):
        yield


def orders(tracker: Listener) -> list[str]:
    return [json.loads(raw)["task"] if raw else "" for raw in task_topic(tracker)]


def task_topic(tracker: Listener) -> list[bytes]:
    return [raw for topic, raw in tracker.heard if topic.endswith("/task")]


def test_a_task_is_sent_once_and_cleared_when_it_ends(crewed: tuple[Connection, Listener]) -> None:
    db, tracker = crewed
    say(db, *tasked("t1"))
    assert until(lambda: "t1" in orders(tracker))
    payload = json.loads(next(raw for topic, raw in tracker.heard if topic.endswith("/task") and raw))
    assert payload["what"] == "mine"
    assert payload["casualties"] == [{"casualty": ZAP, "category": "UNKNOWN"}]
    say(db, TaskFinished(task="t1"))
    assert until(lambda: orders(tracker)[-1] == "")
    assert orders(tracker).count("t1") == 1


def test_it_starts_from_the_pictures_that_were_kept_and_goes_on_with_the_log(door: Door) -> None:
    """Here they name another task than the log, so that it shows which of both was read."""
    tracker = door.enrol("trk-1")
    with closing(connect(door.database_url)) as db:
        say(db, *BEFORE, *tasked("in-log"))
        with db:
            told_so_far = log.read(db, "m")
        others = iter(tasked("kept"))
        events = [
            msgspec.structs.replace(event, body=next(others))
            if isinstance(event.body, ChainPlanned | VehicleTasked)
            else event
            for event in told_so_far
        ]
        snapshots.keep(db, {"m": fold(empty("m"), events)}, events[-1].seq or 0)
        with at_work(door):
            assert until(lambda: "kept" in orders(tracker))
            say(db, TaskFinished(task="kept"))
            assert until(lambda: orders(tracker)[-1] == "")
            assert "in-log" not in orders(tracker)


def test_a_recall_stands_until_the_crew_has_seen_it(crewed: tuple[Connection, Listener], door: Door) -> None:
    """Also for a vehicle that was away, and after the broker lost all that it retained."""
    db, tracker = crewed
    say(db, *tasked("t1"))
    assert until(lambda: "t1" in orders(tracker))
    tracker.close()
    say(db, TaskCancelled(task="t1", reason="stood down"))
    retained = Listener("trk-1", tracker.password, door.broker.port)
    assert until(lambda: any(b'"recalled"' in raw for raw in task_topic(retained)))
    retained.close()
    recall = json.loads(task_topic(retained)[-1])
    assert (recall["task"], recall["recalled"], recall["reason"]) == ("t1", True, "stood down")
    kill_listening_on(door.broker.port)
    assert until(door.is_cut_off)
    for file in door.broker._home.broker.glob("*.db*"):  # with all that it kept
        file.unlink()
    child = door.broker.spawn()
    back = Listener("trk-1", tracker.password, door.broker.port, patience_s=60)
    assert until(lambda: [json.loads(raw) for raw in task_topic(back) if raw] == [recall])
    assert until(door.is_connected)  # the broker forgot who subscribes: what comes before that is for nobody
    at = datetime.now(UTC).isoformat()
    back.send("event", {"epoch": 1, "n": 1, "at": at, "kind": "recall_acknowledged", "task": "t1"})
    assert until(lambda: back.stored() == {1})
    assert until(lambda: task_topic(back)[-1] == b"")
    back.close()
    child.terminate()
    child.wait(60)


def test_a_new_task_goes_before_a_recall_and_makes_it_void(crewed: tuple[Connection, Listener]) -> None:
    db, tracker = crewed
    say(db, *tasked("t1"))
    assert until(lambda: "t1" in orders(tracker))
    say(db, TaskCancelled(task="t1", reason="diverted"), *tasked("t2"))
    assert until(lambda: orders(tracker)[-1] == "t2")
    say(db, TaskFinished(task="t2"))
    assert until(lambda: orders(tracker)[-1] == "")


def test_nobody_acknowledges_the_recall_of_another_vehicle(
    crewed: tuple[Connection, Listener], door: Door
) -> None:
    db, _ = crewed
    say(db, *tasked("t1"))
    say(db, TaskCancelled(task="t1"))
    stranger = door.enrol("trk-2")
    at = datetime.now(UTC).isoformat()
    stranger.send("event", {"epoch": 1, "n": 1, "at": at, "kind": "recall_acknowledged", "task": "t1"})
    assert until(lambda: "belongs to amb-1" in stranger.refused().get(1, ""))


def test_a_vehicle_that_was_away_gets_its_task_on_return(
    crewed: tuple[Connection, Listener], door: Door
) -> None:
    db, tracker = crewed
    tracker.close()
    say(db, *tasked("t2"))
    back = Listener("trk-1", tracker.password, door.broker.port)
    assert until(lambda: "t2" in orders(back))
    assert [task for task in orders(back) if task] == ["t2"]
    back.close()


def test_tasks_come_again_after_the_broker_lost_everything(
    crewed: tuple[Connection, Listener], door: Door
) -> None:
    db, tracker = crewed
    say(db, *tasked("t3"))
    assert until(lambda: "t3" in orders(tracker))
    door.publish("casevac/v1/trk-1/task", b"")  # what a lost database amounts to
    assert until(lambda: orders(tracker)[-1] == "")
    part = Tasking(door.database_url, door.broker.url("casevac-tasking"))
    thread = threading.Thread(target=part.run, args=(lambda: None,))
    thread.start()
    assert until(lambda: orders(tracker)[-1] == "t3")
    part.stop()
    thread.join(60)


def test_a_mission_of_its_own_keeps_its_tasks_apart(crewed: tuple[Connection, Listener]) -> None:
    db, tracker = crewed
    with db:
        missions.open_mission(db, Mission("other", "Other", MissionKind.LIVE, Profile()), NOW)
    say(db, *tasked("t4", vehicle="nobody"), *tasked("t5"))
    assert until(lambda: "t5" in orders(tracker))
    assert "t4" not in orders(tracker)


def test_a_task_that_ended_long_ago_is_never_sent_again(
    crewed: tuple[Connection, Listener], door: Door
) -> None:
    """The end of a task may lie many pages behind its beginning."""
    db, tracker = crewed
    say(db, *tasked("old"))
    assert until(lambda: "old" in orders(tracker))
    say(db, *[DeviceEnrolled(name="trk-1") for _ in range(6000)])
    say(db, TaskFinished(task="old"))
    assert until(lambda: orders(tracker)[-1:] == [""])
    heard = len(orders(tracker))
    part = Tasking(door.database_url, door.broker.url("casevac-tasking"))
    ready = threading.Event()
    thread = threading.Thread(target=part.run, args=(ready.set,))
    thread.start()
    assert ready.wait(60)
    say(db, *tasked("new"))
    assert until(lambda: "new" in orders(tracker))
    part.stop()
    thread.join(60)
    assert "old" not in orders(tracker)[heard:]


def test_every_device_of_the_vehicle_gets_its_orders() -> None:
    tablet = DeviceEnrolled(name="TAB", vehicle="V")
    other = DeviceEnrolled(name="OTHER", vehicle="W")
    orders = VehicleTasked(task="T", chain="C", request="R", vehicle="V", casualties=(), legs=())
    found = wanted([told(empty("M"), (0, tablet), (0, other), (0, ambulance("V")), (1, orders))])
    assert {name for name, payload in found.items() if payload} == {"TAB", "V"}
    assert found["OTHER"] == b""


def test_a_revoked_device_is_told_nothing_until_it_is_let_in_again() -> None:
    """Its orders are taken off its topic; those of another device in the same vehicle stay."""
    enrolled = [(0, DeviceEnrolled(name=name, vehicle="amb-1")) for name in ("a", "b")]
    alert = AlertRaised(who="P", what="mine", how_many=1, lon=1, lat=2, request="r")
    plan, order = tasked("t")
    picture = told(empty("m"), (0, ambulance("amb-1")), *enrolled, (1, alert), (2, plan), (3, order))
    orders = wanted([picture])["a"]
    assert orders
    lost = told(picture, (4, DeviceEnrolled(name="a", vehicle="amb-1", revoked=True)))
    assert (wanted([lost])["a"], wanted([lost])["b"]) == (b"", orders)
    back = told(lost, (5, DeviceEnrolled(name="a", vehicle="amb-1")))
    assert wanted([back])["a"] == orders


def test_a_crew_is_sent_the_road_by_which_its_chain_goes_by_now() -> None:
    plan, order = tasked("t1")
    legs = (leg("amb-1", Purpose.TO_PICKUP, (Stop("base", 20, 5), Stop("scene", 21, 5))),)
    plan = msgspec.structs.replace(plan, legs=legs, vehicles=("amb-1",))
    order = msgspec.structs.replace(order, legs=legs)
    told_so_far = (*BEFORE, DeviceEnrolled(name="trk-1", vehicle="amb-1"), plan, order)
    picture = told(empty("m"), *((0, body) for body in told_so_far))
    before = json.loads(wanted([picture])["trk-1"])
    path = ((20.0, 5.0), (20.5, 5.5), (21.0, 5.0))
    road = Road(0, path, 20_000.0, 900.0, 1200.0)
    led = told(picture, (5, ChainRerouted(chain=plan.chain, standing=("Z@1",), roads=(road,))))
    after = json.loads(wanted([led])["trk-1"])
    assert after["task"] == before["task"]
    assert after["legs"][0]["path"] == [list(point) for point in path]
    assert (after["legs"][0]["seconds_p50"], after["legs"][0]["to"]) == (900.0, before["legs"][0]["to"])
