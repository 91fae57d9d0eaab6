"""The part that keeps a plan of every mission: after each event greedy at once, then searched; stored."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from casevac.desk import new_id
from casevac.errors import CasevacError, StoreUnreachable
from casevac.events import Event
from casevac.grid import Grid
from casevac.picture import Picture, empty, fold
from casevac.planner.policy import Policy
from casevac.planning import FIRST, SEARCHED, Asked, enriched, proposal, quick, searched
from casevac.policies import chosen
from casevac.proposal import Proposal
from casevac.situation import Situation, situation
from casevac.store import fixes, log, missions, plans, snapshots
from casevac.store.connection import Connection, connect, faults
from casevac.store.plans import Standing
from casevac.store.tail import Tail
from casevac.trips import Carried
from casevac.view import View
from geo.errors import GeoError
from maps.routers import Routers

AGAIN_S = 20.0  # a mission in which somebody waits is planned again so often though nothing is told
BEAT_S = 2.0  # it says so often that its plan still holds
SOON_S = 0.05  # after a plan what takes longer begins so soon, when nothing else is told
LONGEST_S = 0.5  # of search
SHORTEST_S, EACH_S = 0.05, 0.01  # for small pictures: so long, and for each casualty so much more
QUIET = frozenset(
    ("alarm_raised", "alarm_acknowledged", "alarm_cleared", "watch_entry_made", "shift_handed_over",
     "shift_taken_over", "options_computed", "device_enrolled", "clock_judged", "device_status_changed",
     "question_asked", "question_answered", "vitals_taken", "order_settled")
)  # fmt: skip
"""Kinds after which no plan is another one."""
_OWN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""Faults of our own: told with the mission, whose last plan stays; others are planned all the same."""
_log = logging.getLogger(__name__)


class Kept:
    """What the part knows of one mission."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.grid = Grid()
        self.last: Proposal | None = None
        self.due = True
        self.again_at = 0.0
        self.beat_at = 0.0
        self.error = self.trouble = ""
        self.rest: Rest | None = None


class Rest(NamedTuple):
    """What was planned last, for what takes longer and is added when nothing else is to be done."""

    view: View
    found: Situation
    carried: Carried
    policy: Policy


class Planner:
    """Follows the log; it has a connection and a process of its own, so that a long search delays nobody."""

    def __init__(self, database_url: str, home: Path) -> None:
        self._dsn = database_url
        self._tail = Tail(database_url)
        self._routers = Routers(home)
        self._kept: dict[str, Kept] = {}
        self._epoch = ""
        self._away = False
        self._ready: Callable[[], None] = lambda: None
        self._stop = threading.Event()

    def run(self, ready: Callable[[], None]) -> None:
        """Plan until `stop`; calls `ready` every second while the store answers."""
        self._ready = ready
        while not self._stop.is_set():
            try:
                self._round()
            except StoreUnreachable as fault:
                if not self._away:
                    _log.error("%s; the last plans stay", fault)
                self._away = True
                self._stop.wait(1.0)
                continue
            self._away = False
            ready()
        self._tail.close()

    def stop(self) -> None:
        """Return from `run`, in the middle of a search too."""
        self._stop.set()

    def _round(self) -> None:
        if not self._epoch:
            self._resume()
        waits = any(kept.rest is not None for kept in self._kept.values())
        self._take(self._tail.wait(SOON_S if waits else 1.0))
        while more := self._tail.wait(0):
            self._take(more)
        with closing(connect(self._dsn)) as db, faults():
            if log.store_epoch(db) != self._epoch:
                self._forget()
            for mission in missions.missions(db):
                self._kept.setdefault(mission.id, Kept(empty(mission.id)))
            db.rollback()
            for name, kept in self._kept.items():
                if self._stop.is_set():
                    return
                self._look(db, name, kept)
                self._ready()

    def _resume(self) -> None:
        """Start from the pictures that were kept, where there are any."""
        with closing(connect(self._dsn)) as db, faults():
            known = snapshots.resume(db)
            self._epoch = log.store_epoch(db)
        self._kept = {name: Kept(picture) for name, picture in known.pictures.items()}
        self._tail.seq = known.seq

    def _forget(self) -> None:
        """Another store answers than the one that was followed."""
        self._kept, self._epoch = {}, ""
        self._tail.close()
        self._tail = Tail(self._dsn)
        raise StoreUnreachable("another store answers: planning begins anew with it")

    def _take(self, events: Sequence[Event]) -> None:
        by_mission: dict[str, list[Event]] = {}
        for event in events:
            by_mission.setdefault(event.mission, []).append(event)
        for name, told in by_mission.items():
            kept = self._kept.setdefault(name, Kept(empty(name)))
            kept.picture = fold(kept.picture, told)
            kept.due = kept.due or any(event.kind not in QUIET for event in told)

    # --- one mission

    def _look(self, db: Connection, name: str, kept: Kept) -> None:
        if kept.picture.roads is None:
            return
        now = time.monotonic()
        waits = kept.last is not None and bool(kept.last.lines or kept.last.left)
        if kept.due or (waits and now >= kept.again_at):
            self._try(db, name, kept)
        elif kept.rest is not None and not self._news(db):
            self._enrich(db, kept, kept.rest)
        if time.monotonic() >= kept.beat_at:
            kept.beat_at = time.monotonic() + BEAT_S
            self._beat(db, name, kept)

    def _try(self, db: Connection, name: str, kept: Kept) -> None:
        """Plan; what keeps it from that is told with the mission, whose last plan stays."""
        begun = time.monotonic()
        try:
            self._plan(db, kept)
            kept.error = kept.trouble = ""
        except StoreUnreachable:
            raise
        except (CasevacError, GeoError) as fault:
            self._failed(name, kept, type(fault).__name__, str(fault))
        except _OWN as fault:
            _log.error("a plan of mission %s failed", name, exc_info=fault)
            self._failed(name, kept, "Fault", "the planner has a fault of its own; see its log")
        kept.due, kept.again_at = False, time.monotonic() + AGAIN_S
        _log.debug("mission %s planned in %.0f ms", name, 1000 * (time.monotonic() - begun))

    def _failed(self, name: str, kept: Kept, error: str, trouble: str) -> None:
        if trouble != kept.trouble:
            _log.warning("no newer plan of mission %s: %s", name, trouble)
        kept.error, kept.trouble = error, trouble
        kept.beat_at = 0.0

    def _beat(self, db: Connection, name: str, kept: Kept) -> None:
        plan = kept.last.plan if kept.last is not None else ""
        told = Standing(plan, kept.picture.seq, datetime.now(UTC), kept.error, kept.trouble)
        with db:
            plans.stand(db, name, told)

    def _plan(self, db: Connection, kept: Kept) -> None:
        """Greedy, and stored where a person would read something else; then searched and stored."""
        name, kept.rest = kept.picture.mission.id, None
        view = View(kept.picture, datetime.now(UTC), fixes.latest(db, name))
        if kept.last is None:
            kept.last = plans.latest(db, name)
        db.rollback()
        policy, rule = chosen(kept.picture)
        router = self._routers.of(kept.picture)
        found = situation(view, router, kept.grid)
        asked = Asked(policy, rule, router.digest, new_id("P"))
        before, carried = kept.last, quick(found, policy, kept.last)
        first = proposal(view, found, carried, asked, FIRST)
        if news := not _same(before, first):
            self._keep(db, kept, first)
        self._ready()
        carried = searched(found, policy, carried, _seconds(found), self._stop.is_set)
        made = proposal(view, found, carried, asked._replace(plan=new_id("P")), SEARCHED)
        if not news and _same(before, made) and not (kept.due and found.waiting):
            return
        self._keep(db, kept, made)
        kept.rest = Rest(view, found, carried, policy)

    def _enrich(self, db: Connection, kept: Kept, rest: Rest) -> None:
        """What would help and the frontier, under the same id, unless something newer was told meanwhile."""

        def enough() -> bool:
            self._ready()
            return self._news(db)

        if kept.last is not None:
            full = enriched(rest.view, rest.found, rest.carried, kept.last, rest.policy, enough)
            if full is not None:
                self._keep(db, kept, full)
                kept.rest = None

    def _news(self, db: Connection) -> bool:
        """True when something was told that is not planned yet, or it must end: the rest can wait."""
        newest = log.head(db)
        db.rollback()
        return self._stop.is_set() or newest > self._tail.seq

    def _keep(self, db: Connection, kept: Kept, made: Proposal) -> None:
        kept.last = made
        with db:
            plans.keep(db, made)
            plans.stand(db, made.mission, Standing(made.plan, made.seq, datetime.now(UTC)))


def _same(one: Proposal | None, other: Proposal) -> bool:
    """True when a person would read the same orders in both."""
    if one is None or one.policy != other.policy:
        return False
    told = [
        ([(line.id, line.state, line.can_approve) for line in each.lines],
         [(each_left.casualty, each_left.why) for each_left in each.left], each.troubles, each.locks)
        for each in (one, other)
    ]  # fmt: skip
    return told[0] == told[1]


def _seconds(found: Situation) -> float:
    """How long to search: small pictures need little."""
    if not found.waiting:
        return 0.0
    return min(LONGEST_S, SHORTEST_S + EACH_S * len(found.waiting))
