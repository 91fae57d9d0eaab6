"""Emergencies that are told again and again, over restarts of the door and steps of the clock."""

from typing import Any

import pytest

from tracker.cot.episodes import LASTS_S, Episodes, Memory


class Remembered:
    """A memory as the door's file is, and a clock that a test sets."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.now = 1_000_000.0
        self.writes = 0

    def keep(self, told: dict[str, Any]) -> None:
        self.told, self.writes = {who: list(pair) for who, pair in told.items()}, self.writes + 1

    def door(self) -> Episodes:
        return Episodes(Memory(lambda: self.told, self.keep), lambda: self.now)


def test_one_emergency_is_one_until_it_was_silent_for_long() -> None:
    kept = Remembered()
    door = kept.door()
    assert [door.since("a", at) for at in (100, 103, 106)] == ["100"] * 3
    kept.now += LASTS_S - 1
    assert door.since("a", 225) == "100"
    kept.now += LASTS_S + 1
    assert door.since("a", 346) == "346"
    assert door.since("b", 346) == "346"


def test_what_is_called_off_is_over() -> None:
    door = Remembered().door()
    assert door.over("a") == ""
    door.since("a", 100)
    assert door.over("a") == "100"
    assert door.over("a") == ""
    assert door.since("a", 200) == "200"


def test_the_door_may_start_again_amid_it() -> None:
    kept = Remembered()
    kept.door().since("a", 100)
    kept.now += 30
    assert kept.door().since("a", 130) == "100"
    assert kept.door().over("a") == "100"
    assert kept.door().over("a") == "", "what was called off stays so"
    kept.door().since("a", 200)
    kept.now += LASTS_S
    assert kept.door().since("a", 400) == "400", "the door was away for too long"


@pytest.mark.parametrize("step", [-86_400.0, 86_400.0])
def test_after_a_step_of_the_clock_nothing_new_is_hidden(step: float) -> None:
    kept = Remembered()
    door = kept.door()
    door.since("a", 100)
    kept.now += step
    assert door.since("a", 200) == "200"


def test_it_is_written_at_once_when_it_begins_and_seldom_while_it_lasts() -> None:
    kept = Remembered()
    door = kept.door()
    for second in range(60):
        door.since("a", 100 + second)
        kept.now += 1
    assert 10 <= kept.writes <= 14
    door.since("b", 200)
    assert "b" in kept.told


@pytest.mark.parametrize("told", [{"a": 1}, {"a": [1]}, {"a": ["x", 2]}, {"a": [1, None]}, {"a": {}}])
def test_a_memory_that_was_written_over_is_no_memory(told: dict[str, Any]) -> None:
    kept = Remembered()
    kept.told = told
    assert kept.door().since("a", 100) == "100"
