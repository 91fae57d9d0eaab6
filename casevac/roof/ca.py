"""The small certificate authority under HOME/tls: certificates of the doors and of devices, and the revoked.

A field laptop's clock may be years off. What must hold whatever the clock says (the authority itself, the
list of the revoked) is therefore valid from a fixed day on; the rest from a day before it is made.
"""

import ipaddress
import re
import socket
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from casevac.errors import BadSetting, PartFailed
from casevac.roof.files import locked, make_directory, read_json, write_json, write_whole
from casevac.roof.home import Home

RELEASED = datetime(2026, 1, 1, tzinfo=UTC)  # a clock that stands before this is plainly wrong
DAY = timedelta(days=1)
LIFE, SERVER_DAYS, DEVICE_DAYS, RENEW_DAYS = timedelta(days=20 * 365), 397, 90, 30
_DNS = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,62}\.?)*")
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Issued:
    """A certificate of a device with its key, both PEM; `serial` in hexadecimal."""

    key: str
    certificate: str
    serial: str
    until: datetime


class Authority:
    """The authority of one home; made on first need. Every change is made under a lock."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._place = home.path / "tls"

    @property
    def path(self) -> Path:
        """The authority's certificate: what a device or a browser is given."""
        self._made()
        return self._place / "ca.pem"

    @property
    def crl(self) -> Path:
        """The list of revoked certificates."""
        self._made()
        return self._place / "crl.pem"

    def fingerprint(self) -> str:
        """SHA-256 of the authority's certificate, as browsers show it."""
        self._made()
        return self._certificate().fingerprint(hashes.SHA256()).hex(":").upper()

    def server(self, names: Iterable[str] = ()) -> Path:
        """Key and certificate of the doors in one file, for every address of the machine and `names`.

        Made anew when one is missing in it or its end is near; callable as often as one likes.
        """
        self._made()
        place, wanted = self._place / "server.pem", own_names(names)
        with locked(self._lock):
            if not _serves(place, wanted, _now()):
                key = _new_key()
                alternatives = x509.SubjectAlternativeName([_general(name) for name in sorted(wanted)])
                leaf = self._leaf("casevac doors", key, ExtendedKeyUsageOID.SERVER_AUTH, SERVER_DAYS)
                write_whole(place, _pem(key) + _text(self._signed(leaf.add_extension(alternatives, False))))
        return place

    def issue(self, name: str) -> Issued:
        """A new certificate by which the device `name` logs in; what it had before is revoked."""
        self._made()
        with locked(self._lock):
            key = _new_key()
            made = self._signed(self._leaf(name, key, ExtendedKeyUsageOID.CLIENT_AUTH, DEVICE_DAYS))
            issued = Issued(_pem(key), _text(made), f"{made.serial_number:x}", made.not_valid_after_utc)
            self._forget(name, {"serial": issued.serial, "until": issued.until.isoformat()})
        return issued

    def revoke(self, name: str) -> bool:
        """Put the certificate of the device `name` on the list; False when it has none."""
        if not (self._place / "ca.pem").exists():
            return False
        with locked(self._lock):
            return self._forget(name, None)

    def holders(self) -> set[str]:
        """Devices that have a certificate of ours which is not revoked."""
        return set(read_json(self._place / "issued.json"))

    @property
    def _lock(self) -> Path:
        return self._home.path / ".tls.lock"

    def _forget(self, name: str, instead: dict[str, str] | None) -> bool:
        """Revoke first, then write what is valid now: a crash between the two leaves nobody in."""
        kept = read_json(self._place / "issued.json")
        former = kept.pop(name, None)
        if former is not None:
            self._list(int(former["serial"], 16))
        write_json(self._place / "issued.json", kept | ({name: instead} if instead else {}))
        return former is not None

    def _list(self, serial: int | None = None) -> None:
        """Write the list with `serial` on it. A reader of two lists believes the one with the later date, so
        each is a second younger than the last, counted from RELEASED and never from a clock."""
        place, number, listed = self._place / "crl.pem", 1, list[x509.RevokedCertificate]()
        if place.exists():
            former = x509.load_pem_x509_crl(place.read_bytes())
            number = int((former.last_update_utc - RELEASED).total_seconds()) + 1
            listed = list(former)
        if serial is not None:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(_now())
            listed.append(entry.build())
        authority = self._certificate()
        made = x509.CertificateRevocationListBuilder(
            authority.subject,
            RELEASED + timedelta(seconds=number),
            authority.not_valid_after_utc,
            revoked_certificates=listed,
        ).add_extension(x509.CRLNumber(number), critical=False)
        write_whole(place, made.sign(self._key(), hashes.SHA256()).public_bytes(Encoding.PEM).decode())

    def _made(self) -> None:
        """Make the authority unless it is there."""
        if (self._place / "crl.pem").exists():
            return
        make_directory(self._place)
        with locked(self._lock):
            if not (self._place / "ca.pem").exists():
                key = _new_key()
                write_whole(self._place / "ca.key", _pem(key))
                write_whole(self._place / "ca.pem", _text(_authority(key)))
            if not (self._place / "crl.pem").exists():
                self._list()

    def _certificate(self) -> x509.Certificate:
        try:
            return x509.load_pem_x509_certificate((self._place / "ca.pem").read_bytes())
        except ValueError as fault:
            raise PartFailed(f"{self._place / 'ca.pem'} is not what Casevac made; restore it.") from fault

    def _key(self) -> ec.EllipticCurvePrivateKey:
        place = self._place / "ca.key"
        try:
            key = load_pem_private_key(place.read_bytes(), None)
        except ValueError as fault:
            raise PartFailed(f"{place} is not the key that Casevac made; restore it.") from fault
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise PartFailed(f"{place} is not the key that Casevac made; restore it.")
        return key

    def _leaf(
        self, name: str, key: ec.EllipticCurvePrivateKey, purpose: ObjectIdentifier, days: int
    ) -> x509.CertificateBuilder:
        authority = self._certificate()
        made_by = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return (
            _builder(_named(name), authority.subject, key, _now() - DAY)
            .not_valid_after(min(_now() + timedelta(days=days), authority.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(made_by), False)
        )

    def _signed(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        return builder.sign(self._key(), hashes.SHA256())


def own_names(more: Iterable[str] = ()) -> frozenset[str]:
    """The names by which the doors of this machine are reached: its own, every address, and `more`.

    Raises BadSetting for one of `more` that is neither a host name nor an address.
    """
    found = {*_LOCAL, *(address for address in _addresses() if address)}
    if _DNS.fullmatch(hostname := socket.gethostname()):
        found.add(hostname.lower())
    for name in more:
        if _address(name) is None and not _DNS.fullmatch(name):
            raise BadSetting(f"--name {name[:60]!r} is neither a host name nor an address")
        found.add(_address(name) or name.lower())
    return frozenset(found)


def names_of(place: Path) -> frozenset[str]:
    """The names and addresses that the certificate in a file is for."""
    found = x509.load_pem_x509_certificate(_last_block(place)).extensions
    names = found.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(one) for one in names.get_values_for_type(x509.IPAddress)}
    return frozenset({*names.get_values_for_type(x509.DNSName), *addresses})


def _addresses() -> set[str]:
    families = (socket.AF_INET, socket.AF_INET6)
    return {
        _address(one.address.partition("%")[0]) or ""
        for each in psutil.net_if_addrs().values()
        for one in each
        if one.family in families
    }


def _address(text: str) -> str | None:
    """An IP address in its usual form; None for what is none."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _general(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.DNSName(name) if address is None else x509.IPAddress(ipaddress.ip_address(address))


def _serves(place: Path, wanted: Collection[str], now: datetime) -> bool:
    """True while the certificate is valid for long enough and for everything wanted."""
    try:
        found = x509.load_pem_x509_certificate(_last_block(place))
        known = names_of(place)
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    valid = found.not_valid_before_utc <= now <= found.not_valid_after_utc - timedelta(days=RENEW_DAYS)
    return valid and known.issuperset(wanted)


def _last_block(place: Path) -> bytes:
    """The certificate of a file that holds key and certificate."""
    mark = b"-----BEGIN CERTIFICATE-----"
    return mark + place.read_bytes().rpartition(mark)[2]


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """A root that signs leaves only; it is named for the machine, so that two installations differ."""
    name = _named(f"Casevac {socket.gethostname()[:40]}")
    return (
        _builder(name, name, key, RELEASED)
        .not_valid_after(_now() + LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begins: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _now() -> datetime:
    return max(datetime.now(UTC), RELEASED)
