"""The fold of what is told of chains, tasks and the words of duty."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from casevac import events as e
from casevac.board import bounded
from casevac.chain import Chain, on_roads
from casevac.duty import Launch, Order, Warned
from casevac.events import Event
from casevac.fold_casualty import keep, known
from casevac.fold_means import own_vehicle
from casevac.request import Request
from casevac.stamp import Said, earliest, entry, later, sooner, stamp
from casevac.state import Draft, Folds
from casevac.task import Task, TaskEnd
from casevac.vehicle import Vehicle


def _options_computed(draft: Draft, event: Event, body: e.OptionsComputed) -> None:
    request = draft.get("requests", body.request, Request(body.request))
    decision = later(request.decision, body.decision, stamp(event))
    draft.put("requests", body.request, replace(request, decision=decision))


def _chain_planned(draft: Draft, event: Event, body: e.ChainPlanned) -> None:
    at = stamp(event)
    before = draft.get("chains", body.chain, None)
    planned = later(None if before is None else before.planned, body, at)
    chain = Chain(body.chain, planned) if before is None else replace(before, planned=planned)
    draft.put("chains", body.chain, _of_its_plan(chain))
    if body.request and body.request not in draft.all("requests"):
        draft.put("requests", body.request, Request(body.request))
    for zap in body.casualties:
        casualty = known(draft, zap)
        keep(draft, replace(casualty, chain=later(casualty.chain, body.chain, at)))


def _chain_rerouted(draft: Draft, event: Event, body: e.ChainRerouted) -> None:
    chain = draft.get("chains", body.chain, None)
    if chain is None:
        draft.odd(event, f"no chain {body.chain} is known")
        return
    at = stamp(event)
    roads = dict(chain.roads)
    for road in body.roads:
        roads[road.leg] = later(roads.get(road.leg), road, at)
    looked = later(chain.looked, body.standing, at)
    draft.put("chains", body.chain, _of_its_plan(replace(chain, roads=roads, looked=looked)))


def _of_its_plan(chain: Chain) -> Chain:
    """The chain without what was told of its roads before it was planned: that was of other legs."""
    since = chain.planned.stamp[0]
    roads = {leg: said for leg, said in chain.roads.items() if said.stamp[0] >= since}
    looked = chain.looked if chain.looked is not None and chain.looked.stamp[0] >= since else None
    return on_roads(replace(chain, roads=roads, looked=looked))


def _chains_confirmed(draft: Draft, event: Event, body: e.ChainsConfirmed) -> None:
    at = stamp(event)
    for key in body.chains:
        chain = draft.get("chains", key, None)
        if chain is not None and at[0] >= chain.planned.stamp[0]:
            draft.put("chains", key, replace(chain, looked=later(chain.looked, body.standing, at)))


def _vehicle_tasked(draft: Draft, event: Event, body: e.VehicleTasked) -> None:
    at, task = stamp(event), _task(draft, body.task)
    if task.sent is None or task.sent < at:
        task = replace(
            task,
            sent=at,
            chain=body.chain,
            request=body.request,
            vehicle=body.vehicle,
            casualties=body.casualties,
            legs=body.legs,
        )
    vehicle = draft.get("vehicles", body.vehicle, Vehicle(body.vehicle))
    draft.put("vehicles", body.vehicle, replace(vehicle, task=later(vehicle.task, body.task, at)))
    draft.put("tasks", body.task, task)


def _task_accepted(draft: Draft, event: Event, body: e.TaskAccepted) -> None:
    task = _task(draft, body.task)
    accepted_at = earliest(task.accepted_at, event.occurred_at)
    draft.put("tasks", body.task, replace(task, accepted_at=accepted_at))


def _task_ended(how: TaskEnd) -> Callable[[Draft, Event, Any], None]:
    def ended(draft: Draft, event: Event, body: e.TaskDeclined | e.TaskFinished | e.TaskCancelled) -> None:
        task = _task(draft, body.task)
        draft.put("tasks", body.task, replace(task, ended=sooner(task.ended, how, stamp(event))))

    return ended


def _task_cancelled(draft: Draft, event: Event, body: e.TaskCancelled) -> None:
    _task_ended(TaskEnd.CANCELLED)(draft, event, body)
    task = _task(draft, body.task)
    recalled = sooner(task.recalled, body.reason, stamp(event))
    draft.put("tasks", body.task, replace(task, recalled=recalled))


def _recall_acknowledged(draft: Draft, event: Event, body: e.RecallAcknowledged) -> None:
    task = _task(draft, body.task)
    seen_at = earliest(task.recall_seen_at, event.occurred_at)
    draft.put("tasks", body.task, replace(task, recall_seen_at=seen_at))


def _task(draft: Draft, task: str) -> Task:
    return draft.get("tasks", task, None) or Task(task)


# --- warned, approved, received, ordered


def _asset_warned(draft: Draft, event: Event, body: e.AssetWarned) -> None:
    key = f"{body.request}/{body.asset}"
    known_one = draft.get("warnings", key, Warned(body.request, body.asset))
    draft.put("warnings", key, replace(known_one, warned=sooner(known_one.warned, body, stamp(event))))


def _asset_answered(draft: Draft, event: Event, body: e.AssetAnswered) -> None:
    asset = body.asset or _own_asset(draft, event)
    if not asset:
        draft.odd(event, "no asset is named that answered")
        return
    key = f"{body.request}/{asset}"
    known_one = draft.get("warnings", key, Warned(body.request, asset))
    said = replace(body, ready_at=bounded(body.ready_at))
    draft.put("warnings", key, replace(known_one, answered=later(known_one.answered, said, stamp(event))))


def _own_asset(draft: Draft, event: Event) -> str:
    """The facility, team or vehicle that the event's device speaks for."""
    if not event.device:
        return ""
    enrolled = draft.get("devices", event.device, None)
    if enrolled is not None and enrolled.value.facility:
        return str(enrolled.value.facility)
    teams = draft.all("teams").values()
    own = next((one.id for one in teams if one.card.device == event.device), None)
    return own or own_vehicle(draft, event, None)


def _launch_decided(draft: Draft, event: Event, body: e.LaunchApproved | e.LaunchDenied) -> None:
    about = body.chain or (body.request if isinstance(body, e.LaunchApproved) else "")
    if not about:
        draft.odd(event, "neither a chain nor a request is named")
        return
    launch = draft.get("launches", about, Launch(about))
    said: Said[e.LaunchApproved | e.LaunchDenied] = Said(body, stamp(event))
    if said not in launch.words:
        words = tuple(sorted((*launch.words, said), key=lambda word: word.stamp))
        draft.put("launches", about, replace(launch, words=words))


def _own_facility(draft: Draft, event: Event) -> str:
    enrolled = draft.get("devices", event.device or "", None)
    return "" if enrolled is None else enrolled.value.facility or ""


def _inbound_answered(draft: Draft, event: Event, body: e.InboundAnswered) -> None:
    facility = body.facility or _own_facility(draft, event)
    if not facility:
        draft.odd(event, "no facility is named that answered")
        return
    key = f"{body.chain}/{facility}"
    draft.put("inbound", key, later(draft.get("inbound", key, None), body, stamp(event)))


def _ordered(draft: Draft, event: Event, body: e.AnswerOrdered | e.DivertOrdered | e.CancelOrdered) -> None:
    at = stamp(event)
    key = entry(at)
    order = draft.get("orders", key, Order(key))
    draft.put("orders", key, replace(order, ordered=sooner(order.ordered, body, at)))


def _order_settled(draft: Draft, event: Event, body: e.OrderSettled) -> None:
    order = draft.get("orders", body.order, Order(body.order))
    draft.put("orders", body.order, replace(order, settled=sooner(order.settled, body, stamp(event))))


FOLDS: Folds = {
    e.OptionsComputed: _options_computed,
    e.ChainPlanned: _chain_planned,
    e.ChainRerouted: _chain_rerouted,
    e.ChainsConfirmed: _chains_confirmed,
    e.VehicleTasked: _vehicle_tasked,
    e.TaskAccepted: _task_accepted,
    e.TaskDeclined: _task_ended(TaskEnd.DECLINED),
    e.TaskFinished: _task_ended(TaskEnd.FINISHED),
    e.TaskCancelled: _task_cancelled,
    e.RecallAcknowledged: _recall_acknowledged,
    e.AssetWarned: _asset_warned,
    e.AssetAnswered: _asset_answered,
    e.LaunchApproved: _launch_decided,
    e.LaunchDenied: _launch_decided,
    e.InboundAnswered: _inbound_answered,
    e.AnswerOrdered: _ordered,
    e.DivertOrdered: _ordered,
    e.CancelOrdered: _ordered,
    e.OrderSettled: _order_settled,
}
