"""The least that any plan costs, found by HiGHS: for small problems whose times are all multiples of one step.

Because every time is a multiple of STEP, points in time lose nothing: a trip that is begun at one ends at one. The program
is over trips between (place, instant) and over beginnings of surgery; it may let a table take whom it likes or stand idle,
so it is never dearer than the best plan, and equal to it where the rule at the tables costs nothing. Aircraft may have
to wait for light, but must not need to refuel; there are no exchange points.
"""

from collections import defaultdict
from itertools import combinations, permutations
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from casevac.planner.policy import Policy, price
from casevac.planner.problem import NEVER, NOBODY, Problem
from tests.casevac.planner import draws, reference

STEP = 1200  # s
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
    """3 to 8 casualties, 1 to 3 vehicles, 1 to 3 facilities on a plane 60 km wide; every time a multiple of STEP."""
    draw = np.random.default_rng([seed, 8])
    count, fleet, houses = 3 + seed % 6, int(draw.integers(1, 4)), int(draw.integers(1, 4))
    stops = count + fleet + houses
    roads = draws.roads(draw, stops, STEP)
    asked = Problem(
        0.0,
        draws.casualties(draw, count, stops, STEP),
        draws.vehicles(draw, fleet, stops, STEP),
        draws.facilities(draw, houses, stops, STEP),
        np.zeros(0, np.int32),
        roads._replace(seconds=np.where(roads.seconds > 0, np.maximum(roads.seconds, STEP), 0).astype(np.float32)),
    )
    return asked._replace(
        casualties=asked.casualties._replace(need=asked.casualties.operated.astype(np.uint32)),
        vehicles=asked.vehicles._replace(
            litters=draw.integers(1, 3, fleet).astype(np.int32),
            seats=draw.integers(0, 2, fleet).astype(np.int32),
            load=np.full(fleet, float(STEP)) * draw.integers(0, 2, fleet),
            reach=np.full(fleet, NEVER),
            until=np.full(fleet, 24.0 * STEP),
        ),
        facilities=asked.facilities._replace(
            able=(asked.facilities.able | (np.arange(houses) == 0)).astype(np.uint32),
            tables=np.where(draw.random((houses, 2)) < 0.6, draws.seconds(draw, 7200, 2 * houses, STEP).reshape(-1, 2), NEVER),
        ),
    )


def least(problem: Problem, policy: Policy) -> float:
    """What the best of all plans costs, but for orders that it changes; at most so much, and to GAP exactly."""
    program = _Program(problem, policy)
    return program.solved()


def trips(problem: Problem, vehicle: int) -> list[Trip]:
    """All that a vehicle could do after all that it could have done: never later than needs be."""
    count = len(problem.casualties.stop)
    crews = [who for size in (1, 2, 3) for who in combinations(range(count), size) if carries(problem, vehicle, who)]
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
                trip = soonest(problem, vehicle, place, stop, begun, who, end)
                if trip is not None:
                    found.append(trip)
                    todo.append((end, trip.ended))
    return found


def carries(problem: Problem, vehicle: int, who: tuple[int, ...]) -> bool:
    try:
        reference.may_carry(problem, vehicle, list(who))
    except reference.Undoable:
        return False
    return True


def soonest(
    problem: Problem, vehicle: int, place: int, stop: int, begun: float, who: tuple[int, ...], end: int
) -> Trip | None:
    """The order of loading that ends soonest: to be sooner is never worse, for nobody waits for another's trip."""
    if any(int(problem.casualties.need[c]) & ~int(problem.facilities.able[end]) for c in who):
        return None
    best = None
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
        if ended <= float(problem.vehicles.until[vehicle]) and (best is None or at < best.arrived):
            best = Trip(vehicle, place, begun, order, end, at, ended)
    return best


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

    def solved(self) -> float:
        self._ride()
        self._operate()
        if not self.cost:
            return float(self.left.sum())
        rows, columns, values = zip(*self.entries, strict=True)
        low, high = zip(*self.limits, strict=True)
        matrix = coo_array((values, (rows, columns)), shape=(len(low), len(self.cost)))
        answer = milp(
            self.cost,
            integrality=np.ones(len(self.cost)),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(matrix.tocsc(), low, high),
            options={"mip_rel_gap": GAP},
        )
        if answer.status != 0:
            raise ArithmeticError(answer.message)
        return float(self.left.sum() + answer.fun)

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
        """At each facility, at each instant, no more are operated on than there are tables."""
        facilities = self.problem.facilities
        for house in range(len(facilities.stop)):
            begins: dict[float, list[int]] = defaultdict(list)  # columns by instant
            committed = self._committed(house, begins)
            self._new(house, begins, committed)
            for instant in np.arange(0.0, self.last + STEP, STEP).tolist():
                busy = [
                    (column, 1.0)
                    for begin, columns in begins.items()
                    if begin <= instant < begin + float(facilities.case[house])
                    for column in columns
                ]
                if busy:
                    self._row(-np.inf, float((facilities.tables[house] <= instant).sum()), busy)

    def _committed(self, house: int, begins: dict[float, list[int]]) -> list[tuple[int, float, dict[float, int]]]:
        """Category, from when ready, and the column of each beginning of those already committed."""
        facilities, found = self.problem.facilities, []
        if not np.isfinite(facilities.tables[house]).any():
            return []
        for where, ready, category in zip(
            facilities.queue_facility, facilities.queue_ready, facilities.queue_category, strict=True
        ):
            if where == house:
                columns = self._begin(float(ready), None, begins)
                self._row(1.0, 1.0, [(column, 1.0) for column in columns.values()])
                found.append((int(category), float(ready), columns))
        return found

    def _begin(
        self, ready: float, c: int | None, begins: dict[float, list[int]]
    ) -> dict[float, int]:
        """One column for each instant at which surgery could begin."""
        columns = {}
        for instant in np.arange(ready, self.last, STEP).tolist():
            columns[instant] = self._column(0.0 if c is None else self._worth(c, instant))
            begins[instant].append(columns[instant])
        return columns

    def _new(
        self, house: int, begins: dict[float, list[int]], committed: list[tuple[int, float, dict[float, int]]]
    ) -> None:
        """Whoever is operated on has come before; whoever was committed and goes first, has begun before."""
        casualties, prepare = self.problem.casualties, float(self.problem.facilities.prepare[house])
        for c in np.flatnonzero(casualties.operated).tolist():
            coming = [
                (trip.arrived + prepare, column)
                for column, trip in enumerate(self.trips)
                if trip.end == house and c in trip.who
            ]
            if not coming:
                continue
            first = min(coming)[0]
            columns = self._begin(first, c, begins)
            waits = None
            for instant, column in columns.items():  # who waits now waited before or has come, and is not begun with
                before = [] if waits is None else [(waits, -1.0)]
                waits = self._column(0.0)
                come = [(trip, -1.0) for ready, trip in coming if ready == instant]
                self._row(-np.inf, 0.0, [(waits, 1.0), (column, 1.0), *come, *before])
            for category, ready, others in committed:
                if (category, ready) > (int(casualties.category[c]), first):
                    continue
                for instant, column in columns.items():
                    if category < casualties.category[c] and instant < ready:
                        continue
                    before = [(other, -1.0) for begin, other in others.items() if begin <= instant]
                    self._row(-np.inf, 0.0, [(column, 1.0), *before])
