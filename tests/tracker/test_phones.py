"""Phones and gateways that nobody here wrote a line for: enrolled, heard by a real broker, seen."""

import json
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from casevac.roof.broker import Broker
from casevac.roof.cli import main
from casevac.roof.doors import is_at_ours
from casevac.roof.home import Home
from casevac.roof.phone_door import PhoneDoor
from casevac.settings import Settings
from casevac.store import asides, fixes, keeping, log
from maps.condition import UNSEEN
from maps.server import Server
from tests.ports import next_free
from tests.tracker.conftest import Door, running
from tests.tracker.listener import until
from tracker.lanes import lanes, listening, login
from tracker.leaving import leave
from tracker.pile import Pile
from tracker.subscriber import Subscriber

Casevac = Callable[..., dict]
PACKETS = Path(__file__).parents[1] / "packets"


def location(**change: object) -> dict:
    return {
        "_type": "location", "acc": 8, "alt": 394, "batt": 87, "bs": 1, "cog": 271, "conn": "m",
        "lat": 4.3612, "lon": 18.5551, "t": "u", "tid": "am", "tst": int(time.time()), "vac": 3, "vel": 36,
        **change,
    }  # fmt: skip


@pytest.fixture
def casevac(door: Door, home: Home) -> Casevac:
    """The command line of this installation; JSON of a command that must succeed."""

    def run(*words: str, file: str = "") -> dict:
        environment = {"CASEVAC_HOME": str(home.path), "CASEVAC_DATABASE_URL": door.database_url}
        done = CliRunner().invoke(main, list(words), env=environment, input=file)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout) if "--json" in words else {"said": done.stdout}

    return run


def published(door: Door, name: str, password: str, topic: str, payload: object) -> str:
    """With mosquitto_pub, as a stranger would; what it complained of."""
    raw = payload if isinstance(payload, str) else json.dumps(payload)
    login = ["-h", "127.0.0.1", "-p", str(door.broker.port), "-u", name, "-P", password]
    done = subprocess.run(
        ["mosquitto_pub", *login, "-V", "mqttv5", "-q", "1", "-t", topic, "-m", raw],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def heard(door: Door, topics: str) -> bool:
    """Once ingest is subscribed to these."""
    return until(lambda: topics in door.ingest.others)


def words(door: Door) -> list[str]:
    """Why something was set aside."""
    return [one.reason for one in asides.listed(door.db, asides.Wanted())]


def test_a_phone_with_owntracks_is_seen_with_its_units_and_goes_off_line(
    door: Door, casevac: Casevac
) -> None:
    given = casevac("device", "add", "AMINA", "--dialect", "owntracks", "--json")
    assert given["writes"] == ["owntracks/AMINA/#"]
    assert heard(door, "owntracks/+/#")
    assert published(door, "AMINA", given["password"], "owntracks/AMINA/nexus", location()) == ""
    assert until(lambda: "AMINA" in fixes.latest(door.db, "m"))
    fix = fixes.latest(door.db, "m")["AMINA"]
    assert (fix.lon, fix.lat, fix.speed, fix.course) == (18.5551, 4.3612, 10, 271)
    assert (fix.accuracy, fix.battery, fix.flags) == (8, 87, ())
    waypoint = {"_type": "waypoint", "desc": "camp", "tst": int(time.time()), "rad": "50", "lat": 1, "lon": 2}
    published(door, "AMINA", given["password"], "owntracks/AMINA/nexus/waypoint", waypoint)
    assert until(lambda: [one.what for one in keeping.kept(door.db, "AMINA")] == ["waypoint"])
    assert json.loads(keeping.kept(door.db, "AMINA")[0].raw)["rad"] == "50"
    published(door, "AMINA", given["password"], "owntracks/AMINA/nexus", {"_type": "lwt", "tst": 1})
    assert until(
        lambda: (
            [one.body.online for one in log.read(door.db, "m", kinds=["device_status_changed"])]
            == [True, False]
        )
    )
    published(
        door, "AMINA", given["password"], "owntracks/AMINA/nexus", {"_type": "encrypted", "data": "AAA"}
    )
    published(door, "AMINA", given["password"], "owntracks/AMINA/nexus", location(lat=94.0))
    assert until(lambda: len(words(door)) == 2)
    assert "is encrypted with a key that we do not have" in words(door)[1]
    assert words(door)[0].startswith("lat: ")


def test_a_phone_writes_on_no_topic_but_its_own(door: Door, casevac: Casevac) -> None:
    mine = casevac("device", "add", "AMINA", "--dialect", "owntracks", "--json")
    other = casevac("device", "add", "MUSA", "--dialect", "owntracks", "--json")
    tracker = door.enrol("TRK-1")
    for name, password in (("AMINA", mine["password"]), ("TRK-1", tracker.password)):
        for topic in ("owntracks/MUSA/nexus", "owntracks/NOBODY/x", "application/1/device/2/event/up"):
            assert "Not authorized" in published(door, name, password, topic, location())
    assert heard(door, "owntracks/+/#")
    published(door, "MUSA", other["password"], "owntracks/MUSA/nexus", location(lat=4.5))
    assert until(lambda: list(fixes.latest(door.db, "m")) == ["MUSA"])
    casevac("device", "revoke", "AMINA")
    assert "Not authorized" in published(door, "AMINA", mine["password"], "owntracks/AMINA/nexus", location())


def test_a_gateway_speaks_for_the_devices_enrolled_under_it_and_no_others(
    door: Door, casevac: Casevac
) -> None:
    gateway = casevac("device", "add", "LORA", "--dialect", "mapped", "--map", "chirpstack-v4", "--json")
    eui = "0004a30b001f2a11"
    under = casevac("device", "add", "STRETCHER-4", "--under", "LORA", "--id", eui, "--json")
    assert "password" not in under
    assert heard(door, "application/+/device/+/event/up")
    packet = json.loads((PACKETS / "mapped" / "chirpstack_up.json").read_text())
    packet["payload"]["time"] = datetime.now(UTC).isoformat()
    assert published(door, "LORA", gateway["password"], packet["topic"], packet["payload"]) == ""
    assert until(lambda: "STRETCHER-4" in fixes.latest(door.db, "m")), words(door)
    assert fixes.latest(door.db, "m")["STRETCHER-4"].speed == pytest.approx(5.0)
    stranger = packet["topic"].replace(eui, "ffffffffffffffff")
    published(door, "LORA", gateway["password"], stranger, packet["payload"])
    assert until(lambda: len(words(door)) == 1)
    assert "who writes there may speak for that one only" in words(door)[0]
    packet["payload"]["deviceInfo"]["devEui"] = "ffffffffffffffff"
    published(door, "LORA", gateway["password"], stranger, packet["payload"])
    assert until(lambda: len(words(door)) == 2)
    assert words(door)[0].startswith("LORA may speak for no 'ffffffffffffffff'")
    assert asides.counts(door.db) == {"not_allowed": 2}
    assert set(fixes.latest(door.db, "m")) == {"STRETCHER-4"}
    packet["payload"]["deviceInfo"]["devEui"] = eui
    casevac("device", "revoke", "STRETCHER-4")
    published(door, "LORA", gateway["password"], packet["topic"], {**packet["payload"], "fCnt": 5})
    assert until(lambda: words(door)[0] == "device STRETCHER-4 is revoked")
    casevac("device", "add", "STRETCHER-4", "--renew", "--under", "LORA", "--id", eui)
    published(door, "LORA", gateway["password"], packet["topic"], {**packet["payload"], "fCnt": 6})
    assert until(lambda: len(fixes.reports(door.db, "STRETCHER-4", 9)) == 2), words(door)


def test_the_same_packet_through_three_gateways_is_one_position(door: Door, casevac: Casevac) -> None:
    given = {}
    for name in ("G-1", "G-2", "G-3"):
        given[name] = casevac(
            "device", "add", name, "--dialect", "mapped", "--map", "teltonika-json", "--json"
        )
        casevac("device", "add", "AMB-07", "--under", name, "--id", "352093081452251")
    assert heard(door, "G-3/+/data")
    for n in range(3):
        reported = {"latlng": f"4.3612{n},18.5551", "sp": 54, "ang": 271, "ts": (int(time.time()) - n) * 1000}
        for name in given:
            topic = f"{name}/352093081452251/data"
            said = published(door, name, given[name]["password"], topic, {"state": {"reported": reported}})
            assert said == ""
    assert until(lambda: door.ingest.stages.snapshot()["duplicates"] == 6)
    assert len(fixes.reports(door.db, "AMB-07", 20)) == 3
    assert words(door) == []


def test_a_phone_in_http_mode_is_stored_before_it_is_answered(
    door: Door, casevac: Casevac, home: Home
) -> None:
    given = casevac("device", "add", "AMINA", "--dialect", "owntracks", "--json")
    other = casevac("device", "add", "TRK-9", "--json")
    hears = PhoneDoor(Settings(home=home.path), door.database_url)
    port = next_free(8400)
    server = Server(door.database_url, home.path, port, UNSEEN, hears=hears)
    login = ("AMINA", given["password"])
    with running(server), httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        sent = {"X-Limit-U": "AMINA", "X-Limit-D": "nexus"}
        told = http.post("/pub", json=location(), auth=login, headers=sent)
        assert (told.status_code, told.json()) == (200, [])
        assert fixes.latest(door.db, "m")["AMINA"].speed == 10

        def seen() -> object:
            known = {one["name"]: one["position"] for one in http.get("/api/devices").json()}
            return known["AMINA"] and (known["AMINA"]["lon"], known["AMINA"]["lat"])

        assert until(lambda: seen() == (18.5551, 4.3612))
        kind = {"Content-Type": "application/json"}
        assert http.post("/pub", content=b"", auth=login, headers=kind).json() == []
        assert http.post("/pub", json={"_type": "steps"}, auth=login).json() == []
        assert words(door) == ["OwnTracks 'steps': it says nothing that is kept"]
        assert http.post("/pub", json=location()).status_code == 401
        assert "Basic" in http.post("/pub", json=location()).headers["www-authenticate"]
        assert http.post("/pub", json=location(), auth=("AMINA", "guess")).status_code == 401
        assert http.post("/pub", json=location(), auth=("casevac-ingest", "x")).status_code == 401
        wrong = http.post("/pub", json=location(), auth=("TRK-9", other["password"]))
        assert (wrong.status_code, "is not enrolled as a phone" in wrong.json()["message"]) == (422, True)
        assert http.post("/pub?d=a/b", json=location(), auth=login).status_code == 422
        casevac("device", "revoke", "AMINA")
        assert http.post("/pub", json=location(), auth=login).status_code == 401
    assert len(fixes.reports(door.db, "AMINA", 9)) == 1


def test_two_gateways_never_share_a_topic(door: Door, casevac: Casevac, home: Home) -> None:
    casevac("device", "add", "L-1", "--dialect", "mapped", "--map", "chirpstack-v4")
    environment = {"CASEVAC_HOME": str(home.path), "CASEVAC_DATABASE_URL": door.database_url}

    def refused(*more: str) -> str:
        done = CliRunner().invoke(main, ["device", "add", *more], env=environment)
        assert done.exit_code != 0
        return done.stderr

    mapped = ("--dialect", "mapped", "--map", "chirpstack-v4")
    assert "L-1 speaks on application/+/device/+/event/up already" in refused("L-2", *mapped)
    assert "not with casevac" in refused("L-2", *mapped, "--topic", "casevac/v1/+/report")
    assert "not with casevac" in refused("L-2", *mapped, "--topic", "#")
    assert "say by which map" in refused("L-2", "--dialect", "mapped")
    assert "no map 'x'" in refused("L-2", "--dialect", "mapped", "--map", "x")
    assert "no gateway 'L-9'" in refused("D-1", "--under", "L-9", "--id", "1")
    assert "belong together" in refused("D-1", "--under", "L-1")
    casevac("device", "add", "L-2", *mapped, "--topic", "south/+/device/+/event/up")
    casevac("device", "add", "D-1", "--under", "L-1", "--id", "77")
    assert "is D-1 under L-1 already" in refused("D-2", "--under", "L-1", "--id", "77")
    casevac("device", "add", "D-2", "--under", "L-1", "--id", "77", "--renew")  # the tracker was exchanged
    told = [one.body for one in log.read(door.db, "m", kinds=["device_enrolled"])]
    assert [(one.name, one.under) for one in told[-2:]] == [("D-1", ()), ("D-2", ("L-1 77",))]
    told = json.loads(CliRunner().invoke(main, ["device", "list", "--json"], env=environment).stdout)
    assert {one["name"]: (one["dialect"], one["under"]) for one in told} == {
        "L-1": ("mapped", []), "L-2": ("mapped", []), "D-1": ("casevac", []), "D-2": ("casevac", ["L-1"]),
    }  # fmt: skip


def test_a_map_of_the_missions_own(door: Door, casevac: Casevac, tmp_path: Path) -> None:
    own = json.loads(casevac("dialect", "show", "teltonika-json")["said"]) | {"name": "ours", "each": "/list"}
    for field in own["fields"].values():
        field["pointer"] = field["pointer"].replace("/state/reported", "")
    casevac("dialect", "add", "-", file=json.dumps(own))
    maps = casevac("dialect", "list", "--json")["maps"]
    assert {one["name"]: one["of"] for one in maps} == {
        "chirpstack-v4": "shipped, unverified",
        "teltonika-json": "shipped, unverified",
        "ours": "mission, unverified",
    }
    rows = [{"latlng": f"4.36{n},18.55", "ts": 1795323550000 + n, "sp": 36} for n in range(3)]
    tried = casevac("dialect", "try", "ours", "-", "--json", file=json.dumps({"list": rows}))
    assert [one["speed"] for one in tried] == [10.0, 10.0, 10.0]
    environment = {"CASEVAC_HOME": str(tmp_path)}
    file = tmp_path / "map.json"
    file.write_text(
        json.dumps(own | {"fields": own["fields"] | {"speed": {"pointer": "/sp", "unit": "knots"}}})
    )
    done = CliRunner().invoke(main, ["dialect", "try", str(file), "-"], env=environment, input="{}")
    assert done.exit_code == 1
    assert done.stderr == "casevac: speed: unit 'knots' is none of m/s, km/h, kn, mph, cm/s\n"


def test_phones_are_heard_over_http_only_where_the_broker_is_ours(broker: Broker, home: Home) -> None:
    assert is_at_ours(Settings(home=home.path))
    assert is_at_ours(Settings(home=home.path, mqtt_url=broker.url("casevac-tool")))
    assert not is_at_ours(Settings(home=home.path, mqtt_url=f"mqtt://casevac-tool:x@{broker.address}"))
    assert not is_at_ours(Settings(home=home.path, mqtt_url=f"mqtt://{broker.address}"))


def test_what_waits_of_a_phone_for_a_process_that_runs_no_more_is_brought_home(
    door: Door, casevac: Casevac
) -> None:
    given = casevac("device", "add", "AMINA", "--dialect", "owntracks", "--json")
    assert heard(door, "owntracks/+/#")
    url = door.broker.url("casevac-ingest")
    lane = listening(url, lanes(url, 2, 2).others, 2, ("owntracks/+/#",))
    other, pile = Subscriber(login(url, lane), lane), Pile(100)
    other.open(pile)
    assert until(lambda: other.connected)
    other.close()
    assert published(door, "AMINA", given["password"], "owntracks/AMINA/nexus", location()) == ""
    assert leave(door.database_url, url, 2) == 1
    assert len(fixes.reports(door.db, "AMINA", 9)) == 1
