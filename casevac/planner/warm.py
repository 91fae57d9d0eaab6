"""Compiles the planner's kernels for this machine: `python -m casevac.planner.warm`, run at install."""

import numpy as np

from casevac.planner.greedy import greedy
from casevac.planner.policy import Limit, Policy
from casevac.planner.problem import Casualties, Facilities, Problem, Roads, Vehicles
from casevac.planner.search import improve
from casevac.planner.simulate import simulate

_NONE = (0.0, 0.0, 0.0, 0.0)
_LIMIT = Limit(within_s=(3600.0, 3600.0, 3600.0, 3600.0), margin_s=0.0, late=_NONE, late_per_hour=_NONE)


def warm() -> None:
    """Plan for one casualty, one vehicle and one facility; what is on disk already is loaded in a second."""
    problem = _smallest()
    policy = Policy("warm", 1, "", "moderate", 1.0, _LIMIT, _LIMIT, _NONE, _NONE, 0.0, 0.0, 0.0)
    simulate(problem, improve(problem, greedy(problem, policy), policy, 1.0, moves=1))


def _smallest() -> Problem:
    no, one, here = np.zeros(1, np.bool_), np.ones(1, np.int32), np.zeros(1, np.int32)
    zero = np.zeros(1)
    ways = np.zeros((1, 1, 1), np.float32)
    return Problem(
        0.0,
        Casualties(zero, zero, here, here, ~no, ~no, here.astype(np.uint32), here - 1, here - 1),
        Vehicles(
            here, zero, zero, here, one, here, zero, zero, no, no, no, zero + np.inf, zero, zero + np.inf
        ),
        Facilities(
            here, one.astype(np.uint32), one, zero, zero + 60, zero[:, None], here[:0], zero[:0], here[:0]
        ),
        here,
        Roads(ways, ways, ways, no, ~no, np.zeros((0, 2))),
    )


if __name__ == "__main__":
    warm()
