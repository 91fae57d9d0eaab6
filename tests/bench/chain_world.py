"""The world of the chain's bench: what is true goes its way, and a planner is told what a desk would know.

It is not the planner's simulator and shares nothing with it. Events happen in their order; at each that
matters the planner is asked, with a Problem of what is known by then. Who is not on the way yet can be
re-planned; a vehicle that has set out finishes its trip. Times of travel, loading, preparing and surgery are
drawn for each leg and casualty, so that all planners meet the same; true categories come out in hospital.
"""

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from casevac.planner.problem import NOBODY, Plan, Problem
from tests.bench.chain_scenario import SURGERY, Scenario
from tests.bench.chain_theatre import Theatre
from tests.bench.chain_told import APPROVED_S, problem_of
from tests.bench.chain_trip import Trip, light, travel

Order = tuple[int, tuple[int, ...]]  # where a trip ends (as Plan.end), its casualties
Planner = Callable[[Problem], Plan]
Watch = Callable[[Problem, Plan], list[str]]
AGAIN_S = 300.0  # after an order that could not be begun the planner is asked again
LENIENT_S = 60.0  # of rounding, at the end of a crew's duty
END_S = 16 * 3600.0  # nobody is looked for any more
REST_S = 600.0  # a crew that stood longer has to turn out again
LATE_S = 600.0  # news of a vehicle, while communications are lost
NEVER = float("inf")


@dataclass
class Vehicle:
    """Where one stands, and what it does."""

    stop: int
    since: float = -REST_S  # standing there
    told: float = 0.0  # known to be free from then on
    left: float = NEVER  # metres in the tank
    order: Order | None = None  # end and casualties of a trip not begun
    leaves: float = NEVER  # when it sets out on it
    trip: Trip | None = None


@dataclass
class Found:
    """What came of the casualties [C], s, and of asking."""

    care: list[float]
    arrival: list[float]
    surgery: list[float]
    facility: list[int]
    table_wait: list[float]
    decided_ms: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    refused: int = 0  # orders that could not be begun
    changed: int = 0  # orders that were taken back
    ordered: int = 0


class World:
    """One scenario under one planner."""

    def __init__(self, scenario: Scenario, planner: Planner, watch: Watch) -> None:
        self.of, self.planner, self.watch = scenario, planner, watch
        many = len(scenario.hurt.injured)
        self.now, self.dirty = 0.0, False
        self.at = scenario.hurt.stop.tolist()  # where each lies who is not under way
        self.there: list[float] = [NEVER] * many  # since when it can be loaded there
        self.open: set[int] = set()  # reported, not under way, not in a facility
        self.category = scenario.hurt.told.tolist()
        places = zip(scenario.fleet.start.tolist(), scenario.fleet.reach.tolist(), strict=True)
        self.fleet = [Vehicle(stop, left=reach) for stop, reach in places]
        self.beds = scenario.houses.beds.tolist()
        self.able = scenario.houses.able.tolist()
        self.theatres = [Theatre(row) for row in scenario.houses.busy.tolist()]
        self.found = Found([NEVER] * many, [NEVER] * many, [NEVER] * many, [NOBODY] * many, [0.0] * many)
        self.queue: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0

    # --- the clock

    def later(self, at: float, what: Callable[[], None]) -> None:
        """Do something when its time has come; in ties what was asked for first."""
        self._number += 1
        heapq.heappush(self.queue, (max(at, self.now), self._number, what))

    def run(self) -> Found:
        """To the end."""
        self._begin()
        while self.queue and self.queue[0][0] <= END_S:
            self.now = self.queue[0][0]
            while self.queue and self.queue[0][0] <= self.now:
                heapq.heappop(self.queue)[2]()
            if self.dirty and self.open:
                self._decide()
            self.dirty = False
        return self.found

    def _begin(self) -> None:
        hurt, of = self.of.hurt, self.of
        for c, (reported, corrected) in enumerate(zip(hurt.reported, hurt.corrected, strict=True)):
            self.later(float(reported), lambda c=c: self._reported(c))  # type: ignore[misc]
            if math.isfinite(corrected):
                self.later(float(corrected), lambda c=c: self._corrected(c))  # type: ignore[misc]
        for w, (at, f) in enumerate(of.houses.walk_in):
            self.later(at, lambda w=w, f=f: self._walked_in(w, f))  # type: ignore[misc]
        for f, row in enumerate(of.houses.busy.tolist()):
            for until in row:
                if math.isfinite(until):
                    self.later(until, lambda f=f: self._serve(f))  # type: ignore[misc]
        if of.denied is not None:
            for at in of.denied:
                self.later(at, self._ask)
        if of.lost is not None:
            self.later(of.lost[0], lambda: self._lose(of.lost[1] if of.lost else 0))

    def _ask(self) -> None:
        self.dirty = True

    def _reported(self, c: int) -> None:
        self.open.add(c)
        self.there[c] = self.now
        self.dirty = True

    def _corrected(self, c: int) -> None:
        if c in self.open:
            self.category[c] = int(self.of.hurt.true[c])
            self.dirty = True

    # --- asking

    def denied(self) -> bool:
        """May no aircraft set out now?"""
        return self.of.denied is not None and self.of.denied[0] <= self.now < self.of.denied[1]

    def _decide(self) -> None:
        problem, rows = problem_of(self)
        if not len(problem.casualties.known):
            return
        begun = perf_counter()
        plan = self.planner(problem)
        self.found.decided_ms.append((perf_counter() - begun) * 1000.0)
        self.found.broken += self.watch(problem, plan)
        self._order(plan, rows)

    def _order(self, plan: Plan, rows: tuple[list[int], list[int]]) -> None:
        """The first trip of each vehicle that stands becomes its order; one that is not named stands down."""
        casualties, vehicles = rows
        first: dict[int, Order] = {}
        for t, v in enumerate(plan.vehicle.tolist()):
            who = plan.who[int(plan.first[t]) : int(plan.first[t + 1])].tolist()
            first.setdefault(vehicles[v], (int(plan.end[t]), tuple(casualties[c] for c in who)))
        for v, vehicle in enumerate(self.fleet):
            if vehicle.trip is not None or vehicle.told > self.now:
                continue
            wanted = first.get(v)
            if wanted is not None and not self._comes(wanted[1]):
                wanted = None
            if wanted is not None and vehicle.order is not None and _same(wanted, vehicle.order):
                continue
            self.found.changed += vehicle.order is not None
            if wanted is not None or vehicle.order is not None:
                self.found.ordered += wanted is not None
                self._prepare(v, wanted)

    def _comes(self, who: tuple[int, ...]) -> bool:
        """Is each of them where it can be fetched, or on the way there?"""
        return all(c in self.open and math.isfinite(self.there[c]) for c in who)

    def ready(self, vehicle: Vehicle, v: int) -> float:
        """From when on a standing vehicle can set out if it is asked now; who turns out already goes on."""
        if vehicle.order is not None:
            return max(self.now, min(vehicle.leaves, self._turned_out(vehicle, v)))
        return self._turned_out(vehicle, v)

    def _turned_out(self, vehicle: Vehicle, v: int) -> float:
        rested = self.now - vehicle.since > REST_S
        return self.now + APPROVED_S + (float(self.of.fleet.turnout[v]) if rested else 0.0)

    def _prepare(self, v: int, order: Order | None) -> None:
        """It turns out; who has to wait for a casualty at an exchange point, or for light, leaves in time."""
        vehicle = self.fleet[v]
        leaves = self.ready(vehicle, v)
        vehicle.order, vehicle.leaves = order, leaves if order else NEVER
        if order is None:
            return
        c = order[1][0]
        way = float(self.of.seconds[self.of.fleet.profile[v], vehicle.stop, self.at[c]])
        vehicle.leaves = max(leaves, min(self.there[c] - way, NEVER))
        if self.of.fleet.flies[v] and self.at[c] != vehicle.stop:
            vehicle.leaves = light(self.of, v, self.at[c], (vehicle.leaves, way))
        self.later(vehicle.leaves, lambda: self._leave(v, order))

    # --- trips

    def _leave(self, v: int, order: Order) -> None:
        vehicle = self.fleet[v]
        if vehicle.order != order or vehicle.leaves > self.now or vehicle.trip is not None:
            return
        vehicle.order, vehicle.leaves = None, NEVER
        trip = self._begun(v, vehicle, order)
        if trip is None:
            self.found.refused += 1
            self.later(self.now + AGAIN_S, self._ask)
        else:
            self._under_way(v, trip)

    def _begun(self, v: int, vehicle: Vehicle, order: Order) -> Trip | None:
        """The trip, if it may be begun: no limit is broken, whatever was planned."""
        end, who = order
        if not (self._comes(who) and self._room(end, who) and self._carries(v, who)):
            return None
        if self.of.fleet.flies[v] and self.denied():
            return None
        trip = travel(self.of, v, (vehicle.stop, self.now, vehicle.left), end, self._at(who))
        if trip is None or self.now + trip.thought() > self.of.fleet.until[v] + LENIENT_S:
            return None
        return trip

    def _at(self, who: tuple[int, ...]) -> list[tuple[int, int, float]]:
        return [(c, self.at[c], self.there[c]) for c in who]

    def _carries(self, v: int, who: tuple[int, ...]) -> bool:
        lying = sum(bool(self.of.hurt.lies[c]) for c in who)
        spare = int(self.of.fleet.litters[v]) - lying
        return spare >= 0 and len(who) - lying <= int(self.of.fleet.seats[v]) + spare

    def _room(self, end: int, who: tuple[int, ...]) -> bool:
        if end >= len(self.beds):
            return True
        need = self.of.hurt.need
        return self.beds[end] >= len(who) and all(int(need[c]) & ~self.able[end] == 0 for c in who)

    def _under_way(self, v: int, trip: Trip) -> None:
        vehicle = self.fleet[v]
        vehicle.trip, facility = trip, trip.end < len(self.beds)
        if facility:
            self.beds[trip.end] -= len(trip.who)
        for c in trip.who:
            self.open.discard(c)
            self.there[c] = NEVER
            if self.of.fleet.cares[v]:
                self.found.care[c] = min(self.found.care[c], trip.loaded[c])
        if facility:
            self.later(trip.arrives, lambda: self._arrived(trip))
        else:
            self._set_down(trip)
        self.later(trip.over, lambda: self._over(v, trip))

    def _set_down(self, trip: Trip) -> None:
        """Who is brought to where nobody keeps him can be planned on from there."""
        for c in trip.who:
            self.at[c], self.there[c] = trip.stop, trip.handed
            self.open.add(c)
        self.dirty = True

    def _over(self, v: int, trip: Trip) -> None:
        vehicle = self.fleet[v]
        vehicle.stop, vehicle.left, vehicle.trip, vehicle.since = trip.rests, trip.left, None, self.now
        silent = self.of.silent is not None and self.of.silent[0] <= self.now < self.of.silent[1]
        vehicle.told = self.now + (LATE_S if silent else 0.0)
        self.later(vehicle.told, self._ask)

    # --- facilities

    def _arrived(self, trip: Trip) -> None:
        f = trip.end
        if not self.able[f]:
            return  # it was lost: who was on the way there has been set down before its door
        for c in trip.who:
            self.found.arrival[c], self.found.facility[c] = self.now, f
            self.found.care[c] = min(self.found.care[c], self.now)
            self.category[c] = int(self.of.hurt.true[c])
            if self.of.hurt.operated[c]:
                ready = self.now + self._drawn("ready", c, float(self.of.houses.prepare[f]))
                self.theatres[f].waiting[c] = (self.category[c], ready)
                self.later(ready, lambda: self._serve(f))
            else:
                self.found.surgery[c] = self.now

    def _walked_in(self, w: int, f: int) -> None:
        if self.able[f] & SURGERY:
            who = len(self.at) + w
            ready = self.now + self._drawn("ready", who, float(self.of.houses.prepare[f]))
            self.theatres[f].waiting[who] = (1, ready)
            self.later(ready, lambda: self._serve(f))

    def _drawn(self, what: str, who: int, middle: float) -> float:
        spread = {"ready": 0.3, "case": 0.35}[what]
        return middle * math.exp(spread * float(getattr(self.of.draws, what)[who]))

    def _serve(self, f: int) -> None:
        """Every free table takes the most urgent of those who are ready."""
        while (who := self.theatres[f].next(self.now)) is not None:
            middle = float(self.of.houses.case[f])
            until = self.now + self._drawn("case", who, middle)
            ready = self.theatres[f].take(who, self.now, until, self.now + middle)
            if who < len(self.at):
                self.found.surgery[who], self.found.table_wait[who] = self.now, self.now - ready
            self.later(until, lambda: self._serve(f))

    def _lose(self, f: int) -> None:
        """A facility is lost: nobody is admitted any more; who waits there must be fetched again."""
        self.able[f], self.beds[f] = 0, 0
        door, back = int(self.of.houses.stop[f]), self.theatres[f].close()
        for c in back:
            if c < len(self.at):
                self.at[c], self.there[c] = door, self.now
                self.found.arrival[c], self.found.facility[c] = NEVER, NOBODY
                self.open.add(c)
        for vehicle in self.fleet:
            if vehicle.trip is not None and vehicle.trip.end == f and vehicle.trip.arrives > self.now:
                self._set_down(vehicle.trip)
        self.dirty = True


def _same(one: Order, other: Order) -> bool:
    return one[0] == other[0] and sorted(one[1]) == sorted(other[1])
