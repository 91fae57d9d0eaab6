"""Numbers that contradict one another are told, and the kernels run without a compiler too."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from casevac.planner.packed import BadProblem, packed
from casevac.planner.problem import Plan, Problem
from casevac.planner.simulate import simulate
from tests.casevac.planner.problems import plan_of, random_problem


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


def broken(problem: Problem) -> list[tuple[str, Problem]]:
    people, cars, places, roads = problem.casualties, problem.vehicles, problem.facilities, problem.roads
    return [
        ("columns of the casualties", problem._replace(casualties=people._replace(stop=people.stop[1:]))),
        ("stop of a casualty", problem._replace(casualties=people._replace(stop=people.stop + 90))),
        (
            "category of a casualty",
            problem._replace(casualties=people._replace(category=people.category + 4)),
        ),
        ("vehicle ordered", problem._replace(casualties=people._replace(ordered_vehicle=people.stop + 3))),
        ("profile of a vehicle", problem._replace(vehicles=cars._replace(profile=cars.profile + 2))),
        ("stop of a facility", problem._replace(facilities=places._replace(stop=places.stop - 90))),
        ("exchange point", problem._replace(exchange=ints(-1))),
        ("square table", problem._replace(roads=roads._replace(metres=roads.metres[:, :-1]))),
        ("light", problem._replace(roads=roads._replace(lit=roads.lit[1:]))),
    ]


def test_arrays_that_do_not_fit_are_told() -> None:
    problem = random_problem(1)
    for what, asked in broken(problem):
        with pytest.raises(BadProblem, match=what):
            packed(asked)


@pytest.mark.parametrize(
    ("what", "plan"),
    [
        ("vehicle of a trip", plan_of([(3, 0, [1])])),
        ("end of a trip", plan_of([(0, 4, [1])])),
        ("casualty of a trip", plan_of([(0, 0, [6])])),
        ("not one vehicle", Plan(ints(0, 1), ints(0), ints(0, 1), ints(1))),
        ("not cut", Plan(ints(0), ints(0), ints(0, 2), ints(1))),
    ],
)
def test_a_plan_that_names_what_is_not_there_is_told(what: str, plan: Plan) -> None:
    with pytest.raises(BadProblem, match=what):
        simulate(random_problem(1), plan)


def test_without_a_compiler_the_plan_is_the_same() -> None:
    source = (
        "from tests.casevac.planner.test_state import POLICIES as found\n"
        "from tests.casevac.planner.problems import random_problem\n"
        "from casevac.planner.greedy import greedy\n"
        "from casevac.planner.search import improve\n"
        "problem = random_problem(4, 8, 4, exchanges=1)\n"
        "plan = improve(problem, greedy(problem, found['p1_first']), found['p1_first'], 1.0, moves=300)\n"
        "print([each.tolist() for each in plan])"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", source],
            env={**os.environ, "NUMBA_DISABLE_JIT": off},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for off in ("0", "1")
    ]
    assert told[0] == told[1]
    assert told[0].startswith("[[")
