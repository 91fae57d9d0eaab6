"""Loopback ports: is one free, and which is the next."""

import socket

from casevac.errors import PartFailed

LOOPBACK = "127.0.0.1"
_TRIES = 200


def is_free(port: int) -> bool:
    """True when a server could listen on `port` of the loopback interface now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def next_free(port: int, taken: frozenset[int] = frozenset()) -> int:
    """`port`, or the next free one above it that is not in `taken`; raises PartFailed."""
    for candidate in range(port, min(port + _TRIES, 65536)):
        if candidate not in taken and is_free(candidate):
            return candidate
    raise PartFailed(f"No free port from {port} up on {LOOPBACK}: stop a server or choose another port.")
