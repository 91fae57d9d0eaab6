"""The beds of a facility: who lies in one, for whom one is kept, how many are left."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, cast

from casevac.board import Board, count_in
from casevac.casualty import Casualty
from casevac.duty import Reservation
from casevac.events import BedReserved
from casevac.stamp import Said, Stamp
from casevac.terms import Bed, Capability

BED_FOR = ((Capability.ISOLATION, Bed.ISOLATION), (Capability.ICU, Bed.ICU))
"""Whoever needs the capability needs such a bed; everybody else a ward bed."""


class Stay(NamedTuple):
    """A casualty in a facility, from its hand-over until it left."""

    casualty: str
    start: datetime
    end: datetime | None


class Keeping(StrEnum):
    """What became of a reservation."""

    KEPT = "kept"
    RELEASED = "released"
    EXPIRED = "expired"
    USED = "used"  # the casualty came
    VOID = "void"  # the casualty was handed over elsewhere


class Kept(NamedTuple):
    """A reservation that still keeps a bed."""

    stamp: Stamp
    id: str
    told: BedReserved


class Room(NamedTuple):
    """Beds of one kind now; None where nobody told. `free` is negative in an overcrowded house."""

    bed: Bed
    staffed: int | None
    free: int | None
    reserved: int = 0
    inbound: int = 0  # on the way without a reservation

    @property
    def left(self) -> int | None:
        """Free beds that nobody is to have."""
        return None if self.free is None else self.free - self.reserved - self.inbound


def bed_for(needs: Sequence[Capability]) -> Bed:
    """The kind of bed that these needs ask for."""
    return next((bed for need, bed in BED_FOR if need in needs), Bed.WARD)


def stays(
    casualties: Iterable[Casualty], left_at: Callable[[Casualty], datetime | None]
) -> dict[str, list[Stay]]:
    """Every stay by facility; `left_at` tells when the care of a casualty ended where it is now."""
    found: defaultdict[str, list[Stay]] = defaultdict(list)
    for one in casualties:
        for index, move in enumerate(one.moves):
            if move.facility:
                onward = one.moves[index + 1].at if index + 1 < len(one.moves) else left_at(one)
                found[move.facility].append(Stay(one.id, move.at, onward))
    return dict(found)


def keeping(
    one: Reservation, casualty: Casualty | None, ended_at: datetime | None, now: datetime
) -> Keeping | None:
    """What became of the reservation; None when only its release is known.

    `ended_at`: when the care of the casualty ended, by an outcome that asks for no bed.
    """
    if one.reserved is None:
        return None
    if one.released is not None:
        return Keeping.RELEASED
    came = None if casualty is None else _came(one.reserved, casualty)
    if came is not None:
        return came
    told, at = one.reserved.value, one.reserved.stamp[0]
    if ended_at is not None and ended_at >= at:
        return Keeping.VOID
    gone = told.until is not None and told.until <= now
    return Keeping.EXPIRED if gone else Keeping.KEPT


def _came(reserved: Said[BedReserved], casualty: Casualty) -> Keeping | None:
    """Whether the casualty came to the bed, or to a facility elsewhere; None while neither."""
    wanted = reserved.value.facility
    for move in casualty.moves:
        if move.facility == wanted and (move.stamp > reserved.stamp or casualty.facility == wanted):
            return Keeping.USED
        if move.facility and move.stamp > reserved.stamp:
            return Keeping.VOID
    return None


def room(board: Board, bed: Bed, there: Iterable[Stay]) -> Room:
    """Beds of one kind: free as last told, less those who came since, and those who left since."""
    staffed = count_in(board, f"beds.{bed}.staffed")
    told = _free_told(board, bed)
    if told is None:
        return Room(bed, staffed, None)
    free, since = told
    free = free if staffed is None else min(free, staffed)
    for stay in there:
        if stay.start >= since:
            free -= stay.end is None
        else:
            free += stay.end is not None and stay.end >= since
    return Room(bed, staffed, free if staffed is None else min(free, staffed))


def _free_told(board: Board, bed: Bed) -> tuple[int, datetime] | None:
    """The last word on free beds and its time: told as such, or as the occupied ones of those staffed."""
    free, occupied = board.get(f"beds.{bed}.free"), board.get(f"beds.{bed}.occupied")
    staffed = count_in(board, f"beds.{bed}.staffed")
    if occupied is not None and staffed is not None and (free is None or free.stamp <= occupied.stamp):
        return staffed - cast("int", occupied.value), occupied.as_of
    return None if free is None else (cast("int", free.value), free.as_of)


def counted(board: Board) -> tuple[Bed, ...]:
    """The kinds of beds whose free number somebody told, ward beds always."""
    return tuple(bed for bed in Bed if bed == Bed.WARD or _free_told(board, bed) is not None)


def overbooked(kept: Sequence[Kept], rooms: Mapping[Bed, Room]) -> set[str]:
    """Ids of reservations for which there is no bed: the earliest are served first."""
    found: set[str] = set()
    for bed, here in rooms.items():
        same = sorted(one for one in kept if one.told.bed == bed)
        if here.free is not None:
            found |= {one.id for one in same[max(0, here.free) :]}
    return found


def over_capacity(rooms: Iterable[Room]) -> str:
    """As `24 of 20 beds` when more lie there than are staffed; empty when not."""
    full = [one for one in rooms if one.staffed is not None and one.free is not None and one.free < 0]
    return ", ".join(
        f"{(one.staffed or 0) - (one.free or 0)} of {one.staffed} {words(one.bed)}" for one in full
    )


def words(bed: Bed) -> str:
    """The kind of bed in words: `beds`, `ICU beds`."""
    return {Bed.WARD: "beds", Bed.ISOLATION: "isolation beds"}.get(bed, f"{bed.value.upper()} beds")
