"""One look at the store with a deadline: PostgreSQL may hang without being gone."""

import asyncio
import threading
from concurrent.futures import Future
from typing import NamedTuple

import psycopg2

from casevac.errors import CasevacError
from casevac.store import asides, log
from maps.pool import Pool

LIMIT_S = 2.0


class StoreState(NamedTuple):
    """What the store says of itself; trouble: why it says nothing."""

    trouble: str | None
    epoch: str | None = None
    seq: int | None = None
    aside: dict[str, int] | None = None  # set aside and waiting for a person, by the word of the reason


class Knock:
    """Looks in a thread of its own, one at a time: whoever asks while one hangs waits for the same answer.

    Its own thread, since those of the web server may all be held up by the very store that hangs.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._pending: Future[StoreState] | None = None

    async def look(self, limit_s: float = LIMIT_S) -> StoreState:
        """The state of the store, within `limit_s` whatever the store does."""
        try:
            pending = asyncio.wrap_future(self._asked())
            return await asyncio.wait_for(asyncio.shield(pending), limit_s)
        except TimeoutError:
            return StoreState(f"PostgreSQL gave no answer within {limit_s:g} s; it is asked again")

    def _asked(self) -> "Future[StoreState]":
        with self._lock:
            if self._pending is None or self._pending.done():
                self._pending = Future()
                threading.Thread(target=self._run, args=(self._pending,), name="knock", daemon=True).start()
            return self._pending

    def _run(self, asked: "Future[StoreState]") -> None:
        seen = StoreState("a fault of our own; see the log")  # which the thread's own end tells
        try:
            seen = self._seen()
        finally:
            asked.set_result(seen)

    def _seen(self) -> StoreState:
        try:
            with self._pool.lend() as db:
                return StoreState(None, log.store_epoch(db), log.head(db), asides.counts(db))
        except CasevacError as fault:
            return StoreState(str(fault))
        except psycopg2.Error as fault:
            return StoreState(f"the store refuses: {' '.join(str(fault).split()) or type(fault).__name__}")
