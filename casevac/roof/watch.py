"""One supervised part: started, found ready, restarted when it dies, stopped."""

import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psutil

from casevac.errors import CasevacError
from casevac.roof.part import Part, stop
from casevac.roof.pulse import Pulse

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
HEALTHY_S = 10.0
ASK_STARTING_S = 0.1
ASK_S = 2.0
CALM_S = 3.0


def next_pause(pause_s: float, ran_s: float) -> float:
    """Seconds until the next start: none after a healthy run, doubled each time after a short one."""
    return 0.0 if ran_s >= HEALTHY_S else min(max(2 * pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)


class Watch:
    """The life of one part. `step(now)` moves it on; `now` is a monotonic clock in seconds.

    state: waiting | starting | ready | unready | restarting | stopped; unready: it was ready, it still runs,
    but for some seconds it has not answered, so it is shown and left alone. fault: why it last failed to
    start, in one line.
    """

    def __init__(self, part: Part, say: Callable[[str], None]) -> None:
        self.part = part
        self.state = "waiting"
        self.restarts = 0
        self.fault = ""
        self.was_ready = False
        self._say = say
        self._child: subprocess.Popen[bytes] | None = None
        self._created: float | None = None
        self._due = 0.0
        self._pause_s = 0.0
        self._since = 0.0
        self._pulse = Pulse(part.ready)

    def step(self, now: float) -> None:
        """Start what is due, notice what died, ask what runs whether it is ready."""
        if self._child is not None and self._child.poll() is not None:
            self._bury(now, self._child.returncode)
        elif self._child is not None:
            self._ask(now)
        elif now >= self._due:
            self._start(now)

    def stop(self) -> None:
        """Stop it cleanly, or by force after its patience."""
        child, self._child = self._child, None
        if child is not None:
            stop(self.part, child)
            with suppress(CasevacError):
                self.part.end_orphans()
        self.state = "stopped"

    def calm(self, now: float) -> bool:
        """True when it is at work and was started some seconds ago."""
        return self.state == "ready" and now - self._since > CALM_S

    def facts(self) -> dict[str, Any]:
        """What parts.json says of it; `created` is the process's start, seconds since 1970."""
        return {
            "state": self.state,
            "address": self.part.address,
            "pid": self._child.pid if self._child else None,
            "restarts": self.restarts,
            "created": self._created if self._child else None,
        }

    def _start(self, now: float) -> None:
        self._since = now
        try:
            self._child = self.part.spawn()
            self._created = psutil.Process(self._child.pid).create_time()
        except psutil.NoSuchProcess:
            self._created = None
        except (CasevacError, OSError) as fault:
            self._fail(now, str(fault))
            return
        self._pulse = Pulse(self.part.ready)  # a late answer about the last child says nothing of this one
        self.state, self.fault = "starting", ""

    def _ask(self, now: float) -> None:
        """Take the answer to the last question, ask the next one; neither waits."""
        starting = self.state == "starting"
        self._pulse.step(now, ASK_STARTING_S if starting else ASK_S)
        if starting:
            self.fault = self._pulse.fault
            if self._pulse.good_at is not None:
                self.state, self.was_ready, self.fault = "ready", True, ""
                where = f" at {self.part.address}" if self.part.address else ""
                self._say(f"{self.part.name} is ready{where} ({now - self._since:.1f} s)")
        elif self._pulse.silent(now) and self.state == "ready":
            self.state = "unready"
            self._say(f"{self.part.name} runs but does not answer: {self._pulse.fault or 'no sign of work'}")
        elif not self._pulse.silent(now) and self.state == "unready":
            self.state = "ready"
            self._say(f"{self.part.name} answers again")

    def _bury(self, now: float, code: int) -> None:
        self._child = None
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        self._fail(now, f"it was {how}" if code < 0 else f"it {how}")

    def _fail(self, now: float, why: str) -> None:
        self.fault = why
        self._pause_s = next_pause(self._pause_s, now - self._since)
        self._due = now + self._pause_s
        self.state = "restarting"
        self.restarts += 1
        self._say(f"{self.part.name} is down: {why}; starting it again {_when(self._pause_s)}")


def _when(pause_s: float) -> str:
    return f"in {pause_s:.1f} s" if pause_s else "at once"
