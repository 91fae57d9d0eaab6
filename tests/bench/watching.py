"""Many readers of one live stream, in a process of their own: python -m tests.bench.watching PORT

It shares no code with the product. A line `open N` on standard input makes so many streams open in all,
`measure SECONDS` counts what comes meanwhile; each is answered by a line of JSON. Latencies are wall clock
on one machine: of an event from when it was told (`at` of its line) to its receipt by each of the readers, of
positions from when the server began to send them. Readers all decode: what is the same bytes, once.
"""

import asyncio
import json
import re
import sys
import time
import zlib
from datetime import datetime

import numpy as np
import uvloop

REQUEST = b"GET /api/live/events?lane=1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept-Encoding: gzip\r\n\r\n"
AT_ONCE = 50
SENT = re.compile(rb'"server_time":"([^"]+)"')
TOLD = re.compile(rb'"log":\[\{[^]]*?"at":"([^"]+)"')


class Crowd:
    """Everybody who reads."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.readers: list[Reader] = []
        self.known: dict[bytes, tuple[str, float]] = {}
        self.counting = False
        self.late: dict[str, list[float]] = {}
        self.bytes = self.lost = 0

    async def open(self, many: int) -> dict[str, object]:
        """Until so many streams are open."""
        loop = asyncio.get_running_loop()
        begun = time.monotonic()
        while len(self.readers) < many:
            some = [
                loop.create_connection(lambda: Reader(self), "127.0.0.1", self.port)
                for _ in range(min(AT_ONCE, many - len(self.readers)))
            ]
            fresh = [reader for _, reader in await asyncio.gather(*some)]
            self.readers += fresh
            await asyncio.wait_for(asyncio.gather(*(reader.begun.wait() for reader in fresh)), 60)
        return {"open": len(self.readers), "seconds": round(time.monotonic() - begun, 1)}

    async def measure(self, seconds: float) -> dict[str, object]:
        """What comes in this time."""
        self.late, self.bytes, self.counting = {"change": [], "moves": []}, 0, True
        await asyncio.sleep(seconds)
        self.counting = False
        found: dict[str, object] = {"viewers": len(self.readers), "lost": self.lost, "bytes": self.bytes}
        for kind, late in self.late.items():
            p50, p99 = np.percentile(late, [50, 99]) if late else (None, None)
            found[kind] = {"number": len(late), "p50_ms": p50, "p99_ms": p99}
        return found

    def take(self, body: bytes) -> None:
        """One chunk, compressed by itself."""
        if body not in self.known:
            if len(self.known) > 500:
                self.known.clear()
            self.known[body] = _read(body)
        kind, sent = self.known[body]
        if kind in self.late:
            self.late[kind].append(time.time() * 1000 - sent)


def _read(body: bytes) -> tuple[str, float]:
    try:
        told = zlib.decompressobj(-15).decompress(body)
    except zlib.error:  # the head of the gzip stream
        return "", 0.0
    kind = told.partition(b"event: ")[2].partition(b"\n")[0].decode()
    found = (TOLD if kind == "change" else SENT).search(told)
    if found is None or b'"key":true' in told:
        return "", 0.0
    return kind, datetime.fromisoformat(found[1].decode()).timestamp() * 1000


class Reader(asyncio.Protocol):
    """One stream."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.begun = asyncio.Event()
        self.rest = b""
        self.head = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(REQUEST % self.crowd.port)

    def data_received(self, data: bytes) -> None:
        self.crowd.bytes += len(data)
        self.rest += data
        if self.head:
            head, end, rest = self.rest.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 200 " not in head[:20]:
                raise SystemExit(head.decode())
            self.head, self.rest = False, rest
            self.begun.set()
        while True:
            size, end, rest = self.rest.partition(b"\r\n")
            if not end or len(rest) < (length := int(size, 16)) + 2:
                return
            if self.crowd.counting:
                self.crowd.take(rest[:length])
            self.rest = rest[length + 2 :]

    def connection_lost(self, _fault: Exception | None) -> None:
        self.crowd.lost += 1


async def obey(port: int) -> None:
    """Commands until the input ends."""
    crowd, loop = Crowd(port), asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        word, number = line.split()
        told = await (crowd.open(int(number)) if word == "open" else crowd.measure(float(number)))
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(obey(int(sys.argv[1])))
