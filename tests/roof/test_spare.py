"""A part's next process in waiting: it works when its turn comes, and is nobody's orphan."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from casevac.errors import PartFailed
from casevac.roof.ours import ROOT, marked, version
from casevac.roof.process import Launch, found, plain_environment, wait_until
from casevac.roof.spare import Spare
from tests.roof.installation import Installation

PROGRAM = """
import os, sys, time
from casevac.roof.turn import WAITS, await_turn
print("loaded", flush=True)
await_turn()
print("works", WAITS in os.environ, sys.stdin.read(), flush=True)
time.sleep(600)
"""


class Place:
    """Where a spare of PROGRAM writes to."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self.files = folder / "files"
        self.spare = Spare(self._start, lambda: version(self.files))

    def _start(self, more: Mapping[str, str], stdin: int) -> "subprocess.Popen[bytes]":
        argv = [sys.executable, "-c", PROGRAM]
        return Launch(argv, self.log, plain_environment() | more, cwd=ROOT, stdin=stdin).start()

    def told(self, line: str) -> bool:
        """Has it written this line by now?"""
        return wait_until(lambda: self.log.exists() and line in self.log.read_text().splitlines(), 30)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A spare that is ended afterwards."""
    one = Place(tmp_path)
    yield one
    one.spare.end()


def test_a_spare_works_only_when_it_is_taken(place: Place) -> None:
    assert place.spare.take() is None
    assert place.spare.keep(0.0)
    assert not place.spare.keep(1.0)  # one is enough
    pid = place.spare.pid
    assert place.told("loaded")
    child = place.spare.take()
    assert child is not None
    assert child.pid == pid
    assert place.told("works False ")  # its standard input is empty, as that of any part
    assert place.spare.take() is None
    assert place.spare.keep(2.0)  # the next one
    assert place.spare.pid not in (None, pid)
    child.kill()
    child.wait()


def test_a_spare_ends_when_its_keeper_is_gone(place: Place) -> None:
    place.spare.keep(0.0)
    assert place.told("loaded")
    process = psutil.Process(place.spare.pid)
    child = place.spare._child
    assert child is not None
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(30) == 0
    assert not process.is_running()
    assert place.log.read_text() == "loaded\n"


def test_a_spare_that_died_is_not_taken_and_not_tried_again_at_once(place: Place) -> None:
    place.spare.keep(0.0)
    kill(place.spare)
    assert not place.spare.keep(1.0)
    assert place.spare.pid is None
    assert not place.spare.keep(60.0)
    assert place.spare.keep(61.0)
    kill(place.spare)
    assert place.spare.take() is None


def test_a_spare_older_than_the_files_is_renewed_and_never_works(place: Place) -> None:
    program = place.files / "casevac" / "roof" / "one.py"
    program.parent.mkdir(parents=True)
    program.write_text("1")
    place.spare.keep(0.0)
    first = psutil.Process(place.spare.pid)
    assert not place.spare.keep(10.0)
    program.write_text("22")
    assert place.spare.keep(20.0)  # looked at now and then
    assert not first.is_running()
    second = psutil.Process(place.spare.pid)
    assert not place.spare.keep(30.0)
    (program.parent / "two.py").write_text("")
    assert place.spare.take() is None  # looked at before it works, too
    assert not second.is_running()
    assert place.spare.keep(31.0)
    child = place.spare.take()
    assert child is not None
    child.kill()
    child.wait()


def test_any_change_of_our_python_files_makes_another_version(tmp_path: Path) -> None:
    folder = tmp_path / "maps"
    folder.mkdir()
    (folder / "page.py").write_text("a")
    os.utime(folder / "page.py", (1000, 1000))
    first = version(tmp_path)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "page.py").write_text("a")
    (folder / "notes.txt").write_text("a")
    assert version(tmp_path) == first
    os.utime(folder / "page.py", (900, 900))  # an older file than before is another one as well
    second = version(tmp_path)
    (folder / "page.py").rename(folder / "side.py")
    assert len({first, second, version(tmp_path), version()}) == 4


def kill(spare: Spare) -> None:
    """kill -9 the process in waiting; it is dead when this returns."""
    process = psutil.Process(spare.pid)
    process.kill()
    assert wait_until(lambda: process.status() == psutil.STATUS_ZOMBIE, 30)


def test_a_spare_that_cannot_be_started_is_told_once_a_minute() -> None:
    def start(_more: Mapping[str, str], _stdin: int) -> "subprocess.Popen[bytes]":
        raise PartFailed("no")

    spare = Spare(start, version)
    with pytest.raises(PartFailed):
        spare.keep(0.0)
    assert not spare.keep(59.0)
    with pytest.raises(PartFailed):
        spare.keep(60.0)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    """An installation whose parts all have a spare."""
    installation = Installation(tmp_path / "house")
    installation.up()
    assert wait_until(lambda: all(len(waiting(installation, name)) == 2 for name in OURS), 120)
    yield installation
    installation.remove()


OURS = ("ingest", "serve", "tasking")


def waiting(house: Installation, name: str) -> set[int]:
    """The processes of a part: the one at work and its spare."""
    return {process.pid for process in found(marked(house.home, name))}


def test_the_spare_of_a_killed_part_takes_over_and_another_is_kept(house: Installation) -> None:
    for name in OURS:
        pid = house.status()["parts"][name]["pid"]
        (spare,) = waiting(house, name) - {pid}
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda name=name: house.status()["parts"][name]["restarts"] == 1, 30)
        assert house.wait_ready()["parts"][name]["pid"] == spare
        assert wait_until(lambda name=name: len(waiting(house, name)) == 2, 60)
    assert house.run("down").returncode == 0
    assert house.processes() == []


def test_a_killed_supervisor_leaves_no_spare_behind(house: Installation) -> None:
    parts = house.status()["parts"]
    house.supervisor().kill()
    assert wait_until(lambda: all(waiting(house, name) == {parts[name]["pid"]} for name in OURS), 60)
