"""Planners that ours is measured against: nearest available, P1 first, a greedy that sees the queue.

Each is a function of the Problem alone and keeps every limit. Nothing of the product's planner is used.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from casevac.planner.problem import Plan, Problem
from tests.bench.chain_timing import Means, Timing

Floats = NDArray[np.float64]


@dataclass
class Book:
    """Trips as they are written down."""

    vehicle: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    who: list[list[int]] = field(default_factory=list)

    def add(self, vehicle: int, end: int, who: list[int]) -> None:
        """One more."""
        self.vehicle.append(vehicle)
        self.end.append(end)
        self.who.append(who)

    def plan(self) -> Plan:
        """As arrays."""
        first = np.cumsum([0, *(len(each) for each in self.who)])
        who = [c for each in self.who for c in each]
        return Plan(*(np.asarray(each, np.int32) for each in (self.vehicle, self.end, first, who)))


def nearest(problem: Problem) -> Plan:
    """In the order of the reports, whoever stands nearest; to the nearest facility that can and has a bed."""
    return _available(problem, np.argsort(problem.casualties.known, kind="stable"))


def p1_first(problem: Problem) -> Plan:
    """The same, the most urgent first."""
    people = problem.casualties
    return _available(problem, np.lexsort((people.known, people.category)))


def _available(problem: Problem, order: NDArray[np.intp]) -> Plan:
    """Each casualty in turn to the nearest vehicle that stands idle; the rest wait for the next one free."""
    book, timing, means = Book(), Timing(problem), Means(problem)
    fleet, people = problem.vehicles, problem.casualties
    idle = set(np.flatnonzero(fleet.free <= problem.now).tolist())
    done = _kept(problem, book, timing, means)
    idle -= set(book.vehicle)
    for c in order.tolist():
        if c in done or people.known[c] > problem.now:
            continue
        stop = int(people.stop[c])
        near = sorted((float(problem.roads.seconds[fleet.profile[v], fleet.start[v], stop]), v) for v in idle)
        for _, v in near:
            found = _nearest_door(problem, timing, means, (v, c, order, done))
            if found is not None:
                book.add(v, *found)
                means.take(*found)
                idle.discard(v)
                done.update(found[1])
                break
    return book.plan()


def _kept(problem: Problem, book: Book, timing: Timing, means: Means) -> set[int]:
    """Orders given stay as they are; who is seen to."""
    people, orders = problem.casualties, dict[tuple[int, int], list[int]]()
    for c in np.flatnonzero(people.ordered_vehicle >= 0).tolist():
        orders.setdefault((int(people.ordered_vehicle[c]), int(people.ordered_end[c])), []).append(c)
    seen = set[int]()
    for (v, f), who in orders.items():
        fits = means.carries(v, who) and means.takes(f, who)
        if fits and timing.over(v, timing.standing(v), f, who) is not None:
            book.add(v, f, who)
            means.take(f, who)
            seen.update(who)
    return seen


def _nearest_door(
    problem: Problem, timing: Timing, means: Means, what: tuple[int, int, NDArray[np.intp], set[int]]
) -> tuple[int, list[int]] | None:
    """The nearest facility to which this vehicle can bring this casualty, and whom it takes along."""
    v, c, order, done = what
    doors = problem.facilities.stop
    away = problem.roads.seconds[problem.vehicles.profile[v], problem.casualties.stop[c], doors]
    for f in np.argsort(away, kind="stable").tolist():
        if not np.isfinite(away[f]):
            return None
        if means.takes(f, [c]) and means.carries(v, [c]):
            who = means.along(v, f, c, [n for n in order.tolist() if n not in done])
            if timing.over(v, timing.standing(v), f, who) is not None:
                return f, who
    return None


def queue_aware(problem: Problem) -> Plan:
    """The most urgent first, each by the vehicle and to the facility where its surgery begins soonest.

    It sees the tables with the queue that is committed to them, and vehicles that will be free later.
    """
    book, timing, means = Book(), Timing(problem), Means(problem)
    people, fleet = problem.casualties, problem.vehicles
    order = np.lexsort((people.injured, people.category))
    state = {v: timing.standing(v) for v in range(len(fleet.start))}
    tables, done = Tables(problem), set[int]()
    for c in order.tolist():
        if c in done:
            continue
        for v, f in _soonest(problem, tables, means, (c, state)):
            who = means.along(v, f, c, [n for n in order.tolist() if n not in done])
            over = timing.over(v, state[v], f, who)
            if over is None:
                continue
            book.add(v, f, who)
            means.take(f, who)
            done.update(who)
            state[v] = over.after
            for each in who:
                tables.book(each, f, over.arrives)
            break
    return book.plan()


class Tables:
    """When a table is free for one more, by facility, with all that is committed."""

    def __init__(self, problem: Problem) -> None:
        self.of = problem.facilities
        self.people = problem.casualties
        self.cases: list[list[tuple[int, float]]] = [[] for _ in self.of.stop]
        for f, ready, category in zip(
            self.of.queue_facility, self.of.queue_ready, self.of.queue_category, strict=True
        ):
            self.cases[int(f)].append((int(category), float(ready)))

    def book(self, c: int, f: int, arrives: float) -> None:
        """One more case."""
        if self.people.operated[c]:
            self.cases[f].append((int(self.people.category[c]), arrives + float(self.of.prepare[f])))

    def begins(self, f: int, category: int, ready: float) -> float:
        """When one more who is ready then would be operated on: after who is as urgent and ready before."""
        free = sorted(self.of.tables[f].tolist())
        for other, at in sorted(self.cases[f], key=lambda case: case[1]):
            if at <= ready and other <= category:
                begins = max(at, free[0])
                free[0] = begins + float(self.of.case[f])
                free.sort()
        return max(ready, free[0])


def _soonest(
    problem: Problem, tables: Tables, means: Means, what: tuple[int, dict[int, tuple[int, float, float]]]
) -> list[tuple[int, int]]:
    """Vehicles and facilities for a casualty, those by which surgery begins first in front."""
    c, state = what
    fleet, people, doors = problem.vehicles, problem.casualties, problem.facilities
    rows = np.asarray([v for v in state if means.carries(v, [c])], int)
    ends = np.asarray([f for f in range(len(doors.stop)) if means.takes(f, [c])], int)
    if not len(rows) or not len(ends):
        return []
    at = np.asarray([state[v][0] for v in rows])
    free = np.asarray([state[v][1] for v in rows])
    stop, profile = int(people.stop[c]), fleet.profile[rows]
    here = np.maximum(free + problem.roads.seconds[profile, at, stop], people.known[c]) + fleet.load[rows]
    arrives = here[:, None] + problem.roads.seconds[profile[:, None], stop, doors.stop[ends][None, :]]
    begins = arrives.copy()
    if people.operated[c]:
        best = np.argsort(arrives, axis=0, kind="stable")[:6]
        begins[:] = np.inf
        for j, f in enumerate(ends.tolist()):
            for i in best[:, j].tolist():
                if np.isfinite(arrives[i, j]):
                    ready = float(arrives[i, j]) + float(doors.prepare[f])
                    begins[i, j] = tables.begins(f, int(people.category[c]), ready)
    order = np.lexsort((arrives.ravel(), begins.ravel()))
    pairs = (divmod(int(n), len(ends)) for n in order[:200])
    return [(int(rows[i]), int(ends[j])) for i, j in pairs if np.isfinite(begins[i, j])]
