"""A bad link on demand: a TCP proxy in front of the broker whose faults a test switches while it runs.

It runs in a thread with a loop of its own. Bytes keep their order within a connection, as TCP would keep
it; what a fault loses is lost with its connection, never out of the middle of one.
"""

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TypeVar

CHUNK = 4096  # bytes read at once
SLICE = 256  # bytes written at once on a slow link, so that two connections share it
DEPTH = 16  # chunks on their way, each way of a connection: beyond, the sender feels the link
_RST = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: closing sends RST instead of FIN
_T = TypeVar("_T")


@dataclass(frozen=True)
class Weather:
    """How bad the link is; the default is a perfect one.

    latency_s +- jitter_s is the delay each way; bits_per_s the rate each way of all connections together
    (0: no limit); stalls the share of time in which nothing moves, in pieces of stall_s; resets the share
    of chunks at which the connection is reset.
    """

    latency_s: float = 0.0
    jitter_s: float = 0.0
    bits_per_s: float = 0.0
    stalls: float = 0.0
    stall_s: float = 1.0
    resets: float = 0.0


CLEAR = Weather()


class Proxy:
    """The link to host:port; a context manager, `port` is where to connect on the loopback.

    sent and received: bytes delivered to the broker and to its clients, over all connections; opened and
    reset: connections so far. Everything may be called from any thread.
    """

    def __init__(self, port: int, host: str = "127.0.0.1", seed: int = 1) -> None:
        self._target = (host, port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bad link", daemon=True)
        self._random = random.Random(seed)
        self._server: asyncio.Server | None = None
        self._open: set[_Connection] = set()
        self.weather = CLEAR
        self.dark = False
        self.port = 0
        self.moved: Counter[str] = Counter()
        self.lanes = {"sent": 0.0, "received": 0.0}  # when each way is free again, on the loop's clock

    def __enter__(self) -> "Proxy":
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def sent(self) -> int:
        """Bytes delivered to the broker."""
        return self.moved["sent"]

    @property
    def received(self) -> int:
        """Bytes delivered to clients."""
        return self.moved["received"]

    def cut(self) -> None:
        """Drop every connection by RST and refuse new ones until `mend`."""
        self._do(self._cut())

    def reset(self) -> None:
        """Drop every connection by RST once; new ones are taken."""
        self._do(self._reset())

    def blackhole(self) -> None:
        """Swallow everything from now on, without FIN or RST: half-open on both sides.

        Connections made meanwhile are taken and swallowed too. `mend` lets new ones through; those that
        went dark stay so, as behind a router that has forgotten them.
        """
        self.dark = True
        for one in self._open.copy():
            one.dark = True

    def mend(self, weather: Weather = CLEAR) -> None:
        """Take connections again, in this weather."""
        self.weather, self.dark = weather, False
        self._do(self._listen())

    def _do(self, work: Coroutine[object, object, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._arrived, "127.0.0.1", self.port, limit=CHUNK)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        await self._reset()

    async def _reset(self) -> None:
        ending = [one.task for one in self._open]
        for one in self._open:
            one.abort()
        await asyncio.gather(*ending, return_exceptions=True)

    async def _arrived(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection(*self._target, limit=CHUNK)
        except OSError:
            _abort(writer)
            return
        one = _Connection(self, (reader, writer), there)
        self._open.add(one)
        self.moved["opened"] += 1
        try:
            await one.task
        except (OSError, asyncio.CancelledError):
            pass  # it broke, which is what we are here for
        finally:
            self._open.discard(one)
            one.abort()

    def throw(self, share: float) -> bool:
        """True in this share of cases."""
        return self._random.random() < share

    def delay(self) -> float:
        """Seconds the next chunk is on its way."""
        weather = self.weather
        return max(weather.latency_s + self._random.uniform(-1, 1) * weather.jitter_s, 0.0)


_Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Connection:
    """One client's connection and ours to the broker for it; its task ends when either side does."""

    def __init__(self, link: Proxy, here: _Ends, there: _Ends) -> None:
        self._link = link
        self._writers = (here[1], there[1])
        self.dark = link.dark
        self.task = asyncio.ensure_future(self._run(here, there))

    def abort(self) -> None:
        """End it by RST on both sides."""
        for writer in self._writers:
            _abort(writer)
        self.task.cancel()

    async def _run(self, here: _Ends, there: _Ends) -> None:
        ways = ((here[0], there[1], "sent"), (there[0], here[1], "received"))
        tasks = []
        for reader, writer, way in ways:
            chunks: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(DEPTH)
            tasks += [self._take(reader, chunks), self._give(writer, chunks, way)]
        running = [asyncio.ensure_future(one) for one in tasks]
        try:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
        finally:
            for one in running:
                one.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, chunks: "asyncio.Queue[tuple[float, bytes]]") -> None:
        """Read chunks and stamp each with the moment it arrives; an empty one is the end."""
        clock, due = asyncio.get_running_loop().time, 0.0
        while True:
            chunk = await reader.read(CHUNK)
            if self.dark:
                if not chunk:
                    await asyncio.Event().wait()  # the other side never hears of the end
                continue
            if self._link.throw(self._link.weather.resets):
                self._link.moved["reset"] += 1
                raise ConnectionResetError
            due = max(due, clock() + self._link.delay())  # never before the chunk in front of it
            await chunks.put((due, chunk))
            if not chunk:
                await asyncio.Event().wait()

    async def _give(
        self, writer: asyncio.StreamWriter, chunks: "asyncio.Queue[tuple[float, bytes]]", way: str
    ) -> None:
        """Write each chunk when it is due, as fast as the link goes; returns at the end."""
        clock = asyncio.get_running_loop().time
        while True:
            due, chunk = await chunks.get()
            await asyncio.sleep(max(due - clock(), 0.0))
            if not chunk:
                return
            step = SLICE if self._link.weather.bits_per_s else len(chunk)
            for start in range(0, len(chunk), step):
                piece = chunk[start : start + step]
                await self._pass(len(piece), way)
                if self.dark:
                    break
                writer.write(piece)
                await writer.drain()
                self._link.moved[way] += len(piece)

    async def _pass(self, size: int, way: str) -> None:
        """Wait for a stall to end and for the room of `size` bytes on the link."""
        clock, weather = asyncio.get_running_loop().time, self._link.weather
        if weather.stalls:
            into = clock() % (weather.stall_s / weather.stalls)
            await asyncio.sleep(max(weather.stall_s - into, 0.0))
        if weather.bits_per_s:
            free = max(self._link.lanes[way], clock()) + 8 * size / weather.bits_per_s
            self._link.lanes[way] = free
            await asyncio.sleep(free - clock())


def _abort(writer: asyncio.StreamWriter) -> None:
    """Close by RST."""
    door: socket.socket | None = writer.get_extra_info("socket")
    if door is not None and door.fileno() >= 0:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
    writer.transport.abort()
