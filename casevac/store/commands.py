"""Commands by their idempotency key: what was asked under it, and the events it left."""

import psycopg2

from casevac.errors import NotPossible
from casevac.events import Event
from casevac.store import log
from casevac.store.connection import Connection

OTHER = "this key was used for another command; send the command again with a new one"


def claim(db: Connection, key: str, asked: bytes, events: int) -> bool:
    """Claim a key for a command, in the transaction that stores its `events` under `key`/0, `key`/1, ..

    True when it is new, False when the same command has it already; waits for one that is being stored.
    `asked` is a digest of the command. Raises NotPossible when another command has the key.
    """
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO commands (key, asked, events) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (key, psycopg2.Binary(asked), events),
        )
        if cursor.rowcount == 1:
            return True
    return done(db, key, asked) is None


def done(db: Connection, key: str, asked: bytes) -> list[Event] | None:
    """The events that this command stored, in order, or None when nobody used the key yet.

    Raises NotPossible when another command has the key.
    """
    with db.cursor() as cursor:
        cursor.execute("SELECT asked, events FROM commands WHERE key = %s", (key,))
        row = cursor.fetchone()
    if row is None:
        return None
    if bytes(row[0]) != asked:
        raise NotPossible(OTHER)
    return log.under_keys(db, [f"{key}/{index}" for index in range(row[1])])
