"""A figure that no plan can be better than: the plan that is shown stands within so much of the best there is.

Two relaxations on top of each other. Every casualty is fetched by the vehicle that is soonest for it, as if that vehicle
had nobody else to fetch; and at each facility the k-th operation begins no sooner than if everybody came there as early as
possible and were served without a break. What is left is an assignment of casualties to (facility, bed in the order of
operation), which is solved exactly (Jonker and Volgenant, `scipy.optimize.linear_sum_assignment`).
"""

from heapq import heapify, heapreplace
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from casevac.planner.compiled import compiled
from casevac.planner.policy import Policy, prices, worth
from casevac.planner.problem import NEVER, Floats, Problem, Whole

SLACK = 1e-6  # s: sums in another order may differ in their last bits


class Soonest(NamedTuple):
    """What would be if each casualty had every vehicle for itself; s, inf where it cannot be."""

    arrival: Floats  # (C, F)
    care: Floats  # (C,)


class _Craft(NamedTuple):
    """One vehicle as if it had nothing else to do; by stop, s."""

    ways: Floats  # (S, S) quickest, over any other stops
    there: Floats  # (S,) from its start
    carries: np.ndarray  # (C,) of marks


def soonest(problem: Problem) -> Soonest:
    """The earliest arrival of each casualty at each facility, and its earliest advanced care.

    Over the vehicles that may carry it, directly or by one exchange point; a vehicle may take any detour that is quicker
    than the way itself. Range counts for single legs only, light for the moment of landing only, crew hours for this
    one hand-over only.
    """
    casualties, vehicles, facilities = problem.casualties, problem.vehicles, problem.facilities
    fleet = _fleet(problem)
    stops, houses = casualties.stop, facilities.stop
    care = np.full(len(stops), NEVER)
    arrival, handed = (
        np.full((len(stops), len(houses)), NEVER),
        np.full((len(stops), len(problem.exchange)), NEVER),
    )
    for row, craft in enumerate(fleet):
        loaded = (
            np.where(craft.carries, np.maximum(craft.there[stops], casualties.known), NEVER)
            + vehicles.load[row]
        )
        care = np.minimum(care, loaded) if vehicles.cares[row] else care
        reached = _landed(problem, row, loaded[:, None] + craft.ways[stops])
        arrival = np.minimum(arrival, reached[:, houses])
        handed = np.minimum(handed, reached[:, problem.exchange] + float(vehicles.unload[row]))
    for row, craft in enumerate(fleet):
        for point, stop in enumerate(problem.exchange.tolist()):
            met = (
                np.where(craft.carries, np.maximum(craft.there[stop], handed[:, point]), NEVER)
                + vehicles.load[row]
            )
            care = np.minimum(care, met) if vehicles.cares[row] else care
            arrival = np.minimum(arrival, _landed(problem, row, met[:, None] + craft.ways[stop])[:, houses])
    unable = (casualties.need[:, None] & ~facilities.able[None]) != 0
    arrival[unable | (facilities.beds <= 0)[None]] = NEVER
    return Soonest(arrival, np.minimum(care, arrival.min(axis=1, initial=NEVER)))


def lower_bound(problem: Problem, policy: Policy) -> float:
    """No plan costs less than this under the policy, neither orders changed nor vehicles under way counted."""
    count = len(problem.casualties.stop)
    if not count:
        return 0.0
    first = soonest(problem)
    operated = problem.casualties.operated[:, None]
    at = []
    for house, beds in enumerate(problem.facilities.beds.tolist()):
        places = max(0, min(beds, count))
        reached = first.arrival[:, house, None]
        ready = np.where(operated, reached + float(problem.facilities.prepare[house]), NEVER)[:, 0]
        at.append(np.where(operated, operations(problem, house, ready, places), reached))
    stays = np.full((count, count), NEVER)
    cost = _harm(problem, policy, first.care, np.hstack([*at, stays]))
    rows, columns = linear_sum_assignment(cost)
    return float(cost[rows, columns].sum()) * (1.0 - 1e-12)


def _harm(problem: Problem, policy: Policy, care: Floats, at: Floats) -> Floats:
    """(C, N) cost of each casualty when its surgery (its arrival, if it needs none) is `at` (C, N) s, its care (C,) s."""
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


def _fleet(problem: Problem) -> list[_Craft]:
    """Each vehicle; those of one profile and reach share their ways."""
    casualties, vehicles = problem.casualties, problem.vehicles
    known: dict[tuple[int, float], Floats] = {}
    fleet = []
    for row in range(len(vehicles.start)):
        reach = float(vehicles.reach[row]) if vehicles.flies[row] else NEVER
        alike = int(vehicles.profile[row]), reach
        if alike not in known:
            known[alike] = _quickest(problem, *alike)
        begin = float(vehicles.free[row]) + float(vehicles.turnout[row])
        there = _landed(problem, row, begin + known[alike][int(vehicles.start[row])])
        places = int(vehicles.litters[row]) + int(vehicles.seats[row])
        carries = np.where(casualties.lies, vehicles.litters[row] > 0, places > 0)
        fleet.append(_Craft(known[alike], there, carries))
    return fleet


def _quickest(problem: Problem, profile: int, reach: float) -> Floats:
    """(S, S) s between stops over any others (Floyd and Warshall), by legs of at most `reach` metres."""
    ways = problem.roads.seconds[profile].astype(np.float64)
    ways[np.isnan(ways) | ((problem.roads.metres[profile] > reach) & (reach < NEVER))] = NEVER
    np.fill_diagonal(ways, 0.0)
    for over in range(len(ways)):
        np.minimum(ways, ways[:, over, None] + ways[None, over], out=ways)
    return ways


def _landed(problem: Problem, row: int, reached: Floats) -> Floats:
    """(…, S) s at which a vehicle that could be at the stops then is there: in light, and before its crew goes home."""
    vehicles = problem.vehicles
    if vehicles.flies[row]:
        shy = np.ones(len(problem.roads.lit), dtype=bool) if vehicles.day_only[row] else ~problem.roads.lit
        shy = shy & (np.arange(len(shy)) != vehicles.start[row])
        for dusk, dawn in problem.roads.dark.tolist():
            reached = np.where(shy & (reached > dusk) & (reached < dawn), dawn, reached)
    return np.where(reached > float(vehicles.until[row]) + SLACK, NEVER, reached)


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

    `ready` (C,) s at the earliest, inf who cannot come or needs no table. All cases of a facility last the same, so
    when its operations begin depends on who comes when, and not on who goes first; fewer or later ones begin no sooner.
    Of those committed, whoever is more urgent and ready by then has been taken before.
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
            return at
        at = later
