"""A treatment facility: what it can do, how its board stands, why it may not take a casualty."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import heapify, heapreplace
from typing import NamedTuple

import msgspec

from casevac.beds import Room, bed_for, over_capacity, words
from casevac.board import (
    Board,
    Figure,
    blood_in,
    count_in,
    merged,
    registered,
    sane,
    stale_after,
    usable,
    value_in,
)
from casevac.events import FacilityRegistered
from casevac.mission import Profile
from casevac.stamp import Said
from casevac.terms import Accepting, Bed, Capability, Stock

CARING = frozenset((Capability.RESUS, Capability.DCR, Capability.DCS))
"""With any of these, being handed over means that advanced care has begun."""
BLEEDING = frozenset((Capability.BLOOD, Capability.DCR, Capability.DCS))
"""Whoever needs one of these may need blood."""
RUNS_OUT = (
    (Stock.OXYGEN_HOURS, "oxygen"),
    (Stock.FUEL_HOURS, "fuel of the generator"),
)
WORDS_FOR = {"tables": "operating tables", "blood": "blood", "capabilities": "what it can do"}


class Facility(msgspec.Struct, frozen=True):
    """A treatment facility; one that was only named has no capability until it is registered."""

    id: str
    registered: Said[FacilityRegistered] | None = None
    told: dict[str, Figure] = {}

    @property
    def card(self) -> FacilityRegistered:
        """What is registered of it."""
        if self.registered is not None:
            return self.registered.value
        return FacilityRegistered(id=self.id, name=self.id, lon=0.0, lat=0.0, open=False)

    @property
    def board(self) -> Board:
        """Its figures: as registered, and as told since."""
        if self.registered is None:
            return self.told
        return merged(registered(self.registered), self.told)

    @property
    def capabilities(self) -> tuple[Capability, ...]:
        """What it can do now."""
        if "capabilities" not in self.told:
            return self.card.capabilities
        told: tuple[str, ...] = value_in(self.board, "capabilities", ())
        return tuple(Capability(one) for one in told)

    @property
    def accepting(self) -> Accepting:
        """Whether it takes casualties in; one that nobody registered does not."""
        if self.registered is None:
            return Accepting.CLOSED
        return Accepting(value_in(self.board, "accepting", Accepting.OPEN.value))

    @property
    def cares(self) -> bool:
        """True when advanced care begins at its door."""
        return not CARING.isdisjoint(self.capabilities)


class Standing(NamedTuple):
    """A facility as it stands now: its board and its beds."""

    facility: Facility
    board: Board
    rooms: Mapping[Bed, Room]
    now: datetime
    profile: Profile


class Verdict(NamedTuple):
    """What speaks against bringing somebody to a facility, and what may go wrong; both in words."""

    against: list[str]
    risks: list[str]


def may_take(
    here: Standing,
    wanted: Sequence[Sequence[Capability]],
    at: datetime,
    bedless: Sequence[Sequence[Capability]] | None = None,
) -> Verdict:
    """Whether the facility may take casualties who arrive at an instant; `wanted` are the needs of each.

    `bedless` are the needs of those of them for whom no bed is kept; without it, of all. The rooms of
    `here` count everybody reserved or on the way but those. What is not told, or told too long ago, is a
    risk: neither zero nor full.
    """
    if here.facility.registered is None:
        return Verdict(["is not registered, so nobody knows what it can do"], [])
    needs = {need for one in wanted for need in one}
    asked = Counter(_bed(here, one) for one in wanted)
    beds = asked if bedless is None else Counter(_bed(here, one) for one in bedless)
    full = _full(here, beds) if beds else ()
    against = [*_door(here), *_lacks(here.board, needs), *_stocks(here, needs, at), *full]
    risks = [*_unknown(here, needs, asked), *_short(here, needs, at), *_old(here, needs, asked)]
    return Verdict(against, risks)


def _bed(here: Standing, needs: Sequence[Capability]) -> Bed:
    """The kind of bed somebody would get: a ward bed where nobody told of a better one."""
    bed = bed_for(needs)
    return bed if bed in here.rooms and here.rooms[bed].free is not None else Bed.WARD


def closed(facility: Facility) -> str:
    """Why nobody may be brought there: `is closed: no power`; empty when it is open."""
    if facility.accepting == Accepting.OPEN:
        return ""
    reason = value_in(facility.board, "reason", "")
    return f"is {facility.accepting.value}" + (f": {reason}" if reason else "")


def _door(here: Standing) -> Iterator[str]:
    if why := closed(here.facility):
        yield why


def _lacks(board: Board, needs: set[Capability]) -> Iterator[str]:
    can: tuple[str, ...] = value_in(board, "capabilities", ())
    missing = [need.value for need in Capability if need in needs and need not in can]
    if missing:
        yield f"has no {', '.join(missing)}"
    elif Capability.DCS in needs and value_in(board, "tables", 1) < 1:
        yield "has no staffed operating table"


def _stocks(here: Standing, needs: set[Capability], at: datetime) -> Iterator[str]:
    if Capability.VENT in needs and value_in(here.board, f"stock.{Stock.VENTILATORS}", 1.0) < 1:
        yield "has no free ventilator"
    blood = blood_in(here.board)
    if Capability.BLOOD in needs and blood is not None and not sum(usable(blood, at).values()):
        yield "has no blood that is in date on arrival"


def _full(here: Standing, asked: Mapping[Bed, int]) -> Iterator[str]:
    if crowded := over_capacity(here.rooms.values()):
        yield f"is over capacity: {crowded}"
    for bed, more in asked.items():
        found = here.rooms.get(bed)
        if found is not None and found.left is not None and found.left < more:
            beyond = "those reserved or on the way" if found.reserved else "those on the way"
            yield f"has {max(0, found.left)} free {words(bed)} beyond {beyond}, {more} needed"


def _unknown(here: Standing, needs: set[Capability], asked: Mapping[Bed, int]) -> Iterator[str]:
    """What nobody ever told."""
    wanted = {bed_for([need]) for need in needs} | set(asked)
    never = [
        f"how many {words(bed)} are free" for bed in Bed if bed in wanted and not _known(here.rooms, bed)
    ]
    if Capability.DCS in needs and "tables" not in here.board:
        never.append("how many operating tables are staffed")
    if Capability.VENT in needs and f"stock.{Stock.VENTILATORS}" not in here.board:
        never.append("how many ventilators are free")
    if BLEEDING & needs and "blood" not in here.board:
        never.append("what blood it has")
    if never:
        yield f"nobody told {', '.join(never)}"


def _known(rooms: Mapping[Bed, Room], bed: Bed) -> bool:
    return bed in rooms and rooms[bed].free is not None


def _short(here: Standing, needs: set[Capability], at: datetime) -> Iterator[str]:
    """What may have run out on arrival."""
    for stock, name in RUNS_OUT:
        figure = here.board.get(f"stock.{stock}")
        hours = value_in(here.board, f"stock.{stock}", 0.0)
        if figure is not None and (at - figure.as_of).total_seconds() > hours * 3600:
            yield f"its {name} was told to last {hours:g} h from {_clock(figure.as_of)}"
    blood = blood_in(here.board)
    needed = BLEEDING & needs and Capability.BLOOD not in needs
    if needed and blood is not None and not sum(usable(blood, at).values()):
        yield "has no blood that is in date on arrival"
    if value_in(here.board, f"stock.{Stock.MEDICAL_STAFF}", 1.0) < 1:
        yield "told that no medical staff is on duty"
    for bed in (bed for bed in Bed if (told := here.rooms.get(bed)) is not None and told.staffed is not None):
        free, staffed = (value_in(here.board, f"beds.{bed}.{name}", 0) for name in ("free", "staffed"))
        if free > staffed:
            yield f"told {free} free of {staffed} staffed {words(bed)}, which cannot be"


def _old(here: Standing, needs: set[Capability], asked: Mapping[Bed, int]) -> Iterator[str]:
    """What was told too long ago, by the time it was told."""
    relied = [("capabilities", "capabilities")]
    relied += [(f"beds.{bed}.{name}", words(bed)) for bed in asked for name in ("free", "occupied")]
    relied += [("tables", "tables")] if Capability.DCS in needs else []
    relied += [("blood", "blood")] if BLEEDING & needs else []
    relied += [(f"stock.{Stock.VENTILATORS}", "ventilators")] if Capability.VENT in needs else []
    by_time: dict[datetime, list[str]] = {}
    for what, name in relied:
        figure = here.board.get(what)
        if figure is not None and stale_after(what, figure, here.profile) < here.now:
            named = by_time.setdefault(figure.as_of, [])
            named += [word for word in [WORDS_FOR.get(name, name)] if word not in named]
    for as_of, names in sorted(by_time.items()):
        yield f"{', '.join(names)} last told {_ago(as_of, here.now)}"


def _ago(at: datetime, now: datetime) -> str:
    """As `95 min ago`, `7 h ago` or, from two days on, `on 2021-03-16`."""
    seconds = (now - at).total_seconds()
    if seconds < 7200:
        return f"{seconds / 60:.0f} min ago"
    return f"{seconds / 3600:.0f} h ago" if seconds < 172_800 else f"on {at:%Y-%m-%d}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%MZ}"


# --- the operating theatre


def tables_free(board: Board, profile: Profile) -> list[datetime]:
    """From when on each staffed operating table is free, by its busy times and the queue as told.

    Soonest first; empty when it has none, or nobody told of any.
    """
    tables, count = board.get("tables"), count_in(board, "tables") or 0
    if tables is None or count < 1:
        return []
    told: tuple[str, ...] = value_in(board, "tables_busy_until", ())
    busy = sorted(datetime.fromisoformat(at) for at in told)
    free = ([tables.as_of] * max(0, count - len(busy)) + busy)[-count:]
    if (queue := board.get("queue")) is not None:
        free = [max(at, queue.as_of) for at in free]
        _operate(free, count_in(board, "queue") or 0, profile.surgery_case_s)
    return sorted(free)


def theatre_free(board: Board, at: datetime, ahead: int, profile: Profile) -> datetime | None:
    """When a table is free for one who comes at an instant, after `ahead` others who are there by then.

    They are beside those in the queue as told. None without a table that somebody told of.
    """
    free = [max(one, at) for one in tables_free(board, profile)]
    if not free:
        return None
    _operate(free, ahead, profile.surgery_case_s)
    return min(free)


def _operate(free: list[datetime], cases: int, each_s: float) -> None:
    """Let each case take the table that is free first."""
    heapify(free)
    for _ in range(cases):
        heapreplace(free, sane(free[0] + timedelta(seconds=each_s)))
