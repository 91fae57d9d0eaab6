"""Bound, optimum and our plan of 200 small cases, 3 to 8 casualties each: in this order, and not far apart.

The optima were found by HiGHS on programs in steps of half an hour, of which all times of these cases are
multiples, and each was proven to 1e-6: `python -m tests.casevac.planner.oracle` finds them again. Some
are found anew here.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from casevac.planner.bound import lower_bound
from casevac.planner.check import broken
from casevac.planner.greedy import greedy
from casevac.planner.policy import cost, read_policies
from casevac.planner.search import improve
from casevac.planner.simulate import simulate
from tests.casevac.planner import oracle, reference

POLICY = read_policies((Path(__file__).parents[3] / "data" / "policies.json").read_bytes())["lives_saved"]
LEAST = {int(seed): least for seed, least in json.loads(oracle.OPTIMA.read_text())["least"].items()}
MOVES = 60_000
WORST, MEAN, FOUND = (
    0.05,
    0.002,
    0.95,
)  # of the optimum: the worst plan, all plans on average; and how many hit it


def test_there_are_enough_of_them() -> None:
    sizes = [len(oracle.small(seed).casualties.stop) for seed in LEAST]
    assert len(LEAST) == 200
    assert set(sizes) == {3, 4, 5, 6, 7, 8}


def test_no_bound_is_above_the_optimum() -> None:
    for seed, least in LEAST.items():
        asked = oracle.small(seed)
        assert lower_bound(asked, POLICY) <= least + 1e-5
        assert lower_bound(asked, POLICY, rounds=40) <= least + 1e-5


def test_the_bound_is_near_the_optimum() -> None:
    asked = [(oracle.small(seed), least) for seed, least in LEAST.items()]
    assert np.mean([lower_bound(one, POLICY, rounds=40) / least for one, least in asked]) > 0.9


def test_our_plans_are_near_the_optimum() -> None:
    above = []
    for seed, least in LEAST.items():
        asked = oracle.small(seed)
        plan = improve(asked, greedy(asked, POLICY), POLICY, 1.0, moves=MOVES)
        assert broken(asked, plan) == []
        spent = cost(asked, simulate(asked, plan), POLICY)
        assert spent >= least - 1e-5
        above.append((spent - least) / max(least, 0.1))
    assert max(above) <= WORST
    assert np.mean(above) <= MEAN
    assert np.mean(np.array(above) < 1e-4) >= FOUND


@pytest.mark.parametrize(
    "seed", [seed for seed in LEAST if len(oracle.small(seed).casualties.stop) <= 4][:20]
)
def test_the_optimum_is_found_again_by_a_plan_that_costs_just_that(seed: int) -> None:
    asked = oracle.small(seed)
    least, plan = oracle.least(asked, POLICY)
    assert least == pytest.approx(LEAST[seed], abs=1e-5)
    fates = reference.run(asked, plan)
    assert fates.done.all()
    assert cost(asked, fates, POLICY) == pytest.approx(least, abs=2e-5)
