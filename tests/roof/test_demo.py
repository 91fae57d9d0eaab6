"""Loading the demo: whole, once, and nobody else's business."""

from datetime import UTC, datetime

from casevac.roof import demo
from casevac.roof.broker import Broker
from casevac.roof.doors import opened
from casevac.roof.home import Home
from casevac.roof.knock import accepted
from casevac.roof.ports import LOOPBACK
from casevac.settings import Settings
from casevac.store import log, missions
from casevac.store.connection import connect
from tests.casevac.scenes import assert_whole
from tracker.exercise import PATROL


def test_the_demo_is_loaded_once_and_leaves_other_devices_alone(
    home: Home, broker: Broker, database_url: str
) -> None:
    settings = opened(Settings(home=home.path, database_url=database_url, mqtt_url=broker.url()))
    demo.load(settings)
    db = connect(database_url, autocommit=True)
    before = log.head(db)
    secret = broker.add_devices(["mine"])["mine"]
    missions.enrol(db, demo.demo_mission().id, "mine", None, datetime.now(UTC))
    patrol = demo.accounts(home)[PATROL]
    demo.load(settings)
    assert log.head(db) == before + 1  # our own enrolment and nothing else
    assert accepted(LOOPBACK, broker.port, "mine", secret)
    assert accepted(LOOPBACK, broker.port, PATROL, patrol)
    assert set(demo.accounts(home)) == set(demo.simulated())
    db.close()


def test_every_event_of_the_demo_has_all_its_facts(home: Home, broker: Broker, database_url: str) -> None:
    demo.load(opened(Settings(home=home.path, database_url=database_url, mqtt_url=broker.url())))
    db = connect(database_url, autocommit=True)
    stored = log.read(db, demo.demo_mission().id)
    assert {one.kind for one in stored} == {
        "mission_opened", "roads_chosen", "facility_registered", "site_registered", "vehicle_registered",
        "team_registered", "device_enrolled",
    }  # fmt: skip
    for one in stored:
        assert_whole(one)
    db.close()
