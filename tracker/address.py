"""Where a broker is and who logs in there, from mqtt://USER:PASSWORD@HOST:PORT."""

import socket
import ssl
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from casevac.errors import BadSetting
from tracker.tls import context_of


class Address(NamedTuple):
    """A broker's address, taken apart."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None
    context: ssl.SSLContext | None = None

    @property
    def shown(self) -> str:
        """Without credentials."""
        return f"mqtt{'s' if self.tls else ''}://{self.host}:{self.port}"

    def dial(self, patience_s: float) -> socket.socket:
        """A connection, through TLS where the address says so; raises OSError."""
        plain = socket.create_connection((self.host, self.port), timeout=patience_s)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.context is None:
            return plain
        try:
            return self.context.wrap_socket(plain, server_hostname=self.host)
        except OSError:
            plain.close()
            raise


def address_of(url: str) -> Address:
    """The parts of a broker's URL; raises BadSetting."""
    parts = urlsplit(url)
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise BadSetting(
            f"broker address {parts.hostname or url[:40]!r} is not mqtt://USER:PASSWORD@HOST:PORT"
        )
    tls = parts.scheme == "mqtts"
    return Address(
        parts.hostname,
        parts.port or (8883 if tls else 1883),
        tls,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        context_of(url) if tls else None,
    )


def with_login(url: str, user: str, password: str) -> str:
    """The same broker address, with other credentials."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return urlunsplit((parts.scheme, f"{login}@{place}", parts.path, parts.query, ""))
