"""How good an answer is: whose limits it misses, most urgent first, and when they are helped."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from casevac.casualty import PRECEDENCE, Casualty
from casevac.chain import Arrival
from casevac.clock import Clock, Expected, Outlook, clocks
from casevac.events import Leg
from casevac.surgery import Slot, Theatre, slots, waits
from casevac.terms import Category, ClockStatus, Step
from casevac.view import View

LIMITS = (Step.ADVANCED_CARE, Step.SURGERY)


class Fate(NamedTuple):
    """What an answer means for one casualty; no arrival when it is not taken."""

    casualty: str
    category: Category
    arrival: Expected | None
    missed_p50: int  # limits missed at the middle forecast
    missed_p90: int
    care: Expected | None  # medical personnel have the casualty; None when it needs none any more
    care_limit_at: datetime
    surgery: Expected | None  # surgery begins, the theatre's queue counted in
    surgery_limit_at: datetime
    slot: Slot | None = None

    @property
    def helped(self) -> Expected | None:
        """Surgery where it is needed, else the arrival."""
        return self.surgery or self.arrival


class Score(NamedTuple):
    """The fates of all who wait, most urgent first."""

    fates: tuple[Fate, ...]

    @property
    def left(self) -> tuple[str, ...]:
        """Those it does not take."""
        return tuple(fate.casualty for fate in self.fates if fate.arrival is None)

    @property
    def taken(self) -> tuple[Fate, ...]:
        """The fates of those it takes."""
        return tuple(fate for fate in self.fates if fate.arrival is not None)


def score(
    view: View, waiting: Sequence[Casualty], legs: Sequence[Leg], facility: str, known: Theatre
) -> Score:
    """The fate of each who waits, when these timed legs are travelled to a facility with this theatre."""
    arrivals = [Arrival(leg.depart_at, leg.arrive_p50_at, leg.arrive_p90_at) for leg in legs]
    promised = [(one, view.promise(one, legs, arrivals, facility)) for one in waiting]
    ready = [
        (one, outlook.surgery)
        for one, outlook in promised
        if outlook.surgery is not None and waits(one, view.profile)
    ]
    on_table = slots(known, ready)
    return Score(tuple(_fate(view, one, legs, outlook, on_table.get(one.id)) for one, outlook in promised))


def _fate(view: View, one: Casualty, legs: Sequence[Leg], outlook: Outlook, slot: Slot | None) -> Fate:
    if slot is not None:
        outlook = outlook._replace(surgery=slot.begins)
    _, care, surgery = clocks(one, view.profile, view.now, view.advanced_care_at(one), outlook)
    due = [clock for clock in (care, surgery) if _due(clock)]
    mine = [leg for leg in legs if one.id in leg.casualties]
    return Fate(
        casualty=one.id,
        category=one.triage,
        arrival=Expected(mine[-1].arrive_p50_at, mine[-1].arrive_p90_at) if mine else None,
        missed_p50=sum(clock.expected is None or clock.expected.p50_at > clock.target.first for clock in due),
        missed_p90=sum(clock.expected is None or clock.expected.p90_at > clock.target.first for clock in due),
        care=care.expected,
        care_limit_at=care.target.first,
        surgery=surgery.expected,
        surgery_limit_at=surgery.target.first,
        slot=slot,
    )


def _due(clock: Clock) -> bool:
    return clock.status != ClockStatus.NOT_NEEDED and clock.actual_at is None


Key = tuple[tuple[tuple[int, int, int], ...], tuple[datetime, ...], float, tuple[str, ...]]


def rank_key(found: Score, legs: Sequence[Leg], signature: tuple[str, ...]) -> Key:
    """Sort key, the smallest is best.

    By category, most urgent first: who is left behind, limits missed at p90, at p50. Then when each is helped
    at the middle forecast, most urgent first: surgery begins, or the arrival of those who need none. Then the
    metres all vehicles travel; then the signature.
    """
    by_category = tuple(
        (
            sum(fate.arrival is None for fate in found.fates if fate.category == category),
            sum(fate.missed_p90 for fate in found.fates if fate.category == category),
            sum(fate.missed_p50 for fate in found.fates if fate.category == category),
        )
        for category in PRECEDENCE
    )
    helped = tuple(fate.helped.p50_at for fate in found.taken if fate.helped is not None)
    return by_category, helped, sum(leg.metres for leg in legs), signature


def verdict(found: Score, limit_s: float) -> str:
    """One word on the surgery limit (seconds) over all who are taken: the worst of them decides."""
    taken = [(fate, fate.helped) for fate in found.taken]
    if any(at is not None and at.p50_at > fate.surgery_limit_at for fate, at in taken):
        return "breach"
    if any(at is not None and at.p90_at > fate.surgery_limit_at for fate, at in taken):
        return "at risk"
    hours, left = divmod(round(limit_s / 60), 60)
    return "within " + " ".join(
        word for word in (f"{hours} h" * (hours > 0), f"{left} min" * (left > 0)) if word
    )
