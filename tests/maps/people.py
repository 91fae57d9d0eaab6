"""People with accounts, and the doors that they come through."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from casevac.access import AccountRole
from casevac.store import accounts
from maps.listeners import Beyond
from maps.server import create
from tests.maps.door import PATIENCE_S, Door, Reader, wait_for
from tests.maps.mission import Story
from tests.ports import next_free

PASSWORD = "green lamp 42"


def person(story: Story, name: str, role: AccountRole) -> None:
    """Make an account."""
    db = story.db()
    with db:
        accounts.add(db, name, role, PASSWORD)
    db.close()


def close(story: Story, name: str) -> None:
    """Close an account, as the command line does."""
    db = story.db()
    with db:
        accounts.close(db, name)
    db.close()


def log_in(door: Door, name: str, password: str = PASSWORD) -> httpx.Response:
    """Try to log in; a good answer's cookie stays with the door's client."""
    return door.http.post("/api/login", json={"name": name, "password": password})


@contextmanager
def visiting(door: Door, name: str) -> Iterator[Door]:
    """Another person at the same door."""
    with httpx.Client(base_url=door.url, timeout=PATIENCE_S) as http:
        other = Door(door.port, http)
        assert log_in(other, name).status_code == 200
        yield other


@dataclass
class Watcher(Reader):
    """Follows the stream with the cookies of somebody who is logged in."""

    cookies: dict[str, str] = field(default_factory=dict)

    def request_headers(self) -> dict[str, str]:
        """Those of a reader, and the cookies."""
        told = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return super().request_headers() | ({"cookie": told} if told else {})


def watching(door: Door) -> Watcher:
    """The open stream of whoever is logged in at this door."""
    return Watcher(door.url, cookies=dict(door.http.cookies)).start()  # type: ignore[return-value]  # itself


@contextmanager
def serving_tls(story: Story, folder: Path) -> Iterator[Door]:
    """The same app behind TLS with a certificate of its own."""
    key_file, certificate_file = _certificate(folder)
    port = next_free(8600)
    config = uvicorn.Config(
        create(story.url, story.home, beyond=Beyond(plain=(("127.0.0.1", port),))),  # the Host it answers to
        host="127.0.0.1",
        port=port,
        ws="none",
        log_config=None,
        proxy_headers=False,
        ssl_keyfile=str(key_file),
        ssl_certfile=str(certificate_file),
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        trust = ssl.create_default_context(cafile=certificate_file)
        with httpx.Client(base_url=f"https://127.0.0.1:{port}", timeout=PATIENCE_S, verify=trust) as http:
            yield Door(port, http)
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "door")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_file, certificate_file = folder / "door.key", folder / "door.crt"
    form = serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return key_file, certificate_file
