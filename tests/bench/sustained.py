"""How many reports a second from publication to receipt, against the broker, COPY and the usual way.

One generator process sends for 500 devices over one connection of an account that may write every topic:
500 sockets of one Python process would share the two cores with what is measured, and the broker and
ingest see the same messages on the same topics either way. 30,000 reports are on their way unreceipted at
any time, so that nothing ever waits for the generator; `stderr` tells the share of a core each process used.

What is compared runs in turn, several rounds of it, and every figure is the median of the rounds: work of
others on the machine then meets all of them alike.
"""

import io
import json
import statistics
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg2

from casevac.roof import ours
from casevac.roof.part import alone
from casevac.roof.parts import Command, Row
from tests.bench.convoy import Convoy, now_us, receipts_per_s
from tests.bench.place import DEVICES, Place, say
from tests.bench.record import load

IN_FLIGHT = 30_000
WARM_S = 4.0
RESEND_S = 30.0  # the slowest of all takes seconds for what is on its way; that is no loss
COPY_BATCH = 5000
_COPIED = 300_000  # rows at most


def flood(place: Place, name: str, door: "subprocess.Popen[bytes]", seconds: float) -> float:
    """Receipts a second with `door` behind the broker, after a warm-up; every report must get its own."""
    options = ("--devices", DEVICES, "--rate", 0, "--in-flight", IN_FLIGHT, "--window", 0)
    options += ("--resend", RESEND_S)
    with Convoy(place, place.fresh(name), *options, house=True) as convoy:
        convoy.until(lambda status: status["receipted"] > 0)
        time.sleep(WARM_S)
        begin, used = now_us(), _used(place, convoy, door)
        time.sleep(seconds)
        end, shares = now_us(), _used(place, convoy, door)
        final = convoy.finish()
        if final["held"] or final["refused"] or final["strange"]:
            raise SystemExit(f"{name}: not every report was stored and receipted: {final}")
        rate = receipts_per_s(convoy.record, begin, end)
    cores = {part: round((shares[part] - used[part]) / (end - begin) * 1e6, 2) for part in shares}
    place.cpu_us.setdefault(name, []).append(
        (shares["ingest"] - used["ingest"]) / rate / (end - begin) * 1e12
    )
    each = {part: round(used / rate * 1e6, 1) for part, used in cores.items()}
    say(f"{name}: {rate:.0f} receipts/s; cores used {cores}, us a report {each}")
    say(f"{name}: {final['sent']} sent, {final['resent']} again")
    return rate


def _used(place: Place, convoy: Convoy, door: "subprocess.Popen[bytes]") -> dict[str, float]:
    """Seconds of CPU of each process so far."""

    def seconds(pid: int) -> float:
        parent = psutil.Process(pid)
        each = [one.cpu_times() for one in (parent, *parent.children(recursive=True))]
        return sum(one.user + one.system for one in each)

    return {
        "generator": seconds(convoy.process.pid),
        "broker": seconds(place.broker_process.pid),
        "ingest": seconds(door.pid),
        "database": seconds(place.database.pid),
    }


def product(place: Place, seconds: float) -> float:
    """`casevac ingest`; afterwards the store holds exactly what was numbered."""
    place.forget()
    with place.ingest() as door:
        rate = flood(place, "sustained", door, seconds)
    numbered = len(load(place.records[-1]).sent)
    if (stored := place.rows()) != numbered:
        raise SystemExit(f"{numbered} reports were numbered and receipted, {stored} are stored")
    return rate


def with_receiver(place: Place, receiver: str, seconds: float) -> float:
    """The product with a library in place of its own receiver."""
    place.forget()
    argv = [sys.executable, "-m", "tests.bench.ingest_with", receiver]
    with alone(_Other(place, argv)) as door:
        return flood(place, receiver, door, seconds)


class _Other(Command):
    """Ingest with another command line; ready when ingest says so."""

    def __init__(self, place: Place, argv: list[str]) -> None:
        super().__init__(place.home, Row("ingest", "casevac-ingest"), place.environment, 0)
        self._argv, self._place = argv, place

    def spawn(self) -> "subprocess.Popen[bytes]":
        self._place.home.ready_file("ingest").unlink(missing_ok=True)
        log = self._place.home.log_file("ingest").open("ab")
        return subprocess.Popen(self._argv, env=self._place.environment(), cwd=ours.ROOT, stderr=log)


def paho_rows(place: Place, seconds: float) -> float:
    """The usual way: tests/bench/peer.py."""
    place.forget()
    with _peer(place) as door:
        return flood(place, "paho_rows", door, seconds)


@contextmanager
def _peer(place: Place) -> "Iterator[subprocess.Popen[bytes]]":
    environment = {**place.environment(), "CASEVAC_MQTT_URL": place.broker.url("casevac-tasking")}
    argv = [sys.executable, "-m", "tests.bench.peer"]
    process = subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE)
    try:
        if process.stdout is None or process.stdout.readline().strip() != b"ready":
            raise SystemExit("tests.bench.peer did not start")
        yield process
    finally:
        process.terminate()
        process.wait()


def broker(place: Place, seconds: float) -> float:
    """The same generator through Mosquitto to one mosquitto_sub."""
    place.forget()
    argv = [sys.executable, "-m", "tests.bench.broker_rate", "--port", str(place.broker.port)]
    argv += [
        "--accounts",
        str(place.accounts),
        "--record",
        str(place.home.path.parent / place.fresh("broker")),
    ]
    argv += [
        "--devices",
        str(DEVICES),
        "--rate",
        "0",
        "--in-flight",
        str(IN_FLIGHT),
        "--window",
        "0",
        "--seconds",
        str(seconds),
    ]
    argv += ["--house", place.house(), "--subscriber", place.house("casevac-tasking")]
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE)
    each = json.loads(done.stdout)["per_s"]
    say(f"broker to mosquitto_sub: {each} messages/s")
    return statistics.median(each)


def copy(place: Place, seconds: float) -> float:
    """Rows a second of binary COPY of the rows just stored, into the same table with its indexes.

    They are made ready beforehand; one COPY and one COMMIT for each 5,000, over and over for so many seconds.
    """
    db = psycopg2.connect(place.database_url)
    with db, db.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM positions GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        )
        (table,) = cursor.fetchone() or ("",)
        out = io.BytesIO()
        cursor.copy_expert(f"COPY (SELECT * FROM {table} LIMIT {_COPIED}) TO STDOUT (FORMAT BINARY)", out)
    batches = _batches(out.getvalue())
    found: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        place.forget()
        begin = time.perf_counter()
        for _, chunk in batches:
            with db, db.cursor() as cursor:
                cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT BINARY)", io.BytesIO(chunk))
        found.append(sum(many for many, _ in batches) / (time.perf_counter() - begin))
    rate = statistics.median(found)
    db.close()
    say(f"binary COPY: {rate:.0f} rows/s")
    return rate


def _batches(stream: bytes) -> list[tuple[int, bytes]]:
    """A binary COPY stream cut into streams of COPY_BATCH rows, with how many rows each has."""
    (extra,) = struct.unpack_from(">i", stream, 15)
    start = at = 19 + extra
    head, end = stream[:start], b"\xff\xff"
    found: list[tuple[int, bytes]] = []
    rows = 0
    while (fields := struct.unpack_from(">h", stream, at)[0]) >= 0:
        at += 2
        for _ in range(fields):
            (size,) = struct.unpack_from(">i", stream, at)
            at += 4 + max(size, 0)
        rows += 1
        if rows == COPY_BATCH:
            found.append((rows, head + stream[start:at] + end))
            start, rows = at, 0
    if rows:
        found.append((rows, head + stream[start:at] + end))
    return found
