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
CARRIED_M = 150.0  # casualties farther than this from where they are met come on foot
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


class _Stopped(Exception):
    """The exercise stops: whatever the crew was at stays undone and untold."""


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
        """Live until the exercise stops, in the middle of whatever that is; told again, a task goes on."""
        turn = 0
        while True:
            try:
                turn = self._go_on(turn)
            except _Recalled:
                continue
            except _Stopped:
                return

    def _go_on(self, turn: int) -> int:
        """One task or one way of the round; a fault in it ends it only."""
        self._look()
        try:
            if self._task is None:
                return self._make_round(turn)
            self._carry_out(self._task)
        except GeoError as fault:
            _log.warning("%s: %s", self.vehicle.callsign, fault)
            self._rest(RESTING_S)
        return turn

    # --- orders

    def _look(self) -> None:
        """Take the newest order."""
        while True:
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                return
            recalled = task is not None and task.get("recalled", False)
            if task is not None and recalled and self._device is not None:
                self._device.has_seen(task)
            self._task = None if recalled else task

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
        for leg, after in zip(legs, (*legs[1:], None), strict=True):
            self._travel(self._as_told(leg), after)
        self._say("task_finished", task=task["task"])
        self._say("vehicle_status_changed", state=VehicleState.AVAILABLE)
        self._task = None

    def _travel(self, leg: Leg, after: Leg | None) -> None:
        """One leg and what is to be done at its end; what was done before a restart is not done again.

        Casualties may wait in a facility on the way: the leg that takes them on starts there.
        """
        if leg.casualties and (inside := self._inside(leg)):
            self._take(inside)
        meets = leg.purpose is Purpose.TO_EXCHANGE and not leg.casualties  # comes empty, takes over
        if leg.purpose is Purpose.TO_PICKUP or meets:
            door = after.start.id if after is not None else ""
            if self._all_taken(door):
                return
            self._say("vehicle_status_changed", state=VehicleState.TO_PICKUP)
            self._drive(leg)
            self._say("vehicle_status_changed", state=VehicleState.ON_SCENE)
            if not meets:
                self._wait_for_litters(after)
            self._load(door, from_vehicle=meets)
        elif leg.purpose is Purpose.TO_EXCHANGE:
            self._say("vehicle_status_changed", state=VehicleState.TO_FACILITY)
            self._drive(leg)
            self._wait_until_relieved()
        else:
            self._say("vehicle_status_changed", state=VehicleState.TO_FACILITY)
            self._drive(leg)
            self._rest(self._post.profile.hand_over_s)
            for zap in self._aboard():
                self._say("casualty_handed_over", casualty=zap, facility=leg.end.id)

    # --- casualties

    def _mine(self) -> list[str]:
        return [one["casualty"] for one in (self._task or {}).get("casualties", [])]

    def _aboard(self) -> list[str]:
        known = self._post.picture().casualties
        return [zap for zap in self._mine() if zap in known and known[zap].vehicle == self.vehicle.id]

    def _inside(self, leg: Leg) -> list[str]:
        """Those of the leg who are in the facility that it starts at."""
        known = self._post.picture().casualties
        return [zap for zap in leg.casualties if zap in known and known[zap].facility == leg.start.id != ""]

    def _all_taken(self, door: str) -> bool:
        """True when every casualty of the task is aboard or has been brought on already, past this door."""
        known = self._post.picture().casualties
        return all(
            zap in known and (known[zap].vehicle == self.vehicle.id or known[zap].facility not in ("", door))
            for zap in self._mine()
        )

    def _wait_for_litters(self, after: Leg | None) -> None:
        """Casualties who are carried here on foot come when the plan says."""
        known = self._post.picture().casualties
        places = [known[zap].place for zap in self._mine() if zap in known and not known[zap].moves]
        away = [LonLat(said.value.lon, said.value.lat) for said in places if said is not None]
        if after is not None and away and min(distance_m(self.place, one) for one in away) > CARRIED_M:
            self._rest(max(0.0, (after.depart_at - datetime.now(UTC)).total_seconds()))

    def _load(self, door: str, *, from_vehicle: bool) -> None:
        """Take aboard who is here; at a meeting, who comes with another vehicle is waited for."""
        left = self._mine()
        while left:
            here = [zap for zap in left if self._is_here(zap, door, from_vehicle)]
            self._take(here)
            left = [zap for zap in left if zap not in here]
            if left:
                self._rest(2.0)

    def _take(self, here: Sequence[str]) -> None:
        for zap in here:
            self._rest(self._post.profile.loading_s / max(1, len(self._mine())))
            self._say("casualty_loaded", casualty=zap)

    def _is_here(self, zap: str, door: str, from_vehicle: bool) -> bool:
        casualty = self._post.picture().casualties.get(zap)
        if casualty is not None and casualty.facility:
            return casualty.facility == door
        carrier = casualty.vehicle if casualty is not None else ""
        if carrier in ("", self.vehicle.id):
            return carrier == self.vehicle.id or not from_vehicle
        place = self._post.place_of(carrier)
        return place is not None and distance_m(place, self.place) < NEAR_M

    def _wait_until_relieved(self) -> None:
        self._say("vehicle_status_changed", state=VehicleState.ON_SCENE)
        self._rest(3.0)
        while self._aboard():
            self._rest(2.0)

    # --- movement

    def _drive(self, leg: Leg) -> None:
        """Along the leg; where orders give it another road, by that one from where we are."""
        while not self._move(self._way(leg), leg):
            leg = self._as_told(leg)

    def _as_told(self, leg: Leg) -> Leg:
        """The leg as the newest orders have it."""
        orders = msgspec.convert((self._task or {}).get("legs", []), list[Leg])
        same = (one for one in orders if _errand(one) == _errand(leg))
        return next(same, leg)

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

    def _move(self, way: Way, leg: Leg | None = None) -> bool:
        """True at the end of the way; False when orders gave the leg another road meanwhile."""
        start, end, orders = time.monotonic(), way[-1][0], self._task
        while True:
            gone = min(time.monotonic() - start, end)
            self.place, course, speed = where(way, gone)
            self._report(course=round(course, 1), speed=round(speed, 1))
            if gone >= end:
                return True
            self._wait(min(MOVING_S, end - gone))
            if leg is not None and self._task is not orders:
                orders = self._task
                if self._as_told(leg).path != leg.path:
                    return False

    def _rest(self, seconds: float) -> None:
        """Stay for a while, reporting now and then."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._report(speed=0.0)
            until = time.monotonic() + min(RESTING_S, left)
            while time.monotonic() < until:
                self._wait(min(0.5, max(0.0, until - time.monotonic())))

    def _wait(self, seconds: float) -> None:
        """Let time pass; raises _Stopped or _Recalled when that is what it brings."""
        self._post.stop.wait(seconds)
        self._check()
        self._obey()

    def _check(self) -> None:
        """Nothing is told any more once the exercise stops; raises _Stopped."""
        if self._post.stop.is_set():
            raise _Stopped

    def _report(self, **more: float) -> None:
        self._check()
        if self._device is not None:
            lon, lat = self.place
            self._device.report(datetime.now(UTC), lon, lat, accuracy=8.0, **more)

    def _say(self, kind: str, **fields: Any) -> None:  # noqa: ANN401  fields of any event
        self._check()
        if self._device is not None:
            self._device.event(datetime.now(UTC), kind, **fields)


def _errand(leg: Leg) -> tuple[object, ...]:
    """What tells a leg from the others of its orders, whatever its road."""
    return leg.vehicle, leg.purpose, leg.start, leg.end, leg.casualties
