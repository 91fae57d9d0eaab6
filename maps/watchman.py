"""The part that keeps the watch: raises and clears alarms in the log, writes the picture every minute."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from casevac.alarm import Alarm
from casevac.alarms import alarms
from casevac.errors import BadFile, BadMessage, StoreUnreachable
from casevac.events import AlarmCleared, AlarmRaised, Event, house_event
from casevac.picture import Picture, apply, empty
from casevac.ringing import PARTS, due
from casevac.store import fixes, log, missions, snapshots
from casevac.store.connection import Connection, connect, faults
from casevac.store.tail import Tail
from casevac.terms import Severity, Source
from casevac.view import View
from maps.condition import GOOD

ACTOR = "watch"
LOOK_EVERY_S = 3.0
_log = logging.getLogger(__name__)


class Watchman:
    """Follows the log; `parts` tells how each part is, `write` keeps the picture of the latest mission.

    It has a connection and a process of its own: whatever becomes of the page, it goes on.
    """

    def __init__(
        self,
        database_url: str,
        parts: Callable[[], Mapping[str, Any]],
        write: Callable[[View, Sequence[str]], None],
        every_s: float,
    ) -> None:
        self._dsn = database_url
        self._parts = parts
        self._write = write
        self._every_s = every_s
        self._tail = Tail(database_url)
        self._pictures: dict[str, Picture] = {}
        self._gone: dict[str, dict[str, datetime]] = {}
        self._resumed = False
        self._epoch = ""
        self._look_due = self._write_due = 0.0
        self._away = False
        self._stop = threading.Event()

    def run(self, ready: Callable[[], None]) -> None:
        """Watch until `stop`; calls `ready` every second while the store answers."""
        while not self._stop.is_set():
            try:
                self._round()
            except StoreUnreachable as fault:
                if not self._away:
                    _log.error("%s; the last picture stays as it is", fault)
                self._away = True
                self._stop.wait(1.0)
                continue
            self._away = False
            ready()
        self._tail.close()

    def stop(self) -> None:
        """Return from `run`."""
        self._stop.set()

    def _round(self) -> None:
        self._resume()
        self._take(self._tail.wait())
        while more := self._tail.wait(0):
            self._take(more)
        now = time.monotonic()
        if now < self._look_due:
            return
        self._look_due = now + LOOK_EVERY_S
        with closing(connect(self._dsn)) as db, faults():
            self._same_store(db)
            latest = [one.id for one in missions.missions(db)][:1]
            lame = self._lame()
            for name in sorted({*self._pictures, *latest}):
                view = self._seen(db, name)
                self._tell(db, view, lame if name in latest else [])
                if name in latest and self._every_s > 0 and now >= self._write_due:
                    self._write_due = now + self._every_s
                    self._keep(view, [one.words for one in lame])

    def _keep(self, view: View, trouble: Sequence[str]) -> None:
        try:
            self._write(view, trouble)
        except (OSError, BadFile) as fault:  # a full disk: the alarms go on
            _log.error("the picture could not be written: %s", fault)

    def _resume(self) -> None:
        """Start from the pictures that were kept, where there are any."""
        if self._resumed:
            return
        with closing(connect(self._dsn)) as db, faults():
            kept = snapshots.resume(db)
            self._epoch = log.store_epoch(db)
        self._pictures, self._tail.seq = dict(kept.pictures), kept.seq
        self._resumed = True

    def _same_store(self, db: Connection) -> None:
        """Begin anew when another store answers than the one that was followed."""
        if log.store_epoch(db) != self._epoch:
            self._pictures, self._gone, self._resumed = {}, {}, False
            self._tail.close()
            self._tail = Tail(self._dsn)
            raise StoreUnreachable("another store answers: the watch begins anew with it")

    def _take(self, events: Sequence[Event]) -> None:
        for event in events:
            known = self._pictures.get(event.mission) or empty(event.mission)
            self._pictures[event.mission] = apply(known, event)

    def _seen(self, db: Connection, mission: str) -> View:
        picture = self._pictures.get(mission) or empty(mission)
        return View(picture, datetime.now(UTC), fixes.latest(db, mission))

    def _tell(self, db: Connection, view: View, lame: Sequence[Alarm]) -> None:
        """Raise what has begun, clear what is over; a second watchman would find it done."""
        mission = view.picture.mission.id
        found = due(view.picture, [*alarms(view), *lame], self._gone.get(mission), view.now)
        self._gone[mission] = found.gone
        if not found.bodies:
            return
        told = [
            house_event(mission, body, view.now, ACTOR, Source.SYSTEM, key=_key(mission, body))
            for body in found.bodies
        ]
        try:
            with db:
                log.append(db, told)
        except BadMessage:  # one of them: it must not keep the others from being told
            for one in told:
                _append_alone(db, one)

    def _lame(self) -> list[Alarm]:
        """Parts of the installation that do not work, as alarms."""
        return [
            Alarm(
                f"part:{name}", "part_down", Severity.WARNING, PARTS, name,
                f"the part {name} is {one.get('state')}: look at the installation",
            )
            for name, one in self._parts().items()
            if one.get("state") not in GOOD
        ]  # fmt: skip


def _append_alone(db: Connection, event: Event) -> None:
    try:
        with db:
            log.append(db, [event])
    except BadMessage as fault:
        _log.error("an alarm could not be kept in the log: %s", fault)


def _key(mission: str, body: AlarmRaised | AlarmCleared) -> str:
    """The same word on the same round is stored once, whoever says it."""
    told = f"{body.alarm}\0{body.round}\0{type(body).__name__}"
    return f"{mission}:alarm:{hashlib.sha256(told.encode()).hexdigest()}"
