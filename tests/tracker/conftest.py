"""A field door running in this process, between the test's own broker and store."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from casevac.mission import Mission, Profile
from casevac.roof.broker import Broker
from casevac.store import missions
from casevac.store.connection import Connection, connect
from casevac.terms import MissionKind
from tests.tracker.listener import PATIENCE_S, Listener
from tracker.ingest import Ingest
from tracker.mqtt import Session
from tracker.tasking import Tasking


@dataclass
class Door:
    """The running field door and what surrounds it."""

    database_url: str
    broker: Broker
    ingest: Ingest
    db: Connection
    enrol: Callable[..., Listener]  # a device's name, and the vehicle in which it rides

    def publish(self, topic: str, payload: bytes) -> None:
        """A retained message of the house, which may write every topic."""
        session = Session(self.broker.url("casevac-tool"))
        session.open()
        sent = session.client.publish(topic, payload, qos=1, retain=True)
        sent.wait_for_publish(PATIENCE_S)
        assert sent.is_published()
        session.close()

    def is_connected(self) -> bool:
        """True while every lane of the field door is subscribed at the broker."""
        return all(road.receiver.connected for road in self.ingest._roads)

    def is_cut_off(self) -> bool:
        """True once every lane knows that the broker is gone."""
        return not any(road.receiver.connected for road in self.ingest._roads)


@contextmanager
def running(part: Ingest | Tasking) -> Iterator[None]:
    """A part at work in a thread, ready, for the length of a block."""
    ready = threading.Event()
    thread = threading.Thread(target=part.run, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(60)
        yield
    finally:
        part.stop()
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture
def db(database_url: str) -> Iterator[Connection]:
    connection = connect(database_url)
    yield connection
    connection.close()


@pytest.fixture
def door(broker: Broker, database_url: str) -> Iterator[Door]:
    db = connect(database_url, autocommit=True)
    missions.open_mission(db, Mission("m", "Test", MissionKind.EXERCISE, Profile()), datetime.now(UTC))
    ingest = Ingest(database_url, broker.url("casevac-ingest"))
    ready = threading.Event()
    thread = threading.Thread(target=ingest.run, args=(ready.set,))
    thread.start()
    assert ready.wait(PATIENCE_S)
    listeners: list[Listener] = []

    def enrol(name: str, vehicle: str | None = None) -> Listener:
        missions.enrol(db, "m", name, vehicle, datetime.now(UTC))
        password = broker.add_devices([name])[name]
        listeners.append(Listener(name, password, broker.port))
        return listeners[-1]

    yield Door(database_url, broker, ingest, db, enrol)
    for listener in listeners:
        listener.close()
    ingest.stop()
    thread.join(PATIENCE_S)
    db.close()
    assert not thread.is_alive()
