"""What is checked when somebody chooses the policy of the plan, locks something in it or releases it."""

from msgspec.structs import replace

from casevac import events as e
from casevac.errors import BadMessage, NotPossible
from casevac.ids import Mint
from casevac.locks import trouble
from casevac.policies import named
from casevac.tell import Checks
from casevac.view import View
from casevac.words import clock_time

Told = tuple[e.AnyBody, ...]


def _chosen(view: View, body: e.PolicyChosen, _: Mint) -> Told:
    found = named(body.policy)
    known = view.picture.policy
    if known is not None and (known.value.policy, known.value.version) == (found.name, str(found.version)):
        at = clock_time(known.stamp[0])
        raise NotPossible(f"plans are made by {found.name} already; {known.value.by} chose it at {at}")
    return (replace(body, version=str(found.version)),)


def _locked(view: View, body: e.PlanLocked, _: Mint) -> Told:
    if bool(body.casualty) == bool(body.vehicle):
        raise BadMessage("lock one thing: casualty with its facility, or vehicle")
    if body.casualty and not body.facility:
        raise BadMessage("say where the casualty is to go: facility is missing")
    if body.vehicle and body.facility:
        raise BadMessage("a vehicle is locked out of every plan: leave facility out")
    known = _known(view, body)
    if isinstance(known, e.PlanLocked):
        one = known.casualty or known.vehicle
        to = f" to {known.facility}" if known.facility else ""
        again = f"casevac plan unlock --{'casualty' if known.casualty else 'vehicle'} {one}"
        raise NotPossible(f"{one} is locked{to} already by {known.by}, which contradicts this: {again}")
    if body.casualty and (why := trouble(view, body.casualty, body.facility)):
        raise NotPossible(f"{body.casualty} to {body.facility} {why}")
    return (body,)


def _released(view: View, body: e.PlanReleased, _: Mint) -> Told:
    if bool(body.casualty) == bool(body.vehicle):
        raise BadMessage("release one thing: casualty or vehicle")
    if not isinstance(_known(view, body), e.PlanLocked):
        raise NotPossible(f"{body.casualty or body.vehicle} is not locked; nothing is to be released")
    return (body,)


def _known(view: View, body: e.PlanLocked | e.PlanReleased) -> e.PlanLocked | e.PlanReleased | None:
    """The last word on the same thing."""
    key = f"casualty {body.casualty}" if body.casualty else f"vehicle {body.vehicle}"
    said = view.picture.locks.get(key)
    return None if said is None else said.value


CHECKS: Checks = {
    e.PolicyChosen: _chosen,
    e.PlanLocked: _locked,
    e.PlanReleased: _released,
}
