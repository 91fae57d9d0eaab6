"""Whose word it is: a device tells tasks, state and loading of what it is bound to, and of nothing else."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from casevac import events as e
from casevac.mission import Enrolment
from casevac.store import finding, missions
from casevac.store.connection import Connection
from casevac.terms import Role
from tracker.wire import FieldEvent, Message, Reading, Unreadable

_ANSWERS = (e.TaskAccepted, e.TaskDeclined, e.TaskFinished, e.RecallAcknowledged)
Readings = Sequence[tuple[Message, Reading]]


def checked(
    db: Connection, readings: Readings, enrolled: Mapping[str, Enrolment]
) -> list[tuple[Message, Reading]]:
    """The readings; a word about another's vehicle, team or task becomes unreadable, with the reason.

    A coordinator's device may speak for all, and a task that nobody knows is left as it is. A device bound to
    nothing tells the state of itself, under its own name; it loads and hands over nobody. What only a
    facility's device may tell is looked at by `allowed`.
    """
    asked = [task for _, said in readings if _limited(said, enrolled) and (task := _task(said))]
    with db:
        tasked = finding.tasked(db, asked) if asked else {}
        speakers: dict[tuple[str, str], _Speaker] = {}

        def own(said: Reading) -> Reading:
            if not isinstance(said, FieldEvent) or not _limited(said, enrolled):
                return said
            key = said.mission, said.device
            if key not in speakers:
                speakers[key] = _Speaker(db, *key, enrolled[said.device].rights.facility)
            return _own(said, speakers[key], tasked)

        return [(message, own(said)) for message, said in readings]


class _Speaker:
    """A device and what it is bound to; the store is asked only for what is needed, and once."""

    def __init__(self, db: Connection, mission: str, device: str, facility: str | None) -> None:
        self.name, self.facility = device, facility
        self._db, self._mission = db, mission

    @cached_property
    def vehicle(self) -> str | None:
        """The vehicle it speaks for: the one that `casevac.state.carrier` reads its words as."""
        enrolled = missions.enrolled(self._db, self._mission, self.name)
        if enrolled is not None and enrolled.vehicle:
            return enrolled.vehicle
        return finding.carrying(self._db, self._mission, self.name)

    @cached_property
    def teams(self) -> dict[str, finding.TeamCard]:
        """The teams it may speak for: its own, and that of its vehicle or of its facility."""
        return {
            card.id: card
            for card in finding.teams(self._db, self._mission)
            if card.device == self.name
            or (card.vehicle is not None and card.vehicle == self.vehicle)
            or (card.facility is not None and card.facility == self.facility)
        }

    def unless(self, may: bool, body: e.Body, meant: str | None) -> str:
        """Why it may not tell this of `meant`, and what to run; empty when it may."""
        if may:
            return ""
        if meant and (self.vehicle or self.facility or self.teams):
            return f"only a coordinator's device may speak for {meant}"
        kind = str(body.__struct_config__.tag)
        what = f"{kind} of {meant}" if meant else kind
        return (
            f"{self.name} is bound to no vehicle and may not tell {what};"
            f" run: casevac device add {self.name} --renew --vehicle VEHICLE"
        )


def _state(who: _Speaker, body: e.VehicleStatusChanged | e.VehicleConditionReported) -> str:
    """Without a vehicle it means its own, or itself."""
    may = not body.vehicle or body.vehicle == (who.vehicle or who.name)
    return who.unless(may, body, body.vehicle)


def _loaded(who: _Speaker, body: e.CasualtyLoaded) -> str:
    """The device of a team that goes with a vehicle names it; the vehicle's own need not."""
    if not body.vehicle:
        return who.unless(who.vehicle is not None, body, None)
    teams = [one for one in who.teams.values() if one.device == who.name]
    may = body.vehicle == who.vehicle or any(one.vehicle == body.vehicle for one in teams)
    return who.unless(may, body, body.vehicle)


def _handed_over(who: _Speaker, body: e.CasualtyHandedOver) -> str:
    """It names who takes over. Whether the one who gives had the casualty is not asked: words come late, and
    a refusal would lose a hand-over that happened."""
    return who.unless(bool(who.facility or who.vehicle or who.teams), body, None)


def _team(who: _Speaker, body: e.TeamStatusChanged) -> str:
    return who.unless(body.team in who.teams, body, body.team)


def _answered(who: _Speaker, body: e.AssetAnswered) -> str:
    mine = {who.facility, who.vehicle, *who.teams} - {None}
    return who.unless(body.asset in mine if body.asset else bool(mine), body, body.asset)


_RULES: dict[type[e.Body], Callable[[_Speaker, Any], str]] = {
    e.VehicleStatusChanged: _state,
    e.VehicleConditionReported: _state,
    e.CasualtyLoaded: _loaded,
    e.CasualtyHandedOver: _handed_over,
    e.TeamStatusChanged: _team,
    e.AssetAnswered: _answered,
}


def _own(said: FieldEvent, who: _Speaker, tasked: Mapping[str, str]) -> Reading:
    reason = ""
    if isinstance(said.body, _ANSWERS):
        vehicle = tasked.get(said.body.task)
        if vehicle and vehicle != (who.vehicle or who.name):
            reason = f"task {said.body.task} belongs to {vehicle}"
    elif (rule := _RULES.get(type(said.body))) is not None:
        reason = rule(who, said.body)
    return Unreadable(reason, said.device, said.epoch, said.n) if reason else said


def _limited(said: Reading, enrolled: Mapping[str, Enrolment]) -> bool:
    one = enrolled.get(said.device) if isinstance(said, FieldEvent) else None
    return one is not None and one.rights.role != Role.COORDINATOR


def _task(said: Reading) -> str:
    """The task that is answered; empty for any other word."""
    return said.body.task if isinstance(said, FieldEvent) and isinstance(said.body, _ANSWERS) else ""
