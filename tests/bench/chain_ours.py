"""The product's planner as the chain's bench asks it: the first answer, then a search of so many changes."""

from casevac.planner.greedy import greedy
from casevac.planner.policy import DEFAULT, Policy, named, read_policies
from casevac.planner.problem import Plan, Problem
from casevac.planner.search import improve
from casevac.shipped import shipped

MOVES = 15_000  # changes that are tried for a decision: the same plan on every machine, about 0.1 s
SEED = 1
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
    by = policy()
    return improve(problem, greedy(problem, by), by, NO_LIMIT_S, seed=SEED, moves=MOVES)


def searched(problem: Problem, by: Policy, *, seconds: float) -> Plan:
    """The first answer, searched on from for a time, under a policy."""
    return improve(problem, greedy(problem, by), by, seconds, seed=SEED)
