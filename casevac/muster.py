"""Who and what one plan of the whole mission may choose from: casualties, vehicles, what is under way."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from casevac.casualty import Casualty, precedence
from casevac.chain import Chain
from casevac.events import Refusal, Stop
from casevac.fleet import going_on, outside, scene_of, start_of, waiting_of
from casevac.locks import barred
from casevac.mtf import Facility
from casevac.terms import Category, LegState, Mode, VehicleState
from casevac.vehicle import Trip as Asked
from casevac.vehicle import Vehicle, unfit, why_not_free
from casevac.view import View


class Waits(NamedTuple):
    """A casualty to plan for and where it is; `chain` when an order was given that has not begun."""

    casualty: Casualty
    request: str
    at: Stop
    chain: str = ""


class Comes(NamedTuple):
    """A vehicle to plan with: from where and from when on; `chain` is what it does until then."""

    vehicle: Vehicle
    start: Stop
    free_at: datetime
    turnout_s: float
    chain: str = ""


class Muster(NamedTuple):
    """Everything to choose from, and what is not, with the reasons."""

    waiting: tuple[Waits, ...]  # most urgent first
    vehicles: tuple[Comes, ...]
    facilities: tuple[Facility, ...]  # every registered one; the closed ones can do nothing
    orders: Mapping[str, Chain]  # given and not begun, by chain
    refused: tuple[Refusal, ...]
    unplanned: tuple[tuple[Casualty, str], ...]  # who waits and cannot be planned for, and why


def mustered(view: View) -> Muster:
    """What a plan made now may choose from.

    Trips that have begun are frozen: their vehicles come free where and when those end, their casualties
    are on the way. An order that nobody has acted on yet may still be changed.
    """
    orders = {one.id: one for one in view.active if _not_begun(view, one)}
    waiting = [*_at_scenes(view), *_of_orders(view, orders)]
    waiting.sort(key=lambda one: precedence(one.casualty))
    comes, refused = _vehicles(view, orders)
    known = (one for _, one in sorted(view.picture.facilities.items()))
    return Muster(
        tuple(waiting),
        tuple(comes),
        tuple(one for one in known if one.registered is not None),
        orders,
        tuple(refused),
        tuple(_unplanned(view, {one.casualty.id for one in waiting})),
    )


def _not_begun(view: View, chain: Chain) -> bool:
    """True when no crew of it has said yes, moved or loaded; on foot nobody waits for a word."""
    if any(leg.mode == Mode.FOOT for leg in chain.plan.legs):
        return False
    done, _ = view.travelled(chain)
    tasks = view.tasks_of.get(chain.id, {}).values()
    return all(one.state == LegState.PLANNED for one in done) and not any(one.accepted_at for one in tasks)


def _at_scenes(view: View) -> Iterator[Waits]:
    for request in view.requests:
        poi = scene_of(view, request)
        for one in waiting_of(view, request) if poi is not None else ():
            if poi is not None and one.lives:
                yield Waits(one, request, poi)
        for one, at in going_on(view, request):
            yield Waits(one, request, at)


def _of_orders(view: View, orders: Mapping[str, Chain]) -> Iterator[Waits]:
    for key, chain in sorted(orders.items()):
        for zap in chain.plan.casualties:
            one = view.picture.casualties.get(zap)
            running = None if one is None else view.chain_of(one)
            if one is None or running is None or running.id != key or one.triage == Category.DEAD:
                continue
            legs = [leg for leg in chain.plan.legs if zap in leg.casualties]
            if legs:
                yield Waits(one, one.request_id, legs[0].start, key)


def _unplanned(view: View, planned: set[str]) -> Iterator[tuple[Casualty, str]]:
    """Who is on nobody's way although somebody should come."""
    for request in view.requests:
        for refusal in outside(view, request):
            yield view.picture.casualties[refusal.what], refusal.why
        if scene_of(view, request) is None:
            for one in waiting_of(view, request):
                yield one, "nobody told where it is"
    for one in view.picture.casualties.values():
        lost = one.vehicle and not one.gone and one.lives and view.chain_of(one) is None
        if lost and one.id not in planned:
            yield one, f"is aboard {one.vehicle} without a plan: ask for options of request {one.request_id}"


def _vehicles(view: View, orders: Mapping[str, Chain]) -> tuple[list[Comes], list[Refusal]]:
    """Every vehicle that may be planned with, those under way from their end on; the others with reasons."""
    out = barred(view.picture)
    busy = {name: one for one in view.active if one.id not in orders for name in one.plan.vehicles}
    found: list[Comes] = []
    refused: list[Refusal] = []
    for key, one in sorted(view.picture.vehicles.items()):
        if one.registered is None:
            continue
        comes = _under_way(view, one, busy[key]) if key in busy else _free(view, one, orders)
        why = [f"is locked out of plans by {out[key].by}"] if key in out else []
        why += _against(view, one, key in busy, orders)
        if comes is None and not why:
            why.append("has never reported a position and has no home")
        if why or comes is None:
            refused.append(Refusal(one.card.callsign, "; ".join(why)))
        else:
            found.append(comes)
    return found, refused


def _against(view: View, one: Vehicle, busy: bool, orders: Mapping[str, Chain]) -> list[str]:
    """Why it cannot be sent at all, now or later."""
    if view.vehicle_state(one) == VehicleState.OUT_OF_SERVICE:
        return ["is out of service"]
    if one.litters + one.seats == 0:
        return ["has no place for any casualty"]
    task = view.task_of(one)
    ordered = task is not None and task.running and task.chain in orders
    if busy or ordered:
        return []
    return why_not_free(one, task, view.aboard.get(one.id, ())) + unfit(one, Asked(), view.profile, view.now)


def _free(view: View, one: Vehicle, orders: Mapping[str, Chain]) -> Comes | None:
    start = start_of(view, one)
    if start is None:
        return None
    wait = max(0.0, (view.ready_at(one.id) - view.now).total_seconds())
    ordered = next((key for key, chain in orders.items() if one.id in chain.plan.vehicles), "")
    return Comes(one, start, view.now, wait, ordered)


def _under_way(view: View, one: Vehicle, chain: Chain) -> Comes | None:
    """Where and when the trip that has begun ends, by the forecast of now."""
    _, arrivals = view.travelled(chain)
    mine = [(leg, at) for leg, at in zip(chain.plan.legs, arrivals, strict=True) if leg.vehicle == one.id]
    if not mine:
        return _free(view, one, {})
    leg, at = max(mine, key=lambda row: row[1].p50_at)
    free_at = max(view.now, at.p50_at + timedelta(seconds=view.profile.hand_over_s))
    return Comes(one, leg.end, free_at, 0.0, chain.id)


def frozen(view: View, orders: Sequence[str]) -> list[Chain]:
    """The running chains that a plan leaves as they are."""
    return [one for one in view.active if one.id not in orders]
