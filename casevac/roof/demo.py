"""Loads the demonstration exercise: mission, roads, places, vehicles and the accounts of its trackers."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from casevac.errors import BadFile
from casevac.events import RoadsChosen, VehicleRegistered, house_event
from casevac.mission import Mission
from casevac.roof import broker
from casevac.roof.files import read_json, write_json
from casevac.roof.home import Home
from casevac.settings import Settings
from casevac.shipped import shipped
from casevac.store import drawings, log, missions, networks
from casevac.store.connection import Connection, connect
from casevac.store.placefile import read_places
from casevac.store.places import import_places
from casevac.terms import Source
from tracker.exercise import PATROL

NETWORK = "car-national"
PLACES = ("facilities.geojson", "sites.geojson", "vehicles.geojson", "teams.geojson")
_ACCOUNTS = "accounts.json"


def demo_mission() -> Mission:
    """The demonstration mission as it is shipped; raises BadFile."""
    path = shipped("demo") / "mission.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Mission)
    except (OSError, msgspec.MsgspecError) as fault:
        raise BadFile(f"{path} is no mission ({fault})") from fault


def load(settings: Settings) -> None:
    """Load the demo once; a second time only its simulated trackers' accounts are looked after."""
    db = connect(settings.database_url or "")
    mission = demo_mission()
    with db:
        known = any(one.id == mission.id for one in missions.missions(db))
    if not known:
        _load_new(settings, db, mission)
    db.close()
    if (Home(settings.home).run / "broker.json").exists():
        _give_accounts(Home(settings.home), simulated())


def simulated() -> dict[str, str | None]:
    """The trackers that the exercise part simulates, and the vehicle each rides in; nobody else's."""
    vehicles = read_places(shipped("demo") / "vehicles.geojson").bodies
    riding: dict[str, str | None] = {
        body.device or body.id: body.id for body in vehicles if isinstance(body, VehicleRegistered)
    }
    return {**riding, PATROL: None}


def _load_new(settings: Settings, db: Connection, mission: Mission) -> None:
    now = datetime.now(UTC)
    source = shipped("roads_car.geojson")
    roads = networks.import_network(settings.home, NETWORK, source)
    with db:  # one transaction: the demo is there as a whole or not at all
        drawings.draw(db, NETWORK, roads, source)
        missions.open_mission(db, mission, now)
        chosen = RoadsChosen(name=NETWORK, digest=roads.digest)
        log.append(db, [house_event(mission.id, chosen, now, "demo", Source.IMPORT)])
        for name in PLACES:
            import_places(db, mission.id, shipped("demo") / name, now, "demo")
        for device, vehicle in simulated().items():
            missions.enrol(db, mission.id, device, vehicle, now)


def accounts_file(home: Home) -> Path:
    """Where the passwords of the simulated trackers are kept (mode 0600)."""
    return home.path / "exercise" / _ACCOUNTS


def accounts(home: Home) -> dict[str, str]:
    """Passwords of the simulated trackers, by device name; empty with a broker of the user's own."""
    return {str(name): str(password) for name, password in read_json(accounts_file(home)).items()}


def _give_accounts(home: Home, names: Iterable[str]) -> None:
    known = accounts(home)
    server = broker.running(home)
    free = [name for name in names if name not in server.taken_over()]
    missing = [name for name in free if name not in known or name not in server.devices()]
    if not missing:
        return
    accounts_file(home).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_json(accounts_file(home), known | server.add_devices(missing, renew=True))
