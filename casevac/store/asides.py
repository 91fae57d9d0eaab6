"""What could not be read: kept raw with its reason, counted, never thrown away."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg2
from psycopg2.extras import execute_values

from casevac.store.connection import Connection


@dataclass(frozen=True)
class Aside:
    """A message that could not be taken: where it came from, its bytes, and why."""

    topic: str
    device: str | None
    mission: str | None  # None: nobody that is enrolled sent it
    reason: str
    raw: bytes


def set_aside(db: Connection, asides: Sequence[Aside]) -> None:
    """Keep unreadable messages in the caller's transaction; the same one again only counts."""
    once: dict[tuple[str, bytes, str], Aside] = {}
    for aside in asides:
        once.setdefault((aside.topic, hashlib.sha256(aside.raw).digest(), aside.reason), aside)
    if not once:
        return
    rows = [
        (
            _clean(topic),
            psycopg2.Binary(digest),
            aside.device,
            aside.mission,
            _clean(reason),
            psycopg2.Binary(aside.raw),
        )
        for (topic, digest, reason), aside in sorted(once.items(), key=lambda item: item[0])
    ]
    with db.cursor() as cursor:
        execute_values(
            cursor,
            "INSERT INTO set_aside (topic, digest, device, mission, reason, raw) VALUES %s"
            " ON CONFLICT (topic, digest, reason)"
            " DO UPDATE SET times = set_aside.times + 1, last_at = clock_timestamp()",
            rows,
        )


def count(db: Connection) -> int:
    """How many different messages are set aside."""
    with db.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM set_aside")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _clean(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:500]
