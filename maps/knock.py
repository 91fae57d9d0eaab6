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
    set_aside: int | None = None


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
        asked.set_result(self._seen())

    def _seen(self) -> StoreState:
        try:
            with self._pool.lend() as db:
                return StoreState(None, log.store_epoch(db), log.head(db), asides.count(db))
        except CasevacError as fault:
            return StoreState(str(fault))
        except Exception as fault:  # noqa: BLE001  health answers in words whatever is wrong with the store
            words = " ".join(str(fault).split()) or type(fault).__name__
            kind = "the store refuses" if isinstance(fault, psycopg2.Error) else "a fault of our own"
            return StoreState(f"{kind}: {words}")
