"""The numbers of an older store stay seen when it is brought up to date."""

from collections.abc import Iterator

import psycopg2
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from casevac.roof.postgres import Cluster
from casevac.store import migrate, seen
from casevac.store.connection import connect

OLD = "0005"


@pytest.fixture
def old_store(cluster: Cluster) -> Iterator[str]:
    """A database as the software before 0006 left it."""
    admin = psycopg2.connect(cluster.url("postgres"))
    admin.autocommit = True
    admin.cursor().execute("CREATE DATABASE old_store")
    url = cluster.url("old_store")
    config = Config()
    config.set_main_option("script_location", str(migrate._SCRIPTS))
    engine = create_engine(migrate.sqlalchemy_url(url))
    with engine.begin() as db:
        config.attributes["connection"] = db
        command.upgrade(config, OLD)
    engine.dispose()
    yield url
    admin.cursor().execute("DROP DATABASE old_store WITH (FORCE)")
    admin.close()


def test_numbers_of_an_older_store_stay_seen(old_store: str) -> None:
    last = 2**63 - 1
    reports = [("a", 1, n) for n in (1, 1023, 1024, 5000, last)] + [("b", 7, 1)]
    event = ("a", 1, 2)
    with connect(old_store) as db, db.cursor() as cursor:
        for key in [*reports, event, ("a", -1, 99)]:
            cursor.execute("INSERT INTO numbers VALUES (%s, %s, %s, %s)", (*key, b"digest"))
        cursor.execute("INSERT INTO missions (id, name, kind, profile) VALUES ('m', 'M', 'live', '{}')")
        cursor.execute(
            "INSERT INTO events (mission, kind, occurred_at, received_at, actor, source, device, epoch, n,"
            " schema, body) VALUES ('m', 'x', now(), now(), 'a', 'device', 'a', 1, 2, 1, '{}')"
        )
    migrate.upgrade(old_store)
    strange = [("a", 1, 3), ("a", 1, 1025), ("a", 2, 1), ("b", 7, 2)]
    with connect(old_store) as db:
        assert seen.claim(db, seen.blocks([*reports, event, *strange])) == {*reports, event}
        assert seen.told(db, [*reports, event]) == {event: b"digest"}
        assert seen.claim(db, seen.blocks(strange)) == set(strange)
