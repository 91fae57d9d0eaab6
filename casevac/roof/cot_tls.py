"""TLS of the door of TAK clients: our own certificate, and those of devices that our authority made."""

import ssl
from collections.abc import Iterable

from casevac.roof.ca import Authority
from casevac.roof.home import Home


class Certified:
    """A context by which only devices with a certificate of ours come in; called again, it learns which were
    revoked since."""

    def __init__(self, home: Home, names: Iterable[str] = ()) -> None:
        self._authority, self._names = Authority(home), tuple(names)
        self._context: ssl.SSLContext | None = None
        self._read_at = 0

    def __call__(self) -> ssl.SSLContext:
        """The context, one and the same; raises PartFailed for files that are not ours."""
        context = self._context or self._made()
        changed = self._authority.crl.stat().st_mtime_ns
        if changed != self._read_at:  # of two lists the younger counts
            context.load_verify_locations(self._authority.crl)
            self._read_at = changed
        self._context = context
        return context

    def _made(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self._authority.server(self._names))
        context.load_verify_locations(self._authority.path)
        context.verify_mode = ssl.CERT_REQUIRED
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        return context
