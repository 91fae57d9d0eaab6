"""A part's next process, started ahead: all is loaded, it waits until the one at work dies."""

import subprocess
from collections.abc import Callable, Mapping

from casevac.roof.turn import WAITS

_AGAIN_S = 60.0  # one that ended by itself is not tried again sooner
_LOOK_EVERY_S = 5.0  # whether the program's files are still those that it loaded

Start = Callable[[Mapping[str, str], int], "subprocess.Popen[bytes]"]
"""Starts the part with more environment variables and this as its standard input (as Popen takes it)."""


class Spare:
    """At most one process in waiting. It does nothing before its turn, and ends when its keeper is gone.

    `version` is another whenever the program's files are: one that loaded others never comes to work.
    """

    def __init__(self, start: Start, version: Callable[[], int]) -> None:
        self._start = start
        self._version = version
        self._child: subprocess.Popen[bytes] | None = None
        self._loaded = 0
        self._due = self._look_at = 0.0

    @property
    def pid(self) -> int | None:
        """The process in waiting."""
        return self._child.pid if self._child else None

    def keep(self, now: float) -> bool:
        """Start one if there is none or only an outdated one; True when it was. `now`: monotonic, seconds.

        Raises PartFailed when it cannot be started.
        """
        if self._child is not None and self._child.poll() is not None:
            self.end()
            self._due = now + _AGAIN_S
        if self._child is not None and now >= self._look_at:
            self._look_at = now + _LOOK_EVERY_S
            if self._outdated():
                self.end()
        if self._child is not None or now < self._due:
            return False
        self._due = now + _AGAIN_S  # unless it works
        self._loaded = self._version()  # before it reads any
        self._child = self._start({WAITS: "1"}, subprocess.PIPE)
        self._due, self._look_at = now, now + _LOOK_EVERY_S
        return True

    def take(self) -> "subprocess.Popen[bytes] | None":
        """Let it go to work, as the caller's own from now on; None when there is none that is fit for it."""
        if self._child is not None and self._outdated():
            self.end()
        child, self._child = self._child, None
        if child is None or child.stdin is None or child.poll() is not None:
            return None
        try:
            with child.stdin as door:
                door.write(b"\n")
        except OSError:  # it died just now
            child.kill()
            child.wait()
            return None
        return child

    def _outdated(self) -> bool:
        return self._version() != self._loaded

    def end(self) -> None:
        """End it: it holds nothing yet."""
        child, self._child = self._child, None
        if child is not None and child.stdin is not None:
            child.kill()
            child.stdin.close()
            child.wait()
