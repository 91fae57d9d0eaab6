"""Whether a plan keeps every limit, trip by trip in plain Python: the second pair of eyes on the search.

It is written from the rules of the chain in `problem` and shares nothing with the simulator, so that a
mistake of the one is found by the other. A plan keeps all limits when each of its trips can be done as it
stands.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite
from typing import NamedTuple

from casevac.planner.problem import NOBODY, Plan, Problem


class Breach(NamedTuple):
    """What a trip does that it cannot; `trip` is NOBODY where the plan as a whole makes no sense."""

    trip: int
    says: str


class Fuelled(NamedTuple):
    """Where a vehicle stands, from when on, in seconds, and how many metres it still has."""

    stop: int
    at: float
    left: float


@dataclass
class Ledger:
    """What earlier rows have used up."""

    beds: list[int]
    fleet: list[Fuelled]
    home: set[int] = field(default_factory=set)  # vehicles whose crew goes off duty
    named: set[int] = field(default_factory=set)
    brought: dict[int, Fuelled] = field(
        default_factory=dict
    )  # who waits at an exchange point: where and from when


class _Broken(Exception):
    """This trip breaks a limit; the words say which."""


class _OffDuty(_Broken):
    """And the crew does no later one."""


def broken(problem: Problem, plan: Plan) -> list[str]:
    """Each limit that the plan breaks, one line each; none when every trip can be done as it stands.

    Capacity, capability, beds, range and refuelling, daylight and lit landing, crew hours, roads that
    exist, the order at exchange points, and rows that do not exist at all.
    """
    return [
        one.says if one.trip == NOBODY else f"trip {one.trip}: {one.says}" for one in breaches(problem, plan)
    ]


def breaches(problem: Problem, plan: Plan) -> list[Breach]:
    """The same with the row of the trip.

    A trip that cannot be done is left out of what the later ones meet.
    """
    senseless = _senseless(problem, plan)
    if senseless:
        return [Breach(NOBODY, says) for says in senseless]
    vehicles = problem.vehicles
    ledger = Ledger(
        [int(beds) for beds in problem.facilities.beds],
        [
            Fuelled(int(stop), float(free) + float(turnout), float(reach))
            for stop, free, turnout, reach in zip(
                vehicles.start, vehicles.free, vehicles.turnout, vehicles.reach, strict=True
            )
        ],
    )
    found = []
    for trip in range(len(plan.vehicle)):
        try:
            _go(problem, plan, ledger, trip)
        except _Broken as broke:
            found.append(Breach(trip, str(broke)))
        ledger.named.update(_aboard(plan, trip))
    return found


def _senseless(problem: Problem, plan: Plan) -> list[str]:
    """Rows of the plan that mean nothing."""
    trips, names = len(plan.vehicle), len(plan.who)
    marks = [int(mark) for mark in plan.first]
    if len(plan.end) != trips or len(marks) != trips + 1:
        return [f"{trips} vehicles, {len(plan.end)} ends and {len(marks)} marks do not make trips"]
    if marks[0] != 0 or marks[-1] != names or any(low > high for low, high in pairwise(marks)):
        return ["the marks of the trips do not divide the casualties"]
    ends = len(problem.facilities.stop) + len(problem.exchange)
    return [
        f"{what} {row} does not exist"
        for what, rows, count in (
            ("vehicle", plan.vehicle, len(problem.vehicles.start)),
            ("end", plan.end, ends),
            ("casualty", plan.who, len(problem.casualties.stop)),
        )
        for row in sorted({int(row) for row in rows})
        if not 0 <= row < count
    ]


def _aboard(plan: Plan, trip: int) -> list[int]:
    return [int(one) for one in plan.who[plan.first[trip] : plan.first[trip + 1]]]


def _go(problem: Problem, plan: Plan, ledger: Ledger, trip: int) -> None:
    """Do one trip in the ledger, or say why not."""
    vehicle, end, aboard = int(plan.vehicle[trip]), int(plan.end[trip]), _aboard(plan, trip)
    house = end < len(problem.facilities.stop)
    _named_rightly(plan, ledger, aboard, house=house)
    _carried(problem, vehicle, aboard)
    if house:
        _taken_in(problem, ledger, end, aboard)
    if vehicle in ledger.home:
        raise _OffDuty(f"the crew of vehicle {vehicle} is off duty")
    ended = _driven(problem, ledger, vehicle, end, aboard)
    if ended.at > float(problem.vehicles.until[vehicle]):
        ledger.home.add(vehicle)
        late = round(ended.at - float(problem.vehicles.until[vehicle]))
        raise _OffDuty(f"it ends {late} s after the duty of the crew of vehicle {vehicle}")
    ledger.fleet[vehicle] = ended
    for one in aboard:
        ledger.brought.pop(one, None)
        if not house:
            ledger.brought[one] = ended
    if house:
        ledger.beds[end] -= len(aboard)


def _named_rightly(plan: Plan, ledger: Ledger, aboard: list[int], *, house: bool) -> None:
    """Once, or a second time by a trip that goes on from an exchange point to a facility."""
    if len(set(aboard)) < len(aboard):
        raise _Broken("it names a casualty twice")
    for one in aboard:
        if one in ledger.named and one not in ledger.brought:
            raise _Broken(f"casualty {one} was not brought to an exchange point before")
        if one in ledger.named and not house:
            raise _Broken(f"casualty {one} comes from an exchange point and is brought to one again")


def _carried(problem: Problem, vehicle: int, aboard: list[int]) -> None:
    """Litters for those who lie; seats, then spare litters, for the others."""
    litters, seats = int(problem.vehicles.litters[vehicle]), int(problem.vehicles.seats[vehicle])
    lying = len([one for one in aboard if problem.casualties.lies[one]])
    if lying > litters:
        raise _Broken(f"{lying} lie and vehicle {vehicle} has {litters} litters")
    if len(aboard) > litters + seats:
        raise _Broken(f"{len(aboard)} are more than vehicle {vehicle} carries, {litters + seats}")


def _taken_in(problem: Problem, ledger: Ledger, house: int, aboard: list[int]) -> None:
    """The facility can do what each needs and has a bed for each."""
    able = int(problem.facilities.able[house])
    for one in aboard:
        need = int(problem.casualties.need[one])
        if need | able != able:
            raise _Broken(f"facility {house} cannot do what casualty {one} needs")
    if len(aboard) > ledger.beds[house]:
        raise _Broken(f"facility {house} has {ledger.beds[house]} beds left and {len(aboard)} come")


def _driven(problem: Problem, ledger: Ledger, vehicle: int, end: int, aboard: list[int]) -> Fuelled:
    """The vehicle after the trip: way by way to each casualty and then to the end."""
    vehicles, houses = problem.vehicles, problem.facilities.stop
    where = ledger.fleet[vehicle]
    for one in aboard:
        waits = ledger.brought.get(one) if one in ledger.named else None
        stop = waits.stop if waits else int(problem.casualties.stop[one])
        there_from = waits.at if waits else float(problem.casualties.known[one])
        where = _way(problem, vehicle, where, stop)
        loaded = max(where.at, there_from) + float(vehicles.load[vehicle])
        where = where._replace(at=loaded)
    last = houses[end] if end < len(houses) else problem.exchange[end - len(houses)]
    where = _way(problem, vehicle, where, int(last))
    return where._replace(at=where.at + len(aboard) * float(vehicles.unload[vehicle]))


def _way(problem: Problem, vehicle: int, where: Fuelled, to: int) -> Fuelled:
    """One leg: there is a road, or there is fuel and light enough to fly it."""
    if to == where.stop:
        return where
    profile = int(problem.vehicles.profile[vehicle])
    takes = float(problem.roads.seconds[profile, where.stop, to])
    if not isfinite(takes):
        raise _Broken(f"vehicle {vehicle} has no way from stop {where.stop} to stop {to}")
    if not problem.vehicles.flies[vehicle]:
        return Fuelled(to, where.at + takes, where.left)
    where = _fuelled(problem, vehicle, where, to)
    begin = _lightest(problem, vehicle, where.at, to, takes)
    metres = float(problem.roads.metres[profile, where.stop, to])
    return Fuelled(to, begin + takes, where.left - metres)


def _fuelled(problem: Problem, vehicle: int, where: Fuelled, to: int) -> Fuelled:
    """The aircraft with enough in its tanks for the next leg, refuelled first if need be and if it can."""
    metres = float(problem.roads.metres[int(problem.vehicles.profile[vehicle]), where.stop, to])
    if metres <= where.left:
        return where
    reach = float(problem.vehicles.reach[vehicle])
    if not metres <= reach:
        raise _Broken(f"stop {to} is out of the reach of vehicle {vehicle}")
    if not problem.roads.fuel[where.stop]:
        raise _Broken(f"vehicle {vehicle} has not the fuel to stop {to}, and stop {where.stop} has none")
    return where._replace(at=where.at + float(problem.vehicles.refuel[vehicle]), left=reach)


def _lightest(problem: Problem, vehicle: int, earliest: float, to: int, takes: float) -> float:
    """When the leg begins so that it is flown, or at least ends, in light as it must."""
    by_day = bool(problem.vehicles.day_only[vehicle])
    if not by_day and problem.roads.lit[to]:
        return earliest
    begin = earliest
    for dusk, dawn in problem.roads.dark.tolist():
        end = begin + takes
        if by_day and end > dusk and begin < dawn:
            begin = dawn
        elif not by_day and dusk < end < dawn:
            begin = dawn - takes
    if not isfinite(begin):
        raise _Broken(f"vehicle {vehicle} cannot reach stop {to} in light")
    return begin
