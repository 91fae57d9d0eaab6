"""Looks at the missions once a second for the door of TAK clients: a thread of its own, so that a slow look
delays nobody's report."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from casevac.enrolled import Enrolled
from casevac.errors import CasevacError, StoreUnreachable
from casevac.events import Event
from casevac.picture import Picture, empty, fold
from casevac.store import fixes, log, snapshots
from casevac.store.connection import OUTAGES, Connection, connect, in_words
from casevac.store.missions import enrolments
from casevac.store.tail import Tail
from casevac.view import View
from geo.errors import GeoError
from tracker.cot.frames import Board, Turn
from tracker.cot.shown import Symbols, may_see, shown
from tracker.cot.status import statuses

EVERY_S = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """What one look found: who is enrolled, and the turn and view of each mission that has clients."""

    enrolled: Enrolled
    turns: Mapping[str, Turn]
    may: Mapping[str, frozenset[str]]  # by device
    statuses: Mapping[str, Mapping[str, str]]  # by device, then by request
    views: Mapping[str, View]


class Feed:
    """Follows log and positions; `wanted` tells which devices are connected, and under which uid.

    `tell` is called after each look, from this thread.
    """

    def __init__(
        self,
        database_url: str,
        known: Symbols,
        wanted: Callable[[], Mapping[str, str]],
        tell: Callable[[Look], None],
    ) -> None:
        self._dsn, self._symbols, self._wanted, self._tell = database_url, known, wanted, tell
        self._tail = Tail(database_url)
        self._pictures: dict[str, Picture] = {}
        self._boards: dict[str, Board] = {}
        self._db: Connection | None = None
        self._epoch = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed of TAK clients", daemon=True)
        self.answered = False
        self.fault: BaseException | None = None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the thread has gone."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(20)

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as fault:
            self.fault = fault
            raise

    def _work(self) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                self._look()
                self.answered = True
            except (StoreUnreachable, *OUTAGES) as fault:
                self.answered = False
                _log.error("%s", fault if isinstance(fault, StoreUnreachable) else in_words(fault))
                self._let_go()
            self._stop.wait(max(0.05, EVERY_S - (time.monotonic() - begun)))
        self._let_go()
        self._tail.close()

    def _look(self) -> None:
        db = self._store()
        while events := self._tail.wait(0):
            self._fold(events)
        with db:
            enrolled = enrolments(db)
        connected = self._wanted()
        by_mission: dict[str, list[str]] = {}
        for device in connected:
            if device in enrolled:
                by_mission.setdefault(enrolled[device].mission, []).append(device)
        self._boards = {key: board for key, board in self._boards.items() if key in by_mission}
        views: dict[str, View] = {}
        turns: dict[str, Turn] = {}
        for mission in by_mission:
            try:
                views[mission], turns[mission] = self._show(db, mission, connected)
            except (CasevacError, GeoError) as fault:
                _log.warning("%s: %s", mission, fault)
        pairs = [(views[key], one) for key, some in by_mission.items() if key in views for one in some]
        self._tell(
            Look(
                enrolled,
                turns,
                {device: may_see(view, device) for view, device in pairs},
                {device: statuses(view, device) for view, device in pairs},
                views,
            )
        )

    def _show(self, db: Connection, mission: str, connected: Mapping[str, str]) -> tuple[View, Turn]:
        with db:
            positions = fixes.latest(db, mission)
        now = datetime.now(UTC)
        view = View(self._pictures.get(mission) or empty(mission), now, positions)
        board = self._boards.setdefault(mission, Board())
        return view, board.show(shown(view, positions, self._symbols, connected), now)

    def _fold(self, events: Iterable[Event]) -> None:
        found: dict[str, list[Event]] = {}
        for event in events:
            found.setdefault(event.mission, []).append(event)
        for mission, some in found.items():
            self._pictures[mission] = fold(self._pictures.get(mission) or empty(mission), some)

    def _store(self) -> Connection:
        if self._db is not None and not self._db.closed:
            return self._db
        with closing(connect(self._dsn)) as asked, asked:
            epoch = log.store_epoch(asked)
            if epoch != self._epoch:  # the first look, or another store than the one that was followed
                kept = snapshots.resume(asked)
                self._tail.close()
                self._pictures, self._tail, self._epoch = (
                    dict(kept.pictures),
                    Tail(self._dsn, kept.seq),
                    epoch,
                )
        self._db = connect(self._dsn)
        return self._db

    def _let_go(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None
