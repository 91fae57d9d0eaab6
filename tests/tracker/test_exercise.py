"""A whole exercise in a minute: alert, answer, pick-up, hand-over, surgery, all through MQTT."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from casevac.errors import NotPossible
from casevac.events import AlertRaised, AnyBody, ChainPlanned, Event, Leg, RoadsChosen, Stop, VehicleTasked
from casevac.picture import Picture, empty, fold
from casevac.roof.demo import demo_mission
from casevac.script import Incident, Script, read_script
from casevac.shipped import shipped
from casevac.store import fixes, log, missions, networks
from casevac.store.connection import Connection
from casevac.store.places import import_places
from casevac.terms import MissionKind, Mode, Purpose, Source
from tests.tracker.conftest import Door
from tests.tracker.listener import until
from tracker.exercise import PATROL, Exercise, Place
from tracker.tasking import Tasking

QUICK = {"speed_factor": 100.0, "loading_s": 0.5, "hand_over_s": 0.5, "auto_answer_s": 1.0}


def prepare(
    door: Door, db: Connection, home: Path, kind: MissionKind, crews: tuple[str, ...] = ("AMB-01", "AMB-02")
) -> Place:
    """The demo's places in the test's mission, at a speed for tests."""
    profile = msgspec.structs.replace(demo_mission().profile, **QUICK)
    now = datetime.now(UTC)
    quick = msgspec.structs.replace(demo_mission(), kind=kind, profile=profile)
    roads = networks.import_network(home, "car", shipped("roads_car.geojson"))
    missions.open_mission(db, quick, now)
    for name in ("facilities", "sites", "vehicles"):
        import_places(db, quick.id, shipped("demo") / f"{name}.geojson", now, "test")
    accounts = {}
    for name in (PATROL, *crews):
        missions.enrol(db, quick.id, name, name if name != PATROL else None, now)
        accounts[name] = door.broker.add_devices([name])[name]
    say(db, quick.id, RoadsChosen(name="car", digest=roads.digest))
    return Place(home, door.database_url, door.broker.url("casevac-tool"), quick.id, accounts)


def say(db: Connection, mission: str, *bodies: AnyBody) -> None:
    now = datetime.now(UTC)
    log.append(
        db,
        [
            Event(mission=mission, body=body, actor="t", source=Source.PAGE, occurred_at=now, received_at=now)
            for body in bodies
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
        """Who needs surgery has it (the third only while nobody has triaged), and all are in a facility; the
        crews have said that they are done."""
        seen = picture(db, place.mission)
        known = seen.casualties.values()
        brought = len([one for one in known if one.surgery_at]) >= 2 and all(one.facility for one in known)
        return brought and all(task.ended is not None for task in seen.tasks.values())

    done = until(through, 180)
    for part in parts:
        part.stop()
    for thread in threads:
        thread.join(60)
    seen = picture(db, place.mission)
    assert done, seen.casualties
    assert len(seen.casualties) == 3
    assert all(task.ended is not None for task in seen.tasks.values())
    assert len(fixes.latest(db, place.mission)) >= 3  # two ambulances and the patrol
    kinds = {event.kind: event for event in log.read(db, place.mission)}
    assert kinds["alert_raised"].device == PATROL
    assert kinds["casualty_loaded"].source == "device"
    assert kinds["options_computed"].actor == "built-in coordinator"


def leg(vehicle: str, purpose: Purpose, ends: tuple[Stop, Stop], casualties: tuple[str, ...] = ()) -> Leg:
    now = datetime.now(UTC)
    return Leg(
        mode=Mode.GROUND, vehicle=vehicle, purpose=purpose, start=ends[0], end=ends[1],
        path=tuple((stop.lon, stop.lat) for stop in ends), metres=1000, seconds_p50=3, seconds_p90=4,
        depart_at=now, arrive_p50_at=now, arrive_p90_at=now, casualties=casualties,
    )  # fmt: skip


def test_a_helicopter_waits_for_the_ambulance_and_takes_its_casualty_on(door: Door, tmp_path: Path) -> None:
    place = prepare(door, door.db, tmp_path, MissionKind.EXERCISE, ("AMB-01", "HELI-2"))
    zap = "ZGDF-7KWT"
    bria, poi = Stop("Bria", 21.98633, 6.54233), Stop("POI", 21.9, 6.5)
    strip, far = Stop("strip", 21.9894, 6.52778), Stop("Bangui", 18.55496, 4.36122, "mtf-bangui")
    by_road = (
        leg("AMB-01", Purpose.TO_PICKUP, (bria, poi)),
        leg("AMB-01", Purpose.TO_EXCHANGE, (poi, strip), (zap,)),
    )
    by_air = (
        leg("HELI-2", Purpose.TO_EXCHANGE, (strip, strip)),
        leg("HELI-2", Purpose.TO_FACILITY, (strip, far), (zap,)),
    )
    tasks = [
        VehicleTasked(
            task=f"t{n}", chain="c", request="r", vehicle=legs[0].vehicle, casualties=(zap,), legs=legs
        )
        for n, legs in enumerate((by_road, by_air))
    ]
    alert = AlertRaised(
        who="P", what="mine", how_many=1, lon=poi.lon, lat=poi.lat, request="r", casualties=(zap,)
    )
    chain = ChainPlanned(
        chain="c", request="r", decision="d", option="1", facility="mtf-bangui",
        vehicles=("AMB-01", "HELI-2"), casualties=(zap,), legs=(*by_road, *by_air),
    )  # fmt: skip
    say(door.db, place.mission, alert, chain, *tasks)
    quiet = Script("test", (), surgery_after_hand_over_s=1.0)
    parts = [Exercise(place, quiet), Tasking(door.database_url, door.broker.url("casevac-tasking"))]
    threads = [threading.Thread(target=part.run, args=(lambda: None,)) for part in parts]
    for thread in threads:
        thread.start()
    done = until(lambda: picture(door.db, place.mission).casualties[zap].facility, 180)
    for part in parts:
        part.stop()
    for thread in threads:
        thread.join(60)
    moves = [(one.vehicle, one.facility) for one in picture(door.db, place.mission).casualties[zap].moves]
    assert done, moves
    assert moves == [("AMB-01", ""), ("HELI-2", ""), ("", "mtf-bangui")]


def test_nothing_is_simulated_in_a_live_mission(door: Door, tmp_path: Path) -> None:
    place = prepare(door, door.db, tmp_path, MissionKind.LIVE)
    with pytest.raises(NotPossible, match="is live"):
        Exercise(place, script()).run(lambda: None)
