"""The reference tracker: numbered, spooled, resent until receipted, across the death of the broker."""

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import paho.mqtt.client as paho
import pytest

from casevac.store import fixes, log
from tests.tracker.conftest import Door
from tests.tracker.listener import Listener, kill_listening_on, until
from tracker import batch
from tracker.device import Device, position
from tracker.mqtt import Session
from tracker.spool import Spool


def url(door: Door, name: str, password: str) -> str:
    return f"mqtt://{name}:{password}@127.0.0.1:{door.broker.port}"


def test_everything_numbered_is_stored_once(door: Door, tmp_path: Path) -> None:
    listener = door.enrol("trk-1")
    listener.close()
    tracker = Device("trk-1", url(door, "trk-1", listener.password), Spool(tmp_path / "spool"))
    for n in range(50):
        assert tracker.report(datetime.now(UTC), 18.5 + n / 1000, 4.4) == n + 1
    tracker.event(datetime.now(UTC), "vehicle_status_changed", state="available")
    tracker.start()
    assert until(lambda: tracker.unreceipted() == 0)
    tracker.close()
    assert {row["n"] for row in fixes.reports(door.db, "trk-1", 1000)} == set(range(1, 52))


def test_a_refused_number_is_kept_apart_and_not_sent_again(door: Door, tmp_path: Path) -> None:
    listener = door.enrol("trk-1")
    listener.close()
    spool = Spool(tmp_path / "spool")
    tracker = Device("trk-1", url(door, "trk-1", listener.password), spool)
    tracker.event(datetime.now(UTC), "no_such_kind")
    tracker.start()
    assert until(lambda: tracker.unreceipted() == 0)
    tracker.close()
    assert "a device cannot report" in Spool(tmp_path / "spool").refusals()[1]


def test_a_task_reaches_the_device_and_its_withdrawal_too(door: Door, tmp_path: Path) -> None:
    listener = door.enrol("trk-1")
    listener.close()
    heard: list[dict | None] = []
    tracker = Device("trk-1", url(door, "trk-1", listener.password), Spool(tmp_path / "s"), heard.append)
    tracker.start()
    door.publish("casevac/v1/trk-1/task", json.dumps({"task": "t1"}).encode())
    assert until(lambda: heard == [{"task": "t1"}])
    door.publish("casevac/v1/trk-1/task", b"")
    assert until(lambda: heard == [{"task": "t1"}, None])
    tracker.close()


def test_the_death_of_the_broker_loses_nothing(door: Door, tmp_path: Path) -> None:
    listener = door.enrol("trk-1")
    listener.close()
    tracker = Device("trk-1", url(door, "trk-1", listener.password), Spool(tmp_path / "spool"))
    tracker.start()
    for _ in range(100):
        tracker.report(datetime.now(UTC), 18.5, 4.4)
    kill_listening_on(door.broker.port)
    for _ in range(100):
        tracker.report(datetime.now(UTC), 18.5, 4.4)
    child = door.broker.spawn()
    assert until(lambda: tracker.unreceipted() == 0, seconds=120)
    tracker.close()
    assert {row["n"] for row in fixes.reports(door.db, "trk-1", 1000)} == set(range(1, 201))
    child.terminate()
    child.wait(60)


WHEN = datetime.now(UTC) - timedelta(hours=3)


def filled(spool: Spool, reports: int) -> None:
    spool.add_many(
        [
            ("report", position(WHEN + timedelta(seconds=10 * n), 18.5 + n / 1e4, 4.4, speed=n % 30))
            for n in range(reports)
        ]
    )


@pytest.fixture
def house(door: Door) -> Iterator[paho.Client]:
    """A client that may read and write every topic."""
    session = Session(door.broker.url("casevac-tool"))
    session.open()
    assert until(session.client.is_connected)
    yield session.client
    session.close()


class Overheard:
    """What goes over the broker of one device, in its order, as the house hears it."""

    def __init__(self, house: paho.Client, name: str) -> None:
        self.messages: list[tuple[str, bytes]] = []
        house.on_message = lambda *args: self.messages.append(
            (args[2].topic.rpartition("/")[2], args[2].payload)
        )
        self.subscribed = False
        house.on_subscribe = lambda *_: setattr(self, "subscribed", True)
        house.subscribe(f"casevac/v1/{name}/#", 1)
        assert until(lambda: self.subscribed)

    def of(self, *channels: str) -> list[tuple[str, bytes]]:
        return [one for one in self.messages if one[0] in channels]


def receipts(heard: Overheard) -> list[dict]:
    return [json.loads(payload) for _, payload in heard.of("receipt")]


def in_runs(heard: Overheard) -> set[int]:
    return {n for one in receipts(heard) for a, b in one.get("runs", ()) for n in range(a, b + 1)}


def alone(heard: Overheard) -> set[int]:
    return {n for one in receipts(heard) for n in one["stored"]}


def test_an_outbox_goes_in_batches_events_first_and_is_receipted_by_runs(
    door: Door, house: paho.Client, tmp_path: Path
) -> None:
    listener = door.enrol("trk-1")
    listener.close()
    heard = Overheard(house, "trk-1")
    spool = Spool(tmp_path / "spool")
    filled(spool, 3000)
    tracker = Device("trk-1", url(door, "trk-1", listener.password), spool)
    tracker.event(datetime.now(UTC), "vehicle_status_changed", state="available")
    tracker.start()
    assert until(lambda: tracker.unreceipted() == 0)
    late = tracker.event(datetime.now(UTC), "vehicle_status_changed", state="to_pickup")
    assert until(lambda: tracker.unreceipted() == 0)
    tracker.close()
    assert {row["n"] for row in fixes.reports(door.db, "trk-1", 10_000)} == set(range(1, late + 1))
    assert until(lambda: in_runs(heard) | alone(heard) == set(range(1, late + 1)))
    sent = heard.of("report", "event", "batch")
    assert [channel for channel, _ in sent[:2]] == ["event", "report"]
    assert json.loads(sent[1][1])["n"] == 3000  # the newest position tells soonest where it is
    assert max(json.loads(one)["n"] for one in batch.unpack(sent[2][1])) == 2999
    assert sum(channel == "batch" for channel, _ in sent) < 40
    assert {3000, 3001, late} <= alone(heard)
    assert tracker.resent_bytes == 0


def test_one_bad_row_of_a_batch_is_set_aside_alone(door: Door) -> None:
    tracker = door.enrol("trk-1")
    good = [batch.whole(msgspec.json.encode({"n": n, **position(WHEN, 18.5, 4.4 + n)})) for n in (1, 2, 4)]
    bad = batch.whole(msgspec.json.encode({"n": 3, **position(WHEN, 18.5, 91.0)}))
    tracker.send("batch", batch.pack(7, [*good, bad], datetime.now(UTC)))
    assert until(lambda: tracker.receipts)
    (receipt,) = tracker.receipts
    assert receipt["runs"] == [[1, 2], [4, 4]]
    assert receipt["stored"] == []
    assert tracker.refused() == {3: "lat: Expected a number <= 90.0"}
    with door.db.cursor() as cursor:
        cursor.execute("SELECT topic, raw FROM set_aside")
        ((topic, raw),) = cursor.fetchall()
    assert topic == "casevac/v1/trk-1/report"
    row = json.loads(bytes(raw))
    assert {name: row[name] for name in ("epoch", "n", "lon", "lat")} == {
        "epoch": 7, "n": 3, "lon": 18.5, "lat": 91.0,
    }  # fmt: skip


def test_a_batch_beyond_reading_is_set_aside_whole_and_the_next_is_read(door: Door) -> None:
    tracker = door.enrol("trk-1")
    payload = batch.pack(7, [batch.whole(msgspec.json.encode({"n": 1, **position(WHEN, 18.5, 4.4)}))])
    for bad in (b"", payload[:-3], zlib.compress(b" " * 5_000_000)):
        tracker.send("batch", bad)
    for again in (1, 2):
        tracker.send("batch", payload)
        assert until(lambda again=again: len(tracker.receipts) == again)
    assert [one["runs"] for one in tracker.receipts] == [[[1, 1]], [[1, 1]]]
    with door.db.cursor() as cursor:
        cursor.execute("SELECT reason FROM set_aside ORDER BY reason")
        reasons = [row[0] for row in cursor.fetchall()]
    assert reasons == [
        "batch: the payload is empty or cut short",
        "batch: the payload is empty or cut short",
        "batch: unpacks to more than 1 MiB",
    ]


def test_a_report_sent_alone_and_in_a_batch_is_one_report(door: Door) -> None:
    tracker = door.enrol("trk-1")
    body = msgspec.json.encode(
        {"epoch": 7, "n": 1, **position(datetime.now(UTC), 18.1234567, 4.4, speed=3.21)}
    )
    tracker.send("report", body)
    assert until(lambda: tracker.stored() == {1})
    tracker.send("batch", batch.pack(7, [batch.whole(body)], datetime.now(UTC)))
    assert until(lambda: any(one.get("runs") == [[1, 1]] for one in tracker.receipts))
    assert tracker.refused() == {}
    assert len(fixes.reports(door.db, "trk-1", 10)) == 1


def test_a_connection_lost_in_the_middle_loses_nothing(door: Door, tmp_path: Path) -> None:
    listener = door.enrol("trk-1")
    listener.close()
    spool = Spool(tmp_path / "spool")
    filled(spool, 20_000)
    tracker = Device("trk-1", url(door, "trk-1", listener.password), spool)
    tracker.start()
    for left in (15_000, 10_000, 5_000):
        assert until(lambda left=left: tracker.unreceipted() < left)
        Listener("trk-1", listener.password, door.broker.port).close()  # throws it out of its session
        tracker.report(datetime.now(UTC), 18.5, 4.4)
    assert until(lambda: tracker.unreceipted() == 0, seconds=120)
    tracker.close()
    assert {row["n"] for row in fixes.reports(door.db, "trk-1", 30_000)} == set(range(1, 20_004))


def test_a_device_whose_clock_is_wrong_knows_it_from_its_receipts(door: Door, tmp_path: Path) -> None:
    listener = door.enrol("trk-1")
    listener.close()
    tracker = Device("trk-1", url(door, "trk-1", listener.password), Spool(tmp_path / "spool"))
    tracker.start()
    for n in range(4):
        tracker.report(datetime.now(UTC), 18.5, 4.4)
        assert until(lambda n=n: tracker.unreceipted() == 0)
    assert tracker.clock.behind_s == pytest.approx(0, abs=10)
    assert tracker.clock.warning == ""
    tracker.close()


def test_a_recall_is_answered_once_however_often_it_comes(
    door: Door, house: paho.Client, tmp_path: Path
) -> None:
    listener = door.enrol("trk-1")
    listener.close()
    heard: list[dict | None] = []

    def told(task: dict | None) -> None:
        heard.append(task)
        if task and task.get("recalled"):
            tracker.has_seen(task)

    spool = Spool(tmp_path / "spool")
    tracker = Device("trk-1", url(door, "trk-1", listener.password), spool, told)
    tracker.start()
    recall = b'{"task":"T","recalled":true,"reason":"fire"}'
    house.publish("casevac/v1/trk-1/task", recall, qos=1, retain=True)
    assert until(lambda: heard)  # from now on it listens
    for payload in (recall, b"not json", recall, b""):
        house.publish("casevac/v1/trk-1/task", payload, qos=1)
    assert until(lambda: len(heard) == 4 and tracker.unreceipted() == 0)
    tracker.close()
    assert heard[-1] is None
    (answer,) = log.read(door.db, kinds=["recall_acknowledged"])
    assert answer.body.task == "T"
