"""Words that let vehicles go, hold them back or send everybody home, with what follows from them."""

from msgspec.structs import replace

from casevac.authority import allowed, needed, same, speakers
from casevac.chain import Chain
from casevac.duty import Launch
from casevac.errors import BadMessage, NotPossible
from casevac.events import (
    AnyBody,
    BedReleased,
    ChainPlanned,
    LaunchApproved,
    LaunchDenied,
    RequestStoodDown,
    TaskCancelled,
    VehicleTasked,
)
from casevac.events.shape import LONGEST_TEXT
from casevac.stamp import Said
from casevac.terms import ApprovalState
from casevac.view import View


def approve(view: View, said: LaunchApproved) -> tuple[AnyBody, ...]:
    """The word of an authority and the orders of the vehicles that may go now.

    Raises BadMessage, NotPossible naming who may say so.
    """
    if not said.chain and not said.request:
        raise BadMessage("say what is approved: chain, or request before there is a plan")
    if not said.chain:
        known = speakers(view.profile)
        if not any(same(one, said.authority) for one in known):
            raise NotPossible(f"{said.authority} may launch nothing; who may: {', '.join(known) or 'nobody'}")
        return (said,)
    one = view.picture.chains[said.chain]
    _may_speak(view, one, said)
    before = view.approval(one)
    if before.state == ApprovalState.DENIED:
        raise NotPossible(f"chain {one.id} was {before.words}; plan anew")
    if view.chain_status[one.id] != "active":
        raise NotPossible(f"chain {one.id} is {view.chain_status[one.id]}; nothing of it waits for approval")
    return (said, *launched(_heard(view, one, said), one))


def _heard(view: View, one: Chain, said: LaunchApproved) -> View:
    """The view as it will be when the word is stored."""
    word: Said[LaunchApproved | LaunchDenied] = Said(said, (view.now, 0, 0, 0, ""))
    known = view.picture.launches.get(one.id, Launch(one.id))
    launches = {**view.picture.launches, one.id: replace(known, words=(*known.words, word))}
    return View(replace(view.picture, launches=launches), view.now)


def deny(view: View, said: LaunchDenied) -> tuple[AnyBody, ...]:
    """The word of an authority; its chain is broken by it and what runs of it is taken back.

    Raises NotPossible naming who may say so, or when the chain is over.
    """
    one = view.picture.chains[said.chain]
    _may_speak(view, one, said)
    if view.chain_status[one.id] != "active":
        raise NotPossible(f"chain {one.id} is {view.chain_status[one.id]}; nothing of it can be denied")
    return (said, *taken_back(view, one.id, f"denied by {said.authority}: {said.reason}"))


def _may_speak(view: View, one: Chain, said: LaunchApproved | LaunchDenied) -> None:
    needs = needed(view.picture, one)
    if not needs:
        raise NotPossible(f"chain {one.id} needs no approval; its vehicles have their orders")
    if said.vehicle and said.vehicle not in needs:
        raise NotPossible(f"{said.vehicle} needs no approval in chain {one.id}; {', '.join(needs)} does")
    if not allowed(said, needs):
        who = "; ".join(f"{vehicle}: {' or '.join(names)}" for vehicle, names in needs.items())
        raise NotPossible(f"{said.authority} may not launch them; who may: {who}")


def stand_down(view: View, said: RequestStoodDown) -> tuple[AnyBody, ...]:
    """Nobody need come any more: what runs for the request is taken back, kept beds are released.

    Raises NotPossible when that was said already.
    """
    down = view.requests[said.request].stood_down
    if down is not None:
        raise NotPossible(
            f"request {said.request} was stood down at {down.stamp[0]:%H:%MZ}: {down.value.reason}"
        )
    mine = [key for key, one in sorted(view.picture.chains.items()) if one.plan.request == said.request]
    why = f"stood down: {said.reason}"
    ended = [body for key in mine for body in taken_back(view, key, why)]
    return (said, *ended, *_released(view, said.request, why))


def _released(view: View, request: str, why: str) -> list[BedReleased]:
    """Beds that are still kept for casualties of the request who are in no facility."""
    known = view.picture.casualties
    away = {zap for zap in view.of_request.get(request, ()) if not known[zap].facility}
    return [
        BedReleased(reservation=key, reason=why[:LONGEST_TEXT])
        for key, kept in sorted(view.picture.reservations.items())
        if kept.reserved is not None and kept.released is None and kept.reserved.value.casualty in away
    ]


def taken_back(view: View, chain: str, why: str) -> list[TaskCancelled]:
    """The end of everything that runs for the chain; a reason too long to be stored is cut."""
    tasks = sorted(view.tasks_of.get(chain, {}).items())
    return [TaskCancelled(task=task.id, reason=why[:LONGEST_TEXT]) for _, task in tasks if task.running]


def launched(view: View, one: Chain) -> tuple[VehicleTasked, ...]:
    """Orders for the vehicles of a running chain that may go now and were not ordered yet.

    Their ids follow from chain and vehicle, so whoever finds it first, they are ordered once.
    """
    needs = needed(view.picture, one)
    if not needs or view.chain_status[one.id] != "active":
        return ()
    ordered, waits = view.tasks_of.get(one.id, {}), view.approval(one).needed
    free = (vehicle for vehicle in needs if vehicle not in waits and vehicle not in ordered)
    return tuple(orders_of(one.plan, vehicle, f"{one.id}-{vehicle}"[:80]) for vehicle in free)


def orders_of(planned: ChainPlanned, vehicle: str, task: str) -> VehicleTasked:
    """The orders of one vehicle of a plan."""
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
