"""When surgery can begin at a facility for those who come, behind those it has committed to."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from casevac.board import count_in
from casevac.casualty import PRECEDENCE, Casualty
from casevac.clock import Expected
from casevac.mission import Profile
from casevac.mtf import Facility, tables_free
from casevac.picture import Picture
from casevac.terms import Capability
from casevac.theatre import Case, begins


class Theatre(NamedTuple):
    """From when each table is free, and who waits for one there or on the way: middle forecast, bound."""

    tables: tuple[datetime, ...]
    middle: tuple[Case, ...]
    bound: tuple[Case, ...]
    each_s: float


class Slot(NamedTuple):
    """When one casualty is operated on, how many go before, when the table is free for it."""

    begins: Expected
    ahead: int
    table_free_at: datetime


def theatre(
    facility: Facility,
    here: Sequence[Casualty],
    waiting: Sequence[tuple[Casualty, Expected | None]],
    profile: Profile,
    now: datetime,
) -> Theatre:
    """The tables of a facility and its queue: who is there, and who waits for surgery, ready from when on."""
    each = timedelta(seconds=profile.surgery_case_s)
    busy = sorted(one.surgery_at + each for one in here if one.surgery_at is not None)
    busy = [until for until in busy if until > now]
    tables = [max(now, at) for at in tables_free(facility.board, profile)]
    if count_in(facility.board, "tables") is None:
        tables = [now]  # nobody told how many: neither none nor plenty, and a risk that is told
    if "tables_busy_until" not in facility.board:
        tables = sorted([*busy, *tables[len(busy) :]][: len(tables)])
    return Theatre(
        tuple(tables),
        tuple(Case(one.id, at.p50_at if at else now, _urgency(one)) for one, at in waiting),
        tuple(Case(one.id, at.p90_at if at else now, _urgency(one)) for one, at in waiting),
        profile.surgery_case_s,
    )


def needs_surgery(profile: Profile, one: Casualty) -> bool:
    """True when the mission says that such a casualty needs damage-control surgery."""
    return Capability.DCS in one.needs(profile)


def waits(one: Casualty, profile: Profile) -> bool:
    """True while it needs surgery and nobody began to operate."""
    return one.surgery_at is None and needs_surgery(profile, one)


def queue(known: Theatre) -> dict[str, Expected]:
    """When each of the committed queue is operated on; empty without a table."""
    p50 = begins(known.tables, known.middle, known.each_s)
    p90 = begins(known.tables, known.bound, known.each_s)
    return {zap: Expected(at, max(at, p90[zap])) for zap, at in p50.items()}


class Theatres:
    """The theatres of a picture at an instant, each worked out once.

    `waiting` tells who is at a facility or on the way to it for surgery, and from when on each is ready.
    """

    def __init__(
        self,
        picture: Picture,
        now: datetime,
        waiting: Callable[[str], Sequence[tuple[Casualty, Expected | None]]],
    ) -> None:
        self._picture = picture
        self._now = now
        self._waiting = waiting
        self._known: dict[str, Theatre] = {}
        self._queues: dict[str, dict[str, Expected]] = {}

    def of(self, facility: Facility) -> Theatre:
        """The tables of the facility and its committed queue."""
        key, picture = facility.id, self._picture
        if key not in self._known:
            here = [picture.casualties[zap] for zap in picture.patients.get(key, ())]
            profile = picture.mission.profile
            self._known[key] = theatre(facility, here, self._waiting(key), profile, self._now)
        return self._known[key]

    def begins(self, named: str) -> dict[str, Expected]:
        """When each of the committed queue is operated on; empty without a table."""
        if named not in self._queues:
            facility = self._picture.facilities.get(named)
            self._queues[named] = queue(self.of(facility)) if facility is not None else {}
        return self._queues[named]


def _urgency(one: Casualty) -> int:
    return PRECEDENCE.index(one.triage)


def slots(known: Theatre, ours: Sequence[tuple[Casualty, Expected]]) -> dict[str, Slot]:
    """When each of ours is operated on, ready from its own instant on; nobody without a table."""
    mine = {one.id for one, _ in ours}
    middle = [Case(one.id, ready.p50_at, _urgency(one)) for one, ready in ours]
    bound = [Case(one.id, ready.p90_at, _urgency(one)) for one, ready in ours]
    others = [case for case in known.middle if case.id not in mine]
    p50 = begins(known.tables, [*others, *middle], known.each_s)
    p90 = begins(known.tables, [*(c for c in known.bound if c.id not in mine), *bound], known.each_s)
    found: dict[str, Slot] = {}
    for one, _ in ours:
        if one.id in p50:
            before = [case for case in (*others, *middle) if p50[case.id] < p50[one.id]]
            free_at = _free_after(known, before)
            at = Expected(p50[one.id], max(p50[one.id], p90[one.id]))
            found[one.id] = Slot(at, len(before), min(free_at, p50[one.id]))
    return found


def _free_after(known: Theatre, before: Sequence[Case]) -> datetime:
    """The first instant at which a table is free when these have been operated on."""
    tables, ends = sorted(known.tables), begins(known.tables, before, known.each_s)
    for at in sorted(ends.values()):
        tables = sorted([*tables[1:], at + timedelta(seconds=known.each_s)])
    return tables[0]
