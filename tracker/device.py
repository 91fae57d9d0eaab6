"""The reference tracker: number it, spool it, publish it, resend until the receipt names its number.

Events first, then the newest position; when more than a few positions wait, batches of them. What is on its
way is bounded by the window of `Underway`, so that an event finds a second of the link ahead of it at most.
"""

import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import paho.mqtt.client as paho

from casevac.errors import BadMessage, CasevacError
from tracker import batch, wire
from tracker.downlink import UNREADABLE, Receipt
from tracker.mqtt import Session
from tracker.ownclock import OwnClock
from tracker.spool import Spool, Spooled
from tracker.underway import Underway

FEW = 3  # positions: so many go one by one, more in batches
MOST_ROWS = 1000  # of a batch: more would save no bytes and cost the link's next event time
_OVERHEAD = 60  # bytes of topic, headers and acknowledgement of a message
_LOOK_S = 0.5
_log = logging.getLogger(__name__)

Task = dict[str, Any]
Notice = dict[str, Any]


@dataclass(frozen=True)
class _Connected:
    remembered: bool


@dataclass(frozen=True)
class _AtBroker:
    mid: int
    at: float


@dataclass(frozen=True)
class _Receipted:
    payload: bytes
    at: float
    clock: datetime


_News = _Connected | _AtBroker | _Receipted | None
"""What the sending thread must look at; None: something waits in the spool."""


class Device:
    """A tracker on a thin link: nothing it has numbered is forgotten before its receipt.

    `on_task` is called with the task as a dict, its recall (`recalled` is true; answer by `has_seen`), or
    None when there is none, on paho's thread; so is `on_notice` with warnings, answers and who is coming.
    """

    def __init__(
        self,
        name: str,
        mqtt_url: str,
        spool: Spool,
        on_task: Callable[[Task | None], None] | None = None,
        on_notice: Callable[[Notice | None], None] | None = None,
    ) -> None:
        self.name = name
        self.clock = OwnClock()
        self._spool = spool
        self._on_task = on_task
        self._on_notice = on_notice
        self._underway = Underway()
        self._row_bytes = 16.0
        self._recalls_seen: set[str] = set()
        self._news: queue.SimpleQueue[_News] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._session = Session(mqtt_url, client_id=name)
        client = self._session.client
        client.on_connect, client.on_message = self._connected, self._arrived
        client.on_publish = self._published
        client.will_set(wire.topic(name, "status"), wire.online(False), qos=1)
        self._thread = threading.Thread(target=self._send_for_ever, name=f"device {name}", daemon=True)

    def start(self) -> None:
        """Connect, now or as soon as the broker answers, and begin to send what waits."""
        self._session.open_later()
        self._thread.start()

    def close(self) -> None:
        """Stop; what has no receipt stays in the spool for the next time."""
        self._stop.set()
        self._news.put(None)
        if self._session.client.is_connected():
            self._session.client.publish(wire.topic(self.name, "status"), wire.online(False), qos=1)
        self._thread.join(timeout=5)
        self._session.close()

    def report(self, at: datetime, lon: float, lat: float, **more: float | None) -> int:
        """Report a position (degrees, metres, m/s); returns its number once it is on disk.

        Values are kept as a batch carries them: milliseconds, 1e-7 degree, 0.1 m, 0.01 m/s, 0.1 degree, 1 %.
        Raises SpoolFull, DiskFull, BadFile: then it is not kept.
        """
        return self._add("report", position(at, lon, lat, **more))

    def event(self, at: datetime, kind: str, **fields: object) -> int:
        """Report an event of the rescue chain; returns its number once it is on disk; raises as `report`."""
        return self._add("event", {"at": at, "kind": kind, **fields})

    def has_seen(self, recall: Task) -> None:
        """Answer that the crew knows its task was taken back; once, however often that is told."""
        task = str(recall.get("task", ""))
        if task not in self._recalls_seen:
            try:
                self.event(datetime.now(UTC), "recall_acknowledged", task=task)
            except CasevacError as fault:  # it is told again when the device connects again
                _log.error("%s: cannot answer the recall of %s: %s", self.name, task, fault)
            else:
                self._recalls_seen.add(task)

    def unreceipted(self) -> int:
        """How many messages wait for their receipt."""
        return self._spool.count()

    @property
    def resent_bytes(self) -> int:
        """Bytes that were sent another time because no receipt came."""
        return self._underway.resent_bytes

    def _add(self, channel: str, fields: dict[str, object]) -> int:
        n = self._spool.add(channel, fields).n
        self._news.put(None)
        return n

    # --- on the client's thread

    def _connected(self, client: paho.Client, _data: object, flags: paho.ConnectFlags, *_: object) -> None:
        client.subscribe([(wire.topic(self.name, leaf), 1) for leaf in ("receipt", "task", "notice")])
        client.publish(wire.topic(self.name, "status"), wire.online(True), qos=1)
        self._news.put(_Connected(flags.session_present))

    def _published(self, _client: object, _data: object, mid: int, *_: object) -> None:
        self._news.put(_AtBroker(mid, time.monotonic()))

    def _arrived(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        payload = bytes(message.payload)
        if message.topic.endswith("/receipt"):
            self._news.put(_Receipted(payload, time.monotonic(), datetime.now(UTC)))
            return
        told = self._on_notice if message.topic.endswith("/notice") else self._on_task
        try:
            said = msgspec.json.decode(payload, type=dict[str, Any]) if payload else None
        except UNREADABLE as fault:
            _log.warning("%s: cannot read %s: %s", self.name, message.topic, fault)
            return
        if told is not None:
            told(said)

    # --- on our own thread

    def _send_for_ever(self) -> None:
        while not self._stop.is_set():
            self._look()
            if self._spool.count() and self._session.client.is_connected() and not self._stop.is_set():
                self._send_due()

    def _look(self) -> None:
        """Take what came, waiting for it a little."""
        try:
            self._take(self._news.get(timeout=_LOOK_S))
            while True:
                self._take(self._news.get_nowait())
        except queue.Empty:
            return

    def _take(self, news: _News) -> None:
        match news:
            case _Connected(remembered):
                self._underway.connected(time.monotonic(), remembered=remembered)
            case _AtBroker(mid, at):
                self._underway.at_broker(mid, at)
            case _Receipted():
                self._receipted(news)

    def _receipted(self, news: _Receipted) -> None:
        try:
            receipt = msgspec.json.decode(news.payload, type=Receipt)
        except UNREADABLE as fault:
            _log.warning("%s: cannot read a receipt: %s", self.name, fault)
            return
        refused = {one.n: one.reason for one in receipt.refused}
        for n, reason in refused.items():
            _log.warning("%s: number %d was refused: %s", self.name, n, reason)
        self._spool.receipted(receipt.epoch, receipt.stored, refused, receipt.in_runs)
        if receipt.epoch != self._spool.epoch:
            return
        for one in self._underway.answered((*receipt.stored, *refused), receipt.in_runs, news.at):
            if receipt.server_time is not None and receipt.server_time.tzinfo is not None:
                self.clock.heard(news.at - one.sent_at, news.clock, receipt.server_time)

    def _send_due(self) -> None:
        now = time.monotonic()
        self._underway.overdue(now, random.uniform(0.9, 1.3))  # noqa: S311  jitter
        if self._send_events():
            self._send_positions()

    def _send_events(self) -> bool:
        """Send the events that wait; True when all are on their way: no position goes before one."""
        while True:
            some = self._spool.events(20, self._underway.numbers)
            for message in some:
                if self._underway.event_bytes >= self._underway.window:
                    return False
                self._send_alone(message)
            if not some:
                return True

    def _send_positions(self) -> None:
        """Fill the window with the newest positions: one by one when they are few, else in batches."""
        while (room := self._underway.window - self._underway.bytes) > 0:
            some = self._spool.positions(self._rows(), self._underway.numbers)
            if len(some) <= FEW or not self._underway.batching:
                for message in some[:FEW]:
                    self._send_alone(message)
                if len(some) <= FEW:
                    return
            elif self._underway.bytes == self._underway.event_bytes:
                self._send_alone(some[0])  # a small one tells soonest how quick the link is
                self._send_batch(some[1:])
            elif room < self._underway.window // 3:
                return  # one well-filled batch in a moment costs less than crumbs now
            else:
                self._send_batch(some)

    def _rows(self) -> int:
        """How many positions a batch takes: a third of the window."""
        return min(MOST_ROWS, max(2 * FEW, int((self._underway.window / 3 - _OVERHEAD) / self._row_bytes)))

    def _send_alone(self, message: Spooled) -> None:
        sent = msgspec.json.encode(datetime.now(UTC))
        payload = message.body[:-1] + b',"sent":' + sent + b"}"
        self._publish(message.channel, payload, (message.n,))

    def _send_batch(self, some: list[Spooled]) -> None:
        packed = []
        for message in some:
            try:
                packed.append(batch.whole(message.body))
            except BadMessage:
                self._send_alone(message)
        if packed:
            payload = batch.pack(self._spool.epoch, packed, datetime.now(UTC))
            self._row_bytes += 0.3 * (len(payload) / len(packed) - self._row_bytes)
            self._publish("batch", payload, tuple(one.n for one in packed))

    def _publish(self, channel: str, payload: bytes, numbers: tuple[int, ...]) -> None:
        told = self._session.client.publish(wire.topic(self.name, channel), payload, qos=1)
        size = len(payload) + _OVERHEAD + len(self.name)
        self._underway.sent(told.mid, numbers, size, time.monotonic(), event=channel == "event")


def position(at: datetime, lon: float, lat: float, **more: float | None) -> dict[str, object]:
    """The fields of a report (degrees, metres, m/s), rounded to what a batch carries exactly."""
    ms = at.replace(microsecond=at.microsecond // 1000 * 1000)
    said: dict[str, object] = {"at": ms, "lon": batch.exact("lon", lon), "lat": batch.exact("lat", lat)}
    for name, value in more.items():
        if value is not None:
            said[name] = batch.exact(name, value) if name in batch.UNITS else value
    return said
