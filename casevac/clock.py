"""The 10-1-2 clocks of a casualty: limits from the injury, what was done, what is forecast."""

from datetime import datetime, timedelta
from typing import NamedTuple

from casevac.casualty import Casualty
from casevac.mission import Profile
from casevac.terms import Capability, Category, ClockStatus, Step


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


class Clock(NamedTuple):
    """One step of 10-1-2 of one casualty; the target is a band when the injury time is uncertain."""

    step: Step
    target: Band
    expected: Expected | None
    actual_at: datetime | None
    status: ClockStatus


NOTHING = Outlook()


def injury_band(casualty: Casualty, profile: Profile, now: datetime) -> Band:
    """Between when and when the casualty was hurt.

    Unknown: at the earliest so long before the first report as the profile allows, at the latest
    with it. Never later than the first report, and never later than now.
    """
    reported_at = min(now, casualty.reported.stamp[0]) if casualty.reported else now
    if casualty.injury is None:
        return Band(reported_at - timedelta(seconds=profile.unknown_injury_s), reported_at)
    injury = casualty.injury.value
    spread = timedelta(seconds=injury.uncertainty_s or 0.0)
    latest = min(injury.at + spread, max(reported_at, injury.at - spread))
    return Band(injury.at - spread, latest)


def clocks(
    casualty: Casualty,
    profile: Profile,
    now: datetime,
    advanced_care_at: datetime | None,
    outlook: Outlook = NOTHING,
) -> tuple[Clock, Clock, Clock]:
    """The three clocks. `advanced_care_at` is when medical personnel first had the casualty.

    Whoever has advanced care has had the bleeding controlled by then at the latest.
    """
    hurt, idle = injury_band(casualty, profile, now), unneeded_steps(casualty, profile)
    first_aid = casualty.bleeding_control_at or advanced_care_at
    if advanced_care_at is not None and first_aid is not None:
        first_aid = min(first_aid, advanced_care_at)
    three = (
        _clock(
            Step.BLEEDING_CONTROL, _target(hurt, profile.bleeding_control_s), first_aid, outlook.helper, now
        ),
        _clock(
            Step.ADVANCED_CARE, _target(hurt, profile.advanced_care_s), advanced_care_at, outlook.medical, now
        ),
        _clock(Step.SURGERY, _target(hurt, profile.surgery_s), casualty.surgery_at, outlook.surgery, now),
    )
    first, second, third = (_unneeded(clock) if clock.step in idle else clock for clock in three)
    return first, second, third


def unneeded_steps(casualty: Casualty, profile: Profile) -> frozenset[Step]:
    """Steps that nobody waits for: all for the dead, surgery for those whose needs hold none."""
    if casualty.triage == Category.DEAD:
        return frozenset(Step)
    return frozenset() if Capability.DCS in casualty.needs(profile) else frozenset((Step.SURGERY,))


def _unneeded(clock: Clock) -> Clock:
    if clock.actual_at is not None:
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
