"""The picture of any past instant, as it was known then: the same fold, from the nearest checkpoint."""

import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from casevac.entities import Json, instant
from casevac.events import Event
from casevac.picture import Picture, apply, empty, fold
from casevac.store import log
from casevac.store.connection import Connection
from maps.frames import LOG_LINES, log_line

EVERY = 200  # events between two checkpoints
PAGE = 2000
MARKED = frozenset(
    (
        "alert_raised",
        "casualty_reported",
        "casualty_triaged",
        "casualty_loaded",
        "casualty_handed_over",
        "surgery_started",
        "chain_planned",
        "task_accepted",
        "task_declined",
        "task_cancelled",
    )
)
MOST_MARKS = 2000


class Checkpoint(NamedTuple):
    """A picture and the last log lines with it."""

    picture: Picture
    lines: tuple[Json, ...]


class Course:
    """One mission's past as far as it was read: when each event was recorded, and checkpoints."""

    def __init__(self, epoch: str, mission: str) -> None:
        self.epoch = epoch
        self.mission = mission
        self.lock = threading.Lock()
        self._seqs: list[int] = []
        self._recorded: list[datetime] = []
        self._marks: deque[Json] = deque(maxlen=MOST_MARKS)
        self._last = Checkpoint(empty(mission), ())
        self._checkpoints = [self._last]

    def read_on(self, db: Connection) -> None:
        """Take in what the log has gained."""
        while events := log.read(db, self.mission, after=self._last.picture.seq, limit=PAGE):
            for event in events:
                self._take(event)

    def _take(self, event: Event) -> None:
        self._seqs.append(event.seq or 0)
        self._recorded.append(event.recorded_at or event.received_at)
        lines = (*self._last.lines, log_line(event))[-LOG_LINES:]
        self._last = Checkpoint(apply(self._last.picture, event), lines)
        if event.kind in MARKED:
            line = lines[-1]
            self._marks.append(
                {"at": instant(self._recorded[-1]), "kind": line["kind"], "text": line["text"]}
            )
        if len(self._seqs) % EVERY == 0:
            self._checkpoints.append(self._last)

    def known(self, at: datetime) -> int:
        """How many events were recorded at or before an instant."""
        return bisect_right(self._recorded, at)

    def nearest(self, count: int) -> tuple[Checkpoint, int]:
        """The last checkpoint within the first `count` events, and the seq up to which to fold on."""
        upto = self._seqs[count - 1] if count else 0
        return self._checkpoints[count // EVERY], upto

    def span(self) -> tuple[datetime | None, list[Json]]:
        """When the first event was recorded, and the marks."""
        return (self._recorded[0] if self._recorded else None), list(self._marks)


class Past:
    """The courses of all missions; safe to ask from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._courses: dict[str, Course] = {}

    def course(self, db: Connection, mission: str) -> Course:
        """The mission's course, read up to the head of the log."""
        epoch = log.store_epoch(db)
        with self._lock:
            found = self._courses.get(mission)
            if found is None or found.epoch != epoch:
                found = self._courses[mission] = Course(epoch, mission)
        with found.lock:
            found.read_on(db)
        return found

    def at(self, db: Connection, mission: str, instant_: datetime) -> Checkpoint:
        """The picture from every event recorded at or before an instant, with its last log lines."""
        course = self.course(db, mission)
        with course.lock:
            start, upto = course.nearest(course.known(instant_))
        if upto <= start.picture.seq:
            return start
        return forward(start, log.read(db, mission, after=start.picture.seq, upto=upto))


def forward(start: Checkpoint, events: Iterable[Event]) -> Checkpoint:
    """The checkpoint after some more events."""
    more = list(events)
    lines = (*start.lines, *(log_line(event) for event in more[-LOG_LINES:]))[-LOG_LINES:]
    return Checkpoint(fold(start.picture, more), lines)
