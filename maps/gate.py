"""Who comes in: the person behind a request, how people log in and out, and whose open streams must end."""

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from ipaddress import ip_address

import psycopg2
from starlette.types import Scope

from casevac.access import AccountRole, Person
from casevac.errors import CasevacError, LoginNeeded, TooManyAttempts, WrongLogin
from casevac.store import accounts, attempts, sessions
from maps.pool import Pool
from maps.repeats import Repeats
from maps.viewer import Viewer

ANYBODY = Person("watch-keeper", AccountRole.COORDINATOR)
"""Whoever sits at this machine while it has no accounts."""
LOOK_S = 5.0  # an open stream ends so soon after its session, account or open door has ended
AT_ONCE = 2  # argon2 takes a core and 64 MiB a login
MOST_WAITING = 20
LOG_IN = "log in first: POST /api/login, or open the page"
NO_ACCOUNT = (
    "this door asks who comes and there is no account yet; make the first one on the machine that runs"
    " Casevac: casevac account add NAME --role coordinator"
)
ENDED = "this session has ended; log in again"
_log = logging.getLogger(__name__)
Ticket = bytes | None  # the digest of a session's token; None: came through the open door


class Gate:
    """One door's view of accounts and sessions. The store decides each time; nothing is remembered here."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._hashing = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="login")
        self._waiting = 0
        self._streams: dict[Ticket, set[Viewer]] = {}
        self._known: dict[str, tuple[str, str, str]] | None = None
        self._refused = Repeats(_log.warning)

    # --- for any thread

    def visitor(self, scope: Scope, token: str | None) -> tuple[Person, Ticket]:
        """Who comes with this token, and the ticket to look with; raises LoginNeeded, StoreUnreachable."""
        digest = sessions.digest_of(token) if token else None
        with self._pool.lend() as db, db:
            found = sessions.standing(db, digest)
        if found.person is not None:
            return found.person, digest
        if found.accounts:
            raise LoginNeeded(LOG_IN)
        if is_outer(scope):
            raise LoginNeeded(NO_ACCOUNT)
        return ANYBODY, None

    @property
    def asks(self) -> bool:
        """True unless the last look found that there is no account; does not ask the store.

        Before the first look, as when the store is down at the start, nobody is taken for an insider.
        """
        return self._known != {}

    # --- on the event loop

    async def enter(self, name: str, password: str, source: str) -> tuple[Person, str]:
        """Log in: the person and a new session's token; raises WrongLogin, TooManyAttempts."""
        if self._waiting >= MOST_WAITING:
            raise TooManyAttempts("many people log in at this moment; try again in 5 s", 5.0)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._hashing, self._enter, name, password, source)
        finally:
            self._waiting -= 1

    async def leave(self, token: str) -> None:
        """Log out: the session ends, and its streams with it."""
        digest = sessions.digest_of(token)
        account = await asyncio.to_thread(self._leave, digest)
        self._end(digest)
        if account is not None:
            _log.info("%s logged out", account)

    @contextmanager
    def following(self, ticket: Ticket, viewer: Viewer) -> Iterator[None]:
        """A stream is open under this ticket."""
        self._streams.setdefault(ticket, set()).add(viewer)
        try:
            yield
        finally:
            self._streams[ticket].discard(viewer)
            if not self._streams[ticket]:
                del self._streams[ticket]

    def follows(self, ticket: Ticket, viewer: Viewer) -> bool:
        """True when this stream was opened under this ticket."""
        return viewer in self._streams.get(ticket, ())

    async def keep(self) -> None:
        """End, for ever, the streams of whoever may not look any more; tell the log what changed."""
        while True:
            try:
                over = await asyncio.to_thread(self._over, tuple(self._streams))
            except (CasevacError, psycopg2.Error) as fault:
                _log.debug("who may look cannot be asked now: %s", fault)
                over = []
            for ticket in over:
                self._end(ticket)
            self._refused.flush()
            await asyncio.sleep(LOOK_S)

    def close(self) -> None:
        """Take no more logins."""
        self._refused.flush(everything=True)
        self._hashing.shutdown(wait=False, cancel_futures=True)

    def _end(self, ticket: Ticket) -> None:
        for viewer in tuple(self._streams.get(ticket, ())):
            if not viewer.over:
                viewer.reset(ENDED)

    # --- in threads of their own

    def _enter(self, name: str, password: str, source: str) -> tuple[Person, str]:
        of_account, of_source = attempts.subjects(name, source)
        with self._pool.lend() as db:
            try:
                attempts.claim(db, (of_account, of_source))
            except TooManyAttempts:
                self._refused.tell(f"a login from {source} was put off: too many failed")
                raise
            with db:
                person = accounts.verified(db, name, password)
                if person is not None:
                    attempts.forgive(db, of_account, of_source)
                    token = sessions.begin(db, person.name)
                elif not accounts.there_is_one(db):
                    raise WrongLogin(NO_ACCOUNT)
                else:
                    whose = name.strip().lower() if accounts.is_known(db, name) else "no account"
                    self._refused.tell(f"a login from {source} failed: of {whose}")
                    raise WrongLogin("name or password is wrong")
        _log.info("%s logged in as %s from %s", person.name, person.role, source)
        return person, token

    def _leave(self, digest: bytes) -> str | None:
        with self._pool.lend() as db, db:
            return sessions.end(db, digest)

    def _over(self, tickets: tuple[Ticket, ...]) -> list[Ticket]:
        """Which of these tickets hold no longer; those that do are in use."""
        with self._pool.lend() as db, db:
            self._tell_changes(accounts.states(db))
            digests = [ticket for ticket in tickets if ticket is not None]
            alive = sessions.alive(db, digests)
            sessions.use(db, alive)
        return [ticket for ticket in tickets if (self.asks if ticket is None else ticket not in alive)]

    def _tell_changes(self, now: dict[str, tuple[str, str, str]]) -> None:
        before, self._known = self._known, now
        for name, (role, mark, closed) in now.items() if before is not None else ():
            had = before.get(name) if before else None
            if had is None:
                _log.info("account %s was made, as %s", name, role)
                continue
            words = [f"is {role} now"] if role != had[0] else []
            words += ["has its password kept anew"] if mark != had[1] else []
            words += ["was closed" if closed else "was opened again"] if closed != had[2] else []
            for word in words:
                _log.info("account %s %s", name, word)


def is_outer(scope: Scope) -> bool:
    """True when a request came over HTTPS, or from another machine."""
    client = scope.get("client")
    try:
        near = isinstance(client, list | tuple) and ip_address(str(client[0])).is_loopback
    except ValueError:
        near = False
    return scope.get("scheme") != "http" or not near
