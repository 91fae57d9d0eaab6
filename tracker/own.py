"""Whose word it is: a tracker answers for the tasks, and tells the state, of its own vehicle only."""

from collections.abc import Mapping, Sequence

from casevac.events import (
    RecallAcknowledged,
    TaskAccepted,
    TaskDeclined,
    TaskFinished,
    VehicleConditionReported,
    VehicleStatusChanged,
)
from casevac.mission import Enrolment
from casevac.store import finding, missions
from casevac.store.connection import Connection
from casevac.terms import Role
from tracker.wire import FieldEvent, Message, Reading, Unreadable

_ANSWERS = (TaskAccepted, TaskDeclined, TaskFinished, RecallAcknowledged)
_STATES = (VehicleStatusChanged, VehicleConditionReported)
Readings = Sequence[tuple[Message, Reading]]


def checked(
    db: Connection, readings: Readings, enrolled: Mapping[str, Enrolment]
) -> list[tuple[Message, Reading]]:
    """The readings; a word about another's vehicle or task becomes unreadable, with the reason.

    A coordinator's device may speak for every vehicle. A task that nobody knows is left as it is.
    """
    asked = [task for _, said in readings if _limited(said, enrolled) and (task := _task(said))]
    with db:
        tasked = finding.tasked(db, asked) if asked else {}
        return [(message, _own(db, said, enrolled, tasked)) for message, said in readings]


def _own(
    db: Connection, said: Reading, enrolled: Mapping[str, Enrolment], tasked: Mapping[str, str]
) -> Reading:
    if not isinstance(said, FieldEvent) or not _limited(said, enrolled):
        return said
    body = said.body
    if isinstance(body, _ANSWERS):
        meant, what = tasked.get(body.task), f"task {body.task} belongs to"
    elif isinstance(body, _STATES):
        meant, what = body.vehicle, "only a coordinator's device may speak for"
    else:
        return said
    if not meant or _carried(db, said, meant):
        return said
    return Unreadable(f"{what} {meant}", said.device, said.epoch, said.n)


def _limited(said: Reading, enrolled: Mapping[str, Enrolment]) -> bool:
    one = enrolled.get(said.device) if isinstance(said, FieldEvent) else None
    return one is not None and one.rights.role != Role.COORDINATOR


def _task(said: Reading) -> str:
    """The task that is answered; empty for any other word."""
    return said.body.task if isinstance(said, FieldEvent) and isinstance(said.body, _ANSWERS) else ""


def _carried(db: Connection, said: FieldEvent, vehicle: str) -> bool:
    """True when this vehicle carries the device: as enrolled, by its name, or as the vehicle's card says."""
    if vehicle == said.device:
        return True
    enrolment = missions.enrolled(db, said.mission, said.device)
    if enrolment is not None and enrolment.vehicle:
        return enrolment.vehicle == vehicle
    return finding.device_of(db, said.mission, vehicle) == said.device
