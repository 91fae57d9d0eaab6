"""Decisions as values: a picture and a wish in, events out. Ids come from the caller."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from casevac import chain as chains
from casevac import fleet, launch, warn
from casevac.authority import why_not_eligible
from casevac.casualty import Casualty
from casevac.chain import Chain
from casevac.errors import AlreadyTasked, BadMessage, NotPossible, Unknown
from casevac.events import (
    AlertRaised,
    AnyBody,
    ChainPlanned,
    Option,
    OptionsComputed,
    TaskCancelled,
    TaskFinished,
    VehicleTasked,
    body_from,
)
from casevac.fleet import waiting_of
from casevac.ids import Mint, with_ids
from casevac.mtf import closed
from casevac.picture import Picture
from casevac.stamp import Said
from casevac.task import Task
from casevac.terms import MissionKind, VehicleState
from casevac.view import View

SETTLED = timedelta(seconds=120)  # a crew has this long to say itself that it finished


def alert_body(fields: Mapping[str, Any], mint: Mint) -> AlertRaised:
    """The alert of four facts with the ids its sender left out; raises BadMessage naming what is missing."""
    missing = [name for name in ("who", "what", "how_many", "lon", "lat") if fields.get(name) in (None, "")]
    if missing:
        raise BadMessage(f"an alert needs who, where, how many and what: {', '.join(missing)} is missing")
    body = body_from("alert_raised", {name: value for name, value in fields.items() if value is not None})
    if not isinstance(body, AlertRaised):
        raise BadMessage("this is no alert")
    return with_ids(body, mint)


def plan_task(
    picture: Picture, decision: OptionsComputed, option: str, now: datetime, mint: Callable[[], str]
) -> tuple[AnyBody, ...]:
    """The chain and the orders of each of its vehicles, for one option of a decision.

    Raises Unknown for an option it does not have, AlreadyTasked when a vehicle or casualty of it
    belongs to a running chain by now, NotPossible when the facility or a vehicle can no longer do it.
    """
    chosen = next((one for one in decision.options if one.id == option), None)
    if chosen is None:
        known = ", ".join(one.id for one in decision.options) or "none"
        raise Unknown(f"decision {decision.decision} has no option {option!r}; it has {known}")
    _still_free(picture, chosen, now, decision.replaces)
    planned = ChainPlanned(
        chain=mint(),
        request=decision.request,
        decision=decision.decision,
        option=option,
        facility=chosen.facility,
        vehicles=chosen.vehicles,
        casualties=chosen.casualties,
        legs=chosen.legs,
        replaces=decision.replaces,
        promises=chosen.promises,
        left=_left(View(picture, now), chosen.casualties),
        standing=decision.standing,
    )
    view = View(_with(picture, planned, now), now)
    waits = view.approval(view.picture.chains[planned.chain]).needed
    tasked = [
        launch.orders_of(planned, vehicle, mint()) for vehicle in chosen.vehicles if vehicle not in waits
    ]
    return (planned, *warn.of_chain(picture, planned), *tasked)


def _left(view: View, casualties: Sequence[str]) -> tuple[str, ...]:
    """Those whom a chain left behind; it may still run for others."""
    ones = (view.picture.casualties.get(zap) for zap in casualties)
    return tuple(one.id for one in ones if one is not None and view.left_by(one) is not None)


def _with(picture: Picture, planned: ChainPlanned, now: datetime) -> Picture:
    """The picture as it will be when the plan is stored."""
    chain = Chain(planned.chain, Said(planned, (now, 0, 0, 0, "")))
    return replace(picture, chains={**picture.chains, planned.chain: chain})


def _still_free(picture: Picture, chosen: Option, now: datetime, replaces: str) -> None:
    """Raises unless all of it is free; what the replaced chain has counts as free."""
    view = View(picture, now)
    if replaces and view.chain_status.get(replaces) != "active":
        raise NotPossible(f"chain {replaces} runs no more; ask for options again")
    picture = view.picture  # in which those who were merged are one
    for name in chosen.vehicles:
        vehicle = picture.vehicles.get(name)
        if view.awaiting.get(name) not in (None, replaces or None):
            raise AlreadyTasked(
                f"{name} is kept for chain {view.awaiting[name]} by now; ask for options again"
            )
        task = None if vehicle is None else view.task_of(vehicle)
        if task is not None and task.running and not (replaces and task.chain == replaces):
            raise AlreadyTasked(f"{name} has task {task.id} by now; ask for options again")
        if vehicle is None or view.vehicle_state(vehicle) == VehicleState.OUT_OF_SERVICE:
            raise NotPossible(f"{name} is out of service by now; ask for options again")
    _casualties_free(view, chosen, replaces)
    _may_arrive(view, chosen)


def _casualties_free(view: View, chosen: Option, replaces: str) -> None:
    picture = view.picture
    for named in chosen.casualties:
        casualty = picture.casualties.get(named)
        if casualty is not None and (why := why_not_eligible(view.profile, casualty)):
            raise NotPossible(f"{named} {why}")
        running = view.chain_of(casualty) if casualty is not None else None
        if running is not None and running.id != replaces:
            raise AlreadyTasked(f"{named} is in chain {running.id} by now; ask for options again")
        if casualty is None or casualty.gone or not (running or _can_go(view, casualty, chosen)):
            raise NotPossible(f"{named} does not wait at the scene any more; ask for options again")


def _may_arrive(view: View, chosen: Option) -> None:
    """Raises NotPossible when the facility, or one stopped at on the way, may not take them by now."""
    known = view.picture.facilities
    for named in (*chosen.via, chosen.facility):
        facility = known.get(named)
        why = "is not known" if facility is None else closed(facility)
        if why:
            raise NotPossible(f"facility {named} {why} by now; ask for options again")
    going = [view.picture.casualties[zap] for zap in chosen.casualties]
    if against := fleet.against(view, known[chosen.facility], going):
        raise NotPossible(f"facility {chosen.facility} {'; '.join(against)} by now; ask for options again")


def _can_go(view: View, one: Casualty, chosen: Option) -> bool:
    """True for one without a plan at the scene, in a facility that is not its last, or aboard its vehicle."""
    return one.waits or view.must_go_on(one) or one.vehicle in chosen.vehicles


def cancel_task(picture: Picture, task: str, reason: str) -> tuple[TaskCancelled, ...]:
    """Take a task back and with it the others of its chain, for a chain works whole or not at all.

    Raises Unknown for a task nobody sent, NotPossible for one that has ended.
    """
    known = picture.tasks.get(task)
    if known is None or known.sent is None:
        raise Unknown(f"no task {task!r} in this mission")
    if known.ended is not None:
        raise NotPossible(f"task {task} is {known.ended.value.value} already")
    same = (one for one in picture.tasks.values() if one.running and one.chain == known.chain)
    ordered = sorted(same, key=lambda one: (one.id != task, one.id))
    return tuple(TaskCancelled(task=one.id, reason=reason) for one in ordered)


# --- what follows by itself


def follow_up(view: View) -> tuple[TaskCancelled | TaskFinished | VehicleTasked, ...]:
    """What must follow on tasks: ends where a chain broke or the work is done without the crew's word,
    orders where an authority let a vehicle go over the air."""
    found: list[TaskCancelled | TaskFinished | VehicleTasked] = []
    for key, tasks in sorted(view.tasks_of.items()):
        running = [task for _, task in sorted(tasks.items()) if task.running]
        if not running:
            continue
        status = view.chain_status.get(key, "cancelled")
        if status == "replaced":
            newer = sorted(one.id for one in view.picture.chains.values() if one.plan.replaces == key)
            found += launch.taken_back(view, key, f"replaced by chain {newer[0]}")
        elif status == "cancelled":
            found += launch.taken_back(view, key, _why_broken(view, key, tasks))
        else:
            found += [TaskFinished(task=task.id) for task in running if _done(view, key, task.vehicle)]
    for key in sorted(view.picture.chains):
        found += launch.launched(view, view.picture.chains[key])
    return tuple(found)


def _why_broken(view: View, key: str, tasks: Mapping[str, Task]) -> str:
    one = view.picture.chains.get(key)
    if one is not None and (why := view.broken(one)):
        return why
    ended = [f"{t.vehicle} {t.status}" for _, t in sorted(tasks.items()) if t.ended is not None]
    return f"the chain is broken: {', '.join(ended) or 'it was never planned'}"


def _done(view: View, chain: str, vehicle: str) -> bool:
    """True when every leg of the vehicle, or the whole chain, was done some time ago."""
    running = view.picture.chains[chain]
    if chains.status(running, view.picture.casualties, {}) == "finished":  # nobody of it needs a vehicle
        ones = (view.picture.casualties[zap] for zap in running.plan.casualties)
        return view.now - max(one.moves[-1].at for one in ones) > SETTLED
    done, _ = view.travelled(running)
    mine = [so_far for leg, so_far in zip(running.plan.legs, done, strict=True) if leg.vehicle == vehicle]
    ends = [so_far.done_at for so_far in mine if so_far.done_at is not None]
    return bool(mine) and len(ends) == len(mine) and view.now - max(ends) > SETTLED


def unanswered(view: View) -> tuple[str, ...]:
    """Requests of an exercise that nobody acted on for as long as its profile allows, oldest first.

    Raises NotPossible in a live mission: there only a person answers.
    """
    if view.picture.mission.kind != MissionKind.EXERCISE:
        raise NotPossible("in a live mission a person tasks; the built-in coordinator acts in exercises only")
    wait = view.profile.auto_answer_s
    if wait is None:
        return ()
    open_since = {key: _open_since(view, key) for key in view.requests}
    due = [
        (since, key)
        for key, since in open_since.items()
        if since is not None and view.now - since >= timedelta(seconds=wait)
    ]
    return tuple(key for _, key in sorted(due))


def _open_since(view: View, request: str) -> datetime | None:
    """Since when somebody of the request waits and nobody looked for options, acknowledged or told more."""
    waiting = waiting_of(view, request)
    if not waiting:
        return None
    moments = [one.reported.stamp[0] for one in waiting if one.reported is not None]
    known = view.requests[request]
    said = [one.stamp[0] for one in (known.decision, known.acknowledged) if one is not None]
    told = [*(one.at for one in known.nine_lines[-1:]), *(one.at for one in known.methanes[-1:])]
    moments += [*said, *told]
    moments += [
        task.ended.stamp[0]
        for task in view.picture.tasks.values()
        if task.request == request and task.ended is not None
    ]
    return max(moments, default=None)
