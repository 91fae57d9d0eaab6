"""A treatment facility: what it can do, who is there or on the way, why it may not take a casualty."""

from collections.abc import Sequence

import msgspec

from casevac.events import FacilityRegistered
from casevac.stamp import Said
from casevac.terms import Capability

CARING = frozenset((Capability.RESUS, Capability.DCR, Capability.DCS))
"""With any of these, being handed over means that advanced care has begun."""


class Facility(msgspec.Struct, frozen=True):
    """A treatment facility; one that was only named has no capability until it is registered."""

    id: str
    registered: Said[FacilityRegistered] | None = None

    @property
    def card(self) -> FacilityRegistered:
        """What is registered of it."""
        if self.registered is not None:
            return self.registered.value
        return FacilityRegistered(id=self.id, name=self.id, lon=0.0, lat=0.0, open=False)

    @property
    def cares(self) -> bool:
        """True when advanced care begins at its door."""
        return not CARING.isdisjoint(self.card.capabilities)


def may_take(facility: Facility, needs: Sequence[Capability], free_beds: int, more: int = 1) -> list[str]:
    """Reasons against bringing `more` casualties with these needs, in words; none when it may take them.

    `free_beds` are those left when everyone on the way has come.
    """
    card = facility.card
    if facility.registered is None:
        return ["is not registered, so nobody knows what it can do"]
    reasons = [] if card.open else ["is closed"]
    missing = [need.value for need in needs if need not in card.capabilities]
    if missing:
        reasons.append(f"has no {', '.join(missing)}")
    elif Capability.DCS in needs and card.tables < 1:
        reasons.append("has no operating table")
    if free_beds < more:
        reasons.append(f"has {max(0, free_beds)} free beds beyond those on the way, {more} needed")
    return reasons


def table_queue(facility: Facility, ahead: int) -> str:
    """One line when those who need surgery outnumber the operating tables; empty when not."""
    tables = facility.card.tables
    if not tables or ahead < tables:
        return ""
    return f"{ahead} before them need {facility.card.name}'s operating table" + ("s" if tables > 1 else "")
