"""Positions: append each exactly once, keep the latest by device, read tracks and past instants."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg2
from psycopg2.extras import RealDictCursor, execute_values

from casevac.position import Position
from casevac.store.connection import Connection

_FIX = (
    "mission, device, epoch, n, at, corrected_at, sent_at, received_at,"
    " altitude, accuracy, speed, course, battery, source, speaker, flags, digest"
)
_READ = f"{_FIX}, ST_X(geom) AS lon, ST_Y(geom) AS lat"
_INSERT = f"INSERT INTO positions ({_FIX}, geom) VALUES %s"
_SHAPE = "(" + ", ".join(["%s"] * 17) + ", ST_SetSRID(ST_MakePoint(%s, %s), 4326))"
_KEEP_LATEST = f"""
INSERT INTO latest_positions ({_FIX}, geom) VALUES %s
ON CONFLICT (mission, device) DO UPDATE SET
  (epoch, n, at, corrected_at, sent_at, received_at, altitude, accuracy, speed, course, battery,
   source, speaker, flags, digest, geom, changed)
  = (excluded.epoch, excluded.n, excluded.at, excluded.corrected_at, excluded.sent_at,
     excluded.received_at, excluded.altitude, excluded.accuracy, excluded.speed, excluded.course,
     excluded.battery, excluded.source, excluded.speaker, excluded.flags, excluded.digest,
     excluded.geom, pg_current_xact_id())
WHERE excluded.corrected_at > latest_positions.corrected_at
"""
_DAYS_AHEAD_OF_DEFAULT = 8  # days around today that get a partition of their own; stranger times share one

Key = tuple[str, int, int]


@dataclass(frozen=True)
class Claimed:
    """Which numbers were new, seen before with the same content, or used for something else."""

    new: frozenset[Key]
    again: frozenset[Key]
    reused: frozenset[Key]


def claim(db: Connection, digests: dict[Key, bytes]) -> Claimed:
    """Claim (device, epoch, n) for a content digest, in the caller's transaction."""
    if not digests:
        return Claimed(frozenset(), frozenset(), frozenset())
    ordered = sorted(digests)  # the same order in every process: no deadlock between two of them
    with db.cursor() as cursor:
        rows = execute_values(
            cursor,
            "INSERT INTO numbers (device, epoch, n, digest) VALUES %s"
            " ON CONFLICT DO NOTHING RETURNING device, epoch, n",
            [(*key, psycopg2.Binary(digests[key])) for key in ordered],
            page_size=5000,
            fetch=True,
        )
        new = frozenset((str(device), int(epoch), int(n)) for device, epoch, n in rows)
        stored = _digests(db, [key for key in ordered if key not in new])
    again = frozenset(key for key, digest in stored.items() if digest == digests[key])
    return Claimed(new, again, frozenset(stored) - again)


def _digests(db: Connection, keys: Sequence[Key]) -> dict[Key, bytes]:
    if not keys:
        return {}
    with db.cursor() as cursor:
        rows = execute_values(
            cursor,
            "SELECT n.device, n.epoch, n.n, n.digest FROM numbers n"
            " JOIN (VALUES %s) k (device, epoch, n) USING (device, epoch, n)",
            list(keys),
            template="(%s::text, %s::bigint, %s::bigint)",
            page_size=len(keys),
            fetch=True,
        )
    return {(str(device), int(epoch), int(n)): bytes(digest) for device, epoch, n, digest in rows}


def append(db: Connection, positions: Sequence[Position]) -> None:
    """Store positions whose numbers were claimed, and move the latest mark of each device forward only."""
    if not positions:
        return
    ensure_days(db, {position.at.astimezone(UTC).date() for position in positions})
    newest: dict[tuple[str, str], Position] = {}
    for position in positions:
        kept = newest.get((position.mission, position.device))
        if kept is None or position.corrected_at > kept.corrected_at:
            newest[position.mission, position.device] = position
    with db.cursor() as cursor:
        execute_values(cursor, _INSERT, [_row(position) for position in positions], _SHAPE, page_size=1000)
        latest = [_row(newest[key]) for key in sorted(newest)]
        execute_values(cursor, _KEEP_LATEST, latest, _SHAPE, page_size=1000)
        cursor.execute("NOTIFY casevac_live")


def _row(fix: Position) -> tuple[object, ...]:
    return (
        fix.mission,
        fix.device,
        fix.epoch,
        fix.n,
        fix.at,
        fix.corrected_at,
        fix.sent_at,
        fix.received_at,
        fix.altitude,
        fix.accuracy,
        fix.speed,
        fix.course,
        fix.battery,
        fix.source,
        fix.speaker,
        list(fix.flags),
        psycopg2.Binary(fix.digest),
        fix.lon,
        fix.lat,
    )


def _fix(row: dict[str, Any]) -> Position:
    return Position(**{**row, "flags": tuple(row["flags"]), "digest": bytes(row["digest"])})


def ensure_days(db: Connection, days: set[date]) -> None:
    """Make the partitions of these days; days far from today stay in the default partition."""
    today = datetime.now(UTC).date()
    near = [day for day in days if abs(day - today).days <= _DAYS_AHEAD_OF_DEFAULT]
    for day in sorted(near):
        _ensure_day(db, day)


def _ensure_day(db: Connection, day: date) -> None:
    name = f"positions_{day:%Y%m%d}"
    with db.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", (name,))
        found = cursor.fetchone()
        if found and found[0]:
            return
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('casevac partitions'))")
        cursor.execute("SAVEPOINT day")
        try:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF positions FOR VALUES FROM (%s) TO (%s)",
                (f"{day}T00:00Z", f"{day + timedelta(days=1)}T00:00Z"),
            )
            cursor.execute("RELEASE SAVEPOINT day")
        except (
            psycopg2.errors.CheckViolation
        ):  # the default partition holds rows of that day: they stay there
            cursor.execute("ROLLBACK TO SAVEPOINT day")


def _select(db: Connection, sql: str, wanted: dict[str, object]) -> list[dict[str, Any]]:
    with db.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(sql, wanted)
        return [dict(row) for row in cursor.fetchall()]


def latest(db: Connection, mission: str) -> dict[str, Position]:
    """The latest position of each device of a mission, by corrected time."""
    rows = _select(
        db, f"SELECT {_READ} FROM latest_positions WHERE mission = %(mission)s", {"mission": mission}
    )
    return {row["device"]: _fix(row) for row in rows}


def changed(db: Connection, since: int) -> tuple[list[Position], int]:
    """Latest positions that changed since a mark, and the next mark; start with mark 0.

    The mark is the oldest transaction still running when the rows were read: a transaction that
    commits late is read the next time. A row may come twice, never not at all.
    """
    sql = (
        f"SELECT {_READ}, pg_snapshot_xmin(pg_current_snapshot())::text AS mark FROM latest_positions"
        " WHERE changed >= %(since)s::text::xid8"
    )
    rows = _select(db, sql, {"since": str(since)})
    mark = max((int(row.pop("mark")) for row in rows), default=since)
    return [_fix(row) for row in rows], mark


def as_known_at(db: Connection, mission: str, instant: datetime) -> dict[str, Position]:
    """The latest position of each device as it was known at an instant."""
    sql = f"""
        SELECT {", ".join("p." + column.strip() for column in _FIX.split(","))},
               ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat
        FROM (SELECT device FROM latest_positions WHERE mission = %(mission)s) d
        CROSS JOIN LATERAL (
            SELECT * FROM positions
            WHERE device = d.device AND mission = %(mission)s
              AND corrected_at <= %(instant)s AND received_at <= %(instant)s
            ORDER BY corrected_at DESC LIMIT 1) p
    """
    rows = _select(db, sql, {"mission": mission, "instant": instant})
    return {row["device"]: _fix(row) for row in rows}


def track(db: Connection, mission: str, start: datetime, end: datetime) -> list[Position]:
    """All positions of a mission with corrected times in [start, end], by device and time."""
    sql = f"""SELECT {_READ} FROM positions
              WHERE mission = %(mission)s AND corrected_at BETWEEN %(start)s AND %(end)s
              ORDER BY device, corrected_at"""
    return [_fix(row) for row in _select(db, sql, {"mission": mission, "start": start, "end": end})]


def span(db: Connection, mission: str) -> tuple[datetime, datetime] | None:
    """The first and last moment of receipt of a mission's positions, or None."""
    sql = """SELECT min(received_at) AS first, max(received_at) AS last
             FROM positions WHERE mission = %(mission)s"""
    row = _select(db, sql, {"mission": mission})[0]
    return (row["first"], row["last"]) if row["first"] else None


def reports(db: Connection, device: str, limit: int) -> list[dict[str, Any]]:
    """Stored reports and events of a device, the newest number first, JSON-ready."""
    sql = """
        SELECT 'report' AS type, epoch, n, at, corrected_at, received_at,
               ST_X(geom) AS lon, ST_Y(geom) AS lat, NULL AS kind, flags
        FROM positions WHERE device = %(device)s
        UNION ALL
        SELECT 'event', epoch, n, coalesce(device_at, occurred_at), occurred_at, received_at,
               NULL, NULL, kind, NULL
        FROM events WHERE device = %(device)s AND n IS NOT NULL
        ORDER BY epoch DESC, n DESC LIMIT %(limit)s
    """
    return _select(db, sql, {"device": device, "limit": limit})
