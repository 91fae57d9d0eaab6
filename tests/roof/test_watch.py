"""One supervised part, with real processes: restarts, back-off, what is told of it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.errors import PartFailed
from casevac.roof.process import Launch, plain_environment, wait_until
from casevac.roof.watch import FIRST_PAUSE_S, HEALTHY_S, LONGEST_PAUSE_S, Watch, next_pause


class Sleeper:
    """A part that is one sleeping Python, ready once its file exists."""

    name = "sleeper"
    address = None
    stop_signal = signal.SIGTERM

    def __init__(self, directory: Path, program: str, patience_s: float = 5.0) -> None:
        self.log = directory / "sleeper.log"
        self.sign = directory / "sleeper.ready"
        self.patience_s = patience_s
        self._program = program.replace("SIGN", repr(str(self.sign)))

    def spawn(self) -> "subprocess.Popen[bytes]":
        self.sign.unlink(missing_ok=True)
        return Launch([sys.executable, "-c", self._program], self.log, plain_environment()).start()

    def ready(self) -> bool:
        return self.sign.exists()

    def end_orphans(self) -> bool:
        return False


WORKS = "import time; open(SIGN, 'w').close(); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); open(SIGN, 'w').close(); time.sleep(60)"
DIES = "raise SystemExit(3)"


def steps(watch: Watch, state: str) -> None:
    """Move the watch on, a second of its clock at a time, until it is in `state`."""
    now = iter(range(1000))
    assert wait_until(lambda: watch.step(float(next(now))) or watch.state == state, 10)


def test_it_becomes_ready_and_stops(tmp_path: Path) -> None:
    said: list[str] = []
    watch = Watch(Sleeper(tmp_path, WORKS), said.append)
    assert watch.facts()["state"] == "waiting"
    steps(watch, "ready")
    pid = watch.facts()["pid"]
    assert psutil.Process(pid).create_time() == watch.facts()["created"]
    assert said[-1].startswith("sleeper is ready")
    watch.stop()
    assert not psutil.pid_exists(pid)
    assert watch.facts() | {"restarts": 0} == {
        "state": "stopped",
        "address": None,
        "pid": None,
        "restarts": 0,
        "created": None,
    }


def test_a_killed_part_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    watch = Watch(Sleeper(tmp_path, WORKS), said.append)
    steps(watch, "ready")
    first = watch.facts()["pid"]
    os.kill(first, signal.SIGKILL)
    steps(watch, "restarting")
    assert watch.restarts == 1
    assert "killed by SIGKILL" in said[-1]
    steps(watch, "ready")
    assert watch.facts()["pid"] != first
    watch.stop()


def test_a_part_that_dies_at_once_is_tried_ever_more_rarely(tmp_path: Path) -> None:
    said: list[str] = []
    watch = Watch(Sleeper(tmp_path, DIES), said.append)
    for _ in range(8):
        steps(watch, "starting")
        steps(watch, "restarting")
    pauses = [float(line.rsplit(" in ")[-1].removesuffix(" s")) for line in said]
    assert pauses == sorted(pauses)
    assert pauses[0] == FIRST_PAUSE_S
    assert pauses[-1] == LONGEST_PAUSE_S
    assert "ended with code 3" in watch.fault
    watch.stop()


def test_a_part_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    watch = Watch(Sleeper(tmp_path, STUBBORN, patience_s=0.2), lambda _line: None)
    steps(watch, "ready")
    pid = watch.facts()["pid"]
    watch.stop()
    assert not psutil.pid_exists(pid)


def test_a_program_that_is_not_there_is_a_fault_in_words(tmp_path: Path) -> None:
    launch = Launch(["/nowhere/postgres"], tmp_path / "log", plain_environment())
    with pytest.raises(PartFailed, match="does not start: No such file"):
        launch.start()


@given(st.floats(FIRST_PAUSE_S / 2, LONGEST_PAUSE_S), st.floats(0, 10 * HEALTHY_S))
def test_pauses_stay_within_their_bounds(pause_s: float, ran_s: float) -> None:
    assert FIRST_PAUSE_S <= next_pause(pause_s, ran_s) <= LONGEST_PAUSE_S
    assert next_pause(pause_s, HEALTHY_S) == FIRST_PAUSE_S
