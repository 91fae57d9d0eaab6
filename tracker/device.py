"""The reference tracker: number it, spool it, publish it, resend until the receipt names its number."""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import paho.mqtt.client as paho

from tracker import wire
from tracker.mqtt import Session
from tracker.spool import Spool, Spooled

WINDOW = 200  # messages sent and not receipted yet
_RESEND_S = 3.0
_LONGEST_RESEND_S = 30.0
_log = logging.getLogger(__name__)

Task = dict[str, Any]
Notice = dict[str, Any]


class _Receipt(msgspec.Struct, frozen=True):
    epoch: int
    stored: list[int] = []
    refused: list[dict[str, Any]] = []


class Device:
    """A tracker on a thin link: nothing it has numbered is forgotten before its receipt.

    `on_task` is called with the task as a dict, or None when it is taken back, on paho's thread; so is
    `on_notice` with warnings, answers and whoever is on the way to it.
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
        self._spool = spool
        self._on_task = on_task
        self._on_notice = on_notice
        self._sent: dict[int, tuple[float, float]] = {}  # n -> when sent, how long to wait
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._session = Session(mqtt_url, client_id=name)
        client = self._session.client
        client.on_connect, client.on_message = self._connected, self._arrived
        client.will_set(wire.topic(name, "status"), wire.online(False), qos=1)
        self._thread = threading.Thread(target=self._send_for_ever, name=f"device {name}", daemon=True)

    def start(self) -> None:
        """Connect, now or as soon as the broker answers, and begin to send what waits."""
        self._session.open_later()
        self._thread.start()

    def close(self) -> None:
        """Stop; what has no receipt stays in the spool for the next time."""
        self._stop.set()
        self._wake.set()
        if self._session.client.is_connected():
            self._session.client.publish(wire.topic(self.name, "status"), wire.online(False), qos=1)
        self._thread.join(timeout=5)
        self._session.close()

    def report(self, at: datetime, lon: float, lat: float, **more: float | None) -> int:
        """Report a position (degrees, metres, m/s); returns its number once it is on disk."""
        extra = {name: value for name, value in more.items() if value is not None}
        return self._add("report", {"at": at, "lon": round(lon, 7), "lat": round(lat, 7), **extra})

    def event(self, at: datetime, kind: str, **fields: object) -> int:
        """Report an event of the rescue chain; returns its number once it is on disk."""
        return self._add("event", {"at": at, "kind": kind, **fields})

    def unreceipted(self) -> int:
        """How many messages wait for their receipt."""
        return self._spool.count()

    def _add(self, channel: str, fields: dict[str, object]) -> int:
        n = self._spool.add(channel, fields).n
        self._wake.set()
        return n

    def _connected(self, client: paho.Client, *_: object) -> None:
        client.subscribe([(wire.topic(self.name, leaf), 1) for leaf in ("receipt", "task", "notice")])
        client.publish(wire.topic(self.name, "status"), wire.online(True), qos=1)
        self._sent.clear()  # what was on its way when the link broke is sent again at once
        self._wake.set()

    def _arrived(self, _client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        if message.topic.endswith("/receipt"):
            self._receipted(bytes(message.payload))
            return
        told = self._on_notice if message.topic.endswith("/notice") else self._on_task
        if told is not None:
            told(msgspec.json.decode(message.payload, type=Task) if message.payload else None)

    def _receipted(self, payload: bytes) -> None:
        receipt = msgspec.json.decode(payload, type=_Receipt)
        refused = {int(one["n"]): str(one["reason"]) for one in receipt.refused}
        for n, reason in refused.items():
            _log.warning("%s: number %d was refused: %s", self.name, n, reason)
        self._spool.receipted(receipt.epoch, receipt.stored, refused)
        for n in (*receipt.stored, *refused):
            self._sent.pop(n, None)
        self._wake.set()

    def _send_for_ever(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(timeout=0.5)
            self._wake.clear()
            if self._session.client.is_connected() and not self._stop.is_set():
                self._send_due()

    def _send_due(self) -> None:
        now = time.monotonic()
        pending = {n for n, (sent, wait) in self._sent.copy().items() if now - sent < wait}
        for message in self._spool.waiting(WINDOW - len(pending), leave_out=pending):
            self._send(message, now)

    def _send(self, message: Spooled, now: float) -> None:
        before = self._sent.get(message.n)
        wait = min(before[1] * 2, _LONGEST_RESEND_S) if before else _RESEND_S
        self._sent[message.n] = (now, wait * random.uniform(0.9, 1.3))  # noqa: S311  jitter
        sent = msgspec.json.encode(datetime.now(UTC))
        payload = message.body[:-1] + b',"sent":' + sent + b"}"
        self._session.client.publish(wire.topic(self.name, message.channel), payload, qos=1)
