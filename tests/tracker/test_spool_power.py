"""The power goes at any byte of the spool's files: what the caller was told is kept, no number comes twice.

After `add` has returned, everything written so far is on disk (synchronous = FULL). A power cut during the
next write leaves any part of that write behind it: nothing, a piece cut at any byte, and beyond it what
was there before, zeros or garbage. All of these are laid out as files and opened.
"""

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tracker.spool import Spool

FRAME, FRAME_HEADER, LOG_HEADER = 4096 + 24, 24, 32  # of SQLite's write-ahead log
SAMPLES = 12  # cuts at any byte of a write, beside those around every frame
TAILS = ("old", "zeros", "garbage")


class Disk(NamedTuple):
    """The two files as they lie on disk; the third, shared memory, does not outlive its process."""

    db: bytes
    log: bytes


class Acknowledged(NamedTuple):
    """What the caller had been told when the files were so."""

    disk: Disk
    epoch: int
    waiting: frozenset[int]
    last_n: int


Write = tuple[Acknowledged, Acknowledged]
"""The states before and after one write."""


def on_disk(path: Path) -> Disk:
    log = path.with_name(path.name + "-wal")
    return Disk(path.read_bytes(), log.read_bytes() if log.exists() else b"")


def life(path: Path) -> Iterator[Acknowledged]:
    """A spool at work: the state after everything it told its caller, receipts included."""
    spool, waiting = Spool(path), set[int]()

    def now(n: int) -> Acknowledged:
        return Acknowledged(on_disk(path), spool.epoch, frozenset(waiting), n)

    yield now(0)
    for turn in range(1, 500):
        n = spool.add("event" if turn % 7 == 0 else "report", {"lon": 18.5, "text": "x" * (turn % 900)}).n
        waiting.add(n)
        if turn % 50 == 0:  # a receipt is a write, too
            yield now(n)
            done = sorted(waiting)[:-3]
            spool.receipted(spool.epoch, done, {})
            waiting -= set(done)
        yield now(n)
    spool.close()


def changed(before: bytes, after: bytes) -> range:
    """The bytes that a write touched: from the first to the last that differ."""
    shared = min(len(before), len(after))
    old, new = (np.frombuffer(each, np.uint8, shared) for each in (before, after))
    differ = np.flatnonzero(old != new)
    first = int(differ[0]) if len(differ) else shared
    last = int(differ[-1]) + 1 if len(differ) else first
    return range(first, len(after) if len(after) > len(before) else last)


def cuts(touched: range, chance: random.Random) -> list[int]:
    """In the header of every frame and around its end, and anywhere."""
    edges = range(LOG_HEADER, touched.stop + FRAME, FRAME)
    near = {edge + step for edge in edges for step in (-1, 0, 1, 5, 9, 17, FRAME_HEADER, FRAME_HEADER + 1)}
    chosen = {at for at in near if at in touched}
    chosen |= {chance.choice(touched) for _ in range(SAMPLES)} if touched else set()
    return sorted(chosen | {touched.start, touched.stop})


def torn(before: bytes, after: bytes, at: int, tail: str, chance: random.Random) -> bytes:
    """The write cut at byte `at`; what follows is old, zeros or garbage as far as the write went."""
    written, old = after[:at], before[at:]
    if tail == "old" or at >= len(after):
        return written + old
    end = changed(before, after).stop
    filler = bytes(end - at) if tail == "zeros" else chance.randbytes(max(end - at, 0))
    return written + filler + before[end:]


def reopened(place: Path, disk: Disk) -> Spool:
    place.write_bytes(disk.db)
    place.with_name(place.name + "-wal").write_bytes(disk.log)
    place.with_name(place.name + "-shm").unlink(missing_ok=True)
    return Spool(place)


def check(place: Path, disk: Disk, sure: Acknowledged, may: Acknowledged) -> None:
    """Either state is right, nothing between; the next number is a new one."""
    spool = reopened(place, disk)
    there = {one.n for one in spool.waiting(10_000)}
    fresh = spool.add("report", {"lon": 1}).n
    again = spool.epoch
    spool.close()
    assert again == sure.epoch
    assert there in (sure.waiting, may.waiting)
    assert fresh == (sure if there == sure.waiting else may).last_n + 1


@pytest.fixture(scope="module")
def writes(tmp_path_factory: pytest.TempPathFactory) -> list[Write]:
    """The first and the last write of every kind: receipt or not, the log longer or begun anew, moved on."""
    kinds: dict[tuple[bool, bool, bool], list[Write]] = {}
    for a, b in pairwise(life(tmp_path_factory.mktemp("life") / "spool")):
        kind = (a.disk.db != b.disk.db, len(b.disk.log) > len(a.disk.log), b.last_n == a.last_n)
        found = kinds.setdefault(kind, [])
        found[1:] = [(a, b)]
    return [write for found in kinds.values() for write in found]


def test_the_log_is_written_through_before_the_caller_is_told(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    told = [spool._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    spool.close()
    assert told == ["wal", 2]  # 2 is FULL


@pytest.mark.parametrize("tail", TAILS)
def test_a_write_cut_at_any_byte_leaves_the_state_before_or_after(
    writes: list[Write], tmp_path: Path, tail: str
) -> None:
    chance = random.Random(tail)
    for before, after in writes:
        for at in cuts(changed(before.disk.log, after.disk.log), chance):
            log = torn(before.disk.log, after.disk.log, at, tail, chance)
            check(tmp_path / "spool", Disk(before.disk.db, log), before, after)


def test_a_checkpoint_cut_at_any_byte_loses_nothing(writes: list[Write], tmp_path: Path) -> None:
    """The log moves into the database only after it is on disk, and is used again only after that."""
    chance = random.Random(3)
    moved = [(a, b) for a, b in writes if a.disk.db != b.disk.db]
    assert moved
    for before, after in moved:
        touched = changed(before.disk.db, after.disk.db)
        for at in sorted(chance.choice(touched) for _ in range(SAMPLES)):
            db = torn(before.disk.db, after.disk.db, at, "old", chance)
            check(tmp_path / "spool", Disk(db, after.disk.log), after, after)
