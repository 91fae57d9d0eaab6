"""Radio gateways at the real broker: what a node says is stored once, what a gateway may not say never."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from meshtastic.protobuf import portnums_pb2

from casevac.store import asides, dialogues, fixes, log, missions
from casevac.store.dialogues import Speech
from tests.packets.make_meshtastic import NODE, OTHER, casevac, envelope, position
from tests.tracker.conftest import Door
from tests.tracker.listener import until
from tracker import dialects

GATEWAYS = {"gw-1": "!a1b2c3d4", "gw-2": "!a1b2c3d5", "a1b2c3d6": "!a1b2c3d6"}
"""The third has its number for a name, and so the usual topic."""
PORTS = portnums_pb2.PortNum


@pytest.fixture
def publish(door: Door, tmp_path: Path) -> Callable[..., None]:
    """Publishes an envelope as a gateway of the mission, with mosquitto_pub."""
    now = datetime.now(UTC)
    passwords = {}
    for name, number in GATEWAYS.items():
        (usual,) = dialects.DIALECTS["meshtastic"].topics
        topics = (usual.format(name=name) if name in number else f"msh/EU_868/2/+/+/{number}",)
        missions.enrol(door.db, "m", name, None, now)
        dialogues.speaks(door.db, name, Speech("meshtastic", topics))
        door.broker.speaks(name, topics, ())
        passwords[name] = door.broker.add_devices([name])[name]
    missions.enrol(door.db, "m", "trk-7", None, now)
    dialogues.speaks(door.db, "trk-7", Speech(under=tuple((name, f"{NODE:08x}") for name in GATEWAYS)))

    def send(
        gateway: str, payload: bytes, topic: str = "", port: int = PORTS.POSITION_APP, **packet: object
    ) -> None:
        file = tmp_path / "packet"
        file.write_bytes(envelope(port, payload, gateway=GATEWAYS[gateway], **packet))
        subprocess.run(
            ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(door.broker.port), "-u", gateway, "-P",
             passwords[gateway], "-q", "1", "-t", topic or f"msh/EU_868/2/e/LongFast/{GATEWAYS[gateway]}",
             "-f", str(file)],
            check=True, timeout=60,
        )  # fmt: skip

    return send


def now_i() -> int:
    return int(datetime.now(UTC).timestamp())


def test_a_packet_that_three_gateways_publish_is_one_position(
    door: Door, publish: Callable[..., None]
) -> None:
    first, second = position(time=now_i(), timestamp=now_i()), position(time=0, timestamp=0)
    assert until(lambda: _listens(door, publish, first))
    for place, gateway in enumerate(GATEWAYS):
        publish(gateway, first, rx_time=now_i() + place)
        publish(gateway, second, id=8, rx_time=now_i() + place)
    publish("gw-1", position(time=now_i(), timestamp=now_i()), id=9)
    assert until(lambda: len(fixes.reports(door.db, "trk-7", 50)) >= 4)
    stored = fixes.reports(door.db, "trk-7", 50)
    assert len(stored) == 4  # that of the look whether it listens, too
    assert {(one["lon"], one["lat"]) for one in stored} == {(18.5188, 4.39848)}
    assert not asides.counts(door.db)


def test_a_gateway_is_heard_on_its_own_topic_for_its_own_nodes(
    door: Door, publish: Callable[..., None]
) -> None:
    told = position(time=now_i(), timestamp=now_i())
    assert until(lambda: _listens(door, publish, told))
    publish("gw-1", told, topic="msh/EU_868/2/e/LongFast/!a1b2c3d5", id=20)  # the broker lets it fall
    publish("gw-1", told, id=21, **{"from": OTHER})
    publish("gw-1", b"\xff" * 50, id=22)
    publish("gw-1", told, id=23, encrypted=b"\x01\x02\x03")
    publish("gw-2", told, id=24)
    assert until(lambda: len(fixes.reports(door.db, "trk-7", 50)) == 2)
    assert until(lambda: sum(asides.counts(door.db).values()) == 3)


def test_a_9_line_over_radio_opens_one_request(door: Door, publish: Callable[..., None]) -> None:
    assert until(lambda: _listens(door, publish, position()))
    for gateway in GATEWAYS:
        publish(gateway, casevac(), port=PORTS.ATAK_PLUGIN_V2, id=30, rx_time=now_i())
    assert until(lambda: len(log.read(door.db, "m", kinds=["mist_reported"])) == 2)
    (sent,) = log.read(door.db, "m", kinds=["nine_line_sent"])
    assert sent.actor == "trk-7"
    assert len(sent.body.casualties) == 3


def _listens(door: Door, publish: Callable[..., None], told: bytes) -> bool:
    """The door subscribes to topics of gateways once it knows them: True when it hears this one."""
    publish("a1b2c3d6", told, id=7)
    return until(lambda: fixes.reports(door.db, "trk-7", 50), 1.0)
