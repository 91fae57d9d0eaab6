"""The device's own memory: numbered reports and events on disk until receipted (SQLite)."""

import sqlite3
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from casevac.errors import BadFile

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (epoch INTEGER NOT NULL, last_n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY, channel TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS refused
    (n INTEGER PRIMARY KEY, channel TEXT NOT NULL, body BLOB NOT NULL, reason TEXT);
"""


@dataclass(frozen=True)
class Spooled:
    """One numbered message that has no receipt yet; `body` is JSON without the time of sending."""

    n: int
    channel: str
    body: bytes


class Spool:
    """Numbers messages under one epoch and keeps them through power loss until their receipt.

    A spool file that is lost is a new epoch, so numbers are never used twice. Bounded: beyond `most`
    waiting messages the oldest positions are thinned, never events. Raises BadFile when the file is
    no spool.
    """

    def __init__(self, path: Path, most: int = 100_000) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._most = most
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")  # a number handed out survives power loss
            self._db.executescript(_TABLES)
            row = self._db.execute("SELECT epoch, last_n FROM meta").fetchone()
        except sqlite3.DatabaseError as fault:
            raise BadFile(f"{path} is no spool of a tracker ({fault}); name another file") from fault
        if row is None:
            row = (time.time_ns() // 1_000_000, 0)
            self._db.execute("INSERT INTO meta VALUES (?, ?)", row)
        self.epoch, self._last_n = int(row[0]), int(row[1])

    def add(self, channel: str, fields: dict[str, object]) -> Spooled:
        """Number a message and put it on disk; returns it once it would survive a power cut."""
        with self._lock:
            n = self._last_n + 1
            body = msgspec.json.encode({"epoch": self.epoch, "n": n, **fields})
            self._db.execute("BEGIN")
            self._db.execute("INSERT INTO outbox VALUES (?, ?, ?)", (n, channel, body))
            self._db.execute("UPDATE meta SET last_n = ?", (n,))
            self._db.execute("COMMIT")
            self._last_n = n
            if n % 1000 == 0:
                self._thin()
        return Spooled(n, channel, body)

    def _thin(self) -> None:
        """Half the positions of the oldest part go first; what remains still shows the way taken."""
        (waiting,) = self._db.execute("SELECT count(*) FROM outbox").fetchone()
        if waiting > self._most:
            self._db.execute(
                "DELETE FROM outbox WHERE n IN (SELECT n FROM"
                " (SELECT n, row_number() OVER (ORDER BY n) AS place FROM outbox WHERE channel = 'report')"
                " WHERE place % 2 = 0 ORDER BY n LIMIT ?)",
                (waiting - self._most,),
            )

    def waiting(self, most: int, leave_out: Iterable[int] = ()) -> list[Spooled]:
        """The next messages to send: events first, then the newest position first."""
        skip = set(leave_out)
        with self._lock:
            rows = self._db.execute(
                "SELECT n, channel, body FROM outbox ORDER BY channel = 'report',"
                " CASE channel WHEN 'report' THEN -n ELSE n END LIMIT ?",
                (most + len(skip),),
            ).fetchall()
        return [Spooled(*row) for row in rows if row[0] not in skip][:most]

    def receipted(self, epoch: int, stored: Iterable[int], refused: dict[int, str]) -> None:
        """Forget what is stored; keep apart what was refused, with the reason."""
        if epoch != self.epoch:
            return
        with self._lock:
            self._db.execute("BEGIN")
            self._db.executemany("DELETE FROM outbox WHERE n = ?", [(n,) for n in stored])
            for n, reason in refused.items():
                self._db.execute(
                    "INSERT OR IGNORE INTO refused SELECT n, channel, body, ? FROM outbox WHERE n = ?",
                    (reason, n),
                )
                self._db.execute("DELETE FROM outbox WHERE n = ?", (n,))
            self._db.execute("COMMIT")

    def count(self) -> int:
        """How many messages wait for their receipt."""
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def refusals(self) -> dict[int, str]:
        """Numbers that were refused, with the reason."""
        with self._lock:
            return dict(self._db.execute("SELECT n, reason FROM refused").fetchall())

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
