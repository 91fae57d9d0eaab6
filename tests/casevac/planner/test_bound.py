"""No plan costs less than the bound, and the bound says something."""

from pathlib import Path

import numpy as np
import pytest

from casevac.planner.alone import soonest, whole_fleet
from casevac.planner.bound import lower_bound, operations
from casevac.planner.greedy import greedy
from casevac.planner.policy import Policy, cost, read_policies
from casevac.planner.problem import NEVER, Problem
from casevac.planner.simulate import simulate
from tests.casevac.planner import draws, problems, reference
from tests.casevac.planner.test_check import lone

POLICIES = read_policies((Path(__file__).parents[3] / "data" / "policies.json").read_bytes())
policies = pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)


def without(asked: Problem, vehicle: int) -> Problem:
    return asked._replace(vehicles=type(asked.vehicles)(*(np.delete(each, vehicle, 0) for each in asked.vehicles)))


@policies
@pytest.mark.parametrize("seed", range(0, 200, 50))
def test_no_plan_by_lot_costs_less(policy: Policy, seed: int) -> None:
    arrived = 0
    for one in range(seed, seed + 50):
        draw = np.random.default_rng(one)
        asked = draws.problem(draw)
        least = lower_bound(asked, policy)
        for _ in range(10):
            plan = draws.plan(draw, asked)
            fates = simulate(asked, plan)
            assert cost(asked, fates, policy, plan) >= least
            arrived += int(np.isfinite(fates.surgery).sum())
        plan = greedy(asked, policy)
        assert cost(asked, simulate(asked, plan), policy, plan) >= least
    assert arrived > 100


@policies
def test_no_first_plan_costs_less(policy: Policy) -> None:
    for seed in range(100):
        asked = problems.random_problem(seed, hard=seed % 2 == 0)
        plan = greedy(asked, policy)
        assert cost(asked, simulate(asked, plan), policy, plan) >= lower_bound(asked, policy)


def test_nobody_is_sooner_than_soonest() -> None:
    for seed in range(200):
        draw = np.random.default_rng(seed)
        asked = draws.problem(draw)
        first = soonest(asked, whole_fleet(asked))
        for _ in range(5):
            fates = reference.run(asked, draws.plan(draw, asked))
            assert (fates.care >= first.care - 1e-6).all()
            for c in np.flatnonzero(np.isfinite(fates.arrival)):
                assert fates.arrival[c] >= first.arrival[c, fates.facility[c]] - 1e-6


def test_nobody_is_operated_on_sooner_than_in_its_turn() -> None:
    """Whoever comes whenever: the k-th of the new at a facility begins no sooner than the bound's k-th."""
    later = 0
    for seed in range(300):
        draw = np.random.default_rng(seed)
        asked = draws.problem(draw)
        asked = asked._replace(casualties=asked.casualties._replace(operated=np.ones_like(asked.casualties.lies)))
        count = len(asked.casualties.stop)
        for house in range(len(asked.facilities.stop)):
            earliest = draws.seconds(draw, 14400, count, 60)
            least = operations(asked, house, earliest, count)
            ready = earliest + draws.seconds(draw, 7200, count, 60) * (draw.random(count) < 0.5)
            people = [
                reference.Waiting(0, 0.0, arrival=at - float(asked.facilities.prepare[house]), facility=house)
                for at in ready
            ]
            begins = np.array(reference.surgeries(asked, people))
            turn = np.empty(count, int)
            turn[np.argsort(begins, kind="stable")] = np.arange(count)
            kept = np.isfinite(begins)
            bound = least[np.arange(count), turn]
            assert (begins[kept] >= bound[kept]).all()
            later += int((bound[kept] > earliest[kept]).sum())
    assert later > 300


@policies
def test_one_alone_costs_just_the_bound(policy: Policy) -> None:
    asked, plan = lone(roads__dark=np.zeros((0, 2)), vehicles__reach=[1e6])
    idle = policy.effort_per_hour * 1200.0 / 3600.0
    assert cost(asked, simulate(asked, plan), policy) - idle == pytest.approx(lower_bound(asked, policy), rel=1e-9)


@policies
def test_less_to_help_with_never_costs_less(policy: Policy) -> None:
    for seed in range(60):
        asked = draws.problem(np.random.default_rng(seed))
        least = lower_bound(asked, policy)
        fewer = asked._replace(facilities=asked.facilities._replace(beds=asked.facilities.beds // 2))
        assert lower_bound(without(asked, 0), policy) >= least - 1e-9
        assert lower_bound(fewer, policy) >= least - 1e-9


@policies
def test_nobody_and_nothing(policy: Policy) -> None:
    asked, _ = lone()
    nobody = asked._replace(casualties=type(asked.casualties)(*(each[:0] for each in asked.casualties)))
    assert lower_bound(nobody, policy) == 0.0
    alone = without(asked, 0)
    left = cost(alone, simulate(alone, draws.as_plan([])), policy)
    assert lower_bound(alone, policy) == pytest.approx(left)
    closed = asked._replace(facilities=asked.facilities._replace(tables=np.full((1, 1), NEVER)))
    assert lower_bound(closed, policy) == pytest.approx(left, rel=0.5)
