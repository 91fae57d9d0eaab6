"""One supervised part, with real processes: restarts, back-off, what is told of it."""

import itertools
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.errors import PartFailed
from casevac.roof.broker import Broker
from casevac.roof.external import externals
from casevac.roof.home import Home
from casevac.roof.process import Launch, plain_environment, wait_until
from casevac.roof.pulse import SILENT_AFTER_S, Pulse
from casevac.roof.supervise import check_start
from casevac.roof.watch import FIRST_PAUSE_S, HEALTHY_S, LONGEST_PAUSE_S, Watch, next_pause
from casevac.settings import Settings

WAIT_S = 60.0


class Sleeper:
    """A part that is one sleeping Python, ready once its file exists."""

    name = "sleeper"
    address = None
    stop_signal = signal.SIGTERM

    def __init__(self, directory: Path, program: str, patience_s: float = 5.0) -> None:
        self.log = directory / "sleeper.log"
        self.sign = directory / "sleeper.ready"
        self.patience_s = patience_s
        self.now = 0.0  # the clock of its watch
        self._program = program.replace("SIGN", repr(str(self.sign)))

    def spawn(self) -> "subprocess.Popen[bytes]":
        self.sign.unlink(missing_ok=True)
        return Launch([sys.executable, "-c", self._program], self.log, plain_environment()).start()

    def ready(self) -> bool:
        return self.sign.exists()

    def end_orphans(self) -> bool:
        return False


WORKS = "import time; open(SIGN, 'w').close(); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); open(SIGN, 'w').close(); time.sleep(600)"
DIES = "raise SystemExit(3)"
ONCE = (
    "import os, time; first = SIGN + '.first'\n"
    "if not os.path.exists(first): open(first, 'w').close(); raise SystemExit(3)\n"
    "open(SIGN, 'w').close(); time.sleep(600)"
)


def steps(watch: Watch, state: str) -> None:
    """Move the watch on, a second of its clock at a time, until it is in `state`.

    The clock stands still for a process that is to end: how long a busy machine takes to start one is not
    how long it was well.
    """

    def step() -> bool:
        watch.step(watch.part.now)
        watch.part.now += 0.0 if watch.state == "starting" and state == "restarting" else 1.0
        return watch.state == state

    assert wait_until(step, WAIT_S)


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


def test_a_server_that_fails_once_and_then_starts_is_fine(tmp_path: Path) -> None:
    watch = Watch(Sleeper(tmp_path, ONCE), lambda _line: None)
    now = itertools.count()

    def step() -> bool:
        watch.step(float(next(now)))
        check_start(watch, 0.0, watch.part.log)
        return watch.was_ready

    assert wait_until(step, WAIT_S)
    assert (watch.restarts, watch.fault) == (1, "")
    watch.stop()


def test_five_failures_of_a_server_give_up_with_the_reason(tmp_path: Path) -> None:
    watch = Watch(Sleeper(tmp_path, DIES), lambda _line: None)
    for _ in range(4):
        steps(watch, "starting")
        check_start(watch, 0.0, watch.part.log)
        steps(watch, "restarting")
        check_start(watch, 0.0, watch.part.log)
    steps(watch, "starting")
    steps(watch, "restarting")
    with pytest.raises(PartFailed, match="The sleeper does not start: it ended with code 3"):
        check_start(watch, 0.0, watch.part.log)
    watch.stop()


def test_a_part_that_shows_no_sign_of_work_is_unready_and_left_alone(tmp_path: Path) -> None:
    said: list[str] = []
    watch = Watch(Sleeper(tmp_path, WORKS), said.append)
    steps(watch, "ready")
    pid = watch.facts()["pid"]
    watch.part.sign.unlink()
    steps(watch, "unready")
    assert said[-1].startswith("sleeper runs but does not answer")
    assert watch.facts()["pid"] == pid
    watch.part.sign.touch()
    steps(watch, "ready")
    assert (said[-1], watch.facts()["pid"], watch.restarts) == ("sleeper answers again", pid, 0)
    watch.stop()


def test_a_question_that_is_never_answered_holds_nobody_up() -> None:
    never = threading.Event()
    pulse = Pulse(never.wait)
    for now in (0.0, 2.0, 4.0):
        pulse.step(now, 2.0)
        assert not pulse.silent(now)
    assert pulse.silent(SILENT_AFTER_S + 0.1)
    never.set()
    after = itertools.count(5)
    assert wait_until(lambda: pulse.step(float(next(after)), 2.0) or pulse.good_at is not None, WAIT_S)


def test_servers_of_the_user_are_knocked_on(home: Home, database_url: str, broker: Broker) -> None:
    """The real database and broker answer; closed ports show as unreachable, without their secrets."""
    said: list[str] = []
    theirs = Settings(home.path, database_url=database_url, mqtt_url=broker.url())
    away = "u:geheim@127.0.0.1:1"
    gone = Settings(home.path, database_url=f"postgresql://{away}/x", mqtt_url=f"mqtt://{away}")
    assert _states(theirs, said) == {"database": "external", "broker": "external"}
    assert said == []
    assert _states(gone, said) == {"database": "unreachable", "broker": "unreachable"}
    assert said == ["database at 127.0.0.1:1 does not answer", "broker at 127.0.0.1:1 does not answer"]


def _states(settings: Settings, said: list[str]) -> dict[str, str]:
    """The states after some knocks that were each answered."""
    found = externals(settings, said.append)
    for now in range(0, 12, 3):
        for one in found:
            one.step(float(now))
        assert wait_until(lambda: not [t for t in threading.enumerate() if t.name == "pulse"], WAIT_S)
    return {one.name: one.facts()["state"] for one in found}


@given(st.floats(0, LONGEST_PAUSE_S), st.floats(0, 10 * HEALTHY_S))
def test_pauses_stay_within_their_bounds(pause_s: float, ran_s: float) -> None:
    wait_s = next_pause(pause_s, ran_s)
    assert wait_s == 0 if ran_s >= HEALTHY_S else FIRST_PAUSE_S <= wait_s <= LONGEST_PAUSE_S
