"""How devices come in: by a password or a certificate, and those that were cut off."""

from datetime import datetime
from typing import NamedTuple

import msgspec
import psycopg2

from casevac.errors import StoreUnreachable, Unknown
from casevac.events import DeviceEnrolled, house_event
from casevac.store import log, missions
from casevac.store.connection import Connection
from casevac.terms import Source

_FENCE = "hashtext('casevac rights')"  # a lock: shared by who stores, alone for who cuts a device off
_PATIENCE = "3 s"


class Login(NamedTuple):
    """`certificate`: its end (ISO 8601) and serial, None for a password; `heard_at`: its last position."""

    revoked_at: datetime | None
    certificate: str | None
    heard_at: datetime | None


def revoked(db: Connection) -> set[str]:
    """Devices that were cut off: few, and asked for with every batch. Until the caller's transaction ends no
    other is cut off: what is read is true at its commit."""
    with db.cursor() as cursor:
        # In one journey; the second statement sees whatever was committed while the first one waited.
        cursor.execute(
            f"SELECT pg_advisory_xact_lock_shared({_FENCE});"
            " SELECT name FROM devices WHERE revoked_at IS NOT NULL"
        )
        return {row[0] for row in cursor.fetchall()}


def revoke(db: Connection, name: str, now: datetime, actor: str) -> None:
    """Cut a device off: from this commit on nothing of it is stored; again is harmless.

    Waits for the batches that are being stored just now: what they have of it comes before. But not long, for
    whoever wants to store meanwhile waits behind us: then raises StoreUnreachable. Raises Unknown.
    """
    try:
        _revoke(db, name, now, actor)
    except psycopg2.errors.LockNotAvailable as fault:
        raise StoreUnreachable(f"a batch that is being stored does not end within {_PATIENCE}") from fault


def _revoke(db: Connection, name: str, now: datetime, actor: str) -> None:
    with db.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE}'; SELECT pg_advisory_xact_lock({_FENCE})")
        cursor.execute("SELECT mission, revoked_at FROM devices WHERE name = %s FOR UPDATE", (name,))
        row = cursor.fetchone()
        if row is None:
            raise Unknown(f"no device {name[:40]!r}; see: casevac device list")
        if row[1] is not None:
            return
        cursor.execute("UPDATE devices SET revoked_at = %s, certificate = NULL WHERE name = %s", (now, name))
    body = missions.enrolled(db, row[0], name) or DeviceEnrolled(name=name)
    event = house_event(row[0], msgspec.structs.replace(body, revoked=True), now, actor, Source.SYSTEM)
    log.append(db, [event])


def admitted(db: Connection, name: str, certificate: str | None) -> None:
    """A device logs in anew, by this certificate (its end and serial) or by a password, and is heard."""
    with db.cursor() as cursor:
        cursor.execute(
            "UPDATE devices SET revoked_at = NULL, certificate = %s WHERE name = %s", (certificate, name)
        )


def logins(db: Connection) -> dict[str, Login]:
    """How each enrolled device comes in, and when it was last heard."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT name, revoked_at, certificate, received_at FROM devices"
            " LEFT JOIN latest_positions ON device = name"
        )
        return {row[0]: Login(*row[1:]) for row in cursor.fetchall()}
