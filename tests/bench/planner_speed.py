"""How quick the planner is on problems by lot: simulator, greedy, search. One JSON line, the last."""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from casevac.planner.bound import lower_bound
from casevac.planner.compiled import compiled
from casevac.planner.greedy import greedy
from casevac.planner.packed import as_rows, packed, room
from casevac.planner.policy import cost, read_policies
from casevac.planner.search import improve
from casevac.planner.simulate import fates, follow, simulate
from tests.casevac.planner import draws

MOVES, ROUNDS, SECONDS = 100_000, 7, 2.0


def seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


@compiled
def again(p, space, rows, found, times) -> None:
    """The simulator so many times, without Python between."""
    for _ in range(times):
        follow(p, space, rows.vehicle, rows.end, rows.first, rows.who, found)


def measure() -> dict[str, float]:
    policies = read_policies((Path(__file__).parents[2] / "data" / "policies.json").read_bytes())
    policy = policies["p1_first"]
    medium = draws.medium(np.random.default_rng(1))
    big = draws.medium(np.random.default_rng(1), 300, 100, 30)
    figures: dict[str, float] = {}
    for name, problem in (("", medium), ("xl_", big)):
        plan = greedy(problem, policy)
        p, rows = packed(problem), as_rows(problem, plan)
        space, found = room(p, len(rows.who)), fates(p, rows)
        improve(problem, plan, policy, 1.0, moves=1)

        again(p, space, rows, found, 1)
        many = [seconds(lambda a=(p, space, rows, found): again(*a, 1000)) for _ in range(ROUNDS)]
        figures[f"{name}us_per_plan"] = 1e3 * min(many)
        first = [seconds(lambda problem=problem: greedy(problem, policy)) for _ in range(3 * ROUNDS)]
        figures[f"{name}greedy_ms"] = 1e3 * statistics.median(first)
        took = [seconds(lambda a=problem, b=plan: improve(a, b, policy, 1.0, moves=MOVES)) for _ in range(3)]
        figures[f"{name}moves_per_s"] = MOVES / statistics.median(took)
    figures["gap_static"] = gap(policies["lives_saved"])
    return figures


def gap(policy) -> float:
    """Median of how far a plan of two seconds is from the bound, over five draws."""
    found = []
    for seed in range(5):
        problem = draws.medium(np.random.default_rng(seed))
        plan = improve(problem, greedy(problem, policy), policy, SECONDS)
        bound = lower_bound(problem, policy)
        found.append(cost(problem, simulate(problem, plan), policy, plan) / bound - 1.0)
    return statistics.median(found)


if __name__ == "__main__":
    figures = {name: round(value, 4) for name, value in measure().items()}
    print(json.dumps({"bench": "planner_speed", "figures": figures}))  # noqa: T201
