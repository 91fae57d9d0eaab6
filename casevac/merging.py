"""Casualties and requests that were merged, read as one; a split restores exactly what was told of each."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from casevac.casualty import Casualty, owners
from casevac.chain import Chain
from casevac.duty import Warned
from casevac.events import Leg, RequestStoodDown
from casevac.history import KEPT, united
from casevac.request import Request
from casevac.stamp import Said, Stamp
from casevac.state import Picture
from casevac.task import Task
from casevac.terms import Outcome

T = TypeVar("T", bound=msgspec.Struct)
Names = dict[str, str]
KEY = "resolved"  # under which a picture keeps what it is read as
HISTORIES = (
    "triages", "precedences", "steps", "all_moves", "vitals", "treatments", "mists", "outcomes",
    "eligibilities", "withdrawals",
)  # fmt: skip
OWNERS = ("of_request", "aboard", "patients")
LATEST = ("place", "injury", "what", "affiliation", "aged", "chain")


def kept(merges: Mapping[str, Said[str]], name: str) -> str:
    """The id that this one is read as. Merges that go in a circle are read as the smallest of the circle."""
    way = [name]
    while (said := merges.get(way[-1])) is not None and said.value:
        if said.value in way:
            return min(way[way.index(said.value) :])
        way.append(said.value)
    return way[-1]


def renamed(merges: Mapping[str, Said[str]]) -> Names:
    """Each merged id -> the one it is read as."""
    found = {name: kept(merges, name) for name, said in merges.items() if said.value}
    return {name: into for name, into in found.items() if name != into}


def resolved(picture: Picture) -> Picture:
    """The picture as it is read: merged casualties and requests joined, and named so everywhere.

    The picture itself when nothing is merged. What was worked out is kept with the picture.
    """
    if not picture.merges and not picture.request_merges:
        return picture
    known: Picture | None = picture.__dict__.get(KEY)
    if known is None:
        known = _requests_as_one(_casualties_as_one(picture))
        picture.__dict__[KEY] = known
    return known


def why_not(merges: Mapping[str, Said[str]], into: str, name: str) -> str:
    """Why two ids cannot be merged, in words; empty when they can."""
    if into == name:
        return f"{name} cannot be merged with itself"
    if (present := kept(merges, name)) != name:
        return f"{name} is merged into {present} already; split them first"
    if kept(merges, into) == name:
        return f"{into} is merged into {name} already; split them first"
    return ""


def also(picture: Picture) -> dict[str, list[str]]:
    """Each kept casualty -> the ids that are read as it; of the picture as it was told."""
    found: dict[str, list[str]] = {}
    for name, into in sorted(renamed(picture.merges).items()):
        found.setdefault(into, []).append(name)
    return found


def _casualties_as_one(picture: Picture) -> Picture:
    names = renamed(picture.merges)
    if not names:
        return picture
    casualties = {key: one for key, one in picture.casualties.items() if key not in names}
    at_work = frozenset(task.chain for task in picture.tasks.values() if task.running)
    for name in sorted(names):
        if (merged := picture.casualties.get(name)) is not None:
            into = casualties.get(names[name]) or Casualty(names[name])
            casualties[into.id] = joined(into, _living(merged, picture.merges[name].stamp), at_work)
    return replace(
        picture,
        casualties=casualties,
        **_lists(picture, casualties, {*names, *names.values()}),
        chains={key: _chain(one, names) for key, one in picture.chains.items()},
        tasks={key: _task(one, names) for key, one in picture.tasks.items()},
        reservations=_told(picture.reservations, "reserved", "casualty", names),
        questions=_told(picture.questions, "asked", "casualty", names),
    )


def _living(merged: Casualty, merged_at: Stamp) -> Casualty:
    """The merged one without the word that it never was: a duplicate was not, the person is."""
    kept_on = tuple(
        one for one in merged.outcomes if one.value.outcome != Outcome.CANCELLED or one.stamp > merged_at
    )
    return merged if len(kept_on) == len(merged.outcomes) else replace(merged, outcomes=kept_on)


def joined(one: Casualty, other: Casualty, at_work: frozenset[str] = frozenset()) -> Casualty:
    """Both casualties as the first, in its request: the latest of each fact, the histories united.

    Its chain is the one of which a task runs (`at_work`), else the later one.
    """
    changes: dict[str, Any] = {name: _later(getattr(one, name), getattr(other, name)) for name in LATEST}
    for name in HISTORIES:
        most = None if name == "withdrawals" else KEPT
        changes[name] = united(getattr(one, name), getattr(other, name), most)
    running = [said for said in (one.chain, other.chain) if said is not None and said.value in at_work]
    if running:
        changes["chain"] = max(running, key=lambda said: said.stamp)
    changes["request"] = one.request or other.request
    reports = [said for said in (one.reported, other.reported) if said is not None]
    changes["reported"] = min(reports, key=lambda said: said.stamp, default=None)
    changes["reporters"] = tuple(sorted({*one.reporters, *other.reporters}))
    return replace(one, **changes)


def _later(one: Said[T] | None, other: Said[T] | None) -> Said[T] | None:
    told = [said for said in (one, other) if said is not None]
    return max(told, key=lambda said: said.stamp, default=None)


def _requests_as_one(picture: Picture) -> Picture:
    names = renamed(picture.request_merges)
    if not names:
        return picture
    requests = {key: one for key, one in picture.requests.items() if key not in names}
    for name in sorted(names):
        if (merged := picture.requests.get(name)) is not None:
            into = requests.get(names[name]) or Request(names[name])
            ended = _ended(into, merged, picture.request_merges[name].stamp)
            requests[into.id] = replace(filled(into, merged), ended=ended)
    theirs = [zap for name in names for zap in picture.of_request.get(name, ())]
    casualties = {**picture.casualties, **{zap: _belongs(picture, zap, names) for zap in theirs}}
    warnings: dict[str, Warned] = {}
    for one in picture.warnings.values():
        into_request = names.get(one.request, one.request)
        key = f"{into_request}/{one.asset}"
        warnings[key] = filled(warnings.get(key) or replace(one, request=into_request), one)
    return replace(
        picture,
        requests=requests,
        warnings=warnings,
        casualties=casualties,
        **_lists(picture, casualties, theirs),
        chains={key: _chain(one, {}, names) for key, one in picture.chains.items()},
        tasks={key: _task(one, {}, names) for key, one in picture.tasks.items()},
        orders=_told(picture.orders, "ordered", "request", names),
    )


def _ended(into: Request, merged: Request, merged_at: Stamp) -> Said[RequestStoodDown] | None:
    """The word that stands down both: not what was told of the merged one alone, as a duplicate, and
    none from before the merged one asked."""
    ended, asked = into.ended, merged.last_asked
    if merged.ended is not None and merged.ended.stamp > merged_at:
        ended = _later(ended, merged.ended)
    return None if ended is not None and asked is not None and asked > ended.stamp else ended


def filled(one: T, other: T) -> T:
    """The first with what only the other tells; histories united, an opening source the sooner one."""
    changes: dict[str, Any] = {}
    for name in one.__struct_fields__:
        mine, theirs = getattr(one, name), getattr(other, name)
        if name == "source" and isinstance(mine, Said) and isinstance(theirs, Said):
            changes[name] = min(mine, theirs, key=lambda said: said.stamp)
        elif isinstance(mine, tuple) and isinstance(theirs, tuple) and theirs:
            stamped = all(hasattr(each, "stamp") for each in (*mine, *theirs))
            changes[name] = united(mine, theirs, None) if stamped else mine or theirs
        elif isinstance(mine, dict) and isinstance(theirs, dict):
            changes[name] = {**theirs, **mine}
        elif mine is None:
            changes[name] = theirs
    return replace(one, **changes)


# --- other names for the same


def _named(names: Names, told: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names.get(one, one) for one in told))


def _leg(leg: Leg, names: Names) -> Leg:
    return replace(leg, casualties=_named(names, leg.casualties))


def _chain(chain: Chain, names: Names, requests: Names | None = None) -> Chain:
    plan = chain.plan
    requests = requests or {}
    if plan.request not in requests and names.keys().isdisjoint(plan.casualties):
        return chain
    plan = replace(
        plan,
        request=requests.get(plan.request, plan.request),
        casualties=_named(names, plan.casualties),
        legs=tuple(_leg(leg, names) for leg in plan.legs),
    )
    return replace(chain, planned=Said(plan, chain.planned.stamp))


def _task(task: Task, names: Names, requests: Names | None = None) -> Task:
    requests = requests or {}
    if task.request not in requests and names.keys().isdisjoint(task.casualties):
        return task
    return replace(
        task,
        request=requests.get(task.request, task.request),
        casualties=_named(names, task.casualties),
        legs=tuple(_leg(leg, names) for leg in task.legs),
    )


def _belongs(picture: Picture, zap: str, names: Names) -> Casualty:
    """The casualty as one of the request that its own was merged into."""
    one = picture.casualties[zap]
    stamp = picture.request_merges[one.request_id].stamp if one.request is None else one.request.stamp
    return replace(one, request=Said(names[one.request_id], stamp))


def _lists(picture: Picture, casualties: Mapping[str, Casualty], changed: Iterable[str]) -> dict[str, Any]:
    """Whose the changed casualties are, in place of what the picture lists."""
    lists = {group: dict(getattr(picture, group)) for group in OWNERS}
    for zap in changed:
        was = owners(picture.casualties[zap]) if zap in picture.casualties else frozenset()
        now = owners(casualties[zap]) if zap in casualties else frozenset()
        for group, owner in was - now:
            lists[group][owner] = tuple(one for one in lists[group][owner] if one != zap)
        for group, owner in now - was:
            lists[group][owner] = tuple(sorted((*lists[group].get(owner, ()), zap)))
    return {group: {key: zaps for key, zaps in found.items() if zaps} for group, found in lists.items()}


def _told(ones: dict[str, T], field: str, name: str, names: Names) -> dict[str, T]:
    """The nouns whose word in `field` names a casualty or request by another id."""
    return {key: _retold(one, field, name, names) for key, one in ones.items()}


def _retold(one: T, field: str, name: str, names: Names) -> T:
    said = getattr(one, field)
    value = getattr(said.value, name, None) if said is not None else None
    if value not in names:
        return one
    return replace(one, **{field: Said(replace(said.value, **{name: names[value]}), said.stamp)})
