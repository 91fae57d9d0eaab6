"""Other plans are really others, and the frontier trades one aim for the other."""

import itertools

import numpy as np
import pytest

from casevac.planner.choices import DIFFERENT, Effort, alternatives, frontier, otherwise
from casevac.planner.greedy import greedy
from casevac.planner.policy import cost
from casevac.planner.search import improve
from tests.casevac.planner import draws
from tests.casevac.planner.problems import plan_of, random_problem
from tests.casevac.planner.test_state import POLICIES

QUICK = Effort(moves=4000)


def test_alternatives_can_be_done_and_differ_from_one_another() -> None:
    policy, several = POLICIES["p1_first"], 0
    for seed in range(10):
        problem = random_problem(seed, 14, 6, hard=False)
        plan = improve(problem, greedy(problem, policy), policy, 1.0, moves=4000)
        choices = alternatives(problem, plan, policy, tuple(POLICIES.values()), QUICK)
        assert choices[0].plan is plan
        assert len(choices) <= 3
        several += len(choices) > 1
        for one in choices:
            assert one.fates.done.all()
            assert one.cost == pytest.approx(cost(problem, one.fates, policy, one.plan))
        for one, other in itertools.combinations(choices, 2):
            assert len(otherwise(problem, one.plan, other.plan)) >= DIFFERENT * 14
    assert several >= 8


def test_whoever_goes_otherwise_is_named() -> None:
    problem = random_problem(1, 4, 3, 2, exchanges=1)
    plan = plan_of([(0, 0, [0, 1]), (1, 2, [2]), (2, 1, [2])])
    same = plan_of([(1, 2, [2]), (0, 0, [1, 0]), (2, 1, [2])])
    other = plan_of([(0, 0, [0]), (2, 0, [1]), (1, 1, [2]), (0, 0, [3])])
    assert otherwise(problem, plan, plan).tolist() == otherwise(problem, plan, same).tolist() == []
    assert otherwise(problem, plan, other).tolist() == [1, 2, 3]


def test_the_frontier_pays_lives_for_p1_in_time() -> None:
    policy, points = POLICIES["p1_first"], 0
    for seed in range(4):
        problem = draws.medium(np.random.default_rng(seed), 30, 10, 6, 2.0)
        found = [one for _, one in frontier(problem, greedy(problem, policy), policy, effort=QUICK)]
        points += len(found)
        for one, other in itertools.pairwise(found):
            assert one.deaths <= other.deaths
            assert one.p1_in_time < other.p1_in_time
    assert points >= 6
