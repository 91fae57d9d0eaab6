"""Follow the log: every event once, in order, across restarts of PostgreSQL."""

import select

from casevac.errors import StoreUnreachable
from casevac.events import Event
from casevac.store import log
from casevac.store.connection import OUTAGES, Connection, connect

_POLL_S = 1.0  # a lost notification costs no more than this
_CHANNEL = "casevac_live"


class Tail:
    """One reader of the log. NOTIFY only wakes it: what is new is always read from the table."""

    def __init__(self, database_url: str, after: int = 0) -> None:
        self._dsn = database_url
        self.seq = after
        self._db: Connection | None = None

    def wait(self, seconds: float = _POLL_S) -> list[Event]:
        """Events not given before, at once or as soon as some arrive; empty after `seconds`.

        Raises StoreUnreachable when PostgreSQL is away; the next call connects again.
        """
        try:
            db = self._db or self._connect()
            events = self._read(db)
            if events or seconds <= 0:
                return events
            self._sleep(db, min(seconds, _POLL_S))
            return self._read(db)
        except OUTAGES as fault:
            self.close()
            raise StoreUnreachable(f"PostgreSQL does not answer; it is retried ({fault})") from fault

    def close(self) -> None:
        """Let the connection go; the place in the log is kept."""
        if self._db is not None:
            self._db.close()
        self._db = None

    def _connect(self) -> Connection:
        self._db = connect(self._dsn, autocommit=True)
        with self._db.cursor() as cursor:
            cursor.execute(f"LISTEN {_CHANNEL}")
        return self._db

    def _read(self, db: Connection) -> list[Event]:
        events = log.read(db, after=self.seq, limit=5000)
        if events:
            self.seq = events[-1].seq or self.seq
        return events

    @staticmethod
    def _sleep(db: Connection, seconds: float) -> None:
        if not db.notifies:  # a notice may have come along with an answer read before
            select.select([db], [], [], seconds)
        db.poll()
        db.notifies.clear()
