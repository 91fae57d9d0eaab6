"""How long it takes from the injury until a vehicle moves: each step as measured here, else a guess."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from casevac.chain import window
from casevac.hands import MOVING, decision_s, opened_at
from casevac.view import View

ALERT, DECISION, APPROVAL, ACCEPTANCE, LAUNCH = "alert", "decision", "approval", "acceptance", "launch"
STEPS = (ALERT, DECISION, APPROVAL, ACCEPTANCE, LAUNCH)
WORDS = {
    ALERT: "from the injury to the first word",
    DECISION: "from the first word to the plan",
    APPROVAL: "from the plan to the word of who may launch",
    ACCEPTANCE: "from the order to its acceptance",
    LAUNCH: "from the acceptance until the vehicle moves",
}
Guess = tuple[float, float]


class Latency(NamedTuple):
    """One step: seconds in the middle and for nine in ten, over so many `times` that were measured."""

    step: str
    p50_s: float
    p90_s: float
    times: int = 0

    @property
    def estimated(self) -> bool:
        """True when the mission has measured none."""
        return self.times == 0

    def seconds(self, *, p90: bool) -> float:
        """The middle or the bound."""
        return self.p90_s if p90 else self.p50_s


def latencies(view: View, guesses: Mapping[str, Guess]) -> dict[str, Latency]:
    """Every step by name: measured where this mission has a single time of it, else as guessed.

    The mission's own guesses go before those given; a step that nobody guessed takes no time.
    """
    known, mine = measured(view), {**guesses, **view.profile.latencies}
    return {step: _latency(step, known.get(step, ()), mine.get(step, (0.0, 0.0))) for step in STEPS}


def _latency(step: str, seconds: Sequence[float], guess: Guess) -> Latency:
    if not seconds:
        return Latency(step, *guess)
    rising = sorted(seconds)
    return Latency(step, median(rising), rising[math.ceil(0.9 * len(rising)) - 1], len(rising))


def measured(view: View) -> dict[str, list[float]]:
    """Seconds of every step that happened in this mission, request by request."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for request in view.requests:
        found[ALERT] += _alerts(view, request)
        found[DECISION] += _known(decision_s(view, request))
    for key, one in view.picture.chains.items():
        found[APPROVAL] += _known(view.approval(one).seconds)
        for vehicle, task in view.tasks_of.get(key, {}).items():
            if task.sent is None or task.accepted_at is None:
                continue
            found[ACCEPTANCE].append(max(0.0, (task.accepted_at - task.sent[0]).total_seconds()))
            known, within = view.picture.vehicles.get(vehicle), window(one, task)
            said = known.said if known is not None else ()
            moved = next((at for at, state in said if state in MOVING and within.holds(at)), None)
            if moved is not None:
                found[LAUNCH].append(max(0.0, (moved - task.accepted_at).total_seconds()))
    return dict(found)


def _known(seconds: float | None) -> list[float]:
    return [] if seconds is None else [seconds]


def _alerts(view: View, request: str) -> list[float]:
    """From each injury whose time is known to the first word of its request."""
    begun = opened_at(view, request)
    hurt = (view.picture.casualties[zap].hurt for zap in view.of_request.get(request, ()))
    times = [(begun - one.value.at).total_seconds() for one in hurt if one is not None and begun is not None]
    return [max(0.0, min(times))] if times else []
