"""The subscriber of our own against the real broker, and against one that talks nonsense."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from casevac.errors import BadSetting
from casevac.roof.broker import Broker
from tests.tracker.listener import PATIENCE_S, Listener, kill_listening_on, until
from tracker.pile import Pile
from tracker.receiving import Lane, PahoReceiver, Receiver
from tracker.subscriber import READ_BYTES, Subscriber
from tracker.wire import Message

FILTER = "casevac/v1/+/report"
Opened = Callable[..., tuple[Receiver, Pile]]


@pytest.fixture(params=[Subscriber, PahoReceiver])
def opened(request: pytest.FixtureRequest, broker: Broker) -> Iterator[Opened]:
    """Opens a receiver of each kind: both keep the same promises."""
    receivers: list[Receiver] = []

    def start(window: int = 10_000) -> tuple[Receiver, Pile]:
        receiver = request.param(
            broker.url("casevac-ingest"), Lane("casevac-ingest", (FILTER,), window=window)
        )
        pile = Pile(window)
        receiver.open(pile)
        receivers.append(receiver)
        assert until(lambda: receiver.connected)
        return receiver, pile

    yield start
    for receiver in receivers:
        receiver.close()


@pytest.fixture
def tracker(broker: Broker) -> Iterator[Listener]:
    password = broker.add_devices(["trk-1"])["trk-1"]
    listener = Listener("trk-1", password, broker.port)
    yield listener
    listener.close()


def payloads(messages: list[Message]) -> list[bytes]:
    return [one.payload for one in messages]


class Wire:
    """The way to the broker, which can be cut."""

    def __init__(self, port: int) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._to = port
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while some := one.recv(65536):
                other.sendall(some)

    def cut(self) -> None:
        ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self._server.close()
        self.cut()


def test_payloads_of_every_size_come_whole_and_in_order(opened: Opened, tracker: Listener) -> None:
    _, pile = opened()
    sent = [b"", b"x", b"y" * 127, b"z" * 20_000, os.urandom(1 << 20), b"last"]
    for payload in sent:
        tracker.send("report", payload)
    assert until(lambda: len(pile) == len(sent))
    taken = pile.take(100).batch
    assert payloads(taken) == sent
    assert {one.topic for one in taken} == {"casevac/v1/trk-1/report"}


def connection_of(pile: Pile) -> int:
    """Over which connection the oldest that waits came; 0 when nothing waits."""
    oldest = pile.oldest()
    return 0 if oldest is None else oldest.token >> 16


def acknowledge(receiver: Receiver, taken: list[Message], tracker: Listener) -> None:
    """Acknowledges, and waits until the broker knows: it has what was said afterwards on the same line."""
    heard = len(tracker.heard)
    receiver.answer(taken, [])
    receiver.answer([], [("casevac/v1/trk-1/notice", b"acknowledged")])
    assert until(lambda: len(tracker.heard) > heard)


@pytest.mark.parametrize("kind", [Subscriber, PahoReceiver])
def test_what_was_not_acknowledged_comes_again_on_the_next_connection(
    kind: Callable[[str, Lane], Receiver], tracker: Listener, broker: Broker
) -> None:
    way = Wire(broker.port)
    url = broker.url("casevac-ingest").replace(f":{broker.port}", f":{way.port}")
    receiver, pile = kind(url, Lane("casevac-ingest", (FILTER,))), Pile(100)
    receiver.open(pile)
    assert until(lambda: receiver.connected)
    for n in range(10):
        tracker.send("report", b"%d" % n)
    assert until(lambda: len(pile) == 10)
    old = pile.take(100).batch
    acknowledge(receiver, old[:4], tracker)
    way.cut()
    assert until(lambda: len(pile) == 6)
    receiver.answer(old, [])  # of a connection that is gone: means nothing any more
    new = pile.take(100).batch
    assert payloads(new) == [b"%d" % n for n in range(4, 10)]
    way.cut()
    assert until(lambda: len(pile) == 6)
    acknowledge(receiver, pile.take(100).batch, tracker)
    tracker.send("report", b"after")
    assert until(lambda: len(pile) == 1)
    first = connection_of(pile)
    way.cut()
    assert until(lambda: connection_of(pile) > first)
    assert payloads(pile.take(100).batch) == [b"after"]
    receiver.close()
    way.close()


def test_no_more_comes_unacknowledged_than_was_agreed(opened: Opened, tracker: Listener) -> None:
    receiver, pile = opened(window=5)
    for n in range(12):
        tracker.send("report", b"%d" % n)
    assert until(lambda: len(pile) == 5)
    assert not until(lambda: len(pile) > 5, seconds=1)
    seen: list[bytes] = []

    def all_came() -> bool:
        batch = pile.take(100).batch
        seen.extend(payloads(batch))
        receiver.answer(batch, [])
        return len(seen) >= 12

    assert until(all_came)
    assert seen == [b"%d" % n for n in range(12)]


def test_our_own_reads_no_further_while_too_much_waits(broker: Broker, tracker: Listener) -> None:
    """Debian's broker sends far more than agreed after the first acknowledgements."""
    receiver = Subscriber(broker.url("casevac-ingest"), Lane("casevac-ingest", (FILTER,), window=20))
    pile = Pile(20)
    receiver.open(pile)
    assert until(lambda: receiver.connected)
    for n in range(300):
        tracker.send("report", b"%d " % n + bytes(20_000))
    assert until(tracker.sent_all)
    seen: list[int] = []
    most = 0
    while len(seen) < 300:
        assert until(lambda: len(pile) > 0)
        time.sleep(0.01)
        most = max(most, len(pile))
        batch = pile.take(10).batch
        seen += [int(one.payload.split()[0]) for one in batch]
        receiver.answer(batch, [])
    assert seen == list(range(300))
    assert most <= 20 + 1 + READ_BYTES // 20_000
    receiver.close()


def test_receipts_reach_the_device(opened: Opened, tracker: Listener) -> None:
    receiver, _ = opened()
    receiver.answer(
        [], [("casevac/v1/trk-1/receipt", b'{"epoch":1,"stored":[%d],"refused":[]}' % n) for n in range(500)]
    )
    assert until(lambda: tracker.stored() == set(range(500)))


def test_a_broker_that_dies_and_comes_back_is_found_again(
    opened: Opened, broker: Broker, tracker: Listener
) -> None:
    receiver, pile = opened()
    kill_listening_on(broker.port)
    assert until(lambda: not receiver.connected)
    child = broker.spawn()
    assert until(lambda: receiver.connected)
    assert until(tracker.is_connected)
    tracker.send("report", b"again")
    assert until(lambda: b"again" in payloads(pile.take(10).batch))
    child.terminate()
    child.wait(60)


ANSWERS = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"\x20\x03\x00\x86\x00",
    b"\x20\x03\x00\x00\x00\xff\xff\xff\xff\xff\xff",
    b"\x20\x03\x00\x00\x00\x90\x04\x00\x01\x00\x87",
    b"\x20\x03\x00\x00\x00\xe0\x02\x8b\x00",
    b"",
    b"\x20\x03\x00\x00\x00\x32\x09\x00\x02\xff\xfe\x00\x01\x00xy",
]


def test_a_broker_that_talks_nonsense_is_tried_again_and_again(caplog: pytest.LogCaptureFixture) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    met: list[bytes] = []

    def talk() -> None:
        for answer in ANSWERS:
            line, _ = server.accept()
            met.append(line.recv(1000))
            line.sendall(answer)
            with suppress(OSError):
                while answer and line.recv(1000):
                    pass
            line.close()
        line, _ = server.accept()  # at last a good one
        line.recv(1000)
        line.sendall(b"\x20\x03\x00\x00\x00")
        line.recv(1000)
        line.sendall(b"\x90\x04\x00\x01\x00\x01")
        with suppress(OSError):
            line.recv(1000)
        line.close()

    thread = threading.Thread(target=talk)
    thread.start()
    url = f"mqtt://me:secret@127.0.0.1:{server.getsockname()[1]}"
    receiver = Subscriber(url, Lane("me", (FILTER,)))
    receiver.open(Pile(100))
    assert until(lambda: receiver.connected)
    receiver.close()
    thread.join(60)
    server.close()
    assert len(met) == len(ANSWERS)
    assert all(b"secret" in one and b"MQTT" in one for one in met)
    assert "user name or password is wrong" in caplog.text
    assert "the broker refuses the subscription: not allowed" in caplog.text
    assert "server shuts down" in caplog.text
    assert "secret" not in caplog.text


def subscribed(line: socket.socket) -> bytes:
    """The next SUBSCRIBE's packet number; other packets of a client that has connected are passed over."""
    line.settimeout(PATIENCE_S)
    while True:
        kind, length = line.recv(2, socket.MSG_WAITALL)
        body = line.recv(length, socket.MSG_WAITALL)
        if kind == 0x82:
            return body[:2]


def test_the_library_is_not_ready_while_the_broker_refuses(caplog: pytest.LogCaptureFixture) -> None:
    """Mosquitto grants every subscription; others have no shared ones, and say so for each filter."""
    server = socket.create_server(("127.0.0.1", 0))
    lane = Lane("me", ("$share/group/casevac/v1/+/report", FILTER))
    receiver = PahoReceiver(f"mqtt://me:secret@127.0.0.1:{server.getsockname()[1]}", lane)
    receiver.open(Pile(100))
    ready: list[bool] = []
    line, _ = server.accept()
    line.recv(1000)
    line.sendall(b"\x20\x03\x00\x86\x00")
    assert until(lambda: "user name or password is wrong" in caplog.text)
    ready.append(receiver.connected)
    line.close()
    line, _ = server.accept()
    line.recv(1000)
    line.sendall(b"\x20\x03\x00\x00\x00")
    line.sendall(b"\x90\x05" + subscribed(line) + b"\x00\x9e\x01")
    assert until(lambda: "refuses the subscription: shared subscriptions are not offered" in caplog.text)
    number = subscribed(line)  # after a pause, on the same connection
    ready.append(receiver.connected)
    line.sendall(b"\x90\x05" + number + b"\x00\x01\x01")
    assert until(lambda: receiver.connected)
    assert ready == [False, False]
    receiver.close()
    line.close()
    server.close()
    assert "secret" not in caplog.text


def test_the_library_with_a_wrong_password_is_not_ready(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = PahoReceiver(f"mqtt://casevac-ingest:wrong@127.0.0.1:{broker.port}", Lane("x", (FILTER,)))
    receiver.open(Pile(100))
    assert until(lambda: caplog.text.count("the broker refuses: not allowed") > 1)
    assert not receiver.connected
    receiver.close()


def test_an_address_that_is_none_is_said() -> None:
    with pytest.raises(BadSetting, match="mqtt://USER:PASSWORD@HOST:PORT"):
        Subscriber("http://127.0.0.1", Lane("me", (FILTER,)))


def test_other_topics_are_heard_from_then_on_and_nothing_is_lost_meanwhile(
    opened: Opened, tracker: Listener
) -> None:
    receiver, pile = opened()
    came: list[Message] = []

    def heard(channel: str) -> bool:
        came.extend(pile.take(1000).batch)
        return any(one.topic.endswith(channel) for one in came)

    receiver.listen(Lane("casevac-ingest", (FILTER, "casevac/v1/+/event")))
    tracker.send("report", {"n": 2})  # just now: the broker keeps it while we come back

    def hears_events() -> bool:
        tracker.send("event", {"n": 3})
        return until(lambda: heard("/event"), 1)

    assert until(hears_events)
    assert until(lambda: heard("/report"))
    receiver.listen(Lane("casevac-ingest", ("casevac/v1/+/event",), unwanted=(FILTER,)))

    def hears_reports() -> bool:
        came.clear()
        tracker.send("report", {"n": 4})
        tracker.send("event", {"n": 5})
        assert until(lambda: heard("/event"))
        return heard("/report")

    assert until(lambda: not hears_reports())
