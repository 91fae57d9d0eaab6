"""Reports a second from the generator through Mosquitto to one C subscriber: what the broker alone can do.

The generator is that of `tests.bench.fleet` with everything but the receipts: the same payloads, topics,
account, record and writes. `mosquitto_sub` takes them at QoS 1 and prints one character a message, which
is counted here; so many may be on their way that the broker's bounded queue never overflows.

python -m tests.bench.broker_rate (options of tests.bench.fleet) --seconds 20 --house USER:PASSWORD
    --subscriber USER:PASSWORD
"""

import argparse
import asyncio
import gc
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Sequence

import uvloop

from tests.bench import fleet
from tests.bench.fleet_device import Tracker
from tests.bench.fleet_whole import ROOT, Fleet

WARM_S = 3.0


class Counted(Fleet):
    """A fleet that is paced by what a subscriber has taken, and forgets what it has published."""

    def __init__(self, options: argparse.Namespace, accounts: dict[str, str]) -> None:
        super().__init__(options, accounts)
        self.taken = 0

    def take(self, many: int) -> None:
        """The subscriber has so many more."""
        self.taken += many
        self.held -= many

    def _let_go(self, device: Tracker, chosen: list[tuple[int, int]]) -> None:
        """What is published is held until the subscriber has taken as many."""
        device.flying.clear()


def subscriber(options: argparse.Namespace, account: str) -> "subprocess.Popen[bytes]":
    """mosquitto_sub, which prints "." and an end of line for each report."""
    user, _, password = account.partition(":")
    login = ["-h", options.host, "-p", str(options.port), "-u", user, "-P", password]
    argv = ["mosquitto_sub", *login, "-q", "1", "-t", f"{ROOT}/+/report", "-F", "."]
    return subprocess.Popen(argv, stdout=subprocess.PIPE)


async def measure(options: argparse.Namespace, accounts: dict[str, str], account: str) -> list[float]:
    """Messages a second, one figure a second after the first few."""
    counted = Counted(options, accounts)
    taker = subscriber(options, account)
    stream = taker.stdout
    if stream is None:
        raise SystemExit("no output of mosquitto_sub")
    reader = asyncio.StreamReader(limit=1 << 22)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), stream)

    async def count() -> None:
        while chunk := await reader.read(1 << 20):
            counted.take(chunk.count(b"."))

    counting = asyncio.create_task(count())
    for line in counted.lines:
        line.open()
    await asyncio.sleep(1.0)  # both are connected and the subscriber has its subscription
    began, last = time.monotonic(), time.monotonic()
    marks: list[tuple[float, int]] = []
    while (now := time.monotonic()) - began < options.seconds + WARM_S:
        await counted.turn(now - last)
        last = now
        if now - began >= WARM_S and (not marks or now - marks[-1][0] >= 1.0):
            marks.append((now, counted.taken))
        await asyncio.sleep(max(0.0, options.tick - (time.monotonic() - now)))
    counting.cancel()
    taker.kill()  # asked politely, it would first write to a pipe that nobody reads any more
    taker.wait()
    return [(b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.pairwise(marks)]


def main(words: Sequence[str]) -> None:
    """Print {"per_s": [...]} as one line of JSON."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--subscriber", required=True)
    own, rest = parser.parse_known_args(words)
    options = fleet.arguments([*rest, "--deaf"])
    gc.disable()  # as tests.bench.fleet does
    accounts = json.loads(options.accounts.read_text())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rates = runner.run(measure(options, accounts, own.subscriber))
    sys.stdout.write(json.dumps({"per_s": [round(rate) for rate in rates]}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
