"""The broker's own figures, as it tells them on its $SYS topics every ten seconds."""

import threading
import time
from collections import deque
from contextlib import suppress

import paho.mqtt.client as paho

from tracker.mqtt import Session

# What Mosquitto tells, and what we call it. `stored` counts retained messages too.
TOPICS = {
    "$SYS/broker/store/messages/count": "stored",
    "$SYS/broker/store/messages/bytes": "stored_bytes",
    "$SYS/broker/retained messages/count": "retained",
    "$SYS/broker/publish/messages/dropped": "dropped",
    "$SYS/broker/clients/connected": "clients",
    "$SYS/broker/publish/messages/received": "received",
    "$SYS/broker/publish/messages/sent": "sent",
}
SIGN_OF_LIFE = "$SYS/broker/uptime"  # the others are told only when they change
STALE_S = 30.0
LATELY_S = 60.0


class BrokerFigures:
    """Listens to one broker from a thread of its own; needs an account that may read $SYS."""

    def __init__(self, mqtt_url: str) -> None:
        self._lock = threading.Lock()
        self._told: dict[str, int] = {}
        self._told_at = 0.0
        self._dropped: deque[tuple[float, int]] = deque()
        self._session = Session(mqtt_url, lasting=False)
        self._session.client.on_message = self._heard
        self._session.client.on_connect = lambda client, *_: client.subscribe(
            [(one, 0) for one in (*TOPICS, SIGN_OF_LIFE)]
        )

    def open(self) -> None:
        """Begin to listen; goes on trying while the broker is away."""
        self._session.open_later()

    def close(self) -> None:
        """Stop listening."""
        self._session.close()

    def latest(self) -> dict[str, int] | None:
        """The figures by name, `queue` (stored for readers) and `dropped_lately` (in 60 s) among them.

        None while the broker has told nothing for 30 s.
        """
        with self._lock:
            if not self._told or time.monotonic() - self._told_at > STALE_S:
                return None
            self._forget()
            queue = max(self._told.get("stored", 0) - self._told.get("retained", 0), 0)
            lately = self._dropped[-1][1] - self._dropped[0][1] if self._dropped else 0
            return {**self._told, "queue": queue, "dropped_lately": max(lately, 0)}

    def _heard(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        now, name = time.monotonic(), TOPICS.get(message.topic)
        with self._lock, suppress(ValueError):
            self._told_at = now
            if name is None:
                return
            self._told[name] = int(message.payload)
            if name == "dropped":
                self._note(now, self._told[name])

    def _note(self, now: float, dropped: int) -> None:
        """Keep the last minute of the counter; a broker that began again counts from nothing."""
        if self._dropped and dropped < self._dropped[-1][1]:
            self._dropped.clear()
        self._dropped.append((now, dropped))
        self._forget()

    def _forget(self) -> None:
        while len(self._dropped) > 1 and time.monotonic() - self._dropped[1][0] > LATELY_S:
            self._dropped.popleft()
