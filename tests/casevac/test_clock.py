"""10-1-2: known, uncertain and unknown injury times; done, forecast and missed steps."""

from datetime import timedelta

import pytest

from casevac.casualty import Casualty
from casevac.clock import Expected, Outlook, clocks, injury_band
from casevac.events import (
    AdvancedCareStarted,
    BleedingControlled,
    CasualtyHandedOver,
    CasualtyLoaded,
    CasualtyReported,
    CasualtyTriaged,
    FacilityRegistered,
    SurgeryStarted,
)
from casevac.mission import Profile
from casevac.picture import empty
from casevac.terms import Capability, Category, ClockStatus, Step
from casevac.view import View
from tests.casevac.scenes import NOW, A, after, alert, ambulance, told

PROFILE = Profile()


def hurt(**fields) -> Casualty:
    report = CasualtyReported(lon=20, lat=5, casualty=A, request="R", **fields)
    return told(empty("M"), (0, report)).casualties[A]


def three(casualty: Casualty, now: float, care: float | None = None, outlook: Outlook | None = None):
    care_at = None if care is None else after(care)
    return clocks(casualty, PROFILE, after(now), care_at, outlook or Outlook())


def expected(p50: float, p90: float) -> Expected:
    return Expected(after(p50), after(p90))


def test_limits_count_from_the_injury_not_from_the_report():
    targets = [clock.target for clock in three(hurt(injury_at=after(-300)), 0)]
    assert [t.first for t in targets] == [after(300), after(3300), after(6900)]
    assert all(t.first == t.last for t in targets)


def test_an_uncertain_injury_time_gives_a_band():
    target = three(hurt(injury_at=after(-1000), injury_uncertainty_s=400), 0)[0].target
    assert (target.first, target.last) == (after(-800), after(0))


def test_nobody_is_hurt_after_the_first_report():
    band = injury_band(hurt(injury_at=after(-60), injury_uncertainty_s=600), PROFILE, NOW)
    assert (band.first, band.last) == (after(-660), NOW)


def test_an_unknown_injury_time_is_never_a_false_exact_number():
    band = injury_band(hurt(), PROFILE, after(50))
    assert band.last == NOW
    assert band.last - band.first == timedelta(seconds=PROFILE.unknown_injury_s)


def test_an_injury_told_to_be_in_the_future_keeps_its_order():
    band = injury_band(hurt(injury_at=after(4000), injury_uncertainty_s=10), PROFILE, NOW)
    assert band.first <= band.last


def test_an_injury_told_in_local_time_gives_nobody_an_hour_more():
    told_late = hurt(injury_at=after(3600))
    assert injury_band(told_late, PROFILE, after(4000)) == injury_band(hurt(), PROFILE, after(4000))
    assert injury_band(hurt(injury_at=after(30)), PROFILE, after(4000)) == (NOW, NOW)


def test_the_clock_of_one_whom_nobody_reported_runs_from_the_first_word_of_it():
    only = told(empty("M"), (0, CasualtyTriaged(casualty=A, category=Category.T1))).casualties[A]
    assert injury_band(only, PROFILE, after(9000)).last == NOW
    assert three(only, 9000)[2].status == ClockStatus.BREACHED


@pytest.mark.parametrize(
    ("care", "now", "status"),
    [
        (3000, 3100, ClockStatus.MET),
        (3601, 3700, ClockStatus.LATE),
        (None, 3700, ClockStatus.BREACHED),
        (None, 10, ClockStatus.NO_PLAN),
    ],
)
def test_advanced_care_without_a_plan(care, now, status):
    assert three(hurt(injury_at=NOW), now, care)[1].status == status


@pytest.mark.parametrize(
    ("p50", "p90", "status"),
    [
        (3000, 3600, ClockStatus.ON_TRACK),
        (3000, 3601, ClockStatus.AT_RISK),
        (3601, 4000, ClockStatus.WILL_BREACH),
    ],
)
def test_a_forecast_is_held_against_the_limit(p50, p90, status):
    clock = three(hurt(injury_at=NOW), 10, outlook=Outlook(medical=expected(p50, p90)))[1]
    assert clock.status == status
    assert clock.expected == expected(p50, p90)


def test_within_the_band_nothing_is_claimed():
    casualty = hurt(injury_at=after(-1000), injury_uncertainty_s=500)  # the hour ends between 2100 and 3100
    assert three(casualty, 2900, care=2000)[1].status == ClockStatus.MET
    assert three(casualty, 2900, care=2500)[1].status == ClockStatus.AT_RISK
    assert three(casualty, 3200, care=3150)[1].status == ClockStatus.LATE
    assert three(casualty, 2500)[1].status == ClockStatus.NO_PLAN  # not surely breached yet
    assert three(casualty, 3200)[1].status == ClockStatus.BREACHED


def test_whoever_has_advanced_care_has_the_bleeding_controlled():
    assert three(hurt(injury_at=NOW), 700, care=500)[0].actual_at == after(500)


@pytest.mark.parametrize(
    ("category", "idle"),
    [
        (Category.T1, set()),
        (Category.UNKNOWN, set()),
        (Category.T3, {Step.SURGERY}),
        (Category.DEAD, set(Step)),
    ],
)
def test_nobody_waits_for_a_step_that_is_not_needed(category, idle):
    found = three(hurt(injury_at=NOW, category=category), 9999)
    assert {clock.step for clock in found if clock.status == ClockStatus.NOT_NEEDED} == idle


def test_a_step_done_counts_though_it_was_not_needed():
    picture = told(
        empty("M"),
        (0, CasualtyReported(lon=20, lat=5, casualty=A, injury_at=NOW, category=Category.T3)),
        (90, SurgeryStarted(casualty=A)),
    )
    assert View(picture, after(99)).clocks(picture.casualties[A])[2].status == ClockStatus.MET


@pytest.mark.parametrize(("crew", "care"), [(True, 200), (False, 500)])
def test_a_medical_crew_or_a_caring_facility_starts_advanced_care(crew, care):
    picture = told(
        empty("M"),
        (0, ambulance("V", medical_crew=crew)),
        (0, FacilityRegistered(id="F", name="F", lon=22, lat=6, capabilities=(Capability.RESUS,))),
        (0, alert("R", A, injury_at=NOW)),
        (200, CasualtyLoaded(casualty=A, vehicle="V")),
        (500, CasualtyHandedOver(casualty=A, facility="F")),
        (800, AdvancedCareStarted(casualty=A)),
    )
    assert View(picture, after(900)).advanced_care_at(picture.casualties[A]) == after(care)


def test_surgery_is_forecast_only_where_it_can_be_done():
    def at(capability):
        picture = told(
            empty("M"),
            (0, FacilityRegistered(id="F", name="F", lon=22, lat=6, capabilities=(capability,))),
            (0, alert("R", A, injury_at=NOW)),
            (500, CasualtyHandedOver(casualty=A, facility="F")),
        )
        return View(picture, after(600)).clocks(picture.casualties[A])[2]

    assert at(Capability.DCS).expected == expected(500 + 900, 500 + 900)
    assert at(Capability.RESUS).status == ClockStatus.NO_PLAN


def test_the_first_of_two_reports_of_a_step_counts():
    picture = told(
        empty("M"),
        (0, alert("R", A, injury_at=NOW)),
        (300, BleedingControlled(casualty=A)),
        (200, BleedingControlled(casualty=A)),
        (5, CasualtyTriaged(casualty=A, category=Category.T2)),
    )
    assert View(picture, after(900)).clocks(picture.casualties[A])[0].actual_at == after(200)
