"""What would be if each casualty had every vehicle to itself: never later than under any plan."""

from typing import NamedTuple

import numpy as np

from casevac.planner.problem import NEVER, Floats, Marks, Problem, Whole

SLACK = 1e-6  # s: sums in another order may differ in their last bits


class Soonest(NamedTuple):
    """s, inf where it cannot be."""

    arrival: Floats  # (C, F) at each facility that can take it
    care: Floats  # (C,) advanced care
    handed: Floats  # (C, X) handed over at each exchange point


class Craft(NamedTuple):
    """One vehicle as if it had nothing else to do; by stop, s."""

    ways: Floats  # (S, S) quickest, over any other stops
    there: Floats  # (S,) from its start
    carries: Marks  # (C,)


def soonest(problem: Problem, fleet: list[Craft]) -> Soonest:
    """The earliest arrival of each casualty at each facility, and its earliest advanced care.

    Over the vehicles that may carry it, directly or by one exchange point; a vehicle may take any detour
    that is quicker than the way itself. Range counts for single legs only, light for the moment of
    landing only, crew hours for this one hand-over only.
    """
    casualties, vehicles = problem.casualties, problem.vehicles
    stops, houses, points = casualties.stop, problem.facilities.stop, problem.exchange
    care = np.full(len(stops), NEVER)
    arrival, handed = np.full((len(stops), len(houses)), NEVER), np.full((len(stops), len(points)), NEVER)
    for row, craft in enumerate(fleet):
        loaded = (
            np.where(craft.carries, np.maximum(craft.there[stops], casualties.known), NEVER)
            + vehicles.load[row]
        )
        care = np.minimum(care, loaded) if vehicles.cares[row] else care
        arrival = np.minimum(
            arrival,
            landed(problem, row, stops[:, None], houses, loaded[:, None] + craft.ways[stops][:, houses]),
        )
        brought = landed(problem, row, stops[:, None], points, loaded[:, None] + craft.ways[stops][:, points])
        handed = np.minimum(handed, brought + float(vehicles.unload[row]))
    for row, craft in enumerate(fleet):
        for point, stop in enumerate(points.tolist()):
            met = (
                np.where(craft.carries, np.maximum(craft.there[stop], handed[:, point]), NEVER)
                + vehicles.load[row]
            )
            care = np.minimum(care, met) if vehicles.cares[row] else care
            arrival = np.minimum(
                arrival, landed(problem, row, points[point], houses, met[:, None] + craft.ways[stop, houses])
            )
    arrival[~taken(problem)] = NEVER
    return Soonest(arrival, np.minimum(care, arrival.min(axis=1, initial=NEVER)), handed)


def taken(problem: Problem) -> Marks:
    """(C, F) whether the facility can do all that the casualty needs and has a bed at all."""
    able = (problem.casualties.need[:, None] & ~problem.facilities.able[None]) == 0
    return np.asarray(able & (problem.facilities.beds > 0)[None])


def whole_fleet(problem: Problem) -> list[Craft]:
    """Each vehicle; those of one profile and reach share their ways."""
    casualties, vehicles = problem.casualties, problem.vehicles
    everywhere = np.arange(len(problem.roads.lit), dtype=np.int32)
    known: dict[tuple[int, float], Floats] = {}
    fleet = []
    for row in range(len(vehicles.start)):
        reach = float(vehicles.reach[row]) if vehicles.flies[row] else NEVER
        alike = int(vehicles.profile[row]), reach
        if alike not in known:
            known[alike] = _quickest(problem, *alike)
        begin, start = float(vehicles.free[row]) + float(vehicles.turnout[row]), int(vehicles.start[row])
        there = landed(problem, row, vehicles.start[row], everywhere, begin + known[alike][start])
        places = int(vehicles.litters[row]) + int(vehicles.seats[row])
        carries = np.where(casualties.lies, vehicles.litters[row] > 0, places > 0)
        fleet.append(Craft(known[alike], there, carries))
    return fleet


def _quickest(problem: Problem, profile: int, reach: float) -> Floats:
    """(S, S) s between stops over any others (Floyd and Warshall), by legs of at most `reach` metres."""
    ways = problem.roads.seconds[profile].astype(np.float64)
    ways[np.isnan(ways) | (problem.roads.metres[profile] > reach)] = NEVER
    np.fill_diagonal(ways, 0.0)
    for over in range(len(ways)):
        np.minimum(ways, ways[:, over, None] + ways[None, over], out=ways)
    return np.asarray(ways)


def landed(problem: Problem, row: int, start: Whole, stops: Whole, reached: Floats) -> Floats:
    """(…, N) s at which a vehicle that could be at N stops then is: in light, before its crew goes home.

    It comes from `start` (…, 1); who stands there already need not land.
    """
    vehicles = problem.vehicles
    if vehicles.flies[row]:
        shy = (~problem.roads.lit[stops] | bool(vehicles.day_only[row])) & (start != stops)
        for dusk, dawn in problem.roads.dark.tolist():
            reached = np.where(shy & (reached > dusk) & (reached < dawn), dawn, reached)
    return np.where(reached > float(vehicles.until[row]) + SLACK, NEVER, reached)
