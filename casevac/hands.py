"""In whose hands a request was for how long: each wait for somebody, measured like any drive."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from casevac.chain import Chain, window
from casevac.duty import Warned
from casevac.request import Request, RequestState
from casevac.task import Task
from casevac.terms import VehicleState
from casevac.view import View

MOVING = (VehicleState.TO_PICKUP, VehicleState.ON_SCENE, VehicleState.TO_FACILITY)


class Hold(NamedTuple):
    """Somebody had it from `since`; while it is still with them, `until` and `seconds` are None."""

    who: str
    what: str
    since: datetime
    until: datetime | None = None

    @property
    def seconds(self) -> float | None:
        """How long they had it; never negative, whatever the clocks said."""
        return None if self.until is None else max(0.0, (self.until - self.since).total_seconds())


def hands(view: View, request: str) -> list[Hold]:
    """Every wait of the request in the order in which they began.

    Of a request that is closed only those that ended are told: nobody waits for the others any more.
    """
    known = view.requests.get(request)
    if known is None:
        return []
    mine = chains_of(view, request)
    found = [*_caller(view, known), *_centre(view, known, mine), *_warned(view, request)]
    found += _specialists(view, request)
    for one in mine:
        found += [*_authority(view, one), *_crews(view, one), *_facility(view, one)]
    over = view.request_state(request) == RequestState.CLOSED
    kept = (hold for hold in found if hold.until is not None or not over)
    return sorted(kept, key=lambda hold: (hold.since, hold.who, hold.what))


def chains_of(view: View, request: str) -> list[Chain]:
    """The chains planned for the request, in the order of their planning."""
    return view.chains_of_request.get(request, [])


def opened_at(view: View, request: str) -> datetime | None:
    """When the first word of the request came."""
    known = view.requests.get(request)
    moments = [known.opened_at] if known is not None else []
    for zap in view.of_request.get(request, ()):
        reported = view.picture.casualties[zap].reported
        moments.append(reported.stamp[0] if reported is not None else None)
    return min((at for at in moments if at is not None), default=None)


def decision_s(view: View, request: str) -> float | None:
    """Seconds from the first word to the first plan: a leg of 10-1-2 like any drive; None before it."""
    begun, mine = opened_at(view, request), chains_of(view, request)
    if begun is None or not mine:
        return None
    return max(0.0, (mine[0].planned.stamp[0] - begun).total_seconds())


def approval_s(view: View, request: str) -> float | None:
    """Seconds that authorities took for all chains of the request; None when none was asked or answered."""
    spent = [found for one in chains_of(view, request) if (found := view.approval(one).seconds) is not None]
    return sum(spent) if spent else None


def _caller(view: View, known: Request) -> Iterator[Hold]:
    """Whoever calls, from the first word until lines 1 to 5 of the 9-line were told; when one was begun."""
    begun = opened_at(view, known.id)
    if begun is not None and known.nine_lines:
        yield Hold(known.who or "caller", "9-line to launch", begun, known.launchable_at)


def _centre(view: View, known: Request, mine: list[Chain]) -> Iterator[Hold]:
    begun = opened_at(view, known.id)
    if begun is None:
        return
    planned_at = mine[0].planned.stamp[0] if mine else None
    looked_at = known.decision.stamp[0] if known.decision is not None else None
    if looked_at is not None and planned_at is not None:
        looked_at = min(looked_at, planned_at)
    heard_at = known.acknowledged.stamp[0] if known.acknowledged is not None else None
    acted_at = looked_at or planned_at
    yield Hold("coordinator", "acknowledge", begun, heard_at or acted_at)
    late = heard_at is None or (acted_at is not None and heard_at > acted_at)
    yield Hold("coordinator", "options", begun if late or heard_at is None else heard_at, acted_at)
    if looked_at is not None:
        yield Hold("coordinator", "task", looked_at, planned_at)


def _authority(view: View, one: Chain) -> Iterator[Hold]:
    said = view.approval(one)
    if said.asked_at is not None and (said.at is not None or view.chain_status[one.id] == "active"):
        who = said.by or " or ".join(said.authorities)
        yield Hold(who, f"approve chain {one.id}", said.asked_at, said.at)


def _warned(view: View, request: str) -> Iterator[Hold]:
    for known in view.warnings_of.get(request, ()):
        if known.warned is not None:
            yield Hold(known.asset, "make ready", known.warned.stamp[0], _settled_at(known))


def _settled_at(known: Warned) -> datetime | None:
    """When it was ready, or said that it cannot be."""
    said = known.answered
    if said is None or (not said.value.ready and said.value.ready_at is not None):
        return None
    return said.stamp[0]


def _crews(view: View, one: Chain) -> Iterator[Hold]:
    for vehicle, task in sorted(view.tasks_of.get(one.id, {}).items()):
        if task.sent is None:
            continue
        ended_at = task.ended.stamp[0] if task.ended is not None else None
        yield Hold(vehicle, "accept the task", task.sent[0], task.accepted_at or ended_at)
        if task.accepted_at is not None:
            yield Hold(vehicle, "set out", task.accepted_at, _moving_at(view, one, task) or ended_at)


def _moving_at(view: View, one: Chain, task: Task) -> datetime | None:
    known, within = view.picture.vehicles.get(task.vehicle), window(one, task)
    said = known.said if known is not None else ()
    return next((at for at, state in said if state in MOVING and within.holds(at)), None)


def _facility(view: View, one: Chain) -> Iterator[Hold]:
    said = view.picture.inbound.get(f"{one.id}/{one.plan.facility}")
    if said is not None or view.chain_status[one.id] == "active":
        until = said.stamp[0] if said is not None else None
        yield Hold(one.plan.facility, f"answer the inbound of chain {one.id}", one.planned.stamp[0], until)


def _specialists(view: View, request: str) -> Iterator[Hold]:
    mine = set(view.of_request.get(request, ()))
    for key, one in view.picture.questions.items():
        if one.asked is not None and one.asked.value.casualty in mine:
            until = one.answer.stamp[0] if one.answer is not None else None
            yield Hold(
                one.asked.value.to or "specialist", f"answer question {key}", one.asked.stamp[0], until
            )
