"""One thread between a pile of messages and the store: a batch is a transaction, answers come after it."""

import logging
import math
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter

import psycopg2

from casevac.enrolled import Enrolled
from casevac.errors import StoreUnreachable
from casevac.store import fixes
from casevac.store.connection import OUTAGES, Connection, connect, in_words
from casevac.store.missions import enrolments, last_states, withheld
from tracker import dialects, intake, wire
from tracker.batch import in_runs
from tracker.downlink import receipt
from tracker.judging import Judge
from tracker.pile import Pile, Taken
from tracker.receiving import Receiver, Told
from tracker.stages import Stages
from tracker.wire import Message

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 0.5
_ASK_EVERY_S, _ASK_LOST_EVERY_S = 1.0, 0.1  # a store that returns is back at work at once
_WAIT_S = 0.25
_RIGHTS_FOR_S = 1.0  # so long a report is judged by what its device was when it was asked last
_WARN_EVERY_S = 10.0
_DAYS_EVERY_S, _DAYS_AGAIN_S = 3600.0, 60.0
_OUTAGES = (*OUTAGES, StoreUnreachable)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Road:
    """One lane: its receiver, what waits of it, what is counted, what is known of the devices."""

    receiver: Receiver
    pile: Pile
    batch: int  # messages of a transaction at most
    stages: Stages
    judge: Judge  # one for all roads: what a device's reports say of its clock holds for its events


class Writer(threading.Thread):
    """Stores what waits on a road until it is stopped; with `helps` only while much waits.

    A second writer reads its messages while the first waits for the store, so that neither processor idles.
    """

    def __init__(
        self, dsn: str, road: Road, stop: threading.Event, *, helps: bool = False, foreign: bool = False
    ) -> None:
        super().__init__(name=f"writer to the store{' (second)' if helps else ''}", daemon=True)
        self.fault: BaseException | None = None
        self.answered = False
        self.held: Sequence[Message] = ()
        self.road = road
        self._dsn, self._road, self._halt, self._helps = dsn, road, stop, helps
        self._foreign = foreign
        self._enrolled = Enrolled()
        self._enrolled_at = 0.0
        self._withheld: frozenset[str] = frozenset()
        self._online: dict[str, bool] = {}
        self._db: Connection | None = None
        self._ask_at = self._warn_at = 0.0
        self._days_at = -math.inf

    def filters(self) -> tuple[str, ...]:
        """The MQTT filters of those who speak another dialect than ours, as last asked of the store."""
        return dialects.filters(self._enrolled)

    def run(self) -> None:
        """Work until stopped; an unforeseen fault is kept and stops all: another start mends it."""
        try:
            self._work()
        except BaseException as fault:
            self.fault = fault
            self._halt.set()
            raise
        finally:
            self._drop_connection()

    def _work(self) -> None:
        pile = self._road.pile
        while not self._halt.is_set():
            self._ask_store()
            if late := pile.overdue():
                self._road.receiver.answer(late, [])
            if not pile.wait(_WAIT_S, much=self._helps):
                continue
            taken = pile.take(self._road.batch)
            limited = len(taken.limited) + taken.let_go.total()
            self._road.stages.count("offered", len(taken.batch) + limited)
            if limited:
                self._limit(taken.limited, taken.let_go)
            if taken.batch:
                self.held = taken.batch
                self._store(taken)
                self.held = ()

    def _limit(self, limited: Sequence[Message], let_go: Counter[str]) -> None:
        """Let a runaway device's surplus go: the broker has done with it, the device is told nothing."""
        if limited:
            self._road.receiver.answer(limited, [])
        counts: Counter[str] = Counter()
        for topic, count in (let_go + Counter(message.topic for message in limited)).items():
            counts[wire.device_of(topic) or topic] += count
        for device, count in counts.items():
            self._road.stages.limited(device, count)
        if time.monotonic() > self._warn_at:
            self._warn_at = time.monotonic() + _WARN_EVERY_S
            device, count = counts.most_common(1)[0]
            _log.warning("%s sends too much: %d messages of it are left unstored", device, count)

    def _store(self, taken: Taken) -> None:
        """Store until the store takes it: acknowledgements wait, the broker keeps everything meanwhile."""
        batch, pause, stages = taken.batch, _FIRST_PAUSE_S, self._road.stages
        while not self._halt.is_set():
            try:
                receipts = self._take(batch)
            except _OUTAGES as fault:
                self._lose(fault)
                _log.error("held %d messages", len(batch))
                self._halt.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311  jitter
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                continue
            told = addressed(receipts, self._withheld)
            self._road.receiver.answer(self._road.pile.done(taken), told)
            stages.fault("")
            stages.count("receipts", len(told))
            stages.committed(_received(batch), time.time())
            return

    def _take(self, messages: list[Message]) -> intake.Receipts:
        db, road = self._db or self._reach_store(), self._road
        self._learn_rights(db, {message.topic for message in messages})
        return intake.with_rights(
            lambda: self._ask_rights(db),
            lambda rights: intake.take(db, messages, rights, self._online, road.stages, road.judge),
            self._enrolled,
        )

    def _learn_rights(self, db: Connection, topics: set[str]) -> None:
        """Ask who is enrolled with which rights: for every batch with an event, a stranger or a gateway's
        word in it, and now and then. Whether somebody was cut off since is asked where it is stored."""
        stale = self._foreign or time.monotonic() - self._enrolled_at > _RIGHTS_FOR_S
        known = self._enrolled
        if stale or any(topic.endswith("/event") or wire.device_of(topic) not in known for topic in topics):
            self._ask_rights(db)

    def _ask_rights(self, db: Connection) -> intake.Rights:
        with db:
            self._enrolled, self._withheld = enrolments(db), withheld(db)
        self._enrolled_at = time.monotonic()
        return self._enrolled

    def _ask_store(self) -> None:
        """Ask an idle store now and then, and first of all: `answered` says what came of it."""
        now = time.monotonic()
        if now < self._ask_at:
            return
        self._ask_at = now + (_ASK_EVERY_S if self.answered else _ASK_LOST_EVERY_S)
        try:
            db = self._db or self._reach_store()
            with db, db.cursor() as cursor:
                cursor.execute("SELECT 1")
            if self._foreign:
                self._ask_rights(db)
            self._make_days(db)
        except _OUTAGES as fault:
            self._lose(fault)
        else:
            self.answered = True
            self._road.stages.fault("")

    def _make_days(self, db: Connection) -> None:
        """At the start and once an hour, holding nothing: amid a batch two writers may block each other."""
        if self._helps or time.monotonic() < self._days_at:
            return
        self._days_at = time.monotonic() + _DAYS_EVERY_S
        try:
            with db:
                fixes.make_days(db, datetime.now(UTC).date())
        except psycopg2.errors.LockNotAvailable:
            self._days_at = time.monotonic() + _DAYS_AGAIN_S

    def _reach_store(self) -> Connection:
        db = connect(self._dsn, idle_s=intake.IDLE_S)
        with db:
            self._enrolled, self._online = enrolments(db), last_states(db)
        self._road.judge.forget()
        self._db = db
        return db

    def _lose(self, fault: psycopg2.Error | StoreUnreachable) -> None:
        named = in_words(fault) if isinstance(fault, psycopg2.Error) else fault
        _log.error("%s", named)
        self._road.stages.fault(str(named))
        self._drop_connection()

    def _drop_connection(self) -> None:
        self.answered = False
        if self._db is not None:
            self._db.close()
        self._db = None


def _received(messages: Sequence[Message]) -> list[float]:
    """When each came, seconds since 1970; those that came together share one instant."""
    received: list[float] = []
    for at, together in groupby(messages, key=attrgetter("received_at")):
        received += [at.timestamp()] * sum(1 for _ in together)
    return received


def addressed(receipts: intake.Receipts, withheld: AbstractSet[str] = frozenset()) -> list[Told]:
    """Receipts as topics and payloads; to a device that is being checked for resends, nothing."""
    now = datetime.now(UTC)
    return [
        (
            wire.topic(device, "receipt"),
            receipt(epoch, told.stored, told.refused, now, in_runs(told.batched)),
        )
        for (device, epoch), told in receipts.items()
        if device not in withheld
    ]
