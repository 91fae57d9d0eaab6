"""What follows by itself from the picture, told once each: warnings, orders let go, ends of tasks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from casevac import orders, warn
from casevac.authority import guarded
from casevac.chain import Chain
from casevac.errors import NotPossible
from casevac.events import (
    AnswerOrdered,
    AnyBody,
    BedReleased,
    CancelOrdered,
    DivertOrdered,
    InboundAnswered,
    LaunchApproved,
    Option,
    VehicleTasked,
)
from casevac.mtf import closed
from casevac.notices import devices_of
from casevac.picture import Picture
from casevac.stamp import Said
from casevac.terms import ApprovalState, AssetKind
from casevac.view import View

STANDS_IN_AFTER = 0.2  # of the time after which an exercise answers a request by itself
Ordered = Said[AnswerOrdered | DivertOrdered | CancelOrdered]


class Due(NamedTuple):
    """Something to store, with the key under which it is stored once, whoever finds it first."""

    key: str
    body: AnyBody


def due(view: View) -> tuple[Due, ...]:
    """Everything that must be told now and was not; run again it gives nothing, once that is stored."""
    mission = view.picture.mission.id
    found = [Due(f"warn:{mission}:{one.request}:{one.asset}", one) for one in warn.warnings_due(view)]
    for body in orders.follow_up(view):
        word = "launch" if isinstance(body, VehicleTasked) else "follow"
        found.append(Due(f"{word}:{mission}:{body.task}", body))
    found += [Due(f"release:{mission}:{body.reservation}", body) for body in released(view)]
    return tuple(found)


def released(view: View) -> tuple[BedReleased, ...]:
    """Beds that are kept for casualties whom a chain that broke was to bring there, and none brings now.

    Of a bed that names no chain, that is the last chain planned for the casualty. A bed that was kept
    after the chain had ended stays.
    """
    brought = _brought(view) if view.wards.kept else {}
    found: list[BedReleased] = []
    for door, ones in sorted(view.wards.kept.items()):
        for kept in ones:
            casualty = view.casualty(kept.told.casualty)
            chain = view.picture.chains.get(kept.told.chain) or brought.get((door, kept.told.casualty))
            running = view.chain_of(casualty) if casualty is not None else None
            if chain is None or (running is not None and running.plan.facility == door):
                continue
            ended_at = _ended_at(view, chain)
            if ended_at is not None and kept.stamp[0] <= ended_at:
                why = f"chain {chain.id} is {view.chain_status[chain.id]}"
                said = view.broken(chain)
                found.append(BedReleased(reservation=kept.id, reason=f"{why}: {said}" if said else why))
    return tuple(found)


def _brought(view: View) -> dict[tuple[str, str], Chain]:
    """The last chain that was to bring each casualty to each facility."""
    ordered = sorted(view.picture.chains.values(), key=lambda one: one.planned.stamp)
    return {(one.plan.facility, zap): one for one in ordered for zap in one.plan.casualties}


def _ended_at(view: View, one: Chain) -> datetime | None:
    """When a chain was cancelled, denied, replaced or stood down; None while it runs or when it was
    finished."""
    if view.chain_status[one.id] not in ("cancelled", "replaced"):
        return None
    request, said = view.picture.requests.get(one.plan.request), view.approval(one)
    down = request.stood_down if request is not None else None
    tasks = view.tasks_of.get(one.id, {}).values()
    newer = (each for each in view.picture.chains.values() if each.plan.replaces == one.id)
    moments = [
        *(task.ended.stamp[0] for task in tasks if task.ended is not None),
        *(each.planned.stamp[0] for each in newer),
        *([down.stamp[0]] if down is not None else []),
        *([said.at] if said.state == ApprovalState.DENIED and said.at is not None else []),
    ]
    return min((at for at in moments if at >= one.planned.stamp[0]), default=None)


def pending(picture: Picture) -> list[tuple[str, Ordered]]:
    """Orders of coordinators without a screen that nobody settled yet, the oldest first."""
    open_ones = (one for one in picture.orders.values() if one.ordered is not None and one.settled is None)
    rows = [(one.id, one.ordered) for one in open_ones if one.ordered is not None]
    return sorted(rows, key=lambda row: (row[1].stamp, row[0]))


def stood_in(view: View) -> tuple[AnyBody, ...]:
    """What the built-in coordinator of an exercise says where no person did: launches are approved, and
    facilities without a device of their own accept those on the way to them."""
    wait = view.profile.auto_answer_s
    found: list[AnyBody] = []
    for key, status in sorted(view.chain_status.items()):
        one = view.picture.chains[key]
        since = view.now - one.planned.stamp[0]
        if status != "active" or wait is None or since < timedelta(seconds=wait * STANDS_IN_AFTER):
            continue
        said = view.approval(one)
        if said.state == ApprovalState.AWAITING:
            needs = guarded(view.picture, said.needed)
            found += [
                LaunchApproved(chain=key, vehicle=vehicle, authority=names[0], by="exercise staff")
                for vehicle, names in needs.items()
            ]
        own = devices_of(view, AssetKind.FACILITY, one.plan.facility)
        if not own and f"{key}/{one.plan.facility}" not in view.picture.inbound:
            found.append(
                InboundAnswered(chain=key, facility=one.plan.facility, accepts=True, by="exercise staff")
            )
    return tuple(found)


def to_divert(view: View) -> tuple[tuple[str, str], ...]:
    """Running chains of an exercise whose facility refuses them or is closed, with the reason, where nobody
    looked for another way for a while."""
    wait = view.profile.auto_answer_s
    found: list[tuple[str, str]] = []
    for key, status in sorted(view.chain_status.items()):
        if status != "active" or wait is None:
            continue
        plan = view.picture.chains[key].plan
        said, facility = (
            view.picture.inbound.get(f"{key}/{plan.facility}"),
            view.picture.facilities.get(plan.facility),
        )
        refused = said.value.reason or "refused" if said is not None and not said.value.accepts else ""
        why = refused or (closed(facility) if facility is not None else "")
        request = view.picture.requests.get(plan.request)
        looked_at = (
            request.decision.stamp[0] if request is not None and request.decision is not None else None
        )
        if why and (looked_at is None or view.now - looked_at >= timedelta(seconds=wait * STANDS_IN_AFTER)):
            found.append((key, f"{plan.facility}: {why}"))
    return tuple(found)


def best_that_fits(options: Sequence[Option], vehicle: str, facility: str) -> Option:
    """The best option with the vehicle and the facility that the order names; raises NotPossible in words."""
    fits = (
        one
        for one in options
        if (not vehicle or vehicle in one.vehicles) and (not facility or facility == one.facility)
    )
    found = next(fits, None)
    if found is not None:
        return found
    wanted = " and ".join(word for word in (vehicle, facility) if word) or "anybody"
    offered = "; ".join(one.summary for one in options) or "none"
    raise NotPossible(f"no option with {wanted}; offered were: {offered}")
