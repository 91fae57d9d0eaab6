"""Decode rates of the dialects as JSON: python -m tests.bench.dialects [--only NAME,..]

Each row reads real messages of a thousand devices through the one door of ingest (`tracker.dialects.read`:
topic, enrolment, bytes to typed readings), in turn with what it costs to merely parse the same bytes
(`NAME_of_parsed`: our rate over that of msgspec, or of what fits; `NAME_of_loaded`: over that of json.loads).
Rates are of a core's own time, so that what else runs counts less.
Progress on standard error; the last line is {"bench": "dialects", "figures": {...}}.

A further dialect is a function that makes a `Row`, in `ROWS`.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import cbor2
import msgspec
from meshtastic.protobuf import mesh_pb2, mqtt_pb2, portnums_pb2
from takproto.proto import TakMessage

from casevac.enrolled import Enrolled
from casevac.mission import Enrolment
from casevac.shipped import shipped
from tests.bench import atak, cot_clients
from tracker import dialects
from tracker.dialects import cbor, cot, tak
from tracker.wire import Message, Report

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
PACKETS = Path(__file__).parents[1] / "packets"
DEVICES, MESSAGES, ROUNDS = 1000, 20_000, 7


@dataclass(frozen=True)
class Row:
    """One dialect: its messages, each of which is one position, who is enrolled, and a plain parser."""

    messages: Sequence[Message]
    enrolled: Enrolled
    plain: Callable[[bytes], object] = msgspec.json.decode


def places(count: int = MESSAGES) -> list[tuple[int, datetime, float, float]]:
    """Device, time, lon and lat of each message: a thousand devices on the move, a report each second."""
    return [
        (
            one % DEVICES,
            NOW - timedelta(seconds=(count - one) // DEVICES + 1),
            18.5 + one % 977 * 1e-4 + one * 1e-7,
            4.3 + one % 991 * 1e-4 + one * 1e-7,
        )
        for one in range(count)
    ]


def own_json() -> Row:
    """Our own dialect, numbered, as a device sends it."""
    messages = [
        Message(
            f"casevac/v1/d{device}/report",
            json.dumps(
                {
                    "epoch": 1, "n": n + 1, "at": _iso(at), "sent": _iso(at), "lon": round(lon, 7),
                    "lat": round(lat, 7), "speed": 13.9, "course": 271.5, "accuracy": 4.5, "battery": 81,
                }
            ).encode(),
            NOW,
        )
        for n, (device, at, lon, lat) in enumerate(places())
    ]  # fmt: skip
    return Row(messages, Enrolled({f"d{one}": Enrolment("m") for one in range(DEVICES)}))


def owntracks() -> Row:
    """Locations as the app sends them."""
    messages = [
        Message(
            f"owntracks/d{device}/phone",
            json.dumps(
                {
                    "_type": "location", "BSSID": "b4:f2:e8:1f:a4:1d", "acc": 8, "alt": 394, "batt": 87,
                    "bs": 1,
                    "cog": 271, "conn": "m", "created_at": int(at.timestamp()), "lat": round(lat, 6),
                    "lon": round(lon, 6), "m": 1, "t": "u", "tid": "am", "tst": int(at.timestamp()), "vac": 3,
                    "vel": 32,
                }
            ).encode(),
            NOW,
        )
        for device, at, lon, lat in places()
    ]  # fmt: skip
    known = {
        f"d{one}": Enrolment("m", dialect="owntracks", topics=(f"owntracks/d{one}/#",))
        for one in range(DEVICES)
    }
    return Row(messages, Enrolled(known))


def meshtastic() -> Row:
    """Positions of a thousand radio nodes through one gateway, as protobuf."""
    messages = [
        Message("msh/EU_868/2/e/LongFast/!a1b2c3d4", _envelope(n, *one), NOW)
        for n, one in enumerate(places())
    ]
    nodes = {f"{_NODE + one:08x}": f"d{one}" for one in range(DEVICES)}
    gateway = Enrolment("m", dialect="meshtastic", topics=("msh/+/2/+/+/!a1b2c3d4",), speaks_for=nodes)
    known = {"gw": gateway} | {one: Enrolment("m") for one in nodes.values()}
    return Row(messages, Enrolled(known), mqtt_pb2.ServiceEnvelope.FromString)


def _envelope(n: int, device: int, at: datetime, lon: float, lat: float) -> bytes:
    seconds = int(at.timestamp())
    place = mesh_pb2.Position(
        latitude_i=round(lat * 1e7), longitude_i=round(lon * 1e7), altitude=394, time=seconds,
        timestamp=seconds, PDOP=140, ground_speed=42, ground_track=27_130_000, sats_in_view=9,
        precision_bits=32, seq_number=n,
    )  # fmt: skip
    packet = mesh_pb2.MeshPacket(
        **{"from": _NODE + device, "to": 0xFFFFFFFF, "id": 77_000_000 + n, "channel": 8,
           "rx_time": seconds + 1, "rx_snr": 6.25, "rx_rssi": -97, "hop_limit": 3, "hop_start": 3},
    )  # fmt: skip
    packet.decoded.portnum = portnums_pb2.PortNum.POSITION_APP
    packet.decoded.payload = place.SerializeToString()
    envelope = mqtt_pb2.ServiceEnvelope(packet=packet, channel_id="LongFast", gateway_id="!a1b2c3d4")
    return envelope.SerializeToString()


_NODE = 0x7EFEEE00


def _behind_tak(payloads: Sequence[bytes], plain: Callable[[bytes], object]) -> Row:
    known = {f"d{one}": Enrolment("m") for one in range(DEVICES)}
    under = {f"ANDROID-{one:016x}": f"d{one}" for one in range(DEVICES)}
    known["tak"] = Enrolment("m", dialect="cot", topics=("cot/tak/#",), speaks_for=under)
    return Row([Message("cot/tak", one, NOW) for one in payloads], Enrolled(known), plain)


def cot_xml() -> Row:
    """Positions of a thousand ATAK devices as XML, behind one gateway."""
    return _behind_tak([cot.write(atak.position(*one)) for one in places()], ElementTree.fromstring)


def tak_protobuf() -> Row:
    """The same as TAK protobuf."""
    return _behind_tak([tak.write(atak.position(*one)) for one in places()], TakMessage.FromString)


def thin() -> Row:
    """Our own dialect in CBOR, fields by numbers."""
    row = own_json()
    short = [
        msgspec.structs.replace(one, payload=cbor.pack(msgspec.json.decode(one.payload)))
        for one in row.messages
    ]
    return Row(short, row.enrolled, cbor2.loads)


def mapped() -> Row:
    """ChirpStack uplinks as one network server sends them, by the shipped map: ten fields of 1.2 kB."""
    packet = json.loads((PACKETS / "mapped" / "chirpstack_up.json").read_text())["payload"]
    messages = []
    for n, (device, at, lon, lat) in enumerate(places()):
        eui = f"{device:016x}"
        packet["time"], packet["fCnt"], packet["deviceInfo"]["devEui"] = at.isoformat(), n, eui
        packet["object"] |= {"longitude": round(lon, 6), "latitude": round(lat, 6)}
        topic = f"application/{packet['deviceInfo']['applicationId']}/device/{eui}/event/up"
        messages.append(Message(topic, json.dumps(packet).encode(), NOW))
    names = {f"{one:016x}": f"d{one}" for one in range(DEVICES)}
    text = (shipped("gateways") / "chirpstack-v4.json").read_text()
    gateway = Enrolment(
        "m", dialect="mapped", topics=("application/+/device/+/event/up",), mapping=text, speaks_for=names
    )
    return Row(messages, Enrolled({"gw": gateway} | {one: Enrolment("m") for one in names.values()}))


ROWS: dict[str, Callable[[], Row]] = {
    "json": own_json,
    "cbor": thin,
    "owntracks": owntracks,
    "mapped": mapped,
    "meshtastic": meshtastic,
    "cot": cot_xml,
    "tak": tak_protobuf,
}
WHOLE: dict[str, Callable[[], dict[str, float]]] = {"clients": cot_clients.measured}
"""Figures of more than one process, by the name by which they are asked for."""


def measured(name: str, row: Row) -> dict[str, float]:
    """Messages a second through the door, and that over the rates of plain parsers."""
    parsers = {"parsed": row.plain} | ({"loaded": json.loads} if row.plain is msgspec.json.decode else {})
    rates: dict[str, list[float]] = {"": [], **{one: [] for one in parsers}}
    for _ in range(ROUNDS):
        began = time.thread_time()
        for message in row.messages:
            dialects.read(message, row.enrolled)
        rates[""].append(len(row.messages) / (time.thread_time() - began))
        for one, parse in parsers.items():
            began = time.thread_time()
            for message in row.messages:
                parse(message.payload)
            rates[one].append(len(row.messages) / (time.thread_time() - began))
    told = [said for one in row.messages[:100] for said in dialects.read(one, row.enrolled)]
    if sum(isinstance(one, Report) for one in told) != 100:
        raise SystemExit(f"{name}: not every message is a position: {told[:3]}")
    ours = rates.pop("")
    figures = {f"{name}_per_s": round(statistics.median(ours)), f"{name}_best_per_s": round(max(ours))}
    for one, plain in rates.items():
        ratio = statistics.median(mine / its for mine, its in zip(ours, plain, strict=True))
        figures[f"{name}_of_{one}"] = round(ratio, 4)
    sys.stderr.write(f"{name} {figures}\n")
    return figures


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def main() -> None:
    """Measure the rows asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default=",".join((*ROWS, *WHOLE)))
    figures: dict[str, float] = {}
    for name in parser.parse_args().only.split(","):
        figures |= WHOLE[name]() if name in WHOLE else measured(name, ROWS[name]())
    sys.stdout.write(json.dumps({"bench": "dialects", "figures": figures}) + "\n")


if __name__ == "__main__":
    main()
