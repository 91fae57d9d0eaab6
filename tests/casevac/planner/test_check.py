"""The checker against the slow reading of the rules: it finds fault with the trips that cannot be done."""

import numpy as np
import pytest

from casevac.planner import check
from casevac.planner.problem import NEVER, NOBODY, Plan, Problem
from tests.casevac.planner import draws, reference

PLANS = 8


@pytest.mark.parametrize("seed", range(0, 250, 50))
def test_it_finds_fault_with_the_trips_that_cannot_be_done_and_with_no_other(seed: int) -> None:
    faults = 0
    for one in range(seed, seed + 50):
        draw = np.random.default_rng(one)
        asked = draws.problem(draw)
        for _ in range(PLANS):
            plan = draws.plan(draw, asked)
            done = reference.run(asked, plan).done
            found = check.breaches(asked, plan)
            assert [breach.trip for breach in found] == np.flatnonzero(~done).tolist()
            assert len(check.broken(asked, plan)) == len(found)
            faults += len(found)
    assert faults > 100


def lone(**changed: object) -> tuple[Problem, Plan]:
    """An aircraft, one casualty, one facility, 600 s apart; stops: vehicle 0, casualty 1, facility 2."""
    draw = np.random.default_rng(1)
    asked = draws.problem(draw)
    one = {
        "casualties": asked.casualties._replace(
            injured=np.zeros(1), known=np.zeros(1), stop=np.array([1], np.int32),
            category=np.zeros(1, np.int32),
            lies=np.ones(1, bool), operated=np.ones(1, bool), need=np.ones(1, np.uint32),
            ordered_vehicle=np.full(1, NOBODY, np.int32), ordered_end=np.full(1, NOBODY, np.int32),
        ),
        "vehicles": asked.vehicles._replace(
            start=np.zeros(1, np.int32), free=np.zeros(1), turnout=np.zeros(1), profile=np.zeros(1, np.int32),
            litters=np.ones(1, np.int32), seats=np.zeros(1, np.int32), load=np.zeros(1), unload=np.zeros(1),
            cares=np.zeros(1, bool), flies=np.ones(1, bool), day_only=np.zeros(1, bool),
            reach=np.full(1, 25_000.0),
            refuel=np.zeros(1), until=np.full(1, NEVER),
        ),
        "facilities": asked.facilities._replace(
            stop=np.array([2], np.int32), able=np.ones(1, np.uint32), beds=np.ones(1, np.int32),
            prepare=np.zeros(1), case=np.full(1, 3600.0), tables=np.zeros((1, 1)),
            queue_facility=np.zeros(0, np.int32), queue_ready=np.zeros(0),
            queue_category=np.zeros(0, np.int32),
        ),
        "roads": asked.roads._replace(
            seconds=np.full((1, 3, 3), 600, np.float32), bound=np.full((1, 3, 3), 800, np.float32),
            metres=np.full((1, 3, 3), 10_000, np.float32), fuel=np.zeros(3, bool), lit=np.ones(3, bool),
            dark=np.array([[900.0, NEVER]]),
        ),
    }  # fmt: skip
    for path, value in changed.items():
        group, column = path.split("__")
        table = one[group]
        one[group] = table._replace(**{column: np.asarray(value, getattr(table, column).dtype)})
    asked = asked._replace(exchange=np.zeros(0, np.int32), **one)
    return asked, draws.as_plan([(0, 0, [0])])


def test_a_plan_within_every_limit_is_not_found_fault_with() -> None:
    assert check.broken(*lone()) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"vehicles__litters": [0], "vehicles__seats": [5]}, "trip 0: 1 lie and vehicle 0 has 0 litters"),
        ({"facilities__beds": [0]}, "trip 0: facility 0 has 0 beds left and 1 come"),
        ({"facilities__able": [6]}, "trip 0: facility 0 cannot do what casualty 0 needs"),
        ({"vehicles__reach": [9_000.0]}, "trip 0: stop 1 is out of the reach of vehicle 0"),
        (
            {"vehicles__reach": [19_000.0]},
            "trip 0: vehicle 0 has not the fuel to stop 2, and stop 1 has none",
        ),
        ({"vehicles__day_only": [True]}, "trip 0: vehicle 0 cannot reach stop 2 in light"),
        ({"roads__lit": [True, True, False]}, "trip 0: vehicle 0 cannot reach stop 2 in light"),
        ({"vehicles__until": [1_150.0]}, "trip 0: it ends 50 s after the duty of the crew of vehicle 0"),
        (
            {"roads__seconds": np.full((1, 3, 3), np.inf)},
            "trip 0: vehicle 0 has no way from stop 0 to stop 1",
        ),
    ],
)
def test_each_limit_is_told_in_words(changed: dict[str, object], says: str) -> None:
    asked, plan = lone(**changed)
    assert check.broken(asked, plan) == [says]
    assert not reference.run(asked, plan).done.any()


def test_no_vehicle_goes_on_after_its_crew_went_home() -> None:
    asked, _ = lone(vehicles__until=[1_150.0])
    plan = draws.as_plan([(0, 0, [0]), (0, 0, [])])
    assert check.broken(asked, plan)[1] == "trip 1: the crew of vehicle 0 is off duty"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([(1, 0, [0])], "vehicle 1 does not exist"),
        ([(0, 1, [0])], "end 1 does not exist"),
        ([(0, 0, [-1])], "casualty -1 does not exist"),
        ([(0, 0, [0, 0])], "trip 0: it names a casualty twice"),
        (
            [(0, 0, []), (0, 0, [0]), (0, 0, [0])],
            "trip 2: casualty 0 was not brought to an exchange point before",
        ),
    ],
)
def test_rows_that_make_no_sense_are_told(rows: list[tuple[int, int, list[int]]], says: str) -> None:
    asked, _ = lone(facilities__beds=[5], vehicles__reach=[1e6], roads__dark=np.zeros((0, 2)))
    assert check.broken(asked, draws.as_plan(rows)) == [says]


def test_marks_that_do_not_divide_the_casualties_are_told() -> None:
    asked, plan = lone()
    for first in ([0], [0, 2], [1, 1], [0, 1, 1]):
        assert len(check.broken(asked, plan._replace(first=np.array(first, np.int32)))) == 1
