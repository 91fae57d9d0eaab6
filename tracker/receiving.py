"""How messages come in: what every receiver offers to ingest, and the one with the paho library.

A third receiver is a class that is made with (broker URL, Lane) and has the six names of `Receiver`: it
connects by itself for ever, makes a `wire.Message` of each PUBLISH with a `token` of its own by which it can
acknowledge it later (0: needs no acknowledgement, came with QoS 0), hands lists of them to the `Pile` from
a thread of its own, and says `pile.forget()` when its connection is gone, since everything unacknowledged
then comes again. Its session outlives the connection (clean start false, expiry `WEEK_S`), its receive
maximum is `lane.window`, its client id `lane.client_id`; at every connection it subscribes `lane.filters`
with QoS 1 and unsubscribes `lane.unwanted`. A token of a connection that is gone must be ignored by
`answer`: its number may mean another message by now. Give the class to `Ingest(..., receiver=Class)`.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import paho.mqtt.client as paho
from paho.mqtt.reasoncodes import ReasonCode

from tracker import packets
from tracker.lanes import Lane
from tracker.mqtt import Session
from tracker.pile import Pile
from tracker.wire import Message

_AGAIN_S = 2.0  # a subscription that was refused is asked for again
_log = logging.getLogger(__name__)

Told = tuple[str, bytes]
"""A topic and what to publish there, with QoS 0: a receipt that is lost costs a resend, nothing else."""


class Receiver(Protocol):
    """What ingest needs of an MQTT client; made with the broker's URL and a Lane."""

    @property
    def address(self) -> str:
        """Where the broker is, without credentials."""

    @property
    def connected(self) -> bool:
        """True while messages can come: from the broker's word that we are subscribed."""

    def open(self, pile: Pile) -> None:
        """Begin to connect, again and again for ever, and put whatever comes on the pile."""

    def listen(self, lane: Lane) -> None:
        """Hear the filters of this lane from now on, and no more those that it does not want."""

    def answer(self, taken: Sequence[Message], told: Sequence[Told]) -> None:
        """Acknowledge messages to the broker and publish: in as few writes as can be. Never raises."""

    def close(self) -> None:
        """Say goodbye; the session stays."""


class PahoReceiver:
    """A receiver with paho-mqtt."""

    def __init__(self, url: str, lane: Lane) -> None:
        self._lane = lane
        self._session = Session(url, client_id=lane.client_id, window=lane.window, manual_ack=True)
        self._connections = 0
        self._pile: Pile | None = None
        client = self._session.client
        self._subscribed = False
        self._again: threading.Timer | None = None
        client.on_message, client.on_connect = self._arrived, self._connected
        client.on_subscribe, client.on_disconnect = self._granted, self._lost

    @property
    def address(self) -> str:
        """Where the broker is, without credentials."""
        return self._session.address

    @property
    def connected(self) -> bool:
        """True while messages can come."""
        return self._subscribed and self._session.client.is_connected()

    def open(self, pile: Pile) -> None:
        """Connect in the background."""
        self._pile = pile
        self._session.open_later()

    def listen(self, lane: Lane) -> None:
        """Subscribe anew; the session stays."""
        self._lane = lane
        self._subscribe(self._connections)
        if lane.unwanted:
            self._session.client.unsubscribe(list(lane.unwanted))

    def answer(self, taken: Sequence[Message], told: Sequence[Told]) -> None:
        """Publish, then acknowledge what came over the present connection."""
        for topic, payload in told:
            self._session.client.publish(topic, payload)
        for message in taken:
            if message.token >> 16 == self._connections:
                self._session.client.ack(message.token & 0xFFFF, 1)

    def close(self) -> None:
        """Disconnect."""
        self._session.close()
        if self._again is not None:  # the network thread, which sets it, has ended
            self._again.cancel()

    def _connected(
        self, client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _more: object
    ) -> None:
        if reason.is_failure:  # paho hangs up and tries again after a pause
            self._complain("the broker refuses", reason)
            return
        self._connections += 1
        self._subscribe(self._connections)
        if self._lane.unwanted:
            client.unsubscribe(list(self._lane.unwanted))

    def _subscribe(self, connection: int) -> None:
        client = self._session.client
        if connection == self._connections and client.is_connected():  # else the next one asks by itself
            client.subscribe([(one, 1) for one in self._lane.filters])

    def _complain(self, what: str, reason: ReasonCode) -> None:
        who = self._lane.client_id
        _log.error(
            "%s at %s: %s: %s; it is tried again", who, self.address, what, packets.reason(reason.value)
        )

    def _arrived(self, _client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        token = self._connections << 16 | message.mid if message.qos else 0
        taken = Message(message.topic, bytes(message.payload), datetime.now(UTC), token)
        if self._pile is not None:
            self._pile.add([taken])

    def _granted(
        self, _client: object, _data: object, _number: int, reasons: Sequence[ReasonCode], _more: object
    ) -> None:
        """The answer to our one question; it has a reason for each filter, and we want them all."""
        refused = [one for one in reasons if one.is_failure]
        self._subscribed = not refused
        if self._subscribed:
            _log.info("%s listens at %s", self._lane.client_id, self.address)
            return
        self._complain("the broker refuses the subscription", refused[0])
        self._again = threading.Timer(_AGAIN_S, self._subscribe, [self._connections])
        self._again.daemon = True
        self._again.start()

    def _lost(self, *_: object) -> None:
        self._subscribed = False
        if self._pile is not None:
            self._pile.forget()
