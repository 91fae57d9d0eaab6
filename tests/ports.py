"""Ports for servers of the tests: every worker of pytest-xdist looks in a range of its own.

CASEVAC_TEST_PORTS moves them all, so that two test runs on one machine do not meet. Should their ranges
overlap all the same, a port is still given out once: whoever got it holds the lock of a file for it as long
as the process lives, since between the look and the server's bind another could take it.
"""

import fcntl
import os
import tempfile
from pathlib import Path
from typing import TextIO

from casevac.roof.ports import is_free

RANGE = 400
_mine: dict[int, TextIO] = {}


def next_free(port: int) -> int:
    """A free port for this worker, near `port`."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = port + int(os.environ.get("CASEVAC_TEST_PORTS", "0")) + RANGE * worker
    return next(one for one in range(first, first + RANGE // 2) if _claimed(one) and is_free(one))


def _claimed(port: int) -> bool:
    """True when no other process has this port."""
    if port in _mine:
        return True
    place = Path(tempfile.gettempdir()) / f"casevac-test-ports-{os.geteuid()}"
    place.mkdir(exist_ok=True)
    file = (place / str(port)).open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return False
    _mine[port] = file
    return True
