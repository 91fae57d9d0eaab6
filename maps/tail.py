"""The one tail of a web process: follows log and positions of all missions, hands on what is new."""

import logging
import os
import random
import select
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from casevac.errors import CasevacError
from casevac.events import Event
from casevac.picture import Picture, empty
from casevac.position import Position
from casevac.store import fixes, log, snapshots
from casevac.store.connection import Connection, connect, faults
from casevac.store.missions import missions
from maps.frames import LOG_LINES
from maps.pool import prepared
from maps.scene import Change, Entities, Scene, Stage

POSITIONS_EVERY_S = 1.0  # unless a viewer is on a faster lane
FORECASTS_EVERY_S = 5.0
POLL_S = 1.0  # the log is looked at even when no notice came
PAGE = 1000
RESUMABLE = 50  # so many events before our start can still be resumed from
RESUMABLE_S = 10.0  # and those no older than that
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0
_log = logging.getLogger(__name__)


class Batch(NamedTuple):
    """News of one mission: encoded events, what else has changed, and what is true after them."""

    mission: str
    changes: list[Change]
    moved: list[Position]
    forecasts: Entities
    scene: Scene


class News(NamedTuple):
    """Everything read in one step. `fresh`: forget all that was before, the store is another one."""

    epoch: str
    fresh: bool
    latest: tuple[str, ...]  # missions, the latest opened first
    batches: list[Batch]


class Trouble(NamedTuple):
    """The store could not be read; the tail tries again by itself."""

    why: str


def await_notice(db: Connection, bell: int, seconds: float) -> None:
    """Wait for a NOTIFY, for a byte at the descriptor `bell`, at most for `seconds`; notices are used up.

    A notice that came with the answer to an earlier read waits in `db` already and not in its socket.
    """
    if not db.notifies:
        select.select([db.fileno(), bell], [], [], seconds)
    with faults():
        db.poll()
    db.notifies.clear()


class Tail:
    """Runs in a thread of its own; `tell` is called there with News or Trouble."""

    def __init__(
        self,
        database_url: str,
        tell: Callable[[News | Trouble], None],
        on_failure: Callable[[], None] = lambda: None,
    ) -> None:
        self._dsn = database_url
        self._tell = tell
        self._stop = threading.Event()
        self._bell, self._rope = os.pipe()  # wakes select at once when we stop
        self._thread = threading.Thread(target=self._run, name="tail", daemon=True)
        self._on_failure = on_failure
        self.every_s = POSITIONS_EVERY_S
        self._away = False
        self._pause = _FIRST_PAUSE_S
        self._keeper = threading.Thread()
        self._forget("")

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the thread has gone."""
        self._stop.set()
        os.write(self._rope, b"x")
        self._thread.join(5)

    def _forget(self, epoch: str) -> None:
        self._epoch = epoch
        self._seq = self._kept = 0
        self._mark = 0
        self._stages: dict[str, Stage] = {}
        self._changes: dict[str, list[Change]] = {}  # folded, and kept until told whatever fails between
        self._latest: tuple[str, ...] = ()
        self._positions_due = 0.0
        self._forecasts_due = 0.0
        self._fresh = True

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except CasevacError as fault:
                self._lost(fault)
            except BaseException:
                self._on_failure()  # the process ends and is started again, rather than show a frozen map
                raise

    def _lost(self, fault: CasevacError) -> None:
        """Tell of an outage, once in the log, and wait ever longer before the next attempt."""
        if not self._away:
            _log.warning("%s", fault)
        self._away = True
        self._tell(Trouble(str(fault)))
        self._stop.wait(self._pause + random.uniform(0, 0.1))  # noqa: S311  jitter, no secret
        self._pause = min(_LONGEST_PAUSE_S, self._pause * 2)

    def _found(self) -> None:
        """The store was read: an outage is over."""
        if self._away:
            _log.warning("PostgreSQL answers again; the live picture is current")
        self._away, self._pause = False, _FIRST_PAUSE_S

    def _follow(self) -> None:
        db = connect(self._dsn, autocommit=True)
        try:
            with prepared():
                self._check(db)
                with db.cursor() as cursor:
                    cursor.execute("LISTEN casevac_live")
                while not self._stop.is_set():
                    self._step(db)
                    self._found()
                    due = min(self._positions_due, self._forecasts_due, time.monotonic() + POLL_S)
                    await_notice(db, self._bell, max(0.0, due - time.monotonic()))
        finally:
            db.close()

    def _check(self, db: Connection) -> None:
        """Start anew when the store is not the one we know."""
        epoch = log.store_epoch(db)
        if epoch != self._epoch or log.head(db) < self._seq:
            self._forget(epoch)

    # --- one step

    def _step(self, db: Connection) -> None:
        self._read_log(db)
        clock = time.monotonic()
        moved: dict[str, list[Position]] = {}
        forecasts: dict[str, Entities] = {}
        if clock >= self._positions_due or self._fresh:
            self._positions_due = clock + self.every_s
            moved = self._read_positions(db)
        if clock >= self._forecasts_due:
            self._forecasts_due = clock + FORECASTS_EVERY_S
            now = datetime.now(UTC)
            forecasts = {name: stage.forecasts(now) for name, stage in self._stages.items()}
        self._hand_on(moved, forecasts)
        self._keep()

    def _read_log(self, db: Connection) -> None:
        oldest = self._oldest(db) if self._fresh else 0
        if self._fresh:
            self._resume(db)
        while events := log.read(db, after=self._seq, limit=PAGE):
            self._pass_over([event for event in events if (event.seq or 0) <= oldest])
            for event in events:
                self._fold(event, oldest)
            if self._stop.is_set():
                break
        if self._fresh or any(name not in self._latest for name in self._stages):
            self._latest = tuple(one.id for one in missions(db))
            for name in self._latest:
                self._stage(name)

    @staticmethod
    def _oldest(db: Connection) -> int:
        """The event up to which nobody can resume: a viewer that was away for longer begins anew."""
        return max(log.head(db) - RESUMABLE, log.recorded_until(db, RESUMABLE_S))

    def _fold(self, event: Event, oldest: int) -> None:
        stage = self._stage(event.mission)
        self._seq = event.seq or self._seq
        if (event.seq or 0) <= oldest:
            return
        self._changes.setdefault(event.mission, []).append(stage.take(event, datetime.now(UTC)))
        if stage.carriers_changed(event):
            self._mark = 0  # every position is read again, and told with its new carrier

    def _pass_over(self, events: list[Event]) -> None:
        for mission in {event.mission for event in events}:
            self._stage(mission).pass_over([event for event in events if event.mission == mission])

    def _stage(self, mission: str) -> Stage:
        if mission not in self._stages:
            self._stages[mission] = Stage(self._epoch, empty(mission))
        return self._stages[mission]

    def _resume(self, db: Connection) -> None:
        """Begin with the pictures that were kept, where there are any."""
        kept = snapshots.resume(db)
        for mission, picture in kept.pictures.items():
            before = log.last(db, mission, kept.seq, LOG_LINES)
            self._stages[mission] = Stage(self._epoch, picture, before)
        self._seq = self._kept = kept.seq

    def _keep(self) -> None:
        """Now and then keep all pictures, beside our work: nothing waits for it."""
        if self._seq - self._kept < snapshots.EVERY or self._keeper.is_alive():
            return
        self._kept = self._seq
        pictures = {name: stage.picture for name, stage in self._stages.items()}
        self._keeper = threading.Thread(
            target=_keep, args=(self._dsn, pictures, self._seq), name="snapshots", daemon=True
        )
        self._keeper.start()

    def _read_positions(self, db: Connection) -> dict[str, list[Position]]:
        again = self._mark == 0
        rows, self._mark = fixes.changed(db, self._mark)
        found: dict[str, list[Position]] = {}
        for fix in rows:
            found.setdefault(fix.mission, []).append(fix)
        moved = {name: self._stage(name).move(those) for name, those in found.items()}
        return {name: self._stage(name).everyone() for name in found} if again else moved

    def _hand_on(
        self,
        moved: dict[str, list[Position]],
        forecasts: dict[str, Entities],
    ) -> None:
        names = [
            name
            for name in self._stages
            if self._fresh or self._changes.get(name) or moved.get(name) or forecasts.get(name)
        ]
        batches = [
            Batch(
                name,
                self._changes.get(name, []),
                moved.get(name, []),
                forecasts.get(name, {}),
                self._stages[name].scene(),
            )
            for name in names
        ]
        self._tell(News(self._epoch, self._fresh, self._latest, batches))
        self._fresh = False
        self._changes = {}


def _keep(dsn: str, pictures: dict[str, Picture], seq: int) -> None:
    """Keep snapshots over a connection of their own; without them the next start only takes longer."""
    try:
        db = connect(dsn)
        with faults():
            snapshots.keep(db, pictures, seq)
        db.close()
    except CasevacError as fault:
        _log.warning("the snapshot was not kept: %s", fault)
