"""What every form of Meshtastic shares: the packet off the air, its place in our units, its one number; pure.

A gateway only relays. The identity is the packet's `from`, and `from` with `id` tells a packet from another;
copies of it come through other gateways, each with a time of its own.
"""

import math
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from casevac.enrolled import Speaker
from casevac.errors import BadMessage
from casevac.events import WatchEntryMade
from casevac.events.shape import LONGEST_TEXT
from casevac.quality import BLURRED
from casevac.terms import EntryFlag
from tracker.dialects.frame import Told, drawn, instant, report
from tracker.wire import RELAYED, UNNUMBERED, FieldEvent, Kept, Message, Report

NAME = "meshtastic"
_SINCE, _UNTIL = 946_684_800, 4_102_444_800  # 2000 and 2100: what a radio's clock tells beyond is no time
_DEGREE_M = 111_320.0
_WHOLE = 32  # bits of a coordinate that was not made vague
_CENTIDEGREES = 36_000


class Packet(NamedTuple):
    """A packet as a gateway heard it; `heard`: by the gateway's clock, seconds since 1970, 0: it has none."""

    node: int
    id: int
    heard: int
    message: Message
    speaker: Speaker
    device: str

    def same(self, part: bytes = b"") -> bytes:
        """What is equal in every copy; a packet without an id is told by what it says."""
        return b"%d %d " % (self.node, self.id) + part

    def at(self) -> datetime:
        """When it was heard, for what tells no time of its own."""
        return instant(self.heard) if is_time(self.heard) else self.message.received_at

    def entry(self, words: str, flag: EntryFlag = EntryFlag.NOTE) -> FieldEvent:
        """Words for whoever has the watch, as an entry of the watch log: what no form of ours holds, a person
        is to read. Any node may write one: it decides nothing."""
        at = self.at()
        same = self.same(b"entry") if self.id else self.same(words.encode())
        return FieldEvent(
            mission=self.speaker.known.mission,
            device=self.device,
            epoch=UNNUMBERED,
            n=drawn(same),
            digest=blake2b(same, digest_size=16).digest(),
            body=WatchEntryMade(text=words[:LONGEST_TEXT], flag=flag),
            occurred_at=min(at, self.message.received_at),
            device_at=at,
            sent_at=None,
            received_at=self.message.received_at,
        )

    def kept(self, what: str, raw: bytes, battery: float | None = None) -> Kept:
        """Something to be kept as it came, under a word; not what the gateway wrapped it in, so once."""
        return Kept(self.speaker.known.mission, self.device, NAME, what, self.at(), raw, battery)


class Place(NamedTuple):
    """A place as radios tell it: 1e-7 degree, metres, seconds since 1970; None or 0 is what was not told.

    `kmph` is in km/h, `track` in 1/100 or 1e-5 degree, `accuracy` in metres, `bits` how many bits of the
    coordinates are true.
    """

    lat_i: int | None
    lon_i: int | None
    time: int = 0
    altitude: float | None = None
    kmph: float | None = None
    track: int | None = None
    accuracy: float | None = None
    bits: int = 0
    battery: float | None = None


@lru_cache(maxsize=10_000)
def node_name(number: int) -> str:
    """A node's id, as its own project writes it but for the ! before it, which a shell takes for its own."""
    return f"{number:08x}"


def known_as(speaker: Speaker, number: int) -> str:
    """What a gateway calls a node: people enrol it with or without the !."""
    name = node_name(number)
    return name if name in speaker.known.speaks_for else _marked(speaker, name)


def _marked(speaker: Speaker, name: str) -> str:
    return f"!{name}" if f"!{name}" in speaker.known.speaks_for else name


def first_time(fix: int | None, sent: int | None) -> int:
    """The time of a fix, else that of the packet; 0 where neither is one."""
    return fix if fix is not None and is_time(fix) else sent if sent is not None and is_time(sent) else 0


def is_time(seconds: int) -> bool:
    """False for what a radio tells that has no clock."""
    return _SINCE <= seconds <= _UNTIL


def placed(packet: Packet, place: Place) -> Report:
    """A place as a reading; raises BadMessage when there is none."""
    lat_i, lon_i = place.lat_i, place.lon_i
    if lat_i is None or lon_i is None or not (lat_i or lon_i):
        raise BadMessage("a position without coordinates: the node has no fix")
    if -90 <= lat_i <= 90 and -180 <= lon_i <= 180:  # within 2 cm of where the equator meets Greenwich
        raise BadMessage(f"latitude_i {lat_i}, longitude_i {lon_i}: these are degrees, not 1e-7 degree")
    timed = is_time(place.time)
    accuracy: float | None = place.accuracy
    flags: tuple[str, ...] = ()
    if 0 < place.bits < _WHOLE:
        accuracy, flags = max(accuracy or 0.0, blur_m(place.bits, lat_i)), (BLURRED,)
    # Copies of a packet that tells no time differ in it: only its number says that they are one.
    epoch = UNNUMBERED if timed or not packet.id else RELAYED
    told = Told(
        at=instant(place.time) if timed else packet.at(),
        lon=lon_i / 1e7,
        lat=lat_i / 1e7,
        altitude=place.altitude,
        accuracy=accuracy,
        speed=None if place.kmph is None else place.kmph / 3.6,
        course=None if place.track is None else course(place.track),
        battery=place.battery,
        flags=flags,
        epoch=epoch,
    )
    same = packet.same() if packet.id else packet.same(b"%d %d %d" % (lat_i, lon_i, place.time))
    return report(packet.speaker, packet.device, packet.message, told, same)


def spoken(packet: Packet, words: str, *, alert: bool = False) -> FieldEvent:
    """What somebody typed, as an entry of the watch log."""
    if alert:
        return packet.entry(f"ALERT by radio: {words}", EntryFlag.URGENT)
    return packet.entry(f"By radio: {words}")


def charge(level: int) -> float | None:
    """Per cent of a battery as radios tell it: above 100 is a node on mains power; 0 is not told."""
    return float(min(level, 100)) if level > 0 else None


def blur_m(bits: int, lat_i: int) -> float:
    """How far the true place is at most, metres, when only so many bits of its coordinates are true: half the
    diagonal of the cell whose middle was told."""
    half = (1 << (_WHOLE - 1 - bits)) * 1e-7 * _DEGREE_M
    return half * math.hypot(1.0, math.cos(math.radians(lat_i * 1e-7)))


def course(track: int) -> float:
    """Degrees: firmware writes 1e-5 degree where its documentation says 1/100, and other senders that."""
    return track / 100_000.0 if track > _CENTIDEGREES else track / 100.0
