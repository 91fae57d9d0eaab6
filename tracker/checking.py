"""Watches one device at the broker for a while, without getting in its way."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
import paho.mqtt.client as paho

from casevac.mission import Enrolment
from tracker import wire
from tracker.check import Finding, Watched, findings, number
from tracker.downlink import Receipt
from tracker.mqtt import Session
from tracker.wire import Message

UPLINK = ("report", "batch", "event", "status")


class Checking:
    """Hears what a device says and what it is receipted; `mqtt_url` is of an account that may read all."""

    def __init__(self, name: str, mqtt_url: str, enrolled: Mapping[str, Enrolment]) -> None:
        self._lock = threading.Lock()
        self._seen = Watched(name, enrolled)
        self._session = Session(mqtt_url, lasting=False)
        client = self._session.client
        client.on_message = self._arrived
        client.on_connect = lambda client, *_: client.subscribe(f"{wire.ROOT}/{name}/+", 1)

    def open(self) -> None:
        """Begin to listen; raises BrokerUnreachable."""
        self._session.open()

    def close(self) -> None:
        """Stop listening."""
        self._session.close()

    def withheld(self, start: datetime, end: datetime) -> None:
        """Receipts are held back from start to end, to see whether it sends again."""
        with self._lock:
            self._seen.withheld = (start, end)

    def logins(self, *, refused: int, connected: bool) -> None:
        """What the broker's log tells of this time."""
        with self._lock:
            self._seen.logins_refused = refused
            self._seen.connected |= connected

    def numbered(self) -> bool:
        """True once a numbered message came."""
        with self._lock:
            return any(
                isinstance(one.reading, wire.Report | wire.FieldEvent)
                and number(one.reading)[1] != wire.UNNUMBERED
                for one in self._seen.sightings
            )

    def findings(self) -> list[Finding]:
        """What can be said by now."""
        with self._lock:
            return findings(self._seen, datetime.now(UTC))

    def _arrived(self, _client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        now = datetime.now(UTC)
        channel = message.topic.rpartition("/")[2]
        with self._lock:
            if channel == "receipt":
                self._seen.receipt(msgspec.json.decode(message.payload, type=Receipt), now)
            elif channel in UPLINK:
                taken = Message(message.topic, bytes(message.payload), now)
                self._seen.message(taken, message.qos, retained=bool(message.retain))
