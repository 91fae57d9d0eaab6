"""The product's planner as the chain's bench asks it: the first answer, then a search of so many changes.

Changes, not seconds, so that the same plan comes out on every machine: about 0.06 s for a decision at most,
so that the whole bench is over in less than half an hour. At a desk it has longer.
"""

from casevac.planner.greedy import greedy
from casevac.planner.policy import DEFAULT, Policy, named, read_policies
from casevac.planner.problem import Plan, Problem
from casevac.planner.search import improve
from casevac.shipped import shipped

MOVES, EACH = 16_000, 1_000  # changes that are tried for a decision, at most and for each casualty who waits
SEED = 1
LONGEST_S, SHORTEST_S, EACH_S = 0.25, 0.05, 0.02  # of search at a desk: at most, at least, for each more
NO_LIMIT_S = 60.0  # the changes are the limit
XL_S = 1.5  # of search for a plan of the largest size
_POLICIES = read_policies(shipped("policies.json").read_bytes())


def policy(name: str = DEFAULT) -> Policy:
    """A policy as shipped."""
    return named(_POLICIES, name)


def first(problem: Problem) -> Plan:
    """The first answer alone."""
    return greedy(problem, policy())


def plan(problem: Problem) -> Plan:
    """The first answer, searched on from by so many changes."""
    by, waiting = policy(), len(problem.casualties.known)
    moves = min(MOVES, EACH * waiting)
    return improve(problem, greedy(problem, by), by, NO_LIMIT_S, seed=SEED, moves=moves)


def timed(problem: Problem) -> Plan:
    """The same with a clock for a limit, as at a desk."""
    by, waiting = policy(), len(problem.casualties.known)
    seconds = min(LONGEST_S, SHORTEST_S + EACH_S * waiting)
    return improve(problem, greedy(problem, by), by, seconds, seed=SEED)


def searched(problem: Problem, by: Policy, *, seconds: float) -> Plan:
    """The first answer, searched on from for a time, under a policy."""
    return improve(problem, greedy(problem, by), by, seconds, seed=SEED)
