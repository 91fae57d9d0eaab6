"""Receivers for ingest with gmqtt on uvloop, as the protocol of tracker/receiving.py asks for one.

The library acknowledges a message when the coroutine that `on_message` is for it ends; ingest acknowledges
after COMMIT. So each message has a coroutine that waits until it is stored: `GmqttReceiver`, all that the
library offers. `HookedReceiver` takes over two methods of its inside, which no product could rely on, to do
without coroutines: the most that could be had of it.
"""

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import gmqtt
import uvloop

from tracker.address import address_of
from tracker.mqtt import KEEPALIVE_S, WEEK_S
from tracker.pile import Pile
from tracker.receiving import Lane, Told
from tracker.wire import Message

_PUBACK = 0x40


class GmqttReceiver:
    """One lane's session through the library, on a loop in a thread of its own."""

    def __init__(self, url: str, lane: Lane) -> None:
        self._at, self._lane = address_of(url), lane
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._client: gmqtt.Client | None = None
        self._pile: Pile | None = None
        self._came: list[Message] = []
        self._stored: dict[int, asyncio.Future[None]] = {}
        self._connections = self._heard = 0
        self.connected = False

    @property
    def address(self) -> str:
        return self._at.shown

    def open(self, pile: Pile) -> None:
        self._pile = pile
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._connect(), self._loop)

    async def _connect(self) -> None:
        client = gmqtt.Client(
            self._lane.client_id,
            clean_session=False,
            optimistic_acknowledgement=False,
            session_expiry_interval=WEEK_S,
            receive_maximum=self._lane.window,
        )
        client.set_auth_credentials(self._at.user or "", self._at.password)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        self._hear(client)
        self._client = client
        await client.connect(self._at.host, self._at.port, keepalive=KEEPALIVE_S)

    def _on_connect(self, client: gmqtt.Client, *_: object) -> None:
        self._connections += 1
        self._stored.clear()  # all that was not acknowledged comes again
        client.subscribe([gmqtt.Subscription(topic, qos=1) for topic in self._lane.filters])
        self.connected = True

    def _on_disconnect(self, *_: object) -> None:
        self.connected = False
        if self._pile is not None:
            self._pile.forget()

    def _hear(self, client: gmqtt.Client) -> None:
        client.on_message = self._on_message

    async def _on_message(
        self, _client: gmqtt.Client, topic: str, payload: bytes, qos: int, _properties: object
    ) -> int:
        """Ends, and so is acknowledged, when it is stored."""
        self._heard += 1
        self._keep(topic, payload, self._heard)
        if qos:
            self._stored[self._heard] = stored = self._loop.create_future()
            await stored
        return 0

    def _keep(self, topic: str, payload: bytes, token: int) -> None:
        if not self._came:
            self._loop.call_soon(self._hand_over)
        self._came.append(Message(topic, payload, datetime.now(UTC), self._connections << 32 | token))

    def _hand_over(self) -> None:
        """All that one read of the socket brought."""
        came, self._came = self._came, []
        if self._pile is not None:
            self._pile.add(came)

    def answer(self, taken: Sequence[Message], told: Sequence[Told]) -> None:
        self._loop.call_soon_threadsafe(self._answer, taken, told)

    def _answer(self, taken: Sequence[Message], told: Sequence[Told]) -> None:
        client = self._client
        if client is None or not self.connected:
            return
        for topic, payload in told:
            client.publish(topic, payload, qos=0)
        for message in taken:
            if message.token >> 32 == self._connections:
                self._acknowledge(client, message.token & 0xFFFFFFFF)

    def _acknowledge(self, _client: gmqtt.Client, token: int) -> None:
        if (stored := self._stored.pop(token, None)) is not None:
            stored.set_result(None)

    def close(self) -> None:
        if self._client is not None:
            asyncio.run_coroutine_threadsafe(self._client.disconnect(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


class HookedReceiver(GmqttReceiver):
    """Without a coroutine a message, by what the library keeps to itself."""

    def _hear(self, client: gmqtt.Client) -> None:
        client.on_message = lambda *_: 0
        client._package_handler._handle_qos_1_publish_packet = self._on_numbered

    def _on_numbered(self, mid: int, packet: bytes, topic: Any, _properties: object) -> None:
        self._keep(topic.decode() if isinstance(topic, bytes) else topic, packet, mid)

    def _acknowledge(self, client: gmqtt.Client, token: int) -> None:
        client._send_command_with_mid(_PUBACK, token, False)
