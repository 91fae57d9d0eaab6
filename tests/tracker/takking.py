"""A door of TAK clients in this process with a mission behind it, and plain clients for it."""

import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casevac.events import AnyBody, Event, FacilityRegistered, VehicleRegistered
from casevac.mission import Mission, Profile, Rights
from casevac.picture import Picture, empty, fold
from casevac.store import log, missions
from casevac.store.connection import Connection, connect
from casevac.terms import Capability, MissionKind, Role, Source, VehicleKind
from tests.ports import next_free
from tracker.cot.door import Door, Doors
from tracker.dialects import cot, tak
from tracker.dialects.cot import Cot

PACKETS = Path(__file__).parents[1] / "packets" / "cot"
MEDIC = "ANDROID-5ad1f0c27b3e9a44"  # the uid of the packets
CHIEF = "WINTAK-0c1b2a39"
PATIENCE_S = 60.0


def until(found: Callable[[], bool], seconds: float = PATIENCE_S) -> bool:
    """True as soon as it is so; False when it is not within the time."""
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def packet(name: str, **changed: str) -> bytes:
    """An XML packet as if it were sent now; `changed` replaces text in it."""
    text = json.loads((PACKETS / f"{name}.json").read_text())["text"]
    for old, new in changed.items():
        text = text.replace(old.replace("__", "-"), new)
    return fresh(text)


def fresh(text: str) -> bytes:
    """The event with the times of now."""
    now = datetime.now(UTC)
    told = now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    later = (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = re.sub(r'\b(time|start|production_time)="[^"]*"', rf'\1="{told}"', text)
    return re.sub(r'stale="[^"]*"', f'stale="{later}"', text).encode()


@dataclass
class House:
    """A mission with a vehicle and a facility, a door of TAK clients, and what is enrolled under `tak`."""

    database_url: str
    db: Connection
    door: Door
    port: int
    tls_port: int = 0

    def enrol(self, name: str, uid: str, role: Role = Role.TRACKER, vehicle: str | None = None) -> None:
        with self.db:
            missions.enrol(self.db, "m", name, vehicle, datetime.now(UTC), Rights(role))
            with self.db.cursor() as cursor:
                cursor.execute("INSERT INTO foreign_ids VALUES ('tak', %s, %s)", (uid, name))

    def say(self, *bodies: AnyBody) -> None:
        at = datetime.now(UTC)
        told = [
            Event(mission="m", body=body, actor="t", source=Source.PAGE, occurred_at=at, received_at=at)
            for body in bodies
        ]
        with self.db:
            log.append(self.db, told)

    def picture(self) -> Picture:
        with self.db:
            return fold(empty("m"), log.read(self.db, "m"))

    def asides(self) -> list[tuple[str, str]]:
        with self.db, self.db.cursor() as cursor:
            cursor.execute("SELECT device, reason FROM set_aside ORDER BY id")
            return cursor.fetchall()

    def positions(self, device: str) -> list[tuple[float, float]]:
        with self.db, self.db.cursor() as cursor:
            cursor.execute(
                "SELECT ST_X(geom), ST_Y(geom) FROM positions WHERE device = %s ORDER BY at", (device,)
            )
            return cursor.fetchall()


@dataclass
class Plain:
    """A client of a few lines that shares nothing with the door but the reading of single events."""

    port: int
    context: ssl.SSLContext | None = None
    events: list[Cot] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        if self.context is not None:
            self.socket = self.context.wrap_socket(self.socket, server_hostname="localhost")
        self.frames = tak.Frames()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        try:
            while data := self.socket.recv(1 << 16):
                self.events += [frame.read() for frame in self.frames.feed(data)]
        except OSError:
            pass
        self.closed.set()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def seen(self, kind: str) -> list[Cot]:
        return [one for one in list(self.events) if one.type.startswith(kind)]

    def lines(self) -> list[str]:
        """What it was told by chat."""
        nodes = (one.child("remarks") for one in self.seen("b-t-f"))
        return [node.text for node in nodes if node is not None]

    def close(self) -> None:
        with suppress(OSError):  # it may be gone already
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(PATIENCE_S)


def means() -> tuple[AnyBody, ...]:
    """An ambulance at its home, and a hospital."""
    return (
        VehicleRegistered(
            id="AMB-1", callsign="AMB-1", vehicle_kind=VehicleKind.GROUND, profile="ambulance", litters=4,
            device="trk-1", home_name="Bria", home_lon=21.99, home_lat=6.54,
        ),
        FacilityRegistered(
            id="mtf-bria", name="Bria hospital", lon=21.98, lat=6.53, level="2",
            capabilities=(Capability.DCS, Capability.RESUS, Capability.ICU), tables=2, beds_staffed=20,
            beds_free=9,
        ),
    )  # fmt: skip


@contextmanager
def house(
    database_url: str, tls: Callable[[], ssl.SSLContext] | None = None, **profile: object
) -> Iterator[House]:
    """A house at work for the length of a block."""
    db = connect(database_url)
    now = datetime.now(UTC)
    with db:
        told = Profile(**profile)  # type: ignore[arg-type]  # whatever a test sets
        missions.open_mission(db, Mission("m", "Test", MissionKind.EXERCISE, told), now)
        missions.enrol(db, "m", "tak", None, now)
        with db.cursor() as cursor:
            cursor.execute("UPDATE devices SET dialect = 'cot', topics = '{cot/tak/#}' WHERE name = 'tak'")
    port, tls_port = next_free(27600), next_free(27700) if tls else 0
    door = Door(database_url, Doors(port, tls_port, "127.0.0.1", tls))
    made = House(database_url, db, door, port, tls_port)
    made.enrol("MEDIC-2", MEDIC)
    made.enrol("CHIEF", CHIEF, Role.COORDINATOR)
    made.enrol("PATROL-9", "ANDROID-patrol-9")
    made.say(*means())
    ready = threading.Event()
    thread = threading.Thread(target=door.run, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield made
    finally:
        door.stop()
        thread.join(PATIENCE_S)
        db.close()
        assert not thread.is_alive()


def here(uid: str, callsign: str) -> bytes:
    """Where a client is, as it tells every few seconds."""
    text = json.loads((PACKETS / "position.json").read_text())["text"]
    return fresh(text.replace(MEDIC, uid).replace("MEDIC 2", callsign))


__all__ = ["CHIEF", "MEDIC", "House", "Plain", "cot", "fresh", "here", "house", "packet", "until"]
