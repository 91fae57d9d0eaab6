"""A fleet of devices over MQTT as a process of its own, which shares no code with the product.

python -m tests.bench.fleet --host H --port P --accounts FILE.json --devices 500 --rate 1000 --seconds 60
                            --record DIR

Every device numbers its reports, puts them on record (fsynced, see tests/bench/record.py), publishes
them, and publishes again what has no receipt after `--resend` seconds (twice as long each time, at most
`--resend-most`) or when its connection was lost. Lines on standard input steer it:

    rate N      number N reports a second from now on, all devices together (0: as fast as receipts allow)
    pause, go   stop and resume numbering; what is held is still published
    drop        break all connections at once, without a word; they come back by themselves
    backlog N   number N reports at once, spread over the devices, as if taken one a second until now
    stop        number no more, wait until all is receipted (at most --patience seconds), end

One line of JSON a second tells the state (`--help` lists the fields), the last one has `"final": true`.
The exit code is 0 when everything numbered was receipted or refused, 1 when something is still held.

Connections: one for each device under its own account; with --house, which the record and the receipts
do not depend on, all devices share one connection of an account that may write every topic, so that a
generator on a machine of two cores is not what is measured. On a record that exists it goes on: numbers
continue, and what has no receipt there is published again. A report that came of `backlog` and was to be
sent with --batch goes as a row of `casevac/v1/NAME/batch`, as README describes it.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import time
from pathlib import Path

import uvloop

from tests.bench.fleet_whole import Fleet

FIELDS = """fields of a status line: t (seconds since 1970), connected (lines), numbered, sent (published at
least once), resent, pubacks, receipted, refused, held (numbered, not receipted), twice (receipted again),
strange (receipts of what was never sent), forgotten (only with --resend 0), receipts_in_this_second with
their p50_ms, p90_ms, p99_ms, p100_ms from the first publication to the receipt; the last line has final,
reasons (of refusals), thinned (not numbered because of --outbox) as well"""


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.fleet",
        description=(__doc__ or "").partition("\n")[0],
        epilog=FIELDS,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, required=True)
    add("--accounts", type=Path, required=True, help='JSON: {"NAME": "PASSWORD", ...}')
    add("--house", help="USER:PASSWORD of one account that writes for all devices over one connection")
    add("--devices", type=int, default=500, help="so many of the accounts, by name (default 500)")
    add("--rate", type=float, default=1000, help="reports numbered a second; 0: as receipts allow")
    add(
        "--seconds", type=float, default=0, help="stop after so long; 0: on a line `stop` or the end of input"
    )
    add("--record", type=Path, required=True, help="directory of the record; made when it is not there")
    add("--burst", type=int, default=1, help="reports a device numbers in one go (default 1)")
    add("--window", type=int, default=200, help="published and unreceipted reports a device; 0: no bound")
    add("--outbox", type=int, default=0, help="reports a device holds at most; beyond that none is numbered")
    add(
        "--in-flight",
        type=int,
        default=0,
        help="unreceipted reports of all devices; beyond that none is numbered",
    )
    add("--chunk", type=int, default=2000, help="with --rate 0, reports a turn at most (default 2000)")
    add("--tick", type=float, default=0.005, help="seconds between two turns (default 0.005)")
    add("--resend", type=float, default=3.0, help="seconds without a receipt; 0: never publish again")
    add("--resend-most", type=float, default=12.0, help="longest wait before another publication")
    add("--patience", type=float, default=60.0, help="seconds to wait for the last receipts")
    add("--batch", type=int, default=0, help="rows: a backlog goes in batches of at most so many (0: singly)")
    add(
        "--backlog", type=int, default=0, help="number so many before the first connection, as `backlog` does"
    )
    add("--paused", action="store_true", help="number nothing until `go` or `rate`")
    add("--qos", type=int, choices=(0, 1), default=1)
    add("--apart", type=float, default=0.2, help="degrees between neighbours at the start (default 0.2)")
    add("--mqtt", type=int, choices=(3, 5), default=3, help="3 means 3.1.1")
    add(
        "--deaf",
        action="store_true",
        help="hear no receipts and wait for none; what is published is forgotten",
    )
    return parser.parse_args(words)


class Run:
    """A fleet that works until it is told to stop."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self.fleet = Fleet(options, json.loads(options.accounts.read_text()))
        self._stop = False

    def obey(self, line: str) -> None:
        """One line of standard input."""
        word, _, rest = line.strip().partition(" ")
        fleet = self.fleet
        if word == "rate":
            fleet.rate, fleet.numbering = float(rest), True
        elif word in ("pause", "go"):
            fleet.numbering = word == "go"
        elif word == "drop":
            for one in fleet.lines:
                one.drop()
        elif word == "backlog":
            fleet.backlog(int(rest))
        elif word == "stop":
            self._stop = True
        elif word:
            sys.stderr.write(f"fleet: not known: {word}\n")

    async def run(self) -> int:
        """Work; returns the exit code."""
        fleet = self.fleet
        fleet.resume()
        fleet.numbering = not self._options.paused
        if self._options.backlog:
            fleet.backlog(self._options.backlog)
        self._listen()
        for line in fleet.lines:
            line.open()
        await self._all_up()
        teller = asyncio.create_task(self._tell())
        await self._work()
        teller.cancel()
        for line in fleet.lines:
            line.close()
        final = {**fleet.status(), "final": True, "reasons": fleet.reasons, "thinned": fleet.thinned}
        fleet.record.close(final)
        tell(final)
        return 1 if fleet.held else 0

    async def _all_up(self) -> None:
        """Wait for the first connections, so that the first reports do not wait for them."""
        deadline = time.monotonic() + self._options.patience
        while not all(line.up for line in self.fleet.lines) and time.monotonic() < deadline:
            if wrong := next((line.refusal for line in self.fleet.lines if line.refusal), None):
                sys.stderr.write(f"fleet: {wrong}\n")
            await asyncio.sleep(0.05)

    async def _work(self) -> None:
        fleet, options = self.fleet, self._options
        last = time.monotonic()
        ends = last + options.seconds if options.seconds else float("inf")
        gives_up = float("inf")
        while True:
            began = time.monotonic()
            if gives_up == float("inf") and (self._stop or began >= ends):
                fleet.numbering, gives_up = False, began + options.patience
            if gives_up < float("inf") and (not fleet.held or began >= gives_up):
                return
            await fleet.turn(began - last)
            last = began
            await asyncio.sleep(max(0.0, options.tick - (time.monotonic() - began)))

    async def _tell(self) -> None:
        """A status a second, and a ping now and then."""
        seconds = 0
        while True:
            await asyncio.sleep(1.0)
            seconds += 1
            tell(self.fleet.status())
            if seconds % 10 == 0:
                for line in self.fleet.lines:
                    line.keep_alive()

    def _listen(self) -> None:
        """Obey standard input while it is open."""
        loop = asyncio.get_running_loop()
        rest = b""

        def read() -> None:
            nonlocal rest
            got = os.read(0, 65536)
            if not got:
                loop.remove_reader(0)
                self._stop = self._stop or not self._options.seconds
                return
            *lines, rest = (rest + got).split(b"\n")
            for one in lines:
                self.obey(one.decode())

        try:
            loop.add_reader(0, read)
        except (OSError, PermissionError):  # a file or /dev/null as input: nothing to obey
            self._stop = self._stop or not self._options.seconds


def tell(told: dict[str, object]) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the fleet that the command line describes."""
    options = arguments()
    gc.disable()  # what it makes is gone with its last reference; looking through what is held takes time
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(Run(options).run())


if __name__ == "__main__":
    sys.exit(main())
