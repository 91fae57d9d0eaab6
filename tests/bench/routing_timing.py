"""Engines in turn on the same task: seconds of each call, and whether all of them say the same."""

import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

Figures = dict[str, float | int]
Answer = TypeVar("Answer")


class Missing(Exception):
    """A peer or a file is not there: what to do, in one line."""


class Wrong(Exception):
    """Two engines do not say the same."""


def say(text: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")
    sys.stderr.flush()


def nothing(_round: int) -> None:
    """What is to be done after most rounds."""


@dataclass(frozen=True)
class Entrant:
    """One engine at one task: `act(round)` is timed and gives its answer, `after(round)` is not timed.

    Not compared: it answers another question.
    """

    name: str
    act: Callable[[int], object]
    after: Callable[[int], None] = nothing
    compared: bool = True


@contextmanager
def still() -> Iterator[None]:
    """Without the garbage collector, which would stop whoever happens to run."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def race(
    entrants: Sequence[Entrant], rounds: int, told: Callable[[object], object], *, warm: int = 1
) -> dict[str, list[float]]:
    """Seconds of each entrant in each round, the first of a round changing from round to round.

    `told` makes an answer comparable; raises Wrong when the answers of a round differ. The first `warm`
    rounds are run once before, not timed.
    """
    seconds: dict[str, list[float]] = {each.name: [] for each in entrants}
    with still():
        for number in [*range(min(warm, rounds)), *range(rounds)]:
            turn = number % len(entrants)
            answers: dict[str, object] = {}
            for each in [*entrants[turn:], *entrants[:turn]]:
                start = time.perf_counter()
                answer = each.act(number)
                seconds[each.name].append(time.perf_counter() - start)
                each.after(number)
                if each.compared:
                    answers[each.name] = told(answer)
                del answer
            _compare(answers, number)
    return {name: each[min(warm, rounds) :] for name, each in seconds.items()}


def _compare(answers: dict[str, object], number: int) -> None:
    (first, expected), *others = answers.items()
    for name, answer in others:
        if answer != expected:
            raise Wrong(f"in round {number} {name} says {_short(answer)}, {first} says {_short(expected)}")


def _short(answer: object) -> str:
    text = repr(answer)
    return text if len(text) < 200 else f"{text[:200]}..."


def ratio(ours: Sequence[float], others: Sequence[float]) -> float:
    """Of the medians; below 1 ours is quicker."""
    return round(statistics.median(ours) / statistics.median(others), 4)


def median_ms(seconds: Sequence[float], calls: int = 1) -> float:
    """Milliseconds of one of the `calls` that each measurement holds."""
    return round(statistics.median(seconds) * 1000 / calls, 5)
