"""A live mission with its field and operations-centre doors at work, and the roads to plan on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from casevac import coordination
from casevac.coordination import Desk
from casevac.events import Event, FacilityRegistered, RoadsChosen, VehicleRegistered, house_event
from casevac.mission import Mission, Profile, Rights
from casevac.roof.broker import Broker
from casevac.roof.home import Home
from casevac.shipped import shipped
from casevac.store import log, missions, networks
from casevac.store.connection import connect
from casevac.terms import Capability, MissionKind, Role, Source, VehicleKind
from casevac.view import View
from tests.maps.door import Door, serving
from tests.maps.mission import Story
from tests.tracker.conftest import running
from tests.tracker.listener import Listener
from tracker.ingest import Ingest
from tracker.tasking import Tasking

MISSION = "walk"
AUTHORITY = "force headquarters"
PATROL, MEDIC, CENTRE = "patrol", "medic", "centre"
SURGERY = (Capability.FIRST_AID, Capability.RESUS, Capability.DCR, Capability.DCS, Capability.ICU)
PLACES = {"bangui": (18.55, 4.36), "bria": (21.98, 6.54)}
DEVICES = {
    PATROL: (None, Rights()),
    MEDIC: (None, Rights()),
    "amb-1": ("amb-1", Rights()),
    "amb-2": ("amb-2", Rights()),
    "board-bangui": (None, Rights(Role.FACILITY, "bangui")),
    "board-bria": (None, Rights(Role.FACILITY, "bria")),
    CENTRE: (None, Rights(Role.COORDINATOR)),
}


@dataclass
class World:
    """The mission, its doors, and a way to look at what came of it."""

    story: Story
    door: Door
    broker: Broker
    listeners: dict[str, Listener] = field(default_factory=dict)

    def view(self) -> View:
        """The present picture as the store has it."""
        db = connect(self.story.url)
        try:
            return coordination.looked_at(Desk(db, MISSION, datetime.now(UTC), "test"))
        finally:
            db.close()

    def events(self) -> list[Event]:
        """Everything that was told."""
        db = connect(self.story.url)
        try:
            return log.read(db, MISSION)
        finally:
            db.close()

    def listener(self, device: str) -> Listener:
        """The device, logged in at the broker."""
        if device not in self.listeners:
            password = self.broker.add_devices([device])[device]
            self.listeners[device] = Listener(device, password, self.broker.port)
        return self.listeners[device]


def _vehicle(key: str, callsign: str, lon: float, lat: float) -> VehicleRegistered:
    return VehicleRegistered(
        id=key,
        callsign=callsign,
        vehicle_kind=VehicleKind.GROUND,
        profile="ambulance",
        litters=2,
        seats=2,
        device=key,
        home_name=f"home of {callsign}",
        home_lon=lon,
        home_lat=lat,
    )


def _facility(key: str) -> FacilityRegistered:
    lon, lat = PLACES[key]
    beds = {"beds_staffed": 20, "beds_free": 15, "tables": 2}
    return FacilityRegistered(id=key, name=key.title(), lon=lon, lat=lat, capabilities=SURGERY, **beds)


def _open(url: str, home: Home) -> None:
    now = datetime.now(UTC)
    roads = networks.import_network(home.path, "car", shipped("roads_car.geojson"))
    profile = Profile(approval={"ground": (AUTHORITY,)})
    bodies = (
        RoadsChosen(name="car", digest=roads.digest),
        *(_facility(key) for key in PLACES),
        _vehicle("amb-1", "AMB 1", 18.7, 4.96),
        _vehicle("amb-2", "AMB 2", 19.08, 5.73),
    )
    db = connect(url)
    with db:
        missions.open_mission(db, Mission(MISSION, "Walk", MissionKind.LIVE, profile), now)
        for name, (vehicle, rights) in DEVICES.items():
            missions.enrol(db, MISSION, name, vehicle, now, rights)
        log.append(db, [house_event(MISSION, body, now, "test", Source.IMPORT) for body in bodies])
    db.close()


@contextmanager
def begun(url: str, home: Home, broker: Broker) -> Iterator[World]:
    """The mission with every part at work."""
    _open(url, home)
    story = Story(url, home.path, MISSION)
    ingest = Ingest(url, broker.url("casevac-ingest"))
    tasking = Tasking(url, broker.url("casevac-tasking"), home.path)
    with running(ingest), running(tasking), serving(story) as door:
        world = World(story, door, broker)
        yield world
        for listener in world.listeners.values():
            listener.close()
