"""How good an answer is: whose limits it misses, most urgent first, and when they arrive."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from casevac.casualty import PRECEDENCE, Casualty
from casevac.chain import Arrival
from casevac.clock import Expected, clocks
from casevac.events import Leg
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
    surgery: Expected | None
    surgery_limit_at: datetime


class Score(NamedTuple):
    """The fates of all who wait, most urgent first."""

    fates: tuple[Fate, ...]

    @property
    def left(self) -> tuple[str, ...]:
        """Those it does not take."""
        return tuple(fate.casualty for fate in self.fates if fate.arrival is None)


def score(view: View, waiting: Sequence[Casualty], legs: Sequence[Leg], facility: str) -> Score:
    """The fate of each who waits, when these timed legs are travelled."""
    arrivals = [Arrival(leg.depart_at, leg.arrive_p50_at, leg.arrive_p90_at) for leg in legs]
    return Score(tuple(_fate(view, one, legs, arrivals, facility) for one in waiting))


def _fate(view: View, one: Casualty, legs: Sequence[Leg], arrivals: Sequence[Arrival], facility: str) -> Fate:
    outlook = view.promise(one, legs, arrivals, facility)
    three = clocks(one, view.profile, view.now, view.advanced_care_at(one), outlook)
    due = [clock for clock in three if clock.step in LIMITS and clock.status != ClockStatus.NOT_NEEDED]
    due = [clock for clock in due if clock.actual_at is None]
    mine = [index for index, leg in enumerate(legs) if one.id in leg.casualties]
    at_door = Expected(arrivals[mine[-1]].p50_at, arrivals[mine[-1]].p90_at) if mine else None
    return Fate(
        casualty=one.id,
        category=one.triage,
        arrival=at_door,
        missed_p50=sum(clock.expected is None or clock.expected.p50_at > clock.target.first for clock in due),
        missed_p90=sum(clock.expected is None or clock.expected.p90_at > clock.target.first for clock in due),
        surgery=outlook.surgery if three[2].status != ClockStatus.NOT_NEEDED else None,
        surgery_limit_at=three[2].target.first,
    )


Key = tuple[tuple[tuple[int, int, int], ...], tuple[datetime, ...], float, tuple[str, ...]]


def rank_key(found: Score, legs: Sequence[Leg], signature: tuple[str, ...]) -> Key:
    """Sort key, the smallest is best.

    By category, most urgent first: who is left behind, limits missed at p90, at p50. Then the middle
    arrivals, most urgent first; then the metres all vehicles travel; then the signature.
    """
    by_category = tuple(
        (
            sum(fate.arrival is None for fate in found.fates if fate.category == category),
            sum(fate.missed_p90 for fate in found.fates if fate.category == category),
            sum(fate.missed_p50 for fate in found.fates if fate.category == category),
        )
        for category in PRECEDENCE
    )
    arrivals = tuple(fate.arrival.p50_at for fate in found.fates if fate.arrival is not None)
    return by_category, arrivals, sum(leg.metres for leg in legs), signature


def verdict(found: Score) -> str:
    """One word on the surgery limit over all who are taken: the worst of them decides."""
    taken = [(fate, fate.surgery or fate.arrival) for fate in found.fates if fate.arrival is not None]
    if any(at is not None and at.p50_at > fate.surgery_limit_at for fate, at in taken):
        return "breach"
    if any(at is not None and at.p90_at > fate.surgery_limit_at for fate, at in taken):
        return "at risk"
    return "within 2 h"
