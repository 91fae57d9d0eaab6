"""Which emergencies last: a client tells one again and again, and all of that is one request; pure.

Kept through `Memory`, for a door that starts again amid an emergency would raise a second request.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

LASTS_S = 120.0  # one that was not heard for so long is over
_KEPT_EVERY_S = 5.0  # how long ago it was last heard may be remembered this much too old


@dataclass(frozen=True)
class Memory:
    """What outlives the door: `recall` gives what `keep` was last given, {} when nothing is known."""

    recall: Callable[[], dict[str, Any]] = field(default=dict)
    keep: Callable[[dict[str, Any]], None] = lambda told: None


class Episodes:
    """By author, since when and when last heard, seconds since 1970 by the sender's and by our clock."""

    def __init__(self, memory: Memory, now: Callable[[], float] = time.time) -> None:
        self._memory, self._now = memory, now
        self._told = {who: pair for who, told in memory.recall().items() if (pair := _pair(told)) is not None}
        self._kept_at = -math.inf

    def since(self, author: str, sent_s: int) -> str:
        """Since when the emergency of `author` lasts, of which a telling of `sent_s` was heard just now."""
        known = self._lasting().get(author)
        began = sent_s if known is None else known[0]
        self._told[author] = began, self._now()
        self._keep(at_once=known is None)
        return str(began)

    def over(self, author: str) -> str:
        """Since when the emergency lasted that `author` calls off; "": none is known."""
        known = self._lasting().pop(author, None)
        self._keep(at_once=known is not None)
        return "" if known is None else str(known[0])

    def _lasting(self) -> dict[str, tuple[int, float]]:
        """Those heard lately; after a step of our clock rather a second request than a new one hidden."""
        now = self._now()
        self._told = {who: told for who, told in self._told.items() if abs(now - told[1]) < LASTS_S}
        return self._told

    def _keep(self, *, at_once: bool) -> None:
        now = self._now()
        if at_once or abs(now - self._kept_at) >= _KEPT_EVERY_S:
            self._kept_at = now
            self._memory.keep(dict(self._told))


def _pair(told: object) -> tuple[int, float] | None:
    match told:
        case [int(since), int() | float() as heard]:
            return since, float(heard)
    return None
