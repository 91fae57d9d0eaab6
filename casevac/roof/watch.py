"""One supervised part: started, found ready, restarted when it dies, stopped."""

import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psutil

from casevac.errors import CasevacError
from casevac.roof.part import Part, stop

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
HEALTHY_S = 30.0


def next_pause(pause_s: float, ran_s: float) -> float:
    """Seconds to wait before the next start: doubled each time, begun anew after a healthy run."""
    return FIRST_PAUSE_S if ran_s >= HEALTHY_S else min(2 * pause_s, LONGEST_PAUSE_S)


class Watch:
    """The life of one part. `step(now)` moves it on; `now` is a monotonic clock in seconds.

    state: waiting | starting | ready | restarting | stopped. fault: why it last failed to start, in one line.
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
        self._pause_s = FIRST_PAUSE_S / 2
        self._since = 0.0

    def step(self, now: float) -> None:
        """Start what is due, notice what died, ask what is starting whether it is ready."""
        if self._child is None:
            if now >= self._due:
                self._start(now)
        elif self._child.poll() is not None:
            self._bury(now, self._child.returncode)
        elif self.state == "starting":
            self._ask(now)

    def stop(self) -> None:
        """Stop it cleanly, or by force after its patience."""
        child, self._child = self._child, None
        if child is not None:
            stop(self.part, child)
            with suppress(CasevacError):
                self.part.end_orphans()
        self.state = "stopped"

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
        self.state = "starting"

    def _ask(self, now: float) -> None:
        try:
            ready = self.part.ready()
        except (CasevacError, OSError) as fault:
            self.fault = str(fault)
            return
        if ready:
            self.state, self.was_ready, self.fault = "ready", True, ""
            where = f" at {self.part.address}" if self.part.address else ""
            self._say(f"{self.part.name} is ready{where} ({now - self._since:.1f} s)")

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
        self._say(f"{self.part.name} is down: {why}; starting it again in {self._pause_s:.1f} s")
