"""MQTT 3.1.1 and 5 in bytes, as far as a load generator needs it; shares nothing with the product.

Packets are made whole; `Reader` takes whatever a socket gives and returns whole packets, with the
acknowledgements of our own publications only counted.
"""

import struct
from collections.abc import Iterable, Sequence

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP, DISCONNECT = 0x20, 0x30, 0x40, 0x90, 0xD0, 0xE0
PINGREQ_PACKET, DISCONNECT_PACKET = b"\xc0\x00", b"\xe0\x00"
V311, V5 = 4, 5
_CLEAN, _PASSWORD, _USER = 0x02, 0x40, 0x80


def length(value: int) -> bytes:
    """A remaining length: seven bits a byte, the lowest first."""
    out = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def text(value: str) -> bytes:
    """UTF-8 with its length in two bytes before it."""
    raw = value.encode()
    return struct.pack(">H", len(raw)) + raw


def packet(first: int, body: bytes) -> bytes:
    """One packet: its first byte, the length of the rest, the rest."""
    return bytes((first,)) + length(len(body)) + body


def connect(user: str, password: str, *, keepalive_s: int, level: int = V311) -> bytes:
    """CONNECT under a clean session, the client id being the user."""
    head = text("MQTT") + bytes((level, _CLEAN | _PASSWORD | _USER)) + struct.pack(">H", keepalive_s)
    properties = b"\x00" if level == V5 else b""
    return packet(0x10, head + properties + text(user) + text(user) + text(password))


def subscribe(mid: int, topics: Iterable[str], *, qos: int = 1, level: int = V311) -> bytes:
    """SUBSCRIBE to several topics."""
    properties = b"\x00" if level == V5 else b""
    filters = b"".join(text(topic) + bytes((qos,)) for topic in topics)
    return packet(0x82, struct.pack(">H", mid) + properties + filters)


def puback(mid: int) -> bytes:
    """PUBACK of a message that we took, with success."""
    return b"\x40\x02" + struct.pack(">H", mid)


class Publisher:
    """Makes PUBLISH packets for one topic; numbers them when the quality of service is 1."""

    def __init__(self, topic: str, *, qos: int = 1, level: int = V311) -> None:
        self._topic = text(topic)
        self._first = b"\x32" if qos else b"\x30"
        self._qos = qos
        self._properties = b"\x00" if level == V5 else b""
        self._fixed = len(self._topic) + (2 if qos else 0) + len(self._properties)

    def __call__(self, mid: int, payload: bytes) -> bytes:
        """One PUBLISH of `payload` under packet id `mid` (1 to 65535)."""
        number = mid.to_bytes(2, "big") if self._qos else b""
        size = self._fixed + len(payload)
        usual = 128 <= size < 16384  # two bytes, without a loop
        told = bytes((0x80 | size & 0x7F, size >> 7)) if usual else length(size)
        return b"".join((self._first, told, self._topic, number, self._properties, payload))


def unpublished(first: int, body: bytes, level: int) -> tuple[str, int | None, bytes]:
    """Topic, packet id (None without an acknowledgement to give) and payload of a PUBLISH."""
    (size,) = struct.unpack_from(">H", body)
    topic, at = body[2 : 2 + size].decode(), 2 + size
    mid = None
    if first & 0x06:
        (mid,) = struct.unpack_from(">H", body, at)
        at += 2
    if level == V5:
        skipped, width = _length_at(body, at) or (0, 1)
        at += width + skipped
    return topic, mid, body[at:]


def connack_reason(body: bytes) -> int:
    """0 when the broker took us; the second byte of a CONNACK."""
    return body[1]


class Reader:
    """Cuts a stream into packets."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, chunk: bytes) -> tuple[Sequence[tuple[int, bytes]], int]:
        """Whole packets as (first byte, body), and how many PUBACKs were among them."""
        data = self._rest + chunk if self._rest else chunk
        packets: list[tuple[int, bytes]] = []
        acks, at, end = 0, 0, len(data)
        while at + 2 <= end:
            first = data[at]
            size, width = data[at + 1], 1
            if first == PUBACK and size == 2 and at + 4 <= end:  # nearly all that a generator hears
                acks += 1
                at += 4
                continue
            if size & 0x80:
                found = _length_at(data, at + 1)
                if found is None:
                    break
                size, width = found
            stop = at + 1 + width + size
            if stop > end:
                break
            if first == PUBACK:
                acks += 1
            else:
                packets.append((first, data[at + 1 + width : stop]))
            at = stop
        self._rest = data[at:]
        return packets, acks


def _length_at(data: bytes, at: int) -> tuple[int, int] | None:
    """A variable length at a place: its value and its width in bytes; None while it is incomplete."""
    value = 0
    for place in range(4):
        if at + place >= len(data):
            return None
        byte = data[at + place]
        value |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return value, place + 1
    raise ValueError("the length of an MQTT packet has more than four bytes")
