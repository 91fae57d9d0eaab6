"""The device's own memory: numbered reports and events on disk until receipted (SQLite)."""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from casevac.errors import BadFile, DiskFull, SpoolFull
from tracker.batch import in_runs

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (epoch INTEGER NOT NULL, last_n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, channel TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS refused
    (n INTEGER PRIMARY KEY, channel TEXT NOT NULL, body BLOB NOT NULL, reason TEXT);
CREATE INDEX IF NOT EXISTS outbox_events ON outbox (n) WHERE channel <> 'report';
CREATE INDEX IF NOT EXISTS outbox_reports ON outbox (n) WHERE channel = 'report';
"""
_LATER_COLUMNS = {"thinned": "INTEGER NOT NULL DEFAULT 0"}  # of meta, that an older spool lacks
_DAMAGED = ("malformed", "not a database", "corrupt")
_log = logging.getLogger(__name__)

Runs = Iterable[tuple[int, int]]
"""Numbers in a row, each run by its first and last."""


@dataclass(frozen=True)
class Spooled:
    """One numbered message that has no receipt yet; `body` is JSON without the time of sending."""

    n: int
    channel: str
    body: bytes


class Spool:
    """Numbers messages under one epoch and keeps them through power loss until their receipt.

    A spool file that is lost or damaged is a new epoch, so numbers are never used twice; a damaged one is
    kept under another name. Bounded: beyond `most` waiting messages every second of the older half of
    the positions goes and is counted, never an event. Raises BadFile when the file cannot be opened.
    """

    def __init__(self, path: Path, most: int = 100_000) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._most = path, most
        self._lock = threading.Lock()
        self._db = _opened(path)
        with self._faults_in_words():
            row = self._db.execute("SELECT epoch FROM meta").fetchone()
            if row is None:
                row = (time.time_ns() // 1_000_000,)
                self._db.execute("INSERT INTO meta (epoch, last_n) VALUES (?, 0)", row)
            self.epoch = int(row[0])
            self._events, self._positions = self._count("<>"), self._count("=")
        _keep_name(path)

    def add(self, channel: str, fields: dict[str, object]) -> Spooled:
        """Number a message and put it on disk; returns it once it would survive a power cut.

        Raises SpoolFull when events alone fill the spool, DiskFull; then nothing was numbered.
        """
        return self.add_many([(channel, fields)])[0]

    def add_many(self, messages: Sequence[tuple[str, dict[str, object]]]) -> list[Spooled]:
        """Number many messages and put all or none of them on disk, with one write; faults as `add`."""
        with self._lock, self._change():
            self._make_room(len(messages))
            (last,) = self._db.execute(
                "UPDATE meta SET last_n = last_n + ? RETURNING last_n", (len(messages),)
            ).fetchone()
            first = int(last) - len(messages) + 1
            added = [
                Spooled(n, channel, msgspec.json.encode({"epoch": self.epoch, "n": n, **fields}))
                for n, (channel, fields) in enumerate(messages, first)
            ]
            self._db.executemany(
                "INSERT INTO outbox VALUES (?, ?, ?)", [(one.n, one.channel, one.body) for one in added]
            )
            reports = sum(one.channel == "report" for one in added)
            self._positions += reports
            self._events += len(added) - reports
        return added

    def _count(self, of: str) -> int:
        return int(self._db.execute(f"SELECT count(*) FROM outbox WHERE channel {of} 'report'").fetchone()[0])

    def _make_room(self, coming: int) -> None:
        """Every second of the older half of the positions goes; what remains still shows the way taken."""
        while self._events + self._positions + coming > self._most:
            if not self._positions:
                raise SpoolFull(
                    f"{self._path} holds {self._events} events without receipt, as many as it may;"
                    " this one was not taken: let the device reach its broker"
                )
            gone = self._db.execute(
                "DELETE FROM outbox WHERE n IN (SELECT n FROM"
                " (SELECT n, row_number() OVER (ORDER BY n) AS place FROM"
                " (SELECT n FROM outbox WHERE channel = 'report' ORDER BY n LIMIT ?)) WHERE place % 2 = ?)",
                ((self._positions + 1) // 2, self._positions < 4),  # the oldest of all stays while it can
            ).rowcount
            self._positions -= gone
            self._db.execute("UPDATE meta SET thinned = thinned + ?", (gone,))
            _log.warning("%s is full: %d of the oldest positions were thinned out", self._path, gone)

    def waiting(self, most: int, leave_out: Collection[int] = ()) -> list[Spooled]:
        """The next messages to send: events first, in their order, then the newest position first."""
        found = self.events(most, leave_out)
        return [*found, *self.positions(most - len(found), leave_out)]

    def events(self, most: int, leave_out: Collection[int] = ()) -> list[Spooled]:
        """The next events to send, in their order."""
        return self._some("<> 'report' ORDER BY n", most, leave_out)

    def positions(self, most: int, leave_out: Collection[int] = ()) -> list[Spooled]:
        """The next positions to send, newest first."""
        return self._some("= 'report' ORDER BY n DESC", most, leave_out)

    def _some(self, which: str, most: int, leave_out: Collection[int]) -> list[Spooled]:
        if most <= 0:
            return []
        with self._lock, self._faults_in_words():
            numbers = self._db.execute(
                f"SELECT n FROM outbox WHERE channel {which} LIMIT ?", (most + len(leave_out),)
            ).fetchall()
            chosen = [n for (n,) in numbers if n not in leave_out][:most]
            if not chosen:
                return []
            rows = self._db.execute(
                "SELECT n, channel, body FROM json_each(?) JOIN outbox ON n = value",
                (msgspec.json.encode(chosen).decode(),),
            ).fetchall()
        by_number = {row[0]: Spooled(*row) for row in rows}
        return [by_number[n] for n in chosen if n in by_number]

    def receipted(self, epoch: int, stored: Iterable[int], refused: dict[int, str], runs: Runs = ()) -> None:
        """Forget what is stored, by numbers and by runs; keep apart what was refused, with the reason."""
        if epoch != self.epoch:
            return
        with self._lock, self._change():
            for first, last in (*runs, *in_runs(stored)):
                self._forget(first, last)
            for n, reason in refused.items():
                self._db.execute(
                    "INSERT OR IGNORE INTO refused SELECT n, channel, body, ? FROM outbox WHERE n = ?",
                    (reason, n),
                )
                self._forget(n, n)

    def _forget(self, first: int, last: int) -> None:
        for of in ("<>", "="):
            gone = self._db.execute(
                f"DELETE FROM outbox WHERE n BETWEEN ? AND ? AND channel {of} 'report'", (first, last)
            ).rowcount
            if of == "=":
                self._positions -= gone
            else:
                self._events -= gone

    def count(self) -> int:
        """How many messages wait for their receipt."""
        with self._lock:
            return self._events + self._positions

    def thinned(self) -> int:
        """How many positions were given up because the spool was full, since its epoch began."""
        with self._lock, self._faults_in_words():
            return int(self._db.execute("SELECT thinned FROM meta").fetchone()[0])

    def refusals(self) -> dict[int, str]:
        """Numbers that were refused, with the reason."""
        with self._lock, self._faults_in_words():
            return dict(self._db.execute("SELECT n, reason FROM refused").fetchall())

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _change(self) -> Iterator[None]:
        """One transaction; what goes wrong in it leaves the file and the counts as they were."""
        before = self._events, self._positions
        with self._faults_in_words():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._events, self._positions = before
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _faults_in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as fault:
            if "full" in str(fault):
                raise DiskFull(f"{self._path} cannot be written: the disk is full") from fault
            words = f"{self._path} cannot be used as spool ({fault}); start the device again"
            raise BadFile(words) from fault


def _opened(path: Path) -> sqlite3.Connection:
    """The spool; a damaged one is put aside under another name, and an empty one is begun in its place."""
    try:
        return _connected(path)
    except sqlite3.DatabaseError as fault:
        if not any(word in str(fault) for word in _DAMAGED):
            raise BadFile(f"{path} cannot be opened as spool ({fault}); name another file") from fault
        aside = path.with_name(f"{path.name}.damaged-{time.time_ns() // 1_000_000}")
        _log.error("%s is damaged (%s): kept as %s, a new spool and epoch begin", path, fault, aside)
    for suffix in ("-wal", "-shm", ""):  # a log that stayed would be read into the new spool
        if (part := path.with_name(path.name + suffix)).exists():
            part.rename(aside.with_name(aside.name + suffix))
    try:
        return _connected(path)
    except sqlite3.DatabaseError as fault:
        raise BadFile(f"{path} cannot be opened as spool ({fault}); name another file") from fault


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")  # a number handed out survives power loss
        _check(db)
        db.executescript(_TABLES)
        known = {row[1] for row in db.execute("PRAGMA table_info(meta)")}
        for name, kind in _LATER_COLUMNS.items():
            if name not in known:
                db.execute(f"ALTER TABLE meta ADD COLUMN {name} {kind}")
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection) -> None:
    (sound,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if sound != "ok":
        raise sqlite3.DatabaseError(f"corrupt: {sound}")


def _keep_name(path: Path) -> None:
    """A new file survives a power cut only when its folder was written, too."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
