"""Problems that contradict themselves are refused by name; those with nothing in them have a plain answer."""

from pathlib import Path

import numpy as np
import pytest

from casevac.planner.bound import lower_bound
from casevac.planner.check import broken
from casevac.planner.greedy import greedy
from casevac.planner.packed import BadProblem
from casevac.planner.policy import cost, read_policies
from casevac.planner.problem import NEVER, Problem
from casevac.planner.search import improve
from casevac.planner.simulate import simulate
from tests.casevac.planner import draws

POLICY = read_policies((Path(__file__).parents[3] / "data" / "policies.json").read_bytes())["lives_saved"]
BASE = draws.problem(np.random.default_rng(5))
NOT_NUMBERS = [
    ("casualties", "injured"), ("casualties", "known"), ("vehicles", "free"), ("vehicles", "load"),
    ("vehicles", "until"), ("vehicles", "reach"), ("facilities", "tables"), ("facilities", "case"),
    ("facilities", "prepare"), ("facilities", "queue_ready"), ("roads", "seconds"), ("roads", "metres"),
    ("roads", "dark"),
]  # fmt: skip


def changed(table: str, column: str, value: float) -> Problem:
    old = getattr(getattr(BASE, table), column)
    made = np.full(old.shape if old.size else (1, *old.shape[1:]), value, old.dtype)
    return BASE._replace(**{table: getattr(BASE, table)._replace(**{column: made})})


def emptied(asked: Problem, *tables: str) -> Problem:
    for table in tables:
        rows = getattr(asked, table)
        asked = asked._replace(**{table: type(rows)(*(each[:0] for each in rows))})
    return asked


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [(*where, np.nan) for where in NOT_NUMBERS]
    + [("casualties", "injured", NEVER), ("vehicles", "load", -1.0), ("facilities", "case", -60.0)]
    + [("roads", "seconds", -1.0), ("vehicles", "reach", -1.0), ("casualties", "stop", -1)]
    + [("casualties", "stop", 99), ("casualties", "category", 9), ("vehicles", "profile", 7)],
)
def test_contradictions_are_refused_by_name(table: str, column: str, value: float) -> None:
    asked = changed(table, column, value)
    for refuses in (
        lambda: greedy(asked, POLICY),
        lambda: simulate(asked, draws.as_plan([])),
        lambda: improve(asked, draws.as_plan([]), POLICY, 0.1, moves=10),
        lambda: lower_bound(asked, POLICY),
    ):
        with pytest.raises(BadProblem):
            refuses()


@pytest.mark.parametrize(
    "asked",
    [
        emptied(BASE, "vehicles"),
        emptied(BASE, "casualties"),
        emptied(BASE, "facilities"),
        emptied(BASE, "vehicles", "casualties", "facilities"),
        changed("facilities", "beds", 0),
        changed("facilities", "beds", -3),
        changed("vehicles", "litters", -2),
        changed("vehicles", "free", NEVER),
        changed("casualties", "known", NEVER),
        changed("casualties", "known", -1e6),
        changed("facilities", "case", 0.0),
        changed("facilities", "prepare", NEVER),
        changed("facilities", "tables", NEVER),
        changed("roads", "seconds", NEVER),
    ],
)
def test_what_is_empty_or_endless_has_a_plain_answer(asked: Problem) -> None:
    plan = improve(asked, greedy(asked, POLICY), POLICY, 1.0, moves=2000)
    assert broken(asked, plan) == []
    spent = cost(asked, simulate(asked, plan), POLICY)
    assert spent >= lower_bound(asked, POLICY, rounds=3) - 1e-9
    assert np.isfinite(spent)
