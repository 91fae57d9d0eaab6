"""The field door frozen amid a batch (SIGSTOP): its locks are freed, what it held is stored when it thaws."""

import json
import signal
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from casevac.errors import StoreUnreachable
from casevac.store import logins
from casevac.store.connection import Connection, connect
from tests.faults.field import field
from tests.tracker.listener import Listener, until


def report(n: int) -> bytes:
    at = datetime.now(UTC).isoformat()
    return json.dumps({"epoch": 1, "n": n, "at": at, "lon": 18.5, "lat": 4.4}).encode()


def sessions(db: Connection, where: str) -> int:
    """Other connections of this database in such a state."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            f" AND pid <> pg_backend_pid() AND {where}"
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def revoked(db: Connection, name: str) -> None:
    with db:
        logins.revoke(db, name, datetime.now(UTC), "t")


def test_a_frozen_field_door_keeps_nobody_from_cutting_off_and_loses_nothing(
    tmp_path: Path, database_url: str
) -> None:
    with (
        field(tmp_path / "home", database_url) as there,
        closing(connect(database_url, autocommit=True)) as db,
        closing(connect(database_url)) as holder,
        closing(connect(database_url)) as cutter,
    ):
        amb = Listener("amb-1", there.enrol("amb-1"), there.broker.port)
        there.enrol("lost-1")
        amb.send("report", report(1))
        assert until(lambda: 1 in amb.stored())
        holder.cursor().execute("LOCK TABLE seen IN ACCESS EXCLUSIVE MODE")
        amb.send("report", report(2))
        assert until(lambda: sessions(db, "wait_event_type = 'Lock'"))
        assert there.ingest is not None
        there.ingest.send_signal(signal.SIGSTOP)
        holder.rollback()  # what it waited for comes, and nobody is there to go on
        assert until(lambda: sessions(db, "state = 'idle in transaction'"))
        try:
            revoked(cutter, "lost-1")
        except StoreUnreachable as fault:
            assert "does not end" in str(fault)  # on a slow machine the store may end it first
            assert until(lambda: not sessions(db, "state = 'idle in transaction'"))
            revoked(cutter, "lost-1")
        else:
            assert not sessions(db, "state = 'idle in transaction'")
        there.ingest.send_signal(signal.SIGCONT)
        assert until(lambda: 2 in amb.stored())
        amb.send("report", report(3))
        assert until(lambda: 3 in amb.stored())
        amb.close()
        assert there.ingest.poll() is None  # an outage as any other: it went on by itself
        assert there.rows("amb-1") == {1: 1, 2: 1, 3: 1}
        assert logins.revoked(db) == {"lost-1"}
        assert "it is retried, nothing is lost" in there.home.log_file("ingest").read_text()
