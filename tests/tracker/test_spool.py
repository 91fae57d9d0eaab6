"""The device's memory: numbers, order, bound, damage, and files of older versions."""

import itertools
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casevac.errors import BadFile, DiskFull, SpoolFull
from tracker.batch import in_runs
from tracker.spool import Spool

ROOT = Path(__file__).parents[2]


def fill(spool: Spool, *channels: str) -> None:
    spool.add_many([(channel, {"x": place}) for place, channel in enumerate(channels)])


def test_numbers_order_and_epoch_stay_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    spool = Spool(path)
    fill(spool, "report", "report", "event", "report", "event")
    spool.close()
    again = Spool(path)
    assert again.epoch == spool.epoch
    assert [one.n for one in again.waiting(10)] == [3, 5, 4, 2, 1]  # events first, then the newest position
    assert [one.n for one in again.waiting(2, {3, 4})] == [5, 2]
    again.receipted(again.epoch, [2], {})
    again.receipted(again.epoch + 1, [1, 3], {})  # another epoch's receipt says nothing about ours
    assert [one.n for one in again.waiting(10)] == [3, 5, 4, 1]
    again.receipted(again.epoch, [], {5: "no such kind"}, [(3, 4), (900, 10**18)])
    assert [one.n for one in again.waiting(10)] == [1]
    assert again.count() == 1
    assert again.refusals() == {5: "no such kind"}
    assert again.add("report", {"lon": 3}).n == 6


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_waits_is_what_was_added_and_not_receipted(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    spool = Spool(tmp_path_factory.mktemp("spool") / "spool")
    open_now: dict[int, str] = {}
    for _ in range(data.draw(st.integers(1, 6))):
        channels = data.draw(st.lists(st.sampled_from(("report", "event")), max_size=12))
        open_now |= {one.n: one.channel for one in spool.add_many([(each, {}) for each in channels])}
        gone = data.draw(st.sets(st.integers(1, 80), max_size=20))
        half = {n for n in gone if n % 2}
        spool.receipted(spool.epoch, half, {}, in_runs(gone - half))
        open_now = {n: channel for n, channel in open_now.items() if n not in gone}
        away = data.draw(st.sets(st.integers(1, 80), max_size=10))
        events = sorted(n for n, channel in open_now.items() if channel == "event" and n not in away)
        reports = sorted((n for n, channel in open_now.items() if channel == "report" and n not in away))
        assert [one.n for one in spool.waiting(100, away)] == [*events, *reports[::-1]]
        assert spool.count() == len(open_now)
    spool.close()


@given(st.lists(st.integers(1, 60)))
def test_runs_name_exactly_their_numbers(numbers: list[int]) -> None:
    runs = in_runs(numbers)
    assert [n for first, last in runs for n in range(first, last + 1)] == sorted(set(numbers))
    assert all(first > last + 1 for (_, last), (first, _) in itertools.pairwise(runs))


def test_a_full_spool_thins_old_positions_and_never_events(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", most=250)
    for n in range(600):
        spool.add("event" if n % 10 == 0 else "report", {"x": n})
    waiting = spool.waiting(10_000)
    reports = [one.n for one in waiting if one.channel == "report"]
    assert len(waiting) == spool.count() <= 250
    assert sum(one.channel == "event" for one in waiting) == 60
    assert reports[0] == 600  # the newest stays
    assert reports[-1] < 100  # and so does the way taken
    assert spool.thinned() == 600 - len(waiting)
    newer, older = (sum(n > 300 for n in reports), sum(n <= 300 for n in reports))
    assert newer > older


def test_when_events_fill_the_spool_the_caller_is_told(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", most=3)
    fill(spool, "report", "event", "event")
    spool.add("event", {"kind": "x"})  # the last position made room
    for channel in ("event", "report"):
        with pytest.raises(SpoolFull, match="3 events without receipt"):
            spool.add(channel, {"kind": "y"})
    assert [one.n for one in spool.waiting(9)] == [2, 3, 4]
    spool.receipted(spool.epoch, [3], {})
    assert spool.add("event", {"kind": "y"}).n == 5  # a number that was not given out is not lost either


def test_many_are_kept_with_one_write_or_none(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    assert [one.n for one in spool.add_many([("report", {"x": n}) for n in range(3)])] == [1, 2, 3]
    with pytest.raises(TypeError):
        spool.add_many([("report", {"x": 1}), ("report", {"x": object()})])
    assert spool.add("report", {"x": 4}).n == 4
    assert spool.count() == 4
    assert json.loads(spool.waiting(1)[0].body) == {"epoch": spool.epoch, "n": 4, "x": 4}


def test_a_damaged_spool_is_put_aside_and_a_new_epoch_begins(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "spool"
    path.write_bytes(b"this is not a spool" * 1000)
    spool = Spool(path)
    (aside,) = tmp_path.glob("spool.damaged-*")
    assert aside.read_bytes() == b"this is not a spool" * 1000
    assert aside.name in caplog.text
    assert spool.add("report", {"x": 1}).n == 1


def test_a_spool_damaged_in_the_middle_is_put_aside_too(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    first = Spool(path)
    first.add_many([("report", {"x": "y" * 200}) for _ in range(500)])
    first.close()  # what was in the log is in the file now
    raw = bytearray(path.read_bytes())
    raw[4096 : 4096 + 8192] = b"\xff" * 8192
    path.write_bytes(raw)
    second = Spool(path)
    assert second.epoch > first.epoch
    assert second.count() == 0
    assert len(list(tmp_path.glob("spool.damaged-*"))) == 1


def test_a_place_that_cannot_hold_a_spool_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be opened"):
        Spool(tmp_path)


def test_a_full_disk_is_named_and_nothing_is_numbered(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.add("event", {"x": 1})
    spool._db.execute("PRAGMA max_page_count = 1")  # SQLite then says what it says of a full disk
    with pytest.raises(DiskFull, match="disk is full"):
        spool.add("event", {"x": "y" * 100_000})
    spool._db.execute("PRAGMA max_page_count = 100000")
    assert spool.add("event", {"x": 3}).n == 2
    assert spool.count() == 2


def test_a_spool_of_the_first_version_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    old = sqlite3.connect(path)
    old.executescript(
        """
        CREATE TABLE meta (epoch INTEGER NOT NULL, last_n INTEGER NOT NULL);
        CREATE TABLE outbox (n INTEGER PRIMARY KEY, channel TEXT NOT NULL, body BLOB NOT NULL);
        CREATE TABLE refused (n INTEGER PRIMARY KEY, channel TEXT NOT NULL, body BLOB NOT NULL, reason TEXT);
        INSERT INTO meta VALUES (1732270000000, 7);
        INSERT INTO outbox VALUES (5, 'report', '{"epoch":1732270000000,"n":5}'), (7, 'event', '{}');
        """
    )
    old.close()
    spool = Spool(path)
    assert (spool.epoch, spool.count(), spool.thinned()) == (1_732_270_000_000, 2, 0)
    assert [one.n for one in spool.waiting(9)] == [7, 5]
    assert spool.add("report", {}).n == 8


WRITER = """
import sys
from pathlib import Path
from tracker.spool import Spool
spool = Spool(Path(sys.argv[1]))
while True:
    print(spool.add("event", {"x": "y" * 50}).n, flush=True)
"""


def test_what_the_caller_was_told_outlives_a_kill(tmp_path: Path) -> None:
    """Each number printed is there afterwards, killed at any moment; also with a torn end of the log."""
    path, told = tmp_path / "spool", 0
    for turn in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, cwd=ROOT, text=True
        )
        assert child.stdout is not None
        for _ in range(20 + turn):
            told = int(child.stdout.readline())
        child.kill()
        rest, _ = child.communicate()
        told = max([told, *(int(line) for line in rest.split("\n")[:-1])])
        copy = tmp_path / "copy"
        for suffix in ("", "-wal"):
            shutil.copy(tmp_path / f"spool{suffix}", tmp_path / f"copy{suffix}")
        with (tmp_path / "copy-wal").open("ab") as log:
            log.write(b"\x00\x01torn" * 100)  # a frame that power took in the middle
        spool = Spool(copy)
        assert {one.n for one in spool.events(10_000)} >= set(range(1, told + 1))
        spool.close()
        for one in tmp_path.glob("copy*"):
            one.unlink()
