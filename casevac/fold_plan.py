"""The fold of what is laid down for the planner: policy and locks; whatever order the words come in."""

from msgspec.structs import replace

from casevac import events as e
from casevac.events import Event
from casevac.stamp import later, stamp
from casevac.state import Draft, Folds


def _policy_chosen(draft: Draft, event: Event, body: e.PolicyChosen) -> None:
    said = replace(body, by=body.by or body.speaker or event.actor)
    draft.set("policy", later(draft.one("policy"), said, stamp(event)))


def _locked_or_released(draft: Draft, event: Event, body: e.PlanLocked | e.PlanReleased) -> None:
    if not body.casualty and not body.vehicle:
        draft.odd(event, "neither a casualty nor a vehicle is named")
        return
    said = replace(body, by=body.by or body.speaker or event.actor)
    key = f"casualty {body.casualty}" if body.casualty else f"vehicle {body.vehicle}"
    draft.put("locks", key, later(draft.get("locks", key, None), said, stamp(event)))


FOLDS: Folds = {
    e.PolicyChosen: _policy_chosen,
    e.PlanLocked: _locked_or_released,
    e.PlanReleased: _locked_or_released,
}
