"""Positions: append each exactly once, keep the latest by device, read tracks and past instants."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import psycopg2
from psycopg2.extras import RealDictCursor

from casevac.position import Position
from casevac.store.columns import Columns
from casevac.store.connection import Connection
from casevac.store.packed import COLUMNS, EPOCH, copy, rows
from casevac.store.seen import Key

_FIX = (
    "mission, device, epoch, n, at, corrected_at, sent_at, received_at,"
    " altitude, accuracy, speed, course, battery, source, speaker, flags"
)
_READ = f"{_FIX}, ST_X(geom) AS lon, ST_Y(geom) AS lat"
_KEY = "device, epoch, n, at"
# For rows on their way that are not simply appended; another transaction of this connection finds it empty.
_STAGE = """
SET LOCAL client_min_messages = warning;
CREATE TEMP TABLE IF NOT EXISTS incoming (LIKE positions) ON COMMIT DELETE ROWS;
DELETE FROM incoming;
"""
# Of two fixes of the same instant the higher number counts, in whatever order they come.
_KEEP_LATEST = f"""
INSERT INTO latest_positions ({COLUMNS}) SELECT {COLUMNS} FROM incoming ORDER BY mission, device
ON CONFLICT (mission, device) DO UPDATE SET
  (epoch, n, at, corrected_at, sent_at, received_at, altitude, accuracy, speed, course, battery,
   source, speaker, flags, geom, changed)
  = (excluded.epoch, excluded.n, excluded.at, excluded.corrected_at, excluded.sent_at,
     excluded.received_at, excluded.altitude, excluded.accuracy, excluded.speed, excluded.course,
     excluded.battery, excluded.source, excluded.speaker, excluded.flags,
     excluded.geom, pg_current_xact_id())
WHERE (excluded.corrected_at, excluded.epoch, excluded.n)
    > (latest_positions.corrected_at, latest_positions.epoch, latest_positions.n);
NOTIFY casevac_live
"""
_SAME = """
SELECT i.device, i.epoch, i.n FROM incoming i JOIN positions p
    ON (p.device, p.epoch, p.n, p.at) = (i.device, i.epoch, i.n, i.at)
WHERE p.geom = i.geom AND (p.altitude, p.accuracy, p.speed, p.course, p.battery)
    IS NOT DISTINCT FROM (i.altitude, i.accuracy, i.speed, i.course, i.battery)
"""
_DAYS_AHEAD_OF_DEFAULT = 8  # days around today that get a partition of their own; stranger times share one

# The same packet by two gateways may have the times of their clocks.
_NEAR = timedelta(hours=1)
# Days from today: for clocks and links that are late, and for a pause of the maker.
_MADE_AHEAD = range(-1, 4)


class Ready(NamedTuple):
    """Positions with their rows for COPY; those of a device side by side, as the indexes have them.

    runs, newest: rows of `columns`, and those of the newest position of each device.
    """

    positions: list[Position]
    packed: list[bytes]
    runs: list[bytes]
    newest: list[bytes]


def ready(db: Connection, positions: Sequence[Position], columns: Columns | None = None) -> Ready:
    """Prepare positions for `store`, with the partitions of their days, in the caller's transaction.

    No device may be in both.
    """
    ordered = sorted(positions, key=lambda one: (one.device, one.epoch, one.n))
    packed, days = rows(ordered)
    runs: list[bytes] = []
    newest: list[bytes] = []
    if columns is not None:
        runs, newest, days = columns.rows(), columns.where(columns.ends()).rows(), days | columns.days()
    ensure_days(db, {(EPOCH + timedelta(days=day)).date() for day in days})
    return Ready(ordered, packed, runs, newest)


def append(db: Connection, positions: Sequence[Position]) -> None:
    """Prepare and store positions in the caller's transaction."""
    store(db, ready(db, positions))


def store(db: Connection, made: Ready) -> int:
    """Store positions in the caller's transaction and move the latest mark of each device forward only.

    Those with a number of the device (epoch 0 and up) must have been claimed; of the others, whose number is
    drawn from their content, those that are there already are left out: returns how many.
    """
    positions, packed, runs, newest = made
    left_out = 0
    if all(position.epoch >= 0 for position in positions):
        if packed or runs:
            copy(db, "positions", [*packed, *runs])
    else:
        if runs:
            copy(db, "positions", runs)
        if before := _told_before(db, positions):  # by another way, perhaps with another time
            new = [
                index for index, fix in enumerate(positions) if (fix.device, fix.epoch, fix.n) not in before
            ]
            left_out = len(positions) - len(new)
            positions, packed = [positions[index] for index in new], [packed[index] for index in new]
        if (fresh := _copy_new(db, packed)) is not None:
            new = [index for index, fix in enumerate(positions) if (fix.device, fix.epoch, fix.n) in fresh]
            left_out += len(positions) - len(new)
            positions, packed = [positions[index] for index in new], [packed[index] for index in new]
    _keep_latest(db, [*_newest(positions, packed), *newest])
    return left_out


def _told_before(db: Connection, positions: Sequence[Position]) -> set[Key]:
    """Which of those without a number of the device are stored already, with whatever time near their own."""
    wanted = [one for one in positions if one.epoch < 0]
    times = [one.at for one in wanted]
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT p.device, p.epoch, p.n FROM unnest(%s::text[], %s::bigint[], %s::bigint[])"
            " AS told (device, epoch, n) JOIN positions p USING (device, epoch, n)"
            " WHERE p.at BETWEEN %s AND %s",
            (
                [one.device for one in wanted],
                [one.epoch for one in wanted],
                [one.n for one in wanted],
                min(times) - _NEAR,
                max(times) + _NEAR,
            ),
        )
        return set(cursor.fetchall())


def _copy_new(db: Connection, packed: Sequence[bytes]) -> set[Key] | None:
    """COPY rows of which some may be there already; None when all were new, else the keys that were."""
    with db.cursor() as cursor:
        cursor.execute("SAVEPOINT copied")
        try:
            copy(db, "positions", packed)
        except psycopg2.errors.UniqueViolation:
            cursor.execute("ROLLBACK TO SAVEPOINT copied")
        else:
            cursor.execute("RELEASE SAVEPOINT copied")
            return None
        _stage(db, packed)
        cursor.execute(
            f"INSERT INTO positions ({COLUMNS}) SELECT {COLUMNS} FROM incoming ORDER BY {_KEY}"
            " ON CONFLICT DO NOTHING RETURNING device, epoch, n"
        )
        return {(device, epoch, n) for device, epoch, n in cursor.fetchall()}


def _stage(db: Connection, packed: Iterable[bytes]) -> None:
    with db.cursor() as cursor:
        cursor.execute(_STAGE)
    copy(db, "incoming", packed)


def _newest(positions: Sequence[Position], packed: Sequence[bytes]) -> list[bytes]:
    """The rows of the newest position of each device."""
    newest: dict[tuple[str, str], tuple[datetime, int, int, int]] = {}
    for index, fix in enumerate(positions):
        key = (fix.mission, fix.device)
        kept = newest.get(key)
        if kept is None or (fix.corrected_at, fix.epoch, fix.n) > kept[:3]:
            newest[key] = (fix.corrected_at, fix.epoch, fix.n, index)
    return [packed[index] for *_, index in newest.values()]


def _keep_latest(db: Connection, packed: Sequence[bytes]) -> None:
    if packed:
        _stage(db, packed)
        with db.cursor() as cursor:
            cursor.execute(_KEEP_LATEST)


def same(db: Connection, positions: Sequence[Position]) -> set[Key]:
    """Which of these are stored with the same content: place, time of the fix and what was measured."""
    if not positions:
        return set()
    _stage(db, rows(positions)[0])
    with db.cursor() as cursor:
        cursor.execute(_SAME)
        return {(device, epoch, n) for device, epoch, n in cursor.fetchall()}


def _fix(row: dict[str, Any]) -> Position:
    return Position(**{**row, "flags": tuple(row["flags"])})


def ensure_days(db: Connection, days: set[date]) -> None:
    """Make the partitions of these days; days far from today stay in the default partition.

    Looked up at every batch: a partition that was made in a transaction rolled back since is not there.
    """
    today = datetime.now(UTC).date()
    near = {f"positions_{day:%Y%m%d}": day for day in days if abs(day - today).days <= _DAYS_AHEAD_OF_DEFAULT}
    if not near:
        return
    with db.cursor() as cursor:
        cursor.execute("SELECT name FROM unnest(%s) name WHERE to_regclass(name) IS NULL", (list(near),))
        missing = sorted(row[0] for row in cursor.fetchall())
    for name in missing:
        _make_day(db, name, near[name])


def make_days(db: Connection, today: date) -> None:
    """Make the partitions around today ahead of their reports: it locks the table against all who store.

    Raises LockNotAvailable when it would have to wait: those who store would wait behind it.
    """
    with db.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1s'")
    ensure_days(db, {today + timedelta(days=ahead) for ahead in _MADE_AHEAD})


def _make_day(db: Connection, name: str, day: date) -> None:
    with db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('casevac partitions'))")
        cursor.execute("SAVEPOINT day")
        try:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF positions FOR VALUES FROM (%s) TO (%s)",
                (f"{day}T00:00Z", f"{day + timedelta(days=1)}T00:00Z"),
            )
            cursor.execute("RELEASE SAVEPOINT day")
        except psycopg2.errors.CheckViolation:
            # the default partition holds rows of that day: they stay there
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


def last_of(db: Connection, devices: Collection[str]) -> dict[str, Position]:
    """The latest position of each of these devices, by corrected time."""
    sql = f"SELECT {_READ} FROM latest_positions WHERE device = ANY(%(devices)s) ORDER BY corrected_at"
    return {row["device"]: _fix(row) for row in _select(db, sql, {"devices": list(devices)})}


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
            ORDER BY corrected_at DESC, epoch DESC, n DESC LIMIT 1) p
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
