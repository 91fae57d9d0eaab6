"""The TAK protocol, version 1: the same events as protobuf, and the frames of its streams; pure.

The messages are those of the published package `takproto`. What they have no field for travels inside as XML.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

from google.protobuf.message import DecodeError
from takproto.proto import TakMessage

from casevac.errors import BadMessage
from tracker.dialects import cot
from tracker.dialects.cot import LARGEST, UNKNOWN_FROM, Cot, Node

Proto: TypeAlias = Any  # messages of the package have no types
MAGIC = 0xBF
MESH = b"\xbf\x01\xbf"
_START = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_MS, _MOST_MS = 946_684_800_000, 4_102_444_800_000  # 2000 and 2100
_TAG = re.compile(r"<([^\s<>/!?]+)")
_ENDS = (b"</event>", b"</auth>")


class Taken(Cot, kw_only=True):
    """An event out of a TakMessage; its detail becomes elements when somebody asks for it."""

    wire: Proto  # the Detail, whose xmlDetail holds what has no field

    def child(self, tag: str) -> Node | None:
        """The first element of this name in the detail."""
        field = _BY_TAG.get(tag)
        if field is None or self.wire.xmlDetail:
            return next((one for one in self.whole().detail if one.tag == tag), None)
        return _part(field[0], getattr(self.wire, field[0])) if self.wire.HasField(field[0]) else None

    def figure(self, tag: str, attribute: str) -> float | None:
        """A number of the detail; None where it is not told, which for a field is 0 too."""
        field, names = _BY_TAG.get(tag, ("", frozenset()))
        if attribute in names and f"<{tag}" not in self.wire.xmlDetail:
            return getattr(getattr(self.wire, field), attribute) or None
        return super().figure(tag, attribute)

    def tags(self) -> set[str]:
        """The names of the elements in the detail, and of those inside them; its XML is not read for it."""
        return set(_TAG.findall(self.wire.xmlDetail)) if self.wire.xmlDetail else set()

    def holds(self, word: str) -> bool:
        """True when an element of this name is in the detail; its XML is read only where that may be."""
        if word in _BY_TAG or f"<{word}" in self.wire.xmlDetail:
            return self.child(word) is not None
        return False

    def whole(self) -> "Taken":
        """The event with every element of its detail; raises BadMessage when its XML cannot be read."""
        if not self.detail:
            rest = self.wire.xmlDetail
            found = cot.tree(f"<detail>{rest}</detail>".encode()).children if rest else []
            have = {one.tag for one in found}
            parts = (_part(field.name, value) for field, value in self.wire.ListFields())
            self.detail = [*found, *(part for part in parts if part is not None and part.tag not in have)]
        return self


def read(payload: bytes) -> Cot:
    """The event of a TakMessage; raises BadMessage in words."""
    return event(message(payload))


def message(payload: bytes) -> Proto:
    """A TakMessage; raises BadMessage for what is none."""
    if len(payload) > LARGEST:
        raise BadMessage(f"too large: {len(payload)} bytes, an event may have {LARGEST}")
    found = TakMessage()
    try:
        found.ParseFromString(payload)
    except (DecodeError, UnicodeError, ValueError) as fault:
        raise BadMessage("no TAK protobuf: it cannot be read as a TakMessage") from fault
    if not (found.HasField("cotEvent") or found.HasField("takControl")):
        raise BadMessage("no TAK protobuf: it holds neither an event nor a control message")
    return found


def event(found: Proto) -> Cot:
    """The event of a TakMessage that was read; raises BadMessage naming what is missing or wrong."""
    if not found.HasField("cotEvent"):
        raise BadMessage("a TAK control message holds no event")
    told = found.cotEvent
    uid, kind = told.uid, told.type
    if not uid or not kind:
        raise BadMessage(f"{'type' if uid else 'uid'} is missing")
    if len(uid) > 200 or len(kind) > 200:
        raise BadMessage("uid or type is too long; 200 characters are enough")
    sent, start, stale = told.sendTime, told.startTime, told.staleTime
    at = _moment(sent, "sendTime")
    return Taken(
        uid=uid,
        type=kind,
        how=told.how,
        time=at,
        start=at if start == sent else _moment(start, "startTime"),
        stale=at if stale == sent else _moment(stale, "staleTime"),
        lat=cot.degrees(told.lat, "lat", 90.0),
        lon=cot.degrees(told.lon, "lon", 180.0),
        hae=cot.metres(told.hae, "hae"),
        ce=cot.metres(told.ce, "ce"),
        le=cot.metres(told.le, "le"),
        access=told.access,
        qos=told.qos,
        opex=told.opex,
        wire=told.detail,
    )


def _moment(ms: int, name: str) -> datetime:
    if not _LEAST_MS <= ms <= _MOST_MS:
        raise BadMessage(f"{name} {ms} is no time in milliseconds since 1970, from 2000 to 2100")
    return datetime.fromtimestamp(ms / 1000, UTC)


def _part(field: str, part: Proto) -> Node | None:
    """A typed part of the detail as the element it stands for."""
    tag = _TAGS.get(field)
    if tag is None:
        return None
    return Node(tag, {told.name: str(value) for told, value in part.ListFields()}, [])


_TYPED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("contact", "contact", ("endpoint", "callsign")),
    ("group", "__group", ("name", "role")),
    ("precisionLocation", "precisionlocation", ("geopointsrc", "altsrc")),
    ("status", "status", ("battery",)),
    ("takv", "takv", ("device", "platform", "os", "version")),
    ("track", "track", ("speed", "course")),
)
_TAGS = {field: tag for field, tag, _ in _TYPED}
_BY_TAG = {tag: (field, frozenset(names)) for field, tag, names in _TYPED}
_NUMBERS = {"battery": int, "speed": float, "course": float}


# --- writing


def write(one: Cot) -> bytes:
    """The event as a TakMessage, without a frame."""
    made = TakMessage()
    told = made.cotEvent
    told.type, told.uid, told.how = one.type, one.uid, one.how
    told.access, told.qos, told.opex = one.access, one.qos, one.opex
    told.sendTime, told.startTime, told.staleTime = map(_ms, (one.time, one.start, one.stale))
    told.lat, told.lon = one.lat, one.lon
    told.hae, told.ce, told.le = (
        UNKNOWN_FROM if value is None else value for value in (one.hae, one.ce, one.le)
    )
    told.detail.xmlDetail = "".join(
        cot.element(node) for node in one.whole().detail if not _typed(told.detail, node)
    )
    written: bytes = made.SerializeToString()
    return written


def _typed(detail: Proto, node: Node) -> bool:
    """Put a node into its own field; False when it has none, or tells more than its field holds."""
    field, names = _BY_TAG.get(node.tag, ("", frozenset[str]()))
    if not field or node.children or node.text or not node.attributes.keys() <= names:
        return False
    part = getattr(detail, field)
    for name, value in node.attributes.items():
        setattr(part, name, _NUMBERS.get(name, str)(value))
    return True


def _ms(at: datetime) -> int:
    return int((at - _START) / timedelta(milliseconds=1))


# --- frames


def streamed(payload: bytes) -> bytes:
    """A message as a stream has it: the mark, its length, itself."""
    return bytes((MAGIC,)) + varint(len(payload)) + payload


def meshed(payload: bytes) -> bytes:
    """A message as a datagram of a mesh has it."""
    return MESH + payload


def unmeshed(datagram: bytes) -> bytes:
    """The message of a datagram; raises BadMessage for another version or no frame."""
    if not datagram.startswith(b"\xbf"):
        raise BadMessage("no TAK datagram: it does not begin with 0xbf")
    length, version = _varint(datagram, 1)
    if length == 0 or datagram[1 + length : 2 + length] != b"\xbf":
        raise BadMessage("no TAK datagram: its head is broken")
    if version != 1:
        raise BadMessage(f"TAK protocol version {version} is not known; 1 is")
    return datagram[2 + length :]


def varint(value: int) -> bytes:
    """An unsigned number as protobuf writes it."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def _varint(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """How many bytes the number at a place has (0: not all there yet), and the number."""
    value = 0
    for index in range(10):
        if at + index >= len(data):
            return 0, 0
        value |= (data[at + index] & 0x7F) << 7 * index
        if data[at + index] < 0x80:
            return index + 1, value
    raise BadMessage("no TAK stream: a length has more than ten bytes")


class Frame(NamedTuple):
    """One event as it came over a stream: XML, or a TakMessage."""

    payload: bytes
    protobuf: bool

    def read(self) -> Cot:
        """The event; raises BadMessage."""
        return read(self.payload) if self.protobuf else cot.read(self.payload)


class Frames:
    """Cuts a stream into events, each in whichever of the two forms it comes; holds what is not whole yet."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._looked = 0  # so far no end of an XML event was found

    def feed(self, data: bytes) -> list[Frame]:
        """The events that are whole now; raises BadMessage for a stream that cannot be followed on."""
        self._held += data
        found: list[Frame] = []
        while (one := self._next()) is not None:
            found.append(one)
        if len(self._held) > LARGEST:
            raise BadMessage(f"too large: an event of more than {LARGEST} bytes")
        return found

    @property
    def held(self) -> bytes:
        """The beginning of what is not whole yet."""
        return bytes(self._held[:1000])

    def _next(self) -> Frame | None:
        held = self._held
        if not self._looked:
            blank = len(held) - len(held.lstrip())
            if blank:
                del held[:blank]
        if not held:
            return None
        return self._protobuf() if held[0] == MAGIC else self._xml()

    def _protobuf(self) -> Frame | None:
        size, length = _varint(self._held, 1)
        if size == 0:
            return None
        if length > LARGEST:
            raise BadMessage(f"too large: an event of {length} bytes, it may have {LARGEST}")
        if length == 1 and self._held[2:3] == b"\xbf":
            raise BadMessage("frames of a mesh on a stream: send 0xbf, the length, and then the message")
        if len(self._held) < 1 + size + length:
            return None
        payload = bytes(self._held[1 + size : 1 + size + length])
        del self._held[: 1 + size + length]
        return Frame(payload, True)

    def _xml(self) -> Frame | None:
        if self._held[0] != ord("<"):
            raise BadMessage("no TAK stream: an event begins with < or 0xbf")
        ends = [at + len(end) for end in _ENDS if (at := self._held.find(end, max(0, self._looked - 8))) >= 0]
        if not ends:
            self._looked = len(self._held)
            return None
        self._looked = 0
        payload = bytes(self._held[: min(ends)])
        del self._held[: min(ends)]
        return Frame(payload, False)
