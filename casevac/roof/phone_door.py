"""What the web door hears of phones, into the store: through ingest's own intake, answered after COMMIT."""

import threading
from datetime import UTC, datetime

import psycopg2

from casevac.errors import BadMessage, WrongLogin
from casevac.roof import broker
from casevac.roof.home import Home
from casevac.settings import Settings
from casevac.store.connection import Connection, connect, faults
from casevac.store.missions import last_states
from tracker import intake
from tracker.dialects import owntracks
from tracker.judging import Judge
from tracker.stages import Stages
from tracker.wire import Message

_WAITED = 1  # as what a broker waits with: the app keeps it until it is answered


class PhoneDoor:
    """Takes one message after the other; any thread may call it."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self._home, self._url = Home(settings.home), database_url
        self._lock = threading.Lock()
        self._db: Connection | None = None
        self._judge, self._stages = Judge(), Stages()

    def __call__(self, name: str, password: str, device: str, payload: bytes) -> None:
        """Store what a phone says; returns when it is committed. A payload of no bytes says nothing.

        Raises WrongLogin, BadMessage when the device speaks another dialect, StoreUnreachable.
        """
        if not broker.kept(self._home).knows(name, password):
            raise WrongLogin("user name or password of the device is wrong")
        if not payload:
            return
        message = Message(f"owntracks/{name}/{device}", payload, datetime.now(UTC), _WAITED)
        with self._lock, faults():
            try:
                self._take(name, message)
            except psycopg2.Error:
                self._drop()
                raise

    def _take(self, name: str, message: Message) -> None:
        db = self._db or self._reach()
        known = intake.asked(db)
        found = known.get(name)
        if found is not None and found.dialect != owntracks.NAME:
            raise BadMessage(
                f"{name} is not enrolled as a phone; run: casevac device add {name} --renew"
                f" --dialect {owntracks.NAME}"
            )
        with db:
            online = last_states(db)
        intake.with_rights(
            lambda: intake.asked(db),
            lambda rights: intake.take(db, [message], rights, online, self._stages, self._judge),
            known,
        )

    def _reach(self) -> Connection:
        self._judge.forget()
        self._db = connect(self._url, idle_s=intake.IDLE_S)
        return self._db

    def _drop(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None
