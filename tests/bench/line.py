"""One MQTT connection of the load generator: logs in, subscribes, publishes, comes back after a loss."""

import asyncio
import random
from collections.abc import Sequence
from typing import Protocol, cast

from tests.bench import packets
from tests.bench.packets import Reader

_FILTERS = 100  # topics a SUBSCRIBE
_BACK_S = (0.1, 0.5)  # pause before the next attempt: a fleet does not return in one instant
_LOGIN_S = 5.0


class Owner(Protocol):
    """Who hears of a line."""

    def came_up(self, line: "Line") -> None:
        """It may publish; what was on its way before is to be sent again."""

    def heard(self, topic: str, payload: bytes) -> None:
        """A message for one of its devices."""


class Line(asyncio.Protocol):
    """Keeps one account connected until it is closed; reconnects for ever."""

    def __init__(
        self,
        address: tuple[str, int],
        account: tuple[str, str],
        topics: Sequence[str],
        level: int,
        owner: Owner,
    ) -> None:
        self._address, self._account, self._topics, self._level = address, account, topics, level
        self._owner = owner
        self._transport: asyncio.Transport | None = None
        self._reader = Reader()
        self._subscribing = 0
        self._mid = 0
        self._closed = False
        self._heard_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self.keepalive_s = 20
        self.up = False
        self.full = False
        self.pubacks = 0
        self.refusal: str | None = None

    def open(self) -> None:
        """Begin to connect."""
        self._task = asyncio.get_running_loop().create_task(self._again())

    async def _again(self) -> None:
        """Try until a connection is made."""
        loop = asyncio.get_running_loop()
        while not self._closed:
            try:
                async with asyncio.timeout(_LOGIN_S):
                    await loop.create_connection(lambda: self, *self._address)
            except (OSError, TimeoutError):
                await asyncio.sleep(random.uniform(*_BACK_S))
            else:
                return

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Log in."""
        there = cast(asyncio.Transport, transport)  # uvloop's own class, with the same methods
        self._transport, self._reader, self.full = there, Reader(), False
        there.set_write_buffer_limits(high=1 << 20)
        there.write(packets.connect(*self._account, keepalive_s=self.keepalive_s, level=self._level))
        self._heard_at = asyncio.get_running_loop().time()

    def data_received(self, data: bytes) -> None:
        """Whatever the broker says."""
        self._heard_at = asyncio.get_running_loop().time()
        found, acks = self._reader.take(data)
        self.pubacks += acks
        for first, body in found:
            kind = first & 0xF0
            if kind == packets.PUBLISH:
                self._message(first, body)
            elif kind == packets.CONNACK:
                self._logged_in(packets.connack_reason(body))
            elif kind == packets.SUBACK:
                self._subscribed()

    def connection_lost(self, _fault: Exception | None) -> None:
        """Come back after a short pause."""
        self.up, self._transport = False, None
        if not self._closed:
            loop = asyncio.get_running_loop()
            loop.call_later(random.uniform(*_BACK_S), self.open)

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self.full = True

    def resume_writing(self) -> None:
        """It does again."""
        self.full = False

    def _message(self, first: int, body: bytes) -> None:
        topic, mid, payload = packets.unpublished(first, body, self._level)
        if mid is not None and self._transport is not None:
            self._transport.write(packets.puback(mid))
        self._owner.heard(topic, payload)

    def _logged_in(self, reason: int) -> None:
        if self._transport is None:
            return
        if reason:
            self.refusal = f"the broker refuses {self._account[0]} with reason {reason}"
            self._transport.abort()
            return
        self._subscribing = 0
        for start in range(0, len(self._topics), _FILTERS):
            self._subscribing += 1
            part = self._topics[start : start + _FILTERS]
            self._transport.write(packets.subscribe(self._subscribing, part, level=self._level))
        if not self._topics:
            self._subscribing = 1
            self._subscribed()

    def _subscribed(self) -> None:
        self._subscribing -= 1
        if self._subscribing == 0:
            self.up, self.refusal = True, None
            self._owner.came_up(self)

    def next_mid(self) -> int:
        """A packet id, 1 to 65535 in turn."""
        self._mid = self._mid % 65535 + 1
        return self._mid

    def write(self, many: list[bytes]) -> None:
        """Packets in one piece; only while `up`."""
        if self._transport is not None:
            self._transport.write(b"".join(many))

    def keep_alive(self) -> None:
        """Ping; give up a connection that has been silent for two keep-alive times."""
        if self._transport is None:
            return
        if asyncio.get_running_loop().time() - self._heard_at > 2 * self.keepalive_s:
            self._transport.abort()
        elif self.up:
            self._transport.write(packets.PINGREQ_PACKET)

    def drop(self) -> None:
        """Break the connection without a word; it comes back by itself."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Say goodbye and stay away."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        if self._transport is not None:
            self._transport.write(packets.DISCONNECT_PACKET)
            self._transport.close()
