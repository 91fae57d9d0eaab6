"""Where a broker is, who logs in there and whom to trust, from mqtt(s)://USER:PASSWORD@HOST:PORT."""

import socket
import ssl
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit, urlunsplit

from casevac.errors import BadSetting


class Address(NamedTuple):
    """A broker's address, taken apart."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None
    files: str = ""  # the query, as `with_tls` writes it

    @property
    def shown(self) -> str:
        """Without credentials."""
        return f"mqtt{'s' if self.tls else ''}://{self.host}:{self.port}"

    def dial(self, patience_s: float) -> socket.socket:
        """A connection, through TLS where the address says so; raises OSError."""
        plain = socket.create_connection((self.host, self.port), timeout=patience_s)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self.tls:
            return plain
        try:
            return self.context().wrap_socket(plain, server_hostname=self.host)
        except (OSError, BadSetting):
            plain.close()
            raise

    def context(self) -> ssl.SSLContext:
        """Whom to trust, by which certificate to log in; raises BadSetting."""
        files = {name: paths[-1] for name, paths in parse_qs(self.files).items()}
        if unknown := files.keys() - {"ca", "certificate", "key"}:
            raise BadSetting(f"broker address: {min(unknown)[:20]!r} is not one of ca, certificate, key")
        return tls_context(files.get("ca"), files.get("certificate"), files.get("key"))


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
        parts.query,
    )


def with_login(url: str, user: str, password: str) -> str:
    """The same broker address, with other credentials."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return urlunsplit((parts.scheme, f"{login}@{place}", parts.path, parts.query, ""))


def with_tls(url: str, ca: str | None = None, certificate: str | None = None, key: str | None = None) -> str:
    """The same address with the files of `tls_context` in its query: paths, which are no secrets."""
    parts = urlsplit(url)
    files = {"ca": ca, "certificate": certificate, "key": key}
    query = urlencode({name: path for name, path in files.items() if path})
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def tls_context(ca: str | None, certificate: str | None = None, key: str | None = None) -> ssl.SSLContext:
    """What a client trusts (file `ca`; None: what the system does) and by which certificate it logs in.

    The host is checked against the server's certificate. Raises BadSetting for a file that cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate is not None:
            context.load_cert_chain(certificate, key)
    except OSError as fault:  # an ssl.SSLError too
        named = " or ".join(path for path in (ca, certificate, key) if path)
        raise BadSetting(f"{named} cannot be used for TLS ({fault.strerror or fault})") from fault
    return context
