"""Decisions as values: a picture and a wish in, events out. Ids come from the caller."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from casevac import zap
from casevac.errors import AlreadyTasked, BadMessage, NotPossible, Unknown
from casevac.events import (
    FIELD_KINDS,
    KINDS,
    AlertRaised,
    AnyBody,
    CasualtyHandedOver,
    CasualtyLoaded,
    CasualtyReported,
    ChainPlanned,
    Option,
    OptionsComputed,
    TaskCancelled,
    TaskFinished,
    VehicleStatusChanged,
    VehicleTasked,
    body_from,
)
from casevac.fleet import waiting_of
from casevac.picture import Picture
from casevac.terms import MissionKind, VehicleState
from casevac.view import View

Mint = Callable[[], str]
SETTLED = timedelta(seconds=120)  # a crew has this long to say itself that it finished


def alert_body(fields: Mapping[str, Any], request: str, mint_zap: Mint) -> AlertRaised:
    """The alert of four facts with the ids its sender left out; raises BadMessage naming what is missing."""
    missing = [name for name in ("who", "what", "how_many", "lon", "lat") if fields.get(name) in (None, "")]
    if missing:
        raise BadMessage(f"an alert needs who, where, how many and what: {', '.join(missing)} is missing")
    body = body_from("alert_raised", {name: value for name, value in fields.items() if value is not None})
    if not isinstance(body, AlertRaised):
        raise BadMessage("this is no alert")
    return with_ids(body, request, mint_zap)


def with_ids(body: AlertRaised, request: str, mint_zap: Mint) -> AlertRaised:
    """The alert with a request id and a ZAP id of its own for each casualty."""
    named = tuple(zap.canonical(one) for one in body.casualties)
    if len(set(named)) < len(named):
        raise BadMessage("the alert names a casualty twice")
    while len(named) < body.how_many:
        minted = mint_zap()
        named = named if minted in named else (*named, minted)
    return msgspec.structs.replace(body, request=body.request or request, casualties=named)


def plan_task(
    picture: Picture, decision: OptionsComputed, option: str, now: datetime, mint: Mint
) -> tuple[AnyBody, ...]:
    """The chain and the orders of each of its vehicles, for one option of a decision.

    Raises Unknown for an option it does not have, AlreadyTasked when a vehicle or casualty of it
    belongs to a running chain by now, NotPossible when the facility or a vehicle can no longer do it.
    """
    chosen = next((one for one in decision.options if one.id == option), None)
    if chosen is None:
        known = ", ".join(one.id for one in decision.options) or "none"
        raise Unknown(f"decision {decision.decision} has no option {option!r}; it has {known}")
    _still_free(picture, chosen, now)
    chain = mint()
    planned = ChainPlanned(
        chain=chain,
        request=decision.request,
        decision=decision.decision,
        option=option,
        facility=chosen.facility,
        vehicles=chosen.vehicles,
        casualties=chosen.casualties,
        legs=chosen.legs,
    )
    return (planned, *(_orders(planned, vehicle, mint()) for vehicle in chosen.vehicles))


def _orders(planned: ChainPlanned, vehicle: str, task: str) -> VehicleTasked:
    legs = tuple(leg for leg in planned.legs if leg.vehicle == vehicle)
    aboard = {one for leg in legs for one in leg.casualties}
    return VehicleTasked(
        task=task,
        chain=planned.chain,
        request=planned.request,
        vehicle=vehicle,
        casualties=tuple(one for one in planned.casualties if one in aboard),
        legs=legs,
    )


def _still_free(picture: Picture, chosen: Option, now: datetime) -> None:
    view = View(picture, now)
    for name in chosen.vehicles:
        vehicle = picture.vehicles.get(name)
        task = None if vehicle is None else view.task_of(vehicle)
        if task is not None and task.running:
            raise AlreadyTasked(f"{name} has task {task.id} by now; ask for options again")
        if vehicle is None or view.vehicle_state(vehicle) == VehicleState.OUT_OF_SERVICE:
            raise NotPossible(f"{name} is out of service by now; ask for options again")
    for named in chosen.casualties:
        casualty = picture.casualties.get(named)
        running = view.chain_of(casualty) if casualty is not None else None
        if running is not None:
            raise AlreadyTasked(f"{named} is in chain {running.id} by now; ask for options again")
        if casualty is None or not casualty.waits:
            raise NotPossible(f"{named} does not wait at the scene any more; ask for options again")
    facility = picture.facilities.get(chosen.facility)
    if facility is None or not facility.card.open:
        raise NotPossible(f"facility {chosen.facility} is closed by now; ask for options again")


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


def voice_body(
    picture: Picture, kind: str, fields: Mapping[str, Any], request: str, mint_zap: Mint
) -> AnyBody:
    """What a radio call tells, as a device would have reported it.

    Raises BadMessage in words, and Unknown for a vehicle, casualty, facility or task nobody knows:
    what is typed from a radio call is a slip more often than news. `request` is the id of a new one.
    """
    if kind not in FIELD_KINDS:
        can = ", ".join(sorted(FIELD_KINDS))
        raise BadMessage(f"a radio call cannot report {kind[:40]!r}; it can report {can}")
    if not str(fields.get("speaker") or "").strip():
        raise BadMessage("say who spoke on the radio: speaker is missing")
    told = _with_uncertainty(picture, kind, fields)
    known = {field.name for field in msgspec.structs.fields(KINDS[kind])}
    if strange := sorted(set(told) - known):
        raise BadMessage(f"{kind} does not know {', '.join(strange)}; it knows {', '.join(sorted(known))}")
    body = body_from(kind, told)
    _all_known(picture, body)
    _complete(body)
    if isinstance(body, AlertRaised):
        return with_ids(body, request, mint_zap)
    if isinstance(body, CasualtyReported) and not body.casualty:
        return msgspec.structs.replace(body, casualty=mint_zap())
    return body


def _with_uncertainty(picture: Picture, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with ZAP ids as usual and, for a place, the radius within which a spoken one lies."""
    told = {name: value for name, value in fields.items() if value is not None}
    if told.get("casualty"):
        told["casualty"] = zap.canonical(told["casualty"])
    if kind in ("alert_raised", "casualty_reported"):
        told.setdefault("uncertainty_m", picture.mission.profile.spoken_place_m)
    return told


def _all_known(picture: Picture, body: AnyBody) -> None:
    tables: dict[str, Collection[str]] = {
        "vehicle": picture.vehicles,
        "facility": picture.facilities,
        "task": picture.tasks,
    }
    if not isinstance(body, CasualtyReported):
        tables["casualty"] = picture.casualties
    for name, known in tables.items():
        value = getattr(body, name, None)
        if value and value not in known:
            raise Unknown(f"no {name} {value!r} in this mission; look at the list and try again")


def _complete(body: AnyBody) -> None:
    if isinstance(body, CasualtyLoaded | VehicleStatusChanged) and not body.vehicle:
        raise BadMessage("a radio call must name the vehicle: vehicle is missing")
    if isinstance(body, CasualtyHandedOver) and not (body.facility or body.vehicle):
        raise BadMessage("say who took the casualty over: give facility or vehicle")


# --- what follows by itself


def follow_up(view: View) -> tuple[TaskCancelled | TaskFinished, ...]:
    """Tasks that have to end: of a chain that broke, or done long enough without the crew's word."""
    found: list[TaskCancelled | TaskFinished] = []
    for key, tasks in sorted(view.tasks_of.items()):
        running = [task for _, task in sorted(tasks.items()) if task.running]
        status = view.chain_status.get(key, "cancelled")
        if status == "cancelled":
            broken = [f"{t.vehicle} {t.status}" for _, t in sorted(tasks.items()) if t.ended is not None]
            why = f"the chain is broken: {', '.join(broken) or 'it was never planned'}"
            found += [TaskCancelled(task=task.id, reason=why) for task in running]
        else:
            found += [TaskFinished(task=task.id) for task in running if _done(view, key, task.vehicle)]
    return tuple(found)


def _done(view: View, chain: str, vehicle: str) -> bool:
    """True when every leg of the vehicle was done some time ago."""
    running = view.picture.chains[chain]
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
    """Since when somebody of the request waits and nobody, person or machine, looked for options."""
    waiting = waiting_of(view, request)
    if not waiting:
        return None
    moments = [one.reported.stamp[0] for one in waiting if one.reported is not None]
    decision = view.requests[request].decision
    if decision is not None:
        moments.append(decision.stamp[0])
    moments += [
        task.ended.stamp[0]
        for task in view.picture.tasks.values()
        if task.request == request and task.ended is not None
    ]
    return max(moments, default=None)
