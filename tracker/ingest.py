"""The field door: messages from the broker to the store, receipt and acknowledgement after COMMIT.

Three outcomes and no fourth: stored and committed, then receipt and acknowledgement; unreadable, then
set aside raw and acknowledged; store unreachable, then neither receipt nor acknowledgement, so the
broker and the device keep it.
"""

import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import paho.mqtt.client as paho
import psycopg2

from casevac.errors import StoreUnreachable
from casevac.events import DeviceStatusChanged
from casevac.mission import Enrolment
from casevac.store import log as event_log
from casevac.store.connection import Connection, connect, in_words
from casevac.store.logins import marked
from casevac.store.missions import enrolments
from tracker import intake, wire
from tracker.mqtt import Session
from tracker.wire import Message

BATCH = 2000
WINDOW = 4000  # unacknowledged messages: bounds our memory, the broker keeps the rest
_LONGEST_PAUSE_S = 5.0
_ASK_EVERY_S = 1.0
_log = logging.getLogger(__name__)

Waiting = tuple[Message, int, int]
"""A message with the id and quality of service to acknowledge it by."""


class Ingest:
    """One reader thread (paho's) and one writer (the caller of `run`)."""

    def __init__(self, database_url: str, mqtt_url: str) -> None:
        self._dsn = database_url
        self._session = Session(mqtt_url, client_id="casevac-ingest", window=WINDOW, manual_ack=True)
        self._session.client.on_message = self._arrived
        self._session.client.on_connect = self._connected
        self._waiting: queue.SimpleQueue[Waiting] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._enrolled: dict[str, Enrolment] = {}
        self._online: dict[str, bool] = {}
        self._db: Connection | None = None
        self._ask_at, self._answered = 0.0, False

    def run(self, ready: Callable[[], None]) -> None:
        """Take messages until `stop`; calls `ready` again and again while store and broker answer."""
        self._reach_store()
        self._session.open_later()
        while not self._stop.is_set():
            if self._session.client.is_connected() and self._store_answers():
                ready()
            batch = self._next_batch()
            if batch:
                self._store(batch)
        self._session.close()

    def stop(self) -> None:
        """Finish the batch at hand and return from `run`."""
        self._stop.set()

    def _connected(self, client: paho.Client, *_: object) -> None:
        client.subscribe([(f"{wire.ROOT}/+/{channel}", 1) for channel in ("report", "event", "status")])
        _log.info("listening at %s", self._session.address)

    def _arrived(self, _client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        taken = Message(message.topic, bytes(message.payload), datetime.now(UTC))
        self._waiting.put((taken, message.mid, message.qos))

    def _next_batch(self) -> list[Waiting]:
        try:
            batch = [self._waiting.get(timeout=0.25)]
        except queue.Empty:
            return []
        while len(batch) < BATCH:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch

    def _store(self, batch: list[Waiting]) -> None:
        """Store until the store takes it: acknowledgements wait, the broker keeps everything meanwhile."""
        pause = 0.1
        while not self._stop.is_set():
            try:
                receipts = self._take([message for message, _, _ in batch])
            except (psycopg2.OperationalError, psycopg2.InterfaceError, StoreUnreachable) as fault:
                named = fault if isinstance(fault, StoreUnreachable) else in_words(fault)
                _log.error("held %d messages: %s", len(batch), named)
                self._stop.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311  jitter
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                self._drop_connection()
                continue
            self._answer(receipts)
            for _, mid, qos in batch:
                self._session.client.ack(mid, qos)
            return

    def _take(self, messages: list[Message]) -> intake.Receipts:
        db = self._db or self._reach_store()
        if any(self._asks_for_rights(message) for message in messages):
            with db:
                self._enrolled = enrolments(db)
        with db:
            self._enrolled = marked(db, self._enrolled)
        return intake.take(db, messages, self._enrolled, self._online)

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

    def _asks_for_rights(self, message: Message) -> bool:
        """An event, which a device may or may not tell as it is enrolled by now; or a stranger."""
        parts = message.topic.split("/")
        return len(parts) == 4 and (parts[3] == "event" or parts[2] not in self._enrolled)

    def _reach_store(self) -> Connection:
        """The connection, made again when it was lost; waits for a store that does not answer yet."""
        while True:
            try:
                db = connect(self._dsn)
                with db:
                    self._enrolled, self._online = enrolments(db), _last_states(db)
            except (StoreUnreachable, psycopg2.OperationalError) as fault:
                _log.error("%s", fault)
                if self._stop.wait(1.0):
                    raise
                continue
            self._db = db
            return db

    def _answer(self, receipts: intake.Receipts) -> None:
        now = datetime.now(UTC)
        for (device, epoch), told in receipts.items():
            payload = wire.receipt(epoch, told.stored, told.refused, now)
            self._session.client.publish(wire.topic(device, "receipt"), payload, qos=1)


def _last_states(db: Connection) -> dict[str, bool]:
    events = event_log.read(db, kinds=["device_status_changed"])
    return {
        event.device: event.body.online
        for event in events
        if event.device and isinstance(event.body, DeviceStatusChanged)
    }
