"""A whole exercise in a minute: alert, answer, pick-up, hand-over, surgery, all through MQTT."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from casevac.errors import NotPossible
from casevac.events import Event, RoadsChosen
from casevac.picture import Picture, empty, fold
from casevac.roof.demo import demo_mission
from casevac.script import Incident, Script, read_script
from casevac.shipped import shipped
from casevac.store import fixes, log, missions, networks
from casevac.store.connection import Connection
from casevac.store.places import import_places
from casevac.terms import MissionKind, Source
from tests.tracker.conftest import Door
from tests.tracker.listener import until
from tracker.exercise import PATROL, Exercise, Place
from tracker.tasking import Tasking

QUICK = {"speed_factor": 400.0, "loading_s": 0.5, "hand_over_s": 0.5, "auto_answer_s": 1.0}


def prepare(door: Door, db: Connection, home: Path, kind: MissionKind) -> Place:
    """The demo's places in the test's mission, at a speed for tests."""
    profile = msgspec.structs.replace(demo_mission().profile, **QUICK)
    now = datetime.now(UTC)
    quick = msgspec.structs.replace(demo_mission(), kind=kind, profile=profile)
    roads = networks.import_network(home, "car", shipped("roads_car.geojson"))
    missions.open_mission(db, quick, now)
    for name in ("facilities", "sites", "vehicles"):
        import_places(db, quick.id, shipped("demo") / f"{name}.geojson", now, "test")
    accounts = {}
    for name in (PATROL, "AMB-01", "AMB-02"):
        missions.enrol(db, quick.id, name, name if name != PATROL else None, now)
        accounts[name] = door.broker.add_devices([name])[name]
    _choose(db, quick.id, roads.digest)
    return Place(home, door.database_url, door.broker.url("casevac-tool"), quick.id, accounts)


def _choose(db: Connection, mission: str, digest: str) -> None:
    now = datetime.now(UTC)
    body = RoadsChosen(name="car", digest=digest)
    log.append(
        db,
        [
            Event(
                mission=mission, body=body, actor="t", source=Source.IMPORT, occurred_at=now, received_at=now
            )
        ],
    )


def script() -> Script:
    whole = read_script((shipped("demo") / "exercise.json").read_bytes())
    first: Incident = msgspec.structs.replace(whole.incidents[0], at_s=2.0)
    return Script("test", (first,), rounds=whole.rounds[:3], surgery_after_hand_over_s=1.0)


def picture(db: Connection, mission: str) -> Picture:
    return fold(empty(mission), log.read(db, mission))


def test_the_rescue_chain_from_alert_to_surgery(door: Door, tmp_path: Path) -> None:
    place = prepare(door, door.db, tmp_path, MissionKind.EXERCISE)
    parts = [Exercise(place, script()), Tasking(door.database_url, door.broker.url("casevac-tasking"))]
    threads = [threading.Thread(target=part.run, args=(lambda: None,)) for part in parts]
    for thread in threads:
        thread.start()
    db = door.db

    def through() -> bool:
        """Two had their surgery, the third needs none and is in a facility."""
        known = picture(db, place.mission).casualties.values()
        return len([one for one in known if one.surgery_at]) == 2 and all(one.facility for one in known)

    done = until(through, 120)
    for part in parts:
        part.stop()
    for thread in threads:
        thread.join(30)
    seen = picture(db, place.mission)
    assert done, seen.casualties
    assert len(seen.casualties) == 3
    assert all(task.ended is not None for task in seen.tasks.values())
    assert len(fixes.latest(db, place.mission)) >= 3  # two ambulances and the patrol
    kinds = {event.kind: event for event in log.read(db, place.mission)}
    assert kinds["alert_raised"].device == PATROL
    assert kinds["casualty_loaded"].source == "device"
    assert kinds["options_computed"].actor == "built-in coordinator"


def test_nothing_is_simulated_in_a_live_mission(door: Door, tmp_path: Path) -> None:
    place = prepare(door, door.db, tmp_path, MissionKind.LIVE)
    with pytest.raises(NotPossible, match="is live"):
        Exercise(place, script()).run(lambda: None)
