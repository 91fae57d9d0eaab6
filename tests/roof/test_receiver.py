"""`casevac ingest` as a process that hears by the library: stored, then receipted."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from casevac.mission import Mission, Profile
from casevac.roof.broker import Broker
from casevac.roof.home import Home
from casevac.roof.ours import ROOT
from casevac.store import fixes, log, missions
from casevac.store.connection import connect
from casevac.terms import MissionKind
from tests.tracker.listener import Listener, until
from tests.tracker.test_ingest import report


@pytest.fixture
def child(
    home: Home, database_url: str, broker: Broker
) -> Iterator[Callable[[str], "subprocess.Popen[bytes]"]]:
    """Starts `casevac ingest` with a receiver; it is at work when that returns."""
    children: list[subprocess.Popen[bytes]] = []

    def start(receiver: str) -> "subprocess.Popen[bytes]":
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CASEVAC_")}
        ours = {
            "CASEVAC_HOME": str(home.path),
            "CASEVAC_DATABASE_URL": database_url,
            "CASEVAC_MQTT_URL": broker.url("casevac-ingest"),
            "CASEVAC_RECEIVER": receiver,
        }
        argv = [sys.executable, "-m", "casevac", "ingest"]
        children.append(subprocess.Popen(argv, env=clean | ours, cwd=ROOT, stderr=subprocess.PIPE))
        assert until(home.ready_file("ingest").exists)
        return children[-1]

    yield start
    for one in children:
        one.kill()
        one.communicate()


@pytest.mark.parametrize(
    ("receiver", "named"), [("paho", b"tracker.receiving"), ("own", b"tracker.subscriber")]
)
def test_ingest_stores_and_receipts_by_either_receiver(
    receiver: str,
    named: bytes,
    child: Callable[[str], "subprocess.Popen[bytes]"],
    database_url: str,
    broker: Broker,
) -> None:
    with closing(connect(database_url, autocommit=True)) as db:
        missions.open_mission(db, Mission("m", "Test", MissionKind.LIVE, Profile()), datetime.now(UTC))
        missions.enrol(db, "m", "trk-1", None, datetime.now(UTC))
        running = child(receiver)
        with closing(Listener("trk-1", broker.add_devices(["trk-1"])["trk-1"], broker.port)) as tracker:
            for n in (1, 2, 2):
                tracker.send("report", report(n))
            alert = {"kind": "alert_raised", "who": "p", "what": "mine", "how_many": 1}
            tracker.send("event", {**report(3), **alert})
            assert until(lambda: tracker.stored() == {1, 2, 3})
        assert sorted(row["n"] for row in fixes.reports(db, "trk-1", 10)) == [1, 2, 3]
        assert len(log.read(db, "m", kinds=["alert_raised"])) == 1
        running.terminate()
        said = running.communicate(timeout=60)[1]
        assert running.returncode == 0, said
        assert named + b": casevac-ingest listens at" in said
