"""A few open connections to the store, lent to one request at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from casevac.errors import StoreUnreachable
from casevac.store.connection import Connection, connect, faults

_KEPT = 8


@contextmanager
def prepared() -> Iterator[None]:
    """Driver errors in our words; a database without our tables too."""
    try:
        with faults():
            yield
    except psycopg2.errors.UndefinedTable as fault:
        raise StoreUnreachable("the store is not prepared yet; start it with: casevac up") from fault


class Pool:
    """Lends connections; one that broke is never lent again."""

    def __init__(self, database_url: str) -> None:
        self._dsn = database_url
        self._idle: list[Connection] = []
        self._lock = threading.Lock()

    @contextmanager
    def lend(self) -> Iterator[Connection]:
        """A working connection, rolled back afterwards; raises StoreUnreachable."""
        db = self._take()
        try:
            with prepared():
                yield db
        finally:
            self._give_back(db)

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            kept, self._idle = self._idle, []
        for db in kept:
            db.close()

    def _take(self) -> Connection:
        while True:
            with self._lock:
                db = self._idle.pop() if self._idle else None
            if db is None:
                return connect(self._dsn)
            if _answers(db):
                return db
            db.close()

    def _give_back(self, db: Connection) -> None:
        with suppress(psycopg2.Error):
            db.rollback()
        with self._lock:
            usable = not db.closed and db.info.transaction_status == TRANSACTION_STATUS_IDLE
            if usable and len(self._idle) < _KEPT:
                self._idle.append(db)
                return
        db.close()


def _answers(db: Connection) -> bool:
    """True when the server behind an idle connection is still there."""
    try:
        with faults(), db.cursor() as cursor:
            cursor.execute("SELECT 1")
        db.rollback()
    except (StoreUnreachable, psycopg2.Error):
        return False
    return True
