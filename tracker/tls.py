"""TLS to a broker: whom we trust and by which certificate we log in, as files named in its address."""

import ssl
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from casevac.errors import BadSetting


def with_tls(url: str, ca: str | None = None, certificate: str | None = None, key: str | None = None) -> str:
    """The same address with the files of `tls_context` in its query: paths, which are no secrets."""
    parts = urlsplit(url)
    files = {"ca": ca, "certificate": certificate, "key": key}
    query = urlencode({name: path for name, path in files.items() if path})
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def context_of(url: str) -> ssl.SSLContext:
    """The TLS context that an mqtts address asks for; raises BadSetting."""
    files = {name: paths[-1] for name, paths in parse_qs(urlsplit(url).query).items()}
    if unknown := files.keys() - {"ca", "certificate", "key"}:
        raise BadSetting(f"broker address: {min(unknown)[:20]!r} is not one of ca, certificate, key")
    return tls_context(files.get("ca"), files.get("certificate"), files.get("key"))


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
