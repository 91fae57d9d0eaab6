"""Clients that nobody here wrote, against a whole installation, each seen on the map in a real browser."""

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytak
import pytest
import takproto
from meshtastic.protobuf import portnums_pb2
from takproto import TAKProtoVer

from casevac.roof.process import wait_until
from maps.server import STATIC
from tests.maps.browser import Watched, browsing, shot, until
from tests.packets.make_meshtastic import NODE, envelope, position
from tests.roof.installation import Installation
from tests.tracker.takking import MEDIC, Plain, packet
from tests.tracker.test_cot_peers import talked

pytestmark = pytest.mark.skipif(
    not STATIC.is_dir(), reason="build the page: cd maps/web && npm ci && npm run build"
)
GATEWAY, EUI = "a1b2c3d4", "0004a30b001f2a11"
PACKETS = Path(__file__).parents[1] / "packets"
SHOWN = "name => window.casevac.layer.assets().some(one => one.id === name)"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with a mission and nobody in it."""
    installation = Installation(tmp_path_factory.mktemp("peers") / "home")
    try:
        installation.up("--mission", "none")
        opened = installation.run("mission", "open", "peers", "--kind", "exercise")
        assert opened.returncode == 0, opened.stderr
        yield installation
    finally:
        installation.remove()


@pytest.fixture(scope="module")
def watched(house: Installation) -> Iterator[Watched]:
    """A browser with the page of the mission open."""
    with browsing() as found:
        page = found.context.new_page()
        page.goto(house.status()["url"])
        until(
            page, "window.casevac && window.casevac.state().link === 'LIVE' && window.casevac.state().mission"
        )
        yield found
        assert found.complaints == []
        assert found.strangers() == []


def seen(watched: Watched, name: str, tmp_path: Path) -> None:
    """The mark of a device is on the map."""
    (page,) = watched.context.pages
    until(page, SHOWN, arg=name)
    shot(page, tmp_path / f"{name}.png")


def enrolled(house: Installation, *words: str) -> dict[str, Any]:
    """`casevac device add` with these words."""
    done = house.run("device", "add", *words, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def published(house: Installation, user: str, password: str, topic: str, raw: bytes, tmp_path: Path) -> None:
    """With mosquitto_pub, twice a second until ingest hears the topics of a gateway that it did not know."""
    file = tmp_path / "payload"
    file.write_bytes(raw)
    for _ in range(6):
        subprocess.run(
            ["mosquitto_pub", "-h", "127.0.0.1", "-p", house.environment["CASEVAC_MQTT_PORT"], "-u", user,
             "-P", password, "-q", "1", "-t", topic, "-f", str(file)],
            check=True, timeout=60,
        )  # fmt: skip
        time.sleep(0.5)


def said(port: int, event: bytes) -> None:
    """With pytak, for a second; in a thread, for the browser has the loop of this one."""
    ends = time.monotonic() + 1.0
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, talked(port, [event], lambda _: time.monotonic() > ends)).result()


def test_mosquitto_pub_with_our_own_json(house: Installation, watched: Watched, tmp_path: Path) -> None:
    given = enrolled(house, "TRK-1")
    at = datetime.now(UTC).isoformat()
    report = json.dumps({"at": at, "lon": 18.55, "lat": 4.36, "accuracy": 8}).encode()
    published(house, "TRK-1", given["password"], "casevac/v1/TRK-1/report", report, tmp_path)
    seen(watched, "TRK-1", tmp_path)


def test_an_owntracks_stream(house: Installation, watched: Watched, tmp_path: Path) -> None:
    given = enrolled(house, "AMINA", "--dialect", "owntracks")
    told = json.loads((PACKETS / "owntracks" / "location.json").read_text())["payload"]
    raw = json.dumps(told | {"tst": int(time.time())}).encode()
    published(house, "AMINA", given["password"], "owntracks/AMINA/nexus", raw, tmp_path)
    seen(watched, "AMINA", tmp_path)


def test_a_lorawan_gateway_by_its_map(house: Installation, watched: Watched, tmp_path: Path) -> None:
    given = enrolled(house, "LORA-1", "--dialect", "mapped", "--map", "chirpstack-v4")
    enrolled(house, "STRETCHER-4", "--under", "LORA-1", "--id", EUI)
    captured = json.loads((PACKETS / "mapped" / "chirpstack_up.json").read_text())
    told = captured["payload"] | {"time": datetime.now(UTC).isoformat()}
    published(house, "LORA-1", given["password"], captured["topic"], json.dumps(told).encode(), tmp_path)
    seen(watched, "STRETCHER-4", tmp_path)


def test_the_meshtastic_package(house: Installation, watched: Watched, tmp_path: Path) -> None:
    given = enrolled(house, GATEWAY, "--dialect", "meshtastic")
    enrolled(house, "MED-7", "--under", GATEWAY, "--id", f"{NODE:08x}")
    now = int(time.time())
    raw = envelope(
        portnums_pb2.PortNum.POSITION_APP,
        position(time=now, timestamp=now),
        gateway=f"!{GATEWAY}",
        rx_time=now,
    )
    published(house, GATEWAY, given["password"], f"msh/EU_868/2/e/LongFast/!{GATEWAY}", raw, tmp_path)
    seen(watched, "MED-7", tmp_path)


def test_pytak_and_a_9_line_by_takproto(house: Installation, watched: Watched, tmp_path: Path) -> None:
    port = int(house.environment["CASEVAC_COT_PORT"])
    enrolled(house, "tak", "--dialect", "cot")
    enrolled(house, "MEDIC-2", "--under", "tak", "--id", MEDIC)
    (page,) = watched.context.pages
    own = pytak.gen_cot(
        lat=4.372, lon=18.57, ce=5, hae=590, uid=MEDIC, stale=120, cot_type="a-f-G-U-C", callsign="MEDIC 2"
    )
    ends = time.monotonic() + 60
    while (
        not page.evaluate(SHOWN, "MEDIC-2") and time.monotonic() < ends
    ):  # the door hears of it within seconds
        said(port, own)
    seen(watched, "MEDIC-2", tmp_path)
    client = Plain(port)
    client.send(bytes(takproto.xml2proto(packet("nine_line"), TAKProtoVer.STREAM)))
    page.locator("[data-testid=request-row]").wait_for()
    until(page, "document.querySelectorAll('[data-testid=casualty-row]').length === 3")
    shot(page, tmp_path / "nine-line.png")
    client.close()


def test_an_emergency_is_one_request_though_its_door_is_killed_amid_it(house: Installation) -> None:
    port, uid = int(house.environment["CASEVAC_COT_PORT"]), "ANDROID-in-need"
    enrolled(house, "tak-2", "--dialect", "cot")
    enrolled(house, "PATROL-4", "--under", "tak-2", "--id", uid)

    def raised() -> list[str]:
        told = httpx.get(f"{house.status()['url']}/api/requests").json()
        return [one["id"] for one in told if "911 Alert" in json.dumps(one)]

    def tells() -> bool:
        """As ATAK does, every few seconds; the door hears of who is enrolled within seconds."""
        client = Plain(port)
        client.send(packet("emergency").replace(MEDIC.encode(), uid.encode()))
        time.sleep(1.0)
        client.close()
        return bool(raised())

    assert wait_until(tells, 60)
    before = house.status()["parts"]["cot"]["pid"]
    psutil.Process(before).kill()
    assert wait_until(lambda: house.status()["parts"]["cot"]["pid"] not in (None, before), 60)
    house.wait_ready()
    for _ in range(3):
        assert tells()
    assert len(raised()) == 1
