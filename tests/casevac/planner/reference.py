"""The rules of the chain, slowly: from the words of `casevac.planner.problem` alone, one casualty at a time.

No array is computed with as a whole and nothing is shared with `simulate`; what both say alike is what
the words say.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from casevac.planner.problem import NEVER, NOBODY, Fates, Plan, Problem


class Undoable(Exception):
    """This trip cannot be done."""


class TooLate(Exception):
    """This trip would end after the crew's duty."""


@dataclass(frozen=True)
class Craft:
    """A vehicle as it stands: where, from when on, and how far it still flies."""

    row: int
    stop: int
    at: float
    left: float
    off_duty: bool = False


@dataclass
class Waiting:
    """A casualty as it is known while the rows are done one by one."""

    stop: int
    ready: float
    named: int = 0  # how many trips have named it so far, done or not
    handed_over: bool = False
    care: float = NEVER
    arrival: float = NEVER
    facility: int = NOBODY


@dataclass
class World:
    """Everything that a trip changes."""

    crafts: list[Craft]
    people: list[Waiting]
    beds: list[int]


class Case(NamedTuple):
    """Who waits for a table, in the order in which it is taken: urgent, ready first, committed, row."""

    category: int
    ready: float
    new: int
    row: int


@dataclass
class Outcome:
    """What a trip comes to when it is done."""

    begun: float
    arrived: float
    ended: float
    left: float
    end_stop: int
    loaded: dict[int, float] = field(default_factory=dict)


def trip_people(plan: Plan, trip: int) -> list[int]:
    """Rows of the casualties of a trip, in the order of loading."""
    return [int(row) for row in plan.who[int(plan.first[trip]) : int(plan.first[trip + 1])]]


def run(problem: Problem, plan: Plan) -> Fates:
    """What becomes of each casualty and each trip of the plan."""
    world = World(
        [start_of(problem, row) for row in range(len(problem.vehicles.start))],
        [
            Waiting(int(stop), float(known))
            for stop, known in zip(problem.casualties.stop, problem.casualties.known, strict=True)
        ],
        [int(beds) for beds in problem.facilities.beds],
    )
    done: list[bool] = []
    begun: list[float] = []
    ended: list[float] = []
    for trip in range(len(plan.vehicle)):
        outcome = attempt(problem, plan, world, trip)
        done.append(outcome is not None)
        begun.append(outcome.begun if outcome else NEVER)
        ended.append(outcome.ended if outcome else NEVER)
    return Fates(
        np.array([p.arrival for p in world.people], dtype=np.float64),
        np.array([p.care for p in world.people], dtype=np.float64),
        np.array(surgeries(problem, world.people), dtype=np.float64),
        np.array([p.facility for p in world.people], dtype=np.int32),
        np.array(done, dtype=np.bool_),
        np.array(begun, dtype=np.float64),
        np.array(ended, dtype=np.float64),
    )


def start_of(problem: Problem, row: int) -> Craft:
    """A vehicle before its first trip: rule 1."""
    vehicles = problem.vehicles
    at = float(vehicles.free[row]) + float(vehicles.turnout[row])
    return Craft(row, int(vehicles.start[row]), at, float(vehicles.reach[row]))


def attempt(problem: Problem, plan: Plan, world: World, trip: int) -> Outcome | None:
    """Do one row, or leave everything as it was: rule 11."""
    people = trip_people(plan, trip)
    craft = world.crafts[int(plan.vehicle[trip])]
    turns = []
    for row in people:
        world.people[row].named += 1
        turns.append(world.people[row].named)
    if craft.off_duty:
        return None
    try:
        outcome = drive(problem, plan, world, trip, turns)
    except Undoable:
        return None
    except TooLate:
        world.crafts[craft.row] = Craft(craft.row, craft.stop, craft.at, craft.left, off_duty=True)
        return None
    settle(problem, plan, world, trip, outcome)
    return outcome


def drive(problem: Problem, plan: Plan, world: World, trip: int, turns: list[int]) -> Outcome:
    """The whole trip: rules 2 to 8."""
    people = trip_people(plan, trip)
    row, end = int(plan.vehicle[trip]), int(plan.end[trip])
    vehicles, facilities = problem.vehicles, problem.facilities
    may_go(problem, world, people, turns, end)
    may_carry(problem, row, people)
    craft = world.crafts[row]
    outcome = Outcome(craft.at, NEVER, NEVER, craft.left, NOBODY)
    stop, at, left = craft.stop, craft.at, craft.left
    for one in people:
        person = world.people[one]
        at, left = leg(problem, row, stop, person.stop, at, left)
        stop = person.stop
        at = max(at, person.ready) + float(vehicles.load[row])
        outcome.loaded[one] = at
    count = len(facilities.stop)
    outcome.end_stop = int(facilities.stop[end]) if end < count else int(problem.exchange[end - count])
    outcome.arrived, outcome.left = leg(problem, row, stop, outcome.end_stop, at, left)
    outcome.ended = outcome.arrived + len(people) * float(vehicles.unload[row])
    if not outcome.ended < NEVER:  # a night without end
        raise Undoable
    if outcome.ended > float(vehicles.until[row]):
        raise TooLate
    return outcome


def may_go(problem: Problem, world: World, people: list[int], turns: list[int], end: int) -> None:
    """Each can be taken by this row (rule 11), and the facility can take all of them (rule 8)."""
    count = len(problem.facilities.stop)
    if len(set(people)) < len(people):
        raise Undoable
    for one, turn in zip(people, turns, strict=True):
        person = world.people[one]
        if turn == 1:
            continue
        if not person.handed_over or end >= count:
            raise Undoable
    if end >= count:
        return
    for one in people:
        need, able = int(problem.casualties.need[one]), int(problem.facilities.able[end])
        if need & ~able:
            raise Undoable
    if world.beds[end] < len(people):
        raise Undoable


def may_carry(problem: Problem, row: int, people: list[int]) -> None:
    """Rule 4."""
    litters, seats = int(problem.vehicles.litters[row]), int(problem.vehicles.seats[row])
    lying = sum(bool(problem.casualties.lies[one]) for one in people)
    sitting = len(people) - lying
    if lying > litters or sitting > seats + (litters - lying):
        raise Undoable


def leg(problem: Problem, row: int, start: int, end: int, at: float, left: float) -> tuple[float, float]:
    """When it gets there and how many metres it has left then: rules 5 and 6."""
    if start == end:
        return at, left
    vehicles, roads = problem.vehicles, problem.roads
    profile = int(vehicles.profile[row])
    seconds, metres = float(roads.seconds[profile, start, end]), float(roads.metres[profile, start, end])
    if not seconds < NEVER:
        raise Undoable
    if not vehicles.flies[row]:
        return at + seconds, left
    if metres > left:
        left = float(vehicles.reach[row])
        if not roads.fuel[start] or metres > left:
            raise Undoable
        at += float(vehicles.refuel[row])
    at = wait_for_light(problem, row, end, at, seconds)
    return at + seconds, left - metres


def wait_for_light(problem: Problem, row: int, end: int, at: float, seconds: float) -> float:
    """The first instant, not before `at`, at which the leg may be begun: rule 5."""
    nights = [(float(dusk), float(dawn)) for dusk, dawn in problem.roads.dark]
    day_only, lit = bool(problem.vehicles.day_only[row]), bool(problem.roads.lit[end])
    while True:
        begin = at
        for dusk, dawn in nights:
            if day_only and begin < dawn and begin + seconds > dusk:
                begin = dawn
            elif not lit and dusk < begin + seconds < dawn:
                begin = dawn - seconds
        if begin == at:
            return at
        at = begin


def settle(problem: Problem, plan: Plan, world: World, trip: int, outcome: Outcome) -> None:
    """Write down what a trip that was done has changed."""
    people, row, end = trip_people(plan, trip), int(plan.vehicle[trip]), int(plan.end[trip])
    world.crafts[row] = Craft(row, outcome.end_stop, outcome.ended, outcome.left)
    at_facility = end < len(problem.facilities.stop)
    if at_facility:
        world.beds[end] -= len(people)
    for one in people:
        person = world.people[one]
        if problem.vehicles.cares[row]:
            person.care = min(person.care, outcome.loaded[one])
        if at_facility:
            person.arrival, person.facility, person.handed_over = outcome.arrived, end, False
            person.care = min(person.care, outcome.arrived)
        else:
            person.stop, person.ready, person.handed_over = outcome.end_stop, outcome.ended, True


def surgeries(problem: Problem, people: list[Waiting]) -> list[float]:
    """When surgery begins, of who needs none the arrival: rule 9."""
    begins = [person.arrival for person in people]
    facilities, casualties = problem.facilities, problem.casualties
    for place in range(len(facilities.stop)):
        cases = [
            Case(int(category), float(ready), 0, row)
            for row, (where, ready, category) in enumerate(
                zip(facilities.queue_facility, facilities.queue_ready, facilities.queue_category, strict=True)
            )
            if int(where) == place
        ]
        for row, person in enumerate(people):
            if person.facility == place and bool(casualties.operated[row]):
                ready = person.arrival + float(facilities.prepare[place])
                cases.append(Case(int(casualties.category[row]), ready, 1, row))
        for case, begin in theatre(problem, place, cases).items():
            if case.new:
                begins[case.row] = begin
    return begins


def theatre(problem: Problem, place: int, cases: list[Case]) -> dict[Case, float]:
    """When each case begins.

    A table that falls free takes the most urgent of who is ready, else the next to be.
    """
    tables = [float(free) for free in problem.facilities.tables[place]]
    begins = {}
    waiting = list(cases)
    while waiting:
        free = min(tables, default=NEVER)
        if free == NEVER:
            break
        instant = max(free, min(case.ready for case in waiting))
        taken = min(case for case in waiting if case.ready <= instant)
        begins[taken] = instant
        waiting.remove(taken)
        tables[tables.index(free)] = instant + float(problem.facilities.case[place])
    return {case: begins.get(case, NEVER) for case in cases}
