"""Meshtastic over MQTT: what a gateway heard on the radio mesh, as protobuf or (old firmware) as JSON; pure.

Topics are `msh/REGION/2/{e|c|json}/CHANNEL/!GATEWAY`, the root of any length. Field numbers: the project's
published protobuf definitions (mesh.proto, mqtt.proto, telemetry.proto).
"""

from functools import lru_cache

from casevac.enrolled import Speaker
from casevac.errors import BadMessage
from tracker.dialects import meshtastic_json, tak_packet
from tracker.dialects.frame import Dialect
from tracker.dialects.protobuf import (
    BYTES,
    FIXED32,
    VARINT,
    fields,
    fixed32,
    int32,
    sfixed32,
    tag,
    text,
    uint32,
)
from tracker.dialects.radio_mesh import NAME, Packet, Place, charge, first_time, known_as, placed, spoken
from tracker.wire import Message, Reading

_MOST_BYTES = 4096  # of an envelope: a packet of the mesh is no larger than 256
_BINARY, _JSON = ("e", "c"), "json"
TEXT, POSITION, ALERT, TELEMETRY, ATAK, ATAK_V2 = 1, 3, 11, 67, 72, 78
_WORDS = (TEXT, ALERT)
PORTS = {
    TEXT: "text",
    2: "remote_hardware",
    POSITION: "position",
    4: "node_info",
    5: "routing",
    6: "admin",
    7: "text_compressed",
    8: "waypoint",
    9: "audio",
    10: "detection",
    ALERT: "alert",
    12: "key_verification",
    32: "reply",
    33: "ip_tunnel",
    34: "paxcounter",
    64: "serial",
    65: "store_forward",
    66: "range_test",
    TELEMETRY: "telemetry",
    70: "traceroute",
    71: "neighbours",
    ATAK: "atak",
    73: "map_report",
    ATAK_V2: "atak_v2",
    257: "atak_forwarder",
}
"""What a packet is about, by its port number; any other is `port_N`."""

_ENVELOPE_PACKET, _ENVELOPE_GATEWAY = tag(1, BYTES), tag(3, BYTES)
_FROM, _ID, _HEARD = tag(1, FIXED32), tag(6, FIXED32), tag(7, FIXED32)
_DECODED, _ENCRYPTED = tag(4, BYTES), tag(5, BYTES)
_PORT, _PAYLOAD = tag(1, VARINT), tag(2, BYTES)
_DEVICE_METRICS, _LEVEL = tag(2, BYTES), tag(1, VARINT)
_LAT, _LON, _TIME, _FIX_TIME = tag(1, FIXED32), tag(2, FIXED32), tag(4, FIXED32), tag(7, FIXED32)
_ALTITUDE, _PDOP, _HDOP, _ACCURACY_MM = (tag(number, VARINT) for number in (3, 11, 12, 14))
_SPEED, _TRACK, _BITS = (tag(number, VARINT) for number in (15, 16, 23))


def read(message: Message, speaker: Speaker) -> list[Reading]:
    """What a gateway published; raises BadMessage."""
    form, gateway, as_bytes = _form(message.topic)
    if form == _JSON:
        return meshtastic_json.read(message, speaker, gateway)
    if len(message.payload) > _MOST_BYTES:
        raise BadMessage(f"too large: an envelope has {_MOST_BYTES} bytes at most")
    _, envelope = fields(message.payload)
    wrapped = envelope.get(_ENVELOPE_PACKET)
    if wrapped is None:
        raise BadMessage("no envelope of a packet: is this topic a Meshtastic gateway's?")
    told_by = envelope.get(_ENVELOPE_GATEWAY)
    if told_by != as_bytes and text(told_by).lower() != gateway:
        raise BadMessage(f"gateway {text(told_by)[:20] or 'nobody'} on the topic of {gateway}")
    _, packet = fields(wrapped)
    return _packet(packet, message, speaker)


@lru_cache(maxsize=10_000)
def _form(topic: str) -> tuple[str, str, bytes]:
    """How a topic's payloads are written, and the id of the gateway that it names, as text and as bytes.
    Raises BadMessage."""
    parts = topic.split("/")
    if len(parts) < 5 or parts[-4] != "2" or parts[-3] not in (*_BINARY, _JSON) or parts[-1][:1] != "!":
        raise BadMessage("topic is not msh/REGION/2/e/CHANNEL/!GATEWAY, nor with json in place of e")
    gateway = parts[-1].lower()
    return parts[-3], gateway, gateway.encode()


def _packet(packet: dict[int, bytes], message: Message, speaker: Speaker) -> list[Reading]:
    node = fixed32(packet, _FROM)
    if not node:
        raise BadMessage("a packet from nobody")
    device = speaker.device(known_as(speaker, node))
    decoded = packet.get(_DECODED)
    if decoded is None:
        if _ENCRYPTED in packet:
            raise BadMessage("encrypted: let the gateway publish decrypted packets (MQTT module)")
        raise BadMessage("an empty packet")
    heard = Packet(node, fixed32(packet, _ID) or 0, fixed32(packet, _HEARD) or 0, message, speaker, device)
    numbers, chunks = fields(decoded)
    port = uint32(numbers.get(_PORT, 0))
    payload = chunks.get(_PAYLOAD, b"")
    if port == POSITION:
        return [placed(heard, position(payload))]
    if port == ATAK_V2:
        return tak_packet.read(heard, payload)
    if port in _WORDS and payload.strip():
        return [spoken(heard, text(payload), alert=port == ALERT)]
    if port == ATAK:
        return tak_packet.read_first(heard, payload)
    battery = _battery(payload) if port == TELEMETRY else None
    return [heard.kept(PORTS.get(port, f"port_{port}"), payload, battery)]


def _battery(payload: bytes) -> float | None:
    """Per cent, of a node's telemetry; None where it tells of something else."""
    _, chunks = fields(payload)
    level, _ = fields(chunks.get(_DEVICE_METRICS, b""))
    return charge(uint32(level.get(_LEVEL, 0)))


def position(payload: bytes) -> Place:
    """A Position; raises BadMessage."""
    numbers, chunks = fields(payload)
    altitude, speed, track = numbers.get(_ALTITUDE), numbers.get(_SPEED), numbers.get(_TRACK)
    return Place(
        sfixed32(chunks, _LAT),
        sfixed32(chunks, _LON),
        first_time(fixed32(chunks, _FIX_TIME), fixed32(chunks, _TIME)),
        None if altitude is None else int32(altitude),
        None if speed is None else uint32(speed),
        None if track is None else uint32(track),
        _accuracy(numbers) if _ACCURACY_MM in numbers else None,
        uint32(numbers.get(_BITS, 0)),
    )


def _accuracy(numbers: dict[int, int]) -> float:
    """Metres: the receiver's own constant (mm) times the dilution of the fix (1/100)."""
    dilution = numbers.get(_HDOP) or numbers.get(_PDOP) or 100
    return uint32(numbers[_ACCURACY_MM]) * uint32(dilution) / 100_000.0


DIALECT = Dialect(
    "Meshtastic: a gateway for radio nodes that are enrolled under it, by its node number",
    read,
    topics=("msh/+/2/+/+/!{name}",),
    gateway=True,
)
__all__ = ["DIALECT", "NAME", "PORTS", "position", "read"]
