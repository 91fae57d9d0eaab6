"""A casualty: what was reported, who has it, how far it has come."""

from datetime import datetime

import msgspec

from casevac.mission import Profile
from casevac.stamp import Said, Stamp, value_of
from casevac.terms import Capability, CasualtyState, Category, Source

PRECEDENCE = (Category.T1, Category.UNKNOWN, Category.T2, Category.T3, Category.T4, Category.DEAD)
"""Who goes first; one not yet triaged goes before T2, for it may be a T1."""


class Place(msgspec.Struct, frozen=True):
    """Where something was reported to be, and within how many metres."""

    lon: float
    lat: float
    uncertainty_m: float | None = None


class Injury(msgspec.Struct, frozen=True):
    """When the injury happened, give or take so many seconds."""

    at: datetime
    uncertainty_s: float | None = None


class Move(msgspec.Struct, frozen=True, order=True):
    """One change of custody: from this instant a vehicle or a facility has the casualty."""

    stamp: Stamp
    vehicle: str = ""
    facility: str = ""

    @property
    def at(self) -> datetime:
        """When custody changed."""
        return self.stamp[0]


class Casualty(msgspec.Struct, frozen=True):
    """A casualty under its ZAP id; each fact is the latest one said about it."""

    id: str
    reported: Said[Source] | None = None  # the first report
    request: Said[str] | None = None
    place: Said[Place] | None = None
    injury: Said[Injury] | None = None
    category: Said[Category] | None = None
    what: Said[str] | None = None
    bleeding_control_at: datetime | None = None
    advanced_care_at: datetime | None = None
    surgery_at: datetime | None = None
    moves: tuple[Move, ...] = ()
    chain: Said[str] | None = None

    @property
    def triage(self) -> Category:
        """The category last decided, UNKNOWN before the first."""
        return value_of(self.category, Category.UNKNOWN)

    @property
    def custody(self) -> Move | None:
        """Who has the casualty now; None at the point of injury."""
        return self.moves[-1] if self.moves else None

    @property
    def vehicle(self) -> str:
        """The vehicle that carries the casualty, or nothing."""
        return self.moves[-1].vehicle if self.moves else ""

    @property
    def facility(self) -> str:
        """The facility that has the casualty, or nothing."""
        return self.moves[-1].facility if self.moves else ""

    @property
    def waits(self) -> bool:
        """True while the casualty is still where it was hurt."""
        return not self.moves

    def needs(self, profile: Profile) -> tuple[Capability, ...]:
        """What its facility must be able to do, by category, from the mission's profile."""
        return profile.needs.get(self.triage, ())


def moved(moves: tuple[Move, ...], move: Move) -> tuple[Move, ...]:
    """The custody history with one more change, in the order in which they happened."""
    return moves if move in moves else tuple(sorted((*moves, move)))


def state_of(casualty: Casualty, planned: bool) -> CasualtyState:
    """How far the casualty has come; `planned` says that a running chain carries it."""
    if casualty.surgery_at is not None:
        return CasualtyState.IN_SURGERY
    if casualty.facility:
        return CasualtyState.HANDED_OVER
    if casualty.vehicle:
        return CasualtyState.LOADED
    if planned:
        return CasualtyState.PLANNED
    return CasualtyState.ASSESSED if casualty.category is not None else CasualtyState.REPORTED


def precedence(casualty: Casualty) -> tuple[int, str]:
    """Sort key: most urgent first, ties by id."""
    return PRECEDENCE.index(casualty.triage), casualty.id
