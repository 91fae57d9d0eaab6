"""What a command brought about, in words under its lines of the log: requests, approvals, what was chosen."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from casevac.entities import Json
from casevac.events import AlertRaised, ChainPlanned, Event, MethaneSent, NineLineSent, OptionsComputed
from casevac.events import Option as Way
from casevac.roof.tables import text, time
from casevac.told import one_json
from casevac.view import View
from casevac.warn import warnings_due


def _opens(event: Event) -> str:
    """The request that it opens; empty when it opens none."""
    body = event.body
    if isinstance(body, AlertRaised | NineLineSent):
        return body.request if body.casualties else ""
    return body.request if isinstance(body, MethaneSent) and body.zaps else ""


def tells_more(events: Sequence[Event]) -> bool:
    """True when there is more to say of these events than what the log does."""
    return any(_opens(event) or isinstance(event.body, ChainPlanned) for event in events)


def lines(view: View, events: Sequence[Event]) -> list[str]:
    """Ids to go on with, who is warned, whose approval is awaited; of a view that holds the events."""
    opened = sorted({_opens(event) for event in events} - {""})
    planned = [event.body.chain for event in events if isinstance(event.body, ChainPlanned)]
    told = [line for key in opened for line in _opened(view, one_json(view, "requests", key))]
    return told + [line for key in planned for line in _waits(one_json(view, "chains", key))]


def _opened(view: View, one: Json) -> Iterator[str]:
    yield f"request {one['id']}, casualties {text(one['casualties']) or 'none'}"
    warned = {each["asset"]: each["kind"] for each in one["warned"]}
    due = (each for each in warnings_due(view) if each.request == one["id"])
    warned |= {each.asset: each.asset_kind.value for each in due}
    names = ", ".join(f"{asset} ({kind})" for asset, kind in warned.items())
    yield f"warned: {names or 'nobody is near enough and free'}"
    for other in one["possible_duplicates"]:
        yield f"possible duplicate: {other['words']}"
        yield f"if it is one incident: casevac request merge {other['request']} --merged {one['id']}"


def _waits(one: Json) -> Iterator[str]:
    approval = one["approval"]
    if approval["state"] == "awaiting":
        who = " or ".join(approval["authorities"]) or "an authority"
        needed = text(approval["needed"])
        yield f"chain {one['id']} waits for the approval of {who}: no orders yet for {needed}"
        yield f"then: casevac plan approve {one['id']} --authority WHO"


def chosen(events: Sequence[Event], decision: OptionsComputed | None) -> list[str]:
    """The way that was chosen: when it arrives, how good it is, and what speaks against it."""
    for event in events:
        if isinstance(event.body, ChainPlanned) and decision is not None:
            return [
                line for way in decision.options if way.id == event.body.option for line in way_lines(way)
            ]
    return []


def way_lines(way: Way) -> list[str]:
    """Where it goes and when, its verdict, its risks."""
    pickup, soon, late = map(_at, (way.pickup_p50_at, way.arrive_p50_at, way.arrive_p90_at))
    when = f"pick-up {pickup}, arrival {soon}, nine in ten by {late}"
    verdict = f"{way.verdict}{' (≈ estimated)' if way.estimated else ''}"
    return [f"{way.summary}: {when}; {verdict}", *(f"  warning: {risk}" for risk in way.risks)]


def block(way: Way) -> list[str]:
    """An option of a decision: its line, why, what against, who meets each need, what is free then."""
    pickup, soon, late = map(_at, (way.pickup_p50_at, way.arrive_p50_at, way.arrive_p90_at))
    when = f"pick-up {pickup}  arrival {soon}  90 % by {late}"
    beds = way.beds_free_on_arrival
    free = "" if beds is None else f"beds free on arrival {beds}"
    theatre = "" if way.table_free_at is None else f"theatre free {_at(way.table_free_at)}"
    ahead = f"{way.ahead_in_queue} ahead in its queue" if way.ahead_in_queue else ""
    return [
        f"{way.id}  {way.summary}",
        f"   {when}  {way.verdict}{' ≈' if way.estimated else ''}",
        *(f"   + {word}" for word in way.reasons),
        *(f"   ! {word}" for word in way.risks),
        *(f"   can: {word}" for word in way.capability),
        *(
            [f"   {', '.join(word for word in (free, theatre, ahead) if word)}"]
            if free or theatre or ahead
            else []
        ),
    ]


def _at(at: datetime) -> str:
    return time(at.isoformat())
