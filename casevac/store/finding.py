"""Single events of the log: decisions by their ids, whose task it is, whose device."""

from collections.abc import Sequence

from casevac.events import Event, OptionsComputed
from casevac.store import log
from casevac.store.connection import Connection


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


def device_of(db: Connection, mission: str, vehicle: str) -> str | None:
    """The device that a vehicle's card names; None when it names none or there is no such vehicle."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT body->>'device' FROM events WHERE mission = %s AND kind = 'vehicle_registered'"
            " AND body->>'id' = %s ORDER BY seq DESC LIMIT 1",
            (mission, vehicle),
        )
        row = cursor.fetchone()
    return None if row is None else row[0]


def _seqs(db: Connection, sql: str, values: Sequence[object]) -> list[int]:
    with db.cursor() as cursor:
        cursor.execute(sql, values)
        return [int(row[0]) for row in cursor.fetchall()]


def _events(db: Connection, mission: str, seqs: Sequence[int]) -> list[Event]:
    return [event for seq in seqs for event in log.read(db, mission, after=seq - 1, upto=seq)]
