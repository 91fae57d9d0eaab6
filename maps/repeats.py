"""Lines of a log that a stranger can make come again and again: each once, then one a minute with a count."""

import threading
import time
from collections.abc import Callable

EVERY_S = 60.0
MOST = 100  # different lines a minute; what is beyond goes under one
OTHERS = "and others like these"


class Repeats:
    """Tells `log` a line when it is new; again the same is counted and told when `flush` finds it due.

    For any thread.
    """

    def __init__(
        self,
        log: Callable[[str], None],
        *,
        every_s: float = EVERY_S,
        most: int = MOST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log, self._clock = log, clock
        self._every_s, self._most = every_s, most
        self._told: dict[str, float] = {}  # when a line was last told
        self._again: dict[str, int] = {}  # how often it came since
        self._lock = threading.Lock()

    def tell(self, line: str) -> None:
        """It happened."""
        self.flush()
        with self._lock:
            if line not in self._told and len(self._told) >= self._most:
                line = OTHERS
            if line in self._told:
                self._again[line] = self._again.get(line, 0) + 1
                return
            self._told[line] = self._clock()
        self._log(line)

    def flush(self, *, everything: bool = False) -> None:
        """Tell the counts that are due, or everything; forget lines that did not come again."""
        with self._lock:
            now = self._clock()
            due = [line for line, at in self._told.items() if everything or now - at >= self._every_s]
            counts = [(line, count) for line in due if (count := self._again.pop(line, 0))]
            for line in due:
                del self._told[line]
            self._told.update(dict.fromkeys((line for line, _ in counts), now))
        for line, count in counts:
            self._log(f"{line} ({count} more times)")
