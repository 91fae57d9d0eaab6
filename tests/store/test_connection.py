"""Connections to the store: what every part asks of them."""

import psycopg2

from casevac.store.connection import connect


def test_every_connection_notices_when_the_machine_at_its_other_end_has_gone(database_url: str) -> None:
    """Ingest waits for an answer without sending anything: only the kernel can tell that none will come."""
    db = connect(database_url)
    asked = psycopg2.extensions.parse_dsn(db.dsn)
    db.close()
    idle, every, times = (int(asked[f"keepalives_{name}"]) for name in ("idle", "interval", "count"))
    assert idle + every * times <= 15
    assert 0 < int(asked["tcp_user_timeout"]) <= 15_000
