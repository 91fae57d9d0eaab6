"""Static problems of the chain's bench: all are known at once. Gap to the bound, and how long it takes."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

from casevac.planner.bound import lower_bound
from casevac.planner.check import broken
from casevac.planner.policy import Policy, cost
from casevac.planner.problem import Plan, Problem
from casevac.planner.simulate import simulate
from tests.bench import chain_ours
from tests.bench.chain_net import Net
from tests.bench.chain_run import nets
from tests.bench.chain_scenario import scenario
from tests.bench.chain_told import problem_of
from tests.bench.chain_world import World

STATIC_S = 2.0  # of search
ROUNDS = 100  # in which the bound is tightened
XL_SEEDS, REPLAN_SEEDS, REPEATS = 5, 3, 3


def problem(size: str, seed: int, known: dict[str, Net]) -> Problem:
    """A steady scenario in which all are hurt within the half hour before anybody plans."""
    of = scenario("steady", size, seed, known)
    rng = np.random.default_rng(seed)
    many = len(of.hurt.injured)
    of = replace(of, hurt=replace(of.hurt, injured=-rng.uniform(0, 1800, many), reported=np.zeros(many)))
    world = World(of, chain_ours.first, broken)
    for c in range(many):
        world.open.add(c)
        world.there[c] = 0.0
    return problem_of(world)[0]


def measured(options: argparse.Namespace, scratch: Path, say: Callable[[str], None]) -> dict[str, float]:
    """The figures, one problem after the other, nothing else running."""
    known, lives = nets(str(scratch)), chain_ours.policy("lives_saved")
    _found(problem("S", 1, known), lives, 0.1)  # compiled before anything is timed
    gaps, first, wrong = list[float](), list[float](), 0
    for seed in range(1, options.seeds + 1):
        asked = problem("M", seed, known)
        plan = _found(asked, lives, STATIC_S)
        gaps.append(_gap(asked, plan, lives))
        wrong += len(broken(asked, plan))
        for _ in range(REPEATS):
            begun = perf_counter()
            chain_ours.first(asked)
            first.append((perf_counter() - begun) * 1000.0)
        if seed % 10 == 0:
            say(f"{seed} of {options.seeds} static problems")
    say("re-planning at each event, against the clock")
    replan, late = _replanned(known, min(REPLAN_SEEDS, options.seeds))
    xl_first, xl_plan, xl_wrong = _largest(known, min(XL_SEEDS, options.seeds))
    return {
        "gap_static": round(float(np.mean(gaps)), 4),
        "gap_static_worst": round(max(gaps), 4),
        "first_answer_ms_p99": round(float(np.quantile(first, 0.99)), 2),
        "replan_ms_p99": round(replan, 1),
        "xl_first_ms": round(xl_first, 1),
        "xl_plan_s": round(xl_plan, 2),
        "static_violations": wrong + late + xl_wrong,
    }


def _found(asked: Problem, policy: Policy, seconds: float) -> Plan:
    return chain_ours.searched(asked, policy, seconds=seconds)


def _gap(asked: Problem, plan: Plan, policy: Policy) -> float:
    """By how much the plan costs more than any can cost less than, as a share of that."""
    bound = lower_bound(asked, policy, rounds=ROUNDS)
    return cost(asked, simulate(asked, plan), policy, plan) / bound - 1.0


def _replanned(known: dict[str, Net], seeds: int) -> tuple[float, int]:
    """From an event to the new plan (ms) of 99 in 100, and what the plans break."""
    found = [
        World(scenario("steady", "M", seed, known), chain_ours.timed, broken).run()
        for seed in range(1, seeds + 1)
    ]
    asked = [ms for one in found for ms in one.decided_ms]
    return float(np.quantile(asked, 0.99)), sum(len(one.broken) for one in found)


def _largest(known: dict[str, Net], seeds: int) -> tuple[float, float, int]:
    """XL: the slowest first answer (ms) and plan (s), and what they break."""
    first, whole, wrong = list[float](), list[float](), 0
    for seed in range(1, seeds + 1):
        asked = problem("XL", seed, known)
        begun = perf_counter()
        chain_ours.first(asked)
        first.append((perf_counter() - begun) * 1000.0)
        begun = perf_counter()
        plan = _found(asked, chain_ours.policy(), chain_ours.XL_S)
        whole.append(perf_counter() - begun)
        wrong += len(broken(asked, plan))
    return max(first), max(whole), wrong
