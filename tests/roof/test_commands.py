"""Commands on a store and broker of the test's own: devices, readers, the nearest facilities."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result

from casevac.errors import NotPossible
from casevac.events import FacilityRegistered, house_event
from casevac.mission import Mission, Profile
from casevac.offset import judged
from casevac.roof import demo
from casevac.roof.broker import BadName, Broker
from casevac.roof.cmd_device import add, list_devices, run
from casevac.roof.cmd_nearest import nearest
from casevac.roof.cmd_reader import reader
from casevac.roof.doors import opened
from casevac.roof.home import Home
from casevac.roof.knock import accepted
from casevac.roof.ports import LOOPBACK
from casevac.settings import Settings
from casevac.store import log, missions, trust
from casevac.store.connection import Connection, connect
from casevac.terms import Guarantee, MissionKind, Source
from tracker.address import with_login

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MISSION = Mission("m", "Test", MissionKind.EXERCISE, Profile())


@pytest.fixture
def ours(home: Home, database_url: str, broker: Broker) -> Settings:
    """The broker is the embedded one of `home`; the mission `m` is open."""
    assert broker.port
    db = connect(database_url)
    with db:
        missions.open_mission(db, MISSION, NOW)
    db.close()
    return Settings(home=home.path, database_url=database_url)


def enrolled(settings: Settings) -> dict[str, str]:
    db = connect(settings.database_url or "", autocommit=True)
    found = missions.devices(db)
    db.close()
    return found


def called(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(add, words, obj=settings)


def test_an_added_device_may_log_in_and_is_enrolled(ours: Settings) -> None:
    done = called(ours, "trk-1", "--json")
    told = json.loads(done.stdout)
    assert accepted(LOOPBACK, told["port"], "trk-1", told["password"])
    assert (told["tls"], enrolled(ours)) == (False, {"trk-1": "m"})


def test_a_device_that_has_an_account_is_not_enrolled_by_mistake(ours: Settings, broker: Broker) -> None:
    broker.add_devices(["taken"])
    assert isinstance(called(ours, "taken").exception, BadName)
    assert enrolled(ours) == {}


def test_a_broker_that_is_away_leaves_the_device_out(ours: Settings, tmp_path) -> None:
    away = replace(ours, home=tmp_path / "elsewhere")
    assert "does not run" in str(called(away, "trk-1").exception)
    assert enrolled(ours) == {}


def test_a_device_of_another_mission_gets_no_account(ours: Settings, broker: Broker) -> None:
    db = connect(ours.database_url or "")
    with db:
        missions.open_mission(db, Mission("n", "Other", MissionKind.LIVE, Profile()), NOW)
        missions.enrol(db, "n", "theirs", None, NOW)
    db.close()
    found = called(ours, "theirs", "--mission", "m").exception
    assert isinstance(found, NotPossible)
    assert broker.devices() == set()


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("mqtt://u:p@broker.example", 1883, False),
        ("mqtts://u:p@broker.example", 8883, True),
        ("mqtts://broker.example:9001", 9001, True),
    ],
)
def test_the_door_of_a_broker_of_ones_own(ours: Settings, url: str, port: int, tls: bool) -> None:
    own = replace(ours, mqtt_url=url)
    told = json.loads(called(own, "trk-1", "--json").stdout)
    assert (told["host"], told["port"], told["tls"]) == ("broker.example", port, tls)
    assert told["password"] is None
    shown = called(own, "trk-1").stdout
    assert str(port) in shown
    assert "None" not in shown
    assert ("TLS" in shown) == tls


def test_a_login_is_quoted_once_and_keeps_the_way_to_the_broker() -> None:
    assert with_login("mqtts://old:x@b.example:9", "a", "p/@:%") == "mqtts://a:p%2F%40%3A%25@b.example:9"
    assert with_login("mqtt://[::1]", "a", "b") == "mqtt://a:b@[::1]"


def test_a_tracker_without_password_is_told_where_it_goes(ours: Settings) -> None:
    found = CliRunner().invoke(run, ["trk-1", "--gpx", "x.gpx"], obj=ours).exception
    assert "CASEVAC_DEVICE_PASSWORD" in str(found)


@pytest.fixture
def db(database_url: str):
    connection = connect(database_url, autocommit=True)
    yield connection
    connection.close()


def test_a_reader_may_log_in(ours: Settings, db: Connection) -> None:
    done = CliRunner().invoke(reader, ["--json"], obj=ours)
    told = json.loads(done.stdout)
    assert (told["user"], told["schema"]) == ("casevac_read", "qgis")
    with db.cursor() as cursor:
        cursor.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'casevac_read'")
        assert cursor.fetchone() == (True,)


def test_a_reader_without_its_role_is_told_in_one_line(ours: Settings, db: Connection) -> None:
    """Roles are of the whole cluster: the role is renamed, and has its name again in the end."""
    db.cursor().execute("ALTER ROLE casevac_read RENAME TO casevac_away")
    try:
        found = CliRunner().invoke(reader, [], obj=ours).exception
    finally:
        db.cursor().execute("ALTER ROLE casevac_away RENAME TO casevac_read")
    assert isinstance(found, NotPossible)
    assert "has no role casevac_read" in str(found)
    assert "\n" not in str(found)


def test_a_reader_of_a_database_that_refuses_is_told_in_one_line(ours: Settings, db: Connection) -> None:
    db.cursor().execute(f"ALTER DATABASE {db.info.dbname} SET default_transaction_read_only = on")
    found = CliRunner().invoke(reader, [], obj=ours).exception
    assert isinstance(found, NotPossible)
    assert "read-only" in str(found)


def test_nearest_says_what_is_estimated(home: Home, broker: Broker, database_url: str) -> None:
    settings = opened(Settings(home=home.path, database_url=database_url, mqtt_url=broker.url()))
    demo.load(settings)
    words = ["20.67,5.77", "--need", "DCS", "-k", "1"]
    told = json.loads(CliRunner().invoke(nearest, [*words, "--json"], obj=settings).stdout)
    assert told[0]["estimated"] is True
    assert told[0]["route"]["estimated"] is True
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(nearest, words, obj=settings).stdout
    assert shown.count("≈ estimated") == 1


def test_a_device_of_a_facility_is_of_one_that_there_is(ours: Settings) -> None:
    db = connect(ours.database_url or "")
    with db:
        card = FacilityRegistered(id="mtf-a", name="A", lon=20, lat=5)
        log.append(db, [house_event("m", card, NOW, "t", Source.IMPORT)])
    db.close()
    for words, say in (
        (("board", "--role", "facility"), "say which facility"),
        (("board", "--role", "facility", "--facility", "mtf-x"), "no facility 'mtf-x'"),
        (("board", "--facility", "mtf-a"), "add --role facility"),
    ):
        assert say in str(called(ours, *words).exception)
    assert enrolled(ours) == {}
    assert called(ours, "board", "--role", "facility", "--facility", "mtf-a").exit_code == 0
    assert called(ours, "chief", "--role", "coordinator").exit_code == 0
    assert called(ours, "board", "--renew").exit_code == 0  # a new password, the same rights
    found = CliRunner().invoke(list_devices, ["--json"], obj=ours)
    unheard = {"offset_s": 0.0, "judged_at": None, "corrected": False, "words": ""}
    spoken = {"dialect": "casevac", "writes": [], "under": []}
    login = {"revoked_at": None, "certificate_until": None, "heard_at": None, **spoken}
    trusted = {"guarantee": None, "clock": unheard, **login}
    assert json.loads(found.stdout) == [
        {"name": "board", "mission": "m", "role": "facility", "facility": "mtf-a", **trusted},
        {"name": "chief", "mission": "m", "role": "coordinator", "facility": None, **trusted},
    ]
    assert "coordinator" in CliRunner().invoke(list_devices, [], obj=ours).stdout


def test_the_list_of_devices_tells_their_guarantee_and_their_clock(ours: Settings) -> None:
    for name in ("good", "lost", "slow"):
        explained = called(ours, name).stdout
        assert all(f"  {mark}" in explained for mark in ("A receipted", "B broker", "C best effort"))
    db = connect(ours.database_url or "")
    with db:
        trust.keep(db, "good", None, Guarantee.B)
        trust.keep(db, "slow", judged(timedelta(days=-3), NOW, 5), Guarantee.C)
        event = trust.keep(db, "lost", judged(timedelta(days=4000), NOW, 5), Guarantee.A)
    db.close()
    assert event is not None and event.body.what == "4000.0 days ahead, too far to correct"
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(list_devices, [], obj=ours).stdout
    lines = {line.split()[0]: line for line in shown.splitlines() if line.split()}
    assert "B broker" in lines["good"] and "slow" not in lines["good"]
    assert "C best effort" in lines["slow"] and "3.0 days slow" in lines["slow"]
    assert "4000.0 days ahead: too far to correct, set it" in lines["lost"]
    told = {
        one["name"]: one for one in json.loads(CliRunner().invoke(list_devices, ["--json"], obj=ours).stdout)
    }
    assert told["slow"]["clock"]["offset_s"] == -259200.0
    assert [told[name]["clock"]["corrected"] for name in ("good", "lost", "slow")] == [False, False, True]
