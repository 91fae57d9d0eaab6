"""A casualty: what was reported, who has it, what was done, decided and measured."""

from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from casevac.events import (
    AdvancedCareStarted,
    BleedingControlled,
    CasualtyTriaged,
    EligibilityDecided,
    MistReported,
    OutcomeDecided,
    PrecedenceDecided,
    RecordWithdrawn,
    SurgeryStarted,
    TreatmentGiven,
    VitalsTaken,
)
from casevac.history import Entry, S, in_effect
from casevac.mission import Profile
from casevac.mist import Mist
from casevac.stamp import Said, Stamp, entry, value_of
from casevac.terms import Affiliation, AgeGroup, Capability, Category, Outcome, Precedence, Source, Treatment

PRECEDENCE = (Category.T1, Category.UNKNOWN, Category.T2, Category.T3, Category.T4, Category.DEAD)
"""Who goes first; one not yet triaged goes before T2, for it may be a T1."""
RANK = {category: rank for rank, category in enumerate(PRECEDENCE)}
PRECEDENCE_RANK = {
    Precedence.URGENT_SURGICAL: 0,
    Precedence.URGENT: 0,
    Precedence.UNKNOWN: 1,
    Precedence.PRIORITY: 2,
    Precedence.ROUTINE: 3,
    Precedence.CONVENIENCE: 4,
}
GONE = (Outcome.RETURNED_TO_DUTY, Outcome.EVACUATED_OUT, Outcome.CANCELLED)
STOPS_BLEEDING = (Treatment.TOURNIQUET, Treatment.WOUND_PACKING, Treatment.PRESSURE_DRESSING)
StepTold = BleedingControlled | AdvancedCareStarted | SurgeryStarted


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where something was reported to be, and within how many metres."""

    lon: float
    lat: float
    uncertainty_m: float | None = None


class Injury(msgspec.Struct, frozen=True, gc=False):
    """When the injury happened, give or take so many seconds."""

    at: datetime
    uncertainty_s: float | None = None


class Move(msgspec.Struct, frozen=True, order=True, gc=False):
    """One change of custody: from this instant a vehicle or a facility has the casualty."""

    stamp: Stamp
    vehicle: str = ""
    facility: str = ""
    loaded: bool = False  # taken aboard; else handed over by whoever had the casualty
    by: str = ""
    source: Source = Source.SYSTEM

    @property
    def at(self) -> datetime:
        """When custody changed."""
        return self.stamp[0]

    @property
    def id(self) -> str:
        """The id under which it can be withdrawn."""
        return entry(self.stamp)

    @property
    def to(self) -> str:
        """Who has the casualty from then on."""
        return self.vehicle or self.facility


class Tourniquet(msgspec.Struct, frozen=True):
    """A tourniquet that nobody has released: where, and since when."""

    site: str
    since: datetime
    entry: str


class Casualty(msgspec.Struct, frozen=True, dict=True):
    """A casualty under its ZAP id: the latest of each fact, and histories in the order of time.

    What follows from the histories leaves out the entries that were withdrawn, and is worked out once.
    """

    id: str
    reported: Said[Source] | None = None  # the first report
    reporters: tuple[str, ...] = ()
    request: Said[str] | None = None
    place: Said[Place] | None = None
    injury: Said[Injury] | None = None  # as reported; `hurt` heeds the MIST as well
    what: Said[str] | None = None
    affiliation: Said[Affiliation] | None = None
    aged: Said[AgeGroup] | None = None  # as reported; `age_group` heeds the MIST as well
    chain: Said[str] | None = None
    triages: tuple[Entry[CasualtyTriaged], ...] = ()
    precedences: tuple[Entry[PrecedenceDecided], ...] = ()
    steps: tuple[Entry[StepTold], ...] = ()
    all_moves: tuple[Move, ...] = ()
    vitals: tuple[Entry[VitalsTaken], ...] = ()
    treatments: tuple[Entry[TreatmentGiven], ...] = ()
    mists: tuple[Entry[MistReported], ...] = ()
    outcomes: tuple[Entry[OutcomeDecided], ...] = ()
    eligibilities: tuple[Entry[EligibilityDecided], ...] = ()
    withdrawals: tuple[Entry[RecordWithdrawn], ...] = ()

    @cached_property
    def withdrawn(self) -> frozenset[str]:
        """Ids of the entries that do not count."""
        return frozenset(one.value.entry for one in self.withdrawals)

    def counting(self, history: tuple[S, ...]) -> tuple[S, ...]:
        """The entries of a history that were not withdrawn."""
        if not self.withdrawals:
            return history
        return tuple(one for one in history if entry(one.stamp) not in self.withdrawn)

    @property
    def request_id(self) -> str:
        """The request it belongs to; one of its own when none was named."""
        return self.request.value if self.request is not None else f"R-{self.id}"

    # --- who goes first

    @cached_property
    def triage_effect(self) -> dict[str, bool]:
        """Entry id of each triage that counts -> whether it took effect: lowering needs a reason."""
        counting = self.counting(self.triages)
        words = [(one.value.category, one.value.reason) for one in counting]
        effect = in_effect(words, RANK, Category.UNKNOWN)
        return {one.id: took for one, took in zip(counting, effect, strict=True)}

    @cached_property
    def triaged(self) -> Entry[CasualtyTriaged] | None:
        """The triage in effect; None before the first."""
        counting = self.counting(self.triages)
        if len(counting) < 2:
            return counting[0] if counting else None
        return next(one for one in reversed(counting) if self.triage_effect[one.id])

    @property
    def triage(self) -> Category:
        """The category in effect, UNKNOWN before the first."""
        return Category.UNKNOWN if self.triaged is None else self.triaged.value.category

    @cached_property
    def precedence_effect(self) -> dict[str, bool]:
        """Entry id of each precedence that counts -> whether it took effect: lowering needs a reason."""
        counting = self.counting(self.precedences)
        words = [(one.value.precedence, one.value.reason) for one in counting]
        effect = in_effect(words, PRECEDENCE_RANK, Precedence.UNKNOWN)
        return {one.id: took for one, took in zip(counting, effect, strict=True)}

    @cached_property
    def prioritised(self) -> Entry[PrecedenceDecided] | None:
        """The precedence that a person decided and that is in effect; None when nobody did."""
        counting = self.counting(self.precedences)
        return next((one for one in reversed(counting) if self.precedence_effect[one.id]), None)

    def needs(self, profile: Profile) -> tuple[Capability, ...]:
        """What its facility must be able to do, by category, from the mission's profile."""
        return profile.needs.get(self.triage, ())

    def suggested_precedence(self, profile: Profile) -> Precedence:
        """What follows from category and needs: an urgent one who needs surgery is urgent-surgical."""
        found = profile.precedence_of.get(self.triage, Precedence.UNKNOWN)
        surgical = found == Precedence.URGENT and Capability.DCS in self.needs(profile)
        return Precedence.URGENT_SURGICAL if surgical else found

    def precedence(self, profile: Profile) -> Precedence:
        """The precedence as a person decided it, else as suggested."""
        if self.prioritised is None:
            return self.suggested_precedence(profile)
        return self.prioritised.value.precedence

    # --- who has it

    @property
    def moves(self) -> tuple[Move, ...]:
        """The changes of custody that count, in the order in which they happened."""
        return self.counting(self.all_moves)

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

    # --- what was done

    def first_step(self, kind: type[StepTold]) -> Entry[StepTold] | None:
        """The first word on a step of 10-1-2 that counts."""
        return next((one for one in self.counting(self.steps) if isinstance(one.value, kind)), None)

    @cached_property
    def bleeding_controlled(self) -> Entry[StepTold] | Entry[TreatmentGiven] | None:
        """What first proves it: somebody's word, or a treatment that stops bleeding."""
        stopped = (one for one in self.counting(self.treatments) if one.value.treatment in STOPS_BLEEDING)
        told: tuple[Entry[StepTold] | Entry[TreatmentGiven] | None, ...] = (
            self.first_step(BleedingControlled),
            next(stopped, None),
        )
        return min((one for one in told if one is not None), key=lambda one: one.stamp, default=None)

    @property
    def bleeding_control_at(self) -> datetime | None:
        """When the bleeding was first controlled."""
        return None if self.bleeding_controlled is None else self.bleeding_controlled.at

    @cached_property
    def advanced_care_at(self) -> datetime | None:
        """When advanced care was first told to begin."""
        first = self.first_step(AdvancedCareStarted)
        return None if first is None else first.at

    @cached_property
    def surgery_at(self) -> datetime | None:
        """When surgery first began."""
        first = self.first_step(SurgeryStarted)
        return None if first is None else first.at

    @cached_property
    def tourniquets(self) -> tuple[Tourniquet, ...]:
        """Tourniquets that are on, by site; one put on where one is on already does not begin anew.

        A release that names no site is that of the only one that is on.
        """
        on: dict[str, Tourniquet] = {}
        for one in self.counting(self.treatments):
            site = " ".join(one.value.site.casefold().split())
            if one.value.treatment == Treatment.TOURNIQUET:
                on.setdefault(site, Tourniquet(site, one.at, one.id))
            elif one.value.treatment == Treatment.TOURNIQUET_RELEASED:
                on.pop(next(iter(on)) if not site and len(on) == 1 else site, None)
        return tuple(on[site] for site in sorted(on))

    # --- who it is, how it went

    @cached_property
    def first_told_at(self) -> datetime | None:
        """When the first word of it came: a report, or whatever else was told of it; None before any."""
        histories: tuple[Any, ...] = (
            self.triages, self.steps, self.all_moves, self.vitals, self.treatments, self.mists
        )  # fmt: skip
        first = [counting[0].stamp[0] for each in histories if (counting := self.counting(each))]
        return min(first if self.reported is None else [self.reported.stamp[0], *first], default=None)

    @cached_property
    def hurt(self) -> Said[Injury] | None:
        """When it was hurt, as last told in a report or in a MIST."""
        told = [
            Said(Injury(at, one.value.injury_uncertainty_s), one.stamp) for one, at in self._told("injury_at")
        ]
        known = [self.injury] if self.injury is not None else []
        return max((*known, *told), key=lambda said: said.stamp, default=None)

    @cached_property
    def age_group(self) -> AgeGroup:
        """Adult or child, as last told in a report or in a MIST."""
        told = [Said(group, one.stamp) for one, group in self._told("age_group")]
        known: list[Said[AgeGroup]] = [self.aged] if self.aged is not None else []
        last: Said[AgeGroup] | None = max((*known, *told), key=lambda said: said.stamp, default=None)
        return value_of(last, AgeGroup.UNKNOWN)

    @cached_property
    def mist(self) -> Mist:
        """MIST as known now: of each field what was last told."""
        names = ("age_years", "mechanism", "injuries", "signs", "treatment", "stable")
        last = {name: next((value for _, value in reversed(self._told(name))), None) for name in names}
        group = self.age_group if self.age_group != AgeGroup.UNKNOWN else None
        hurt_at = None if self.hurt is None else self.hurt.value.at
        return Mist(zap=self.id, age_group=group, injury_at=hurt_at, **last)

    def _told(self, field: str) -> list[tuple[Entry[MistReported], Any]]:
        """What MISTs that count told of one field, in the order of time; None and empty tell nothing."""
        told = [(one, getattr(one.value, field)) for one in self.counting(self.mists)]
        return [
            (one, value) for one, value in told if value is not None and value not in ("", AgeGroup.UNKNOWN)
        ]

    @cached_property
    def outcome(self) -> Entry[OutcomeDecided] | None:
        """The last word on how its care went on or ended."""
        return next(reversed(self.counting(self.outcomes)), None)

    @cached_property
    def eligibility(self) -> Entry[EligibilityDecided] | None:
        """The last decision on whether the mission evacuates it."""
        return next(reversed(self.counting(self.eligibilities)), None)

    @property
    def lives(self) -> bool:
        """False for one found dead, by triage or as its outcome."""
        told = self.outcome
        return self.triage != Category.DEAD and (told is None or told.value.outcome != Outcome.DECEASED)

    @property
    def gone(self) -> bool:
        """True when nobody need care for it any more: back on duty, out of the mission, or never there."""
        return self.outcome is not None and self.outcome.value.outcome in GONE


def owners(casualty: Casualty) -> frozenset[tuple[str, str]]:
    """Where a picture lists the casualty: (group, key) of its request, and of who has it."""
    request = ("of_request", casualty.request_id)
    if not (moves := casualty.moves):
        return frozenset((request,))
    last = moves[-1]
    return frozenset((request, ("patients", last.facility) if last.facility else ("aboard", last.vehicle)))


def same_owners(before: Casualty, after: Casualty) -> bool:
    """True when nothing was told since that could change whose the casualty is."""
    return (
        before.all_moves is after.all_moves
        and before.request is after.request
        and before.withdrawals is after.withdrawals
    )


def precedence(casualty: Casualty) -> tuple[int, str]:
    """Sort key: most urgent first, the dead last, ties by id."""
    return RANK[casualty.triage if casualty.lives else Category.DEAD], casualty.id
