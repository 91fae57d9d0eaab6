"""Brings home what waits at the broker for a process of ingest that runs no more, and ends its sessions."""

import queue
import threading
from contextlib import closing
from datetime import UTC, datetime

import paho.mqtt.client as paho

from casevac.errors import BrokerUnreachable
from casevac.store.connection import Connection, connect, faults
from casevac.store.missions import enrolments, last_states
from tracker import dialects, intake
from tracker.lanes import Lane, lanes, listening, login
from tracker.mqtt import Session
from tracker.wire import Message
from tracker.writer import addressed

_PATIENCE_S = 10.0  # for the broker to let us in, to send what waits, or to say that nothing does
_NOTHING = 0  # of no question: packets are numbered from 1
_SHARERS = 2  # any number above one: the names of its sessions are the same


def leave(database_url: str, mqtt_url: str, number: int) -> int:
    """Store what the broker keeps for process `number` and end its sessions; how many messages that were.

    A shared subscription goes on giving an absent process its part until its session ends. Raises
    BrokerUnreachable or StoreUnreachable; then the sessions stay as they were.
    """
    *left, others = lanes(mqtt_url, number, _SHARERS)
    if filters := _foreign(database_url):
        alone = listening(mqtt_url, others, 1, filters)
        left.append(listening(mqtt_url, alone, _SHARERS, filters))
    return sum(_Remainder(mqtt_url, lane).bring_home(database_url) for lane in left)


def _foreign(database_url: str) -> tuple[str, ...]:
    """The topics of those who speak another dialect than ours."""
    with faults(), closing(connect(database_url)) as db, db:
        return dialects.filters(enrolments(db))


class _Remainder:
    """One session that nobody uses any more."""

    def __init__(self, url: str, lane: Lane) -> None:
        self._lane = lane
        self._session = Session(
            login(url, lane), client_id=lane.client_id, window=lane.window, manual_ack=True
        )
        self._came: queue.SimpleQueue[Message | int] = queue.SimpleQueue()  # numbers: of answered questions
        self._asking = threading.Lock()
        self._asked = _NOTHING
        self._joined = threading.Event()
        self._present = False
        self._connections = 0
        client = self._session.client
        client.on_connect, client.on_message = self._connected, self._arrived
        client.on_unsubscribe = self._answered

    def bring_home(self, database_url: str) -> int:
        """Take everything, then end the session; how many messages came."""
        self._session.open()
        try:
            self._wait()
            found = self._taken(database_url) if self._present else 0
        except BaseException:
            self._session.close()
            raise
        self._session.end()
        return found

    def _wait(self) -> None:
        if not self._joined.wait(_PATIENCE_S):
            who = self._lane.client_id
            raise BrokerUnreachable(f"the broker at {self._session.address} does not let {who} in")

    def _taken(self, database_url: str) -> int:
        found = 0
        db = connect(database_url, idle_s=intake.IDLE_S)
        try:
            while batch := self._batch():
                self._store(db, batch)
                found += self._acknowledge(batch)
                self._ask()
        finally:
            db.close()
        return found

    def _store(self, db: Connection, messages: list[Message]) -> None:
        with faults():
            with db:
                enrolled, online = enrolments(db), last_states(db)
            receipts = intake.with_rights(
                lambda: intake.asked(db), lambda rights: intake.take(db, messages, rights, online), enrolled
            )
        for topic, payload in addressed(receipts):
            self._session.client.publish(topic, payload)

    def _acknowledge(self, batch: list[Message]) -> int:
        """Those of the present connection, for on another one the same number means another message, and is
        counted when it comes again; how many are done with."""
        done = [one for one in batch if not one.token or one.token >> 16 == self._connections]
        for one in done:
            if one.token:
                self._session.client.ack(one.token & 0xFFFF, 1)
        return len(done)

    def _batch(self) -> list[Message]:
        """What waits: empty when the broker has sent nothing before the answer to our last question.

        Raises BrokerUnreachable when neither comes.
        """
        batch: list[Message] = []
        while len(batch) < self._lane.window:
            try:
                came = self._came.get(timeout=_PATIENCE_S)
            except queue.Empty:
                raise BrokerUnreachable(
                    f"the broker at {self._session.address} is gone; what waits there stays: try again"
                ) from None
            if isinstance(came, Message):
                batch.append(came)
            elif came == self._asked:
                break
        return batch

    def _ask(self) -> None:
        """Unsubscribe, again after each acknowledgement: the broker sends what it may, then it answers."""
        with self._asking:
            sent, number = self._session.client.unsubscribe([*self._lane.filters, *self._lane.unwanted])
            if sent == paho.MQTT_ERR_SUCCESS and number is not None:  # else the next connection asks
                self._asked = number

    def _connected(
        self, _client: object, _data: object, flags: paho.ConnectFlags, reason: object, _more: object
    ) -> None:
        if getattr(reason, "is_failure", False):
            return
        self._connections += 1
        self._present = flags.session_present
        if self._present:
            self._ask()
        else:
            with self._asking:
                self._asked = _NOTHING
            self._came.put(_NOTHING)
        self._joined.set()

    def _answered(self, _client: object, _data: object, number: int, *_: object) -> None:
        self._came.put(number)

    def _arrived(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        token = self._connections << 16 | message.mid if message.qos else 0
        self._came.put(Message(message.topic, bytes(message.payload), datetime.now(UTC), token))
