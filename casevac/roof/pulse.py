"""Whether something answers, asked in a thread so that a hanging answer never holds up who asks."""

import threading
from collections.abc import Callable

from casevac.errors import CasevacError

SILENT_AFTER_S = 4.5  # two questions without a good answer, and a little


class Pulse:
    """Asks one question again and again. `step(now)` never waits; `now` is a monotonic clock in seconds.

    good_at: when the last good answer was taken, None before the first; fault: the last answer in words
    when it was a fault.
    """

    def __init__(self, ask: Callable[[], bool]) -> None:
        self.good_at: float | None = None
        self.fault = ""
        self._ask = ask
        self._asked_at: float | None = None
        self._began: float | None = None
        self._thread: threading.Thread | None = None
        self._answer: bool | str = False

    def step(self, now: float, every_s: float) -> None:
        """Take the answer when there is one; ask again `every_s` after the last question."""
        self._began = now if self._began is None else self._began
        if self._thread is not None:
            if self._thread.is_alive():
                return
            self._take(now)
        if self._asked_at is None or now >= self._asked_at + every_s:
            self._asked_at = now
            self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)
            self._thread.start()

    def silent(self, now: float) -> bool:
        """True when no good answer came for SILENT_AFTER_S."""
        since = self._began if self.good_at is None else self.good_at
        return since is not None and now - since > SILENT_AFTER_S

    def _run(self) -> None:
        self._answer = False
        try:
            self._answer = self._ask()
        except (CasevacError, OSError) as fault:
            self._answer = str(fault)

    def _take(self, now: float) -> None:
        self._thread = None
        self.fault = self._answer if isinstance(self._answer, str) else ""
        if self._answer is True:
            self.good_at = now
