"""The picture of any past instant, as it was known then: the same fold, from the nearest checkpoint."""

import threading
from bisect import bisect_right
from datetime import datetime
from typing import NamedTuple

from casevac.entities import Json, instant
from casevac.picture import Picture, empty, fold
from casevac.store import log, snapshots
from casevac.store.connection import Connection
from casevac.told import log_line
from maps.frames import LOG_LINES

EVERY = 2000  # events between two checkpoints
MOST_CHECKPOINTS = 64  # of a mission; then every second one is forgotten
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
    """Pictures of one mission's past that were folded already, by the event they end with."""

    def __init__(self, epoch: str) -> None:
        self.epoch = epoch
        self._seqs: list[int] = []
        self._pictures: list[Picture] = []

    def nearest(self, seq: int) -> Picture | None:
        """The last picture kept that is not from after this event."""
        place = bisect_right(self._seqs, seq)
        return self._pictures[place - 1] if place else None

    def keep(self, picture: Picture) -> None:
        """Keep a picture; when there are too many, every second one goes."""
        place = bisect_right(self._seqs, picture.seq)
        if place and self._seqs[place - 1] == picture.seq:
            return
        self._seqs.insert(place, picture.seq)
        self._pictures.insert(place, picture)
        if len(self._seqs) > MOST_CHECKPOINTS:
            self._seqs, self._pictures = self._seqs[::2], self._pictures[::2]


class Past:
    """The courses of all missions; safe to ask from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._courses: dict[str, Course] = {}

    def span(self, db: Connection, mission: str) -> tuple[datetime | None, list[Json]]:
        """When the first event was recorded, and the newest events worth jumping to."""
        marks = [
            {"at": instant(event.recorded_at), "kind": line["kind"], "text": line["text"]}
            for event in log.last(db, mission, log.head(db), MOST_MARKS, MARKED)
            if (line := log_line(event))
        ]
        return log.began(db, mission), marks

    def at(self, db: Connection, mission: str, instant_: datetime) -> Checkpoint:
        """The picture from every event recorded at or before an instant, with its last log lines."""
        seq = log.known_at(db, mission, instant_)
        picture = self._picture(db, mission, seq)
        return Checkpoint(picture, tuple(log_line(one) for one in log.last(db, mission, seq, LOG_LINES)))

    def _picture(self, db: Connection, mission: str, seq: int) -> Picture:
        epoch = log.store_epoch(db)
        with self._lock:
            course = self._courses.get(mission)
            if course is None or course.epoch != epoch:
                course = self._courses[mission] = Course(epoch)
            found = course.nearest(seq)
        start = found or snapshots.picture(db, mission, seq)
        while events := log.read(db, mission, after=start.seq, upto=seq, limit=EVERY):
            start = fold(start, events)
            with self._lock:
                course.keep(start)
        return start if start.seq else empty(mission)
