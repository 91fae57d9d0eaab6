"""MQTT sessions with paho: one way to connect for ingest, tasking, trackers and tools."""

import random

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from casevac.errors import BrokerUnreachable
from tracker.address import address_of

WEEK_S = 7 * 24 * 3600
KEEPALIVE_S = 20


class Session:
    """A persistent MQTT 5 session, named like its user unless told; paho reconnects it for ever.

    `url` is mqtt(s)://USER:PASSWORD@HOST:PORT, with the files of `tls.with_tls`. `window` bounds how many
    unacknowledged messages the broker sends us; a session that is not `lasting` leaves nothing
    behind at the broker. Set callbacks on `client` before `open`.
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
        self._at = address_of(url)
        self._session = _session(WEEK_S if lasting else 0, window)
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or self._at.user or "casevac",
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=manual_ack,
        )
        self.client.username_pw_set(self._at.user, self._at.password)
        self.client.max_inflight_messages_set(0)
        self.client.max_queued_messages_set(0)
        # A fleet does not return in one instant; paho doubles the pause after each attempt that failed. No
        # pause is long: a casualty's event must not wait for it when the link is there again.
        self.client.reconnect_delay_set(
            min_delay=_between(0.1, 0.4),  # type: ignore[arg-type]  # it takes fractions of a second as well
            max_delay=_between(1.5, 2.5),  # type: ignore[arg-type]  # likewise
        )
        if self._at.context is not None:
            self.client.tls_set_context(self._at.context)

    @property
    def address(self) -> str:
        """Where the broker is, without credentials."""
        return self._at.shown

    def open(self) -> None:
        """Connect and start the network thread; raises BrokerUnreachable when nobody listens."""
        try:
            self.client.connect(
                self._at.host,
                self._at.port,
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
            self._at.host,
            self._at.port,
            keepalive=KEEPALIVE_S,
            clean_start=False,
            properties=self._session,
        )
        self.client.loop_start()

    def close(self) -> None:
        """Say goodbye and stop the network thread."""
        self.client.disconnect()
        self.client.loop_stop()

    def end(self) -> None:
        """Say goodbye for good: the broker forgets the session."""
        farewell = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call]  # paho has no type here
        farewell.SessionExpiryInterval = 0
        self.client.disconnect(properties=farewell)
        self.client.loop_stop()


def _between(least: float, most: float) -> float:
    return random.uniform(least, most)  # noqa: S311  jitter


def _session(expiry_s: int, window: int) -> Properties:
    """Properties of a session that outlives its connection by so long."""
    session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho has no type here
    session.SessionExpiryInterval = expiry_s
    session.ReceiveMaximum = window
    return session
