"""What a part of the system is: something that is spawned, found ready, and stopped."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from casevac.errors import PartFailed
from casevac.roof.process import wait_until

START_S = 60.0


class Part(Protocol):
    """One supervised part. The supervisor knows no more of it than this."""

    @property
    def name(self) -> str:
        """One word, as in `casevac status`."""

    @property
    def address(self) -> str | None:
        """Where it listens (no secrets), or None."""

    @property
    def stop_signal(self) -> signal.Signals:
        """Asks it to end cleanly."""

    @property
    def patience_s(self) -> float:
        """Seconds it may take to end before it is killed."""

    def spawn(self) -> "subprocess.Popen[bytes]":
        """Start it, after ending any orphan of an earlier start; raises PartFailed."""

    def ready(self) -> bool:
        """True when it does its work now. Asked in a thread, ten times a second until the first True."""

    def end_orphans(self) -> bool:
        """End processes of this part that an earlier supervisor left behind; True when there were any."""


@contextmanager
def alone(part: Part, start_s: float = START_S) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `part` without a supervisor for the length of a block; raises PartFailed if it does not start."""
    child = part.spawn()
    try:
        if (
            not wait_until(lambda: child.poll() is not None or part.ready(), start_s)
            or child.poll() is not None
        ):
            raise PartFailed(f"The part {part.name} did not start within {start_s:.0f} s: see its log.")
        yield child
    finally:
        stop(part, child)


def stop(part: Part, child: "subprocess.Popen[bytes]") -> None:
    """Stop `child` cleanly, or by force after the part's patience; returns when it is gone."""
    child.send_signal(part.stop_signal)
    try:
        child.wait(part.patience_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
