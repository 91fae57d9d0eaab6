"""Connections to PostgreSQL and the faults they raise, in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812  a class under its function's name
from psycopg2.extensions import cursor as Cursor  # noqa: N812  as above
from psycopg2.extensions import make_dsn

from casevac.errors import CasevacError, DiskFull, NotPossible, StoreUnreachable

__all__ = ["OUTAGES", "Connection", "connect", "faults", "hurried", "in_words"]

SEARCH_MS = 5000
# Over TCP a machine that has gone is noticed within some ten seconds; a unix socket ignores these.
_WATCHFUL = {
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def connect(dsn: str, *, autocommit: bool = False, idle_s: int = 0) -> Connection:
    """A connection to the store, times in UTC; raises StoreUnreachable.

    The store ends it when a transaction does nothing for `idle_s` seconds (0: never): a process that is
    frozen amid one holds its locks no longer. That is then an outage as any other, see `OUTAGES`.
    """
    options = f"-c timezone=UTC -c statement_timeout=60000 -c idle_in_transaction_session_timeout={idle_s}s"
    with faults():
        db = psycopg2.connect(
            str(make_dsn(dsn, **_WATCHFUL)),
            options=options,
            connect_timeout=5,
            application_name="casevac",
        )
    db.autocommit = autocommit
    return db


# The last is how a session may learn that it was ended for doing nothing; psycopg2 counts it as a bug.
OUTAGES = (
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
    psycopg2.errors.IdleInTransactionSessionTimeout,
)


def in_words(fault: psycopg2.Error) -> CasevacError | None:
    """The foreseen fault that a driver error means, or None when it is a bug."""
    reason = str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__
    if isinstance(fault, psycopg2.errors.DiskFull):
        return DiskFull(f"the store's disk is full; free space on it, nothing receipted is lost ({reason})")
    if isinstance(fault, OUTAGES):
        return StoreUnreachable(f"PostgreSQL does not answer; it is retried, nothing is lost ({reason})")
    return None


@contextmanager
def faults() -> Iterator[None]:
    """Turns driver errors into our named ones; others pass unchanged."""
    try:
        yield
    except psycopg2.Error as fault:
        named = in_words(fault)
        if named is None:
            raise
        raise named from fault


@contextmanager
def hurried(db: Connection) -> Iterator[Cursor]:
    """For a search whose cost its asker chooses; the rest of the transaction keeps the limit.

    Raises NotPossible when it takes longer than SEARCH_MS.
    """
    try:
        with db.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {SEARCH_MS}")
            yield cursor
    except psycopg2.errors.QueryCanceled as fault:
        raise NotPossible(
            f"the search took longer than {SEARCH_MS // 1000} s; narrow it, as by time, or try again"
        ) from fault
