"""Ports: is one free, and which is the next."""

import socket

from casevac.errors import PartFailed

LOOPBACK = "127.0.0.1"
EVERYWHERE = "0.0.0.0"  # noqa: S104  asked for with --lan, over TLS only
_TRIES = 200


def is_free(port: int, address: str = LOOPBACK) -> bool:
    """True when a server could listen on `port` of `address` (default the loopback interface) now."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def next_free(port: int, taken: frozenset[int] = frozenset(), address: str = LOOPBACK) -> int:
    """`port`, or the next free one above it that is not in `taken`; raises PartFailed."""
    for candidate in range(port, min(port + _TRIES, 65536)):
        if candidate not in taken and is_free(candidate, address):
            return candidate
    raise PartFailed(f"No free port from {port} up on {address}: stop a server or choose another port.")
