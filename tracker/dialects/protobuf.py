"""Protocol buffers off the wire, by the published encoding alone: fields by number, nothing generated; pure.

Encoding: protobuf.dev/programming-guides/encoding. A field that comes twice counts by its last value, a field
of another type than expected is as good as absent, groups (deprecated) are refused.
"""

from collections.abc import Mapping

from casevac.errors import BadMessage

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_SIZES = {FIXED32: 4, FIXED64: 8}
_MOST_BITS = 63  # of the last shift of a varint: ten bytes
_WORD = 0xFFFF_FFFF
_CUT = "protobuf: cut short"

Numbers = dict[int, int]
"""Varints by their tag."""
Chunks = dict[int, bytes]
"""Everything else by its tag: bytes as they are, fixed numbers as their 4 or 8 bytes."""


def tag(number: int, kind: int) -> int:
    """What stands before a field of this number and kind."""
    return number << 3 | kind


def fields(raw: bytes) -> tuple[Numbers, Chunks]:
    """The fields of one message, not of those within it; raises BadMessage when it is none."""
    numbers: Numbers = {}
    chunks: Chunks = {}
    place, end = 0, len(raw)
    try:
        while place < end:
            key = raw[place]
            place += 1
            if key > 127:
                byte = raw[place]  # two bytes are usual: no call for them
                key += (byte - 1) << 7
                place += 1
                if byte > 127:
                    key, place = _longer(raw, place, key - (1 << 14), 14)
            kind = key & 7
            if kind == VARINT:
                value = raw[place]
                place += 1
                if value > 127:
                    byte = raw[place]
                    value += (byte - 1) << 7
                    place += 1
                    if byte > 127:
                        value, place = _longer(raw, place, value - (1 << 14), 14)
                numbers[key] = value
                continue
            if kind == BYTES:
                size = raw[place]
                place += 1
                if size > 127:
                    size, place = _longer(raw, place, size & 127, 7)
            elif kind in _SIZES:
                size = _SIZES[kind]
            else:
                raise BadMessage(f"protobuf: wire type {kind} is none that is read")
            chunks[key] = raw[place : place + size]
            place += size
    except IndexError as fault:
        raise BadMessage(_CUT) from fault
    if place != end:
        raise BadMessage(_CUT)
    return numbers, chunks


def _longer(raw: bytes, place: int, value: int, shift: int) -> tuple[int, int]:
    """A varint of which the lowest bits are known: its value, and where the next thing begins."""
    while True:
        byte = raw[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
        shift += 7
        if shift > _MOST_BITS:
            raise BadMessage("protobuf: a number of more than ten bytes")


def repeated(raw: bytes, wanted: int) -> list[bytes]:
    """Every value of a field of bytes, in order; of a message that `fields` took."""
    found: list[bytes] = []
    place, end = 0, len(raw)
    while place < end:
        key, place = _longer(raw, place, 0, 0)
        kind = key & 7
        size = _SIZES.get(kind, 0)
        if kind in (VARINT, BYTES):
            value, place = _longer(raw, place, 0, 0)
            size = value if kind == BYTES else 0
        if key == wanted:
            found.append(raw[place : place + size])
        place += size
    return found


def fixed32(chunks: Mapping[int, bytes], key: int) -> int | None:
    """A fixed32, unsigned; None when it was not told."""
    told = chunks.get(key)
    return None if told is None else int.from_bytes(told, "little")


def sfixed32(chunks: Mapping[int, bytes], key: int) -> int | None:
    """An sfixed32; None when it was not told."""
    told = chunks.get(key)
    return None if told is None else int.from_bytes(told, "little", signed=True)


def int32(value: int) -> int:
    """A varint as an int32: what is negative comes as ten bytes."""
    value &= _WORD
    return value - (1 << 32) if value >> 31 else value


def sint32(value: int) -> int:
    """A varint as a sint32: zigzag."""
    value &= _WORD
    return value >> 1 ^ -(value & 1)


def uint32(value: int) -> int:
    """A varint as a uint32: what is above is cut off, as every reader of the format does."""
    return value & _WORD


def text(told: bytes | None) -> str:
    """Bytes as text; what is no UTF-8 is marked, not refused: a radio may cut a text amid a character."""
    return "" if told is None else told.decode("utf-8", "replace").replace("\x00", "\ufffd")
