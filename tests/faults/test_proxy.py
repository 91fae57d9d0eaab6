"""The bad link is as bad as it says: measured from outside on an echo."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.faults.proxy import Proxy, Weather
from tests.tracker.listener import until

Dial = Callable[[], socket.socket]


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says everything back."""
    door = socket.create_server(("127.0.0.1", 0))

    def answer(line: socket.socket) -> None:
        with line:
            try:
                while heard := line.recv(4096):
                    line.sendall(heard)
            except OSError:
                return

    def serve() -> None:
        while True:
            try:
                line, _ = door.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(line,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield door.getsockname()[1]
    door.close()


@pytest.fixture
def link(echo: int) -> Iterator[Proxy]:
    with Proxy(echo) as proxy:
        yield proxy


@pytest.fixture
def dial(link: Proxy) -> Iterator[Dial]:
    """Connects through the link; closed at the end."""
    lines: list[socket.socket] = []

    def call() -> socket.socket:
        lines.append(socket.create_connection(("127.0.0.1", link.port), timeout=60))
        return lines[-1]

    yield call
    for line in lines:
        line.close()


def said(line: socket.socket, what: bytes) -> bytes:
    line.sendall(what)
    heard = b""
    while len(heard) < len(what):
        more = line.recv(4096)
        if not more:
            break
        heard += more
    return heard


def test_a_clear_link_changes_nothing_and_counts_both_ways(link: Proxy, dial: Dial) -> None:
    what = bytes(range(256)) * 400
    assert said(dial(), what) == what
    assert until(lambda: (link.sent, link.received) == (len(what), len(what)))  # counted when it is sent


def test_delay_and_rate_take_their_time(link: Proxy, dial: Dial) -> None:
    line = dial()
    link.mend(Weather(latency_s=0.15, jitter_s=0.05))
    start = time.monotonic()
    assert said(line, b"x") == b"x"
    assert time.monotonic() - start >= 0.2  # twice 0.1 s at the very least
    link.mend(Weather(bits_per_s=16_000))
    start = time.monotonic()
    assert said(line, b"y" * 1000) == b"y" * 1000
    assert time.monotonic() - start >= 0.5


def test_stalls_are_a_share_of_the_time(link: Proxy, dial: Dial) -> None:
    line = dial()
    link.mend(Weather(stalls=0.5, stall_s=0.2))
    start = time.monotonic()
    waits = []
    while time.monotonic() - start < 2:
        before = time.monotonic()
        said(line, b"x")
        waits.append(time.monotonic() - before)
    assert sum(wait for wait in waits if wait > 0.05) > 0.4


def test_a_reset_is_a_reset(link: Proxy, dial: Dial) -> None:
    line = dial()
    assert said(line, b"x") == b"x"
    link.weather = Weather(resets=1.0)
    with pytest.raises(ConnectionResetError):
        said(line, b"y")
    link.mend()
    line = dial()
    assert said(line, b"x") == b"x"
    link.reset()
    with pytest.raises(ConnectionResetError):
        said(line, b"y")


def test_half_open_says_nothing_and_old_connections_stay_dead(link: Proxy, dial: Dial) -> None:
    line = dial()
    assert said(line, b"x") == b"x"
    link.blackhole()
    line.settimeout(0.5)
    with pytest.raises(TimeoutError):
        said(line, b"y")
    link.mend()
    with pytest.raises(TimeoutError):
        said(line, b"z")
    assert said(dial(), b"new") == b"new"


def test_a_cut_refuses_until_it_is_mended(link: Proxy, dial: Dial) -> None:
    line = dial()
    assert said(line, b"x") == b"x"
    link.cut()
    with pytest.raises(ConnectionResetError):
        said(line, b"y")
    with pytest.raises(ConnectionRefusedError):
        dial()
    link.mend()
    assert said(dial(), b"z") == b"z"
