"""What devices told that we have no use for yet: kept as it came, once, under a word."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg2
from psycopg2.extras import execute_values

from casevac.store.connection import Connection


@dataclass(frozen=True)
class Kept:
    """A message, or a part of one, of a dialect."""

    mission: str
    device: str
    dialect: str
    what: str
    at: datetime
    raw: bytes


def keep(db: Connection, told: Sequence[Kept]) -> None:
    """Keep them in the caller's transaction; the same again, by whatever way, is kept once."""
    once = {(one.device, hashlib.sha256(one.raw).digest()[:16]): one for one in told}
    if not once:
        return
    rows = [
        (
            one.mission,
            device,
            one.dialect,
            one.what,
            one.at,
            psycopg2.Binary(digest),
            psycopg2.Binary(one.raw),
        )
        for (device, digest), one in sorted(once.items(), key=lambda item: item[0])
    ]
    with db.cursor() as cursor:
        execute_values(
            cursor,
            "INSERT INTO kept (mission, device, dialect, what, at, digest, raw) VALUES %s"
            " ON CONFLICT (device, digest) DO NOTHING",
            rows,
        )


def kept(db: Connection, device: str, limit: int = 100) -> list[Kept]:
    """What is kept of a device, the latest first."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT mission, device, dialect, what, at, raw FROM kept WHERE device = %s"
            " ORDER BY at DESC LIMIT %s",
            (device, limit),
        )
        return [Kept(row[0], row[1], row[2], row[3], row[4], bytes(row[5])) for row in cursor.fetchall()]
