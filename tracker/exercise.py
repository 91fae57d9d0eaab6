"""The exercise: simulated crews and patrols through the real MQTT path, and the built-in coordinator."""

import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import msgspec

from casevac import coordination
from casevac.coordination import Desk
from casevac.errors import CasevacError, NotPossible
from casevac.events import VehicleRegistered
from casevac.mission import Profile
from casevac.picture import Picture, apply, empty
from casevac.store import fixes
from casevac.store.connection import Connection, connect
from casevac.store.networks import mission_router
from casevac.store.tail import Tail
from casevac.terms import Capability, Category, MissionKind, Source
from casevac.zap import zap
from geo import air
from geo.errors import GeoError
from geo.lonlat import LonLat, distance_m
from geo.routing import Router
from tracker.crew import Crew
from tracker.device import Device
from tracker.follow import Way, along_path
from tracker.spool import Spool

_log = logging.getLogger(__name__)
_ROUND_S = 1.0  # between two looks of the built-in coordinator and the staff


class Victim(msgspec.Struct, frozen=True):
    """One casualty of an incident, and when bleeding is under control (None: not before the crew)."""

    category: Category
    bleeding_controlled_after_s: float | None = None


class Incident(msgspec.Struct, frozen=True):
    """Something that happens: `after_s` after the one before, reported by a patrol's tracker."""

    after_s: float
    patrol: str
    what: str
    lon: float
    lat: float
    casualties: tuple[Victim, ...]
    place: str = ""
    triaged_after_s: float = 20.0


class Script(msgspec.Struct, frozen=True):
    """An exercise as data: who drives rounds where, and what happens when."""

    incidents: tuple[Incident, ...]
    rounds: dict[str, tuple[tuple[float, float], ...]] = {}


def read_script(path: Path) -> Script:
    """The script in a JSON file; raises CasevacError naming what is wrong with it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Script)
    except (OSError, msgspec.MsgspecError) as fault:
        raise CasevacError(f"the exercise script {path} cannot be used: {fault}") from fault


@dataclass(frozen=True)
class Place:
    """Where an exercise runs: its servers, its files, its accounts (device name to password)."""

    home: Path
    database_url: str
    mqtt_url: str
    mission: str
    accounts: dict[str, str]


class Exercise:
    """Runs one exercise until stopped. It acts for nobody in a live mission."""

    def __init__(self, place: Place, script: Script) -> None:
        self._place = place
        self._script = script
        self.stop_all = threading.Event()
        self._board: Board | None = None

    def run(self, ready: Callable[[], None]) -> None:
        """Start crews and patrols, then coordinate until `stop`."""
        board = self._board = Board(self._place, self.stop_all)
        if board.picture().mission.kind is not MissionKind.EXERCISE:
            raise NotPossible(f"mission {self._place.mission} is live: nothing may be simulated in it")
        crews = [self._crew(board, vehicle) for vehicle in board.vehicles()]
        names = sorted({one.patrol for one in self._script.incidents})
        patrols = {name: self._tracker(name) for name in names}
        threads = [
            *crews,
            threading.Thread(target=self._happen, args=(board, patrols), name="incidents", daemon=True),
        ]
        for thread in threads:
            thread.start()
        ready()
        self._coordinate(board)
        for tracker in (*board.trackers, *patrols.values()):
            tracker.close()
        board.close()

    def stop(self) -> None:
        """Stop everything."""
        self.stop_all.set()

    def _tracker(self, name: str, crew: Crew | None = None) -> Device:
        broker = urlsplit(self._place.mqtt_url)
        secret = self._place.accounts.get(name) or broker.password or ""
        user = name if name in self._place.accounts else broker.username or ""
        url = f"mqtt://{quote(user)}:{quote(secret)}@{broker.hostname}:{broker.port or 1883}"
        spool = Spool(self._place.home / "exercise" / f"{name}.sqlite")
        tracker = Device(name, url, spool, crew.told if crew else None)
        tracker.start()
        return tracker

    def _crew(self, board: "Board", vehicle: VehicleRegistered) -> Crew:
        rounds = [LonLat(*place) for place in self._script.rounds.get(vehicle.id, ())]
        crew = Crew(vehicle, board.start_of(vehicle), rounds, board)
        tracker = self._tracker(vehicle.device or vehicle.id, crew)
        board.trackers.append(tracker)
        board.crews[vehicle.id] = crew
        crew.rides_with(tracker)
        return crew

    # --- what happens

    def _happen(self, board: "Board", patrols: dict[str, Device]) -> None:
        """Incidents in their order; after a restart the script goes on where it was."""
        for incident in self._script.incidents[board.alerts_of(set(patrols)) :]:
            if self.stop_all.wait(incident.after_s):
                return
            _report_incident(incident, patrols[incident.patrol], self.stop_all)

    def _coordinate(self, board: "Board") -> None:
        """Answer what no person answers, and be the staff of the facilities."""
        while not self.stop_all.wait(_ROUND_S):
            try:
                board.refresh()
                coordination.answer(board.desk(coordination.COORDINATOR), board.router)
                coordination.follow_up(board.desk(coordination.COORDINATOR))
                board.operate()
            except (CasevacError, GeoError) as fault:
                _log.warning("%s", fault)


def _report_incident(incident: Incident, patrol: Device, stop: threading.Event) -> None:
    """The alert at once, triage when the patrol has looked, first aid when it is done."""
    now = datetime.now(UTC)
    ids = [zap(secrets.randbits(64)) for _ in incident.casualties]
    place = {"lon": incident.lon, "lat": incident.lat}
    patrol.report(now, **place, accuracy=10.0)
    patrol.event(
        now,
        "alert_raised",
        who=patrol.name,
        what=incident.what,
        how_many=len(ids),
        casualties=ids,
        place=incident.place,
        uncertainty_m=50.0,
        injury_at=now,
        injury_uncertainty_s=30.0,
        **place,
    )
    for zap_id, victim in zip(ids, incident.casualties, strict=True):
        _later(
            incident.triaged_after_s,
            stop,
            patrol,
            "casualty_triaged",
            {"casualty": zap_id, "category": victim.category},
        )
        if victim.bleeding_controlled_after_s is not None:
            after = victim.bleeding_controlled_after_s
            _later(after, stop, patrol, "bleeding_controlled", {"casualty": zap_id})


def _later(
    seconds: float, stop: threading.Event, patrol: Device, kind: str, fields: dict[str, object]
) -> None:
    def say() -> None:
        if not stop.is_set():
            patrol.event(datetime.now(UTC), kind, **fields)

    timer = threading.Timer(seconds, say)
    timer.daemon = True
    timer.start()


class Board:
    """What everybody in the exercise can see: the log's picture, the roads, where the crews are."""

    def __init__(self, place: Place, stop: threading.Event) -> None:
        self._place = place
        self.stop = stop
        self._tail = Tail(place.database_url)
        self._picture = empty(place.mission)
        self._lock = threading.Lock()
        self._db: Connection | None = None
        self.crews: dict[str, Crew] = {}
        self.trackers: list[Device] = []
        self._operated: set[str] = set()
        self.refresh()
        self.router: Router = mission_router(place.home, self._picture)
        seen = fixes.latest(self._store(), place.mission)
        self._starts = {name: LonLat(fix.lon, fix.lat) for name, fix in seen.items()}

    @property
    def profile(self) -> Profile:
        """The mission's times."""
        return self._picture.mission.profile

    def refresh(self) -> None:
        """Fold what is new; raises StoreUnreachable."""
        while events := self._tail.wait(0):
            with self._lock:
                for event in events:
                    self._picture = apply(self._picture, event)

    def picture(self) -> Picture:
        """The mission as last read."""
        with self._lock:
            return self._picture

    def vehicles(self) -> Sequence[VehicleRegistered]:
        """Every registered vehicle."""
        return [one.card for one in self.picture().vehicles.values() if one.registered is not None]

    def start_of(self, vehicle: VehicleRegistered) -> LonLat:
        """Where its device was last, else its home."""
        last = self._starts.get(vehicle.device or vehicle.id)
        return last or LonLat(vehicle.home_lon or 0.0, vehicle.home_lat or 0.0)

    def place_of(self, vehicle: str) -> LonLat | None:
        """Where a crew is now."""
        crew = self.crews.get(vehicle)
        return crew.place if crew is not None else None

    def drive(self, vehicle: VehicleRegistered, start: LonLat, end: LonLat) -> Way:
        """A way of its own for a vehicle; raises GeoError."""
        profile = self.router.profiles[vehicle.profile]
        if profile.kind == "air":
            flown = air.flight(start, end, profile)
            return along_path(flown.path, flown.seconds_p50)
        if distance_m(start, end) < 50:
            return [(0.0, *end)]
        driven = self.router.route(start, end, vehicle.profile)
        return along_path(driven.path, driven.seconds_p50)

    def desk(self, actor: str) -> Desk:
        """A desk to act from, now."""
        return Desk(
            self._store(), self._place.mission, datetime.now(UTC), actor, Source.SYSTEM, known=self.picture()
        )

    def alerts_of(self, patrols: set[str]) -> int:
        """How many alerts these patrols have raised so far."""
        raised = (one.alert for one in self.picture().requests.values())
        return sum(1 for alert in raised if alert is not None and alert.value.who in patrols)

    def operate(self) -> None:
        """The facilities' staff: surgery begins when preparation is over."""
        now = datetime.now(UTC)
        for casualty in self.picture().casualties.values():
            custody = casualty.custody
            if custody is None or not casualty.facility or casualty.id in self._operated:
                continue
            if (now - custody.at).total_seconds() < self.profile.surgery_preparation_s:
                continue
            self._operated.add(casualty.id)
            if casualty.surgery_at is None and Capability.DCS in casualty.needs(self.profile):
                said = {"casualty": casualty.id, "speaker": "theatre"}
                coordination.voice(self.desk("exercise staff"), "surgery_started", said)

    def close(self) -> None:
        """Let the connections go."""
        self._tail.close()
        if self._db is not None:
            self._db.close()

    def _store(self) -> Connection:
        if self._db is None or self._db.closed:
            self._db = connect(self._place.database_url)
        return self._db
