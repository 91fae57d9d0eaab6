"""A receiver of our own: a minimal MQTT 5 subscriber on a socket, several times as quick as the library.

One thread reads and cuts the stream; whoever answers writes acknowledgements and receipts itself. It never
gives up: bytes that are no MQTT, a broker that is away, silent or refuses end the connection, and the
next one is tried after a pause. What was not acknowledged comes again there.
"""

import logging
import random
import select
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from tracker import packets
from tracker.address import Address, address_of
from tracker.lanes import Lane
from tracker.mqtt import KEEPALIVE_S, WEEK_S
from tracker.packets import Control, Login, Malformed, Parser
from tracker.pile import Pile
from tracker.receiving import Told
from tracker.wire import LARGEST_PAYLOAD, Message

LARGEST_PACKET = LARGEST_PAYLOAD + (192 << 10)  # with its topic and properties
READ_BYTES = 1 << 18
_PATIENCE_S = 5.0  # for a connection, and for a broker that does not take what we send
_TICK_S = 1.0
_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0
_SUBSCRIBE, _UNSUBSCRIBE = 1, 2  # packet numbers: one of each a connection
_log = logging.getLogger(__name__)


class _Lost(Exception):
    """The connection is of no more use; says why."""


class Subscriber:
    """One lane's session over a socket of its own."""

    def __init__(self, url: str, lane: Lane) -> None:
        self._at: Address = address_of(url)
        self._lane = lane
        self._stop = threading.Event()
        self._line: _Line | None = None
        self._connections = 0
        self._pause_s = _PAUSE_S
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where the broker is, without credentials."""
        return self._at.shown

    @property
    def connected(self) -> bool:
        """True once the broker took our subscription, until the connection is lost."""
        line = self._line
        return line is not None and line.subscribed

    def open(self, pile: Pile) -> None:
        """Begin to connect, again and again until `close`."""
        self._thread = threading.Thread(
            target=self._run, args=(pile,), name=f"subscriber {self._lane.client_id}", daemon=True
        )
        self._thread.start()

    def listen(self, lane: Lane) -> None:
        """Hear other topics: from the next connection on, which is made at once. The session stays."""
        self._lane = lane
        if (line := self._line) is not None:
            line.hang_up()

    def answer(self, taken: Sequence[Message], told: Sequence[Told]) -> None:
        """Publish and acknowledge in one write; on a lost connection nothing, for all comes again."""
        line = self._line
        if line is None:
            return
        said = b"".join([packets.publish(topic, payload) for topic, payload in told])
        said += packets.pubacks([message.token for message in taken], line.number)
        try:
            line.send(said)
        except (OSError, _Lost) as fault:
            _log.warning("%s: %s", self._lane.client_id, fault)
            line.hang_up()

    def close(self) -> None:
        """Say goodbye and end the thread; the session stays at the broker."""
        self._stop.set()
        if (line := self._line) is not None:
            line.say_goodbye()
        if self._thread is not None:
            self._thread.join(timeout=_PATIENCE_S)

    def _run(self, pile: Pile) -> None:
        while not self._stop.is_set():
            try:
                self._live(pile)
            except (OSError, Malformed, _Lost) as fault:
                if not self._stop.is_set():
                    _log.warning("%s at %s: %s", self._lane.client_id, self.address, fault)
            finally:
                line, self._line = self._line, None
                if line is not None:
                    line.close()
                pile.forget()
            self._stop.wait(self._pause_s * random.uniform(0.5, 1.0))  # noqa: S311  jitter
            self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)

    def _live(self, pile: Pile) -> None:
        """One connection from its beginning to its end; raises OSError, Malformed or _Lost."""
        self._connections += 1
        line = _Line(self._at.dial(_PATIENCE_S), self._connections)
        self._line = line
        login = Login(self._lane.client_id, self._at.user, self._at.password)
        agreed = packets.Session(KEEPALIVE_S, WEEK_S, self._lane.window, LARGEST_PACKET)
        line.send(packets.connect(login, agreed))
        while not self._stop.is_set():
            if not pile.has_room(_TICK_S):
                line.keep_alive(listening=False)
                continue
            messages, controls = line.read()
            if messages:
                pile.add(messages)
            for control in controls:
                self._obey(line, control)
            line.keep_alive()

    def _obey(self, line: "_Line", control: Control) -> None:
        match control.kind:
            case packets.CONNACK:
                agreed = packets.accepted(control.body)
                line.keepalive_s = agreed.get(packets.SERVER_KEEPALIVE, KEEPALIVE_S) or KEEPALIVE_S
                line.send(packets.subscribe(_SUBSCRIBE, self._lane.filters))
                if self._lane.unwanted:
                    line.send(packets.unsubscribe(_UNSUBSCRIBE, self._lane.unwanted))
            case packets.SUBACK:
                if codes := packets.refused(control.body):
                    raise _Lost(f"the broker refuses the subscription: {packets.reason(codes[0])}")
                line.subscribed = True
                self._pause_s = _PAUSE_S
                _log.info("%s listens at %s", self._lane.client_id, self.address)
            case packets.DISCONNECT:
                code = control.body[0] if control.body else 0
                raise _Lost(f"the broker hung up: {packets.reason(code)}")
            case packets.PINGRESP | packets.UNSUBACK | packets.PUBACK:
                pass
            case _:
                raise Malformed(f"a packet of type {control.kind}, which no broker sends")


class _Line:
    """One connection: reading by one thread, writing by any."""

    def __init__(self, connection: socket.socket, number: int) -> None:
        self.number = number
        self.subscribed = False
        self.keepalive_s = KEEPALIVE_S
        connection.setblocking(False)
        self._socket = connection
        self._parser = Parser(number, LARGEST_PACKET)
        self._io = threading.Lock()  # one call at a time into a TLS connection
        self._writing = threading.Lock()  # packets go out whole
        self._poll = select.poll()
        self._poll.register(connection, select.POLLIN)
        self._heard = self._sent = time.monotonic()
        self._asked: float | None = None
        self._closed = False

    def read(self) -> tuple[list[Message], list[Control]]:
        """What came, after a second at most; raises OSError, Malformed, or _Lost at its end."""
        chunk = self._receive()
        if chunk is None:
            self._poll.poll(_TICK_S * 1000)
            chunk = self._receive()
        if chunk is None:
            return [], []
        if not chunk:
            raise _Lost("the broker closed the connection")
        self._heard, self._asked = time.monotonic(), None
        return self._parser.feed(chunk, datetime.now(UTC))

    def _receive(self) -> bytes | None:
        with self._io:
            try:
                return self._socket.recv(READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return None

    def send(self, said: bytes) -> None:
        """Write all of it; raises OSError, or _Lost when the broker takes nothing for too long."""
        with self._writing:
            if self._closed:
                raise _Lost("the connection is closed")
            self._write(said)

    def _write(self, said: bytes) -> None:
        left = memoryview(said)
        out = select.poll()
        out.register(self._socket, select.POLLOUT)
        while left:
            with self._io:
                try:
                    done = self._socket.send(left)
                except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    done = 0
            left = left[done:]
            if left and not done and not out.poll(_PATIENCE_S * 1000):
                raise _Lost("the broker takes nothing")
        self._sent = time.monotonic()

    def keep_alive(self, *, listening: bool = True) -> None:
        """Ask for a sign of life when it was quiet; raises _Lost when none came: the line is half open.

        While we read nothing, as too much waits, we show one ourselves and expect none.
        """
        now = time.monotonic()
        if not listening:
            self._heard, self._asked = now, None
        if self._asked is not None and now - self._asked > self.keepalive_s / 2:
            raise _Lost("the broker does not answer")
        quiet = now - self._sent > self.keepalive_s / 2 or now - self._heard > self.keepalive_s / 2
        if quiet and self._asked is None and self._writing.acquire(blocking=False):
            try:  # else somebody writes just now, which is sign enough
                self._asked = now
                self._write(packets.PINGREQ_BYTES)
            finally:
                self._writing.release()

    def say_goodbye(self) -> None:
        """DISCONNECT, if the broker still takes it."""
        try:
            self.send(packets.GOODBYE)
        except (OSError, _Lost):
            self.hang_up()

    def hang_up(self) -> None:
        """Whoever reads or writes meets an error from now on."""
        self.subscribed = False
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the socket back; only the thread that reads may, for its number is given out again at once."""
        self.hang_up()
        with self._writing:
            self._closed = True
            self._socket.close()
