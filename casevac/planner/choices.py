"""Other good plans to choose from, and what of one aim is paid for another: a person decides."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from casevac.planner.policy import Policy, cost, expected_deaths, share_in_time
from casevac.planner.problem import NOBODY, Fates, Plan, Problem, Whole
from casevac.planner.search import improve
from casevac.planner.simulate import simulate

DIFFERENT = 0.15  # share of the casualties who must go otherwise for a plan to be another one
_BONUS = (0.03, 0.15)  # expected deaths that a search may lose for each casualty who goes otherwise
WEIGHTS = (0.0, 0.05, 0.15, 0.4, 1.0, 3.0)  # of a P1 who is late for surgery, in expected deaths


class Effort(NamedTuple):
    """How long each search may take: seconds, or so many changes whatever they take; and its lot."""

    seconds: float = 0.3
    moves: int | None = None
    seed: int = 1


class Choice(NamedTuple):
    """A plan and what it is worth."""

    plan: Plan
    fates: Fates
    aim: str  # the policy it was made for
    cost: float  # under the policy that is asked for
    deaths: float  # expected; say policy.DISCLAIMER wherever it is shown
    p1_in_time: float  # share of P1 at surgery within 2 h
    otherwise: Whole  # who goes with another vehicle or to another facility than in the first choice


def alternatives(
    problem: Problem,
    plan: Plan,
    policy: Policy,
    others: Sequence[Policy] = (),
    effort: Effort = Effort(),  # noqa: B008  (a value that cannot change)
    most: int = 3,
) -> list[Choice]:
    """The plan, and up to two that are really different from it and each other, the cheapest first.

    Made for the other policies named, or so that as many as possible go to another facility, or with
    another vehicle, at little cost.
    """
    found = [_choice(problem, plan, policy, policy.name)]
    aims = [(one.name, problem, one) for one in others if one.name != policy.name]
    held = _as_ordered(problem, plan)
    for bonus in _BONUS:
        aims.append((policy.name, held, _changing(policy, 0.0, -bonus)))
        aims.append((policy.name, held, _changing(policy, -bonus, 0.0)))
    made = []
    for name, asked, aim in aims:
        other = improve(asked, plan, aim, effort.seconds, seed=effort.seed, moves=effort.moves)
        made.append(_choice(problem, other, policy, name))
    least = max(1.0, DIFFERENT * len(problem.casualties.stop))
    for one in sorted(made, key=lambda choice: choice.cost):
        if len(found) < most and all(len(otherwise(problem, one.plan, kept.plan)) >= least for kept in found):
            found.append(one._replace(otherwise=otherwise(problem, plan, one.plan)))
    return found


def frontier(
    problem: Problem,
    plan: Plan,
    policy: Policy,
    weights: Sequence[float] = WEIGHTS,
    effort: Effort = Effort(),  # noqa: B008  (a value that cannot change)
) -> list[tuple[float, Choice]]:
    """Plans for ever heavier weights of a P1 who is late for surgery: what P1 in time costs in deaths.

    Only those to which no other is better or equal in both; the fewest deaths first.
    """
    found = []
    for weight in weights:
        late = msgspec.structs.replace(policy.surgery, late=(weight, *policy.surgery.late[1:]))
        aim = msgspec.structs.replace(policy, name=f"{policy.name}, P1 late {weight:g}", surgery=late)
        plan = improve(problem, plan, aim, effort.seconds, seed=effort.seed, moves=effort.moves)
        found.append((weight, _choice(problem, plan, policy, aim.name)))
    found.sort(key=lambda point: (point[1].deaths, -point[1].p1_in_time))
    kept: list[tuple[float, Choice]] = []
    for point in found:
        if not kept or point[1].p1_in_time > kept[-1][1].p1_in_time:
            kept.append(point)
    return kept


def otherwise(problem: Problem, plan: Plan, other: Plan) -> Whole:
    """Rows of who is loaded by another vehicle first, or ends at another facility."""
    here, there = _ways(problem, plan), _ways(problem, other)
    return np.flatnonzero((here != there).any(axis=0)).astype(np.int32)


def _ways(problem: Problem, plan: Plan) -> Whole:
    """(3, C): first vehicle, end of that trip, end of the last one; NOBODY of who is not named."""
    ways = np.full((3, len(problem.casualties.stop)), NOBODY, np.int32)
    for t in range(len(plan.vehicle) - 1, -1, -1):
        crowd = plan.who[plan.first[t] : plan.first[t + 1]]
        ways[0, crowd], ways[1, crowd] = plan.vehicle[t], plan.end[t]
        ways[2, crowd] = np.where(ways[2, crowd] == NOBODY, plan.end[t], ways[2, crowd])
    return ways


def _as_ordered(problem: Problem, plan: Plan) -> Problem:
    """The problem as if the plan had been ordered."""
    vehicle, end, _ = _ways(problem, plan)
    people = problem.casualties._replace(ordered_vehicle=vehicle, ordered_end=end)
    return problem._replace(casualties=people)


def _changing(policy: Policy, vehicle: float, end: float) -> Policy:
    return msgspec.structs.replace(policy, changed_vehicle=vehicle, changed_end=end)


def _choice(problem: Problem, plan: Plan, policy: Policy, aim: str) -> Choice:
    fates = simulate(problem, plan)
    return Choice(
        plan,
        fates,
        aim,
        cost(problem, fates, policy, plan),
        expected_deaths(problem, fates, policy.curve),
        share_in_time(problem, fates),
        np.zeros(0, np.int32),
    )
