"""TAK packets over Meshtastic: ports 78 (TAKPacketV2) and 72 (TAKPacket), as readings of ours; pure.

Port 78 is one byte, which names the dictionary of its compression or says that there is none, and the packet.
Field numbers: the project's published definitions (atak.proto), and its specification of port 78.
"""

from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b

import zstandard

from casevac.errors import BadMessage
from casevac.events import NineLineSent
from casevac.terms import EntryFlag
from tracker.dialects import atak, cot
from tracker.dialects.cot import Cot, Node
from tracker.dialects.frame import drawn
from tracker.dialects.protobuf import (
    BYTES,
    FIXED32,
    VARINT,
    Chunks,
    Numbers,
    fields,
    int32,
    repeated,
    sfixed32,
    sint32,
    tag,
    text,
    uint32,
)
from tracker.dialects.radio_mesh import Packet, Place, known_as, node_name, placed, spoken
from tracker.wire import FieldEvent, Message, Reading

_UNCOMPRESSED = 0xFF
_ZSTD = b"\x28\xb5\x2f\xfd"  # the head of every frame of zstd, which senders leave out
_MOST_BYTES, _WINDOW = 4096, 1 << 20  # of a packet unpacked; what its unpacking may take
_DICTIONARY = 0x3F  # the bits of the first byte that name it; the others are reserved, and ignored

_CALLSIGN, _UID, _OWN_CALLSIGN, _REMARKS = (tag(number, BYTES) for number in (3, 14, 15, 24))
_LAT, _LON = tag(6, FIXED32), tag(7, FIXED32)
_ALTITUDE, _SPEED, _COURSE, _BATTERY = (tag(number, VARINT) for number in (8, 9, 10, 11))
_MESSAGE = tag(1, BYTES)  # of a chat
_KIND = tag(1, VARINT)  # of an emergency
_EMERGENCIES = {1: "b-a-o-tbl", 2: "b-a-o-pan", 3: "b-a-o-opn", 4: "b-a-g", 5: "b-a-o-c"}
_CANCELLED = 6
_CHAT, _CASEVAC, _EMERGENCY = tag(31, BYTES), tag(38, BYTES), tag(39, BYTES)
_VARIANTS = {
    _CHAT: "tak_chat",
    tag(32, BYTES): "tak_aircraft",
    tag(33, BYTES): "tak_detail",
    tag(34, BYTES): "tak_shape",
    tag(35, BYTES): "tak_marker",
    tag(36, BYTES): "tak_range",
    tag(37, BYTES): "tak_route",
    _CASEVAC: "tak_casevac",
    _EMERGENCY: "tak_emergency",
    tag(40, BYTES): "tak_task",
    tag(41, BYTES): "tak_talk",
    tag(42, BYTES): "tak_room",
}

# Of a CasevacReport: where each number or text stands in ATAK's own names of them.
_COUNTS = {
    3: "litter",
    4: "ambulatory",
    8: "us_military",
    9: "us_civilian",
    10: "nonus_military",
    11: "nonus_civilian",
    12: "epw",
    13: "child",
    18: "urgent",
    19: "urgent_surgical",
    20: "priority",
    21: "routine",
    22: "convenience",
}
_PRECEDENCES = {1: "urgent", 2: "urgent_surgical", 3: "priority", 4: "routine", 5: "convenience"}
_TEXTS = {
    7: "zone_prot_marker",
    15: "freq",
    16: "title",
    17: "medline_remarks",
    23: "equipment_detail",
    24: "zone_protected_coord",
    25: "terrain_slope_dir",
    26: "terrain_other_detail",
    27: "marked_by",
    28: "obstacles",
    29: "winds_are_from",
    30: "friendlies",
    31: "enemy",
    32: "hlz_remarks",
}
_EQUIPMENT = ("equipment_none", "hoist", "extraction_equipment", "ventilator", "blood")
_TERRAIN = (
    "terrain_slope",
    "terrain_rough",
    "terrain_loose",
    "terrain_trees",
    "terrain_wires",
    "terrain_other",
)
_MIST = tag(33, BYTES)
_MIST_FIELDS = {1: "title", 2: "z", 3: "m", 4: "i", 5: "s", 6: "t"}


def read(packet: Packet, payload: bytes) -> list[Reading]:
    """A TAKPacketV2; raises BadMessage, also for one compressed with a dictionary that nobody gave us."""
    numbers, chunks = fields(_opened(packet, payload))
    variant = next((one for one in _VARIANTS if one in chunks), None)
    if variant is None:
        return [placed(packet, _place(numbers, chunks))]
    if variant == _CHAT and (words := text(fields(chunks[_CHAT])[1].get(_MESSAGE))):
        return [spoken(packet, words)]
    if variant == _CASEVAC:
        attributes, mists = medevac(chunks[_CASEVAC])
        rows = [Node("zMistsMap", {}, [Node("zMist", one, []) for one in mists])] if mists else []
        return _as_event(packet, chunks, atak.NINE_LINE, Node("_medevac_", attributes, rows))
    if variant == _EMERGENCY:
        told = fields(chunks[_EMERGENCY])[0].get(_KIND, 0)
        if told == _CANCELLED:
            who = text(chunks.get(_CALLSIGN)) or packet.device
            return [packet.entry(f"Emergency of {who} CANCELLED by its sender, confirm", EntryFlag.IMPORTANT)]
        kind = _EMERGENCIES.get(told, "b-a-o-c")
        return _as_event(packet, chunks, kind, Node("emergency", {}, []))
    return [packet.kept(_VARIANTS[variant], payload)]


def _as_event(packet: Packet, chunks: Chunks, kind: str, node: Node) -> list[Reading]:
    """The readings of the event of a TAK client that a packet stands for; copies come with other times."""
    at, callsign, remarks = packet.at(), text(chunks.get(_CALLSIGN)), text(chunks.get(_REMARKS))
    detail = [Node("contact", {"callsign": callsign}, [])] if callsign else []
    detail += [Node("remarks", {}, [], remarks)] if remarks else []
    one = Cot(
        uid=text(chunks.get(_UID)) or f"{node_name(packet.node)}-{packet.id}",
        type=kind,
        how="m-r",
        time=at,
        start=at,
        stale=at,
        lat=(sfixed32(chunks, _LAT) or 0) / 1e7,
        lon=(sfixed32(chunks, _LON) or 0) / 1e7,
        detail=[*detail, node],
    )
    topic = atak.topic(packet.speaker.name, known_as(packet.speaker, packet.node))
    told = Message(topic, cot.write(one), packet.message.received_at)
    return [_numbered(packet, said) for said in atak.read(told, packet.speaker)]


def _numbered(packet: Packet, said: Reading) -> Reading:
    """A 9-line has the packet's number; what its ZMISTs and an emergency tell is numbered by that alone."""
    if not isinstance(said, FieldEvent) or not isinstance(said.body, NineLineSent) or not packet.id:
        return said
    same = packet.same(b"nine line")
    return replace(said, n=drawn(same), digest=blake2b(same, digest_size=16).digest())


def _opened(packet: Packet, payload: bytes) -> bytes:
    if len(payload) < 2:
        raise BadMessage("TAK packet: cut short")
    if payload[0] == _UNCOMPRESSED:
        return payload[1:]
    number, speaker = payload[0] & _DICTIONARY, packet.speaker
    raw = speaker.enrolled.dictionaries.get((speaker.known.mission, number))
    if raw is None:
        raise BadMessage(
            f"TAK packet: compressed with dictionary {number}, which this mission has not;"
            f" run: casevac dialect dictionary {number} FILE"
        )
    frame = payload[1:] if payload.startswith(_ZSTD, 1) else _ZSTD + payload[1:]
    try:
        told = zstandard.get_frame_parameters(frame).content_size
        if _MOST_BYTES < told < zstandard.CONTENTSIZE_UNKNOWN:  # else so much memory would be taken at once
            raise BadMessage(f"TAK packet: unpacks to {told} bytes; {_MOST_BYTES} are enough")
        opener = zstandard.ZstdDecompressor(dict_data=_dictionary(raw), max_window_size=_WINDOW)
        return opener.decompress(frame, max_output_size=_MOST_BYTES)
    except zstandard.ZstdError as fault:
        raise BadMessage(f"TAK packet: not unpacked by dictionary {number} ({fault})") from fault


@lru_cache(maxsize=8)
def _dictionary(raw: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(raw)


def _place(numbers: Numbers, chunks: Chunks) -> Place:
    speed, course, altitude = numbers.get(_SPEED), numbers.get(_COURSE), numbers.get(_ALTITUDE)
    return Place(
        sfixed32(chunks, _LAT),
        sfixed32(chunks, _LON),
        altitude=None if altitude is None else sint32(altitude),
        kmph=None if speed is None else uint32(speed) * 0.036,  # from cm/s
        track=None if course is None else uint32(course),
        battery=uint32(numbers.get(_BATTERY, 0)) or None,
    )


def medevac(report: bytes) -> tuple[dict[str, str], list[dict[str, str]]]:
    """A CasevacReport as the attributes that ATAK writes of it, and those of its ZMISTs; raises BadMessage.

    A precedence of all patients, as older senders tell it, is told as the word for it.
    """
    numbers, chunks = fields(report)
    told = {
        name: text(chunks[key]) for number, name in _TEXTS.items() if (key := tag(number, BYTES)) in chunks
    }
    counts = {name: uint32(numbers.get(tag(number, VARINT), 0)) for number, name in _COUNTS.items()}
    word = _PRECEDENCES.get(numbers.get(tag(1, VARINT), 0))
    if word is not None:
        told["precedence"] = word
    told |= {name: str(count) for name, count in counts.items() if count}
    for number, names in ((2, _EQUIPMENT), (14, _TERRAIN)):
        bits = numbers.get(tag(number, VARINT), 0)
        told |= {name: "true" for place, name in enumerate(names) if bits >> place & 1}
    if "equipment_detail" in told:
        told["equipment_other"] = "true"
    for number, name in ((5, "security"), (6, "hlz_marking")):
        if value := numbers.get(tag(number, VARINT), 0):  # ATAK counts from 0, where 0 here is: not told
            told[name] = str(value - 1)
    return told, [_mist(one) for one in repeated(report, _MIST)]


def _mist(raw: bytes) -> dict[str, str]:
    _, chunks = fields(raw)
    return {
        name: text(chunks[key])
        for number, name in _MIST_FIELDS.items()
        if (key := tag(number, BYTES)) in chunks
    }


# --- port 72, older

_STATUS, _PLI, _FIRST_CHAT = tag(4, BYTES), tag(5, BYTES), tag(6, BYTES)
_FIRST_LAT, _FIRST_LON = tag(1, FIXED32), tag(2, FIXED32)
_FIRST_ALTITUDE, _FIRST_SPEED, _FIRST_COURSE, _FIRST_BATTERY = (
    tag(number, VARINT) for number in (3, 4, 5, 1)
)


def read_first(packet: Packet, payload: bytes) -> list[Reading]:
    """A TAKPacket: its place, whose numbers are never compressed; the rest is kept. Raises BadMessage."""
    _, chunks = fields(payload)
    if _PLI not in chunks:
        return [packet.kept("tak_chat" if _FIRST_CHAT in chunks else "tak_detail", payload)]
    numbers, place = fields(chunks[_PLI])
    status, _ = fields(chunks.get(_STATUS, b""))
    altitude, speed, course = (numbers.get(one) for one in (_FIRST_ALTITUDE, _FIRST_SPEED, _FIRST_COURSE))
    told = Place(
        sfixed32(place, _FIRST_LAT),
        sfixed32(place, _FIRST_LON),
        altitude=None if altitude is None else int32(altitude),
        kmph=None if speed is None else uint32(speed) * 3.6,  # from m/s
        track=None if course is None else uint32(course) * 100,  # from degrees
        battery=uint32(status.get(_FIRST_BATTERY, 0)) or None,
    )
    return [placed(packet, told)]
