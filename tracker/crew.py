"""A simulated crew: it drives, loads and hands over, and reports through the reference tracker."""

import logging
import queue
import random
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from casevac.chain import share_done
from casevac.events import Leg, VehicleRegistered
from casevac.mission import Profile
from casevac.picture import Picture
from casevac.script import Round
from casevac.terms import Purpose, VehicleState
from geo.errors import GeoError
from geo.lonlat import LonLat, distance_m
from tracker.device import Device, Task
from tracker.follow import Way, along_path, where

MOVING_S = 1.0  # between two reports under way
RESTING_S = 10.0  # between two reports at rest
NEAR_M = 1500.0  # closer than this two vehicles have met
_ANSWER_S = (2.0, 6.0)  # how long a crew takes to accept
_log = logging.getLogger(__name__)


class Post(Protocol):
    """What a crew can ask its surroundings."""

    stop: threading.Event

    @property
    def profile(self) -> Profile:
        """The mission's times."""

    def picture(self) -> Picture:
        """The mission as the log tells it now."""

    def drive(self, vehicle: VehicleRegistered, start: LonLat, end: LonLat) -> Way:
        """The way of this vehicle between two places; raises GeoError."""

    def place_of(self, vehicle: str) -> LonLat | None:
        """Where a vehicle of the exercise is now."""


class _Recalled(Exception):
    """The task was taken back or another one came."""


class Crew(threading.Thread):
    """One vehicle of an exercise. Its tasks come over MQTT only; what it does it reports over MQTT only."""

    def __init__(
        self, vehicle: VehicleRegistered, start: LonLat, rounds: Sequence[Round], post: Post
    ) -> None:
        super().__init__(name=f"crew {vehicle.callsign}", daemon=True)
        self.vehicle = vehicle
        self.place = start
        self._rounds = [(LonLat(*point), one.pause_s) for one in rounds for point in one.points]
        self._post = post
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._task: Task | None = None
        self._device: Device | None = None
        self._chance = random.Random(vehicle.id)  # noqa: S311  the same crew is as quick every time

    def rides_with(self, device: Device) -> None:
        """The tracker in the vehicle; give it `told` as its callback."""
        self._device = device

    def told(self, task: Task | None) -> None:
        """A task came or was taken back (on the tracker's thread)."""
        self._tasks.put(task)

    def run(self) -> None:
        """Live until the exercise stops; a fault in one task ends that task only."""
        turn = 0
        while not self._post.stop.is_set():
            try:
                self._look()
                if self._task is not None:
                    self._carry_out(self._task)
                else:
                    turn = self._make_round(turn)
            except _Recalled:
                continue
            except GeoError as fault:
                _log.warning("%s: %s", self.vehicle.callsign, fault)
                self._rest(RESTING_S)

    # --- orders

    def _look(self) -> None:
        """Take the newest order."""
        while True:
            try:
                self._task = self._tasks.get_nowait()
            except queue.Empty:
                return

    def _obey(self) -> None:
        before = self._task
        self._look()
        if (self._task or {}).get("task") != (before or {}).get("task"):
            raise _Recalled

    def _carry_out(self, task: Task) -> None:
        legs = [leg for leg in msgspec.convert(task["legs"], list[Leg]) if leg.vehicle == self.vehicle.id]
        known = self._post.picture().tasks.get(task["task"])
        if known is None or known.accepted_at is None:
            self._rest(self._chance.uniform(*_ANSWER_S))
            self._say("task_accepted", task=task["task"])
        for leg in legs:
            self._travel(leg)
        self._say("task_finished", task=task["task"])
        self._say("vehicle_status_changed", state=VehicleState.AVAILABLE)
        self._task = None

    def _travel(self, leg: Leg) -> None:
        """One leg and what is to be done at its end; what was done before a restart is not done again."""
        meets = leg.purpose is Purpose.TO_EXCHANGE and not leg.casualties  # comes empty, takes over
        if leg.purpose is Purpose.TO_PICKUP or meets:
            if self._all_taken():
                return
            self._say("vehicle_status_changed", state=VehicleState.TO_PICKUP)
            self._move(self._way(leg))
            self._say("vehicle_status_changed", state=VehicleState.ON_SCENE)
            self._load(from_vehicle=meets)
        elif leg.purpose is Purpose.TO_EXCHANGE:
            self._say("vehicle_status_changed", state=VehicleState.TO_FACILITY)
            self._move(self._way(leg))
            self._wait_until_relieved()
        else:
            self._say("vehicle_status_changed", state=VehicleState.TO_FACILITY)
            self._move(self._way(leg))
            self._rest(self._post.profile.hand_over_s)
            for zap in self._aboard():
                self._say("casualty_handed_over", casualty=zap, facility=leg.end.id)

    # --- casualties

    def _mine(self) -> list[str]:
        return [one["casualty"] for one in (self._task or {}).get("casualties", [])]

    def _aboard(self) -> list[str]:
        known = self._post.picture().casualties
        return [zap for zap in self._mine() if zap in known and known[zap].vehicle == self.vehicle.id]

    def _all_taken(self) -> bool:
        """True when every casualty of the task is aboard or has been brought on already."""
        known = self._post.picture().casualties
        return all(
            zap in known and (known[zap].vehicle == self.vehicle.id or known[zap].facility)
            for zap in self._mine()
        )

    def _load(self, *, from_vehicle: bool) -> None:
        """Take aboard who is here; at a meeting, who comes with another vehicle is waited for."""
        left = self._mine()
        while left and not self._post.stop.is_set():
            for zap in [zap for zap in left if self._is_here(zap, from_vehicle)]:
                self._rest(self._post.profile.loading_s / max(1, len(self._mine())))
                self._say("casualty_loaded", casualty=zap)
                left.remove(zap)
            if left:
                self._rest(2.0)

    def _is_here(self, zap: str, from_vehicle: bool) -> bool:
        casualty = self._post.picture().casualties.get(zap)
        carrier = casualty.vehicle if casualty is not None else ""
        if carrier in ("", self.vehicle.id):
            return carrier == self.vehicle.id or not from_vehicle
        place = self._post.place_of(carrier)
        return place is not None and distance_m(place, self.place) < NEAR_M

    def _wait_until_relieved(self) -> None:
        self._say("vehicle_status_changed", state=VehicleState.ON_SCENE)
        self._rest(3.0)
        while self._aboard() and not self._post.stop.is_set():
            self._rest(2.0)

    # --- movement

    def _way(self, leg: Leg) -> Way:
        """The planned path from where we are on it; off the path, a way of our own."""
        path = [LonLat(*point) for point in leg.path]
        if path and min(distance_m(self.place, point) for point in path) < NEAR_M:
            done = share_done(leg.path, *self.place)
            slower = self._chance.uniform(0.95, 1.1)
            way = along_path(path, leg.seconds_p50 * slower)
            begin = way[-1][0] * done
            return [(at - begin, lon, lat) for at, lon, lat in way]
        return self._post.drive(self.vehicle, self.place, LonLat(leg.end.lon, leg.end.lat))

    def _make_round(self, turn: int) -> int:
        if not self._rounds:
            self._rest(RESTING_S)
            return turn
        goal, pause_s = self._rounds[turn % len(self._rounds)]
        self._move(self._post.drive(self.vehicle, self.place, goal))
        self._rest(pause_s)
        return turn + 1

    def _move(self, way: Way) -> None:
        start, end = time.monotonic(), way[-1][0]
        while not self._post.stop.is_set():
            gone = min(time.monotonic() - start, end)
            self.place, course, speed = where(way, gone)
            self._report(course=round(course, 1), speed=round(speed, 1))
            if gone >= end:
                return
            self._post.stop.wait(min(MOVING_S, end - gone))
            self._obey()

    def _rest(self, seconds: float) -> None:
        """Stay for a while, reporting now and then."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._post.stop.is_set():
            self._report(speed=0.0)
            until = time.monotonic() + min(RESTING_S, left)
            while time.monotonic() < until and not self._post.stop.is_set():
                self._post.stop.wait(min(0.5, max(0.0, until - time.monotonic())))
                self._obey()

    def _report(self, **more: float) -> None:
        if self._device is not None:
            lon, lat = self.place
            self._device.report(datetime.now(UTC), lon, lat, accuracy=8.0, **more)

    def _say(self, kind: str, **fields: Any) -> None:  # noqa: ANN401  fields of any event
        if self._device is not None:
            self._device.event(datetime.now(UTC), kind, **fields)
