"""Who lies where and for whom a bed is kept, in all facilities of a picture at an instant."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from casevac import beds
from casevac.beds import Keeping, Kept, Room, Stay
from casevac.casualty import Casualty
from casevac.mtf import Facility
from casevac.picture import Picture
from casevac.terms import Bed


class Wards:
    """What follows from a picture for beds; worked out on demand and kept.

    `inbound` are casualties by the facility they are bound for; `ended_at` tells when the care of a
    casualty ended by an outcome that asks for no bed.
    """

    def __init__(
        self,
        picture: Picture,
        now: datetime,
        inbound: Mapping[str, Sequence[str]],
        ended_at: Callable[[Casualty], datetime | None],
    ) -> None:
        self._picture = picture
        self._now = now
        self._inbound = inbound
        self._ended_at = ended_at

    @cached_property
    def stays(self) -> dict[str, list[Stay]]:
        """Every stay of a casualty, by facility."""
        return beds.stays(self._picture.casualties.values(), self._ended_at)

    @cached_property
    def keeping(self) -> dict[str, Keeping]:
        """What became of each reservation."""
        found = {}
        for key, one in self._picture.reservations.items():
            casualty = self._picture.casualties.get(one.reserved.value.casualty) if one.reserved else None
            ended_at = None if casualty is None else self._ended_at(casualty)
            if (state := beds.keeping(one, casualty, ended_at, self._now)) is not None:
                found[key] = state
        return found

    @cached_property
    def kept(self) -> dict[str, list[Kept]]:
        """The reservations that keep a bed, by facility, the earliest first."""
        found: defaultdict[str, list[Kept]] = defaultdict(list)
        for key, state in self.keeping.items():
            reserved = self._picture.reservations[key].reserved
            if state == Keeping.KEPT and reserved is not None:
                found[reserved.value.facility].append(Kept(reserved.stamp, key, reserved.value))
        return {facility: sorted(ones) for facility, ones in found.items()}

    def rooms(self, facility: Facility, but: Collection[str] = ()) -> dict[Bed, Room]:
        """The facility's beds by kind, for everybody but these casualties."""
        board, counted = facility.board, beds.counted(facility.board)
        kept = [one for one in self.kept.get(facility.id, ()) if one.told.casualty not in but]
        promised = {one.told.casualty for one in self.kept.get(facility.id, ())}
        coming = Counter(
            self._bed_of(zap, facility.id, counted)
            for zap in self._inbound.get(facility.id, ())
            if zap not in promised and zap not in but
        )
        reserved = Counter(one.told.bed for one in kept)
        lying: defaultdict[Bed, list[Stay]] = defaultdict(list)
        for stay in self.stays.get(facility.id, ()):
            lying[self._bed_of(stay.casualty, facility.id, counted)].append(stay)
        return {
            bed: beds.room(board, bed, lying[bed])._replace(reserved=reserved[bed], inbound=coming[bed])
            for bed in Bed
            if bed in counted or reserved[bed]
        }

    def _bed_of(self, zap: str, facility: str, counted: Collection[Bed]) -> Bed:
        """The kind of bed the casualty has or gets there: as reserved, else by its needs."""
        bed = self._used.get((zap, facility)) or beds.bed_for(
            self._picture.casualties[zap].needs(self._picture.mission.profile)
        )
        return bed if bed in counted else Bed.WARD

    @cached_property
    def _used(self) -> dict[tuple[str, str], Bed]:
        """Kinds of beds by casualty and facility, as the reservations they came on said."""
        told = sorted(
            (one.reserved.stamp, one.reserved.value)
            for key, one in self._picture.reservations.items()
            if one.reserved is not None and self.keeping.get(key) == Keeping.USED
        )
        return {(body.casualty, body.facility): body.bed for _, body in told}

    def overbooked(self, facility: Facility) -> set[str]:
        """Ids of its reservations for which there is no bed: the earliest are served first."""
        return beds.overbooked(self.kept.get(facility.id, ()), self.rooms(facility))
