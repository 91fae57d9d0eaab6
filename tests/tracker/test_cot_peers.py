"""TAK clients that nobody here wrote: pytak and takproto, seen in the store, and what they see."""

import asyncio
from configparser import ConfigParser
from typing import Any
from xml.etree import ElementTree

import pytak
import pytest
import takproto
from takproto import TAKProtoVer

from tests.tracker.takking import CHIEF, MEDIC, House, Plain, fresh, here, house, packet, until
from tracker.dialects import cot


class Sender(pytak.QueueWorker):  # type: ignore[misc]  # of a package without types
    """Sends what it is given, once."""

    def __init__(self, queue: Any, config: Any, some: list[bytes]) -> None:
        super().__init__(queue, config)
        self.some = some

    async def run(self, _: int = -1) -> None:
        for one in self.some:
            await self.put_queue(one)
        await asyncio.sleep(3600)


class Hearer(pytak.QueueWorker):  # type: ignore[misc]  # of a package without types
    """Keeps what came."""

    def __init__(self, queue: Any, config: Any, heard: list[bytes]) -> None:
        super().__init__(queue, config)
        self.heard = heard

    async def handle_data(self, data: bytes) -> None:
        self.heard.append(data)

    async def run(self, _: int = -1) -> None:
        while True:
            await self.handle_data(await self.queue.get())


async def talked(port: int, some: list[bytes], enough: Any, *, protobuf: bool = False) -> list[bytes]:
    """What pytak heard after it sent these, until it is enough."""
    parser = ConfigParser()
    parser["t"] = {"COT_URL": f"tcp://127.0.0.1:{port}", "TAK_PROTO": "1" if protobuf else "0"}
    tool = pytak.CLITool(parser["t"])
    await tool.setup()
    heard: list[bytes] = []
    tool.add_tasks({Sender(tool.tx_queue, parser["t"], some), Hearer(tool.rx_queue, parser["t"], heard)})
    running = asyncio.ensure_future(tool.run())
    for _ in range(600):
        if enough(heard) or running.done():
            break
        await asyncio.sleep(0.1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return heard


def kinds(heard: list[bytes]) -> set[str]:
    return {ElementTree.fromstring(one.strip()).get("type", "") for one in heard}


@pytest.fixture
def open_house(database_url: str) -> Any:
    with house(database_url) as made:
        yield made


def test_pytak_is_stored_and_sees_our_vehicle_casualty_and_facility(open_house: House) -> None:
    own = pytak.gen_cot(
        lat=6.54, lon=21.98, ce=5, hae=590, uid=MEDIC, stale=120, cot_type="a-f-G-U-C", callsign="MEDIC 2"
    )
    wanted = {"a-f-G-E-V-U-A", "a-f-G-I-X-H", "b-m-p-s-m", "b-t-f"}
    heard = asyncio.run(
        talked(open_house.port, [own, packet("nine_line")], lambda some: wanted <= kinds(some))
    )
    assert wanted <= kinds(heard)
    assert open_house.positions("MEDIC-2") == [(21.98, 6.54)]
    assert len(open_house.picture().casualties) == 3
    chat = next(one for one in heard if b'type="b-t-f"' in one).decode()
    assert "RECEIVED and stored" in chat
    assert f'to="{MEDIC}"' in chat


def test_pytak_in_protobuf_is_stored(open_house: House) -> None:
    own = pytak.gen_cot(
        lat=6.55, lon=21.97, ce=5, hae=590, uid=MEDIC, stale=120, cot_type="a-f-G-U-C", callsign="MEDIC 2"
    )
    asyncio.run(
        talked(open_house.port, [own], lambda _: open_house.positions("MEDIC-2") != [], protobuf=True)
    )
    assert open_house.positions("MEDIC-2") == [(21.97, 6.55)]


def test_takproto_carries_a_9_line_with_all_its_zmists_and_reads_what_we_write(open_house: House) -> None:
    client = Plain(open_house.port)
    client.send(bytes(takproto.xml2proto(here(MEDIC, "MEDIC 2"), TAKProtoVer.STREAM)))
    client.send(bytes(takproto.xml2proto(packet("nine_line"), TAKProtoVer.STREAM)))
    assert until(lambda: len(open_house.picture().casualties) == 3)
    [request] = open_house.picture().requests.values()
    assert request.missing == ()
    asked = fresh(
        f'<event version="2.0" uid="{MEDIC}" type="t-x-takp-q" time="" start="" stale="" how="m-g">'
        '<point lat="0" lon="0" hae="0" ce="9999999" le="9999999"/><detail><TakControl>'
        '<TakRequest version="1"/></TakControl></detail></event>'
    )
    client.send(asked)
    assert until(lambda: bool(client.seen("b-m-p-s-m")))
    frames: list[Any] = []
    for one in client.events:
        frame = takproto.parse_proto(bytearray(takproto.xml2proto(cot.write(one), TAKProtoVer.STREAM)))
        frames.append(frame.cotEvent)
    assert {frame.uid for frame in frames} >= {"casevac.m.vehicle.AMB-1", "casevac.m.facility.mtf-bria"}
    client.close()


def test_what_we_write_as_protobuf_takproto_reads(open_house: House) -> None:
    from tracker.dialects import tak  # noqa: PLC0415  (beside what it is compared with)

    told = cot.read(here(CHIEF, "CHIEF"))
    frame = takproto.parse_proto(bytearray(tak.streamed(tak.write(told))))
    assert frame.cotEvent.detail.contact.callsign == "CHIEF"
    assert frame.cotEvent.detail.track.speed == 1.4
    assert frame.cotEvent.sendTime == int(told.time.timestamp() * 1000)
    assert "uid" in frame.cotEvent.detail.xmlDetail
    meshed = takproto.parse_proto(bytearray(tak.meshed(tak.write(told))))
    assert meshed.cotEvent.uid == CHIEF
