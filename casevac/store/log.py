"""The log: append events, read them, follow the tail without ever skipping a late commit.

Sequence numbers are given by a trigger that first takes an advisory lock held to the end of the
transaction, so their order is the order of commit: whoever has seen `seq` has seen all before it.
Gaps (rolled-back transactions) are normal.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from casevac.errors import AlreadyTasked
from casevac.events import (
    AlertRaised,
    CasualtyHandedOver,
    CasualtyReported,
    ChainPlanned,
    Event,
    LaunchDenied,
    MethaneSent,
    NineLineSent,
    RequestStoodDown,
    TaskCancelled,
    TaskDeclined,
    TaskFinished,
    fields_of,
    stored_body,
)
from casevac.store import pseudonyms
from casevac.store.connection import Connection, hurried
from casevac.terms import Source

_COLUMNS = (
    "seq, mission, kind, occurred_at, sent_at, received_at, recorded_at, device_at,"
    " actor, source, device, epoch, n, key, schema, body::text"
)
_SOURCES = {str(one): one for one in Source}
_INSERT = f"""
INSERT INTO events (mission, kind, occurred_at, sent_at, received_at, device_at, actor, source,
                    device, epoch, n, key, schema, body)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (key) DO NOTHING
RETURNING {_COLUMNS}
"""


_WHO = "concat_ws(' ', actor, device, body->>'by', body->>'speaker')"


class Asked(NamedTuple):
    """Which events are wanted: of these kinds, that hold this text, by whom, when they happened."""

    kinds: Collection[str] | None = None
    text: str = ""
    who: str = ""
    since: datetime | None = None
    until: datetime | None = None


def hold(db: Connection) -> None:
    """Let nobody else append until the caller's transaction ends: what is read now stays true till then."""
    with db.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('casevac log'))")


def append(db: Connection, events: Iterable[Event]) -> list[Event]:
    """Append events in the caller's transaction; returns them with `seq` and `recorded_at`.

    An event whose key is in the log already is returned as it was stored. Raises AlreadyTasked
    when a vehicle or casualty of a planned chain belongs to another one.
    """
    return [_append_one(db, event) for event in events]


def _append_one(db: Connection, event: Event) -> Event:
    with db.cursor() as cursor:
        cursor.execute(_INSERT, _row(event))
        row = cursor.fetchone()
        if row is None:
            cursor.execute(f"SELECT {_COLUMNS} FROM events WHERE key = %s", (event.key,))
            return _event(cursor.fetchone() or ())
    _engage(db, event)
    return _event(row)


def _row(event: Event) -> tuple[object, ...]:
    return (
        event.mission,
        event.kind,
        event.occurred_at,
        event.sent_at,
        event.received_at,
        event.device_at,
        event.actor,
        str(event.source),
        event.device,
        event.epoch,
        event.n,
        event.key,
        event.schema,
        json.dumps(fields_of(event.body)),
    )


def _event(row: Sequence[Any]) -> Event:
    """A row of _COLUMNS."""
    return Event(
        seq=row[0],
        mission=row[1],
        body=stored_body(row[2], row[15]),
        occurred_at=row[3],
        sent_at=row[4],
        received_at=row[5],
        recorded_at=row[6],
        device_at=row[7],
        actor=row[8],
        source=_SOURCES[row[9]],
        device=row[10],
        epoch=row[11],
        n=row[12],
        key=row[13],
        schema=row[14],
    )


def _engage(db: Connection, event: Event) -> None:
    """Keeps the table of who is bound to which chain; its primary key stops the second coordinator."""
    body = event.body
    match body:
        case AlertRaised(casualties=zaps) | NineLineSent(casualties=zaps) | MethaneSent(zaps=zaps) if zaps:
            pseudonyms.keep(db, zaps)
        case CasualtyReported():
            pseudonyms.keep(db, [body.casualty])
        case ChainPlanned():
            if body.replaces:
                _leave(db, event.mission, body.replaces)
            _free(db, event.mission, "casualty", body.left)
            bound = [("vehicle", name) for name in body.vehicles]
            bound += [("casualty", name) for name in body.casualties]
            _bind(db, event.mission, body.chain, bound)
        case LaunchDenied():
            _free_chains(db, event.mission, [body.chain])
        case RequestStoodDown():
            _free_chains(db, event.mission, _chains_of(db, event.mission, body.request))
        case TaskFinished() | TaskCancelled() | TaskDeclined():
            _free_task(db, event.mission, body.task, whole=not isinstance(body, TaskFinished))
        case CasualtyHandedOver(facility=str(), casualty=casualty):
            _free(db, event.mission, "casualty", [casualty])  # in a facility: no chain needs it any more


def _leave(db: Connection, mission: str, chain: str) -> None:
    """A chain that another one replaces holds nobody any more."""
    with db.cursor() as cursor:
        cursor.execute("DELETE FROM engaged WHERE mission = %s AND chain = %s", (mission, chain))


def _bind(db: Connection, mission: str, chain: str, bound: Sequence[tuple[str, str]]) -> None:
    """Whoever appends holds the lock of the log by now: nobody binds between the look and the insert."""
    with db.cursor() as cursor:
        for kind, name in bound:
            cursor.execute(
                "SELECT chain FROM engaged WHERE (mission, kind, id) = (%s, %s, %s)", (mission, kind, name)
            )
            holder = cursor.fetchone()
            if holder:
                raise AlreadyTasked(f"{kind} {name} belongs to chain {holder[0]} already; choose again")
            cursor.execute("INSERT INTO engaged VALUES (%s, %s, %s, %s)", (mission, kind, name, chain))


def _free(db: Connection, mission: str, kind: str, names: Sequence[str], chain: str | None = None) -> None:
    """Free them; with `chain` only who still belongs to that one: a late word frees nobody of a newer."""
    with db.cursor() as cursor:
        cursor.execute(
            "DELETE FROM engaged WHERE mission = %s AND kind = %s AND id = ANY(%s)"
            " AND chain = coalesce(%s, chain)",
            (mission, kind, list(names), chain),
        )


def _free_chains(db: Connection, mission: str, chains: Sequence[str]) -> None:
    """Free everybody bound to these chains; who still has a task is kept by the picture till its end."""
    with db.cursor() as cursor:
        cursor.execute("DELETE FROM engaged WHERE mission = %s AND chain = ANY(%s)", (mission, list(chains)))


def _chains_of(db: Connection, mission: str, request: str) -> list[str]:
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT body->>'chain' FROM events"
            " WHERE kind = 'chain_planned' AND mission = %s AND body->>'request' = %s",
            (mission, request),
        )
        return [str(row[0]) for row in cursor.fetchall()]


def _free_task(db: Connection, mission: str, task: str, *, whole: bool) -> None:
    """A finished task frees its vehicle, the last one those it left behind too; a cancelled or declined one
    breaks its chain, so it frees everybody of it, also who had no orders yet."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT body FROM events WHERE mission = %s AND kind = 'vehicle_tasked' AND body->>'task' = %s",
            (mission, task),
        )
        tasked = cursor.fetchone()
    if tasked is None:
        return
    chain = tasked[0]["chain"]
    if whole:
        _free_chains(db, mission, [chain])
        return
    _free(db, mission, "vehicle", [tasked[0]["vehicle"]], chain)
    with db.cursor() as cursor:
        cursor.execute(
            "DELETE FROM engaged WHERE mission = %(mission)s AND chain = %(chain)s AND NOT EXISTS"
            " (SELECT FROM engaged WHERE mission = %(mission)s AND chain = %(chain)s AND kind = 'vehicle')",
            {"mission": mission, "chain": chain},
        )


def read(
    db: Connection,
    mission: str | None = None,
    *,
    after: int = 0,
    upto: int | None = None,
    kinds: Collection[str] | None = None,
    limit: int | None = None,
) -> list[Event]:
    """Events with `after < seq <= upto`, in order; of one mission or of all."""
    sql = f"SELECT {_COLUMNS} FROM events WHERE seq > %(after)s"
    sql += " AND mission = %(mission)s" if mission is not None else ""
    sql += " AND seq <= %(upto)s" if upto is not None else ""
    sql += " AND kind = ANY(%(kinds)s)" if kinds is not None else ""
    sql += " ORDER BY seq"
    sql += " LIMIT %(limit)s" if limit is not None else ""
    wanted = {"after": after, "mission": mission, "upto": upto, "kinds": list(kinds or ()), "limit": limit}
    with db.cursor() as cursor:
        cursor.execute(sql, wanted)
        return [_event(row) for row in cursor.fetchall()]


def known_at(db: Connection, mission: str, at: datetime) -> int:
    """The last event of a mission that was recorded at or before an instant; 0 when there was none."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(seq), 0) FROM events WHERE mission = %s AND recorded_at <= %s", (mission, at)
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def recorded_until(db: Connection, seconds: float) -> int:
    """The last event recorded longer ago than that by the store's own clock; 0 when there is none."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(seq), 0) FROM"
            " (SELECT seq, recorded_at FROM events ORDER BY seq DESC LIMIT 1000) AS newest"
            " WHERE recorded_at < clock_timestamp() - make_interval(secs => %s)",
            (seconds,),
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def began(db: Connection, mission: str) -> datetime | None:
    """When the first event of a mission was recorded."""
    with db.cursor() as cursor:
        cursor.execute("SELECT min(recorded_at) FROM events WHERE mission = %s", (mission,))
        row = cursor.fetchone()
    return row[0] if row else None


def last(
    db: Connection, mission: str, upto: int, limit: int, kinds: Collection[str] | None = None
) -> list[Event]:
    """The last `limit` events of a mission up to `upto`, in the order of the log."""
    wanted = "" if kinds is None else " AND kind = ANY(%(kinds)s)"
    with db.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM events WHERE mission = %(mission)s AND seq <= %(upto)s{wanted}"
            " ORDER BY seq DESC LIMIT %(limit)s",
            {"mission": mission, "upto": upto, "limit": limit, "kinds": list(kinds or ())},
        )
        return [_event(row) for row in reversed(cursor.fetchall())]


def at(db: Connection, seqs: Sequence[int]) -> list[Event]:
    """The events with exactly these numbers, in the order of the log."""
    with db.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM events WHERE seq = ANY(%s) ORDER BY seq", (list(seqs),))
        return [_event(row) for row in cursor.fetchall()]


def page(db: Connection, mission: str, before: int, limit: int, asked: Asked) -> list[Event]:
    """The newest events of a mission before `before` that are asked for, the newest first."""
    wanted: list[str] = []
    wanted += ["kind = ANY(%(kinds)s)"] if asked.kinds is not None else []
    wanted += ["occurred_at >= %(since)s"] if asked.since is not None else []
    wanted += ["occurred_at < %(until)s"] if asked.until is not None else []
    wanted += [f"({_WHO}) ILIKE %(who)s"] if asked.who else []
    wanted += (
        [f"(replace(kind, '_', ' ') || ' ' || body::text || ' ' || {_WHO}) ILIKE %(text)s"]
        if asked.text
        else []
    )
    facts = {
        "mission": mission, "before": before, "limit": limit, "kinds": list(asked.kinds or ()),
        "since": asked.since, "until": asked.until, "who": _like(asked.who), "text": _like(asked.text),
    }  # fmt: skip
    with hurried(db) as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM events WHERE mission = %(mission)s AND seq < %(before)s"
            f"{''.join(f' AND {one}' for one in wanted)} ORDER BY seq DESC LIMIT %(limit)s",
            facts,
        )
        return [_event(row) for row in cursor.fetchall()]


def _like(text: str) -> str:
    """A pattern that finds the text anywhere; nothing in it stands for anything else."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def under_keys(db: Connection, keys: Sequence[str]) -> list[Event]:
    """The events stored under exactly these keys, in the order of the log."""
    with db.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM events WHERE key = ANY(%s) ORDER BY seq", (list(keys),))
        return [_event(row) for row in cursor.fetchall()]


def head(db: Connection) -> int:
    """The last sequence number; 0 for an empty log."""
    with db.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(seq), 0) FROM events")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def store_epoch(db: Connection) -> str:
    """The identity of this store: a sequence number means nothing in another one."""
    with db.cursor() as cursor:
        cursor.execute("SELECT epoch FROM store_identity")
        row = cursor.fetchone()
    return str(row[0]) if row else ""
