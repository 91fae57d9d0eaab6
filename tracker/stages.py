"""What ingest counts of its work, for whoever watches it."""

import threading
from collections import Counter
from collections.abc import Sequence


class Stages:
    """Counts since the start of the process. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._aside: Counter[str] = Counter()
        self._limited: Counter[str] = Counter()
        self._backlog = 0
        self._oldest: float | None = None
        self._fault = ""

    def count(self, stage: str, by: int = 1) -> None:
        """Add to a stage: offered, reports, events, statuses, duplicates, receipts, batches."""
        with self._lock:
            self._counts[stage] += by

    def set_aside(self, reason: str, by: int = 1) -> None:
        """Count messages that were set aside, by the reason."""
        with self._lock:
            self._aside[reason.split(":", 1)[0][:40]] += by

    def limited(self, device: str, by: int = 1) -> None:
        """Count messages of a runaway device that were neither stored nor receipted."""
        with self._lock:
            self._limited[device] += by

    def committed(self, received: Sequence[float], now: float) -> None:
        """A batch was committed at `now`; `received` is when each message came (seconds since 1970)."""
        self.count("batches")

    def holds(self, backlog: int, oldest: float | None) -> None:
        """How many messages wait unacknowledged, and since when the oldest (seconds since 1970)."""
        with self._lock:
            self._backlog, self._oldest = backlog, oldest

    def fault(self, words: str) -> None:
        """Why nothing can be stored now, in one line; empty when it can."""
        with self._lock:
            self._fault = words

    def snapshot(self) -> dict[str, object]:
        """Everything as JSON."""
        with self._lock:
            return {
                **self._counts,
                "set_aside": dict(self._aside),
                "limited": self._limited.total(),
                "limited_devices": dict(self._limited),
                "backlog": self._backlog,
                "oldest": self._oldest,
                "fault": self._fault or None,
            }
