"""One connection of a TAK client: its bytes cut into events, who it is, in which form it is answered."""

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from casevac.errors import BadMessage
from tracker.cot.frames import Sight
from tracker.dialects import atak, cot, tak
from tracker.dialects.cot import Cot, Node

OFFER, REQUEST, RESPONSE = "t-x-takp-v", "t-x-takp-q", "t-x-takp-r"
PING, PONG = "t-x-c-t", "t-x-c-t-r"
MOST_HELD = 4 << 20  # bytes that a client has not taken; until it does it is sent nothing new
STUCK_S = 60.0  # a client that takes nothing for so long is hung up on
MOST_UNREADABLE = 50  # events that nobody can read; then it is hung up on
_log = logging.getLogger(__name__)


class Taking(Protocol):
    """What a connection needs of the door that it came through."""

    def came(self, client: "Client") -> bool:
        """A client is there; False when there is no room for one more."""

    def left(self, client: "Client") -> None:
        """It is gone."""

    def take(self, client: "Client", one: Cot, payload: bytes) -> None:
        """An event came."""

    def unreadable(self, client: "Client", payload: bytes) -> None:
        """Something came that nobody can read."""


def subject(certificate: "dict[str, object] | None") -> str:
    """The common name of a certificate as the ssl module tells it; empty without one."""
    named = (certificate or {}).get("subject", ())
    pairs = (pair for part in named for pair in part) if isinstance(named, tuple) else ()
    return next((str(value) for name, value in pairs if name == "commonName"), "")


class Client(asyncio.Protocol):
    """A connection. `login`: the device whose certificate it showed; `devices`: who speaks on it, each with
    its uid: one, or all those behind a gateway; `uid` and `callsign`: of who spoke first.

    Everything here runs in the loop of the door.
    """

    def __init__(self, door: Taking, *, secure: bool) -> None:
        self._door, self._secure = door, secure
        self._frames = tak.Frames()
        self._transport: asyncio.Transport | None = None
        self._unreadable = 0
        self._full_since: float | None = None
        self.sight = Sight()
        self.protobuf = False
        self.login = self.uid = self.callsign = ""
        self.devices: dict[str, str] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet it: it may ask for protobuf."""
        if not isinstance(transport, asyncio.Transport):
            return
        self._transport = transport
        if self._secure:
            self.login = subject(transport.get_extra_info("peercert"))
        if (self._secure and not self.login) or not self._door.came(self):
            transport.abort()
            return
        transport.write(cot.write(control(OFFER, "TakProtocolSupport", {"version": "1"})))

    def connection_lost(self, _fault: Exception | None) -> None:
        """Nobody is there any more."""
        self._transport = None
        self._door.left(self)

    def data_received(self, data: bytes) -> None:
        """Each whole event to the door, in its order."""
        try:
            found = self._frames.feed(data)
        except BadMessage as fault:
            self._door.unreadable(self, self._frames.held)
            self.hang_up(str(fault))
            return
        for frame in found:
            self._one(frame)

    def _one(self, frame: tak.Frame) -> None:
        try:
            one = frame.read()
        except BadMessage as fault:
            if b"<auth" not in frame.payload[:200]:  # a login by password, which no door of ours takes
                self._door.unreadable(self, frame.payload)
                self._unreadable += 1
            if self._unreadable > MOST_UNREADABLE:
                self.hang_up(f"more than {MOST_UNREADABLE} events that nobody can read, the last: {fault}")
            return
        if one.type == REQUEST:
            self._switch(one)
        elif one.type == PING:
            self.write(cot.write(control(PONG)), tak.streamed(tak.write(control(PONG))))
        elif atak.for_us(one.type):
            self._door.take(self, one, frame.payload)

    def _switch(self, one: Cot) -> None:
        """Answer whether we go on in protobuf, in the form that was spoken so far."""
        asked = one.child("TakControl")
        version = asked.child("TakRequest") if asked is not None else None
        agreed = version is not None and version.attributes.get("version") == "1"
        answer = control(RESPONSE, "TakResponse", {"status": "true" if agreed else "false"})
        self.write(cot.write(answer), tak.streamed(tak.write(answer)))
        self.protobuf = self.protobuf or agreed

    def is_of(self, device: str, uid: str, callsign: str) -> None:
        """A device of ours told its own position here."""
        if not self.devices:
            self.uid, self.callsign = uid, callsign
        self.devices[device] = uid

    def write(self, xml: bytes, protobuf: bytes) -> None:
        """Send one of the two forms; a client that is gone is sent nothing."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(protobuf if self.protobuf else xml)

    def send(self, told: bytes) -> None:
        """Send what is in its form already."""
        if told and self._transport is not None and not self._transport.is_closing():
            self._transport.write(told)

    def keeps_up(self) -> bool:
        """False while it has not taken what it was sent; one that takes nothing for long is hung up on."""
        if self._transport is None:
            return False
        if self._transport.get_write_buffer_size() <= MOST_HELD:
            self._full_since = None
            return True
        now = time.monotonic()
        self._full_since = self._full_since or now
        if now - self._full_since > STUCK_S:
            self.hang_up("it takes nothing of what it is sent")
        return False

    def pause(self, paused: bool) -> None:
        """Read no more for now: what is sent waits at the sender."""
        if self._transport is None or self._transport.is_closing():
            return
        if paused and self._transport.is_reading():
            self._transport.pause_reading()
        elif not paused and not self._transport.is_reading():
            self._transport.resume_reading()

    def hang_up(self, why: str) -> None:
        """End the connection at once; `why` goes into the log, unless there is nothing to say."""
        if self._transport is not None and why:
            _log.warning("hung up on %s: %s", self.callsign or self.login or "a TAK client", why)
        if self._transport is not None:
            self._transport.abort()


def control(kind: str, tag: str = "", attributes: dict[str, str] | None = None) -> Cot:
    """An event of the protocol itself."""
    now = datetime.now(UTC)
    inner = [Node("TakControl", {}, [Node(tag, attributes or {}, [])])] if tag else []
    return Cot(
        uid="casevac", type=kind, how="m-g", time=now, start=now, stale=now + timedelta(minutes=1),
        lat=0.0, lon=0.0, detail=inner,
    )  # fmt: skip


Connect = Callable[[], Client]
Tls = Callable[[], ssl.SSLContext]
