"""What an event is about: the ids it names, what it changes, and whether two people changed the same."""

from collections.abc import Iterable, Set
from typing import Any

from casevac.course import request_of
from casevac.duties import DUTIES
from casevac.events import FIELD_KINDS, AnyBody, Event, OptionsComputed
from casevac.view import View

FIELDS = (
    "casualty", "casualties", "zaps", "left", "kept", "merged", "request", "chain", "chains", "replaces",
    "task", "vehicle", "vehicles", "facility", "team", "asset", "reservation", "question", "site", "id",
)  # fmt: skip
"""Fields of events that hold ids, one or several."""
ADDS = frozenset(("vitals_taken", "treatment_given", "question_asked", "question_answered", "mist_reported"))
"""What is added to a record takes nothing back that another said, so it is never in anybody's way."""
_ORDERS = frozenset(("chain_planned", "chain_rerouted", "vehicle_tasked", "task_cancelled"))
_PLANS = frozenset(
    ("chain_planned", "bed_reserved", "inbound_answered")
)  # name a facility, and leave its board
_AIM = {duty.kind: duty.field for duty in DUTIES if duty.field}
_AIM["hazard_reported"] = "id"  # opens one, or changes the one of that id


def ids_of(body: AnyBody) -> Set[str]:
    """Every id that the event names."""
    found: set[str] = set()
    for name in FIELDS:
        told: Any = getattr(body, name, None)
        if isinstance(told, str):
            found.add(told)
        elif isinstance(told, tuple):
            found.update(one for one in told if isinstance(one, str))
    return found - {""}


def aim_of(body: AnyBody) -> str:
    """The id of what it changes, as the casualty of a triage; empty when it opens something new."""
    kind = str(body.__struct_config__.tag)
    return "" if kind in ADDS else str(getattr(body, _AIM.get(kind, ""), None) or "")


def in_the_way(since: Iterable[Event], body: AnyBody) -> list[Event]:
    """Which of the events that came since somebody looked changed what this is about to change."""
    aim = aim_of(body)
    plans = _PLANS if _AIM.get(str(body.__struct_config__.tag)) == "facility" else frozenset[str]()
    return [event for event in since if aim and _changes(event, plans) and aim in ids_of(event.body)]


def _changes(event: Event, plans: Set[str]) -> bool:
    return event.kind in FIELD_KINDS | _ORDERS and event.kind not in ADDS and event.kind not in plans


def story_ids(view: View, group: str, key: str) -> Set[str]:
    """The ids whose events tell the story of one entity: its own, and those of its request, chains and tasks.

    `group` is casualties, vehicles, facilities or requests; of the others the own id alone.
    """
    picture = view.picture
    if group == "vehicles":
        return {key} | {one.id for one in picture.tasks.values() if one.vehicle == key}
    if group == "requests":
        return {key} | _of_chains(view, {k for k, one in picture.chains.items() if one.plan.request == key})
    if group != "casualties":
        return {key}
    one = view.casualty(key)
    if one is None:
        return {key}
    chains = {name for name, chain in picture.chains.items() if one.id in chain.plan.casualties}
    return {one.id, *view.also.get(one.id, ()), request_of(one)} | _of_chains(view, chains)


def _of_chains(view: View, chains: Set[str]) -> Set[str]:
    return chains | {one.id for one in view.picture.tasks.values() if one.chain in chains}


def tells_of(event: Event, ids: Set[str]) -> bool:
    """True when the event belongs to the story of these ids; options that were only looked at do not."""
    return not isinstance(event.body, OptionsComputed) and not ids.isdisjoint(ids_of(event.body))
