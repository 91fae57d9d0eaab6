"""A vehicle: what it carries, what it is doing, and why it may not take a casualty."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from casevac.casualty import Casualty, precedence
from casevac.events import VehicleRegistered
from casevac.stamp import Said
from casevac.task import Task
from casevac.terms import Category, VehicleKind, VehicleState

SITTING = (Category.T3,)  # may sit; every other casualty lies
SAID_KEPT = 200
AT_WORK = (VehicleState.TASKED, VehicleState.TO_PICKUP, VehicleState.ON_SCENE, VehicleState.TO_FACILITY)


class Vehicle(msgspec.Struct, frozen=True):
    """A vehicle or aircraft; `said` holds its newest states and when it reported each, in order of time."""

    id: str
    registered: Said[VehicleRegistered] | None = None
    status: Said[VehicleState] | None = None
    said: tuple[tuple[datetime, VehicleState], ...] = ()
    task: Said[str] | None = None  # the last one sent to it

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
    litters, seats = vehicle.card.litters, vehicle.card.seats
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
