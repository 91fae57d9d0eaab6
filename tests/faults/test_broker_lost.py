"""The broker dies with its whole database while devices hold spools and nobody reads: nothing is lost."""

import os
import signal
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.field import Field
from tests.tracker.listener import until
from tracker.device import Device
from tracker.spool import Spool

BEFORE, AWAY, AFTER = 40, 60, 20


def test_the_brokers_database_is_deleted_while_ingest_is_down(ground: Field, tmp_path: Path) -> None:
    names = ("trk-1", "trk-2", "trk-3")
    devices = [
        Device(
            name, f"mqtt://{name}:{ground.enrol(name)}@127.0.0.1:{ground.broker.port}", Spool(tmp_path / name)
        )
        for name in names
    ]

    def report(times: int) -> None:
        for _ in range(times):
            for device in devices:
                device.report(datetime.now(UTC), 18.5, 4.4)

    for device in devices:
        device.start()
    report(BEFORE)
    assert until(lambda: not any(device.unreceipted() for device in devices))
    assert ground.ingest is not None
    assert ground.broker_process is not None
    ground.ingest.kill()
    ground.ingest.wait()
    report(AWAY)
    memory = ground.home.broker / "mosquitto.db"
    assert until(memory.exists)  # it took them over, and holds them for an ingest that is away
    ground.broker_process.kill()
    ground.broker_process.wait()
    for file in ground.home.broker.glob("mosquitto.db*"):
        file.unlink()
    report(AFTER)
    ground.start_broker()
    ground.start_ingest()
    assert until(lambda: not any(device.unreceipted() for device in devices), 120)
    for device in devices:
        device.close()
    for name in names:
        assert ground.rows(name) == Counter(range(1, BEFORE + AWAY + AFTER + 1))


def test_a_device_that_was_switched_off_meanwhile_brings_its_spool(ground: Field, tmp_path: Path) -> None:
    """What it had published to a broker that forgot it, it still has."""
    url = f"mqtt://trk-1:{ground.enrol('trk-1')}@127.0.0.1:{ground.broker.port}"
    assert ground.ingest is not None
    assert ground.broker_process is not None
    os.kill(ground.ingest.pid, signal.SIGKILL)
    ground.ingest.wait()
    first = Device("trk-1", url, Spool(tmp_path / "spool"))
    first.start()
    for _ in range(AWAY):
        first.report(datetime.now(UTC), 18.5, 4.4)
    first.close()
    ground.broker_process.kill()
    ground.broker_process.wait()
    for file in ground.home.broker.glob("mosquitto.db*"):
        file.unlink()
    ground.start_broker()
    ground.start_ingest()
    again = Device("trk-1", url, Spool(tmp_path / "spool"))
    again.start()
    assert until(lambda: again.unreceipted() == 0, 120)
    again.close()
    assert ground.rows("trk-1") == Counter(range(1, AWAY + 1))
