"""What follows by itself in every mission, and the notices of devices: a thread beside the task publisher.

It has its own place in the log, its own connection and its own pictures, so that nothing it does, a slow
look for options least of all, delays a task. Another process may do the same at the same time.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from casevac import coordination, notices, rerouting, settling, ways
from casevac.desk import Desk
from casevac.errors import CasevacError, StoreUnreachable
from casevac.events import Event
from casevac.picture import Picture, empty, fold
from casevac.store import fixes, snapshots
from casevac.store.connection import OUTAGES, Connection, connect, in_words
from casevac.store.networks import mission_router
from casevac.store.tail import Tail
from casevac.terms import Source
from casevac.view import View
from geo.errors import GeoError
from geo.routing import Router

GRACE = timedelta(seconds=1.5)  # the door that a hazard came by computes new roads itself, and sooner
ROUND_S = 2.0  # a mission is looked at so often though nothing is told
SHARE = 5.0  # of the time that a round took, this many times is rested after it
ACTOR = "casevac"
Publish = Callable[[str, bytes], bool]
_OWN = (ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError)
"""Faults of our own, as with a file that somebody changed: told, and the next round is begun all the same."""
_log = logging.getLogger(__name__)


class Reactions:
    """Follows the log and lets happen what follows; `home` holds the roads, without it no order is answered.

    `publish` sends the notice of a device and says whether it went out.
    """

    def __init__(self, database_url: str, home: Path | None, publish: Publish) -> None:
        self._dsn = database_url
        self._home = home
        self._publish = publish
        self._tail = Tail(database_url)
        self._pictures: dict[str, Picture] = {}
        self._routers: dict[str, tuple[object, Router]] = {}
        self._sent: dict[str, bytes] = {}
        self._due: dict[str, datetime] = {}  # since when running chains wait for new roads, by mission
        self._db: Connection | None = None
        self._again = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reactions", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the thread has gone."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(20)

    @property
    def alive(self) -> bool:
        """False when it was never started, or a fault that nobody foresaw ended it."""
        return self._thread.is_alive()

    def publish_again(self) -> None:
        """The broker may have lost what it retained."""
        self._again.set()

    def _run(self) -> None:
        started = False
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                started = started or self._resume()
                told = self._take()
                begun = time.monotonic()
                self._round()
            except StoreUnreachable as fault:
                told = False
                _log.error("%s", fault)
            except OUTAGES as fault:
                told = False
                _log.error("%s", in_words(fault))
                self._let_go()
            rest = SHARE * (time.monotonic() - begun)
            self._stop.wait(rest if told else max(rest, ROUND_S / 4))
        self._let_go()
        self._tail.close()

    def _resume(self) -> bool:
        """Start from the pictures that were kept, where there are any."""
        with closing(connect(self._dsn)) as db, db:
            kept = snapshots.resume(db)
        self._pictures, self._tail.seq = dict(kept.pictures), kept.seq
        return True

    def _take(self) -> bool:
        """Fold what is new, waiting for it a little; True when something was."""
        events = self._tail.wait(ROUND_S)
        told = bool(events)
        while events:
            self._fold(events)
            events = self._tail.wait(0)
        return told

    def _fold(self, events: Iterable[Event]) -> None:
        by_mission: dict[str, list[Event]] = {}
        for event in events:
            by_mission.setdefault(event.mission, []).append(event)
        for mission, some in by_mission.items():
            self._pictures[mission] = fold(self._pictures.get(mission) or empty(mission), some)

    def _round(self) -> None:
        """One look at every mission; a fault in one is told and the others are looked at all the same."""
        if self._again.is_set():
            self._again.clear()
            self._sent.clear()
        wanted: dict[str, bytes] = {}
        for mission, picture in list(self._pictures.items()):
            if self._stop.is_set():
                return
            try:
                wanted |= self._look(mission, picture)
            except (CasevacError, GeoError) as fault:
                _log.warning("%s: %s", mission, fault)
            except _OWN:
                _log.exception("%s: a fault of our own; the other missions go on", mission)
        self._tell(wanted)

    def _look(self, mission: str, picture: Picture) -> dict[str, bytes]:
        db = self._store()
        now = datetime.now(UTC)
        if picture.requests or picture.casualties:
            desk = Desk(db, mission, now, ACTOR, Source.SYSTEM, known=picture)
            coordination.follow_up(desk)
            if self._home is not None:
                settling.settle(desk, lambda: self._router(picture))
                self._lead_round(desk, picture)
        with db:
            view = View(picture, now, fixes.latest(db, mission))
        return encoded(notices.notices(view))

    def _lead_round(self, desk: Desk, picture: Picture) -> None:
        """New roads of running chains, where nobody computed them a moment after a hazard was told: it came
        by device or from another command, or its time began or ended."""
        mission = picture.mission.id
        if picture.roads is None or not ways.due(View(picture, desk.now)):
            self._due.pop(mission, None)
        elif desk.now - self._due.setdefault(mission, desk.now) >= GRACE:
            rerouting.reroute(desk, self._router(picture))

    def _router(self, picture: Picture) -> Router:
        """The router of a mission, opened when an order first needs it and kept while its roads stay."""
        chosen, mission = (picture.roads, picture.mission.profile), picture.mission.id
        known = self._routers.get(mission)
        if known is None or known[0] != chosen:
            known = (chosen, mission_router(self._home or Path(), picture))
            self._routers[mission] = known
        return known[1]

    def _tell(self, wanted: Mapping[str, bytes]) -> None:
        for device, payload in wanted.items():
            if self._sent.get(device) != payload and self._publish(device, payload):
                self._sent[device] = payload

    def _store(self) -> Connection:
        if self._db is None or self._db.closed:
            self._db = connect(self._dsn)
        return self._db

    def _let_go(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None


def encoded(found: Mapping[str, notices.Json]) -> dict[str, bytes]:
    """Each notice as its topic holds it; nothing at all when there is nothing to tell."""
    return {
        device: b"" if notices.empty(notice) else msgspec.json.encode(notice)
        for device, notice in found.items()
    }
