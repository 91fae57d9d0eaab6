"""MQTT 5 packets of a subscriber: bytes to messages and back; pure, and quick where the messages are."""

import struct
from array import array
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from casevac.errors import BadMessage
from tracker.wire import Message

CONNACK, PUBLISH, PUBACK, SUBACK, UNSUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 9, 11, 13, 14
PINGREQ_BYTES = b"\xc0\x00"
GOODBYE = b"\xe0\x00"
_PUBACK_WORD = 0x40020000  # a whole PUBACK but for its number: type 4, two bytes follow
_LARGEST = 268_435_455
_MOST_TOPICS = 100_000  # texts kept to spare their decoding; more is a flood of strange names
_U16 = struct.Struct(">H")
# Properties of an answer by the length of their value; 0: a text or bytes that say their own length.
_PROPERTY_BYTES = {
    0x11: 4, 0x13: 2, 0x21: 2, 0x22: 2, 0x24: 1, 0x25: 1, 0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1,
    0x12: 0, 0x15: 0, 0x16: 0, 0x1A: 0, 0x1C: 0, 0x1F: 0, 0x26: 0,
}  # fmt: skip
SERVER_KEEPALIVE = 0x13
_PAIR = 0x26  # a user property: two texts
_REASONS = {
    0x00: "goodbye",
    0x04: "goodbye, with its last will",
    0x81: "malformed packet",
    0x82: "protocol error",
    0x84: "this version of MQTT is not spoken",
    0x85: "client id not valid",
    0x86: "user name or password is wrong",
    0x87: "not allowed",
    0x88: "server not available",
    0x89: "server busy",
    0x8A: "banned",
    0x8B: "server shuts down",
    0x8D: "nothing heard for too long",
    0x8E: "another client came with our name",
    0x8F: "topic filter not valid",
    0x93: "more unacknowledged than agreed",
    0x94: "topic alias not valid",
    0x95: "packet too large",
    0x97: "quota exceeded",
    0x9E: "shared subscriptions are not offered",
    0xA2: "wildcard subscriptions are not offered",
}


class Malformed(BadMessage):
    """Bytes of a broker that are no MQTT 5, or more than was agreed."""


class Control(NamedTuple):
    """A packet that is not a PUBLISH: its type and what follows its length."""

    kind: int
    body: bytes


class Login(NamedTuple):
    """Who connects: client id, and user name and password where there are any."""

    client_id: str
    user: str | None
    password: str | None


class Session(NamedTuple):
    """What is agreed at CONNECT: seconds, messages, bytes."""

    keepalive_s: int
    expiry_s: int
    window: int
    largest: int


def reason(code: int) -> str:
    """A reason code in words."""
    return _REASONS.get(code, f"reason {code:#04x}")


class Parser:
    """The stream of one connection, cut into packets. `base` marks the tokens of its messages."""

    def __init__(self, base: int, largest: int) -> None:
        self._base = base << 32 | _PUBACK_WORD
        self._largest = largest
        self._topics: dict[bytes, str] = {}
        self._parts: list[bytes] = []
        self._have, self._need = 0, 2

    def feed(self, chunk: bytes, received_at: datetime) -> tuple[list[Message], list[Control]]:
        """What became whole with these bytes; raises Malformed. Then the connection is of no more use."""
        self._parts.append(chunk)
        self._have += len(chunk)
        if self._have < self._need:
            return [], []
        data = b"".join(self._parts)
        messages: list[Message] = []
        controls: list[Control] = []
        rest = self._cut(data, received_at, messages, controls)
        self._parts, self._have = [data[rest:]], len(data) - rest
        return messages, controls

    def _cut(
        self, data: bytes, received_at: datetime, messages: list[Message], controls: list[Control]
    ) -> int:
        """The hot loop: every whole packet of `data`; returns where the first broken one begins."""
        position, end = 0, len(data)
        topics, base, append = self._topics, self._base, messages.append
        self._need = 2
        while end - position >= 2:
            first, length = data[position], data[position + 1]
            start = position + 2
            if length > 127:
                if end > start and data[start] < 128:  # two bytes, as most have
                    length, start = length & 127 | data[start] << 7, start + 1
                else:
                    length, start = _length(data, position + 1)
            stop = start + length
            if stop > end or not start:
                self._wait_for(length, stop - position if start else end - position + 1)
                break
            position = stop
            if first >> 4 != PUBLISH:
                controls.append(Control(first >> 4, data[start:stop]))
                continue
            body = start + 2 + (data[start] << 8 | data[start + 1]) if length > 2 else stop
            name, token = data[start + 2 : body], 0
            if first & 6:
                if first & 4 or body + 2 > stop:
                    raise Malformed("a PUBLISH cut short, or of a quality of service never asked for")
                token = base | data[body] << 8 | data[body + 1]
                body += 2
            topic = topics.get(name) or self._topic(name)
            body = body + 1 + data[body] if body < stop and data[body] < 128 else _after(data[:stop], body)
            if body > stop:
                raise Malformed("a PUBLISH whose properties end beyond it")
            append(Message(topic, data[body:stop], received_at, token))
        return position

    def _wait_for(self, length: int, need: int) -> None:
        """The next packet is not whole yet: look again when so many bytes are there."""
        if length > self._largest:
            raise Malformed(f"a packet of {length} bytes, above the {self._largest} agreed")
        self._need = need

    def _topic(self, name: bytes) -> str:
        try:
            topic = name.decode()
        except UnicodeDecodeError as fault:
            raise Malformed("a topic that is not UTF-8") from fault
        if not topic:
            raise Malformed("an empty topic, but no topic alias was offered")
        if len(self._topics) >= _MOST_TOPICS:
            self._topics.clear()
        self._topics[name] = topic
        return topic


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A length of up to four bytes and where it ends; (0, 0) when it is cut off. Raises Malformed."""
    value = 0
    for place in range(4):
        if at + place >= len(data):
            return 0, 0
        value |= (data[at + place] & 127) << 7 * place
        if data[at + place] < 128:
            return value, at + place + 1
    raise Malformed("a length of more than four bytes")


def _after(data: bytes, at: int) -> int:
    """Where properties end that begin at `at`; raises Malformed."""
    length, start = _length(data, at)
    if not start:
        raise Malformed("a PUBLISH cut short")
    return start + length


def accepted(body: bytes) -> dict[int, int]:
    """The numbers that a CONNACK agrees on, by property; raises Malformed with the reason of a refusal."""
    if len(body) < 2:
        raise Malformed("a CONNACK cut short")
    if body[1] >= 0x80:
        raise Malformed(f"the broker refuses: {reason(body[1])}")
    found: dict[int, int] = {}
    length, at = _length(body, 2) if len(body) > 2 else (0, 2)
    end = at + length
    if at == 0 or end > len(body):
        raise Malformed("a CONNACK whose properties end beyond it")
    while at < end:
        known, at = body[at], at + 1
        size = _PROPERTY_BYTES.get(known)
        if size is None:
            raise Malformed(f"an unknown property {known:#04x} in a CONNACK")
        if size:
            found[known] = int.from_bytes(body[at : at + size], "big")
            at += size
        else:
            at += 2 + int.from_bytes(body[at : at + 2], "big")
            if known == _PAIR:
                at += 2 + int.from_bytes(body[at : at + 2], "big")
    return found


def refused(body: bytes) -> list[int]:
    """The refusals among the reasons of a SUBACK; raises Malformed."""
    length, at = _length(body, 2)
    if at == 0 or at + length > len(body):
        raise Malformed("a SUBACK cut short")
    return [code for code in body[at + length :] if code >= 0x80]


def connect(login: Login, session: Session) -> bytes:
    """CONNECT to a session that lasts: clean start false."""
    flags = (0x80 if login.user is not None else 0) | (0x40 if login.password is not None else 0)
    properties = struct.pack(">BIBHBI", 0x11, session.expiry_s, 0x21, session.window, 0x27, session.largest)
    texts = [login.client_id, *(one for one in (login.user, login.password) if one is not None)]
    body = b"\x00\x04MQTT\x05" + struct.pack(">BHB", flags, session.keepalive_s, len(properties))
    return packet(0x10, body + properties + b"".join(map(_text, texts)))


def subscribe(number: int, filters: Sequence[str]) -> bytes:
    """SUBSCRIBE with QoS 1."""
    return packet(0x82, _U16.pack(number) + b"\x00" + b"".join(_text(one) + b"\x01" for one in filters))


def unsubscribe(number: int, filters: Sequence[str]) -> bytes:
    """UNSUBSCRIBE."""
    return packet(0xA2, _U16.pack(number) + b"\x00" + b"".join(map(_text, filters)))


def publish(topic: str, payload: bytes) -> bytes:
    """PUBLISH with QoS 0, not retained."""
    return packet(0x30, _text(topic) + b"\x00" + payload)


def pubacks(tokens: Iterable[int], base: int) -> bytes:
    """PUBACKs of the messages of connection `base`, in one run of bytes; other tokens are left out."""
    words = array("I", [token & 0xFFFFFFFF for token in tokens if token >> 32 == base])
    if words.itemsize != 4:
        raise OverflowError("an unsigned int is not 4 bytes on this machine")
    if memoryview(struct.pack("=H", 1))[0]:
        words.byteswap()
    return words.tobytes()


def packet(first: int, body: bytes) -> bytes:
    """A packet of this first byte; raises OverflowError for one that MQTT cannot carry."""
    length = len(body)
    if length > _LARGEST:
        raise OverflowError(f"{length} bytes do not fit into a packet")
    head = bytearray((first,))
    while length > 127:
        head.append(length & 127 | 128)
        length >>= 7
    head.append(length)
    return bytes(head) + body


def _text(text: str) -> bytes:
    encoded = text.encode()
    return _U16.pack(len(encoded)) + encoded
