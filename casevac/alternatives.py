"""Why a line of the plan is as it is, and what else could be done: by simulating it done otherwise."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from casevac.casualty import RANK
from casevac.fleet import against
from casevac.planner.packed import Packed, as_rows
from casevac.planner.policy import Policy, cost
from casevac.planner.problem import Fates, Floats, Plan
from casevac.planner.simulate import fates as fates_of
from casevac.proposal import Alternative, line_id
from casevac.situation import Situation
from casevac.trips import Carried, Group, Trip, by_another, by_vehicle, direct, elsewhere, end_stop, fortunes
from casevac.view import View
from casevac.words import clock_time, minutes

MOST = 3
NEARER = 2  # nearer facilities of which it is said why not
UNABLE = 1  # of those that cannot do what is needed
LOOKED_AT = 6  # facilities and vehicles tried, soonest first
WORTH_SAYING_S = 60.0


class Case(NamedTuple):
    """What the words of one line are made from."""

    view: View
    found: Situation
    policy: Policy
    carried: Carried
    group: Group
    packed: Packed  # of the problem, made once for all lines

    @property
    def cost(self) -> float:
        """Of the plan as it is."""
        return cost(self.found.problem, self.carried.fates, self.policy, self.carried.plan)

    def id(self, c: int) -> str:
        """The casualty's id and category."""
        one = self.found.waiting[c].casualty
        return f"{one.id} ({one.triage.value})"

    def callsign(self, vehicle: int) -> str:
        """As it is called on the radio."""
        return self.found.vehicles[vehicle].vehicle.card.callsign

    def place(self, facility: int) -> str:
        """Its name."""
        return self.found.facilities[facility].card.name

    def done(self, plan: Plan) -> Fates:
        """What would become of everybody under another plan."""
        return fates_of(self.packed, as_rows(self.found.problem, plan))


def reasons(case: Case) -> tuple[str, ...]:
    """Why there, why by this vehicle, and what limits it keeps; most urgent casualties first."""
    return (
        *_locked(case),
        *_not_the_nearer(case),
        *_not_the_sooner(case),
        *_exchange(case),
        *_limits(case),
    )


def _locked(case: Case) -> Iterator[str]:
    for c in case.group.who:
        one = case.found.waiting[c].casualty
        if one.id in case.found.locked:
            yield f"{one.id} is locked to {case.place(case.group.last.end)}"


# --- why there


def _not_the_nearer(case: Case) -> Iterator[str]:
    """Facilities nearer to where they lie by the way of who fetches them, each with why it is not better."""
    last = case.group.last
    seconds = _from_scene(case)
    mine = seconds[last.end]
    near = [f for f in np.argsort(seconds, kind="stable").tolist() if seconds[f] < mine]
    unable = [f for f in near if _lacks(case, f)][:UNABLE]
    able = [f for f in near if not _lacks(case, f)][:NEARER]
    for f in sorted((*unable, *able), key=near.index):
        why = _why_not(case, f)
        if why:
            yield f"to {case.place(last.end)}, not the nearer {case.place(f)}: {why}"


def _lacks(case: Case, f: int) -> bool:
    """True where the facility cannot do all they need, whatever else stands against it."""
    needs = np.bitwise_or.reduce(case.found.problem.casualties.need[list(case.group.last.who)])
    return bool(int(needs) & ~int(case.found.problem.facilities.able[f]))


def _from_scene(case: Case) -> Floats:
    """Seconds from where the first casualty lies to each facility, for whoever fetches it."""
    problem, first = case.found.problem, case.group.trips[0]
    stop = int(problem.casualties.stop[first.who[0]])
    kind = int(problem.vehicles.profile[first.vehicle])
    seconds: Floats = problem.roads.seconds[kind, stop][problem.facilities.stop].astype(np.float64)
    return seconds


def _from_last_stop(case: Case) -> Floats:
    """Seconds from where the last casualty comes aboard to each facility."""
    problem, last = case.found.problem, case.group.last
    kind = int(problem.vehicles.profile[last.vehicle])
    stop = _last_stop(case)
    seconds: Floats = problem.roads.seconds[kind, stop][problem.facilities.stop].astype(np.float64)
    return seconds


def _last_stop(case: Case) -> int:
    """The row of the stop at which the last trip takes its last casualty aboard."""
    found, last = case.found, case.group.last
    c = last.who[-1]
    index = case.group.trips.index(last)
    brought = [t for t in case.group.trips[:index] if c in t.who]
    if brought:
        return int(found.problem.exchange[brought[-1].end - len(found.facilities)])
    return int(found.problem.casualties.stop[c])


def _why_not(case: Case, f: int) -> str:
    found, last = case.found, case.group.last
    ones = [found.waiting[c].casualty for c in last.who]
    if why := against(case.view, found.facilities[f], ones):
        return f"it {why[0]}"
    fates = case.done(direct(case.carried.plan, case.group, f))
    if not np.isfinite(fates.arrival[last.who[0]]):
        taken = found.problem.facilities.beds[f] > 0
        return "its last beds are for more urgent ones" if taken else "it has no bed left"
    if why_later := _later_there(case, fates, f):
        return why_later
    worse = _others(case, fates)
    if worse:
        c, later = worse
        return f"its table is left for {case.id(c)}, who would else {_wait(later)}"
    return "nobody would be helped sooner" if cost_of(case, fates) >= case.cost - 1e-9 else ""


def _later_there(case: Case, fates: Fates, f: int) -> str:
    """Who of the line would be helped later there, the most urgent such; empty when nobody."""
    problem, now = case.found.problem, case.carried.fates
    for c in sorted(case.group.who, key=lambda c: int(problem.casualties.category[c])):
        later = float(fates.surgery[c] - now.surgery[c])
        if not np.isfinite(later):
            return f"it never gets to {case.id(c)}"
        queue = float(fates.surgery[c] - fates.arrival[c] - problem.facilities.prepare[f])
        if later > WORTH_SAYING_S and problem.casualties.operated[c] and queue > WORTH_SAYING_S:
            return f"its table is free {minutes(later)} later"
        if later > WORTH_SAYING_S:
            return f"{case.id(c)} would be helped {minutes(later)} later"
    return ""


def cost_of(case: Case, fates: Fates) -> float:
    """The cost of these fates without that of changed orders."""
    return cost(case.found.problem, fates, case.policy)


def _wait(seconds: float) -> str:
    """As `wait 20 min longer`."""
    return f"wait {minutes(seconds)} longer" if np.isfinite(seconds) else "stay where it is"


def _others(case: Case, fates: Fates) -> tuple[int, float] | None:
    """Who else would be helped latest, and how much later."""
    now = case.carried.fates.surgery
    later = [
        (float(fates.surgery[c] - now[c]), c)
        for c in range(len(now))
        if c not in case.group.who and np.isfinite(now[c]) and fates.surgery[c] - now[c] > WORTH_SAYING_S
    ]
    return (max(later)[1], max(later)[0]) if later else None


# --- why by this vehicle


def _not_the_sooner(case: Case) -> Iterator[str]:
    """A vehicle that could be there sooner, and what it does instead; else how soon this one is there."""
    found, first = case.found, case.group.trips[0]
    stop = int(found.problem.casualties.stop[first.who[0]])
    mine = float(case.carried.fates.begun[first.row]) + _way(case, first.vehicle, _stands(case, first), stop)
    if not np.isfinite(mine):
        return
    doing = by_vehicle(case.carried)
    sooner = [
        (at, v)
        for v in range(len(found.vehicles))
        if v not in case.group.vehicles and (at := _there_at(case, v, stop)) < mine - WORTH_SAYING_S
    ]
    for at, v in sorted(sooner)[:1]:
        why = _does(case, doing.get(v, [])) or _unfit(case, first, v)
        if why:
            yield f"{case.callsign(v)} would be there {minutes(mine - at)} sooner, but {why}"
    there = found.at(mine)
    if there is not None:
        crew = "" if found.problem.vehicles.cares[first.vehicle] else ", without medical crew"
        who, by = case.id(first.who[0]), case.callsign(first.vehicle)
        yield f"{by} can be with {who} at {clock_time(there)}{crew}"


def _stands(case: Case, trip: Trip) -> int:
    """The row of the stop at which the vehicle of a trip stands before it."""
    mine = [t for t in by_vehicle(case.carried).get(trip.vehicle, []) if t.row < trip.row]
    if not mine:
        return int(case.found.problem.vehicles.start[trip.vehicle])
    many, end = len(case.found.facilities), mine[-1].end
    doors, points = case.found.problem.facilities.stop, case.found.problem.exchange
    return int(doors[end] if end < many else points[end - many])


def _way(case: Case, v: int, start: int, stop: int) -> float:
    problem = case.found.problem
    return float(problem.roads.seconds[int(problem.vehicles.profile[v]), start, stop])


def _there_at(case: Case, v: int, stop: int) -> float:
    """When a vehicle could be at a stop if it went there first of all."""
    cars = case.found.problem.vehicles
    return float(cars.free[v] + cars.turnout[v]) + _way(case, v, int(cars.start[v]), stop)


def _does(case: Case, trips: Sequence[Trip]) -> str:
    """What a vehicle does first under the plan."""
    if not trips:
        return ""
    urgent = min(trips[0].who, key=lambda c: (RANK[case.found.waiting[c].casualty.triage], c))
    return f"brings {case.id(urgent)} to {end_stop(case.found, trips[0].end).name} first"


def _unfit(case: Case, first: Trip, v: int) -> str:
    fates = case.done(by_another(case.carried.plan, first, v))
    if not np.isfinite(fates.arrival[first.who[0]]):
        return "cannot carry all of them, or not in the hours its crew and daylight leave"
    later = float(fates.surgery[first.who[0]] - case.carried.fates.surgery[first.who[0]])
    if WORTH_SAYING_S < later < np.inf:
        return f"would bring them in {minutes(later)} later"
    worse = _others(case, fates)
    return f"{case.id(worse[0])} would then {_wait(worse[1])}" if worse else ""


def _exchange(case: Case) -> Iterator[str]:
    """What the exchange point gains against going all the way."""
    if len(case.group.trips) < 2:
        return
    name = end_stop(case.found, case.group.trips[0].end).name
    fates, c = case.done(direct(case.carried.plan, case.group, case.group.last.end)), case.group.who[0]
    on = " and ".join(case.callsign(t.vehicle) for t in case.group.trips[1:])
    if not np.isfinite(fates.arrival[c]):
        yield f"handed over to {on} at {name}: one vehicle alone cannot bring them there"
        return
    later = float(fates.surgery[c] - case.carried.fates.surgery[c])
    if WORTH_SAYING_S < later < np.inf:
        yield f"handed over to {on} at {name}: {minutes(later)} sooner than with one vehicle all the way"


def _limits(case: Case) -> Iterator[str]:
    """Whose surgery is in time and whose is not; of who needs none when it is there."""
    for one in fortunes(case.view, case.found, case.carried.fates, case.group.who):
        if one.surgery_at is None or one.surgery_limit_at is None:
            if one.arrive_at is not None:
                yield f"{one.casualty} ({one.category.value}): there at {clock_time(one.arrive_at)}"
            continue
        after = (one.surgery_at - one.surgery_limit_at).total_seconds()
        kept = "in time" if after <= 0 else f"{minutes(after)} late"
        told = f"surgery can begin at {clock_time(one.surgery_at)}"
        limit = clock_time(one.surgery_limit_at)
        yield f"{one.casualty} ({one.category.value}): {told}, limit {limit}: {kept}"


# --- what else


class _Tried(NamedTuple):
    """The plan with the line done otherwise: its cost, everybody's fate, and the trips of the line."""

    cost: float
    fates: Fates
    trips: Sequence[Trip]


def alternatives(case: Case) -> tuple[Alternative, ...]:
    """Up to three other answers for those of the line, the least costly first, different ones first."""
    tried = []
    for plan, trips in _others_to_try(case):
        fates = case.done(plan)
        if all(np.isfinite(fates.arrival[c]) for c in case.group.who):
            tried.append(_Tried(cost(case.found.problem, fates, case.policy, plan), fates, trips))
    tried.sort(key=lambda one: one.cost)
    first = {one.trips[-1].end: one for one in reversed(tried)}  # the best for each facility
    best = [one for one in tried if first[one.trips[-1].end] is one]
    best += [one for one in tried if first[one.trips[-1].end] is not one]
    near = first.get(_nearest(case))  # whoever knows the land asks for it first
    there = near is None or any(near is one for one in best[:MOST])
    shown = best[:MOST] if there or near is None else [*best[: MOST - 1], near]
    return tuple(_alternative(case, one.fates, one.trips) for one in shown)


def _nearest(case: Case) -> int:
    """The facility nearest to where they lie that can do what they need."""
    seconds = _from_scene(case)
    able = [f for f in range(len(seconds)) if not _lacks(case, f)]
    return min(able, key=lambda f: (float(seconds[f]), f), default=-1)


def _others_to_try(case: Case) -> Iterator[tuple[Plan, Sequence[Trip]]]:
    """The plan with the line ending elsewhere, done by others, or without the exchange."""
    group, plan = case.group, case.carried.plan
    seconds = _from_last_stop(case)
    order = [f for f in np.argsort(seconds, kind="stable").tolist() if np.isfinite(seconds[f])]
    for f in [f for f in order if f != group.last.end][:LOOKED_AT]:
        yield elsewhere(plan, group, f), [*group.trips[:-1], group.last._replace(end=f)]
    first = group.trips[0]
    stop = int(case.found.problem.casualties.stop[first.who[0]])
    every = [(at, v) for v in range(len(case.found.vehicles)) if np.isfinite(at := _there_at(case, v, stop))]
    for _, v in [row for row in sorted(every) if row[1] not in group.vehicles][:LOOKED_AT]:
        yield by_another(plan, first, v), [first._replace(vehicle=v), *group.trips[1:]]
    if len(group.trips) > 1:
        for f in dict.fromkeys((group.last.end, _nearest(case))):
            yield direct(plan, group, f), [first._replace(end=f)]


def _alternative(case: Case, fates: Fates, trips: Sequence[Trip]) -> Alternative:
    vehicles = tuple(dict.fromkeys(case.found.vehicles[t.vehicle].vehicle.id for t in trips))
    calls = " and ".join(dict.fromkeys(case.callsign(t.vehicle) for t in trips))
    end = trips[-1].end
    facility = case.found.facilities[end].id
    return Alternative(
        vehicles=vehicles,
        facility=facility,
        summary=f"{calls} to {case.place(end)}",
        words=tuple(_changes(case, fates)),
        fates=fortunes(case.view, case.found, fates, case.group.who),
        id=line_id(vehicles, (case.found.waiting[c].casualty.id for c in case.group.who), facility),
    )


def _changes(case: Case, fates: Fates) -> Iterator[str]:
    """Whom it would help sooner or later: those of the line, then the one who would lose most."""
    said = False
    for c in case.group.who:
        line = _moved(case, fates, c)
        if line:
            said = True
            yield line
    if not said:
        yield "the same for those of this line"
    worse = _others(case, fates)
    if worse:
        yield f"{case.id(worse[0])}, of another line, would {_wait(worse[1])}"


def _moved(case: Case, fates: Fates, c: int) -> str:
    was, would = float(case.carried.fates.surgery[c]), float(fates.surgery[c])
    at = case.found.at(would)
    if at is None or abs(would - was) <= WORTH_SAYING_S:
        return ""
    what = "surgery" if case.found.problem.casualties.operated[c] else "arrival"
    way = "later" if would > was else "sooner"
    limit = float(case.found.problem.casualties.injured[c]) + case.view.profile.surgery_s
    late = what == "surgery" and would > limit
    more = f", {minutes(would - limit)} after its limit" if late else ""
    return f"{case.id(c)}: {what} {minutes(abs(would - was))} {way}, at {clock_time(at)}{more}"
