"""The load generator itself: its packets, its record, and the whole of it against the real field door."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.roof.broker import Broker
from casevac.store import missions
from tests.bench import packets
from tests.bench.fleet_device import Clock, Tracker
from tests.bench.packets import Publisher, Reader
from tests.bench.record import Record, load
from tests.tracker.conftest import Door, door
from tests.tracker.listener import until
from tracker import batch

__all__ = ["door"]  # a fixture
NAMES = ["FLEET-1", "FLEET-2", "FLEET-3"]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def accounts(door: Door, tmp_path: Path) -> Path:
    """Three devices that may report."""
    for name in NAMES:
        missions.enrol(door.db, "m", name, None, datetime.now(UTC))
    path = tmp_path / "accounts.json"
    path.write_text(json.dumps(door.broker.add_devices(NAMES)))
    return path


def started(broker: Broker, accounts: Path, record: Path, *options: object) -> "subprocess.Popen[str]":
    argv = [
        sys.executable,
        "-m",
        "tests.bench.fleet",
        "--port",
        str(broker.port),
        "--accounts",
        str(accounts),
    ]
    argv += ["--record", str(record), *map(str, options)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ended(fleet: "subprocess.Popen[str]", *words: str) -> dict[str, object]:
    """Say something to it, then stop; its last status."""
    out, _ = fleet.communicate("\n".join([*words, "stop"]) + "\n", timeout=90)
    last: dict[str, object] = json.loads(out.splitlines()[-1])
    assert last["final"] is True
    return last


def stored(door: Door) -> list[tuple[str, int, int]]:
    with door.db.cursor() as cursor:
        cursor.execute("SELECT device, epoch, n FROM positions ORDER BY 1, 2, 3")
        return [(str(device), int(epoch), int(n)) for device, epoch, n in cursor.fetchall()]


def recorded(record: Path) -> list[tuple[str, int, int]]:
    told = load(record)
    return sorted((name, told.epoch, n) for name, n in told.numbers(told.receipted))


@given(st.lists(st.binary(max_size=300), max_size=8), st.lists(st.integers(1, 60), min_size=1))
def test_a_stream_is_cut_into_the_same_packets_however_it_arrives(
    bodies: list[bytes], pieces: list[int]
) -> None:
    make = Publisher("casevac/v1/A/receipt")
    stream = b"".join(make(place + 1, body) + packets.puback(7) for place, body in enumerate(bodies))
    reader, found, acks = Reader(), [], 0
    while stream:
        for size in pieces:
            more, acked = reader.take(stream[:size])
            stream = stream[size:]
            found += more
            acks += acked
    told = [packets.unpublished(first, body, packets.V311) for first, body in found]
    assert told == [("casevac/v1/A/receipt", place + 1, body) for place, body in enumerate(bodies)]
    assert acks == len(bodies)


@given(st.integers(0, 268_435_455))
def test_a_length_is_read_as_it_was_written(value: int) -> None:
    body_comes_later, _ = Reader().take(bytes((0x30,)) + packets.length(value) + b"x" * min(value, 3))
    assert bool(body_comes_later) == (value <= 3)


def test_a_batch_says_what_the_single_reports_say() -> None:
    """Read by the product's own decoder."""
    makers = (Publisher("a"), Publisher("b"))
    device, clock = Tracker(5, "A", 1700, makers), Clock()
    reports = [(n, 1_795_000_000_000_000 + n * 1_000_000) for n in range(1, 400)]
    sent = clock.text(1_795_000_500_000_000)
    singles = [json.loads(device.report(n, at, clock.text(at), sent)) for n, at in reports]
    for place, payload in enumerate(batch.unpack(device.batch(reports, sent))):
        row = json.loads(payload)
        for told in (row, singles[place]):
            told["at"], told["sent"] = (datetime.fromisoformat(told[name]) for name in ("at", "sent"))
        assert row == singles[place]


def test_an_entry_that_a_crash_left_in_part_is_cut_off(tmp_path: Path) -> None:
    record = Record(tmp_path, ["A"])
    record.sent.extend((1, 10, 2, 20))
    record.write(record.taken())
    with (tmp_path / "sent.bin").open("ab") as file:
        file.write(b"half")
    assert load(tmp_path).sent.tolist() == [1, 2]
    again = Record(tmp_path, ["A"])
    again.sent.extend((3, 30))
    again.write(again.taken())
    assert load(tmp_path).at_us.tolist() == [10, 20, 30]
    assert again.epoch == record.epoch


@pytest.mark.parametrize("level", [3, 5])
def test_what_is_receipted_is_stored_once_through_dropped_connections(
    door: Door, accounts: Path, tmp_path: Path, level: int
) -> None:
    record = tmp_path / "record"
    fleet = started(door.broker, accounts, record, "--rate", 200, "--mqtt", level, "--resend", 1)
    assert until(lambda: len(stored(door)) > 50)
    assert fleet.stdin is not None
    fleet.stdin.write("drop\n")
    fleet.stdin.flush()
    before = len(stored(door))
    assert until(lambda: len(stored(door)) > before + 100)
    last = ended(fleet, "backlog 90")
    assert (last["held"], last["refused"], last["strange"], fleet.returncode) == (0, 0, 0, 0)
    assert last["numbered"] == last["receipted"] == len(load(record).sent)
    assert stored(door) == recorded(record)


def test_a_backlog_goes_in_batches_and_is_receipted_by_runs(
    door: Door, accounts: Path, tmp_path: Path
) -> None:
    record = tmp_path / "record"
    fleet = started(
        door.broker, accounts, record, "--paused", "--backlog", 3000, "--batch", 500, "--window", 0
    )
    last = ended(fleet)
    assert (last["numbered"], last["receipted"], last["held"]) == (3000, 3000, 0)
    assert int(str(last["pubacks"])) < 100
    assert stored(door) == recorded(record)


def test_a_generator_that_was_killed_goes_on_with_its_record(
    door: Door, accounts: Path, tmp_path: Path
) -> None:
    record = tmp_path / "record"
    door.ingest.stop()
    assert until(door.is_cut_off)  # nobody gives receipts yet
    first = started(door.broker, accounts, record, "--rate", 100)
    assert until(lambda: (record / "sent.bin").exists() and len(load(record).sent) > 60)
    first.kill()
    first.wait()
    many = len(load(record).sent)
    second = started(door.broker, accounts, record, "--paused", "--patience", 1)
    assert ended(second)["held"] == many
    assert second.returncode == 1
