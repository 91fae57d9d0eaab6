"""The reference tracker: numbered, spooled, resent until receipted, across the death of the broker."""

import json
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from casevac.errors import BadFile
from casevac.store import fixes
from tests.tracker.conftest import Door
from tests.tracker.listener import until
from tracker.device import Device
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


def test_the_spool_keeps_numbers_order_and_epoch_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    spool = Spool(path)
    spool.add("report", {"lon": 1})
    spool.add("report", {"lon": 2})
    spool.add("event", {"kind": "x"})
    spool.close()
    again = Spool(path)
    assert again.epoch == spool.epoch
    assert [one.n for one in again.waiting(10)] == [3, 2, 1]  # events first, then the newest position
    again.receipted(again.epoch, [2], {})
    again.receipted(again.epoch + 1, [1, 3], {})  # another epoch's receipt says nothing about ours
    assert [one.n for one in again.waiting(10)] == [3, 1]
    assert again.add("report", {"lon": 3}).n == 4


def test_a_full_spool_thins_old_positions_and_never_events(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", most=2500)
    for n in range(3000):
        spool.add("event" if n % 10 == 0 else "report", {"x": n})
    waiting = spool.waiting(10_000)
    assert len(waiting) == 2500
    assert sum(one.channel == "event" for one in waiting) == 300
    assert 3000 in {one.n for one in waiting}


def test_a_file_that_is_no_spool_is_named(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.write_bytes(b"this is not a spool" * 1000)
    with pytest.raises(BadFile, match="no spool"):
        Spool(path)


def test_the_death_of_the_broker_loses_nothing(door: Door, tmp_path: Path) -> None:
    listener = door.enrol("trk-1")
    listener.close()
    tracker = Device("trk-1", url(door, "trk-1", listener.password), Spool(tmp_path / "spool"))
    tracker.start()
    for _ in range(100):
        tracker.report(datetime.now(UTC), 18.5, 4.4)
    os.kill(_pid_listening_on(door.broker.port), signal.SIGKILL)
    for _ in range(100):
        tracker.report(datetime.now(UTC), 18.5, 4.4)
    child = door.broker.spawn()
    assert until(lambda: tracker.unreceipted() == 0, seconds=60)
    tracker.close()
    assert {row["n"] for row in fixes.reports(door.db, "trk-1", 1000)} == set(range(1, 201))
    child.terminate()
    child.wait(20)


def _pid_listening_on(port: int) -> int:
    return next(
        one.pid for one in psutil.net_connections("tcp4")
        if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid
    )  # fmt: skip
