"""Positions as rows of PostgreSQL's binary COPY: packed by hand, for nothing else is as quick."""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO

from casevac.position import Position
from casevac.store.connection import Connection

COLUMNS = (
    "mission, device, source, epoch, n, at, corrected_at, received_at, geom, sent_at,"
    " altitude, accuracy, speed, course, battery, speaker, flags"
)
DAY_US = 86_400_000_000
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL counts microseconds from here
_MICROSECOND = timedelta(microseconds=1)
_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TAIL = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_FIXED = struct.Struct(">iqiqiqiqiqiBIIdd")  # five numbers of eight bytes, then a point as big-endian EWKB
_NUMBER = struct.Struct(">id").pack
_INSTANT = struct.Struct(">iq").pack
POINT, WGS84 = 0x20000001, 4326
_TEXT_TYPE = 25


def rows(positions: Iterable[Position]) -> tuple[list[bytes], set[int]]:
    """A row of COLUMNS each, and the days since EPOCH on which the fixes were made."""
    packed: list[bytes] = []
    days: set[int] = set()
    heads: dict[tuple[str, str, str], bytes] = {}
    tails: dict[tuple[str | None, tuple[str, ...]], bytes] = {}
    for fix in positions:
        said_by = (fix.mission, fix.device, fix.source)
        start = heads.get(said_by)
        if start is None:
            start = heads[said_by] = head(*said_by)
        rest = (fix.speaker, fix.flags)
        end = tails.get(rest)
        if end is None:
            end = tails[rest] = tail(*rest)
        at = (fix.at - EPOCH) // _MICROSECOND
        days.add(at // DAY_US)
        packed.append(start + _body(fix, at) + end)
    return packed, days


def _body(fix: Position, at: int) -> bytes:
    """The columns that differ from report to report; a time that is the very same is not counted twice."""
    received = (fix.received_at - EPOCH) // _MICROSECOND
    corrected = at if fix.corrected_at is fix.at else (fix.corrected_at - EPOCH) // _MICROSECOND
    return b"".join(
        (
            _FIXED.pack(
                8, fix.epoch, 8, fix.n, 8, at, 8, corrected, 8, received,
                25, 0, POINT, WGS84, fix.lon, fix.lat,
            ),
            _NULL if fix.sent_at is None else _INSTANT(8, (fix.sent_at - EPOCH) // _MICROSECOND),
            _NULL if fix.altitude is None else _NUMBER(8, fix.altitude),
            _NULL if fix.accuracy is None else _NUMBER(8, fix.accuracy),
            _NULL if fix.speed is None else _NUMBER(8, fix.speed),
            _NULL if fix.course is None else _NUMBER(8, fix.course),
            _NULL if fix.battery is None else _NUMBER(8, fix.battery),
        )
    )  # fmt: skip


@lru_cache(maxsize=10_000)
def head(mission: str, device: str, source: str) -> bytes:
    """How a row begins: the number of its columns and the first of them."""
    return struct.pack(">h", COLUMNS.count(",") + 1) + _text(mission) + _text(device) + _text(source)


def tail(speaker: str | None, flags: Sequence[str]) -> bytes:
    """How a row ends: its last columns."""
    return _text(speaker) + _texts(flags)


def _text(text: str | None) -> bytes:
    if text is None:
        return _NULL
    encoded = text.encode()
    return struct.pack(">i", len(encoded)) + encoded


def _texts(texts: Sequence[str]) -> bytes:
    """A text[]."""
    if texts:
        array = struct.pack(">iiiii", 1, 0, _TEXT_TYPE, len(texts), 1) + b"".join(map(_text, texts))
    else:
        array = struct.pack(">iii", 0, 0, _TEXT_TYPE)
    return struct.pack(">i", len(array)) + array


def copy(db: Connection, table: str, packed: Iterable[bytes]) -> None:
    """COPY rows into a table of ours, in the caller's transaction."""
    with db.cursor() as cursor:
        cursor.copy_expert(
            f"COPY {table} ({COLUMNS}) FROM STDIN (FORMAT binary)",
            BytesIO(b"".join((_HEAD, *packed, _TAIL))),
            size=1 << 16,
        )
