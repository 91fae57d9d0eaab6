"""A vehicle-routing solver as a baseline of the chain's bench: VROOM, by pyvroom (BSD).

It knows neither survival nor theatres, so it is helped: each casualty's facility is chosen before, the most
urgent first, where its surgery would begin soonest with the queue that is committed; P1 must be there within
2 h of injury and P2 within 4 h, if that can be had, else whenever. Then it plans pick-up and delivery for
least driving with its priorities. Its routes are cut into trips with one end each.
"""

import numpy as np

from casevac.planner.problem import Plan, Problem
from tests.bench.chain_baselines import Book, Tables
from tests.bench.chain_timing import Means, Timing

LIMIT_S = 0.25  # a decision
EFFORT = 3  # of 0 to 5, VROOM's own default is 5
WITHIN_S = (2 * 3600, 4 * 3600)
PRIORITY = (100, 50, 10, 1)
DAY_S = 86_400
FAR = 10 * DAY_S


def vroom(problem: Problem) -> Plan:
    """Its plan, without what it breaks."""
    chosen = _facilities(problem)
    if not chosen:
        return Book().plan()
    done = _solved(problem, chosen, strict=True)
    late = {c: f for c, f in chosen.items() if c not in {each for _, _, who in done for each in who}}
    if late:
        done = _solved(problem, chosen, strict=False)
    return _kept(problem, done)


def _facilities(problem: Problem) -> dict[int, int]:
    """Casualty to facility, beds kept."""
    means, tables, people = Means(problem), Tables(problem), problem.casualties
    ground = ~problem.vehicles.flies
    profiles = sorted(set(problem.vehicles.profile[ground].tolist())) or [0]
    found = dict[int, int]()
    for c in np.lexsort((people.injured, people.category)).tolist():
        best: tuple[float, float, int] | None = None
        for f in range(len(problem.facilities.stop)):
            seconds = problem.roads.seconds[profiles, people.stop[c], problem.facilities.stop[f]].min()
            if not np.isfinite(seconds) or not means.takes(f, [c]):
                continue
            arrives = problem.now + 900.0 + float(seconds)
            begins = arrives
            if people.operated[c]:
                ready = arrives + float(problem.facilities.prepare[f])
                begins = tables.begins(f, int(people.category[c]), ready)
            best = min(best or (np.inf, np.inf, -1), (begins, arrives, f))
        if best is not None:
            found[c] = best[2]
            means.take(best[2], [c])
            tables.book(c, best[2], best[1])
    return found


def _solved(problem: Problem, chosen: dict[int, int], *, strict: bool) -> list[tuple[int, int, list[int]]]:
    """Trips: vehicle, facility, casualties."""
    import vroom as solver  # noqa: PLC0415  (a package of the tests)

    asked, now = solver.Input(), problem.now
    fleet, people, roads = problem.vehicles, problem.casualties, problem.roads
    for profile in sorted(set(fleet.profile.tolist())):
        seconds = np.nan_to_num(roads.seconds[profile], posinf=FAR)
        asked.set_durations_matrix(f"p{profile}", np.asarray(seconds, np.uint32))
    rows = _on_duty(problem)
    for v in rows:
        begin = max(0, int(fleet.free[v] + fleet.turnout[v] - now))
        asked.add_vehicle(
            solver.Vehicle(
                v + 1, start=int(fleet.start[v]), profile=f"p{fleet.profile[v]}",
                capacity=[int(fleet.litters[v]), int(fleet.seats[v])],
                time_window=solver.TimeWindow(begin, int(min(fleet.until[v] - now, 5 * DAY_S))),
            )
        )  # fmt: skip
    service = int(fleet.load[0]) if len(fleet.load) else 0
    for c, f in chosen.items():
        category = int(people.category[c])
        window = [solver.TimeWindow(0, 5 * DAY_S)]
        if strict and category < len(WITHIN_S):
            by = int(people.injured[c] + WITHIN_S[category] - now)
            window = [solver.TimeWindow(0, max(by, 1))]
        known = max(0, int(people.known[c] - now))
        asked.add_shipment(
            solver.ShipmentStep(c, int(people.stop[c]), default_service=service,
                                time_windows=[solver.TimeWindow(known, 5 * DAY_S)]),
            solver.ShipmentStep(c, int(problem.facilities.stop[f]), time_windows=window),
            amount=solver.Amount([int(people.lies[c]), int(not people.lies[c])]),
            priority=PRIORITY[category],
        )  # fmt: skip
    if not rows:
        return []
    routes = asked.solve(exploration_level=EFFORT, nb_threads=1).routes
    if "id" not in routes:  # no route at all
        return []
    return _trips(routes[["vehicle_id", "type", "id"]].values.tolist(), chosen)


def _on_duty(problem: Problem) -> list[int]:
    """Vehicles that VROOM is told of."""
    fleet = problem.vehicles
    left = fleet.until - fleet.free - fleet.turnout
    return [v for v in range(len(fleet.start)) if left[v] > 60.0 and not _in_the_dark(problem, v)]


def _in_the_dark(problem: Problem, v: int) -> bool:
    """Would an aircraft meet the dark within three hours? VROOM has no word for that."""
    begins = float(problem.vehicles.free[v])
    ends = begins + 3 * 3600.0
    return bool(problem.vehicles.flies[v]) and any(a < ends and begins < b for a, b in problem.roads.dark)


def _trips(steps: list[list[object]], chosen: dict[int, int]) -> list[tuple[int, int, list[int]]]:
    """Routes cut into trips with one end each, in the order of the deliveries."""
    found, aboard = list[tuple[int, int, list[int]]](), dict[int, list[int]]()
    for vehicle, what, which in steps:
        if what not in ("pickup", "delivery"):
            continue
        v, c = int(str(vehicle)) - 1, int(str(which))
        waiting = aboard.setdefault(v, [])
        if what == "pickup":
            waiting.append(c)
        elif c in waiting:
            together = [each for each in waiting if chosen[each] == chosen[c]]
            aboard[v] = [each for each in waiting if chosen[each] != chosen[c]]
            found.append((v, chosen[c], together))
    return found


def _kept(problem: Problem, trips: list[tuple[int, int, list[int]]]) -> Plan:
    """Those that break no limit."""
    book, timing, means = Book(), Timing(problem), Means(problem)
    state = dict[int, tuple[int, float, float]]()
    for v, f, who in trips:
        over = timing.over(v, state.get(v, timing.standing(v)), f, who)
        if over is None or not means.takes(f, who) or not means.carries(v, who):
            continue
        state[v] = over.after
        book.add(v, f, who)
        means.take(f, who)
    return book.plan()
