"""The doors of the web server beside the loopback: HTTPS for the network, plaintext ones that were named."""

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from casevac.errors import PartFailed

LOOPBACK = "127.0.0.1"
HANDSHAKE_S = 10.0  # a stranger who says nothing does not keep a connection for longer
REFRESH_S = 10.0
Certified = Callable[[], tuple[Path, frozenset[str]]]


class Https:
    """The door over TLS (1.2 or newer): where it listens, and a certificate that is renewed in time.

    `certified` renews the certificate when that is due; it returns the file with key and certificate and
    the names and addresses it is for, which are the Host names that this door answers to.
    """

    def __init__(self, address: str, port: int, certified: Certified) -> None:
        self.address, self.port = address, port
        self._certified = certified
        self._loaded = b""
        self.hosts: frozenset[str] = frozenset()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self.refresh()

    def refresh(self) -> None:
        """Take up a renewed certificate; connections that are open keep theirs."""
        file, names = self._certified()
        if (found := file.read_bytes()) != self._loaded:
            self.context.load_cert_chain(file)
            self._loaded = found
        self.hosts = frozenset(map(bracketed, names))


@dataclass(frozen=True)
class Beyond:
    """What is open beside the loopback; `plain`: address and port of each plaintext door."""

    plain: tuple[tuple[str, int], ...] = ()
    https: Https | None = None

    def hosts(self) -> frozenset[str]:
        """The Host names by which the network may call these doors."""
        own = {bracketed(address) for address, _ in self.plain}
        return frozenset(own | (self.https.hosts if self.https else set()))


NOWHERE = Beyond()
"""Nothing but the loopback."""


def bracketed(address: str) -> str:
    """An address as it stands in a URL or a Host header."""
    return f"[{address}]" if ":" in address else address


def listening(address: str, port: int) -> socket.socket:
    """A socket that takes connections; raises PartFailed when the port is taken."""
    door = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((address, port))
    except OSError as fault:
        door.close()
        where = "" if address == LOOPBACK else f" of {address}"
        raise PartFailed(f"port {port}{where} cannot be used ({fault.strerror}); choose another") from fault
    door.listen(2048)
    return door
