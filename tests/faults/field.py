"""A broker, a store and the field door as a process of its own, for tests that mistreat the way between."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg2

from casevac.mission import Mission, Profile
from casevac.roof import ours
from casevac.roof.broker import Broker
from casevac.roof.home import Home
from casevac.roof.part import stop
from casevac.roof.process import wait_until
from casevac.store import fixes, missions
from casevac.store.connection import connect
from casevac.terms import MissionKind
from tests.ports import next_free

MISSION = "m"


class Field:
    """The running parts; any of them may be killed, stopped and started again by a test."""

    def __init__(self, home: Home, database_url: str) -> None:
        self.home, self.database_url = home, database_url
        self.broker = Broker(home, next_free(21883))
        self.broker_process: subprocess.Popen[bytes] | None = None
        self.ingest: subprocess.Popen[bytes] | None = None
        db = connect(database_url)
        with db:
            new = Mission(MISSION, "Test", MissionKind.EXERCISE, Profile())
            missions.open_mission(db, new, datetime.now(UTC))
        db.close()

    def start_broker(self) -> None:
        """Start the broker and wait until it answers."""
        self.broker_process = self.broker.spawn()
        assert wait_until(self.broker.ready, 60)

    def start(self, name: str = "ingest") -> "subprocess.Popen[bytes]":
        """`casevac NAME` as a process of its own, returned when it says that it is at work."""
        self.home.ready_file(name).unlink(missing_ok=True)
        clean = {key: value for key, value in os.environ.items() if not key.startswith("CASEVAC_")}
        own = {
            "CASEVAC_HOME": str(self.home.path),
            "CASEVAC_DATABASE_URL": self.database_url,
            "CASEVAC_MQTT_URL": self.broker.url(f"casevac-{name}"),
        }
        with self.home.log_file(name).open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "casevac", name], env={**clean, **own}, cwd=ours.ROOT, stderr=log
            )
        assert wait_until(self.home.ready_file(name).exists, 60), self.home.log_file(name).read_text()
        return child

    def start_ingest(self) -> None:
        """Start the field door."""
        self.ingest = self.start()

    def enrol(self, name: str, vehicle: str | None = None) -> str:
        """A new device's password."""
        db = connect(self.database_url)
        with db:
            missions.enrol(db, MISSION, name, vehicle, datetime.now(UTC))
        db.close()
        return self.broker.add_devices([name])[name]

    def rows(self, name: str) -> Counter[int]:
        """How often each number of a device is in the store."""
        db = psycopg2.connect(self.database_url)
        with db, db.cursor() as cursor:
            cursor.execute("SELECT n FROM positions WHERE device = %s", (name,))
            found = Counter(n for (n,) in cursor)
        db.close()
        return found

    def mark(self, name: str) -> float:
        """The longitude of a device's mark on the live map."""
        db = connect(self.database_url)
        with db:
            lon = fixes.latest(db, MISSION)[name].lon
        db.close()
        return lon

    def close(self) -> None:
        """End every part."""
        for child in (self.ingest, self.broker_process):
            if child is not None and child.poll() is None:
                child.send_signal(signal.SIGCONT)
        if self.ingest is not None:
            self.ingest.terminate()
            self.ingest.wait(60)
        if self.broker_process is not None:
            stop(self.broker, self.broker_process)


@contextmanager
def field(place: Path, database_url: str) -> Iterator[Field]:
    """Broker and field door for the length of a block."""
    home = Home(place)
    home.prepare()
    there = Field(home, database_url)
    try:
        there.start_broker()
        there.start_ingest()
        yield there
    finally:
        there.close()
