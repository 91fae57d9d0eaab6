"""The exercise: simulated crews and a patrol through the real MQTT path, and the built-in coordinator."""

import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casevac import coordination
from casevac.coordination import Desk
from casevac.errors import CasevacError, NotPossible
from casevac.events import VehicleRegistered
from casevac.hour import by_light
from casevac.mission import Profile
from casevac.picture import Picture, apply, empty
from casevac.script import Cue, Incident, Script, cues
from casevac.store import fixes
from casevac.store.connection import OUTAGES, Connection, connect, in_words
from casevac.store.networks import mission_router
from casevac.store.tail import Tail
from casevac.terms import Capability, MissionKind, Source, Step
from casevac.zap import zap
from geo import air
from geo.errors import GeoError
from geo.lonlat import LonLat, distance_m
from geo.routing import Router
from tracker.address import with_login
from tracker.crew import Crew
from tracker.device import Device
from tracker.follow import Way, along_path
from tracker.spool import Spool

_log = logging.getLogger(__name__)
PATROL = "PATROL"  # the tracker of those who come upon an incident
_LEAVING_S = 5.0  # a crew that is still looking for a way then says nothing either
_ROUND_S = 1.0  # between two looks of the built-in coordinator and the staff


@dataclass(frozen=True)
class Place:
    """Where an exercise runs: its servers, its files, its accounts.

    `accounts` is device name to password: who has none takes no part. Empty, everybody logs in as the
    broker address says (a broker of the user's own).
    """

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

    def run(self, ready: Callable[[], None]) -> None:
        """Start the crews, then let the script happen until `stop`."""
        board = Board(self._place, self.stop_all)
        if board.picture().mission.kind is not MissionKind.EXERCISE:
            raise NotPossible(f"mission {self._place.mission} is live: nothing may be simulated in it")
        self._patrol = self._tracker(PATROL)
        for vehicle in board.vehicles():
            if not self._place.accounts or (vehicle.device or vehicle.id) in self._place.accounts:
                self._crew(board, vehicle).start()
        self._coordinate(board, ready)
        for crew in board.crews.values():
            crew.join(_LEAVING_S)
        for tracker in (*board.trackers, self._patrol):
            tracker.close()
        board.close()

    def stop(self) -> None:
        """Stop everything."""
        self.stop_all.set()

    def _tracker(self, name: str, crew: Crew | None = None) -> Device:
        secret = self._place.accounts.get(name)
        url = self._place.mqtt_url if secret is None else with_login(self._place.mqtt_url, name, secret)
        spool = Spool(self._place.home / "exercise" / f"{name}.sqlite")
        tracker = Device(name, url, spool, crew.told if crew else None)
        tracker.start()
        return tracker

    def _crew(self, board: "Board", vehicle: VehicleRegistered) -> Crew:
        rounds = [one for one in self._script.rounds if one.vehicle == vehicle.id]
        crew = Crew(vehicle, board.start_of(vehicle), rounds, board)
        tracker = self._tracker(vehicle.device or vehicle.id, crew)
        board.trackers.append(tracker)
        board.crews[vehicle.id] = crew
        crew.rides_with(tracker)
        return crew

    def _coordinate(self, board: "Board", ready: Callable[[], None]) -> None:
        """Let things happen, answer what no person answers, and be the staff of the facilities."""
        gone = board.seconds_since_opening()
        ready()
        while not self.stop_all.wait(_ROUND_S):
            try:
                board.refresh()
                ready()
                before, gone = gone, board.seconds_since_opening()
                for cue in cues(self._script, before, gone):
                    self._tell(board, cue)
                coordination.answer(board.desk(coordination.COORDINATOR), board.router)
                coordination.follow_up(board.desk(coordination.COORDINATOR))
                board.operate(self._script.surgery_after_hand_over_s)
            except (CasevacError, GeoError) as fault:
                _log.warning("%s", fault)
            except OUTAGES as fault:
                _log.error("%s", in_words(fault))
                board.reconnect()

    # --- what happens

    def _tell(self, board: "Board", cue: Cue) -> None:
        """Report one cue: by the patrol's tracker, or by radio to the watch-keeper."""
        incident = next(one for one in self._script.incidents if one.id == cue.incident)
        request = f"{incident.id}-{cue.run + 1}"
        if cue.casualty is None:
            self._report(board, incident, "alert_raised", _alert(incident, request))
            return
        known = board.picture().requests.get(request)
        if known is None or known.alert is None:
            _log.warning("%s: nobody raised its alert, so nothing more is told of it", request)
            return
        zap_id = known.alert.value.casualties[cue.casualty]
        if cue.step is None:
            hurt = incident.casualties[cue.casualty]
            self._report(board, incident, "casualty_triaged", {"casualty": zap_id, "category": hurt.category})
        elif cue.step is Step.BLEEDING_CONTROL:
            self._report(board, incident, "bleeding_controlled", {"casualty": zap_id})

    def _report(self, board: "Board", incident: Incident, kind: str, fields: dict[str, object]) -> None:
        now = datetime.now(UTC)
        if not incident.speaker:
            self._patrol.report(now, incident.lon, incident.lat, accuracy=10.0)
            self._patrol.event(now, kind, **fields)
            return
        desk = board.desk("watch-keeper")
        if kind == "alert_raised":
            coordination.raise_alert(desk, {**fields, "speaker": incident.speaker})
        else:
            coordination.voice(desk, kind, {**fields, "speaker": incident.speaker})


def _alert(incident: Incident, request: str) -> dict[str, object]:
    hurt_at = datetime.now(UTC) - timedelta(seconds=incident.injured_before_s)
    return {
        "request": request,
        "who": incident.who,
        "what": incident.what,
        "how_many": len(incident.casualties),
        "place": incident.place,
        "lon": incident.lon,
        "lat": incident.lat,
        "uncertainty_m": incident.uncertainty_m,
        "injury_at": hurt_at.isoformat(),
        "injury_uncertainty_s": 30.0,
        "casualties": [zap(secrets.randbits(64)) for _ in incident.casualties],
    }


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
        driven = by_light(self.router, start, datetime.now(UTC)).route(start, end, vehicle.profile)
        return along_path(driven.path, driven.seconds_p50)

    def desk(self, actor: str) -> Desk:
        """A desk to act from, now."""
        return Desk(
            self._store(), self._place.mission, datetime.now(UTC), actor, Source.SYSTEM, known=self.picture()
        )

    def seconds_since_opening(self) -> float:
        """How far the exercise has come."""
        opened = self.picture().opened
        now = datetime.now(UTC)
        return (now - (opened.stamp[0] if opened is not None else now)).total_seconds()

    def operate(self, after_s: float) -> None:
        """The facilities' staff: surgery begins when preparation is over."""
        now = datetime.now(UTC)
        for casualty in self.picture().casualties.values():
            custody = casualty.custody
            if custody is None or not casualty.facility or casualty.id in self._operated:
                continue
            if (now - custody.at).total_seconds() < after_s:
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

    def reconnect(self) -> None:
        """Use a new connection from now on; the old one is lost."""
        if self._db is not None:
            self._db.close()
        self._db = None

    def _store(self) -> Connection:
        if self._db is None or self._db.closed:
            self._db = connect(self._place.database_url)
        return self._db
