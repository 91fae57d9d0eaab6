"""An operations centre at work: broker, ingest, tasking, serve, two people and the tracker of one crew."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from casevac import coordination
from casevac.access import AccountRole
from casevac.coordination import Desk
from casevac.events import Event
from casevac.roof.broker import Broker
from casevac.roof.home import Home
from casevac.store import log
from casevac.view import View
from tests.maps.door import PATIENCE_S, Door, serving, wait_for
from tests.maps.mission import Story, begin
from tests.maps.people import person
from tests.tracker.conftest import running
from tracker.device import Device
from tracker.ingest import Ingest
from tracker.spool import Spool
from tracker.tasking import Tasking

PEOPLE = ("amina", "musa")
DOORS = {"Bangui Level 2": "bangui", "Bria Level 2": "bria", "Sibut clinic": "sibut"}


@dataclass
class Crew:
    """The reference tracker of one vehicle, and the tasks that it was told, in order."""

    device: Device
    tasks: list[dict[str, Any] | None] = field(default_factory=list)

    def tell(self, kind: str, **told: object) -> None:
        """Tell an event; returned when its receipt is there."""
        self.device.event(datetime.now(UTC), kind, **told)
        self.settle()

    def move(self, lon: float, lat: float) -> None:
        """Report a position, in degrees; returned when its receipt is there."""
        self.device.report(datetime.now(UTC), lon, lat)
        self.settle()

    def settle(self) -> None:
        """Wait until everything is receipted."""
        wait_for(lambda: self.device.unreceipted() == 0, PATIENCE_S)

    def tasked(self) -> dict[str, Any]:
        """The task that it has, once it has one."""
        wait_for(lambda: any(self.tasks))
        return next(one for one in reversed(self.tasks) if one)


@contextmanager
def manned(broker: Broker, name: str, spool: Path) -> Iterator[Crew]:
    """The tracker of this name, connected for the length of a block."""
    tasks: list[dict[str, Any] | None] = []
    password = broker.add_devices([name])[name]
    device = Device(name, f"mqtt://{name}:{password}@127.0.0.1:{broker.port}", Spool(spool), tasks.append)
    device.start()
    try:
        yield Crew(device, tasks)
    finally:
        device.close()


@dataclass
class Centre:
    """The running parts, and ways to look at what came of it."""

    story: Story
    door: Door
    crew: Crew

    def events(self, *kinds: str) -> list[Event]:
        """What is stored, of these kinds."""
        db = self.story.db()
        with db:
            found = log.read(db, self.story.id, kinds=kinds)
        db.close()
        return found

    def view(self) -> View:
        """The present picture as the store has it."""
        db = self.story.db()
        try:
            return coordination.looked_at(Desk(db, self.story.id, datetime.now(UTC), "test"))
        finally:
            db.close()


@contextmanager
def at_work(url: str, home: Home, broker: Broker) -> Iterator[Centre]:
    """Every part at work, two coordinators with accounts of their own, and the crew of amb-1."""
    story = begin(url, home.path)
    for name in PEOPLE:
        person(story, name, AccountRole.COORDINATOR)
    ingest = Ingest(url, broker.url("casevac-ingest"))
    tasking = Tasking(url, broker.url("casevac-tasking"), home.path)
    spool = home.path / "spool-amb-1"
    with running(ingest), running(tasking), serving(story) as door, manned(broker, "amb-1", spool) as crew:
        yield Centre(story, door, crew)
