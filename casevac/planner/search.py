"""The anytime search: simulated annealing of a plan, each change weighed exactly; the best so far is kept."""

import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from casevac.planner.compiled import compiled
from casevac.planner.moves import below, change
from casevac.planner.nearby import Near, nearby
from casevac.planner.packed import Long, Packed, as_rows, packed
from casevac.planner.policy import Policy, Prices, prices
from casevac.planner.problem import Floats, Plan, Problem
from casevac.planner.routes import plan_of, state_of
from casevac.planner.simulate import fates, only_done
from casevac.planner.state import LENGTH, Grid, State, Table, begin, settle, total, undo

HOT, COLD = 0.1, 0.0005  # expected deaths that are risked by a change, at first and at last
_AT_ONCE = 2000  # changes between two looks at the clock: some milliseconds
_UNIT = 1 << 30


class Best(NamedTuple):
    """The best routes so far."""

    route: Grid
    length: Grid  # (V, 2) as State.tally
    cost: Floats  # (2,) best, now


def improve(
    problem: Problem,
    plan: Plan,
    policy: Policy,
    seconds: float,
    seed: int = 1,
    stop: Callable[[], bool] = lambda: False,
    moves: int | None = None,
) -> Plan:
    """The best plan found from this one within the time; never one that costs more, never an undoable trip.

    With `moves` it makes so many, however long it takes, and the same input gives the same plan. `stop` is
    asked every few milliseconds; when it says so the best so far is given.
    """
    p, weights = packed(problem), prices(policy)
    if not len(p.casualties) or not len(p.vehicles):
        return plan_of(state_of(p, weights, as_rows(problem, plan)))
    s = state_of(p, weights, as_rows(problem, plan))
    found = search(p, weights, s, Budget(seconds, moves, stop), seed)
    return only_done(found, fates(p, found).done)


class Budget(NamedTuple):
    """How long a search may take."""

    seconds: float
    moves: int | None
    stop: Callable[[], bool]


def search(p: Packed, weights: Prices, s: State, budget: Budget, seed: int) -> Plan:
    """Anneal the state; gives the best plan seen. The state is as the search left it."""
    near, lot = nearby(p), np.array([(seed * 2654435761 + 88172645) % 0xFFFFFFFF + 1], np.int64)
    now = total(s, weights.other)
    best = Best(s.route.copy(), s.tally.copy(), np.array([now, now]))
    begun, made, spent = time.monotonic(), 0, 0.0
    while spent < 1.0 and not budget.stop():
        heat = HOT * (COLD / HOT) ** spent
        some = _AT_ONCE if budget.moves is None else min(_AT_ONCE, budget.moves - made)
        anneal(p, weights.each, weights.other, s, near, lot, best, some, heat)
        made += some
        spent = made / budget.moves if budget.moves else (time.monotonic() - begun) / budget.seconds
    s.route[:], s.tally[:] = best.route, best.length
    return plan_of(s)


@compiled
def anneal(p: Packed, each: Table, other: Floats, s: State, near: Near, lot: Long, best: Best, moves: int,
           heat: float) -> None:  # fmt: skip
    """So many changes, each kept if it saves, and by lot if it costs little beside the heat."""
    for _ in range(moves):
        begin(s)
        cost = settle(p, each, other, s) if change(p, s, near, lot) else np.inf
        if cost > 0.0 and not (cost < np.inf and below(lot, _UNIT) < _UNIT * np.exp(-cost / heat)):
            undo(s)
            continue
        best.cost[1] += cost
        if best.cost[1] < best.cost[0] - 1e-9:
            best.cost[0] = best.cost[1]
            for i in range(len(s.tally)):
                best.length[i, LENGTH] = s.tally[i, LENGTH]
                for k in range(s.tally[i, LENGTH]):
                    best.route[i, k] = s.route[i, k]
