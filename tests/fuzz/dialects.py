"""The decoders of every dialect that is not ours, and of files that tools replay; as tests.fuzz.decoders."""

import json
import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

from casevac.enrolled import Enrolled
from casevac.errors import BadFile, BadMessage
from casevac.mission import Enrolment
from casevac.shipped import shipped
from tests.fuzz.promises import NOW, keepable
from tracker import dialects, nmea
from tracker.dialects import cot, mapped, mapping, medevac, protobuf, tak
from tracker.dialects.protobuf import BYTES, FIXED32, VARINT, tag
from tracker.follow import gpx_way
from tracker.wire import Message

Decoder = Callable[[bytes], None]
_GATEWAY, _NODE, _HEARD = "!a1b2c3d4", 0x7EFEEE00, 1_795_323_558
_MAPS = {path.stem: path.read_text() for path in sorted(shipped("gateways").glob("*.json"))}
ENROLLED = Enrolled(
    {
        "dev": Enrolment("m"),
        "phone": Enrolment("m", dialect="owntracks", topics=("owntracks/phone/#",)),
        "gw": Enrolment(
            "m", dialect="meshtastic", topics=(f"msh/+/2/+/+/{_GATEWAY}",), speaks_for={f"{_NODE:08x}": "dev"}
        ),
        "tak": Enrolment("m", dialect="cot", topics=("cot/tak/#",)),
    }
)
ENROLLED.dictionaries = {("m", 0): b"two urgent litter patients, smoke on approach" * 20}
TOPICS = {
    "owntracks": "owntracks/phone/nexus",
    "meshtastic": f"msh/EU_868/2/e/LongFast/{_GATEWAY}",
    "meshtastic_json": f"msh/EU_868/2/json/LongFast/{_GATEWAY}",
    "cot": "cot/tak/uid/-",
    "cbor_report": "casevac/v1/dev/report",
    "cbor_event": "casevac/v1/dev/event",
}
"""Decoder to the topic on which its bytes come."""


def _door(topic: str) -> Decoder:
    """What one message says, by the one door of all dialects."""

    def decode(raw: bytes) -> None:
        for said in dialects.read(Message(topic, raw, NOW), ENROLLED):
            keepable(said)

    return decode


# --- radio packets: what is around them right, what is within them any bytes


def _field(number: int, value: int | bytes) -> bytes:
    """A field as protobuf writes it: numbers as varints, bytes with their length."""
    if isinstance(value, int):
        return tak.varint(tag(number, VARINT)) + tak.varint(value)
    return tak.varint(tag(number, BYTES)) + tak.varint(len(value)) + value


def _fixed(number: int, value: int) -> bytes:
    return tak.varint(tag(number, FIXED32)) + (value & 0xFFFF_FFFF).to_bytes(4, "little")


def _wrapped(port: int, payload: bytes, number: int = 7, heard: int = _HEARD) -> bytes:
    data = _field(1, port) + _field(2, payload)
    packet = _fixed(1, _NODE) + _field(4, data) + _fixed(6, number) + _fixed(7, heard)
    return _field(1, packet) + _field(3, _GATEWAY.encode())


def _port(port: int, head: bytes = b"") -> Decoder:
    read = _door(TOPICS["meshtastic"])
    return lambda raw: read(_wrapped(port, head + raw))


def _position(raw: bytes) -> None:
    """A position of chosen numbers."""
    chosen = atheris.FuzzedDataProvider(raw)
    fixed = {number: chosen.ConsumeUInt(4) for number in (1, 2, 4, 7) if chosen.ConsumeBool()}
    more = {number: chosen.ConsumeUInt(8) for number in (3, 11, 12, 14, 15, 16, 23) if chosen.ConsumeBool()}
    told = b"".join(_fixed(*one) for one in fixed.items()) + b"".join(_field(*one) for one in more.items())
    _door(TOPICS["meshtastic"])(_wrapped(3, told, chosen.ConsumeUInt(4), chosen.ConsumeUInt(4)))


def _casevac(raw: bytes) -> None:
    """A 9-line of chosen numbers and texts, in a TAK packet."""
    chosen = atheris.FuzzedDataProvider(raw)
    numbers = {number: chosen.ConsumeUInt(4) for number in (*range(1, 7), *range(8, 15), *range(18, 23))}
    texts = {number: chosen.ConsumeBytes(12) for number in (7, *range(15, 18), *range(23, 33))}
    mists = [chosen.ConsumeBytes(20) for _ in range(chosen.ConsumeIntInRange(0, 3))]
    report = b"".join(_field(*one) for one in (*numbers.items(), *texts.items()) if chosen.ConsumeBool())
    report += b"".join(_field(33, one) for one in mists)
    packet = _fixed(6, chosen.ConsumeInt(4)) + _fixed(7, chosen.ConsumeInt(4)) + _field(38, report)
    _door(TOPICS["meshtastic"])(_wrapped(78, b"\xff" + packet + _field(14, chosen.ConsumeBytes(8))))


def _fields(raw: bytes) -> None:
    """Every field of any bytes, and what is repeated of them."""
    with suppress(BadMessage):
        _, chunks = protobuf.fields(raw)
        for key in chunks:
            assert protobuf.repeated(raw, key)[-1] == chunks[key]


# --- TAK clients


def _in_detail(raw: bytes) -> None:
    """An event with any bytes in its detail."""
    head = b'<event version="2.0" uid="u" type="b-r-f-h-c" time="2026-11-22T04:59:00Z"'
    head += b' start="2026-11-22T04:59:00Z" stale="2026-11-22T05:00:00Z" how="m-g">'
    _door(TOPICS["cot"])(
        head + b'<point lat="4" lon="18" hae="1" ce="1" le="1"/><detail>' + raw + b"</detail></event>"
    )


def _stream(raw: bytes) -> None:
    """What comes over a stream, in three reads: an event at a time, or the end of it in words."""
    frames = tak.Frames()
    third = len(raw) // 3 + 1
    with suppress(BadMessage):
        for place in range(0, len(raw), third):
            for frame in frames.feed(raw[place : place + third]):
                with suppress(BadMessage):
                    frame.read()


def _xml(raw: bytes) -> None:
    """An event that is read is written so that it is read as the same."""
    with suppress(BadMessage):
        one = cot.read(raw)
        again = cot.read(cot.write(one))
        assert (again.uid, again.type) == (one.uid, one.type)


_ATTRIBUTES = (
    *medevac.COUNTS, *medevac.EQUIPMENT, *medevac.PATIENTS, "litter", "ambulatory", "security", "hlz_marking",
    "hlz_other", "precedence", "terrain_slope", "terrain_slope_dir", "terrain_other", "terrain_other_detail",
    "medline_remarks", "freq", "title", "equipment_none", "equipment_detail", "Title", "unknown",
)  # fmt: skip


def _medevac(raw: bytes) -> None:
    """A 9-line of chosen attributes: through XML, as a client sends it."""
    chosen = atheris.FuzzedDataProvider(raw)
    told = {name: _text(chosen) for name in _ATTRIBUTES if chosen.ConsumeProbability() < 0.4}
    rows = [
        {name: _text(chosen) for name in ("title", "z", "m", "i", "s", "t") if chosen.ConsumeBool()}
        for _ in range(chosen.ConsumeIntInRange(0, 4))
    ]
    nodes = [cot.Node("zMist", one, []) for one in rows]
    detail = cot.element(cot.Node("_medevac_", told, [cot.Node("zMistsMap", {}, nodes)]))
    _in_detail(detail.encode("utf-8", "replace"))


def _text(chosen: "atheris.FuzzedDataProvider") -> str:
    if chosen.ConsumeBool():
        return chosen.PickValueInList(
            ["true", "false", "1", "2", "99999", "-1", "A", "ZMIST2", "\x00", "ZGDF-7KWT"]
        )
    return chosen.ConsumeUnicodeNoSurrogates(12)


# --- maps, and files of tools


def _mapped(name: str) -> Decoder:
    one = mapping.read_map(_MAPS[name])

    def decode(raw: bytes) -> None:
        for said in dialects.tried(one, raw, None, NOW):
            keepable(said)

    return decode


def _map(raw: bytes) -> None:
    """Any bytes as a map; what is one reads the packet of a gateway."""
    with suppress(BadMessage):
        one = mapping.read_map(raw)
        mapped.reader(mapping.written(one))
        for seed in SEEDS["mapped_chirpstack-v4"]:
            for said in dialects.tried(one, seed, None, NOW):
                keepable(said)


def _gpx(raw: bytes) -> None:
    with suppress(BadFile):
        for seconds, lon, lat in gpx_way(raw.decode("utf-8", "replace")):
            assert math.isfinite(seconds)
            assert -180 <= lon <= 180
            assert -90 <= lat <= 90


def _nmea(raw: bytes) -> None:
    for one in nmea.read(raw.decode("latin-1").splitlines()).fixes:
        assert -180 <= one.lon <= 180
        assert -90 <= one.lat <= 90
        assert one.at.tzinfo is not None


DECODERS: dict[str, Decoder] = {
    **{name: _door(topic) for name, topic in TOPICS.items()},
    **{f"mapped_{name}": _mapped(name) for name in _MAPS},
    "mesh_position": _position,
    "mesh_position_bytes": _port(3),
    "mesh_telemetry": _port(67),
    "mesh_text": _port(1),
    "mesh_tak": _port(78, b"\xff"),
    "mesh_tak_packed": _port(78, b"\x00"),
    "mesh_tak_older": _port(72),
    "mesh_casevac": _casevac,
    "protobuf": _fields,
    "cot_detail": _in_detail,
    "cot_xml": _xml,
    "cot_medevac": _medevac,
    "tak_stream": _stream,
    "map": _map,
    "gpx": _gpx,
    "nmea": _nmea,
}


def _packets(folder: str) -> list[bytes]:
    """The captured packets of a dialect."""
    found = []
    for path in sorted((Path(__file__).parents[1] / "packets" / folder).glob("*.json")):
        packet = json.loads(path.read_text())
        if "hex" in packet:
            found.append(bytes.fromhex(packet["hex"]))
        else:
            found.append((packet.get("text") or json.dumps(packet["payload"])).encode())
    return found


def _inner(port: int) -> list[bytes]:
    """What captured envelopes have on a port."""
    found = []
    for raw in _packets("meshtastic"):
        with suppress(BadMessage, KeyError):
            packet = protobuf.fields(protobuf.fields(raw)[1][tag(1, BYTES)])[1]
            numbers, chunks = protobuf.fields(packet[tag(4, BYTES)])
            if numbers[tag(1, VARINT)] == port:
                found.append(chunks[tag(2, BYTES)])
    return found


SEEDS: dict[str, list[bytes]] = {
    "owntracks": _packets("owntracks"),
    "meshtastic": [one for one in _packets("meshtastic") if one[:1] != b"{"],
    "meshtastic_json": [one for one in _packets("meshtastic") if one[:1] == b"{"],
    "mesh_position_bytes": _inner(3),
    "mesh_telemetry": _inner(67),
    "mesh_tak": [one[1:] for one in _inner(78) if one[:1] == b"\xff"],
    "mesh_tak_older": _inner(72),
    "protobuf": _packets("meshtastic")[:3],
    "cot": _packets("cot"),
    "cot_xml": [one for one in _packets("cot") if one[:1] == b"<"],
    "cot_detail": [
        b'<_medevac_ litter="2" urgent="1"><zMistsMap><zMist title="ZMIST1" z="B1"/></zMistsMap></_medevac_>'
    ],
    "tak_stream": _packets("cot"),
    "cbor_report": [one for one in _packets("casevac") if one[:1] != b"{"],
    "cbor_event": [one for one in _packets("casevac") if one[:1] != b"{"],
    **{f"mapped_{name}": _packets("mapped") for name in _MAPS},
    "map": [text.encode() for text in _MAPS.values()],
    "gpx": [
        b'<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
        b'<trkpt lat="4.36" lon="18.55"><time>2026-01-01T00:00:00Z</time></trkpt>'
        b'<trkpt lat="4.37" lon="18.56"><time>2026-01-01T00:00:10</time></trkpt></trkseg></trk></gpx>'
    ],
    "nmea": [
        b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\n"
        b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\n"
    ],
}
