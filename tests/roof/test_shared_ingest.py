"""`casevac up --ingest 2` as people run it: both shown one by one, one killed under load, then one alone."""

import json
import os
import signal
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from casevac.roof.postgres import running
from casevac.store import fixes
from casevac.store.connection import connect
from tests.roof.installation import Installation
from tests.tracker.listener import until
from tracker.device import Device
from tracker.spool import Spool

TRACKERS, KILLS = 3, 3


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "house")
    yield installation
    installation.remove()


def health(house: Installation) -> dict[str, Any]:
    with urllib.request.urlopen(f"{house.status()['url']}/api/health", timeout=60) as told:
        found = json.load(told)
    assert isinstance(found, dict)
    return found


def metrics(house: Installation) -> str:
    with urllib.request.urlopen(f"{house.status()['url']}/metrics", timeout=60) as answer:
        return str(answer.read().decode())


class Load:
    """Reference trackers that report all the time; what each has numbered is kept."""

    def __init__(self, house: Installation, spools: Path) -> None:
        self.numbered: dict[str, list[int]] = {}
        self._stop = threading.Event()
        self.trackers = [self._tracker(house, spools, f"trk-{k}") for k in range(TRACKERS)]
        self._threads = [threading.Thread(target=self._run, args=(one,)) for one in self.trackers]
        for thread in self._threads:
            thread.start()

    def _tracker(self, house: Installation, spools: Path, name: str) -> Device:
        account = json.loads(house.run("device", "add", name, "--json").stdout)
        url = f"mqtt://{name}:{account['password']}@127.0.0.1:{account['port']}"
        tracker = Device(name, url, Spool(spools / name))
        tracker.start()
        self.numbered[name] = []
        return tracker

    def _run(self, tracker: Device) -> None:
        while not self._stop.wait(0.005):
            self.numbered[tracker.name].append(tracker.report(datetime.now(UTC), 18.5, 4.4))

    def end(self) -> None:
        """No more reports; wait for the last receipt."""
        self._stop.set()
        for thread in self._threads:
            thread.join()
        assert until(lambda: not any(one.unreceipted() for one in self.trackers), 120)
        for one in self.trackers:
            one.close()


def stored(house: Installation) -> dict[str, list[int]]:
    """The numbers of every row, by device."""
    db = connect(running(house.home).url(), autocommit=True)
    rows = {f"trk-{k}": fixes.reports(db, f"trk-{k}", 100_000) for k in range(TRACKERS)}
    db.close()
    return {name: sorted(row["n"] for row in found) for name, found in rows.items()}


def taken(house: Installation) -> dict[str, Any]:
    """What each part that takes messages in says of itself."""
    told: dict[str, Any] = health(house)["stages"]["ingest"]
    return told


def test_two_processes_one_killed_again_and_again_nothing_lost_nothing_twice(
    house: Installation, tmp_path: Path
) -> None:
    parts = house.up("--mission", "none", "--ingest", "2")["parts"]
    both = {"ingest", "ingest-2"}
    assert {name for name in parts if name.startswith("ingest")} == both
    load = Load(house, tmp_path)
    for turn in range(KILLS):
        name = ("ingest-2", "ingest")[turn % 2]
        before = house.wait_ready()["parts"][name]
        os.kill(before["pid"], signal.SIGKILL)
        assert until(lambda: house.status()["parts"][name]["restarts"] > before["restarts"], 60)  # noqa: B023  asked at once
    house.wait_ready()
    assert until(lambda: both <= {name for name, one in taken(house).items() if one["reports"]})
    load.end()
    assert set(taken(house)) == both | {"cot"}
    assert stored(house) == load.numbered
    assert until(lambda: health(house)["status"] == "ok")
    assert health(house)["set_aside"] == 0
    assert until(lambda: (health(house)["stages"]["broker"] or {}).get("clients", 0) > 0)

    house.run("down")
    parts = house.up("--mission", "none")["parts"]  # and one alone, as before
    assert [name for name in parts if name.startswith("ingest")] == ["ingest"]
    assert set(taken(house)) <= {"ingest", "cot"}
    assert stored(house) == load.numbered
    assert until(lambda: 'casevac_part_ready{part="ingest"} 1.0' in metrics(house))
    assert "trk-" not in metrics(house)
