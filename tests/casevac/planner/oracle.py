"""The least that any plan costs, by HiGHS: for small problems whose times are all multiples of one step.

Because every time is a multiple of STEP, points in time lose nothing: a trip that is begun at one ends at
one. The program is over trips between (place, instant), and over who begins or waits at the tables at
each instant, by the rule of the tables. Every plan whose trips each carry somebody is in it, and nothing
else. Aircraft may have to wait for light, but need not refuel; there are no exchange points.
"""

import json
from collections import defaultdict
from itertools import combinations, count, permutations
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from casevac.planner.policy import Policy, price, read_policies
from casevac.planner.problem import NEVER, NOBODY, Plan, Problem
from tests.casevac.planner import draws, reference

STEP = 1800  # s
OPTIMA = Path(__file__).with_name("optima.json")
PATIENCE = 20.0  # s
GAP = 1e-6  # of HiGHS, absolute


class Trip(NamedTuple):
    """One that a vehicle could do, begun where and when another has ended."""

    vehicle: int
    place: int  # facility that it starts at, or NOBODY at the vehicle's own start
    begun: float
    who: tuple[int, ...]
    end: int  # facility
    arrived: float
    ended: float


def small(seed: int) -> Problem:
    """3 to 8 casualties, 1 to 3 vehicles, 1 to 3 facilities on a plane 60 km wide.

    Every time a multiple of STEP.
    """
    draw = np.random.default_rng([seed, 8])
    people, fleet, houses = 3 + seed % 6, int(draw.integers(1, 4)), int(draw.integers(1, 4))
    stops = people + fleet + houses
    roads = draws.roads(draw, stops, STEP)
    asked = Problem(
        0.0,
        draws.casualties(draw, people, stops, STEP),
        draws.vehicles(draw, fleet, stops, STEP),
        draws.facilities(draw, houses, stops, STEP),
        np.zeros(0, np.int32),
        roads._replace(
            seconds=np.where(roads.seconds > 0, np.maximum(roads.seconds, STEP), 0).astype(np.float32)
        ),
    )
    return asked._replace(
        casualties=asked.casualties._replace(
            known=np.minimum(asked.casualties.known, 6.0 * STEP),
            need=asked.casualties.operated.astype(np.uint32),
        ),
        vehicles=asked.vehicles._replace(
            litters=draw.integers(1, 3, fleet).astype(np.int32),
            seats=draw.integers(0, 2, fleet).astype(np.int32),
            load=np.full(fleet, float(STEP)),
            reach=np.full(fleet, NEVER),
            until=np.full(fleet, 12.0 * STEP),
        ),
        facilities=asked.facilities._replace(
            queue_facility=asked.facilities.queue_facility[:3],
            queue_ready=np.minimum(asked.facilities.queue_ready[:3], 6.0 * STEP),
            queue_category=asked.facilities.queue_category[:3],
            case=np.minimum(asked.facilities.case, 3.0 * STEP),
            able=(asked.facilities.able | (np.arange(houses) == 0)).astype(np.uint32),
            tables=np.where(
                draw.random((houses, 2)) < 0.6,
                draws.seconds(draw, 7200, 2 * houses, STEP).reshape(-1, 2),
                NEVER,
            ),
        ),
    )


def least(problem: Problem, policy: Policy, patience: float = NEVER) -> tuple[float, Plan]:
    """What the best of all plans costs, to GAP exactly, and such a plan.

    Raises Unsolved after `patience` seconds.
    """
    return _Program(problem, policy).solved(patience)


def trips(problem: Problem, vehicle: int) -> list[Trip]:
    """All that a vehicle could do after all that it could have done: never later than needs be."""
    people = range(len(problem.casualties.stop))
    crews = [
        who for size in (1, 2, 3) for who in combinations(people, size) if carries(problem, vehicle, who)
    ]
    start = reference.start_of(problem, vehicle)
    found, todo, known = list[Trip](), [(NOBODY, start.at)], set[tuple[int, float]]()
    while todo:
        place, begun = todo.pop()
        if (place, begun) in known:
            continue
        known.add((place, begun))
        stop = start.stop if place == NOBODY else int(problem.facilities.stop[place])
        for who in crews:
            for end in range(len(problem.facilities.stop)):
                for trip in orders(problem, vehicle, place, stop, begun, who, end):
                    found.append(trip)
                    todo.append((end, trip.ended))
    return found


def carries(problem: Problem, vehicle: int, who: tuple[int, ...]) -> bool:
    try:
        reference.may_carry(problem, vehicle, list(who))
    except reference.Undoable:
        return False
    return True


def orders(  # noqa: PLR0917  (a trip's six parts, and the problem)
    problem: Problem, vehicle: int, place: int, stop: int, begun: float, who: tuple[int, ...], end: int
) -> list[Trip]:
    """A trip with these aboard in each order of loading that makes a difference."""
    if any(int(problem.casualties.need[c]) & ~int(problem.facilities.able[end]) for c in who):
        return []
    found = {}
    for order in permutations(who):
        try:
            at, here = begun, stop
            for c in order:
                at, _ = reference.leg(problem, vehicle, here, int(problem.casualties.stop[c]), at, NEVER)
                here = int(problem.casualties.stop[c])
                at = max(at, float(problem.casualties.known[c])) + float(problem.vehicles.load[vehicle])
            at, _ = reference.leg(problem, vehicle, here, int(problem.facilities.stop[end]), at, NEVER)
        except reference.Undoable:
            continue
        ended = at + len(who) * float(problem.vehicles.unload[vehicle])
        if ended <= float(problem.vehicles.until[vehicle]):
            found[at] = Trip(vehicle, place, begun, order, end, at, ended)
    return list(found.values())


class Unsolved(Exception):
    """HiGHS has not proven it in time."""


class Job(NamedTuple):
    """Surgery of one, committed or new, at one facility; columns by instant."""

    category: int
    new: int
    row: int
    ready: float  # at the earliest
    come: dict[float, list[int]]  # trips that make a new one ready then
    begins: dict[float, int]
    waits: dict[float, int]  # is ready and has not begun, whoever begins at that instant


class _Program:
    """Minimise cost @ x, where every row of `rows` is kept: columns are trips, then beginnings of surgery."""

    def __init__(self, problem: Problem, policy: Policy) -> None:
        self.problem, self.policy = problem, policy
        self.trips = [trip for v in range(len(problem.vehicles.start)) for trip in trips(problem, v)]
        self.cost: list[float] = []
        self.entries: list[tuple[int, int, float]] = []
        self.limits: list[tuple[float, float]] = []
        everybody = np.arange(len(problem.casualties.stop), dtype=np.int32)
        never = np.full(len(everybody), NEVER)
        self.left = price(problem, policy, everybody, never, never)
        self.last = self._last()

    def solved(self, patience: float) -> tuple[float, Plan]:
        self._ride()
        self._operate()
        if not self.trips:
            return float(self.left.sum()), draws.as_plan([])
        rows, columns, values = zip(*self.entries, strict=True)
        low, high = zip(*self.limits, strict=True)
        matrix = coo_array((values, (rows, columns)), shape=(len(low), len(self.cost)))
        answer = milp(
            self.cost,
            integrality=np.ones(len(self.cost)),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(matrix.tocsc(), low, high),
            options={"mip_rel_gap": GAP, "time_limit": patience},
        )
        if answer.status != 0:
            raise Unsolved(answer.message)
        done = [trip for trip, taken in zip(self.trips, answer.x, strict=False) if taken > 0.5]
        rows = [
            (trip.vehicle, trip.end, list(trip.who)) for trip in sorted(done, key=lambda trip: trip.begun)
        ]
        return float(self.left.sum() + answer.fun), draws.as_plan(rows)

    def _row(self, low: float, high: float, entries: list[tuple[int, float]]) -> None:
        self.entries += [(len(self.limits), column, value) for column, value in entries]
        self.limits.append((low, high))

    def _column(self, cost: float) -> int:
        self.cost.append(cost)
        return len(self.cost) - 1

    def _worth(self, c: int, at: float) -> float:
        """What it costs less that the casualty is operated on then, or has arrived if it needs no table."""
        rows, when = np.array([c], np.int32), np.array([at])
        return float(price(self.problem, self.policy, rows, when, when)[0] - self.left[c])

    def _ride(self) -> None:
        """A vehicle does one trip after the other, each casualty goes once, and each takes a bed."""
        begun, ended = defaultdict(list), defaultdict(list)
        going, taking = defaultdict(list), defaultdict(list)
        for column, trip in enumerate(self.trips):
            begun[trip.vehicle, trip.place, trip.begun].append((column, 1.0))
            ended[trip.vehicle, trip.end, trip.ended].append((column, -1.0))
            taking[trip.end].append((column, float(len(trip.who))))
            effort = self.policy.effort_per_hour * (trip.ended - trip.begun) / 3600.0
            for c in trip.who:
                going[c].append((column, 1.0))
                if not self.problem.casualties.operated[c]:
                    effort += self._worth(c, trip.arrived)
            self._column(effort)
        for node, entries in begun.items():
            self._row(-np.inf, 1.0 if node[1] == NOBODY else 0.0, entries + ended[node])
        for entries in going.values():
            self._row(-np.inf, 1.0, entries)
        for end, entries in taking.items():
            self._row(-np.inf, float(self.problem.facilities.beds[end]), entries)

    def _last(self) -> float:
        """By then everybody can have been operated on."""
        facilities = self.problem.facilities
        many = len(facilities.queue_ready) + len(self.left)
        free = facilities.tables[np.isfinite(facilities.tables)].max(initial=0.0)
        come = max([trip.ended for trip in self.trips] + facilities.queue_ready.tolist(), default=0.0)
        return float(max(free, come + facilities.prepare.max()) + (many + 1) * facilities.case.max())

    def _operate(self) -> None:
        """The tables of each facility, and whom they take."""
        facilities = self.problem.facilities
        for house in range(len(facilities.stop)):
            if not np.isfinite(facilities.tables[house]).any():
                continue
            jobs = self._committed(house) + self._new(house)
            for instant in np.arange(0.0, self.last, STEP).tolist():
                self._at_tables(house, jobs, instant)
            for one, other in permutations(jobs, 2):
                self._in_turn(one, other)

    def _committed(self, house: int) -> list[Job]:
        facilities, jobs = self.problem.facilities, list[Job]()
        queue = zip(facilities.queue_facility, facilities.queue_ready, facilities.queue_category, strict=True)
        for row, (where, ready, category) in enumerate(queue):
            if where == house:
                jobs.append(self._job(Job(int(category), 0, row, float(ready), {}, {}, {}), NOBODY))
        return jobs

    def _new(self, house: int) -> list[Job]:
        casualties, jobs = self.problem.casualties, list[Job]()
        prepare = float(self.problem.facilities.prepare[house])
        for c in np.flatnonzero(casualties.operated).tolist():
            come: dict[float, list[int]] = defaultdict(list)
            for column, trip in enumerate(self.trips):
                if trip.end == house and c in trip.who:
                    come[trip.arrived + prepare].append(column)
            if come:
                jobs.append(
                    self._job(Job(int(casualties.category[c]), 1, c, min(come), dict(come), {}, {}), c)
                )
        return jobs

    def _job(self, job: Job, c: int) -> Job:
        """Columns of when it begins and of whether it waits.

        Who waits has waited or come, and is not begun with.
        """
        before: list[tuple[int, float]] = []
        for instant in np.arange(job.ready, self.last, STEP).tolist():
            job.begins[instant] = self._column(0.0 if c == NOBODY else self._worth(c, instant))
            job.waits[instant] = self._column(0.0)
            come = float(c == NOBODY and instant == job.ready)
            coming = [(column, -1.0) for column in job.come.get(instant, [])]
            now = [(job.begins[instant], 1.0), (job.waits[instant], 1.0)]
            self._row(come, come, [*now, *coming, *before])
            before = [(job.waits[instant], -1.0)]
        return job

    def _at_tables(self, house: int, jobs: list[Job], instant: float) -> None:
        """No more than the tables that are there; none idle while one waits.

        None less urgent before one who waits.
        """
        tables = float((self.problem.facilities.tables[house] <= instant).sum())
        case = float(self.problem.facilities.case[house])
        busy = [
            (column, 1.0)
            for job in jobs
            for begin, column in job.begins.items()
            if begin <= instant < begin + case
        ]
        self._row(-np.inf, tables, busy)
        for job in jobs:
            if instant not in job.waits:
                continue
            self._row(0.0, np.inf, [*busy, (job.waits[instant], -tables)])
            less = [
                (other.begins[instant], 1.0)
                for other in jobs
                if other.category > job.category and instant in other.begins
            ]
            if less:
                self._row(-np.inf, tables, [*less, (job.waits[instant], tables)])

    def _in_turn(self, one: Job, other: Job) -> None:
        """Of two as urgent as each other, the other is not taken while the one waits that was ready first."""
        if one.category != other.category:
            return
        first = self._column(0.0)  # whether the one was
        tie = (one.new, one.row) < (other.new, other.row)
        for ready in sorted({one.ready, *one.come}):
            sooner = [(column, 1.0) for at, columns in one.come.items() if at <= ready for column in columns]
            later = [
                (column, 1.0)
                for at, columns in other.come.items()
                if at > ready or (tie and at == ready)
                for column in columns
            ]
            known = float(not one.new) + float(
                not other.new and (other.ready > ready or (tie and other.ready == ready))
            )
            self._row(-np.inf, 1.0 - known, [*sooner, *later, (first, -1.0)])
        for instant, column in other.begins.items():
            if instant in one.waits:
                self._row(-np.inf, 2.0, [(column, 1.0), (one.waits[instant], 1.0), (first, 1.0)])


def main() -> None:
    """Write down the optima of the first 200 that HiGHS solves in PATIENCE."""
    policy = read_policies((Path(__file__).parents[3] / "data" / "policies.json").read_bytes())["lives_saved"]
    found: dict[int, float] = {}
    for seed in count():
        if len(found) == 200:
            break
        try:
            found[seed] = round(least(small(seed), policy, PATIENCE)[0], 6)
        except Unsolved as why:
            print(f"{seed}: {why}")  # noqa: T201  (a table made by hand now and then)
    about = (
        "What the best plan of oracle.small(seed) costs under lives_saved, by seed; written by oracle.main."
    )
    OPTIMA.write_text(json.dumps({"about": about, "least": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
