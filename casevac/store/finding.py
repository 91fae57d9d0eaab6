"""Single events of the log: decisions by their ids, whose task it is, what a device is bound to."""

import json
from collections.abc import Collection, Sequence
from typing import NamedTuple

from casevac.events import Event, OptionsComputed
from casevac.store import log
from casevac.store.connection import Connection, hurried

_LIKE = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def decision(db: Connection, mission: str, wanted: str) -> tuple[Event, OptionsComputed] | None:
    """The options computed under this decision id, with their event; None when there are none."""
    seqs = _seqs(
        db,
        "SELECT seq FROM events WHERE mission = %s AND kind = 'options_computed'"
        " AND body->>'decision' = %s ORDER BY seq LIMIT 1",
        (mission, wanted),
    )
    for event in _events(db, mission, seqs):
        if isinstance(event.body, OptionsComputed):
            return event, event.body
    return None


def decisions(db: Connection, mission: str, most: int) -> list[str]:
    """Ids of the newest decisions, newest first."""
    seqs = _seqs(
        db,
        "SELECT seq FROM events WHERE mission = %s AND kind = 'options_computed' ORDER BY seq DESC LIMIT %s",
        (mission, most),
    )
    bodies = [event.body for event in _events(db, mission, seqs)]
    return [body.decision for body in bodies if isinstance(body, OptionsComputed)]


def tasked(db: Connection, tasks: Sequence[str]) -> dict[str, str]:
    """The vehicle of each of these tasks that was sent."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT body->>'task', body->>'vehicle' FROM events"
            " WHERE kind = 'vehicle_tasked' AND body->>'task' = ANY(%s)",
            (list(tasks),),
        )
        return {str(task): str(vehicle) for task, vehicle in cursor.fetchall()}


def carrying(db: Connection, mission: str, device: str) -> str | None:
    """The registered vehicle of a device that is enrolled in none: the one of its name, else the one whose
    latest card names it, of several the first by id. As `casevac.state.carrier` has it."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM (SELECT DISTINCT ON (body->>'id') body->>'id' AS id, body->>'device' AS device"
            " FROM events WHERE mission = %s AND kind = 'vehicle_registered'"
            " ORDER BY body->>'id', occurred_at DESC, seq DESC)"
            ' AS card WHERE device = %s OR id = %s ORDER BY id <> %s, id COLLATE "C" LIMIT 1',
            (mission, device, device, device),
        )
        row = cursor.fetchone()
    return None if row is None else str(row[0])


class TeamCard(NamedTuple):
    """Who speaks for a team: its own device, that of its vehicle, that of the facility where it stands by."""

    id: str
    device: str | None
    vehicle: str | None
    facility: str | None


def teams(db: Connection, mission: str) -> list[TeamCard]:
    """The latest card of each team."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (body->>'id') body->>'id', body->>'device', body->>'vehicle',"
            " body->>'facility' FROM events WHERE mission = %s AND kind = 'team_registered'"
            " ORDER BY body->>'id', seq DESC",
            (mission,),
        )
        return [TeamCard(*row) for row in cursor.fetchall()]


def naming(db: Connection, mission: str, ids: Collection[str], most: int) -> list[Event]:
    """The last `most` events of a mission that name one of these ids anywhere, in the order of the log.

    Options that were computed are left out: they name everything that was looked at.
    """
    wanted = [f"%{json.dumps(one, ensure_ascii=False).translate(_LIKE)}%" for one in sorted(ids)]
    with hurried(db) as cursor:
        cursor.execute(
            "SELECT seq FROM events WHERE mission = %s"
            " AND kind NOT IN ('options_computed', 'chains_confirmed')"
            " AND body::text LIKE ANY(%s) ORDER BY seq DESC LIMIT %s",
            (mission, wanted, most),
        )
        seqs = [int(row[0]) for row in cursor.fetchall()]
    return log.at(db, seqs)


def _seqs(db: Connection, sql: str, values: Sequence[object]) -> list[int]:
    with db.cursor() as cursor:
        cursor.execute(sql, values)
        return [int(row[0]) for row in cursor.fetchall()]


def _events(db: Connection, mission: str, seqs: Sequence[int]) -> list[Event]:
    return [event for seq in seqs for event in log.read(db, mission, after=seq - 1, upto=seq)]
