"""What a mission's log and positions tell between two instants, free of names and free text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from casevac.board import sane
from casevac.entities import Json, of_view, touched
from casevac.errors import BadMessage, NotPossible
from casevac.events import Event
from casevac.picture import Picture, apply, fold
from casevac.position import Position
from casevac.store import fixes, log, snapshots
from casevac.store.connection import Connection
from casevac.view import View

TOLD = ("casualty", "casualties", "vehicle", "facility", "request", "chain", "task", "category", "state")
"""Fields of an event that hold ids and terms only; who spoke and what was said stays in the store."""


@dataclass(frozen=True)
class Interval:
    """A mission from `start` to `end`: the picture before, the events recorded in it, the tracks."""

    start: datetime
    end: datetime
    before: Picture
    after: Picture
    events: Sequence[Event]
    tracks: Sequence[Position]
    at_start: dict[str, Position]

    @property
    def exercise(self) -> bool:
        """True when nothing of it is real."""
        return self.after.mission.kind.value == "exercise"


def moment(text: str) -> datetime:
    """An instant from ISO 8601 text, UTC when no zone is named; raises BadMessage.

    A year that no clock reckons with is the first or the last that one does, as in what is stored.
    """
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError as fault:
        raise BadMessage(f"{text[:40]!r} is no time; write it as 2026-11-22T05:00:00Z (UTC)") from fault
    return utc(told.replace(tzinfo=UTC) if told.tzinfo is None else told)


def utc(at: datetime) -> datetime:
    """An aware instant in UTC, within the years that a clock can be reckoned with."""
    return sane(at).astimezone(UTC)


def read(db: Connection, mission: str, start: datetime, end: datetime) -> Interval:
    """Read an interval; raises BadMessage when it is none, NotPossible when nothing is in it."""
    if start >= end:
        order = "the same as" if start == end else "after"
        raise BadMessage(f"FROM is {order} TO: give an interval, the earlier time first")
    first, last = (log.known_at(db, mission, at) for at in (start - timedelta(microseconds=1), end))
    events = log.read(db, mission, after=first, upto=last)
    tracks = fixes.track(db, mission, start, end)
    if not events and not tracks:
        raise NotPossible(f"nothing was recorded in mission {mission} between these two times")
    known = snapshots.picture(db, mission, first)
    before = fold(known, log.read(db, mission, after=known.seq, upto=first))
    return Interval(
        start=start,
        end=end,
        before=before,
        after=fold(before, events),
        events=events,
        tracks=tracks,
        at_start=fixes.as_known_at(db, mission, start),
    )


def _recorded(event: Event) -> datetime:
    return event.recorded_at or event.received_at


def told(event: Event, name: str) -> str:
    """One of the TOLD fields as text; empty when the event has none."""
    value = getattr(event.body, name, None)
    return " ".join(value) if isinstance(value, tuple) else str(value or "")


def words(event: Event) -> str:
    """The event in a line of ids and terms."""
    named = [value for name in TOLD if (value := told(event, name))]
    if event.device and not getattr(event.body, "vehicle", None):
        named.insert(0, event.device)
    return f"{event.kind.replace('_', ' ')}: {', '.join(named)}" if named else event.kind.replace("_", " ")


def casualties(interval: Interval) -> dict[str, list[tuple[datetime, Json]]]:
    """How each casualty looked from when on: at the start, then after every event that touched it."""
    picture = interval.before
    found: dict[str, list[tuple[datetime, Json]]] = {}
    for key, look in _looks(picture, interval.start, set(picture.casualties)).items():
        found[key] = [(interval.start, look)]
    for event in interval.events:
        before, picture = picture, apply(picture, event)
        changed = touched(before, picture).get("casualties", set())
        for key, look in _looks(picture, _recorded(event), changed).items():
            found.setdefault(key, []).append((_recorded(event), look))
    return found


def _looks(picture: Picture, at: datetime, keys: set[str]) -> dict[str, Json]:
    if not keys:
        return {}
    looks = of_view(View(picture, at), {"casualties": keys})["casualties"]
    return {key: look for key, look in looks.items() if look is not None}
