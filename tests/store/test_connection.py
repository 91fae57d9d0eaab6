"""Connections to the store: what every part asks of them."""

from contextlib import closing

import psycopg2
import pytest

from casevac.errors import StoreUnreachable
from casevac.store.connection import OUTAGES, connect, faults


def test_every_connection_notices_when_the_machine_at_its_other_end_has_gone(database_url: str) -> None:
    """Ingest waits for an answer without sending anything: only the kernel can tell that none will come."""
    db = connect(database_url)
    asked = psycopg2.extensions.parse_dsn(db.dsn)
    db.close()
    idle, every, times = (int(asked[f"keepalives_{name}"]) for name in ("idle", "interval", "count"))
    assert idle + every * times <= 15
    assert 0 < int(asked["tcp_user_timeout"]) <= 15_000


def test_a_session_that_was_ended_for_doing_nothing_is_an_outage(database_url: str) -> None:
    with closing(connect(database_url, idle_s=1)) as db, closing(connect(database_url)) as other:
        db.cursor().execute("SELECT 1")
        pid = db.info.backend_pid
        with other, other.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute(
                "DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_stat_get_activity(%s)) LOOP"
                " PERFORM pg_sleep(0.05); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$",
                (pid,),
            )
        with pytest.raises(StoreUnreachable, match="nothing is lost"), faults():
            db.cursor().execute("SELECT 1")
    assert issubclass(psycopg2.errors.IdleInTransactionSessionTimeout, OUTAGES)
