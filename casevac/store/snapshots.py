"""Snapshots of the pictures: a start reads them and only the events after; the log stays the truth.

They are a shortcut and nothing else: another version of the program does not use them, and an empty
table costs only time.
"""

import zlib
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import psycopg2

from casevac.basis import software_digest
from casevac.picture import Picture, empty
from casevac.store.connection import Connection

EVERY = 5_000  # events between two snapshots
_LEVEL = 1  # of compression: the fastest
_decoder = msgspec.msgpack.Decoder(Picture)


class Kept(NamedTuple):
    """The pictures of all missions after event `seq`; nothing and 0 when there are none to use."""

    seq: int
    pictures: dict[str, Picture]


def resume(db: Connection) -> Kept:
    """The newest pictures of all missions; a mission that is not among them began later."""
    with db.cursor() as cursor:
        cursor.execute("SELECT mission, seq, picture FROM snapshots WHERE program = %s", (software_digest(),))
        rows = cursor.fetchall()
    return Kept(rows[0][1] if rows else 0, {row[0]: _decoder.decode(zlib.decompress(row[2])) for row in rows})


def picture(db: Connection, mission: str, upto: int | None = None) -> Picture:
    """The newest picture of one mission, not from after event `upto`; an empty one when there is none."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT picture FROM snapshots WHERE mission = %s AND program = %s AND seq <= coalesce(%s, seq)",
            (mission, software_digest(), upto),
        )
        row = cursor.fetchone()
    return empty(mission) if row is None else _decoder.decode(zlib.decompress(row[0]))


def keep(db: Connection, pictures: Mapping[str, Picture], seq: int) -> None:
    """Keep these pictures of all missions, which hold every event up to `seq`, in place of older ones."""
    packed = [(name, zlib.compress(msgspec.msgpack.encode(one), _LEVEL)) for name, one in pictures.items()]
    with db, db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('casevac snapshots'))")
        cursor.execute("SELECT FROM snapshots WHERE seq >= %s AND program = %s", (seq, software_digest()))
        if cursor.fetchone() is not None:
            return
        cursor.execute("DELETE FROM snapshots")
        for name, one in packed:
            cursor.execute(
                "INSERT INTO snapshots VALUES (%s, %s, %s, %s)",
                (name, seq, software_digest(), psycopg2.Binary(one)),
            )
