"""What could not be read: kept raw with its reason, counted, read again, never thrown away."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg2
from psycopg2.extras import execute_values

from casevac.aside import shown, word_of
from casevac.entities import instant
from casevac.store.connection import Connection

MOST = 1000
_COLUMNS = "id, topic, device, mission, word, reason, raw, times, first_at, last_at, resolved_at"


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
            word_of(aside.reason),
        )
        for (topic, digest, reason), aside in sorted(once.items(), key=lambda item: item[0])
    ]
    with db.cursor() as cursor:
        execute_values(
            cursor,
            "INSERT INTO set_aside (topic, digest, device, mission, reason, raw, word) VALUES %s"
            " ON CONFLICT (topic, digest, reason)"
            " DO UPDATE SET times = set_aside.times + 1, last_at = clock_timestamp(), resolved_at = NULL",
            rows,
        )


@dataclass(frozen=True)
class Kept:
    """A row of what was set aside; `times`: how often it came; `resolved_at`: read and stored since then."""

    id: int
    topic: str
    device: str | None
    mission: str | None
    word: str
    reason: str
    raw: bytes
    times: int
    first_at: datetime
    last_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True)
class Wanted:
    """Which rows: of one device; whose reason is this word or holds this text; all where left empty."""

    device: str = ""
    reason: str = ""
    resolved: bool = False


def as_json(one: Kept) -> dict[str, Any]:
    """A row as it is told; the payload as `text` where every character is harmless, else as `hex`."""
    return {
        "id": one.id,
        "topic": one.topic,
        "device": one.device,
        "mission": one.mission,
        "reason": one.word,
        "words": one.reason,
        "times": one.times,
        "first_at": instant(one.first_at),
        "last_at": instant(one.last_at),
        "resolved_at": instant(one.resolved_at),
        **shown(one.raw)._asdict(),
    }


def counts(db: Connection) -> dict[str, int]:
    """How many different messages wait, by the word of their reason."""
    with db.cursor() as cursor:
        cursor.execute("SELECT word, count(*) FROM set_aside WHERE resolved_at IS NULL GROUP BY word")
        return {word: int(found) for word, found in cursor.fetchall()}


def listed(db: Connection, wanted: Wanted, limit: int = 100) -> list[Kept]:
    """What waits (with `resolved` what was resolved), the latest first, at most `limit` (<= 1000)."""
    return _found(db, wanted, "true", [], f"last_at DESC, id DESC LIMIT {min(limit, MOST):d}")


def one(db: Connection, id_: int) -> Kept | None:
    """The row of this number, resolved or not."""
    with db.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM set_aside WHERE id = %s", [id_])
        row = cursor.fetchone()
    return None if row is None else _kept(row)


def after(db: Connection, wanted: Wanted, id_: int, limit: int) -> list[Kept]:
    """What waits with a number above `id_`, in the order of numbers: to read through all of it."""
    return _found(db, wanted, "id > %s", [id_], f"id LIMIT {limit:d}")


def now(db: Connection) -> datetime:
    """What the store's clock says, by which rows are dated."""
    with db.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    return row[0] if row else datetime.now(UTC)


def put_aside_since(
    db: Connection, messages: Sequence[tuple[str, bytes]], since: datetime
) -> dict[tuple[str, bytes], str]:
    """Which of these (topic, payload) were set aside since then, each with its reason."""
    asked = {(_clean(topic), hashlib.sha256(raw).digest()): (topic, raw) for topic, raw in messages}
    if not asked:
        return {}
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT topic, digest, reason FROM set_aside WHERE (topic, digest) IN %s AND last_at >= %s",
            [tuple((topic, psycopg2.Binary(digest)) for topic, digest in asked), since],
        )
        return {asked[topic, bytes(digest)]: reason for topic, digest, reason in cursor.fetchall()}


def resolve(db: Connection, ids: Sequence[int]) -> None:
    """Mark rows as read and stored."""
    with db.cursor() as cursor:
        cursor.execute(
            "UPDATE set_aside SET resolved_at = clock_timestamp() WHERE id = ANY(%s) AND resolved_at IS NULL",
            [list(ids)],
        )


def _found(db: Connection, wanted: Wanted, further: str, values: Sequence[object], order: str) -> list[Kept]:
    clauses = [further, f"resolved_at IS {'NOT ' if wanted.resolved else ''}NULL"]
    asked = list(values)
    if wanted.device:
        clauses.append("device = %s")
        asked.append(_clean(wanted.device))
    if wanted.reason:
        clauses.append("(word = %s OR strpos(lower(reason), lower(%s)) > 0)")
        asked += [_clean(wanted.reason)] * 2
    with db.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM set_aside WHERE {' AND '.join(clauses)} ORDER BY {order}", asked
        )
        return [_kept(row) for row in cursor.fetchall()]


def _kept(row: tuple[Any, ...]) -> Kept:
    id_, topic, device, mission, word, reason, raw, *rest = row
    return Kept(id_, topic, device, mission, word, reason, bytes(raw), *rest)


def _clean(text: str) -> str:
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:500]
