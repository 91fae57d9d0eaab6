"""The disk of the store runs full: what is receipted is stored, the rest follows when there is room."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casevac.roof.postgres import running
from casevac.store import fixes
from casevac.store.connection import connect
from tests.roof.installation import Installation
from tests.tracker.listener import until
from tracker.device import Device
from tracker.spool import Spool

SIZE_MB = 320


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that is soon full."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Leave no room at all."""
    ballast = place / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 65536)
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(b"x")
    return ballast


def said(system: Installation) -> str:
    """What field door and database have written of it."""
    return system.home.log_file("ingest").read_text() + system.home.log_file("database").read_text()


def has_no_room(system: Installation) -> bool:
    """The database has met the end of the disk."""
    told = said(system)
    return "disk is full" in told or "No space left on device" in told


def reasons(system: Installation) -> str:
    """What the watch-keeper is told."""
    with urllib.request.urlopen(f"{system.status()['url']}/api/health", timeout=60) as told:
        return "; ".join(json.load(told)["reasons"])


def test_a_full_disk_loses_nothing_and_heals_by_itself(small_disk: Path, tmp_path: Path) -> None:
    system = Installation(small_disk / "home")
    system.up()
    account = json.loads(system.run("device", "add", "trk-1", "--json").stdout)
    url = f"mqtt://trk-1:{account['password']}@127.0.0.1:{account['port']}"
    tracker = Device("trk-1", url, Spool(tmp_path / "spool"))
    tracker.start()
    numbered = [tracker.report(datetime.now(UTC), 18.5, 4.4) for _ in range(50)]
    assert until(lambda: tracker.unreceipted() == 0)
    ballast = fill(small_disk)

    def stuck() -> bool:
        """Rows still fit into the pages there are; go on until they do not."""
        numbered.extend(tracker.report(datetime.now(UTC), 18.5, 4.4) for _ in range(200))
        assert until(lambda: tracker.unreceipted() == 0 or has_no_room(system))
        return has_no_room(system) and not until(lambda: tracker.unreceipted() == 0, seconds=3)

    assert any(stuck() for _ in range(60))
    assert until(lambda: "the disk is nearly full: 0 MB" in reasons(system))
    assert until(lambda: "ingest holds " in reasons(system))
    ballast.unlink()
    assert until(lambda: tracker.unreceipted() == 0, seconds=120)
    assert until(lambda: "ingest" not in reasons(system))
    tracker.close()
    db = connect(running(system.home).url(), autocommit=True)
    rows = [row["n"] for row in fixes.reports(db, "trk-1", 100_000)]
    db.close()
    assert has_no_room(system)
    assert system.run("down").returncode == 0
    assert sorted(rows) == numbered
