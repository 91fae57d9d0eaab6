"""What a coordinator lays down for the planner: the policy, and what it must keep to."""

from typing import ClassVar

from casevac.events.shape import Name, Text, Told
from casevac.terms import Role


class PolicyChosen(Told, frozen=True, kw_only=True, tag="policy_chosen"):
    """From now on plans are made by this policy; `version` is filled in at the door."""

    policy: Name
    version: Text = ""
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class PlanLocked(Told, frozen=True, kw_only=True, tag="plan_locked"):
    """Every plan keeps to this: the casualty goes to that facility, or the vehicle is not planned at all."""

    casualty: Text = ""
    facility: Text = ""
    vehicle: Text = ""
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class PlanReleased(Told, frozen=True, kw_only=True, tag="plan_released"):
    """The casualty, or the vehicle, is planned freely again."""

    casualty: Text = ""
    vehicle: Text = ""
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR
