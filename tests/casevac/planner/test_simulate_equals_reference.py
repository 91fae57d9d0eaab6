"""The simulator gives the very numbers of the slow reading of its rules."""

import numpy as np
import pytest

from casevac.planner.problem import Fates
from casevac.planner.simulate import simulate
from tests.casevac.planner import draws, problems, reference

PLANS = 10


def same(fast: Fates, slow: Fates) -> None:
    for name in Fates._fields:
        np.testing.assert_array_equal(getattr(fast, name), getattr(slow, name), err_msg=name)


@pytest.mark.parametrize("grain", [60, 300, 1])
@pytest.mark.parametrize("seed", range(0, 300, 100))
def test_whole_seconds(seed: int, grain: int) -> None:
    done, exchanged, left, late = 0, 0, 0, 0
    for one in range(seed, seed + 100):
        draw = np.random.default_rng([one, grain])
        asked = draws.problem(draw, grain=grain)
        for _ in range(PLANS):
            plan = draws.plan(draw, asked)
            slow = reference.run(asked, plan)
            same(simulate(asked, plan), slow)
            done += int(slow.done.sum())
            left += int((~slow.done).sum())
            exchanged += int((slow.done & (plan.end >= len(asked.facilities.stop))).sum())
            late += int(
                (slow.surgery[np.isfinite(slow.surgery)] > slow.arrival[np.isfinite(slow.surgery)]).sum()
            )
    assert min(done, exchanged, left, late) > 50


def test_crowds() -> None:
    for seed in range(20):
        draw = np.random.default_rng(seed)
        asked = draws.problem(draw, most=60)
        for _ in range(PLANS):
            plan = draws.plan(draw, asked)
            same(simulate(asked, plan), reference.run(asked, plan))


def test_days_of_uneven_seconds() -> None:
    """Times that are not whole: sums in another order may differ in their last bits, and in nothing else."""
    for seed in range(60):
        asked = problems.random_problem(seed)
        for one in range(5):
            plan = problems.random_plan(asked, one)
            fast, slow = simulate(asked, plan), reference.run(asked, plan)
            for name in Fates._fields:
                np.testing.assert_allclose(getattr(fast, name), getattr(slow, name), rtol=1e-12, err_msg=name)
