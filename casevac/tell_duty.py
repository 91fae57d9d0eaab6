"""What is checked and added when somebody warns, approves, denies, receives or orders."""

from msgspec.structs import replace

from casevac import events as e
from casevac import launch
from casevac.errors import BadMessage, NotPossible, Unknown
from casevac.ids import Mint
from casevac.tell import Checks
from casevac.terms import AssetKind
from casevac.view import View

GROUPS = {AssetKind.VEHICLE: "vehicles", AssetKind.TEAM: "teams", AssetKind.FACILITY: "facilities"}
Told = tuple[e.AnyBody, ...]


def _warned(view: View, body: e.AssetWarned, _: Mint) -> Told:
    if body.asset not in getattr(view.picture, GROUPS[body.asset_kind]):
        raise Unknown(f"no {body.asset_kind} {body.asset!r} in this mission; give asset and asset_kind")
    return (body,)


def _answered(view: View, body: e.AssetAnswered, _: Mint) -> Told:
    if not body.asset:
        raise BadMessage("say who answered: asset is missing")
    if f"{body.request}/{body.asset}" not in view.picture.warnings:
        warned = [one.asset for one in view.picture.warnings.values() if one.request == body.request]
        who = ", ".join(sorted(warned)) or "nobody yet"
        raise NotPossible(f"{body.asset} was not warned of request {body.request}; warned: {who}")
    if not body.ready and body.ready_at is None and not body.reason:
        raise BadMessage("say why it cannot, or when it will be ready: give reason or ready_at")
    return (body,)


def _inbound(view: View, body: e.InboundAnswered, _: Mint) -> Told:
    plan = view.picture.chains[body.chain].plan
    doors = {plan.facility, *(leg.end.id for leg in plan.legs if leg.casualties)}
    if body.facility and body.facility not in doors:
        raise NotPossible(f"chain {body.chain} does not go to {body.facility}; it goes to {plan.facility}")
    if not body.accepts and not body.reason:
        raise BadMessage("say why they are refused: reason is missing")
    return (replace(body, facility=body.facility or plan.facility),)


def _approved(view: View, body: e.LaunchApproved, _: Mint) -> Told:
    return launch.approve(view, body)


def _denied(view: View, body: e.LaunchDenied, _: Mint) -> Told:
    return launch.deny(view, body)


def _stood_down(view: View, body: e.RequestStoodDown, _: Mint) -> Told:
    return launch.stand_down(view, body)


def _question(view: View, body: e.QuestionAnswered, _: Mint) -> Told:
    known = view.picture.questions[body.question]
    if known.answer is not None:
        raise NotPossible(f"question {body.question} was answered already: {known.answer.value.text[:80]}")
    return (body,)


def _orders(view: View, body: e.CancelOrdered, _: Mint) -> Told:
    if not view.picture.tasks[body.task].running:
        raise NotPossible(f"task {body.task} does not run any more")
    return (body,)


def _recall_seen(view: View, body: e.RecallAcknowledged, _: Mint) -> Told:
    if view.picture.tasks[body.task].recalled is None:
        raise NotPossible(f"task {body.task} was not taken back")
    return (body,)


CHECKS: Checks = {
    e.AssetWarned: _warned,
    e.AssetAnswered: _answered,
    e.InboundAnswered: _inbound,
    e.LaunchApproved: _approved,
    e.LaunchDenied: _denied,
    e.RequestStoodDown: _stood_down,
    e.QuestionAnswered: _question,
    e.CancelOrdered: _orders,
    e.RecallAcknowledged: _recall_seen,
}
