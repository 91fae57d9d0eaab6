"""Meshtastic as JSON, which its firmware wrote until version 2.8, ids as signed numbers until 2.2; pure."""

from typing import Annotated

import msgspec
from msgspec import Meta

from casevac.enrolled import Speaker
from casevac.errors import BadMessage
from tracker.dialects.radio_mesh import Packet, Place, charge, first_time, known_as, placed, spoken
from tracker.wire import Message, Reading

_WORD = Annotated[int, Meta(ge=-(2**31), lt=2**32)]  # unsigned, but as signed from old firmware
_COUNT = Annotated[int, Meta(ge=0, lt=2**32)]


class Told(msgspec.Struct, frozen=True, gc=False, rename={"from_": "from"}):
    """What stands around every payload."""

    from_: _WORD
    type: str
    id: _WORD = 0
    sender: str = ""
    timestamp: _COUNT = 0
    payload: msgspec.Raw = msgspec.Raw(b"")


class PositionTold(msgspec.Struct, frozen=True, gc=False):
    """A position: coordinates in 1e-7 degree, never in degrees; what is 0 is left out."""

    latitude_i: int | None = None
    longitude_i: int | None = None
    altitude: float | None = None
    time: _COUNT = 0
    timestamp: _COUNT = 0
    ground_speed: _COUNT | None = None
    ground_track: _COUNT | None = None
    precision_bits: _COUNT = 0


class MetricsTold(msgspec.Struct, frozen=True, gc=False):
    """A node's state: what is 0 is left out."""

    battery_level: _COUNT = 0


_metrics = msgspec.json.Decoder(MetricsTold)
_texts = msgspec.json.Decoder(dict[str, object])
_envelopes = msgspec.json.Decoder(Told)
_positions = msgspec.json.Decoder(PositionTold)
KINDS = {
    "position": "position",
    "nodeinfo": "node_info",
    "telemetry": "telemetry",
    "text": "text",
    "waypoint": "waypoint",
    "neighborinfo": "neighbours",
    "traceroute": "traceroute",
    "detection": "detection",
    "paxcounter": "paxcounter",
    "remotehw": "remote_hardware",
}
"""What a packet is about, in the words of the protobuf form."""


def read(message: Message, speaker: Speaker, gateway: str) -> list[Reading]:
    """What a gateway published; raises BadMessage or what msgspec raises."""
    told = _envelopes.decode(message.payload)
    if told.sender.lower() != gateway:
        raise BadMessage(f"gateway {told.sender[:20] or 'nobody'} on the topic of {gateway}")
    node = told.from_ & 0xFFFF_FFFF
    if not node:
        raise BadMessage("a packet from nobody")
    device = speaker.device(known_as(speaker, node))
    packet = Packet(node, told.id & 0xFFFF_FFFF, told.timestamp, message, speaker, device)
    if not told.type:
        raise BadMessage("encrypted, or of a kind that this firmware does not write as JSON")
    if told.type == "text" and (words := _words(told.payload)):
        return [spoken(packet, words)]
    if told.type != "position":
        battery = _metrics.decode(told.payload).battery_level if told.type == "telemetry" else 0
        what = KINDS.get(told.type, _named(told.type))
        return [packet.kept(what, bytes(told.payload), charge(battery))]
    return [placed(packet, _place(_positions.decode(told.payload)))]


def _words(payload: msgspec.Raw) -> str:
    """What somebody typed: under `text`, or, when it looked like JSON, in its place."""
    raw = bytes(payload)
    typed = _texts.decode(raw).get("text") if raw.startswith(b"{") else None
    words = typed if isinstance(typed, str) else raw.decode("utf-8", "replace")
    return words.replace("\x00", "\ufffd").strip()


def _named(kind: str) -> str:
    return "".join(letter for letter in kind[:40] if letter.isalnum() or letter == "_") or "unnamed"


def _place(told: PositionTold) -> Place:
    for name in ("latitude_i", "longitude_i"):
        value = getattr(told, name)
        if value is not None and not -(2**31) <= value < 2**31:
            raise BadMessage(f"{name}: 1e-7 degree in 32 bits, not {value}")
    return Place(
        told.latitude_i,
        told.longitude_i,
        first_time(told.timestamp, told.time),
        told.altitude,
        told.ground_speed,
        told.ground_track,
        None,
        told.precision_bits,
    )
