"""People with accounts, and the doors that they come through."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from casevac.access import AccountRole
from casevac.roof.home import Home
from casevac.store import accounts
from tests.maps.door import PATIENCE_S, Door, Reader
from tests.maps.doors import Doors
from tests.maps.mission import Story

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
    """The product's secure door, with the certificate of an authority of its own."""
    doors = Doors(story, Home(folder))
    with doors.open(), doors.client("127.0.0.1") as http:
        yield Door(doors.secure_port, http)
