"""Watches devices at the broker for a while, without getting in their way."""

import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.reasoncodes import ReasonCode

from casevac.errors import NotPossible
from casevac.mission import Enrolment
from tracker import wire
from tracker.check import Finding, Watched, findings
from tracker.downlink import Receipt
from tracker.mqtt import Session
from tracker.wire import Message

UPLINK = ("report", "batch", "event", "status")
_TAKEN_OVER = 0x8E  # MQTT 5: another connection has our client id


class Checking:
    """Hears what devices say and what they are receipted; `mqtt_url` is of an account that may read all."""

    def __init__(self, names: Iterable[str], mqtt_url: str, enrolled: Mapping[str, Enrolment]) -> None:
        self._lock = threading.Lock()
        self._seen = {name: Watched(name, enrolled) for name in names}
        self._taken_over = False
        self._session = Session(mqtt_url, lasting=False)
        client = self._session.client
        client.on_message, client.on_disconnect = self._arrived, self._left
        client.on_connect = lambda client, *_: client.subscribe(
            [(wire.topic(name, "+"), 1) for name in self._seen]
        )

    def open(self) -> None:
        """Begin to listen; raises BrokerUnreachable."""
        self._session.open()

    def close(self) -> None:
        """Stop listening."""
        self._session.close()

    def withheld(self, name: str, start: datetime, end: datetime) -> None:
        """Receipts of this device are held back from start to end, to see whether it sends again."""
        with self._lock:
            self._seen[name].withheld = (start, end)

    def logins(self, name: str, *, refused: int, connected: bool, came: bool) -> None:
        """What the broker's log tells of this time; `came`: logged in while we look."""
        with self._lock:
            self._seen[name].logins_refused = refused
            self._seen[name].connected |= connected or came
            self._seen[name].came = came

    def numbered(self) -> list[str]:
        """Devices of which a numbered message came."""
        with self._lock:
            return [name for name, seen in self._seen.items() if seen.numbered]

    def findings(self, name: str) -> list[Finding]:
        """What can be said of a device by now; raises NotPossible when somebody else checks too."""
        if self._taken_over:
            raise NotPossible("another check began on this broker; name all devices in one command")
        with self._lock:
            return findings(self._seen[name], datetime.now(UTC))

    def _left(self, client: paho.Client, _data: object, _flags: object, why: ReasonCode, *_: object) -> None:
        if why.value == _TAKEN_OVER:
            self._taken_over = True
            client.disconnect()  # else the two would throw each other out for ever

    def _arrived(self, _client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        now = datetime.now(UTC)
        name, channel = message.topic.split("/")[-2:]
        with self._lock:
            if channel == "receipt":
                self._seen[name].receipt(msgspec.json.decode(message.payload, type=Receipt), now)
            elif channel in UPLINK:
                taken = Message(message.topic, bytes(message.payload), now)
                self._seen[name].message(taken, message.qos, retained=bool(message.retain))
