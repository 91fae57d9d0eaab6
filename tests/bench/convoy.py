"""The load generator as a child process of a bench: its command line, its status lines, its record."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.place import Place
from tests.bench.record import Recorded, load

Status = dict[str, Any]
PATIENCE_S = 120.0


class Convoy:
    """A running `python -m tests.bench.fleet`; a context manager that ends it."""

    def __init__(
        self,
        place: Place,
        record: str,
        *options: object,
        names: Sequence[str] | None = None,
        house: bool = False,
    ) -> None:
        self._place = place
        self.directory = place.home.path.parent / record
        place.records.append(self.directory)
        accounts = place.accounts if names is None else self._accounts(names)
        argv = [sys.executable, "-m", "tests.bench.fleet", "--port", str(place.broker.port)]
        argv += ["--accounts", str(accounts), "--record", str(self.directory), *map(str, options)]
        argv += ["--house", place.house()] if house else []
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.statuses: list[Status] = []
        self.came = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _accounts(self, names: Sequence[str]) -> Path:
        """A file with the accounts of some devices only."""
        path = self.directory.with_suffix(".accounts.json")
        every = json.loads(self._place.accounts.read_text())
        path.write_text(json.dumps({name: every[name] for name in names}))
        return path

    def __enter__(self) -> "Convoy":
        self.until(lambda status: status["connected"] > 0 or "final" in status)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.statuses.append(json.loads(line))
            self.came.set()

    def say(self, line: str) -> None:
        """Steer it."""
        if self.process.stdin is not None:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()

    def until(self, test: Callable[[Status], bool], patience_s: float = PATIENCE_S) -> Status:
        """The next status of which `test` holds."""
        deadline, seen = time.monotonic() + patience_s, len(self.statuses)
        while time.monotonic() < deadline:
            for status in self.statuses[seen:]:
                seen += 1
                if test(status):
                    return status
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.05)
        raise SystemExit(f"the load generator did not come so far; its last word: {self.statuses[-1:]}")

    def finish(self, patience_s: float = PATIENCE_S) -> Status:
        """Tell it to stop, wait until it has; its last status."""
        if not (self.statuses and "final" in self.statuses[-1]):
            self.say("stop")
            self.process.wait(patience_s)
            self._reader.join(10)
        return self.statuses[-1]

    @property
    def record(self) -> Recorded:
        """What it has on disk."""
        return load(self.directory)


def receipts_per_s(record: Recorded, begin_us: int, end_us: int) -> float:
    """Numbers receipted a second within a time."""
    inside = (record.receipted_us >= begin_us) & (record.receipted_us < end_us)
    return float(inside.sum()) / ((end_us - begin_us) / 1e6)


def latencies_ms(record: Recorded, begin_us: int, end_us: int) -> tuple[float, float]:
    """p50 and p99 of all receipts that came within a time, from the first publication."""
    inside = (record.receipted_us >= begin_us) & (record.receipted_us < end_us)
    p50, p99 = np.percentile(record.latency_us[inside].astype(np.float64), [50, 99]) / 1e3
    return round(float(p50), 2), round(float(p99), 2)


def now_us() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000
