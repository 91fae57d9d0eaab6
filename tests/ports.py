"""Ports for servers of the tests: every worker of pytest-xdist looks in a range of its own.

CASEVAC_TEST_PORTS moves them all, so that two test runs on one machine do not meet.
"""

import os

from casevac.roof import ports

RANGE = 400


def next_free(port: int) -> int:
    """A free port for this worker, near `port`."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return ports.next_free(port + int(os.environ.get("CASEVAC_TEST_PORTS", "0")) + RANGE * worker)
