"""A vehicle: what it carries, what it is doing, and why it may not take a casualty."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, cast

import msgspec

from casevac.board import Figure, instant_in, stale_after, value_in
from casevac.casualty import Casualty, precedence
from casevac.events import VehicleRegistered
from casevac.mission import Profile
from casevac.stamp import Said
from casevac.task import Task
from casevac.terms import Category, Equipment, VehicleKind, VehicleState

SITTING = (Category.T3,)  # may sit; every other casualty lies
SAID_KEPT = 200
AT_WORK = (VehicleState.TASKED, VehicleState.TO_PICKUP, VehicleState.ON_SCENE, VehicleState.TO_FACILITY)


class Vehicle(msgspec.Struct, frozen=True):
    """A vehicle or aircraft; `said` holds its newest states and when it reported each, in order of time.

    `told` is its condition: `range_km`, `fuel_percent`, `duty_ends_at`, `ready_in_s`, `equipment`, ..
    """

    id: str
    registered: Said[VehicleRegistered] | None = None
    status: Said[VehicleState] | None = None
    said: tuple[tuple[datetime, VehicleState], ...] = ()
    task: Said[str] | None = None  # the last one sent to it
    told: dict[str, Figure] = {}

    @property
    def card(self) -> VehicleRegistered:
        """What is registered of it; one that nobody registered has no place for casualties."""
        if self.registered is not None:
            return self.registered.value
        return VehicleRegistered(
            id=self.id,
            callsign=self.id,
            vehicle_kind=VehicleKind.GROUND,
            profile="ambulance",
            litters=0,
            medical_crew=False,
        )

    @property
    def device(self) -> str:
        """The tracker it carries; by default one of its own name."""
        return self.card.device or self.id

    @property
    def litters(self) -> int:
        """Lying places as last told, else as registered."""
        return int(value_in(self.told, "litters", self.card.litters))

    @property
    def seats(self) -> int:
        """Sitting places as last told, else as registered."""
        return int(value_in(self.told, "seats", self.card.seats))

    @property
    def equipment(self) -> tuple[Equipment, ...] | None:
        """What it carries; None when nobody ever told."""
        told: tuple[str, ...] | None = value_in(self.told, "equipment", self.card.equipment)
        return None if told is None else tuple(Equipment(one) for one in told)

    @property
    def range_m(self) -> float | None:
        """How far it can go: as told of late, else as registered, by the fuel it told. Metres."""
        told: float | None = value_in(self.told, "range_km", None)
        if told is not None:
            return told * 1000.0
        full = self.card.range_km
        return None if full is None else full * 10.0 * float(value_in(self.told, "fuel_percent", 100.0))

    @property
    def duty_ends_at(self) -> datetime | None:
        """When its crew must rest."""
        return instant_in(self.told, "duty_ends_at")


class Trip(NamedTuple):
    """What a vehicle would be sent for: how far in metres, until when, with what. None: not known yet."""

    metres: float | None = None
    ends_at: datetime | None = None
    equipment: tuple[Equipment, ...] = ()


def state_of(vehicle: Vehicle, task: Task | None) -> VehicleState:
    """What the vehicle is doing, from its own words and its last task."""
    said = vehicle.status
    if said is not None and said.value == VehicleState.OUT_OF_SERVICE:
        return said.value
    if task is None or task.sent is None:
        return VehicleState.AVAILABLE if said is None else said.value
    if task.ended is not None:
        spoke_since = said is not None and said.stamp > task.ended.stamp
        return said.value if said is not None and spoke_since else VehicleState.AVAILABLE
    if said is not None and said.value in AT_WORK and said.stamp[0] >= task.sent[0]:
        return said.value
    return VehicleState.TASKED


def load(
    vehicle: Vehicle, casualties: Sequence[Casualty]
) -> tuple[tuple[Casualty, ...], tuple[Casualty, ...]]:
    """Split the casualties into those who find a place aboard, most urgent first, and the rest."""
    litters, seats = vehicle.litters, vehicle.seats
    aboard, left = [], []
    for casualty in sorted(casualties, key=precedence):
        if casualty.triage in SITTING and seats > 0:
            seats -= 1
        elif litters > 0:
            litters -= 1
        else:
            left.append(casualty)
            continue
        aboard.append(casualty)
    return tuple(aboard), tuple(left)


def why_not_free(vehicle: Vehicle, task: Task | None, aboard: Sequence[str]) -> list[str]:
    """Reasons why the vehicle cannot be sent at all; none when it is free."""
    reasons = []
    state = state_of(vehicle, task)
    if vehicle.registered is None:
        reasons.append("is not registered as a vehicle of this mission")
    if state == VehicleState.OUT_OF_SERVICE:
        reasons.append("is out of service")
    if task is not None and task.running:
        reasons.append(f"has task {task.id} already")
    elif state in AT_WORK:
        reasons.append(f"reports {state.value.replace('_', ' ')} without a task")
    if aboard:
        reasons.append(f"carries {', '.join(sorted(aboard))}")
    return reasons


def unfit(vehicle: Vehicle, trip: Trip, profile: Profile, now: datetime) -> list[str]:
    """Reasons why a free vehicle cannot do the trip, in words: duty time, range, equipment."""
    return [
        *_duty(vehicle, trip.ends_at, now),
        *_range(vehicle, trip.metres, profile),
        *_lacks(vehicle, trip),
    ]


def _duty(vehicle: Vehicle, ends_at: datetime | None, now: datetime) -> list[str]:
    rest = vehicle.duty_ends_at
    if rest is not None and rest <= now:
        return [f"has a crew that must rest since {_clock(rest)}"]
    if rest is not None and ends_at is not None and ends_at > rest:
        return [f"has a crew that must rest from {_clock(rest)}, the way ends at {_clock(ends_at)}"]
    return []


def _range(vehicle: Vehicle, metres: float | None, profile: Profile) -> list[str]:
    reach = vehicle.range_m
    if reach is None or metres is None or metres * (1 + profile.range_margin) <= reach:
        return []
    far, margin = f"{metres / 1000:.0f} km", f"{profile.range_margin:.0%}"
    return [f"can go {reach / 1000:.0f} km, the way is {far} and {margin} must be left"]


def _lacks(vehicle: Vehicle, trip: Trip) -> list[str]:
    """What is missing; of a vehicle whose equipment nobody told, nothing is known to be missing."""
    carried = vehicle.equipment
    if carried is None:
        return []
    missing = [one.value for one in Equipment if one in trip.equipment and one not in carried]
    return [f"has no {', '.join(missing)}"] if missing else []


def unsure(vehicle: Vehicle, trip: Trip) -> list[str]:
    """What of the trip's needs nobody told of the vehicle, in words."""
    found = []
    if trip.equipment and vehicle.equipment is None:
        found.append(f"nobody told whether it carries {', '.join(one.value for one in trip.equipment)}")
    if trip.metres is not None and vehicle.range_m is None:
        found.append("nobody told how far it can go")
    return found


def ready_at(vehicle: Vehicle, profile: Profile, now: datetime) -> datetime:
    """When it can set out if it is ordered now: as it told of late, else after its registered readiness."""
    told = vehicle.told.get("ready_in_s")
    if told is not None and now < stale_after("readiness", told, profile):
        return max(now, ready_as_told(told))
    return now + timedelta(seconds=vehicle.card.readiness_s)


def ready_as_told(told: Figure) -> datetime:
    """The instant that `ready_in_s` means."""
    return told.as_of + timedelta(seconds=cast("float", told.value))


def overloaded(vehicle: Vehicle, aboard: Sequence[Casualty]) -> str:
    """As `carries 5, has places for 4`; empty when everybody aboard has a place."""
    left = load(vehicle, aboard)[1]
    if not left:
        return ""
    return f"carries {len(aboard)}, has places for {len(aboard) - len(left)} of them"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%MZ}"
