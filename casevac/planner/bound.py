"""A figure that no plan can be better than: the one that is shown stands within so much of the best.

Two relaxations on top of each other. Every casualty is fetched by the vehicle that is soonest for it, as
if that vehicle had nobody else to fetch; and at each facility the k-th operation begins no sooner than if
everybody came there as early as possible and were served without a break. What is left is an assignment
of casualties to (facility, bed in the order of operation), which is solved exactly (Jonker and Volgenant,
`scipy.optimize.linear_sum_assignment`).
"""

from heapq import heapify, heapreplace
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from casevac.planner.alone import soonest, whole_fleet
from casevac.planner.compiled import compiled
from casevac.planner.packed import packed
from casevac.planner.policy import Policy, prices, worth
from casevac.planner.problem import NEVER, Floats, Problem, Whole
from casevac.planner.scarce import aboard


def lower_bound(problem: Problem, policy: Policy, rounds: int = 0) -> float:
    """No plan costs less than this under the policy, neither orders changed nor vehicles under way counted.

    Raises BadProblem as the simulator does. With `rounds` places aboard are scarce too; each one (of some
    milliseconds at 60 casualties) may tighten it.
    """
    count = len(problem.casualties.stop)
    if not count:
        return 0.0
    packed(problem)
    fleet = whole_fleet(problem)
    first = soonest(problem, fleet)
    operated = problem.casualties.operated[:, None]
    at, houses = [], []
    for house, beds in enumerate(problem.facilities.beds.tolist()):
        places = max(0, min(beds, count))
        reached = first.arrival[:, house, None]
        ready = np.where(operated, reached + float(problem.facilities.prepare[house]), NEVER)[:, 0]
        at.append(np.where(operated, operations(problem, house, ready, places), reached))
        houses += [house] * places
    stays = np.full((count, count), NEVER)
    cost = _harm(problem, policy, first.care, np.hstack([*at, stays]))
    rows, columns = linear_sum_assignment(cost)
    least = float(cost[rows, columns].sum())
    if rounds and houses:
        places = aboard(problem, fleet, first.handed)
        ready = places.arrival + np.where(operated, problem.facilities.prepare[None], 0.0)[:, None]
        fetched = _harm(problem, policy, first.care, ready.reshape(count, -1)).reshape(ready.shape)
        least = max(
            least, _tolled(Choice(cost, np.array(houses, np.int32), fetched, places.room), least, rounds)
        )
    return least * (1.0 - 1e-12)


class Choice(NamedTuple):
    """What there is to choose for C casualties.

    K beds in the order of operation, and U places aboard to get there.
    """

    cost: Floats  # (C, K + C) whatever it comes with; the last C: it stays
    house: Whole  # (K,) facility of each bed
    fetched: Floats  # (C, U, F) cost if it goes by that place aboard, whatever bed it gets there
    room: Floats  # (U,)


def _tolled(choice: Choice, least: float, rounds: int) -> float:
    """The best bound of so many tolls on places aboard (Lagrange), by steps along the subgradient (Polyak).

    Every casualty pays for its place aboard; what all places could take at most is given back. Whatever
    the tolls, that is no more than what the best plan costs.
    """
    beds, scarce = len(choice.house), np.isfinite(choice.room)
    toll, cost = np.zeros(len(choice.room)), choice.cost.copy()
    by = np.empty((len(cost), beds), np.int32)
    best, hope, idle = least, 0.01, 0
    for _ in range(rounds):
        _cheapest(choice, toll, cost, by)
        rows, columns = linear_sum_assignment(cost)
        value = float(cost[rows, columns].sum() - (toll * np.where(scarce, choice.room, 0.0)).sum())
        idle = 0 if value > best + 1e-5 * abs(best) else idle + 1
        best = max(best, value)
        if idle == 8:
            hope, idle = hope / 2, 0
        going = columns < beds
        used = np.bincount(by[rows[going], columns[going]], minlength=len(toll)) - np.where(
            scarce, choice.room, 0.0
        )
        used[~scarce | ((toll == 0.0) & (used < 0.0))] = 0.0
        if not used.any():
            break
        toll = np.maximum(0.0, toll + (best * (1.0 + hope) - value) / float(used @ used) * used)
    return best


@compiled
def _cheapest(choice: Choice, toll: Floats, cost: Floats, by: Whole) -> None:
    """Fill in what each bed costs each casualty by the cheapest place aboard, and which that is."""
    for c in range(by.shape[0]):
        for k in range(by.shape[1]):
            f, least, of = choice.house[k], np.inf, 0
            for u in range(len(toll)):
                one = max(choice.fetched[c, u, f], choice.cost[c, k]) + toll[u]
                if one < least:
                    least, of = one, u
            cost[c, k], by[c, k] = least, of


def _harm(problem: Problem, policy: Policy, care: Floats, at: Floats) -> Floats:
    """(C, N) cost of each when surgery (arrival, who needs none) is `at` (C, N) s, and care (C,) s."""
    found = np.empty_like(at)
    casualties = problem.casualties
    _fill(prices(policy).each, casualties.category, casualties.injured, (care, at), found)
    return found


@compiled
def _fill(each: Floats, category: Whole, injured: Floats, when: tuple[Floats, Floats], found: Floats) -> None:
    care, at = when
    for c in range(at.shape[0]):
        for n in range(at.shape[1]):
            found[c, n] = worth(each[category[c]], injured[c], care[c], at[c, n])


def _begins(tables: list[float], case: float, ready: Floats) -> Floats:
    """(N,) s at which the operations begin, in order, of those who are `ready` (N,), whoever it is."""
    begins = np.full(len(ready), NEVER)
    free = list(tables)
    if not free:
        return begins
    heapify(free)
    for nth, one in enumerate(np.sort(ready).tolist()):
        begins[nth] = max(free[0], one)
        heapreplace(free, begins[nth] + case)
    return begins


def operations(problem: Problem, house: int, ready: Floats, places: int) -> Floats:
    """(C, places) s: no sooner is casualty c operated on as the k-th of the new ones at this facility.

    `ready` (C,) s at the earliest, inf who cannot come or needs no table. All cases of a facility last
    the same, so when its operations begin depends on who comes when, and not on who goes first; fewer or
    later ones begin no sooner. Of those committed, whoever is more urgent and ready by then has been
    taken before.
    """
    facilities, casualties = problem.facilities, problem.casualties
    here = facilities.queue_facility == house
    queue_ready, queue_category = facilities.queue_ready[here], facilities.queue_category[here]
    coming = ready[np.isfinite(ready)]
    begins = np.append(
        _begins(
            facilities.tables[house].tolist(), float(facilities.case[house]), np.append(coming, queue_ready)
        ),
        NEVER,
    )
    nth = np.arange(places)
    before = np.full(
        (len(ready), len(queue_ready)), NEVER
    )  # from then on the committed go before the casualty
    for one, (then, category) in enumerate(zip(queue_ready, queue_category, strict=True)):
        sooner = (category < casualties.category) | ((category == casualties.category) & (then <= ready))
        before[sooner, one] = then
    at = np.maximum(ready[:, None], begins[np.minimum(nth, len(begins) - 1)][None])
    while True:  # ends: `at` only grows, by ever fewer who may still go before
        passed = (before[:, None] <= at[:, :, None]).sum(axis=2)
        later = np.maximum(ready[:, None], begins[np.minimum(nth + passed, len(begins) - 1)])
        if np.array_equal(later, at):
            return np.asarray(at)
        at = later
