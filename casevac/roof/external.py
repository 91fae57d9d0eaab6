"""The user's own servers: knocked on now and then, so that one that is away shows."""

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import psycopg2

from casevac.roof.doors import shown
from casevac.roof.pulse import Pulse
from casevac.settings import Settings

ASK_S = 3.0
_CONNECT_S = 3
_MQTT_PORTS = {"mqtts": 8883}


class External:
    """One server that the user runs. state: external while it answers, else unreachable."""

    def __init__(self, name: str, url: str, ask: Callable[[], bool], say: Callable[[str], None]) -> None:
        self.name = name
        self.state = "external"
        self._address = shown(url)
        self._pulse = Pulse(ask)
        self._say = say

    def step(self, now: float) -> None:
        """Knock when it is due; never waits. `now` is a monotonic clock in seconds."""
        self._pulse.step(now, ASK_S)
        state = "unreachable" if self._pulse.silent(now) else "external"
        if state != self.state:
            self.state = state
            words = "does not answer" if state == "unreachable" else "answers again"
            self._say(f"{self.name} at {self._address} {words}")

    def facts(self) -> dict[str, Any]:
        """What parts.json says of it."""
        return {"state": self.state, "address": self._address, "pid": None, "restarts": 0, "created": None}


def externals(settings: Settings, say: Callable[[str], None]) -> list[External]:
    """The servers that `settings` names."""
    found = []
    if (database := settings.database_url) is not None:
        found.append(External("database", database, lambda: database_answers(database), say))
    if (broker := settings.mqtt_url) is not None:
        found.append(External("broker", broker, lambda: broker_answers(broker), say))
    return found


def database_answers(url: str) -> bool:
    """True when a new connection runs a statement. One that hangs holds up the thread of this call only."""
    try:
        db = psycopg2.connect(url, connect_timeout=_CONNECT_S, options="-c statement_timeout=3000")
    except psycopg2.Error:
        return False
    try:
        db.cursor().execute("SELECT 1")
    except psycopg2.Error:
        return False
    finally:
        db.close()
    return True


def broker_answers(url: str) -> bool:
    """True when its port takes a connection; whose password is right is the parts' own affair."""
    place = urlsplit(url)
    port = place.port or _MQTT_PORTS.get(place.scheme, 1883)
    try:
        socket.create_connection((place.hostname or "localhost", port), timeout=_CONNECT_S).close()
    except OSError:
        return False
    return True
