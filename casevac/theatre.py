"""The operating theatre: who is operated on when, with the tables there are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import NamedTuple


class Case(NamedTuple):
    """Somebody who needs a table: from when on, and how urgent (smallest first)."""

    id: str
    ready_at: datetime
    urgency: int


def begins(tables: Sequence[datetime], cases: Sequence[Case], each_s: float) -> dict[str, datetime]:
    """When each case begins, by id; `tables` are the instants from which each table is free.

    A table that falls free takes the most urgent of those who are ready, else the next to be ready;
    nobody is taken off a table. Without a table nobody begins.
    """
    free, coming = list(tables), sorted(cases, key=lambda one: one.ready_at, reverse=True)
    heapify(free)
    ready: list[tuple[int, datetime, str]] = []
    found: dict[str, datetime] = {}
    last = min(free, default=None)
    while free and last is not None and (coming or ready):
        last = max(heappop(free), last if ready else coming[-1].ready_at)
        while coming and coming[-1].ready_at <= last:
            one = coming.pop()
            heappush(ready, (one.urgency, one.ready_at, one.id))
        chosen = heappop(ready)
        found[chosen[2]] = last
        heappush(free, last + timedelta(seconds=each_s))
    return found
