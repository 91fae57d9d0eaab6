"""What a plan costs: the curves as published, never less when later, a clear answer to an unknown name."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.planner.greedy import greedy
from casevac.planner.policy import (
    CURVES,
    DEFAULT,
    DISCLAIMER,
    Policy,
    UnknownPolicy,
    cost,
    expected_deaths,
    named,
    price,
    prices,
    read_policies,
    share_in_time,
    worth,
)
from casevac.planner.simulate import simulate
from tests.casevac.planner.problems import plan_of, random_problem
from tests.casevac.planner.test_state import POLICIES

TIMES = st.one_of(st.floats(-7200, 2e5), st.just(float("inf")))


def test_the_shipped_policies_are_named_versioned_and_told_what_they_are() -> None:
    assert set(POLICIES) == {"p1_first", "lives_saved"}
    assert named(POLICIES, DEFAULT).name == DEFAULT
    assert all(one.version >= 1 and one.about for one in POLICIES.values())
    assert "not clinical predictions" in DISCLAIMER


def test_an_unknown_policy_or_curve_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownPolicy, match="lives_saved, p1_first"):
        named(POLICIES, "p2_first")
    strange = msgspec.structs.replace(POLICIES[DEFAULT], curve="hopeful")
    with pytest.raises(UnknownPolicy, match="optimistic, moderate, pessimistic"):
        read_policies(msgspec.json.encode({"about": "", "policies": [strange]}))
    with pytest.raises(UnknownPolicy, match="hopeful"):
        expected_deaths(random_problem(1), simulate(random_problem(1), plan_of([])), "hopeful")
    with pytest.raises(msgspec.ValidationError, match="deaths"):
        read_policies(
            b'{"about": "", "policies": [{"name": "x", "version": 1, "about": "", "curve": "moderate"}]}'
        )


@pytest.mark.parametrize("name", CURVES)
def test_survival_is_b0_at_once_and_half_of_it_after_b1_minutes(name: str) -> None:
    problem = random_problem(2, 2, 1)
    people = problem.casualties._replace(injured=np.zeros(2), category=np.array([0, 1], np.int32))
    problem, nobody = problem._replace(casualties=people), simulate(problem, plan_of([]))
    for waited, share in ((0.0, 1.0), (1.0, 0.5), (np.inf, 0.0)):
        minutes = np.array([b1 * waited for _, b1, _ in CURVES[name]])
        told = expected_deaths(problem, nobody._replace(surgery=60 * minutes), name)
        assert told == pytest.approx(sum(1 - share * b0 for b0, _, _ in CURVES[name]))


@given(st.sampled_from(sorted(POLICIES)), st.integers(0, 3), TIMES, TIMES, TIMES, TIMES)
def test_later_never_costs_less(
    name: str, category: int, care: float, later: float, at: float, after: float
) -> None:
    row = prices(POLICIES[name]).each[category]
    soon = worth(row, 0.0, min(care, later), min(at, after))
    late = worth(row, 0.0, max(care, later), max(at, after))
    assert 0.0 <= soon <= late + 1e-12


@pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda policy: policy.name)
def test_a_plan_costs_what_its_casualties_its_vehicles_and_its_changes_cost(policy: Policy) -> None:
    problem = random_problem(5, 6, 3)
    plan = greedy(problem, policy)
    fates = simulate(problem, plan)
    rows = np.arange(6, dtype=np.int32)
    each = price(problem, policy, rows, fates.care, fates.surgery).sum()
    hours = (fates.ended - fates.begun).sum() / 3600
    assert cost(problem, fates, policy) == pytest.approx(each + policy.effort_per_hour * hours)
    people = problem.casualties._replace(ordered_vehicle=np.array([2, -1, -1, -1, -1, -1], np.int32))
    people = people._replace(ordered_end=np.array([1, 2, -1, -1, -1, -1], np.int32))
    ordered = problem._replace(casualties=people)
    by_order = plan_of([(2, 1, [0]), (1, 2, [1])])
    against = plan_of([(1, 1, [0]), (1, 0, [1])])
    for told, changed in ((by_order, 0.0), (against, policy.changed_vehicle + policy.changed_end)):
        fates = simulate(ordered, told)._replace(
            done=np.ones(2, np.bool_), begun=np.zeros(2), ended=np.zeros(2)
        )
        extra = cost(ordered, fates, policy, told) - cost(ordered, fates, policy)
        assert extra == pytest.approx(changed)


def test_the_share_in_time_is_of_one_category() -> None:
    problem = random_problem(6, 4)
    people = problem.casualties._replace(injured=np.zeros(4), category=np.array([0, 0, 1, 0], np.int32))
    problem = problem._replace(casualties=people)
    fates = simulate(problem, plan_of([]))._replace(surgery=np.array([7200.0, 7201.0, 0.0, np.inf]))
    assert share_in_time(problem, fates) == pytest.approx(1 / 3)
    assert share_in_time(problem, fates, 1, 1.0) == 1.0
    assert share_in_time(problem, fates, 3) == 1.0
