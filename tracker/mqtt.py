"""MQTT sessions with paho: one way to connect for ingest, tasking, trackers and tools."""

import random
import ssl
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from casevac.errors import BadSetting, BrokerUnreachable

WEEK_S = 7 * 24 * 3600
KEEPALIVE_S = 20


class Session:
    """A persistent MQTT 5 session, named like its user unless told; paho reconnects it for ever.

    `window` bounds how many unacknowledged messages the broker sends us; a session that is not `lasting`
    leaves nothing behind at the broker. Set callbacks on `client` before `open`.
    """

    def __init__(
        self,
        url: str,
        *,
        client_id: str = "",
        window: int = 1000,
        manual_ack: bool = False,
        lasting: bool = True,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise BadSetting(
                f"broker address {parts.hostname or url[:40]!r} is not mqtt://USER:PASSWORD@HOST:PORT"
            )
        self._tls = parts.scheme == "mqtts"
        self._host, self._port = parts.hostname, parts.port or (8883 if self._tls else 1883)
        self._session = _session(WEEK_S if lasting else 0, window)
        user = unquote(parts.username or "")
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or user or "casevac",
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=manual_ack,
        )
        self.client.username_pw_set(user or None, unquote(parts.password or "") or None)
        self.client.max_inflight_messages_set(0)
        self.client.max_queued_messages_set(0)
        # paho doubles the pause each time; every client has its own, so that a broker's return is no storm
        self.client.reconnect_delay_set(
            min_delay=_between(0.5, 1.0),  # type: ignore[arg-type]  # it takes fractions of a second as well
            max_delay=_between(10.0, 15.0),  # type: ignore[arg-type]
        )
        if self._tls:
            self.client.tls_set_context(ssl.create_default_context())

    @property
    def address(self) -> str:
        """Where the broker is, without credentials."""
        return f"mqtt{'s' if self._tls else ''}://{self._host}:{self._port}"

    def open(self) -> None:
        """Connect and start the network thread; raises BrokerUnreachable when nobody listens."""
        try:
            self.client.connect(
                self._host,
                self._port,
                keepalive=KEEPALIVE_S,
                clean_start=False,
                properties=self._session,
            )
        except OSError as fault:
            raise BrokerUnreachable(f"no MQTT broker at {self.address} ({fault})") from fault
        self.client.loop_start()

    def open_later(self) -> None:
        """As `open`, but when nobody listens keep trying in the background."""
        self.client.connect_async(
            self._host,
            self._port,
            keepalive=KEEPALIVE_S,
            clean_start=False,
            properties=self._session,
        )
        self.client.loop_start()

    def close(self) -> None:
        """Say goodbye and stop the network thread."""
        self.client.disconnect()
        self.client.loop_stop()


def _between(least: float, most: float) -> float:
    return random.uniform(least, most)  # noqa: S311  jitter


def _session(expiry_s: int, window: int) -> Properties:
    """Properties of a session that outlives its connection by so long."""
    session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho has no type here
    session.SessionExpiryInterval = expiry_s
    session.ReceiveMaximum = window
    return session


def with_login(url: str, user: str, password: str) -> str:
    """The same broker address, with other credentials."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return urlunsplit((parts.scheme, f"{login}@{place}", parts.path, parts.query, ""))
