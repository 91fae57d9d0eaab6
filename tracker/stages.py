"""What ingest counts of its work: cheap enough for every batch, safe from any thread, names no casualty.

A part keeps one `Stages`, adds to it once a batch, and writes it to a small file once a second.
"""

import json
import os
import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from casevac.aside import WORDS, word_of

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the latency histogram, seconds; what is beyond the last is counted after it."""
STAGES = ("offered", "reports", "events", "statuses", "duplicates", "receipts", "batches")
EVERY_S = 1.0
_MOST_DEVICES = 1000  # limited devices told one by one; the total is exact whatever their number


class Stages:
    """Counts since the start of the process. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter(dict.fromkeys(STAGES, 0))
        self._aside: Counter[str] = Counter(dict.fromkeys(WORDS, 0))
        self._limited: Counter[str] = Counter()
        self._limited_total = 0
        self._latency = [0] * (len(BUCKETS_S) + 1)
        self._latency_sum = 0.0
        self._largest_batch = 0
        self._last_batch = 0
        self._backlog = 0
        self._oldest: float | None = None
        self._fault = ""
        self._began = time.time()

    def count(self, stage: str, by: int = 1) -> None:
        """Add to a stage: one of STAGES, or a further one that is told beside them."""
        with self._lock:
            self._counts[stage] += by

    def set_aside(self, reason: str, by: int = 1) -> None:
        """Count messages that were set aside; `reason` in words, of which only the word is kept."""
        with self._lock:
            self._aside[word_of(reason)] += by

    def limited(self, device: str, by: int = 1) -> None:
        """Count messages of a runaway device that were neither stored nor receipted."""
        with self._lock:
            self._limited_total += by
            if device in self._limited or len(self._limited) < _MOST_DEVICES:
                self._limited[device] += by

    def committed(self, received: Sequence[float], now: float) -> None:
        """A batch was committed at `now`; `received` is when each message came (both seconds since 1970)."""
        ages = sorted(max(now - at, 0.0) for at in received)
        if not ages:
            return
        below = [bisect_right(ages, bound) for bound in BUCKETS_S]
        with self._lock:
            for place, (upper, lower) in enumerate(zip([*below, len(ages)], [0, *below], strict=True)):
                self._latency[place] += upper - lower
            self._latency_sum += sum(ages)
            self._counts["batches"] += 1
            self._last_batch = len(ages)
            self._largest_batch = max(self._largest_batch, len(ages))

    def holds(self, backlog: int, oldest: float | None) -> None:
        """How many messages wait unacknowledged, and since when the oldest of them (seconds since 1970)."""
        with self._lock:
            self._backlog, self._oldest = backlog, oldest if backlog else None

    def fault(self, words: str) -> None:
        """Why nothing can be stored now, in one line; empty when it can."""
        with self._lock:
            self._fault = words

    def snapshot(self) -> dict[str, object]:
        """Everything as JSON: counts by stage, by reason and by device, gauges, the latency histogram."""
        now = time.time()
        with self._lock:
            oldest = 0.0 if self._oldest is None else max(now - self._oldest, 0.0)
            return {
                "at": now,
                "since": self._began,
                **self._counts,
                "stored": self._counts["reports"] + self._counts["events"],
                "set_aside": dict(self._aside),
                "limited": self._limited_total,
                "limited_devices": dict(self._limited),
                "backlog": self._backlog,
                "oldest_unacknowledged_s": round(oldest, 3),
                "fault": self._fault or None,
                "batch": {"last": self._last_batch, "largest": self._largest_batch},
                "latency": {
                    "bounds_s": list(BUCKETS_S),
                    "counts": list(self._latency),
                    "sum_s": round(self._latency_sum, 6),
                },
            }


class Teller:
    """Writes the figures to a file once a second, from a thread of its own, until it is closed."""

    def __init__(self, stages: Stages, path: Path | None) -> None:
        self._stages, self._path = stages, path
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stages", daemon=True)

    def __enter__(self) -> "Teller":
        if self._path is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(EVERY_S):
            self._write()
        self._write()

    def _write(self) -> None:
        """Replace the file; on a full disk write into the blocks it has, for then it matters most."""
        if self._path is None:
            return
        told = json.dumps(self._stages.snapshot()).encode()
        scratch = self._path.with_suffix(f".{os.getpid()}.new")
        try:
            scratch.write_bytes(told)
            scratch.replace(self._path)
        except OSError:
            with suppress(OSError):  # else it grows old, which is what its reader tells
                scratch.unlink(missing_ok=True)
                _in_place(self._path, told)


def _in_place(path: Path, told: bytes) -> None:
    with path.open("r+b") as file:
        file.write(told.ljust(os.fstat(file.fileno()).st_size))
