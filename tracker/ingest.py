"""The field door: messages from the broker to the store, receipt and acknowledgement after COMMIT.

Three outcomes and no fourth: stored and committed, then receipt and acknowledgement; unreadable, then
set aside raw and acknowledged; store unreachable, then neither receipt nor acknowledgement, so the
broker and the device keep it. Only what a runaway device sends beyond its bound is acknowledged without
being stored: it gets no receipt, so a device that numbers sends it again.
"""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg2

from casevac.errors import StoreUnreachable
from casevac.events import DeviceStatusChanged
from casevac.mission import Enrolment
from casevac.store import log as event_log
from casevac.store.connection import Connection, connect, in_words
from casevac.store.missions import enrolments, withheld
from tracker import intake, wire
from tracker.address import address_of
from tracker.batch import in_runs
from tracker.mqtt import with_login
from tracker.pile import BOUND, Pile, Taken
from tracker.receiving import Lane, Receiver
from tracker.stages import Stages
from tracker.subscriber import Subscriber
from tracker.wire import Message

HOUSE_USER = "casevac-ingest"
BATCH = 5000  # more at once costs latency and gains nothing
WINDOW = 10_000  # unacknowledged messages: bounds our memory, the broker keeps the rest
BATCHES = 4  # of up to 5,000 reports each, taken at once: live positions wait for no more than these
_BATCHES_WINDOW = 200
_BATCHES_BOUND = 20  # of one device that may wait
_LONGEST_PAUSE_S = 5.0
_ASK_EVERY_S = 1.0
_READY_EVERY_S = 0.5
_RIGHTS_FOR_S = 1.0  # so long a report is judged by what its device was when it was asked last
_log = logging.getLogger(__name__)

Making = Callable[[str, Lane], Receiver]
"""A class of receivers: made with the broker's URL and a lane."""


@dataclass(frozen=True)
class _Road:
    """One lane with its receiver and what waits of it."""

    receiver: Receiver
    pile: Pile
    batch: int


class Ingest:
    """Three reader threads and one writer (the caller of `run`).

    Events, reports and batches come over sessions of their own: an alert waits behind no flood of
    positions, a live position behind no outbox of days. With `of` processes, of which this is `number`
    (from 1), all share what comes.
    """

    def __init__(
        self,
        database_url: str,
        mqtt_url: str,
        *,
        number: int = 1,
        of: int = 1,
        receiver: Making = Subscriber,
        stages: Stages | None = None,
    ) -> None:
        self._dsn = database_url
        self.stages = stages or Stages()
        self._bell = threading.Event()
        lanes = (
            (events_lane(number, of), BATCH, BOUND),
            (reports_lane(number, of), BATCH, BOUND),
            (batches_lane(number, of), BATCHES, _BATCHES_BOUND),
        )
        self._roads = tuple(
            _Road(receiver(_login(mqtt_url, lane), lane), Pile(self._bell, lane.window, bound), batch)
            for lane, batch, bound in lanes
        )
        self._stop = threading.Event()
        self._enrolled: dict[str, Enrolment] = {}
        self._enrolled_at = 0.0
        self._withheld: frozenset[str] = frozenset()
        self._online: dict[str, bool] = {}
        self._db: Connection | None = None
        self._ask_at, self._answered = 0.0, False
        self._warn_at = 0.0

    def run(self, ready: Callable[[], None]) -> None:
        """Take messages until `stop`; calls `ready` again and again while store and broker answer."""
        self._reach_store()
        for road in self._roads:
            road.receiver.open(road.pile)
        ready_at = 0.0
        while not self._stop.is_set():
            now = time.monotonic()
            if (
                now >= ready_at
                and all(road.receiver.connected for road in self._roads)
                and self._store_answers()
            ):
                ready()
                ready_at = now + _READY_EVERY_S
            self._bell.wait(0.25)
            self._bell.clear()
            for road in self._roads:  # events first, what was kept for long last
                self._serve(road, road.pile.take(road.batch))
            self._tell_what_waits()
        for road in self._roads:
            road.receiver.close()

    def stop(self) -> None:
        """Finish the batch at hand and return from `run`."""
        self._stop.set()
        self._bell.set()

    def _serve(self, road: _Road, taken: Taken) -> None:
        self.stages.count("offered", len(taken.batch) + len(taken.limited))
        if taken.limited:
            self._limit(road, taken.limited)
        if taken.batch:
            self._store(road, taken.batch)

    def _limit(self, road: _Road, limited: Sequence[Message]) -> None:
        """Let a runaway device's surplus go: the broker has done with it, the device is told nothing."""
        road.receiver.answer(limited, [])
        counts = Counter(wire.device_of(message.topic) or message.topic for message in limited)
        for device, count in counts.items():
            self.stages.limited(device, count)
        if time.monotonic() > self._warn_at:
            self._warn_at = time.monotonic() + 10.0
            device, count = counts.most_common(1)[0]
            _log.warning("%s sends too much: %d messages of it are left unstored", device, count)

    def _store(self, road: _Road, batch: list[Message]) -> None:
        """Store until the store takes it: acknowledgements wait, the broker keeps everything meanwhile."""
        pause = 0.1
        while not self._stop.is_set():
            try:
                receipts = self._take(batch)
            except (psycopg2.OperationalError, psycopg2.InterfaceError, StoreUnreachable) as fault:
                named = fault if isinstance(fault, StoreUnreachable) else in_words(fault)
                _log.error("held %d messages: %s", len(batch), named)
                self.stages.fault(str(named))
                self._tell_what_waits(batch)
                self._stop.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311  jitter
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                self._drop_connection()
                continue
            road.receiver.answer(batch, _told(receipts, self._withheld))
            self.stages.fault("")
            self.stages.count("receipts", len(receipts))
            self.stages.committed([one.received_at.timestamp() for one in batch], time.time())
            return

    def _take(self, messages: list[Message]) -> intake.Receipts:
        db = self._db or self._reach_store()
        self._learn_rights(db, {message.topic for message in messages})
        return intake.take(db, messages, self._enrolled, self._online, self.stages)

    def _learn_rights(self, db: Connection, topics: set[str]) -> None:
        """Ask who is enrolled with which rights: for every batch with an event or a stranger in it."""
        stale = time.monotonic() - self._enrolled_at > _RIGHTS_FOR_S
        if stale or any(
            topic.endswith("/event") or wire.device_of(topic) not in self._enrolled for topic in topics
        ):
            with db:
                self._enrolled, self._withheld = enrolments(db), withheld(db)
            self._enrolled_at = time.monotonic()

    def _tell_what_waits(self, held: Sequence[Message] = ()) -> None:
        waiting = [held[0]] if held else []
        waiting += [one for road in self._roads if (one := road.pile.oldest())]
        oldest = min((one.received_at.timestamp() for one in waiting), default=None)
        self.stages.holds(len(held) + sum(len(road.pile) for road in self._roads), oldest)

    def _store_answers(self) -> bool:
        """Asks an idle store now and then; a lost connection is made again by the next batch."""
        now = time.monotonic()
        if now < self._ask_at:
            return self._answered
        self._ask_at, self._answered = now + _ASK_EVERY_S, False
        try:
            db = self._db or connect(self._dsn)
            with db, db.cursor() as cursor:
                cursor.execute("SELECT 1")
        except (psycopg2.OperationalError, psycopg2.InterfaceError, StoreUnreachable) as fault:
            _log.error("%s", fault)
            self._drop_connection()
        else:
            self._db, self._answered = db, True
        return self._answered

    def _drop_connection(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None

    def _reach_store(self) -> Connection:
        """The connection, made again when it was lost; waits for a store that does not answer yet."""
        while True:
            try:
                db = connect(self._dsn)
                with db:
                    self._enrolled, self._online = enrolments(db), _last_states(db)
            except (StoreUnreachable, psycopg2.OperationalError) as fault:
                _log.error("%s", fault)
                self.stages.fault(str(fault).strip())
                if self._stop.wait(1.0):
                    raise
                continue
            self._db = db
            return db


def reports_lane(number: int, of: int) -> Lane:
    """The session for positions."""
    return _lane(HOUSE_USER, number, of, ("report",))


def events_lane(number: int, of: int) -> Lane:
    """The session for events and for who comes and goes."""
    return _lane(f"{HOUSE_USER}-events", number, of, ("event", "status"))


def batches_lane(number: int, of: int) -> Lane:
    """The session for batches of positions: a device that was away delays nobody who is there."""
    return _lane(f"{HOUSE_USER}-batches", number, of, ("batch",), _BATCHES_WINDOW)


def _lane(client_id: str, number: int, of: int, channels: Sequence[str], window: int = WINDOW) -> Lane:
    alone = tuple(f"{wire.ROOT}/+/{channel}" for channel in channels)
    shared = tuple(f"$share/ingest/{topic}" for topic in alone)
    name = client_id if number == 1 else f"{client_id}-{number}"
    wanted, unwanted = (alone, shared) if of == 1 else (shared, alone)
    return Lane(name, wanted, unwanted, window)


def _login(url: str, lane: Lane) -> str:
    """The house's broker makes the user name the client id, so each session there is a user of its own."""
    at = address_of(url)
    return with_login(url, lane.client_id, at.password or "") if at.user == HOUSE_USER else url


def _told(receipts: intake.Receipts, withheld: AbstractSet[str]) -> list[tuple[str, bytes]]:
    """What to publish; to devices that are being checked for whether they send again, nothing."""
    now = datetime.now(UTC)
    return [
        (
            wire.topic(device, "receipt"),
            wire.receipt(epoch, told.stored, told.refused, now, in_runs(told.batched)),
        )
        for (device, epoch), told in receipts.items()
        if device not in withheld
    ]


def _last_states(db: Connection) -> dict[str, bool]:
    events = event_log.read(db, kinds=["device_status_changed"])
    return {
        event.device: event.body.online
        for event in events
        if event.device and isinstance(event.body, DeviceStatusChanged)
    }
