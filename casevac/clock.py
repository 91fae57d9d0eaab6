"""The 10-1-2 clocks of a casualty: limits from the injury, what was done, what is forecast."""

from datetime import datetime, timedelta
from typing import NamedTuple

from casevac.casualty import Casualty, StepTold
from casevac.events import SurgeryStarted, TreatmentGiven
from casevac.history import Entry
from casevac.mission import Profile
from casevac.terms import Capability, ClockStatus, Source, Step

AHEAD = timedelta(seconds=60)  # a clock may be ahead by this


class Band(NamedTuple):
    """Between when and when something happened; both ends are equal when it is known."""

    first: datetime
    last: datetime


class Expected(NamedTuple):
    """Middle and 90 % bound of a forecast instant."""

    p50_at: datetime
    p90_at: datetime

    def after(self, seconds: float) -> "Expected":
        """The same forecast so many seconds later."""
        return Expected(self.p50_at + timedelta(seconds=seconds), self.p90_at + timedelta(seconds=seconds))


class Outlook(NamedTuple):
    """What the running chain promises one casualty; None where it promises nothing."""

    helper: Expected | None = None  # the first crew arrives
    medical: Expected | None = None  # the first medical crew or caring facility
    surgery: Expected | None = None  # surgery can begin


class Proof(NamedTuple):
    """What proves that a step was done: the event, who told it by what way, and its entry in the record."""

    kind: str  # of the event, as `treatment_given`
    words: str
    at: datetime
    by: str
    source: Source
    entry: str


class Clock(NamedTuple):
    """One step of 10-1-2 of one casualty; the target is a band when the injury time is uncertain."""

    step: Step
    target: Band
    expected: Expected | None
    actual_at: datetime | None
    status: ClockStatus
    proof: Proof | None = None


NOTHING = Outlook()


def injury_band(casualty: Casualty, profile: Profile, now: datetime) -> Band:
    """Between when and when the casualty was hurt.

    Unknown: at the earliest so long before the first word of it as the profile allows, at the latest
    with it. Never later than the first word, and never later than now: an injury more than a minute after
    the first word is a wrong time, so it is unknown.
    """
    known_at = min(now, casualty.first_told_at or now)
    spread = timedelta(seconds=0.0 if casualty.hurt is None else casualty.hurt.value.uncertainty_s or 0.0)
    if casualty.hurt is None or casualty.hurt.value.at > known_at + AHEAD:
        return Band(known_at - timedelta(seconds=profile.unknown_injury_s), known_at)
    first = min(casualty.hurt.value.at - spread, known_at)
    return Band(first, max(first, min(casualty.hurt.value.at + spread, known_at)))


def clocks(
    casualty: Casualty,
    profile: Profile,
    now: datetime,
    advanced_care_at: datetime | None,
    outlook: Outlook = NOTHING,
    care: Proof | None = None,
) -> tuple[Clock, Clock, Clock]:
    """The three clocks. `advanced_care_at` is when medical personnel first had it, `care` the proof.

    Whoever has advanced care has had the bleeding controlled by then at the latest.
    """
    hurt, idle = injury_band(casualty, profile, now), unneeded_steps(casualty, profile)
    first_aid, aid = casualty.bleeding_control_at, proof_of(casualty.bleeding_controlled)
    if advanced_care_at is not None and (first_aid is None or advanced_care_at < first_aid):
        first_aid, aid = advanced_care_at, care
    surgery = proof_of(casualty.first_step(SurgeryStarted))
    three = (
        (Step.BLEEDING_CONTROL, profile.bleeding_control_s, first_aid, outlook.helper, aid),
        (Step.ADVANCED_CARE, profile.advanced_care_s, advanced_care_at, outlook.medical, care),
        (Step.SURGERY, profile.surgery_s, casualty.surgery_at, outlook.surgery, surgery),
    )
    first, second, third = (
        _clock(step, _target(hurt, limit_s), done_at, expected, now)._replace(proof=proof)
        for step, limit_s, done_at, expected, proof in three
    )
    return _needed(first, idle), _needed(second, idle), _needed(third, idle)


def proof_of(one: Entry[StepTold] | Entry[TreatmentGiven] | None) -> Proof | None:
    """An entry of the record as proof of a step."""
    if one is None:
        return None
    told = one.value
    kind = str(told.__struct_config__.tag)
    words = kind.replace("_", " ")
    if isinstance(told, TreatmentGiven):
        words = f"{told.treatment.value.replace('_', ' ')} {told.site}".strip()
    return Proof(kind, words, one.at, one.by, one.source, one.id)


def unneeded_steps(casualty: Casualty, profile: Profile) -> frozenset[Step]:
    """Steps that nobody waits for: all of the dead and of who is gone, surgery where none is needed."""
    if not casualty.lives or casualty.gone:
        return frozenset(Step)
    return frozenset() if Capability.DCS in casualty.needs(profile) else frozenset((Step.SURGERY,))


def _needed(clock: Clock, idle: frozenset[Step]) -> Clock:
    if clock.step not in idle or clock.actual_at is not None:
        return clock
    return clock._replace(expected=None, status=ClockStatus.NOT_NEEDED)


def surgery_expected(
    casualty: Casualty, profile: Profile, now: datetime, arrival: Expected | None
) -> Expected | None:
    """When surgery can begin: arrival, hand-over, preparation; once handed over, only preparation.

    `arrival` is at the facility of the running chain, None without one. The caller answers for the
    facility being able to operate.
    """
    if casualty.facility and casualty.custody is not None:
        ready = max(now, casualty.custody.at + timedelta(seconds=profile.surgery_preparation_s))
        return Expected(ready, ready)
    if arrival is None:
        return None
    return arrival.after(profile.hand_over_s + profile.surgery_preparation_s)


def _target(hurt: Band, limit_s: float) -> Band:
    limit = timedelta(seconds=limit_s)
    return Band(hurt.first + limit, hurt.last + limit)


def _clock(
    step: Step, target: Band, actual_at: datetime | None, expected: Expected | None, now: datetime
) -> Clock:
    if actual_at is not None:
        return Clock(step, target, None, actual_at, _done(target, actual_at))
    return Clock(step, target, expected, None, _pending(target, expected, now))


def _done(target: Band, actual_at: datetime) -> ClockStatus:
    """Met or late only where it is sure; within the band it stays at risk."""
    if actual_at <= target.first:
        return ClockStatus.MET
    return ClockStatus.LATE if actual_at > target.last else ClockStatus.AT_RISK


def _pending(target: Band, expected: Expected | None, now: datetime) -> ClockStatus:
    if now > target.last:
        return ClockStatus.BREACHED
    if expected is None:
        return ClockStatus.NO_PLAN
    if expected.p50_at > target.last:
        return ClockStatus.WILL_BREACH
    if expected.p90_at > target.first:
        return ClockStatus.AT_RISK
    return ClockStatus.ON_TRACK
