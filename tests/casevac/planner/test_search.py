"""The search keeps every rule, never makes a plan worse, and says exactly what its plan costs."""

import numpy as np
import pytest

from casevac.planner.greedy import greedy
from casevac.planner.moves import change
from casevac.planner.nearby import nearby
from casevac.planner.packed import packed
from casevac.planner.policy import Policy, cost, prices
from casevac.planner.problem import Plan, Problem
from casevac.planner.routes import plan_of, state_of
from casevac.planner.search import improve
from casevac.planner.simulate import simulate
from casevac.planner.state import begin, settle, total, undo
from tests.casevac.planner.problems import random_plan, random_problem
from tests.casevac.planner.test_state import POLICIES

EACH = pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda policy: policy.name)


def worth(problem: Problem, plan: Plan, policy: Policy) -> float:
    fates = simulate(problem, plan)
    assert fates.done.all()
    return cost(problem, fates, policy, plan)


@EACH
def test_every_change_costs_what_the_simulator_says_and_undoing_it_undoes_all(policy: Policy) -> None:
    kept, by_exchange, weights = 0, 0, prices(policy)
    for seed in range(60):
        problem = random_problem(seed, casualties=9, vehicles=4, exchanges=2)
        p, lot = packed(problem), np.array([seed + 1], np.int64)
        near, state = nearby(p), state_of(p, weights, random_plan(problem, seed))
        for number in range(400):
            before, was = total(state, weights.other), plan_of(state)
            begin(state)
            delta = settle(p, weights.each, weights.other, state) if change(p, state, near, lot) else np.inf
            if not delta < 3.0 or number % 3 == 0:
                undo(state)
                assert total(state, weights.other) == before
                assert all(np.array_equal(a, b) for a, b in zip(was, plan_of(state), strict=True))
                continue
            plan = plan_of(state)
            kept += 1
            by_exchange += bool((plan.end >= len(problem.facilities.stop)).any())
            assert total(state, weights.other) == pytest.approx(before + delta, abs=1e-9)
            assert worth(problem, plan, policy) == pytest.approx(before + delta, abs=1e-9)
    assert kept > 1000
    assert by_exchange > 100


@EACH
def test_a_search_never_makes_a_plan_worse_and_mostly_makes_it_better(policy: Policy) -> None:
    better = 0
    for seed in range(40):
        problem = random_problem(seed, casualties=10, vehicles=3)
        first = greedy(problem, policy)
        found = improve(problem, first, policy, 1.0, seed=seed, moves=3000)
        was, now = worth(problem, first, policy), worth(problem, found, policy)
        assert now <= was + 1e-9
        better += now < was - 1e-6
    assert better > 20


def test_the_same_lot_gives_the_same_plan() -> None:
    problem, policy = random_problem(3, 12, 5), POLICIES["p1_first"]
    first = greedy(problem, policy)
    plans = [improve(problem, first, policy, 1.0, seed=7, moves=5000) for _ in range(2)]
    assert all(np.array_equal(a, b) for a, b in zip(*plans, strict=True))


def test_a_search_that_is_stopped_gives_the_plan_it_began_with() -> None:
    problem, policy = random_problem(4, 12, 5), POLICIES["p1_first"]
    first = greedy(problem, policy)
    found = improve(problem, first, policy, 60.0, stop=lambda: True)
    assert worth(problem, found, policy) == pytest.approx(worth(problem, first, policy), abs=1e-9)


@pytest.mark.parametrize(("casualties", "vehicles"), [(0, 3), (3, 0), (1, 1)])
def test_nobody_to_fetch_or_nothing_to_fetch_with_is_a_plan_too(casualties: int, vehicles: int) -> None:
    problem, policy = random_problem(5, casualties, vehicles, hard=False), POLICIES["p1_first"]
    found = improve(problem, greedy(problem, policy), policy, 1.0, moves=2000)
    assert len(found.vehicle) == min(casualties, vehicles)
