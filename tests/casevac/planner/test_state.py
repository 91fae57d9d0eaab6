"""What a state says of its plan is what the simulator and the policy say of it."""

from pathlib import Path

import numpy as np
import pytest

from casevac.planner.greedy import greedy, greedy_state
from casevac.planner.nearby import nearby
from casevac.planner.packed import packed
from casevac.planner.policy import Policy, cost, prices, read_policies
from casevac.planner.routes import plan_of, state_of
from casevac.planner.simulate import simulate
from casevac.planner.state import total
from tests.casevac.planner.problems import random_plan, random_problem

POLICIES = read_policies((Path(__file__).parents[3] / "data" / "policies.json").read_bytes())


@pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda policy: policy.name)
def test_greedy_is_a_plan_that_can_be_done_and_costs_what_its_state_says(policy: Policy) -> None:
    for seed in range(300):
        problem = random_problem(seed, casualties=1 + seed % 10)
        p, weights = packed(problem), prices(policy)
        state = greedy_state(p, weights, nearby(p))
        plan = plan_of(state)
        fates = simulate(problem, plan)
        assert fates.done.all()
        assert total(state, weights.other) == pytest.approx(cost(problem, fates, policy, plan), abs=1e-9)
        assert all(np.array_equal(a, b) for a, b in zip(plan, greedy(problem, policy), strict=True))


@pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda policy: policy.name)
def test_any_plan_can_be_made_a_state_of_what_can_be_done_of_it(policy: Policy) -> None:
    kept = 0
    for seed in range(300):
        problem = random_problem(seed, casualties=8, vehicles=4, exchanges=2)
        state = state_of(packed(problem), prices(policy), random_plan(problem, seed))
        plan = plan_of(state)
        fates = simulate(problem, plan)
        assert fates.done.all()
        kept += len(plan.vehicle)
        assert total(state, prices(policy).other) == pytest.approx(
            cost(problem, fates, policy, plan), abs=1e-9
        )
    assert kept > 300
